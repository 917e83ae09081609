// serve: the composition root of a running node, from the store up to its face.
#include <pthread.h>
#include <signal.h>

#include <optional>
#include <thread>

#include "api/server.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/log.h"
#include "node/app/typed_passphrase.h"
#include "node/duties.h"
#include "node/tls_certificates.h"

namespace linli::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGHUP);
  return set;
}

Result<std::vector<api::Listen>> addresses_of(const ServeOptions& options) {
  using Line = api::Listen::Line;
  std::vector<api::Listen> addresses;
  bool reachable = false;  // By commands on this machine.
  for (const auto& text : options.listen) {
    auto listen = api::Listen::parse(text);
    if (!listen) return fail(listen.error());
    if (options.plain_http && listen->line == Line::by_place) listen->line = Line::http;
    const bool here = listen->is_loopback() || listen->host == "0.0.0.0" || listen->host == "::";
    reachable = reachable || (here && !listen->is_https());
    addresses.push_back(*listen);
  }
  if (!reachable) addresses.push_back({.host = "127.0.0.1", .port = 0, .line = Line::http});
  return addresses;
}

/// The address among these that this machine's commands call.
std::string for_commands(const std::vector<std::string>& urls) {
  for (auto url : urls) {
    if (const auto any = url.find("//0.0.0.0:"); any == 5) url.replace(7, 7, "127.0.0.1");
    if (const auto any = url.find("//[::]:"); any == 5) url.replace(7, 4, "[::1]");
    if (url.starts_with("http://127.") || url.starts_with("http://[::1]") ||
        url.starts_with("http://localhost")) {
      return url;
    }
  }
  return urls.front();
}

}  // namespace

int serve(const ServeOptions& options) {
  if (!log_to_stderr(options.log_level)) {
    return refuse(Errc::bad_usage,
                  "日志级别须为 --log-level: trace, debug, info, warn, error, critical or off");
  }
  const auto addresses = addresses_of(options);
  if (!addresses) return refuse(addresses.error());
  // Before any thread begins, so that all inherit it and the watcher alone takes the signals.
  const auto signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const TypedPassphrase typed(node::DataDir(options.data).node_key());
  const sync::SystemClock clock;
  auto replica = node::Replica::open(options.data, clock);
  if (!replica) return refuse(replica.error());
  auto& node = **replica;
  node::Agent::Pace pace;
  if (options.poll_ms > 0) {
    pace.poll = std::chrono::milliseconds(options.poll_ms);
    pace.first_wait = std::min(pace.first_wait, pace.poll);
    pace.longest_wait = std::min(pace.longest_wait, 4 * pace.poll);
  }
  std::unique_ptr<node::Agent> agent;
  if (node.identity().role != crypto::Role::hub) {
    agent = std::make_unique<node::Agent>(node, pace, options.upstream);
  }
  api::Server server(node, agent.get());
  for (const auto& address : *addresses) {
    if (auto bound = server.bind(address, options.open); !bound) return refuse(bound.error());
  }
  const auto urls = server.urls();
  node.dir().set_serving(for_commands(urls), server.console_token());
  for (std::size_t i = 0; i < options.listen.size(); ++i) print("listening on " + urls[i]);
  if (const auto code = server.set_up_code(); !code.empty() && options.open) {
    print("首次设置码 set-up code for the first account, from another machine: " + code);
  }
  flush();
  log_info(node.identity().name + " serves " + node.identity().scope + " at " + urls.front());
  node::Calendar calendar(node);
  std::optional<node::CertificateKeeper> keeper;
  keeper.emplace(node, [&] { return agent ? agent->state().url : std::string(); });
  std::thread watcher([&] {
    int signal = 0;
    ::sigwait(&signals, &signal);
    server.stop();
  });
  server.run();
  ::pthread_kill(watcher.native_handle(), SIGTERM);  // If the server ended by itself.
  watcher.join();

  node.dir().clear_serving();
  node.stop_waiting();
  keeper.reset();
  agent.reset();
  node.keep_contacts();
  log_info("stopped");
  return 0;
}

}  // namespace linli::app

// serve: the composition root of a running node, from the store up to its face.
#include <pthread.h>
#include <signal.h>

#include <optional>
#include <thread>

#include "api/server.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/log.h"
#include "node/duties.h"

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

}  // namespace

int serve(const ServeOptions& options) {
  if (!log_to_stderr(options.log_level)) {
    return refuse(Errc::bad_usage, "--log-level: trace, debug, info, warn, error, critical or off");
  }
  const auto listen = api::Listen::parse(options.listen);
  if (!listen) return refuse(listen.error());
  // Before any thread begins, so that all inherit it and the watcher alone takes the signals.
  const auto signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

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
  if (auto bound = server.bind(*listen, options.open); !bound) return refuse(bound.error());

  const bool v6 = listen->host.find(':') != std::string::npos;
  const auto url = "http://" + (v6 ? "[" + listen->host + "]" : listen->host) + ":" +
                   std::to_string(server.port());
  // Commands on this machine come by loopback, whatever others come by.
  const bool any = listen->host == "0.0.0.0" || listen->host == "::";
  node.dir().set_serving(
      any ? (v6 ? "http://[::1]:" : "http://127.0.0.1:") + std::to_string(server.port()) : url,
      server.console_token());
  print("listening on " + url);
  if (const auto code = server.set_up_code(); !code.empty() && options.open) {
    print("首次设置码 set-up code for the first account, from another machine: " + code);
  }
  flush();
  log_info(node.identity().name + " serves " + node.identity().scope + " at " + url);
  node::Calendar calendar(node);
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
  agent.reset();
  node.keep_contacts();
  log_info("stopped");
  return 0;
}

}  // namespace linli::app

// linli: the command line. Fills options, calls the command, answers with its exit code.
#include <malloc.h>
#include <signal.h>

#include <algorithm>

#include "crypto/hash.h"
#include "node/app/arguments.h"
#include "node/app/console.h"
#include "node/app/log.h"

namespace linli::app {
namespace {

int usage_error(const CLI::ParseError& e) {
  std::string what = e.what();
  for (auto& c : what) {
    if (c == '\n') c = ' ';
  }
  return refuse(Errc::bad_usage, what + " (--help shows how)");
}

bool is_command(const CLI::App& app, const std::string& name) {
  const auto all = app.get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(all.begin(), all.end(),
                     [&](const auto* command) { return command->check_name(name); });
}

int run(int argc, char** argv) {
  CLI::App app{
      "邻里 Linli：断网也能用的物业管理记录 records that work through weeks without a network",
      "linli"};
  app.set_version_flag("--version", "linli " LINLI_VERSION);
  app.require_subcommand(1);
  app.footer("每个命令都有 --help。 Each command has --help with examples.");
  Chosen chosen;
  add_founding(app, chosen);
  add_running(app, chosen);
  add_sync(app, chosen);
  add_records(app, chosen);
  add_reading(app, chosen);
  add_figures(app, chosen);
  add_votes(app, chosen);
  add_credit(app, chosen);
  add_training(app, chosen);
  add_draws(app, chosen);
  add_organisation(app, chosen);
  add_nodes(app, chosen);
  add_keys(app, chosen);
  add_tls(app, chosen);
  add_conflicts(app, chosen);
  add_personal(app, chosen);
  add_bundles(app, chosen);
  add_blobs(app, chosen);
  add_keeping(app, chosen);
  add_proofs(app, chosen);
  add_accounts(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    // The library would only say that a command is missing.
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (!first.empty() && first.front() != '-' && !is_command(app, argv[1])) {
      const auto name = harmless(first);
      return refuse(Errc::bad_usage, "没有命令“" + name +
                                         "”，linli --help 列出所有命令 there is no command " +
                                         name + ": linli --help lists them");
    }
    return usage_error(e);
  }
  return chosen();
}

/// A large text is given back to the system when it ends. By itself the C library learns from the
/// first one that ends to keep later ones, in a heap of each thread: 320 requests of 8 MiB left
/// 950 MB behind for good.
void give_memory_back() { ::mallopt(M_MMAP_THRESHOLD, 1 << 20); }

}  // namespace
}  // namespace linli::app

int main(int argc, char** argv) {
  using namespace linli;
  // A reader that went away (`linli export … | head`) is found at the write, not by dying of it.
  ::signal(SIGPIPE, SIG_IGN);
  app::give_memory_back();
  try {
    if (!app::log_to_stderr("warn")) return 1;
    return app::run(argc, argv);
  } catch (const store::DatabaseError& e) {
    return app::refuse(e.error());
  } catch (const std::bad_alloc&) {
    return app::refuse(Errc::io, "内存不足 out of memory");
  } catch (const std::exception& e) {
    return app::refuse(Errc::internal, e.what());
  }
}

// node/app/arguments.h: what the command line takes, subject by subject: each function adds its
// commands and their options to the parser. What they do is in commands.h.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "node/app/commands.h"

namespace linli::app {

/// The command that was chosen; set by the subcommand's callback, run after parsing.
using Chosen = std::function<int()>;

/// A subcommand with what every command takes. Options live as long as the parser: static, because
/// the parser keeps references to them until main ends.
template <class Options>
CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& examples, Options& options, int (*run)(const Options&),
                  Chosen& chosen) {
  auto* sub = parent.add_subcommand(name, what);
  sub->add_option("--data", options.data, "本节点的数据目录 the node's data folder")
      ->type_name("DIR")
      ->required();
  sub->add_flag("--json", options.json, "以 JSON 回答 answer in JSON");
  sub->footer("例 Examples:\n" + examples);
  sub->callback([&options, run, &chosen] { chosen = [&options, run] { return run(options); }; });
  return sub;
}

// arguments_trust.cpp
void add_founding(CLI::App& app, Chosen& chosen);
void add_nodes(CLI::App& app, Chosen& chosen);
void add_proofs(CLI::App& app, Chosen& chosen);
void add_keys(CLI::App& app, Chosen& chosen);
void add_accounts(CLI::App& app, Chosen& chosen);
// arguments_records.cpp
void add_records(CLI::App& app, Chosen& chosen);
void add_reading(CLI::App& app, Chosen& chosen);
void add_votes(CLI::App& app, Chosen& chosen);
void add_credit(CLI::App& app, Chosen& chosen);
void add_organisation(CLI::App& app, Chosen& chosen);
void add_conflicts(CLI::App& app, Chosen& chosen);
void add_figures(CLI::App& app, Chosen& chosen);  // arguments_figures.cpp
// arguments_personal.cpp
void add_personal(CLI::App& app, Chosen& chosen);
void add_tls(CLI::App& app, Chosen& chosen);       // arguments_tls.cpp
void add_training(CLI::App& app, Chosen& chosen);  // arguments_training.cpp
void add_draws(CLI::App& app, Chosen& chosen);     // arguments_draws.cpp
// arguments_sync.cpp
void add_running(CLI::App& app, Chosen& chosen);
void add_sync(CLI::App& app, Chosen& chosen);
void add_bundles(CLI::App& app, Chosen& chosen);
void add_blobs(CLI::App& app, Chosen& chosen);
void add_keeping(CLI::App& app, Chosen& chosen);

}  // namespace linli::app

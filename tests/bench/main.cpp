// linli_bench: measures the node against what the machine alone takes. See README.md.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "bench.h"

namespace {

struct Named {
  const char* name;
  void (*run)(const linli::bench::Settings&, linli::bench::Report&);
};
constexpr Named kAll[] = {
    {"ingest", linli::bench::ingest},       {"first_sync", linli::bench::first_sync},
    {"beginning", linli::bench::beginning}, {"nothing_new", linli::bench::nothing_new},
    {"some_new", linli::bench::some_new},   {"answers", linli::bench::answers},
    {"search", linli::bench::search},       {"start", linli::bench::start},
    {"signing", linli::bench::signing}};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures the node against what the machine alone takes.");
  linli::bench::Settings settings;
  std::vector<std::string> only;
  std::string json, scratch = std::filesystem::temp_directory_path().string();
  std::string names;
  for (const auto& each : kAll) names += std::string(names.empty() ? "" : ", ") + each.name;
  app.add_option("--only", only, "Of these: " + names)->delimiter(',');
  app.add_option("--json", json, "Also write the rows to this file");
  app.add_option("--rounds", settings.rounds, "Pairs that a ratio is the median of")
      ->check(CLI::Range(1, 99));
  app.add_option("--scratch", scratch, "A folder on the disk to measure")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--tiny", settings.tiny, "Small sizes: does it still run?");
  app.add_flag("--large", settings.large, "Also the sizes that take minutes");
  CLI11_PARSE(app, argc, argv);
  for (const auto& name : only) {
    const bool known = std::any_of(std::begin(kAll), std::end(kAll),
                                   [&](const Named& each) { return name == each.name; });
    if (known) continue;
    std::fprintf(stderr, "linli_bench: no benchmark %s; there are %s\n", name.c_str(),
                 names.c_str());
    return 2;
  }
  if (settings.tiny) settings.rounds = 1;
  settings.scratch = std::filesystem::path(scratch) / ("linli_bench." + std::to_string(::getpid()));
  std::filesystem::create_directories(settings.scratch);
  linli::bench::Report report;
  int status = 0;
  try {
    for (const auto& each : kAll) {
      if (only.empty() || std::find(only.begin(), only.end(), each.name) != only.end()) {
        each.run(settings, report);
      }
    }
    if (!json.empty()) report.write_json(json);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "linli_bench: %s\n", e.what());
    status = 1;
  }
  std::error_code ignored;
  std::filesystem::remove_all(settings.scratch, ignored);
  return status;
}

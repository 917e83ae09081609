// tests/simulation/runs.h: one run a seed, and a shorter history of one that fails.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "tests/simulation/world.h"

namespace linli::simulation {

class Runs {
 public:
  /// Founds the city once; every run begins with a copy of it.
  explicit Runs(const Setting& setting);
  ~Runs();

  struct Outcome {
    std::optional<std::string> failure;
    Hash trace{};
    World::Counts counts;
  };
  /// `only`: these events of the plan, by number; empty: all of them.
  [[nodiscard]] Outcome run(std::uint64_t seed, const std::vector<std::size_t>& only, bool verbose);
  [[nodiscard]] Outcome run(std::uint64_t seed, const std::vector<Event>& plan, bool verbose);
  /// Leaves out events as long as it still fails with the same invariant, then prints the rest.
  void print_shrunk(std::uint64_t seed, const std::string& failure, std::ostream& out);

 private:
  Setting setting_;
  std::filesystem::path folder_;
  Beginning beginning_;
};

}  // namespace linli::simulation

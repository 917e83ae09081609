// tests/bench/bench.h: what every benchmark here is told, and what it answers with.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace linli::bench {

struct Settings {
  bool tiny = false;              ///< Sizes that only prove that it still runs.
  bool large = false;             ///< Also what takes minutes: a million of something.
  int rounds = 5;                 ///< A ratio is the median of this many pairs.
  std::filesystem::path scratch;  ///< An empty folder of its own; its disk is measured, too.

  [[nodiscard]] std::size_t size(std::size_t full, std::size_t tiny_size) const {
    return tiny ? tiny_size : full;
  }
};

/// One line of the answer. `raw` is what the machine alone takes for the same work in the same run:
/// the machine is shared and differs from day to day, so only `value` beside `raw` says something.
struct Row {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> raw = {};  ///< In the same unit.
  std::string raw_means = {};
  std::optional<double> ratio = {};  ///< The median over the rounds; else `value / raw`.
  std::string note = {};
};

class Report {
 public:
  /// Also prints it, so that a run that is cut short has told something.
  void add(Row row);
  void write_json(const std::filesystem::path& file) const;

 private:
  std::vector<Row> rows_;
};

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// `q` from 0 to 1: the least value that so many are not above. Not of an empty list.
[[nodiscard]] double quantile(std::vector<double> values, double q);
[[nodiscard]] inline double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

/// A folder below the scratch folder that goes with its owner.
class Folder {
 public:
  Folder(const Settings& settings, const std::string& name);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One function a file: README.md says what their rows mean.
void ingest(const Settings& settings, Report& report);
void first_sync(const Settings& settings, Report& report);
void beginning(const Settings& settings, Report& report);
void nothing_new(const Settings& settings, Report& report);
void some_new(const Settings& settings, Report& report);
void answers(const Settings& settings, Report& report);
void search(const Settings& settings, Report& report);
void start(const Settings& settings, Report& report);
void signing(const Settings& settings, Report& report);

}  // namespace linli::bench

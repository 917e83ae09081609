// node/app/console.h: how commands talk to people and programs: stdout answers, stderr explains.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/model/json.h"
#include "node/store/store.h"

namespace linli::app {

using model::Json;

/// Says why a command failed, in one line on stderr, in Chinese first unless LANG names another
/// language: the detail's own words where it begins in Chinese, else the reason's sentence. A
/// detail that is only in Chinese is followed by the reason's English sentence. Answers with the
/// exit code.
[[nodiscard]] int refuse(const Error& error);
[[nodiscard]] int refuse(Errc code, std::string detail, std::string field = {});
/// Ends a command with 1 where no error fits: nothing failed, but something is wrong. `line`: what,
/// and what to do, in both languages. For stderr.
[[nodiscard]] int end_badly(std::string_view line);
/// One line on stderr beside the answer, e.g. what a put did.
void note(std::string_view line);

void print(std::string_view line);  ///< One line to stdout.
void print_json(const Json& json);  ///< One line of JSON to stdout.
void flush();                       ///< What was printed has left this process.
/// Do LC_ALL, LC_MESSAGES or LANG ask for Chinese, or for no language (unset, C, POSIX)?
[[nodiscard]] bool chinese();
[[nodiscard]] bool error_is_terminal();

/// Columns that a text takes in a terminal: two for Chinese characters and full-width forms.
[[nodiscard]] std::size_t columns(std::string_view text);
/// Filled with spaces to `width` columns, or cut with "…".
[[nodiscard]] std::string fitted(std::string_view text, std::size_t width);
/// Control characters of a peer's text can't steer the terminal.
[[nodiscard]] std::string harmless(std::string_view text);

/// Rows under headings, each column as wide as it needs, at most `cell_max` columns.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print(std::size_t cell_max = 32, std::string_view indent = {}) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A line on stderr that is written over, only in a terminal and not more often than the eye sees.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what) : what_(std::move(what)) {}
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(std::int64_t done, std::int64_t total);  ///< total 0: unknown.

 private:
  std::string what_;
  std::int64_t shown_at_ms_ = 0;
  bool shown_ = false;
};

/// A field's value as people write it: labels, yuan, local times. `json` as fields_to_json has it.
[[nodiscard]] std::string shown(const model::Field& field, const Json& json);
[[nodiscard]] std::string unit_text(model::Unit unit);  ///< "分", "㎡/100"; empty: none.
/// "2023-05-27T01:00:00.000Z" as local time, "2023-05-27 09:00:00".
[[nodiscard]] std::string local_time(std::string_view instant);
/// "90s", "30m", "12h", "7d", up to 366 days; nothing: it isn't one.
[[nodiscard]] std::optional<std::chrono::seconds> period(const std::string& text);
/// "3 天 2 小时", its two greatest units.
[[nodiscard]] std::string shown_period(std::chrono::seconds time);
/// A statistic's value: {numerator, denominator} in the words of its figure.
[[nodiscard]] std::string shown_figure(std::string_view figure, const Json& value);

/// The store of a data folder, for reading beside a running node. Records that another version or a
/// cut-off rebuild left are made anew first. Errors: as Store::open; data_dir_in_use (by another).
[[nodiscard]] Result<std::unique_ptr<store::Store>> open_to_read(const std::filesystem::path& data);
/// The type of that name. Errors: unknown_type, naming those that are like it.
[[nodiscard]] Result<const model::RecordType*> type_named(std::string_view name);
[[nodiscard]] Json fault_json(const model::Fault& fault);

}  // namespace linli::app

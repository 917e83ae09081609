// node/app/input.h: lines of NDJSON from a file or from stdin, each checked before it is parsed.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "node/app/console.h"

namespace linli::app {

inline constexpr std::size_t kLineBytesMax = 1u << 20;  ///< DESIGN §7: one change set's worth.

struct InputLine {
  std::size_t number = 0;
  std::string text;
  Json json;
  std::optional<Json> fault;  ///< {field, code, zh, en}: it can't be read as one JSON object.
};

/// Memory stays within one line, however long the input is.
class LineReader {
 public:
  /// "-" is stdin. Errors: io.
  [[nodiscard]] static Result<std::unique_ptr<LineReader>> open(const std::string& file);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line that isn't blank; nothing at the end. Errors: io.
  [[nodiscard]] Result<std::optional<InputLine>> next();
  [[nodiscard]] std::size_t number() const { return number_; }  ///< Lines read so far.

 private:
  LineReader(std::FILE* file, std::string name) : file_(file), name_(std::move(name)) {}
  /// False at the end. `too_long`: the rest of the line was skipped.
  [[nodiscard]] bool read_line(std::string& line, bool& too_long);

  std::FILE* file_;
  std::string name_;
  std::size_t number_ = 0;
};

/// Parses one line of at most kLineBytesMax bytes into `line.json`, or fills its fault.
void parse_line(InputLine& line);

}  // namespace linli::app

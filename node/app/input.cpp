#include "node/app/input.h"

#include <cerrno>
#include <cstring>

#include "node/model/json_text.h"

namespace linli::app {
namespace {

Json line_fault(Errc code, const std::string& zh, const std::string& en) {
  return fault_json({"", code, zh, en});
}

}  // namespace

void parse_line(InputLine& line) {
  auto parsed = model::read_json(line.text);
  if (!parsed) {
    line.fault = fault_json(parsed.error());
    return;
  }
  line.json = std::move(*parsed);
  if (!line.json.is_object()) {
    line.fault = line_fault(Errc::bad_input, "每行应为一个 JSON 对象", "isn't one JSON object");
  }
}

Result<std::unique_ptr<LineReader>> LineReader::open(const std::string& file) {
  std::FILE* opened = file == "-" ? stdin : std::fopen(file.c_str(), "rbe");
  if (!opened)
    return fail(Errc::io,
                "读不出，请检查路径与权限 can't read " + file + ": " + std::strerror(errno));
  return std::unique_ptr<LineReader>(new LineReader(opened, file == "-" ? "stdin" : file));
}

LineReader::~LineReader() {
  if (file_ != stdin) std::fclose(file_);
}

bool LineReader::read_line(std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  bool any = false;
  for (;;) {
    const int c = ::getc_unlocked(file_);
    if (c == EOF) return any;
    any = true;
    if (c == '\n') return true;
    if (line.size() < kLineBytesMax) {
      line += static_cast<char>(c);
    } else {
      too_long = true;
    }
  }
}

Result<std::optional<InputLine>> LineReader::next() {
  InputLine line;
  bool too_long = false;
  while (read_line(line.text, too_long)) {
    line.number = ++number_;
    if (number_ == 1 && line.text.starts_with("\xEF\xBB\xBF")) line.text.erase(0, 3);
    if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
    if (too_long) {
      line.text.clear();
      line.fault = line_fault(Errc::too_large, "超过 1 MiB", "is over 1 MiB");
      return std::optional(std::move(line));
    }
    if (line.text.find_first_not_of(" \t") == line.text.npos) continue;
    parse_line(line);
    return std::optional(std::move(line));
  }
  if (std::ferror(file_))
    return fail(Errc::io,
                "读不出，请检查路径与权限 can't read " + name_ + ": " + std::strerror(errno));
  return std::optional<InputLine>{};
}

}  // namespace linli::app

#include "node/app/input.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "crypto/cbor.h"

namespace linli::app {
namespace {

Json line_fault(Errc code, const std::string& zh, const std::string& en) {
  return fault_json({"", code, zh, en});
}

/// Brackets that are open at the deepest place, strings left aside.
int depth_of(const std::string& text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return deepest;
}

/// The library's words after its own prefix: "syntax error while parsing …".
std::string plain_reason(const std::string& what) {
  const auto colon = what.find(": ");
  return colon == what.npos ? what : what.substr(colon + 2);
}

}  // namespace

void parse_line(InputLine& line) {
  if (!cbor::valid_utf8(line.text)) {
    line.fault = line_fault(Errc::bad_utf8, "不是有效的 UTF-8 文本", "isn't valid UTF-8");
    return;
  }
  if (depth_of(line.text) > kDepthMax) {
    line.fault = line_fault(Errc::bad_input, "嵌套过深", "is nested too deeply");
    return;
  }
  try {
    line.json = Json::parse(line.text);
  } catch (const Json::parse_error& e) {
    const auto column = std::to_string(e.byte);
    line.fault = line_fault(Errc::bad_input, "JSON 有误，第 " + column + " 字节处",
                            "broken JSON at column " + column + ": " + plain_reason(e.what()));
    return;
  } catch (const Json::exception& e) {  // A number beyond any range.
    line.fault = line_fault(Errc::bad_input, "JSON 有误", "broken JSON: " + plain_reason(e.what()));
    return;
  }
  if (!line.json.is_object()) {
    line.fault = line_fault(Errc::bad_input, "每行应为一个 JSON 对象", "isn't one JSON object");
  }
}

Result<std::unique_ptr<LineReader>> LineReader::open(const std::string& file) {
  std::FILE* opened = file == "-" ? stdin : std::fopen(file.c_str(), "rbe");
  if (!opened) return fail(Errc::io, "can't read " + file + ": " + std::strerror(errno));
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
    return fail(Errc::io, "can't read " + name_ + ": " + std::strerror(errno));
  return std::optional<InputLine>{};
}

}  // namespace linli::app

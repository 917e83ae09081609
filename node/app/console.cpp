#include "node/app/console.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "node/data_dir.h"

namespace linli::app {
namespace {

/// The next code point of UTF-8 text, which moves on; a stray byte stands for itself.
char32_t next_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size == 1 || size > text.size() || first < 0xC0) {
    text.remove_prefix(1);
    return first;
  }
  char32_t code = first & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  text.remove_prefix(size);
  return code;
}

/// Unicode's East Asian Width, as far as texts here need it.
std::size_t width_of(char32_t code) {
  if (code < 0x1100) return code < 0x20 ? 0 : 1;
  const bool wide = code <= 0x115F || (code >= 0x2E80 && code <= 0x303E) ||
                    (code >= 0x3041 && code <= 0xA4CF) || (code >= 0xAC00 && code <= 0xD7A3) ||
                    (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFE30 && code <= 0xFE6F) ||
                    (code >= 0xFF00 && code <= 0xFF60) || (code >= 0xFFE0 && code <= 0xFFE6) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

/// Is it a sentence of its own in Chinese, which comes first? Then it names the cause more exactly
/// than the table's, which would even name another one (a file's mode is no matter of roles).
bool begins_in_chinese(std::string_view text) {
  if (text.empty()) return false;
  const auto first = next_code_point(text);
  return (first >= 0x2E80 && first <= 0x9FFF) || (first >= 0x20000 && first <= 0x3FFFD);
}

/// Chinese without any word of letters beside it.
bool has_no_english(std::string_view text) {
  std::size_t letters = 0;
  bool beyond = false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    letters = letter ? letters + 1 : 0;
    if (letters == 2) return false;
    beyond = beyond || static_cast<unsigned char>(c) >= 0x80;
  }
  return beyond;
}

}  // namespace

int refuse(const Error& error) {
  std::string line = "linli: ";
  // A detail says more than the sentence; somebody who reads Chinese gets that sentence first,
  // unless the detail begins with one.
  if (chinese() && !begins_in_chinese(error.detail)) line += std::string(info(error.code).zh) + " ";
  line += describe(error);
  if (has_no_english(error.detail)) line += " " + std::string(info(error.code).en);
  if (!error.field.empty()) line += " (" + harmless(error.field) + ")";
  note(line);
  return info(error.code).exit_code;
}

int refuse(Errc code, std::string detail, std::string field) {
  return refuse(Error{code, std::move(detail), std::move(field)});
}

int end_badly(std::string_view line) {
  note("linli: " + std::string(line));
  return 1;
}

void note(std::string_view line) {
  std::fflush(stdout);  // Both may go to one terminal or file: in the order of what happened.
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void print(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

void print_json(const Json& json) {
  print(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void flush() { std::fflush(stdout); }

bool chinese() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    const std::string_view locale(value);
    const auto language = locale.substr(0, locale.find_first_of("_.@"));
    return language == "zh" || language == "C" || language == "POSIX";
  }
  return true;
}

bool error_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(next_code_point(text));
  return width;
}

std::string fitted(std::string_view text, std::size_t width) {
  const auto all = columns(text);
  if (all <= width) return std::string(text) + std::string(width - all, ' ');
  std::string cut;
  std::size_t used = 0;
  for (auto rest = text; !rest.empty();) {
    const auto before = rest;
    const auto next = width_of(next_code_point(rest));
    if (used + next + 1 > width) break;
    used += next;
    cut += before.substr(0, before.size() - rest.size());
  }
  return cut + "…" + std::string(width - used - 1, ' ');
}

std::string harmless(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const auto before = text;
    const auto code = next_code_point(text);
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0) ||
                         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    if (control) {
      clean += ' ';
    } else {
      clean += before.substr(0, before.size() - text.size());
    }
  }
  return clean;
}

void Table::print(std::size_t cell_max, std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(columns(row[i]), cell_max));
    }
  }
  for (const auto& row : rows_) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += fitted(harmless(row[i]), widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    app::print(std::string_view(line));
  }
}

ProgressLine::~ProgressLine() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(std::int64_t done, std::int64_t total) {
  constexpr std::int64_t kEveryMs = 100;
  if (!error_is_terminal()) return;
  const auto now = steady_ms();
  if (shown_ && now - shown_at_ms_ < kEveryMs) return;
  shown_at_ms_ = now;
  shown_ = true;
  const auto of = total > 0 ? " / " + std::to_string(total) : std::string();
  std::fprintf(stderr, "\r%s %lld%s\033[K", what_.c_str(), static_cast<long long>(done),
               of.c_str());
  std::fflush(stderr);
}

Result<std::unique_ptr<store::Store>> open_to_read(const std::filesystem::path& data) {
  const node::DataDir dir(data);
  if (auto there = dir.check(); !there) return fail(there.error());
  auto store = store::Store::open(dir.database(), store::Access::read);
  if (store || store.error().code != Errc::data_dir_in_use) return store;
  // Another version made the records, or a rebuild was cut off: whoever opens it next finishes it.
  const auto lock = node::Lock::take(dir);
  if (!lock) return store;  // Somebody is at it.
  {
    ProgressLine progress("重建 rebuilding");
    const auto finished = store::Store::open(
        dir.database(), store::Access::write,
        [&](std::int64_t done, std::int64_t total) { progress.show(done, total); });
    if (!finished) return fail(finished.error());
  }
  return store::Store::open(dir.database(), store::Access::read);
}

Result<const model::RecordType*> type_named(std::string_view name) {
  if (const auto* type = model::schema().type(name)) return type;
  std::string names;
  for (const auto& type : model::schema().types) {
    names += (names.empty() ? "" : ", ") + std::string(type.name);
  }
  return fail(Errc::unknown_type,
              "no record type is called " + harmless(name) + "; there are " + names);
}

Json fault_json(const model::Fault& fault) {
  return {
      {"field", fault.field}, {"code", info(fault.code).name}, {"zh", fault.zh}, {"en", fault.en}};
}

}  // namespace linli::app

#include "node/tables/csv_reader.h"

#include <algorithm>
#include <array>

#include "crypto/cbor.h"
#include "node/model/csv_text.h"

namespace linli::tables {
namespace {

constexpr std::size_t kPieceBytes = 1u << 16;
constexpr std::string_view kSpaces = " \t\r\n";

/// A cell where it stands in the buffer.
struct Span {
  std::size_t begin = 0, end = 0;
  bool quoted = false;
};

class CsvReader final : public RowReader {
 public:
  CsvReader(Input& input, Encoding encoding, std::size_t mark)
      : input_(input), encoding_(encoding), mark_(mark) {}

  Result<void> start();
  Result<std::optional<Row>> next() override;
  Result<void> rewind() override;
  [[nodiscard]] std::uint64_t done() const override { return read_; }
  [[nodiscard]] std::uint64_t total() const override { return input_.size(); }
  [[nodiscard]] std::string form() const override {
    return "CSV " + std::string(name_of(encoding_));
  }

 private:
  /// More of the file, as UTF-8 or GB18030, behind what is in the buffer. False at the end.
  Result<bool> fill();
  /// The byte at `at` behind the row's beginning, or one of these.
  static constexpr int kEnd = -1, kTooLong = -2, kFailed = -3;  // The last: see failure_.
  int look(std::size_t at) {
    if (at_ + at < buffer_.size() && at < kRowBytesMax) {
      return static_cast<unsigned char>(buffer_[at_ + at]);
    }
    return look_further(at);
  }
  int look_further(std::size_t at);
  Result<void> find_separator();
  struct Found {
    std::size_t size = 0;  ///< With its line end.
    bool broken = false;
    CellFault fault = {};
  };
  Result<Found> find_row();
  Result<Found> as_one_line(CellFault fault);
  Cell cell_of(const Span& span, std::size_t column, Row& row);
  [[nodiscard]] std::optional<std::string> decoded(std::string_view bytes);

  Input& input_;
  const Encoding encoding_;
  const std::size_t mark_;
  std::optional<Gb18030> gb18030_ = {};
  std::optional<Utf16Reader> utf16_ = {};
  char separator_ = ',';
  std::string buffer_ = {};
  std::size_t at_ = 0;  ///< Where the next row begins in the buffer.
  bool ended_ = false;
  std::optional<Error> failure_ = {};
  std::uint64_t read_ = 0;
  std::size_t number_ = 0, line_ = 0;  ///< Rows and lines before that.
  std::vector<Span> spans_ = {};
};

Result<void> CsvReader::start() {
  if (encoding_ == Encoding::gb18030) gb18030_.emplace();
  if (auto back = rewind(); !back) return back;
  return find_separator();
}

Result<void> CsvReader::rewind() {
  buffer_.clear();
  at_ = 0;
  ended_ = false;
  number_ = line_ = 0;
  read_ = mark_;
  const bool wide = encoding_ == Encoding::utf16le || encoding_ == Encoding::utf16be;
  if (wide) utf16_.emplace(encoding_ == Encoding::utf16be);
  return input_.seek(mark_);
}

Result<bool> CsvReader::fill() {
  if (ended_) return false;
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  std::array<char, kPieceBytes> piece;
  const auto got = input_.read(piece.data(), piece.size());
  if (!got) return fail(got.error());
  read_ += *got;
  ended_ = *got == 0;
  if (utf16_) {
    utf16_->feed({piece.data(), *got}, buffer_);
    if (ended_) utf16_->end(buffer_);
    return true;
  }
  buffer_.append(piece.data(), *got);
  return !ended_;
}

int CsvReader::look_further(std::size_t at) {
  if (at >= kRowBytesMax) return kTooLong;
  while (at_ + at >= buffer_.size()) {
    const auto more = fill();
    if (!more) {
      failure_ = more.error();
      return kFailed;
    }
    if (ended_ && at_ + at >= buffer_.size()) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[at_ + at]);
}

/// The one that the first row with anything in it has most of, outside of quotes.
Result<void> CsvReader::find_separator() {
  std::size_t commas = 0, semicolons = 0, tabs = 0;
  bool quoted = false;
  for (std::size_t i = 0;; ++i) {
    const int byte = look(i);
    if (byte == kFailed) return fail(*failure_);
    if (byte < 0) break;
    if (byte == '"') quoted = !quoted;
    if (quoted) continue;
    if (byte == '\n' && commas + semicolons + tabs > 0) break;
    commas += byte == ',' ? 1u : 0u;
    semicolons += byte == ';' ? 1u : 0u;
    tabs += byte == '\t' ? 1u : 0u;
  }
  if (tabs > commas && tabs >= semicolons) separator_ = '\t';
  if (semicolons > commas && semicolons > tabs) separator_ = ';';
  return {};
}

/// What goes wrong with quotes spoils its line, not those behind it.
Result<CsvReader::Found> CsvReader::as_one_line(CellFault fault) {
  for (std::size_t i = 0;;) {
    const int byte = look(i);
    if (byte == kFailed) return fail(*failure_);
    if (byte == kTooLong) {  // The line goes on beyond all limits: its rest is passed over.
      at_ += i;
      i = 0;
      continue;
    }
    if (byte == kEnd || byte == '\n') {
      spans_.clear();
      return Found{i + (byte == '\n' ? 1 : 0), true, std::move(fault)};
    }
    ++i;
  }
}

Result<CsvReader::Found> CsvReader::find_row() {
  spans_.clear();
  Span cell;
  enum class At { begin, plain, quoted, behind } where = At::begin;
  const auto close = [&](std::size_t end) {
    if (where != At::behind) cell.end = end;
    spans_.push_back(cell);
    cell = {end + 1, end + 1, false};
    where = At::begin;
  };
  const auto broken = [&](std::string zh, std::string en) {
    return as_one_line({spans_.size(), Errc::bad_input, std::move(zh), std::move(en)});
  };
  for (std::size_t i = 0;; ++i) {
    const int byte = look(i);
    if (byte == kFailed) return fail(*failure_);
    if (spans_.size() >= kColumnsMax) {
      return broken("超过 16384 列", "has more than 16384 columns");
    }
    if (byte < 0 && where == At::quoted) {
      return broken("引号没有配对，此格从这里开始一直没有结束；请补上右引号",
                    "the quote that opens here is never closed: close it");
    }
    if (byte == kTooLong) {
      return as_one_line({kNoColumn, Errc::too_large, "这一行超过 1 MiB", "the row is over 1 MiB"});
    }
    if (where == At::quoted) {
      if (byte != '"') continue;
      const int after = look(i + 1);
      if (after == kFailed) return fail(*failure_);
      if (after == '"') {
        ++i;
        continue;
      }
      cell.end = i;
      where = At::behind;
      continue;
    }
    if (byte == separator_) {
      close(i);
      continue;
    }
    if (byte == '\n' || byte == kEnd) {
      std::size_t end = i;
      if (end > cell.begin && buffer_[at_ + end - 1] == '\r') --end;
      close(end);
      return Found{i + (byte == '\n' ? 1 : 0), false, {}};
    }
    if (where == At::behind) {
      // Blanks and the CR of a line end may follow a quote; anything else is a quote too many.
      if (byte == ' ' || byte == '\r') continue;
      return broken("引号后面还有文字：格内的引号要写成两个",
                    "text follows the closing quote: write a quote within a cell twice");
    }
    if (byte == '"' && where == At::begin) {
      where = At::quoted;
      cell.begin = i + 1;
      cell.quoted = true;
      continue;
    }
    if (where == At::begin && byte != ' ') where = At::plain;
  }
}

std::optional<std::string> CsvReader::decoded(std::string_view bytes) {
  if (gb18030_) return gb18030_->to_utf8(bytes);
  if (!cbor::valid_utf8(bytes)) return {};
  return std::string(bytes);
}

Cell CsvReader::cell_of(const Span& span, std::size_t column, Row& row) {
  auto bytes = std::string_view(buffer_).substr(at_ + span.begin, span.end - span.begin);
  std::string unescaped;
  if (span.quoted && bytes.find('"') != bytes.npos) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      unescaped += bytes[i];
      if (bytes[i] == '"') ++i;
    }
    bytes = unescaped;
  }
  auto text = decoded(bytes);
  if (!text) {
    const std::string form(name_of(encoding_));
    row.faults.push_back({column, Errc::bad_utf8, "有字节不是 " + form + " 文字，请重新保存此格",
                          "has bytes that are no " + form + " text: type it again"});
    return {};
  }
  if (text->find_first_not_of(kSpaces) == text->npos) return {};
  const auto shown = model::unguarded(*text);
  if (shown.empty()) return {};
  return {Cell::Kind::text, std::string(shown)};
}

Result<std::optional<Row>> CsvReader::next() {
  for (;;) {
    const int first = look(0);
    if (first == kFailed) return fail(*failure_);
    if (first == kEnd) return std::optional<Row>{};
    auto found = find_row();
    if (!found) return fail(found.error());
    Row row;
    row.number = ++number_;
    row.line = line_ + 1;
    if (found->broken) row.faults.push_back(std::move(found->fault));
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      auto cell = cell_of(spans_[i], i, row);
      row.cells.push_back(std::move(cell));
    }
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(at_ + found->size);
    line_ += static_cast<std::size_t>(
        std::count(end - static_cast<std::ptrdiff_t>(found->size), end, '\n'));
    at_ += found->size;
    while (!row.cells.empty() && row.cells.back().empty()) row.cells.pop_back();
    if (!row.empty()) return std::optional(std::move(row));
  }
}

}  // namespace

Result<std::unique_ptr<RowReader>> read_csv(Input& input, const CsvOptions& options) {
  const auto scan = scan_encoding(input);
  if (!scan) return fail(scan.error());
  const auto encoding = options.encoding.value_or(scan->verdict());
  const bool same = encoding == scan->verdict();
  auto reader = std::make_unique<CsvReader>(input, encoding, same ? scan->mark_size() : 0);
  if (auto started = reader->start(); !started) return fail(started.error());
  return reader;
}

}  // namespace linli::tables

#include "node/tables/ndjson_records.h"

#include <algorithm>
#include <array>

#include "node/model/json_text.h"

namespace linli::tables {
namespace {

constexpr std::size_t kShownMax = 60;
/// Fills `json`, or says why not.
std::optional<CellFault> read(const std::string& text, Json& json) {
  auto parsed = model::read_json(text);
  if (!parsed) {
    auto& fault = parsed.error();
    return CellFault{kNoColumn, fault.code, std::move(fault.zh), std::move(fault.en)};
  }
  json = std::move(*parsed);
  if (json.is_object()) return {};
  return CellFault{kNoColumn, Errc::bad_input, "每行应为一个 JSON 对象", "isn't one JSON object"};
}

}  // namespace

Result<void> NdjsonRecords::rewind() {
  buffer_.clear();
  at_ = number_ = 0;
  read_ = 0;
  return input_.seek(0);
}

Result<bool> NdjsonRecords::line(std::string& text, bool& too_long) {
  text.clear();
  too_long = false;
  bool any = false;
  for (;;) {
    if (at_ == buffer_.size()) {
      std::array<char, 1u << 16> piece;
      const auto got = input_.read(piece.data(), piece.size());
      if (!got) return fail(got.error());
      if (*got == 0) return any;
      read_ += *got;
      buffer_.assign(piece.data(), *got);
      at_ = 0;
    }
    any = true;
    const auto end = std::min(buffer_.find('\n', at_), buffer_.size());
    const auto room = kRowBytesMax - std::min(kRowBytesMax, text.size());
    too_long = too_long || end - at_ > room;
    text.append(buffer_, at_, std::min(room, end - at_));
    at_ = std::min(end + 1, buffer_.size());
    if (end < buffer_.size()) return true;
  }
}

Result<std::optional<TableRecord>> NdjsonRecords::next() {
  if (number_ == 0 && read_ == 0) {
    if (auto back = rewind(); !back) return fail(back.error());
  }
  std::string text;
  for (;;) {
    bool too_long = false;
    const auto got = line(text, too_long);
    if (!got) return fail(got.error());
    if (!*got) return std::optional<TableRecord>{};
    ++number_;
    if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    if (text.find_first_not_of(" \t\r") == text.npos) continue;
    TableRecord record;
    auto fault = too_long ? std::optional(CellFault{kNoColumn, Errc::too_large, "这一行超过 1 MiB",
                                                    "the line is over 1 MiB"})
                          : read(text, record.json);
    if (fault) {
      record.problems.push_back({number_,
                                 number_,
                                 kNoColumn,
                                 {},
                                 {},
                                 {},
                                 fault->code,
                                 std::move(fault->zh),
                                 std::move(fault->en)});
    }
    record.rows.push_back({number_, number_, {{Cell::Kind::text, std::move(text)}}, {}});
    return std::optional(std::move(record));
  }
}

Problem NdjsonRecords::place(const TableRecord& record, const model::Fault& fault) const {
  Problem problem{record.row(), record.row(), kNoColumn, {},      {},
                  fault.field,  fault.code,   fault.zh,  fault.en};
  problem.heading = fault.field;
  const auto found = record.json.find(fault.field.substr(0, fault.field.find('.')));
  if (found == record.json.end()) return problem;
  problem.value = found->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (problem.value.size() > kShownMax) problem.value.clear();
  return problem;
}

}  // namespace linli::tables

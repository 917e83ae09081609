#include "node/store/appeals.h"

#include "crypto/cbor.h"

namespace linli::store {

constexpr std::string_view kMeta = "appeals";

std::vector<AppealRow> load_appeals(Log& log) {
  const auto stored = log.meta(kMeta);
  if (!stored) return {};
  cbor::Reader r(*stored);
  std::vector<AppealRow> rows;
  for (auto left = r.array(); left > 0 && r.ok(); --left) {
    if (r.array() != 6) r.reject("a row has six parts");
    const auto set = r.bytes(32), speaker = r.bytes(16);
    AppealRow row;
    row.name = std::string(r.text());
    row.reason = std::string(r.text());
    row.made = r.sint();
    row.bytes = std::string(r.bytes());
    if (!r.ok()) break;
    row.set = crypto::Hash::of(set);
    row.speaker = crypto::AuthorId::of(speaker);
    rows.push_back(std::move(row));
  }
  return rows;
}

bool save_appeal(Log& log, const AppealRow& appeal) {
  auto rows = load_appeals(log);
  std::erase_if(rows, [&](const AppealRow& row) {
    return (row.set == appeal.set && row.speaker == appeal.speaker) || !log.held_back(row.set);
  });
  if (rows.size() >= kAppealsMax) return false;
  rows.push_back(appeal);
  cbor::Writer w;
  w.array(rows.size());
  for (const auto& row : rows) {
    w.array(6);
    w.bytes(row.set.view());
    w.bytes(row.speaker.view());
    w.text(row.name);
    w.text(row.reason);
    w.sint(row.made);
    w.bytes(row.bytes);
  }
  log.set_meta(kMeta, w.view());
  return true;
}

}  // namespace linli::store

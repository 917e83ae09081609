#include "node/store/audit.h"

#include "crypto/cbor.h"

namespace linli::store {
namespace {

constexpr std::string_view kColumns =
    "number, at, actor, who, act, type, records, fields, what, origin, why, hash";

std::string joined(const std::vector<sync::RecordId>& ids) {
  std::string bytes;
  bytes.reserve(ids.size() * 16);
  for (const auto& id : ids) bytes += id.view();
  return bytes;
}

/// A text of a header or a form: what isn't UTF-8 must not stop the log.
std::string clean(const std::string& text) {
  if (cbor::valid_utf8(text)) return text;
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return out;
}

crypto::Hash chained(const crypto::Hash& before, const AuditRow& row) {
  const auto& e = row.entry;
  cbor::Writer w;
  w.array(11);
  w.sint(row.number);
  w.sint(e.at);
  w.bytes(e.actor ? e.actor->view() : std::string_view());
  w.text(e.who);
  w.text(e.act);
  w.text(e.type);
  w.bytes(joined(e.records));
  w.text(e.fields);
  w.text(e.what);
  w.text(e.origin);
  w.text(e.why);
  return crypto::hash({"linli/audit/1", before.view(), w.take()});
}

/// Nothing: its values aren't of the kinds that were written.
std::optional<AuditRow> row_in(const Statement& s) {
  AuditRow row;
  row.number = s.integer(0);
  auto& e = row.entry;
  e.at = s.integer(1);
  const auto actor = s.blob(2), records = s.blob(6), hash = s.blob(11);
  if ((!actor.empty() && actor.size() != 16) || records.size() % 16 != 0 || hash.size() != 32) {
    return std::nullopt;
  }
  if (!actor.empty()) e.actor = sync::Nonce::of(actor);
  for (std::size_t i = 0; i < records.size(); i += 16) {
    e.records.push_back(sync::RecordId::of(records.substr(i, 16)));
  }
  const std::pair<int, std::string*> texts[] = {{3, &e.who},    {4, &e.act},  {5, &e.type},
                                                {7, &e.fields}, {8, &e.what}, {9, &e.origin},
                                                {10, &e.why}};
  for (const auto& [at, into] : texts) {
    *into = s.text(at);
    if (!cbor::valid_utf8(*into)) return std::nullopt;
  }
  row.hash = crypto::Hash::of(hash);
  return row;
}

struct Tip {
  std::int64_t number = 0;
  crypto::Hash hash{};
};
Tip tip_of(Database& db) {
  auto& s = db.cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1");
  if (!s.step()) return {};
  Tip tip{s.integer(0), {}};
  if (s.blob(1).size() == 32) tip.hash = crypto::Hash::of(s.blob(1));
  s.reset();
  return tip;
}

}  // namespace

void append_audit(Database& db, std::span<const AuditEntry> entries) {
  Transaction transaction(db);
  auto tip = tip_of(db);
  for (const auto& entry : entries) {
    AuditRow row{tip.number + 1, entry, {}};
    auto& e = row.entry;
    for (auto* text : {&e.who, &e.act, &e.type, &e.fields, &e.what, &e.origin, &e.why}) {
      *text = clean(*text);
    }
    row.hash = chained(tip.hash, row);
    const auto records = joined(e.records);
    auto& s = db.cached("INSERT INTO audit(" + std::string(kColumns) +
                        ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    s.bind(1, row.number).bind(2, e.at);
    s.bind_blob(3, e.actor ? e.actor->view() : std::string_view());
    s.bind_text(4, e.who).bind_text(5, e.act).bind_text(6, e.type).bind_blob(7, records);
    s.bind_text(8, e.fields).bind_text(9, e.what).bind_text(10, e.origin).bind_text(11, e.why);
    s.bind_blob(12, row.hash.view());
    s.run();
    tip = {row.number, row.hash};
  }
  transaction.commit();
}

std::vector<AuditRow> list_audit(Database& db, const AuditQuery& query) {
  std::string sql = "SELECT " + std::string(kColumns) +
                    " FROM audit WHERE (?1 = 0 OR number < ?1) AND (?2 IS NULL OR at >= ?2)"
                    " AND (?3 = '' OR who = ?3 OR lower(hex(actor)) = ?3)"
                    " AND (?4 IS NULL OR instr(records, ?4) > 0) ORDER BY number DESC LIMIT ?5";
  auto s = db.prepare(sql);
  s.bind(1, query.before).bind_text(3, query.account);
  s.bind(5, static_cast<std::int64_t>(query.limit));
  if (query.since) s.bind(2, *query.since);
  if (query.record) s.bind_blob(4, query.record->view());
  std::vector<AuditRow> rows;
  while (s.step()) {
    if (auto row = row_in(s)) rows.push_back(std::move(*row));
  }
  return rows;
}

AuditVerdict verify_audit(Database& db, const std::optional<crypto::Hash>& noted) {
  const Transaction snapshot(db, true);
  AuditVerdict verdict;
  auto s = db.prepare("SELECT " + std::string(kColumns) + " FROM audit ORDER BY number");
  while (s.step()) {
    const auto expected = verdict.rows + 1;
    const auto number = s.integer(0);
    if (number != expected) {
      verdict.fault = "第 " + std::to_string(expected) + " 条缺失 row " + std::to_string(expected) +
                      " is missing: the next one is " + std::to_string(number);
      return verdict;
    }
    const auto row = row_in(s);
    if (!row || chained(verdict.head, *row) != row->hash) {
      verdict.fault = "第 " + std::to_string(number) + " 条被改动 row " + std::to_string(number) +
                      " was altered, or one before it";
      return verdict;
    }
    verdict.rows = number;
    verdict.head = row->hash;
    if (noted && row->hash == *noted) verdict.noted_found = true;
  }
  if (noted && !verdict.noted_found) {
    verdict.fault =
        "记下的校验值不在其中，末尾可能被截去 the noted head isn't in the log: its end was cut "
        "off, "
        "or another log was put here";
  }
  return verdict;
}

}  // namespace linli::store

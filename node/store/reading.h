// node/store/reading.h: what a node holds, as JSON for the API and the command line. Reads only.
//
// Every function takes the store and reads one consistent snapshot of it. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/model/json.h"
#include "node/store/store.h"

namespace linli::store {

using crypto::Hash;
using model::Json;

/// A record as the API gives it:
/// {type, id, scope, version, state?, title, fields{…}, invalid[…], conflicts, confirmed,
/// changed_at,
///  removed?}. `version` changes with every change (ETag, If-Match); refs carry a `title` where
///  known.
struct RecordQuery {
  std::string type = {};
  std::vector<std::pair<std::string, std::string>> where = {};  ///< Field = value, as in JSON.
  std::string cursor = {};  ///< From the answer before; empty: from the start.
  std::string scope = {};   ///< At or below; empty: all.
  std::size_t limit = 50;   ///< 1 … 1000.
  bool removed = false;     ///< Tombstones too.
  bool newest_first = false;
};
struct RecordPage {
  Json items = Json::array();
  std::optional<std::string> next_cursor;
};

/// Errors: unknown_type, unknown_field, bad_value (cursor, limit, value).
[[nodiscard]] Result<RecordPage> list_records(store::Store& store, const RecordQuery& query);
/// Errors: unknown_type, not_found.
[[nodiscard]] Result<Json> get_record(store::Store& store, std::string_view type,
                                      std::string_view scope, const sync::RecordId& id);
/// The scope that a record id of a type stands in, if there is just one; for addresses without it.
[[nodiscard]] Result<std::string> scope_of(store::Store& store, std::string_view type,
                                           const sync::RecordId& id);
/// Its whole life from the log, oldest first: {items: [{kind, version, at, node, role, author,
/// certificate, feed, seq, index, set, trusted_clock, life, origin, not_before (the newest head of
/// the hub that its author had seen; null: none), safe_since (null: no receipt yet), standing (0
/// counts, 1 held back, 2 for an upgrade to read), fields{…}, cells[{cell, fields, became, ?
/// by{version, node, at, …}, ? settled[versions]}], became}]}. `became`: stands, lost (in a
/// conflict that is open), superseded, ended (by a delete), waits, held. `actor`: the
/// account's pseudonym, if a person wrote through a session. A step that was held back and counts
/// has `approved` {at, reason, node, certificate, ? actor}.
[[nodiscard]] Result<Json> record_history(store::Store& store, std::string_view type,
                                          std::string_view scope, const sync::RecordId& id);
/// The first `limit` conflicts that wait for a person, newest first: see conflicts.h.
[[nodiscard]] Json list_conflicts(store::Store& store, std::size_t limit = 200);
[[nodiscard]] std::int64_t conflict_count(store::Store& store);  ///< Records with losing edits.

struct SearchRequest {
  std::string text = {};           ///< What was typed: see search_query.h.
  std::string type = {};           ///< Only this type; empty: all.
  std::string scope = {};          ///< At or below; empty: all.
  std::string from = {}, to = {};  ///< Last changed on a day of [from, to), "2023-05-27".
  /// Field (its name or label) = value: a text holds it; a day or number equals it or lies in
  /// "a..b", both included; others equal it. Not personal ones.
  std::vector<std::pair<std::string, std::string>> where = {};
  std::string cursor = {};  ///< From the answer before; empty: from the start.
  std::size_t limit = 20;   ///< 1 … 200.
};
/// {items: [{type, id, scope, title, snippet, marks[[begin, end]], highlights[{field, ? item,
/// ranges[[begin, end]]}]}], near, next_cursor}, best first. Marks are of the snippet, ranges of
/// the field's own text (of `item` in its list), both in Unicode code points. `near`: nothing was
/// found as typed; these are with one letter of the pinyin changed. Errors: bad_value (limit,
/// cursor, from, to, a filter's value), bad_utf8, unknown_type, unknown_field, forbidden (a
/// personal field).
[[nodiscard]] Result<Json> search_records(store::Store& store, const SearchRequest& request);
[[nodiscard]] Result<Json> search_records(store::Store& store, std::string_view text,
                                          std::size_t limit);

struct StatRequest {
  std::string name = {};
  std::vector<std::string> by = {};
  std::string from = {}, to = {};  ///< "2023-01-01"; empty: the current year up to tomorrow.
  std::string today = {};          ///< Empty: today, by `now`.
  std::string scope = {};
  sync::Micros now = 0;
};
/// {name, label, figure, unit{code, zh, en}, units{numerator, denominator}, definition, by,
/// rows[{keys, numerator, denominator}], total, freshness}. Errors: not_found (no such statistic),
/// bad_value.
[[nodiscard]] Result<Json> read_stat(store::Store& store, const StatRequest& request);
[[nodiscard]] Json list_stats();
/// Which communities have reported, and since when not: {asked_at, oldest, communities[{scope,
/// name, last_report}]}. One row an enrolled node that writes; `oldest` null: some never reported.
[[nodiscard]] Json freshness(store::Store& store, std::string_view scope, sync::Micros now);
/// The nodes of the city known here, with their certificates' figures and last contact.
[[nodiscard]] Json list_nodes(store::Store& store);
/// What isn't counted: {held[{set, author, node, scope, seq, since, changes, reason, approvable}],
/// evidence[{set, author, node, seq, reason, detail, since, bytes}]}, newest first.
[[nodiscard]] Json list_held(store::Store& store, std::size_t limit = 200);
/// What waits for the hub: {sets, changes, oldest, refused, quarantined}; `confined`: sets of this
/// node that stay in community and street and so never wait. And how many records.
[[nodiscard]] Json waiting(store::Store& store, const crypto::AuthorId& self);
[[nodiscard]] Json record_counts(store::Store& store);

/// Every record of a type, one JSON object a line, ordered by scope and id, without what is local
/// (version, confirmation): equal on all nodes that hold the same change sets (I3). Calls `line`.
[[nodiscard]] Result<void> export_records(store::Store& store, std::string_view type,
                                          const std::function<void(const Json&)>& line);

}  // namespace linli::store

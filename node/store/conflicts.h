// node/store/conflicts.h: what two people changed at once, to be reviewed (I4). Reads only.
//
// Severities: `conflict` (one field, changed to different values by several who didn't know of each
// other), `delete` (edits that met a delete), `void_move` (a state move from a state that wasn't
// current) wait for a person. `parallel` (different fields of one record) merged by itself and is
// only listed. `rivals` are records of their own that can't all hold (two ballots of one flat): a
// person says which of them counts, by the type's states.
#pragma once

#include "node/store/reading.h"

namespace linli::store {

/// A conflict's address: the same on every node, for as long as the record lives.
struct ConflictName {
  std::uint32_t type = 0, cell = 0;
  bool void_move = false;
  sync::RecordId id{};
  std::string scope;
};
[[nodiscard]] std::string conflict_address(const ConflictName& name);
/// Errors: bad_value (no address), not_found (no such record here).
[[nodiscard]] Result<ConflictName> conflict_name(Store& store, std::string_view address);

/// Names a set of versions: whoever settles a conflict says by it what they saw. 16 hex digits.
[[nodiscard]] std::string seen_tag(const std::vector<sync::VersionId>& versions);
/// As the JSON below writes a version.
[[nodiscard]] std::string version_name(const sync::VersionId& version);

struct ConflictQuery {
  std::string severity = {};          ///< "": all that wait for a person; else one of the five.
  std::string type = {}, scope = {};  ///< At or below; empty: all.
  std::string cursor = {};            ///< From the answer before.
  std::size_t limit = 200;            ///< 1 … 1000.
  sync::Micros now = 0;               ///< For `parallel`: the newest 30 days of arrivals.
};

/// {items: [{conflict (its address), severity, seen, type, id, scope, title, cell, fields,
/// winner{…}, losers[{…}], void_move, void_winner}], next_cursor}; each version {version, node,
/// role, author, certificate, feed, seq, index, set, at, trusted_clock, fields{…}, ? move{from,
/// to}, ? removal}. Of `parallel`: {severity, type, id, scope, title, edits[{…}]}; of `rivals`: see
/// rivals.h. Errors: unknown_type, bad_value.
[[nodiscard]] Result<Json> find_conflicts(Store& store, const ConflictQuery& query);
/// One of the items above. Errors: bad_value, not_found (also: it is settled).
[[nodiscard]] Result<Json> get_conflict(Store& store, std::string_view address);

}  // namespace linli::store

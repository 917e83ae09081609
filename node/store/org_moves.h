// node/store/org_moves.h: the tree on a day, and what a move or a merger would change, before it is
// written. Reads only; what it answers with as `record` is put like any other record.
#pragma once

#include <optional>
#include <string>

#include "node/model/json.h"
#include "node/store/store.h"

namespace linli::store {

struct OrgMove {
  std::string unit;       ///< Code of a unit or a compound; one that it had will do.
  std::string to;         ///< Code of the unit above; of a merger: of the one it goes into.
  std::int64_t from = 0;  ///< First day of it.
  bool merge = false;
  std::string basis;  ///< The document that ordered it.
};

/// {at, units[{code, name, level, path, depth, under (code, null: nothing), valid_from, valid_to,
/// former_codes[], former_names[], compounds[{code, name, id (hex)}], ? basis}]}, each after what
/// it hangs under, by code.
[[nodiscard]] Result<model::Json> org_tree(Store& store, std::int64_t day);

/// {unit{type, code, name}, kind, from, record{…}, before[{code, name}], after[…], compounds,
/// figures[{statistic, zh, en, unit{code, name}, before, after}], notes[{zh, en}]}. `before` and
/// `after`: what it hangs under, nearest first. Figures of every unit that loses or gains it: in
/// the window from that day until today (at least that day), and as they stand at its end; only
/// those that change. Errors: not_found (a code), bad_rule (into itself or what hangs below it; a
/// level that doesn't fit; it hangs there already).
[[nodiscard]] Result<model::Json> preview_move(Store& store, const OrgMove& move,
                                               std::int64_t today);

}  // namespace linli::store

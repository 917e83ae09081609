// node/store/own_sets.h: where every change set of this node is, and what became of it. Reads only.
#pragma once

#include "node/store/reading.h"

namespace linli::store {

/// Whose folder this is, and what it may. Errors: corrupt.
[[nodiscard]] Result<crypto::Certificate> own_certificate(Store& store);
[[nodiscard]] Result<crypto::AuthorId> own_author(Store& store);
[[nodiscard]] Result<crypto::AuthorId> own_author(Database& db);

struct OwnSetsQuery {
  crypto::AuthorId self{};
  std::string state = {};   ///< One of the names below; empty: all.
  std::string cursor = {};  ///< From the answer before.
  std::size_t limit = 20;   ///< 1 … 200.
};

/// Newest first: {items: [{set, scope, feed, seq, at, state, safe_since, position, refused{code,
/// detail, at, by}, ? held (name of the Errc that the hub's ruling gives, or what an upstream said,
/// then with held_by{node, at, detail}), ? approved{at, reason, node, certificate, ? actor},
/// changes[{kind, type, id, title, fields, became, ? by{…}, ? conflict}], more}], next_cursor}.
/// `state`: waiting (nobody has it yet), on_way (an upstream took it, no receipt yet), confined
/// (handed on as far as it goes: it stays in community and street, and the hub gives no receipt for
/// it), safe (a receipt of the hub covers it), held (held back until approved), let_go (of a scope
/// that this node may not read any more: the hub keeps it, here stands only that it was), upgrade
/// (waits until this node's version can read it), refused (by an upstream, which said why). What
/// was let go of says when (? let_go) and has no changes, also if the hub held it back then, of
/// which nothing more is heard here. `became` as in
/// record_history, or `partly` where only some of its fields are superseded (then {superseded,
/// written}: how many of how many), and `conflict` the address of the one it lost in; at most 20
/// changes of a set are told, `more` counts the rest. Cost: bounded for a page, whatever is stored.
/// Errors: bad_value.
[[nodiscard]] Result<Json> own_sets(Store& store, const OwnSetsQuery& query);

/// How many: {waiting, on_way, confined, safe, held, let_go, upgrade, refused, lost};
/// `lost`: open conflicts (of the newest 1,000 records that have any) in which a version of this
/// node lost.
[[nodiscard]] Json own_sets_summary(Store& store, const crypto::AuthorId& self);

}  // namespace linli::store

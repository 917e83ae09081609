// node/freezing.h: content that a record's state has closed (RecordType::frozen): what is published
// isn't altered any more, only superseded. Refused where it is written; and what comes from
// elsewhere the hub holds back (sync/ruling.h), so that everybody agrees on it: an honest edit that
// was made before its author heard of the closing, and one by an altered program.
#pragma once

#include "node/model/record.h"
#include "node/store/store.h"
#include "sync/change_set.h"

namespace linli::node {

/// Is that a state of the type in which nothing may change but the state, by a move from there, and
/// what comes along with the move (but for RecordType::lasting)?
[[nodiscard]] bool freezes(const model::RecordType& type, std::int64_t state);

/// The first change that alters or removes a record which is closed, as the records stand before
/// the set, and by moves within it; nothing: none does. Writing again what stands there anyway
/// alters nothing, and to erase personal values is always allowed. A move that doesn't begin where
/// the record stands would alter it. Writer thread. Errors:
/// Errc::frozen.
[[nodiscard]] std::optional<Error> alters_closed(store::Store& store, const sync::ChangeSet& set,
                                                 const std::vector<sync::Committed>& committed,
                                                 const std::vector<sync::Opening>& openings);

}  // namespace linli::node

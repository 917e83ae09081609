// node/store/made_here.h: what this disk itself has written since, and the hub's word on it.
#pragma once

#include "node/store/log.h"

namespace linli::store {

/// The tree head by which the hub confirmed the first set that this disk wrote behind an arrival
/// number, in an incarnation of `self` from this number on. Nothing: there is none yet. Costs what
/// was written in these incarnations.
[[nodiscard]] std::optional<sync::Seen> first_confirmed_since(Log& log,
                                                              const crypto::AuthorId& self,
                                                              std::uint64_t incarnation,
                                                              std::int64_t arrival);

}  // namespace linli::store

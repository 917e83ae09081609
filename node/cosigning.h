// node/cosigning.h: nodes say of the hub's heads that they have checked them (C2SP's
// cosignature/v1), so that nobody can be shown a history of his own.
#pragma once

#include "node/replica.h"

namespace linli::node {

/// The note with this node's cosignature added: only of a head that was found to go on from all
/// that this node has seen before.
[[nodiscard]] std::string cosigned(const Replica& replica, std::string_view note);

/// Keeps the cosignatures of nodes of this city on a head of the history that is kept here. Answers
/// with how many there were. Errors: malformed; not_found (no such head here); bad_signature.
[[nodiscard]] Result<std::size_t> take_cosigned(Replica& replica, std::string_view note);

}  // namespace linli::node

// node/scopes.h: where a node works changes: paths are added to its certificate or taken away.
//
// A scope is identity and never rewritten; a unit that moves gives its new office the path it had.
// The new certificate travels in the log like every other. Its subject takes it up when it learns
// of it, gets what it gained from the beginning, and lets go of what it lost once the hub has
// confirmed what it wrote there. What it wrote there and had not sent is held back by the hub until
// somebody approves it (rulings.cpp).
#pragma once

#include <string>
#include <vector>

#include "node/replica.h"

namespace linli::node {

struct ScopeChange {
  std::vector<std::string> add, remove;
};

/// Issues a certificate with other paths to a node, and publishes it where it worked and where it
/// will. `dry_run`: only says what the paths would be. Answers with the new paths, exclusions with
/// a '-' before them. Errors: not_found (no such node), bad_value (a path), out_of_scope (more than
/// this node covers), forbidden (may not issue; its own certificate; nothing would be left).
[[nodiscard]] Result<std::vector<std::string>> change_scopes(Replica& issuer,
                                                             const crypto::AuthorId& subject,
                                                             const ScopeChange& change,
                                                             bool dry_run = false,
                                                             const By& by = {});

}  // namespace linli::node

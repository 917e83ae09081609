// node/moving_in.h: a folder becomes a node's: its database is filled with who the node is.
#pragma once

#include <string>
#include <vector>

#include "node/data_dir.h"
#include "sync/clock.h"

namespace linli::node {

/// What proves a membership: the city's root statement, and the certificates from the root's side
/// to the node's own, which comes last.
struct MemberProof {
  std::string root;
  std::vector<std::string> chain;
};

/// Makes the database. The proof must have been checked. Errors: io, disk_full, malformed.
[[nodiscard]] Result<void> move_in(const DataDir& dir, const MemberProof& proof,
                                   const std::string& upstream, sync::Micros now);
/// Is a node there, whole? False: nothing, or what a power cut left of moving in.
[[nodiscard]] bool has_moved_in(const DataDir& dir);
/// Takes away what a failed beginning left, and the folder, if nothing else is in it.
void discard(const DataDir& dir);

}  // namespace linli::node

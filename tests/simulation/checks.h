// tests/simulation/checks.h: the promises, checked on what the nodes really hold. All throw Broken.
#pragma once

#include <set>

#include "tests/simulation/world.h"

namespace linli::simulation {

/// Hashes of the change sets in a node's log; of one that is closed as well.
[[nodiscard]] std::set<Hash> hashes_of(Node& node);

/// Everything, when everything is quiet.
void check_all(World& world);
/// I4: the conflicts that the node lists are those that follow from its change sets.
void check_conflicts(Node& node);
/// `linli verify` at one node.
void check_verify(World& world, Node& node);
/// A bit of a body turns in a copy of the node's disk: verify must name it.
void check_rot(World& world, Node& node, Chance& chance);

}  // namespace linli::simulation

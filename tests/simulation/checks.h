// tests/simulation/checks.h: the promises, checked on what the nodes really hold. All throw Broken.
#pragma once

#include <set>

#include "tests/simulation/world.h"

namespace linli::simulation {

/// What is on a node's disk, be it open or closed: change sets by their hashes, wherever they
/// stand; and what its log, and what it is going to write again, say (see statements_of).
struct OnDisk {
  std::set<Hash> hashes, says;
};
[[nodiscard]] OnDisk on_disk(Node& node, bool with_statements = false);
/// What a change set says, whatever it is called: each change by its record, kind and fields.
[[nodiscard]] std::set<Hash> statements_of(const sync::ChangeSet& set);

/// How far a feed reaches, and up to where a snapshot stands for it.
struct FeedEnd {
  std::uint64_t tip = 0, condensed = 0;
};
/// The feeds on a disk of `owner`, or a copy of it, that isn't in use.
[[nodiscard]] std::map<sync::FeedId, FeedEnd> feeds_of(const Image& disk, const Node& owner);

/// Everything, when everything is quiet.
void check_all(World& world);
/// I4: the conflicts that the node lists are those that follow from its change sets.
void check_conflicts(Node& node);
/// I10: what the hub knows to be erased is nowhere, and on no disk of the chosen nodes.
void check_erased(World& world, const std::set<std::size_t>& chosen);
/// `linli verify` at one node.
void check_verify(World& world, Node& node);
/// A bit of a body turns in a copy of the node's disk: verify must name it.
void check_rot(World& world, Node& node, Chance& chance);

}  // namespace linli::simulation

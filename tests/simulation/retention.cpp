// Snapshots of the hub, what they stand for, and offices that prune.
#include "node/pruning.h"
#include "node/snapshots.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/world.h"

namespace linli::simulation {

void World::make_snapshots(Node& hub, std::int64_t sets_min) {
  if (hub.unmet) return;
  const auto made = node::make_snapshots(*hub.replica, "", sets_min);
  if (made) counts.snapshots += made->size();
  say(made ? "the hub made " + std::to_string(made->size()) + " snapshots"
           : "no snapshots: " + describe(made.error()));
  survived(hub);
}

namespace {

/// Its own are those of its feeds, also where a peer gave them back after its disk was put back.
void note_own_personal(Node& node) {
  const Disk::Looking looking(node.disk);
  auto lease = node.replica->store().read();
  auto s = lease->prepare(
      "SELECT o.commitment FROM opening o JOIN log l ON l.arrival = o.arrival "
      "JOIN author a ON a.id = l.author WHERE o.personal = 1 AND a.author = ?1");
  s.bind_blob(1, node.author.view());
  while (s.step()) node.own_personal.insert(Hash::of(s.blob(0)));
}

}  // namespace

/// What `linli prune` does, with a moment instead of a closed year.
void World::prune(Node& node, Micros age, Chance& chance) {
  if (node.place.upstream < 0) return;
  const auto before = node.replica->now() - age;
  const auto name = "node " + std::to_string(node.number);
  const auto planned = node::plan_pruning(*node.replica, before);
  if (!planned) return say(name + " can't plan: " + describe(planned.error()));
  if (planned->without_snapshot > 0) {
    if (!exchange(node, chance) || !node.up()) return say(name + " prunes another day");
    const auto asked = node::ask_for_snapshots(*node.replica);
    if (!survived(node) || !asked) return say(name + " prunes another day");
    if (!exchange(node, chance) || !node.up()) return say(name + " gets no snapshots");
  }
  note_own_personal(node);
  const auto done = node::prune(*node.replica, before);
  if (!survived(node) || !done) return say(name + " didn't prune");
  if (!done->faults.empty()) broken("prune", node.number, done->faults.front());
  counts.pruned += static_cast<std::uint64_t>(done->sets);
  say(name + " let go of " + std::to_string(done->sets) + " sets; stay: unconfirmed " +
      std::to_string(done->unconfirmed) + ", without a snapshot " +
      std::to_string(done->without_snapshot));
}

/// Who began with a snapshot can't give the change sets back to a hub that lost them: it has its
/// backups for that (node/README.md). So it isn't put back to before them here.
bool World::snapshots_outlive(const Copy& of_the_hub) {
  const auto ends = feeds_of(of_the_hub.disk, hub());
  for (auto& node : nodes_) {
    if (node->place.upstream < 0 || !node->enrolled) continue;
    // An answer under way may bring one.
    if (node->disk.stopped() || (node->in_exchange && node->place.upstream == 0)) return true;
    std::vector<Image> disks{node->disk.image()};
    if (node->backup) disks.push_back(node->backup->disk);
    for (const auto& disk : disks) {
      for (const auto& [feed, end] : feeds_of(disk, *node)) {
        const auto at_hub = ends.find(feed);
        if (end.condensed > (at_hub == ends.end() ? 0 : at_hub->second.tip)) return true;
      }
    }
  }
  return false;
}

}  // namespace linli::simulation

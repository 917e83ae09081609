// Devices of one community and a hub write, sync, crash and are restored, over lines that lose,
// repeat and delay what they carry. When the lines are quiet again everybody shows the same.
#include <catch2/catch.hpp>

#include "tests/support/seed.h"
#include "tests/support/sim_node.h"

using namespace linli;
using namespace linli::test;

namespace {

enum class Mishap { lines, hub_restored, device_rolled_back };

struct World {
  World(Chance& c, std::size_t devices) : chance(c), city(devices) {
    for (std::size_t i = 0; i <= devices; ++i) {
      nodes.push_back(std::make_unique<SimNode>(city, i, now));
      nodes.back()->page_bytes = 200 + c.below(3000);
    }
    nodes[0]->gives_receipts = true;
    backups.resize(nodes.size());
    line.lose_request = [this] { return chance.percent(loss); };
    line.lose_answer = [this] { return chance.percent(loss); };
    line.repeat_request = [this] { return chance.percent(loss); };
  }
  SimNode& hub() { return *nodes[0]; }
  std::size_t any_device() { return 1 + chance.below(nodes.size() - 1); }

  Outcome sync(std::size_t device) {
    // A request that was under way for long reaches the hub only now.
    if (loss > 0 && !line.requests.empty() && chance.percent(20))
      (void)hub().serve(chance.one_of(line.requests));
    SimNode& node = *nodes[device];
    const Outcome outcome = exchange(node, hub(), line);
    if (!outcome.peer_ahead.empty()) node.raise_incarnation();
    if (outcome.finished) unsafe.erase(device);
    return outcome;
  }
  void write(std::size_t device) {
    if (unsafe.contains(device)) return;  // rule 18: a marker says that the disk is an older one
    const auto record = static_cast<unsigned char>('A' + chance.below(3));
    if (chance.percent(5)) return nodes[device]->remove(record);
    written.insert(nodes[device]->write(record, static_cast<std::uint32_t>(1 + chance.below(4)),
                                        static_cast<std::int64_t>(chance.below(1000))));
  }
  std::set<crypto::Hash> held_somewhere() const {
    std::set<crypto::Hash> all;
    for (const auto& node : nodes) all.merge(node->sets());
    return all;
  }

  Chance& chance;
  sync::Micros now = 1'700'000'000'000'000;
  SimCity city;
  std::vector<std::unique_ptr<SimNode>> nodes;
  std::vector<std::optional<SimNode::Disk>> backups;
  std::set<std::size_t> unsafe;
  std::set<crypto::Hash> written;  ///< And not lost with the only disk that had it.
  LossyLine line;
  unsigned loss = 15;
};

void step(World& world, Mishap mishap) {
  Chance& chance = world.chance;
  world.now += static_cast<sync::Micros>(chance.below(2'000'000));
  const std::size_t device = world.any_device();
  SimNode& hub = world.hub();
  switch (chance.below(12)) {
    case 0:
      return hub.restart();
    case 1: {
      const std::size_t which = chance.below(world.nodes.size());
      world.backups[which] = world.nodes[which]->disk;
      return;
    }
    case 2:  // for a while the hub's disk is full, or it refuses the third object
      if (chance.percent(50))
        hub.refuse = [&](std::size_t i) { return i == 2 ? std::optional(Errc::io) : std::nullopt; };
      else
        hub.trouble = [&chance](std::string_view) {
          return chance.percent(30) ? std::optional(Errc::disk_full) : std::nullopt;
        };
      return;
    case 3:
      hub.refuse = [](std::size_t) { return std::nullopt; };
      hub.trouble = [](std::string_view) { return std::nullopt; };
      return;
    case 4:
      if (mishap == Mishap::hub_restored && world.backups[0]) hub.restore(*world.backups[0]);
      if (mishap == Mishap::device_rolled_back && world.backups[device]) {
        world.nodes[device]->disk = *world.backups[device];  // nobody tells it
        world.unsafe.insert(device);
        const auto left = world.held_somewhere();
        std::erase_if(world.written, [&](const auto& hash) { return !left.contains(hash); });
      }
      return;
    case 5:
    case 6:
    case 7:
      return world.write(device);
    default:
      world.sync(device);
  }
}

}  // namespace

TEST_CASE("simulation: whatever the lines and disks do, all show the same in the end",
          "[sync][simulation][I1][I3]") {
  const auto mishap = GENERATE(Mishap::lines, Mishap::hub_restored, Mishap::device_rolled_back);
  const auto first = first_seed();
  for (int run = 0; run < runs(25); ++run) {
    const auto seed = first + static_cast<std::uint64_t>(run);
    INFO("LINLI_SEED=" << seed << " mishap=" << static_cast<int>(mishap));
    Chance chance{seed};
    World world{chance, 3};
    for (int i = 0; i < 150; ++i) step(world, mishap);

    world.loss = 0;
    world.hub().refuse = [](std::size_t) { return std::nullopt; };
    world.hub().trouble = [](std::string_view) { return std::nullopt; };
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 1; i < world.nodes.size(); ++i) {
        const Outcome outcome = world.sync(i);
        INFO("device " << i << ": " << (outcome.error ? describe(*outcome.error) : ""));
        REQUIRE(outcome.finished);
        if (round == 2) REQUIRE(outcome.progress.round_trips == 1);
      }
    }
    const auto everything = world.hub().sets();
    for (const auto& hash : world.written) REQUIRE(everything.contains(hash));
    for (const auto& node : world.nodes) {
      INFO("node " << node->member);
      REQUIRE(node->disk.waiting.empty());
      REQUIRE(node->sets() == everything);
      REQUIRE(node->shown() == world.hub().shown());
    }
  }
}

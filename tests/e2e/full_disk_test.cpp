// A disk that is full at one moment or another of whatever a node does: it says so, loses nothing,
// and goes on when there is room.
#include <algorithm>
#include <thread>

#include "tests/e2e/acts.h"
#include "tests/e2e/skip.h"
#include "tests/e2e/small_disk.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kRoomy = 256u << 20;

/// Serves, runs the command, and looks on while it runs.
Ran run(Act& act, const std::function<void()>& meanwhile = {}) {
  const auto out = act.city.scratch / "act.out", err = act.city.scratch / "act.err";
  std::filesystem::remove(out);
  std::filesystem::remove(err);
  app::Child command(act.command, {}, out, err);
  app::eventually("the command ends", 60s, [&] {
    if (meanwhile) meanwhile();
    return command.ended().has_value();
  });
  return {command.wait(), app::read_file(out), app::read_file(err)};
}

/// How much room it takes at its height when there is enough.
std::uint64_t need_of(Act& act, const Act::Way& way, const SmallDisk& disk) {
  for (auto* node : way.serve) node->start();
  const auto before = disk.used();
  auto height = before;
  const auto ran = run(act, [&] { height = std::max(height, disk.used()); });
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  act.done(ran.out);
  return std::max(height, disk.used()) - before;
}

/// The act in all its ways, the disk with less and less room to spare.
void fill(Act& act, SmallDisk& disk) {
  std::vector<std::vector<Node*>> seen;
  for (const auto& way : act.ways) {
    if (std::find(seen.begin(), seen.end(), way.serve) != seen.end()) continue;
    seen.push_back(way.serve);
    act.back();
    const auto need = need_of(act, way, disk);
    // In per cent of what it needs; what is needed varies a little from one time to the next.
    const auto rooms = seen.size() == 1 ? std::vector<std::uint64_t>{0, 5, 25, 50, 70, 90}
                                        : std::vector<std::uint64_t>{0, 30, 60};
    std::size_t full = 0;
    for (const auto room : rooms) {
      REQUIRE(disk.resize(kRoomy));
      act.back();
      for (auto* node : way.serve) node->start();
      REQUIRE(disk.resize(disk.used() + need * room / 100));
      const auto ran = run(act);
      INFO(act.name << ", " << way.name << ", room for " << room << " % of " << need
                    << " bytes: " << ran.err);
      if (ran.code != 0) {
        CHECK(ran.code == 1);
        CHECK(ran.err.find("disk_full") != std::string::npos);
        ++full;
      }
      REQUIRE(disk.resize(kRoomy));
      act.verify();
      act.kept(ran.out);
      // Whoever served goes on as it is.
      const auto again = must(act.city.scratch, act.command);
      act.kept(ran.out);
      act.done(again);
      act.kill_all();
      act.verify();
    }
    INFO(act.name << ", " << way.name << ": " << full);
    CHECK(full >= rooms.size() / 2);
  }
}

}  // namespace

TEST_CASE("a full disk in the middle of any act is said and loses nothing", "[e2e][I1]") {
  const auto name = GENERATE(from_range(act_names()));
  const auto act = make_act(name);
  if (!act) return void(skip("there is no libfaketime here to found a city last year with"));
  for (auto* writer : act->writers) {
    act->back();
    SmallDisk disk(writer->data(), kRoomy);
    if (!disk.mounted()) return void(skip("mounting a small disk needs root"));
    INFO("on the disk of " << writer->data());
    fill(*act, disk);
    act->kill_all();
  }
}

}  // namespace linli::e2e

// Records over bad lines, packet by packet: they arrive, once, and at little more than their price.
#include "tests/e2e/wire.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "tests/e2e/city.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

constexpr std::uint64_t kSeed = 20261128;
constexpr const char* kCompound = "410702003901101";

double since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Inspections as offices write them: no two alike, so that they don't compress to nothing.
std::vector<Json> inspections(std::size_t count, std::mt19937_64& random) {
  static const std::vector<std::string> kWords{
      "电梯间有杂物",     "灭火器压力不足", "楼道灯不亮",   "单元门损坏", "排水沟堵塞",
      "配电箱未上锁",     "外墙有脱落",     "车棚私拉电线", "绿化带垃圾", "消防通道被占",
      "生活水箱盖未上锁", "监控一处无图像", "屋面积水",     "井盖松动",   "已当场整改",
      "限三日内整改",     "已通知物业公司", "住户反映噪声", "与上次相同", "待复查"};
  const auto any = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  std::vector<Json> lines;
  for (std::size_t i = 0; i < count; ++i) {
    auto line = inspection(kCompound, static_cast<int>(any(28)));
    const auto minute = std::to_string(10 + any(49));
    const auto date = line["started_at"].get<std::string>().substr(0, 10);
    line["started_at"] = date + "T09:" + minute;
    line["ended_at"] = date + "T1" + std::to_string(any(9)) + ":" + minute;
    for (const auto* item : {"F01", "F06", "C01"}) {
      line["results"][item] = std::vector<std::string>{"ok", "fail", "na"}[any(3)];
    }
    auto note = std::to_string(1 + any(30)) + "号楼" + std::to_string(1 + any(6)) + "单元：";
    for (std::size_t words = 1 + any(4); words > 0; --words) note += kWords[any(20)] + "，";
    line["note"] = note;
    lines.push_back(std::move(line));
  }
  return lines;
}

/// A hub and an office, each on its side of a wire that is good at first.
struct Scene {
  Wire wire{kSeed};
  Scratch scratch;
  Node hub{scratch, "hub"}, office{scratch, "office"};
  std::mt19937_64 random{kSeed};
  std::size_t together = 40;  ///< Records of one set: inspections of a day.

  template <class What>
  auto at_hub(What&& what) {
    return wire.hub().inside(std::forward<What>(what));
  }
  template <class What>
  auto at_office(What&& what) {
    return wire.office().inside(std::forward<What>(what));
  }
  Scene() {
    at_hub([&] {
      must(scratch, {"init", "--data", hub.data(), "--role", "hub", "--name", "示例住建局",
                     "--scope", "410700"});
      for (const auto* type : {"org_unit", "company", "template"}) {
        must(scratch, {"records", "put", "--data", hub.data(), type,
                       std::string(LINLI_SAMPLES) + "/" + type + ".ndjson"});
      }
      hub.serve_at("0.0.0.0", 2000);  // Its own people come by loopback.
      hub.start();
    });
    join(office);
    at_office([&] { REQUIRE(office.batch("compound", {compound(1)})); });
    settled();
  }
  [[nodiscard]] std::string hub_url() const {
    const auto& url = hub.url();
    return std::string("http://") + Wire::kHub + url.substr(url.rfind(':'));
  }
  std::string invite() {
    auto line = at_hub([&] {
      return must(scratch, {"invite", "--data", hub.data(), "--role", "office", "--scope",
                            kCommunityA, "--name", "示例社区"});
    });
    line.erase(line.find_last_not_of(" \n") + 1);
    return line;
  }
  void join(Node& node) {
    const auto line = invite();
    at_office([&] {
      must(scratch, {"join", "--data", node.data(), line, "--hub", hub_url()});
      node.serve_at("127.0.0.1", 2000);
      node.start();
      app::eventually("it listens to the hub", 30s,
                      [&] { return node.get("/api/v1/node")["upstream"]["mode"] == "live"; });
    });
  }
  void write(std::size_t count) {
    for (std::size_t some = 0; count > 0; count -= some) {
      some = std::min(count, together);
      REQUIRE(office.batch("inspection", inspections(some, random)));
    }
  }
  /// Everything that the office wrote is confirmed, as the office says: that costs the wire
  /// nothing.
  void settled(std::chrono::seconds within = 60s) {
    at_office([&] {
      Json state;
      try {
        app::eventually("all is confirmed", within, [&] {
          state = office.get("/api/v1/node");
          return state["waiting"]["sets"] == 0 && state["upstream"]["to_send"] == 0;
        });
      } catch (const app::Unmet& unmet) {
        const auto so_far = wire.figures();
        FAIL(unmet.what() << ": " << state["waiting"].dump() << state["upstream"].dump() << "; "
                          << so_far.bytes << " bytes, " << so_far.cuts << " cuts\n"
                          << office.log());
      }
    });
  }
  /// The time and bytes of `count` records over `nature`; `meanwhile` is done while they go.
  struct Cost {
    double seconds = 0;
    Wire::Figures wire;
  };
  Cost send(std::size_t count, const Wire::Nature& nature, std::chrono::seconds within,
            const std::function<void()>& meanwhile = {}) {
    // Written while nothing goes, so that each time the same has to.
    const auto sync = [&](const char* what) {
      at_office([&] { must(scratch, {"sync", what, "--data", office.data()}); });
    };
    sync("pause");
    at_office([&] {
      app::eventually("it rests", 30s,
                      [&] { return office.get("/api/v1/node")["upstream"]["mode"] == "paused"; });
      write(count);
      // What it learnt about another line is forgotten.
      office.stop();
      office.start();
    });
    wire.change(nature);
    const auto before = wire.figures();
    const auto began = Clock::now();
    sync("resume");
    if (meanwhile) meanwhile();
    settled(within);
    Cost cost{since(began), wire.figures()};
    cost.wire.bytes -= before.bytes;
    cost.wire.packets -= before.packets;
    cost.wire.lost -= before.lost;
    cost.wire.cuts -= before.cuts;
    wire.change({});
    return cost;
  }
  /// Every record is at the hub, once, and as the office has it; and all is signed and in order.
  void compare(std::size_t records) {
    const auto exported = [&](Node& node) {
      return must(scratch, {"export", "inspection", "--data", node.data(), "--format", "ndjson"});
    };
    const auto there = at_hub([&] { return exported(hub); });
    CHECK(there == at_office([&] { return exported(office); }));
    CHECK(static_cast<std::size_t>(std::count(there.begin(), there.end(), '\n')) == records);
    at_hub([&] { must(scratch, {"verify", "--data", hub.data()}); });
    at_office([&] { must(scratch, {"verify", "--data", office.data()}); });
  }
  static double share(const Cost& cost, const Cost& ideal) {
    return static_cast<double>(cost.wire.bytes) / static_cast<double>(ideal.wire.bytes);
  }
  void report(const char* what, const Cost& ideal, const Cost& cost) const {
    WARN(what << ": " << cost.seconds << " s, " << cost.wire.bytes << " bytes on the wire, "
              << share(cost, ideal) << " of the ideal " << ideal.wire.bytes << "; packets lost "
              << cost.wire.lost << " of " << cost.wire.packets << ", cuts " << cost.wire.cuts);
  }
};

/// 2G: 50 kbit/s, 600 ms there and back, one packet in ten lost.
Wire::Nature second_generation() {
  const Wire::Way way{50'000 / 8, 300ms, 0.1};
  return {way, way};
}

/// What is asked for; in a short test the same losses weigh more, and one that is unlucky at its
/// start must not fail.
constexpr double kMost = 1.3, kMostInShort = 1.8;

void over_2g(std::size_t records, double most, std::chrono::seconds within) {
  Scene s;
  auto good = second_generation();
  good.up.loss = good.down.loss = 0;
  const auto ideal = s.send(records, good, within);
  const auto cost = s.send(records, second_generation(), within);
  s.report("2G", ideal, cost);
  CHECK(cost.wire.lost * 20 > cost.wire.packets);
  CHECK(Scene::share(cost, ideal) <= most);
  s.compare(2 * records);
}

void over_cuts(std::size_t records, const Wire::Nature& nature, int cuts, double most,
               std::chrono::seconds within) {
  Scene s;
  const auto ideal = s.send(records, {nature.up, nature.down}, within);
  const auto cost = s.send(records, nature, within);
  s.report("cuts", ideal, cost);
  CHECK(cost.wire.cuts >= cuts);
  CHECK(Scene::share(cost, ideal) <= most);
  s.compare(2 * records);
}

/// Everything that the office sends arrives, and no answer: it can't know, and sends again later.
void one_way(std::size_t records, bool up_is_dead, std::chrono::seconds dead, double most,
             std::chrono::seconds within) {
  Scene s;
  const auto ideal = s.send(records, {}, 60s);
  Wire::Nature bad{{50'000 / 8, 50ms}, {50'000 / 8, 50ms}};
  auto good = bad;
  (up_is_dead ? bad.up : bad.down).dead = true;
  const auto cost = s.send(records, good, within, [&] {
    std::this_thread::sleep_for(3s);  // In the midst of it.
    s.wire.change(bad);
    std::this_thread::sleep_for(dead);
    s.wire.change(good);
  });
  s.report(up_is_dead ? "nothing up" : "nothing down", ideal, cost);
  CHECK(cost.wire.lost > 0);
  CHECK(Scene::share(cost, ideal) <= most);
  s.compare(2 * records);
}

}  // namespace

TEST_CASE("wire: an office's records over 2G", "[e2e][wire]") {
  if (skip(Wire::impossible())) return;
  over_2g(500, kMostInShort, 180s);
}

TEST_CASE("wire: a line that is cut every few seconds", "[e2e][wire]") {
  if (skip(Wire::impossible())) return;
  const Wire::Way way{75'000 / 8, 50ms};
  over_cuts(1'000, {way, way, 9s, true}, 2, kMostInShort, 180s);
}

TEST_CASE("wire: one direction dead for a while", "[e2e][wire]") {
  if (skip(Wire::impossible())) return;
  one_way(400, false, 8s, kMostInShort, 180s);
}

TEST_CASE("wire at full size: 2G", "[.full]") {
  if (skip(Wire::impossible())) return;
  over_2g(2'000, kMost, 1'800s);
}

TEST_CASE("wire at full size: cut every 30 s, and nobody says so", "[.full]") {
  if (skip(Wire::impossible())) return;
  const Wire::Way way{50'000 / 8, 300ms};
  over_cuts(3'000, {way, way, 30s, false}, 3, kMost, 1'800s);
}

TEST_CASE("wire at full size: one direction dead for three minutes", "[.full]") {
  if (skip(Wire::impossible())) return;
  one_way(3'000, GENERATE(false, true), 180s, kMost, 1'800s);
}

TEST_CASE("wire at full size: ten thousand records reach a new office, 30 kbit/s and 600 ms",
          "[.full]") {
  if (skip(Wire::impossible())) return;
  Scene s;
  (void)s.send(10'000, {}, 120s);
  // The hub does so by itself every hour; the test doesn't wait.
  s.at_hub([&] { must(s.scratch, {"snapshot", "--data", s.hub.data()}); });
  Node second(s.scratch, "second");
  const auto invitation = s.invite();
  const Wire::Way way{30'000 / 8, 300ms};
  s.at_office([&] { s.office.stop(); });
  const auto before = s.wire.figures();
  s.wire.change({way, way});
  const auto began = Clock::now();
  s.at_office([&] {
    must(s.scratch, {"join", "--data", second.data(), invitation, "--hub", s.hub_url()});
  });
  const auto took = since(began);
  const auto all =
      must(s.scratch, {"export", "inspection", "--data", second.data(), "--format", "ndjson"});
  WARN("10,000 records: " << took << " s, " << s.wire.figures().bytes - before.bytes
                          << " bytes on the wire");
  CHECK(std::count(all.begin(), all.end(), '\n') == 10'000);
  CHECK(took < 300);
}

}  // namespace linli::e2e

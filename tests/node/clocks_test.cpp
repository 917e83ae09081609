// An office whose clock stood wrong and was set right (sync/PROTOCOL.md §8, "Clocks that were
// wrong").
#include "node/store/reading.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1'000'000, kMinute = 60'000'000;

/// A compound that an office and its hub both have; their edits of its name.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome record;

  Scene() {
    meet();
    record = put(office, "compound", compound("410702003901001"));
    meet();
  }
  void meet() {
    for (int i = 0; i < 2; ++i) exchange(office, hub);
  }
  void name(Node& node, const std::string& name) {
    edit(node, "compound", record, R"({"name":")" + name + R"("})");
    city.time += kMinute;
  }
  /// What both show after they met.
  std::string shown() {
    meet();
    const auto name = field(hub, "compound", record, "name");
    CHECK(field(office, "compound", record, "name") == name);
    for (auto* node : {&office, &hub}) CHECK(faults(*node).empty());
    return name;
  }
  /// The office wrote with its clock ahead, and knows what the hub said of that.
  void write_ahead(std::int64_t by) {
    office.clock.ahead = by;
    name(office, "来自未来");
    meet();
  }
};

std::int64_t newest_stamp(Node& node) {
  return number(
      node, "SELECT tip_stamp FROM feed f JOIN author a ON a.id = f.author WHERE a.author = x'" +
                crypto::to_hex(node->identity().author.view()) +
                "' ORDER BY f.incarnation DESC, tip_stamp DESC LIMIT 1");
}

}  // namespace

TEST_CASE("clock: set right again an office wins and loses like any other", "[node][I4]") {
  Scene s;
  s.write_ahead(400 * kDay);
  s.office.clock.ahead = 0;
  s.name(s.office, "又对了");
  CHECK(newest_stamp(s.office) < s.city.time);
  const auto began = rows(s.office, "SELECT value FROM meta WHERE key = 'incarnation'");
  CHECK(s.shown() == "又对了");
  s.name(s.hub, "早");
  s.name(s.office, "晚");
  CHECK(s.shown() == "晚");
  s.name(s.office, "更早");
  s.name(s.hub, "更晚");
  CHECK(s.shown() == "更晚");
  for (auto* node : {&s.office, &s.hub}) {
    for (const auto& conflict : store::list_conflicts((*node)->store())["items"]) {
      CHECK(conflict["losers"][0]["trusted_clock"] == true);
    }
  }
  // After a restart as well; and it was once that its feeds began anew.
  s.office.close();
  s.office.open();
  s.name(s.hub, "先");
  s.name(s.office, "后");
  CHECK(s.shown() == "后");
  CHECK(newest_stamp(s.office) < s.city.time);
  CHECK(rows(s.office, "SELECT value FROM meta WHERE key = 'incarnation'") == began);
}

TEST_CASE("clock: what the hub hasn't spoken of yet goes on in its feed", "[node][I4]") {
  Scene s;
  s.office.clock.ahead = 40 * kDay;
  s.name(s.office, "来自未来");
  s.office.clock.ahead = 0;
  // Who knows which of the two clocks was the wrong one?
  s.name(s.office, "还不知道");
  CHECK(newest_stamp(s.office) > s.city.time + kDay);
  CHECK(s.shown() == "还不知道");
  s.name(s.office, "知道了");
  CHECK(newest_stamp(s.office) < s.city.time);
  CHECK(s.shown() == "知道了");
}

TEST_CASE("clock: another time it waits for no word as long as the first day is to come",
          "[node][I4]") {
  Scene s;
  s.write_ahead(40 * kDay);
  s.office.clock.ahead = 0;
  s.name(s.office, "对了");
  CHECK(s.shown() == "对了");
  // Its feed of before ends with what the hub called the future, and that still is one.
  s.office.clock.ahead = 20 * kDay;
  s.name(s.office, "又来自未来");
  s.office.clock.ahead = 0;
  s.name(s.office, "又对了");
  CHECK(newest_stamp(s.office) < s.city.time);
  CHECK(s.shown() == "又对了");
  // It has come: nothing says any more which clock is the wrong one.
  s.city.time += 41 * kDay;
  s.office.clock.ahead = 20 * kDay;
  s.name(s.office, "第三次");
  s.office.clock.ahead = 0;
  s.name(s.office, "不知道");
  CHECK(newest_stamp(s.office) > s.city.time + kDay);
}

TEST_CASE("clock: from ahead to a year behind it loses nothing and stops nothing", "[node][I1]") {
  Scene s;
  s.write_ahead(400 * kDay);
  s.office.clock.ahead = -400 * kDay;
  s.name(s.office, "落后");
  CHECK(s.shown() == "落后");
  s.office.clock.ahead = 0;
  s.name(s.office, "对了");
  CHECK(s.shown() == "对了");
}

TEST_CASE("clock: a write that isn't kept begins nothing anew", "[node][I2]") {
  Scene s;
  s.write_ahead(400 * kDay);
  s.office.clock.ahead = 0;
  node::PutOptions dry;
  dry.dry_run = true;
  for (int i = 0; i < 2; ++i) {
    put(s.office, "compound", compound("410702003901002"), dry);
  }
  s.name(s.office, "又对了");
  CHECK(s.shown() == "又对了");
}

TEST_CASE("clock: a neighbour is not carried ahead by one that is", "[node][I4]") {
  Scene s;
  auto& desk = s.city.enrol(kOffice, "第二工位");
  s.write_ahead(400 * kDay);
  exchange(desk, s.hub);
  put(desk, "compound", compound("410702003901003"));
  CHECK(newest_stamp(desk) <= s.city.time);
}

TEST_CASE("clock: with one a year behind, today isn't in the future, and the clock is named",
          "[node]") {
  Scene s;
  s.office.clock.ahead = -366 * kDay;
  const auto visit = [&](std::int64_t at) {
    const auto day = model::day_text(model::local_day_of_ms(at / 1000));
    const auto done =
        s.office->put({wish("inspection", R"({"kind":"routine","compound":"410702003901001",
  "company":"91350100M000100Y43","template":["t",1],"inspectors":["J001","J002"],
  "started_at":")" + day + R"(T00:10","ended_at":")" +
                                              day + R"(T00:20",
  "results":{"F01":"ok"},"site_signer":"签字人甲乙","note":"无","status":"submitted"})")});
    REQUIRE(done);
    return done->front();
  };
  const auto today = visit(s.city.time);
  CHECK(refusal(today) == "");
  const auto later = visit(s.city.time + 3 * kDay);
  REQUIRE(refusal(later) == "bad_rule started_at");
  CHECK(later.faults.front().zh.find("本机时钟") != std::string::npos);
  CHECK(later.faults.front().en.find("this machine's clock") != std::string::npos);
  // A clock that is right isn't accused of anything.
  s.office.clock.ahead = 0;
  const auto wrong = visit(s.city.time + 3 * kDay);
  REQUIRE(refusal(wrong) == "bad_rule started_at");
  CHECK(wrong.faults.front().zh.find("本机时钟") == std::string::npos);
}

}  // namespace linli::test

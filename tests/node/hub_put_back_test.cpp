// The hub's disk put back together with its mark: nothing tells it, it confirms anew, and what it
// had confirmed before is on other disks only.
#include "node/store/history.h"
#include "tests/support/disks.h"
#include "tests/support/sticks.h"
#include "tests/support/whole.h"

namespace linli::test {

namespace {

std::string of_office(const char* code) {
  return compound(code, R"({"scope":")" + std::string(kOffice) + R"("})");
}

bool all_show(const std::vector<Node*>& nodes, const std::vector<Outcome>& records) {
  bool all = true;
  for (auto* node : nodes) {
    for (const auto& record : records) {
      all = all && field(*node, "compound", record, "name") == "示例小区";
    }
  }
  return all;
}

/// Everybody ends with one log, in which every feed is confirmed to its end.
void check_agreed(const std::vector<Node*>& nodes) {
  for (auto* node : nodes) {
    CHECK(number(*node, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
    CHECK(number(*node, "SELECT count(*) FROM aside") == 0);
    CHECK((export_all(*node) == export_all(*nodes.front())));
    check_whole(*node);
  }
}

}  // namespace

TEST_CASE("hub put back with its mark that writes first: what it had confirmed is written again",
          "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  const auto meet = [&](int times) {
    for (int i = 0; i < times; ++i) {
      exchange(office, hub);
      exchange(other, hub);
    }
  };
  meet(3);
  const Copy copy(city, hub);
  const std::vector lost{put(hub, "compound", of_office("410702003901009")),
                         put(office, "compound", compound("410702003901001"))};
  meet(2);
  copy.put_back(true);
  const std::vector anew{put(hub, "compound", of_office("410702003901008")),
                         put(hub, "compound", of_office("410702003901007"))};
  meet(4);
  CHECK(all_show({&hub, &office}, lost));
  CHECK(all_show({&hub, &office}, anew));
  check_agreed({&hub, &office});
  CHECK(number(office, "SELECT count(*) FROM quarantine") == 1);  // The branch that gave way.
  const auto faults_of_history = store::kept_history_faults(office->store().database());
  REQUIRE(faults_of_history.size() == 1);
  CHECK(faults_of_history[0].kept != faults_of_history[0].shown);
  exchange(office, hub);  // A new session: they were closed and opened.
  const auto idle = exchange(office, hub);
  CHECK(idle.round_trips == 1);
  CHECK(idle.sent + idle.received == 0);
}

TEST_CASE("hub put back with its mark, and its relay: who holds the lost branch is heard of",
          "[node][I1][I5]") {
  RelayedCity c;
  c.bring_up();
  const Copy hub_then(c.city, c.hub);
  const Copy street_then(c.city, c.street);
  const auto lost = put(c.hub, "compound", of_office("410702003901009"));
  exchange(c.street, c.hub);
  exchange(c.office, c.street);
  hub_then.put_back(true);
  street_then.put_back(true);
  const auto anew = put(c.hub, "compound", of_office("410702003901008"));
  exchange(c.street, c.hub);  // Now it holds the other branch.
  for (int i = 0; i < 5; ++i) {
    exchange(c.office, c.street);
    exchange(c.street, c.hub);
  }
  CHECK(all_show({&c.hub, &c.street, &c.office}, {lost, anew}));
  check_agreed({&c.hub, &c.street, &c.office});
}

TEST_CASE("hub put back with its mark: a stick tells it as well", "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  const auto to_and_fro = [&](int times) {
    for (int i = 0; i < times; ++i) {
      carry(office, hub);
      carry(hub, office);
    }
  };
  to_and_fro(2);
  const Copy copy(city, hub);
  const auto lost = put(hub, "compound", of_office("410702003901009"));
  const auto also_lost = put(hub, "compound", of_office("410702003901006"));
  to_and_fro(1);
  copy.put_back(true);
  const auto anew = put(hub, "compound", of_office("410702003901008"));
  to_and_fro(4);
  CHECK(all_show({&hub, &office}, {lost, also_lost, anew}));
  check_agreed({&hub, &office});
}

}  // namespace linli::test

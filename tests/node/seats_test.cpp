// No more people sit in a committee than it has seats, and one with too few left is short.
#include "tests/model/examples.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// A street's committee of five seats.
struct Committee {
  City city;
  Node& hub = city.hub();
  Node& street = city.enrol(kStreet, "示例街道", crypto::Role::street);
  Outcome committee;

  Committee() {
    put(hub, "vote_rules", model::test::kVoteRules);
    exchange(street, hub);
    put(street, "compound", compound("410702003901001"));
    committee = put(street, "committee", R"({"compound":"410702003901001","term_no":1,
      "rules":["default",1],"elected_on":"2023-10-20","term_start":"2023-10-20",
      "term_end":"2028-10-20","seats":5,"filed_on":"2023-11-01","status":"active"})");
  }
  static std::string refusals(const std::vector<Outcome>& outcomes) {
    std::string all;
    for (const auto& one : outcomes) {
      for (const auto& fault : one.faults) all += fault.field + ": " + fault.en + "; ";
    }
    return all;
  }
  static Json member(const std::string& head, const char* post = "member") {
    return {{"committee", {"410702003901001", 1}},
            {"head", head},
            {"name", "样例"},
            {"post", post},
            {"from_on", "2023-10-20"}};
  }
  std::string add(const Json& json) {
    const auto outcomes = street->put({wish("committee_member", json.dump())}, {.update = true});
    REQUIRE(outcomes.has_value());
    return refusals(*outcomes);
  }
  std::string leave(const std::string& head, const char* on) {
    auto json = member(head);
    json["to_on"] = on;
    json["end_reason"] = "resigned";
    return add(json);
  }
  std::string set_seats(int seats) {
    auto wanted = wish("committee", Json{{"seats", seats}}.dump());
    wanted.id = committee.id;
    wanted.scope = committee.scope;
    const auto outcomes = street->put({wanted}, {.update = true});
    REQUIRE(outcomes.has_value());
    return refusals(*outcomes);
  }
  std::string told(const char* name) { return field(street, "committee", committee, name); }
};

}  // namespace

TEST_CASE("seats: nobody sits where no seat is left", "[node]") {
  Committee c;
  for (const auto* head : {"H1", "H2", "H3", "H4", "H5"})
    CHECK(c.add(Committee::member(head)) == "");
  CHECK(c.add(Committee::member("H6")).find("committee: the committee has 5 seats") == 0);
  CHECK(c.add(Committee::member("H7", "reserve")) == "");
  auto again = Committee::member("H5");
  again["post"] = "chair";
  CHECK(c.add(again) == "");  // sits there already
  CHECK(c.set_seats(7) == "");
  CHECK(c.set_seats(5) == "");
  // All of one request are counted as well.
  REQUIRE(c.leave("H1", "2025-12-01") == "");
  const auto both = c.street->put({wish("committee_member", Committee::member("H8").dump()),
                                   wish("committee_member", Committee::member("H9").dump())});
  REQUIRE(both);
  CHECK((*both)[0].faults.empty());
  CHECK((*both)[1].faults.size() == 1);
  // Nor do seats go that somebody sits on.
  REQUIRE(c.set_seats(7) == "");
  REQUIRE(c.add(Committee::member("H9")) == "");
  CHECK(c.set_seats(5).find("seats: the committee has 5 seats") == 0);
}

TEST_CASE("seats: with less than half of them taken a committee is short", "[node]") {
  Committee c;
  CHECK(c.told("handover_due_on") == "2028-10-30");
  for (const auto* head : {"H1", "H2", "H3", "H4", "H5"})
    REQUIRE(c.add(Committee::member(head)) == "");
  REQUIRE(c.leave("H1", "2025-11-01") == "");
  REQUIRE(c.leave("H2", "2025-11-02") == "");
  CHECK(c.told("status") == "active");  // three of five
  REQUIRE(c.leave("H3", "2025-11-03") == "");
  CHECK(c.told("status") == "short");
  CHECK(c.told("status_on") == "2025-11-03");
  CHECK(c.told("filed_on") == "2023-11-01");
  const auto figure = [&] {
    const auto stat = store::read_stat(c.street->store(), {.name = "committees_short",
                                                           .by = {},
                                                           .from = "2025-11-01",
                                                           .to = "2026-02-01",
                                                           .today = "2026-01-01",
                                                           .scope = {},
                                                           .now = c.street->now()});
    REQUIRE(stat.has_value());
    return (*stat)["total"]["numerator"].dump();
  };
  CHECK(figure() == "1");
  auto elected = Committee::member("H6");
  elected["by_election"] = true;
  REQUIRE(c.add(elected) == "");
  CHECK(c.told("status") == "active");
  CHECK(figure() == "0");
  // A leaving day that is still to come leaves the seat taken.
  REQUIRE(c.leave("H6", "2026-06-30") == "");
  CHECK(c.told("status") == "active");
}

TEST_CASE("seats: a register with too few members entered tells of no shortage", "[node]") {
  Committee c;
  REQUIRE(c.add(Committee::member("H1", "chair")) == "");
  REQUIRE(c.leave("H1", "2025-11-01") == "");
  CHECK(c.told("status") == "active");
  // How few are too few is a setting.
  for (const auto* head : {"H2", "H3", "H4", "H5"}) REQUIRE(c.add(Committee::member(head)) == "");
  put(c.hub, "rule_setting", R"({"code":"committee_short_percent","value":90})");
  exchange(c.street, c.hub);
  REQUIRE(c.leave("H2", "2025-11-02") == "");
  CHECK(c.told("status") == "short");
}

}  // namespace linli::test

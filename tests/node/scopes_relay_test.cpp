// Offices below a relay whose scopes go and come back, over real sockets: they know no other way
// to the hub.
#include "node/appealing.h"
#include "node/scopes.h"
#include "node/store/own_sets.h"
#include "node/store/reading.h"
#include "node/upstream.h"
#include "tests/support/city.h"
#include "tests/support/sticks.h"

namespace linli::test {
namespace {

using Paths = std::vector<std::string>;

/// A street that relays and an office below it, whose hub, street and office answer on the line.
struct Relayed {
  RelayedCity city;
  Node &hub = city.hub, &street = city.street, &office = city.office;
  Serving at_hub{hub}, at_street{street};
  node::Findings found;

  /// One exchange over HTTP, as the agent holds it.
  node::ExchangeReport sync(Node& client, const Serving& with) {
    node::HttpClient line(with.url());
    found = {};
    const auto report = node::exchange(*client, line, {}, &found);
    if (!report) FAIL(describe(report.error()));
    return *report;
  }
  void change(Node& node, Paths add, Paths remove) {
    const auto done =
        node::change_scopes(*hub, node->identity().author, {std::move(add), std::move(remove)});
    if (!done) FAIL(describe(done.error()));
  }
  void relay() {
    for (int i = 0; i < 2; ++i) sync(street, at_hub);
  }
  /// Until nothing comes any more.
  void settle(Node& client, const Serving& with) {
    int i = 0;
    while (sync(client, with).received > 0) REQUIRE(++i < 6);
  }
};

std::string certificate_paths(Node& node) {
  std::string text;
  const auto trust = node->trust();
  for (const auto& path : trust->book.find(node->identity().certificate)->paths) text += path + " ";
  return text;
}

/// Every set that stands in the log, by scope: what was left out shows.
std::string held(Node& node, const std::string& below) {
  return rows(node,
              "SELECT s.path, hex(l.hash) FROM log l JOIN scope s ON s.id = l.scope WHERE l.kind "
              "= 1 AND s.path GLOB '" +
                  below + "*' ORDER BY 1, 2");
}

}  // namespace

TEST_CASE("scopes below a relay: what comes back comes through that relay", "[node][I3][I6]") {
  Relayed c;
  const auto record = put(c.office, "compound", compound("410702003901001"));
  c.sync(c.office, c.at_street);
  c.relay();
  c.change(c.office, {kOtherOffice}, {kOffice});
  c.relay();
  c.settle(c.office, c.at_street);
  CHECK(held(c.office, kOffice).empty());
  // The relay holds the next certificate where the office reads nothing any more.
  c.change(c.office, {kOffice}, {});
  c.relay();
  c.settle(c.office, c.at_street);
  CHECK(certificate_paths(c.office) == std::string(kOtherOffice) + " " + kOffice + " ");
  CHECK(field(c.office, "compound", record, "name") == "示例小区");
  CHECK(held(c.office, kOffice) == held(c.street, kOffice));
  // What the relay may not hold comes from above it.
  c.settle(c.office, c.at_hub);
  CHECK(held(c.office, kOffice) == held(c.hub, kOffice));
  CHECK(held(c.office, kOtherOffice) == held(c.hub, kOtherOffice));
  CHECK(faults(c.office) == std::vector<std::string>{});
}

TEST_CASE("scopes below a relay: what it doesn't cover is told", "[node][I6]") {
  Relayed c;
  const auto peer = [&] { return c.street->identity().certificate; };
  c.sync(c.office, c.at_street);
  CHECK(c.found.elsewhere.empty());
  CHECK(node::paths_elsewhere(*c.office.replica, peer()).empty());
  c.change(c.office, {kOtherOffice}, {});
  c.relay();
  c.settle(c.office, c.at_street);
  CHECK(c.found.elsewhere == Paths{kOtherOffice});
  CHECK(node::paths_elsewhere(*c.office.replica, peer()) == Paths{kOtherOffice});
  const auto text = node::elsewhere_text(c.found.elsewhere);
  CHECK(text.find(kOtherOffice) != std::string::npos);
  c.settle(c.office, c.at_hub);
  CHECK(c.found.elsewhere.empty());
}

TEST_CASE(
    "scopes below a relay: work left unsent in a scope that was lost is told of till it arrives",
    "[node][I1]") {
  Relayed c;
  auto& other = c.city.city.enrol("410700/410703/410703001", "胜利路街道", crypto::Role::street);
  const Serving at_other{other};
  c.sync(c.office, c.at_street);
  const auto record = put(c.office, "compound", compound("410702003901001"));
  c.change(c.office, {kOtherOffice}, {kOffice});
  c.settle(other, c.at_hub);
  carry(c.hub, c.office);  // By which it hears that it was moved.
  c.settle(c.office, at_other);
  REQUIRE(certificate_paths(c.office) == std::string(kOtherOffice) + " ");
  const auto stuck = [&] {
    return node::paths_elsewhere(*c.office.replica, other->identity().certificate);
  };
  CHECK(stuck() == Paths{kOffice});
  CHECK(field(c.office, "compound", record, "name") == "示例小区");
  // As it tells people to do.
  c.settle(c.office, c.at_hub);
  c.settle(c.office, c.at_hub);
  CHECK(stuck().empty());
  CHECK(number(c.hub, "SELECT count(*) FROM log WHERE standing = 1") == 1);
  CHECK(held(c.office, kOffice).empty());
}

TEST_CASE(
    "scopes below a relay: what is held in a scope that was lost is told, also what became of it",
    "[node][I4]") {
  Relayed c;
  c.sync(c.office, c.at_street);
  c.relay();
  c.settle(c.office, c.at_street);
  const auto record = put(c.office, "compound", compound("410702003901001"));
  c.change(c.office, {std::string(kStreet) + "/410702003902"}, {kOffice});
  c.relay();
  const auto meet = [&] {
    for (int i = 0; i < 3; ++i) {
      c.sync(c.office, c.at_street);
      c.relay();
    }
  };
  meet();
  const auto own = [&](const char* state) {
    const auto found =
        store::own_sets(c.office->store(), {.self = c.office->identity().author, .state = state});
    REQUIRE(found.has_value());
    return (*found)["items"];
  };
  REQUIRE(held(c.office, kOffice).empty());
  CHECK(own("let_go").empty());
  REQUIRE(own("held").size() == 1);
  CHECK(own("held")[0]["held"] == "out_of_scope");
  const auto list = store::list_held(c.office->store())["held"];
  REQUIRE(list.size() == 1);
  CHECK(list[0]["set"] == own("held")[0]["set"]);
  CHECK(list[0]["scope"] == kOffice);
  CHECK(list[0]["above"] == "新乡市住房和城乡建设局");
  // By its name it can be appealed for, and approved.
  const auto set = Hash::of(*crypto::from_hex(list[0].value("set", "")));
  const auto letter = node::make_appeal(*c.office.replica, set, "搬迁前的记录");
  REQUIRE(letter);
  CHECK(node::take_appeal(*c.hub.replica, *letter));
  REQUIRE(c.hub->approve(set, "搬迁"));
  CHECK(field(c.hub, "compound", record, "name") == "示例小区");
  c.relay();
  meet();
  CHECK(own("held").empty());
  CHECK(own("let_go").size() == 1);
  CHECK(store::list_held(c.office->store())["held"].empty());
}

TEST_CASE("scopes below a relay: a relay that moved says so and nothing is pushed in vain",
          "[node][I1][I6]") {
  Relayed c;
  c.sync(c.office, c.at_street);
  c.change(c.street, {"410700/410703/410703001"}, {kStreet});
  c.relay();
  c.sync(c.office, c.at_street);
  const auto record = put(c.office, "compound", compound("410702003901001"));
  c.sync(c.office, c.at_street);
  CHECK(node::paths_elsewhere(*c.office.replica, c.street->identity().certificate) ==
        Paths{kOffice});
  c.relay();
  c.settle(c.office, c.at_hub);
  CHECK(field(c.hub, "compound", record, "name") == "示例小区");
  CHECK(held(c.street, kOffice).empty());
  CHECK(held(c.office, kOffice) == held(c.hub, kOffice));
  for (auto* node : {&c.hub, &c.street, &c.office}) {
    CHECK(faults(*node) == std::vector<std::string>{});
  }
}

TEST_CASE("scopes below a relay: taken and given back twice while the relay was offline",
          "[node][I3][I6]") {
  Relayed c;
  const auto record = put(c.office, "compound", compound("410702003901001"));
  c.sync(c.office, c.at_street);
  c.relay();
  const bool by_hub = GENERATE(false, true);
  for (int i = 0; i < 2; ++i) {
    c.change(c.office, {kOtherOffice}, {kOffice});
    if (by_hub) c.settle(c.office, c.at_hub);
    c.change(c.office, {kOffice}, {});
    c.change(c.office, {}, {kOtherOffice});
  }
  // One that the relay never heard of meets it first.
  c.settle(c.office, c.at_street);
  c.relay();
  c.settle(c.office, c.at_street);
  CHECK(certificate_paths(c.office) == std::string(kOffice) + " ");
  CHECK(field(c.office, "compound", record, "name") == "示例小区");
  CHECK(held(c.office, kOffice) == held(c.street, kOffice));
  CHECK(held(c.office, kOffice) == held(c.hub, kOffice));
  CHECK(held(c.office, kOtherOffice).empty());
  for (auto* node : {&c.street, &c.office}) CHECK(faults(*node) == std::vector<std::string>{});
}

TEST_CASE("scopes below a relay: an office moved to another street goes on by its relay",
          "[node][I3][I6]") {
  Relayed c;
  auto& other = c.city.city.enrol("410700/410703/410703001", "胜利路街道", crypto::Role::street);
  const Serving at_other{other};
  const auto record = put(c.office, "compound", compound("410702003901001"));
  c.sync(c.office, c.at_street);
  c.relay();
  c.change(c.office, {kOtherOffice}, {kOffice});
  c.relay();
  c.settle(c.office, c.at_street);
  c.settle(other, c.at_hub);
  c.settle(c.office, at_other);
  CHECK(c.found.elsewhere.empty());
  CHECK(held(c.office, kOffice).empty());
  CHECK(held(c.office, kOtherOffice) == held(c.hub, kOtherOffice));
  // And back: the other street holds the news where the office works still, the first one where it
  // doesn't yet.
  c.change(c.office, {kOffice}, {});
  c.change(c.office, {}, {kOtherOffice});
  c.relay();
  c.settle(c.office, c.at_street);
  CHECK(certificate_paths(c.office) == std::string(kOffice) + " ");
  CHECK(field(c.office, "compound", record, "name") == "示例小区");
  CHECK(held(c.office, kOffice) == held(c.street, kOffice));
  CHECK(held(c.office, kOtherOffice).empty());
  CHECK(faults(c.office) == std::vector<std::string>{});
}

}  // namespace linli::test

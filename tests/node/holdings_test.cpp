// Completeness: what the hub says that it holds, beside what is here.
#include "node/store/holdings.h"

#include "node/holdings.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& other = city.enrol(kOtherOffice, "别处社区");
  Outcome made;

  Scene() {
    exchange(office, hub);
    made = put(office, "compound", compound("410702003901001"));
    for (auto* node : {&office, &other, &office, &other}) exchange(*node, hub);
  }
  sync::Holdings stated() {
    const auto statement =
        node::state_holdings(*hub, office->identity().certificate, sync::Nonce{});
    REQUIRE(statement);
    const auto body = crypto::SignedBody::decode(*statement);
    REQUIRE(body);
    const auto holdings = sync::Holdings::decode(body->body);
    REQUIRE(holdings);
    const auto trust = office->trust();
    REQUIRE(sync::judge_holdings(*holdings, body->body, body->signature, trust->book));
    return *holdings;
  }
  store::Comparison compared(const sync::Holdings& holdings) {
    const auto trust = office->trust();
    auto lease = office->store().read();
    return store::compare(*lease, holdings, *trust->book.find(holdings.certificate),
                          *trust->book.find(holdings.reader));
  }
};

}  // namespace

TEST_CASE("completeness: an office that has synced holds everything that it may read",
          "[node][I3]") {
  Scene s;
  const auto all = s.compared(s.stated());
  CHECK(all.lacks.empty());
  CHECK(all.feeds > 1);
  // Nothing of an office elsewhere is even named.
  for (const auto& shelf : s.stated().shelves)
    CHECK(shelf.scope.find("410703") == std::string::npos);
}

TEST_CASE("completeness: what hasn't come is named by feed and number", "[node][I3]") {
  Scene s;
  put(s.hub, "course", R"({"code":"pm","name":"项目经理培训","kind":"project_manager",
    "audience":["staff","project_manager"],"minutes":120,"certificate":true,"valid_months":24,
    "organiser":"市住建局"})");
  const auto all = s.compared(s.stated());
  REQUIRE(all.lacks.size() == 1);
  CHECK(all.lacks[0].kind == store::Lack::Kind::missing);
  CHECK(all.lacks[0].from == all.lacks[0].to);
  exchange(s.office, s.hub);
  CHECK(s.compared(s.stated()).lacks.empty());
}

TEST_CASE("completeness: a hub that leaves out what it has confirmed contradicts its receipt",
          "[node][I5]") {
  Scene s;
  auto holdings = s.stated();
  SECTION("a whole shelf") {
    std::erase_if(holdings.shelves, [](const auto& shelf) { return shelf.scope == kOffice; });
  }
  SECTION("the newest numbers of a feed") {
    edit(s.office, "compound", s.made, R"({"name":"新名小区"})");
    exchange(s.office, s.hub);
    exchange(s.office, s.hub);
    auto before = std::move(holdings);
    holdings = s.stated();
    holdings.shelves = before.shelves;
  }
  const auto all = s.compared(holdings);
  REQUIRE_FALSE(all.lacks.empty());
  for (const auto& lack : all.lacks) {
    CHECK(lack.kind == store::Lack::Kind::contradicted);
    CHECK(lack.scope == kOffice);
  }
}

TEST_CASE("completeness: another change set under a number is told", "[node][I5]") {
  Scene s;
  auto holdings = s.stated();
  holdings.shelves.back().feeds.front().set.data.fill(1);
  const auto all = s.compared(holdings);
  REQUIRE(all.lacks.size() == 1);
  CHECK(all.lacks[0].kind == store::Lack::Kind::other);
}

TEST_CASE("completeness: work that the hub hasn't yet is no lack of anybody", "[node]") {
  Scene s;
  const auto before = s.stated();
  edit(s.office, "compound", s.made, R"({"name":"新名小区"})");
  CHECK(s.compared(before).lacks.empty());
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  // The receipt is younger than the statement.
  CHECK(s.compared(before).lacks.empty());
}

TEST_CASE("completeness: only the hub states it and for members only", "[node]") {
  Scene s;
  CHECK(node::state_holdings(*s.office, s.office->identity().certificate, {}).error().code ==
        Errc::not_found);
  CHECK(node::state_holdings(*s.hub, {}, {}).error().code == Errc::unknown_certificate);
  const auto asked = node::completeness(s.office->store());
  REQUIRE(asked);
  CHECK(asked->is_null());
}

}  // namespace linli::test

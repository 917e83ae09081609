// Where every change set of a node is, and what became of it: nothing of yours was lost.
#include "node/store/own_sets.h"

#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";

Json sets(Node& node, const std::string& state = {}, const std::string& cursor = {},
          std::size_t limit = 20) {
  auto found = store::own_sets(
      node->store(),
      {.self = node->identity().author, .state = state, .cursor = cursor, .limit = limit});
  REQUIRE(found.has_value());
  return *found;
}
Json summary(Node& node) { return store::own_sets_summary(node->store(), node->identity().author); }

}  // namespace

TEST_CASE("own sets: waiting, on the way, safe since, stands, superseded, lost in a conflict",
          "[node][I4]") {
  City city;
  auto& hub = city.hub();
  auto& a = city.enrol(kOffice, "社区甲");
  auto& b = city.enrol(kOffice, "社区乙");
  CHECK(*store::own_author(a->store()) == a->identity().author);
  exchange(a, hub);
  const auto place = put(a, "compound", compound(kCode));
  CHECK(summary(a)["waiting"] == 1);
  CHECK(sets(a)["items"][0]["state"] == "waiting");

  // The hub takes it; its answer, and with it the receipt, comes later.
  int answers = 0;
  (void)try_exchange(a, hub, {.ask = {}, .answer = [&](std::string&) { return ++answers < 2; }})
      .has_value();
  exchange(a, hub);
  exchange(a, hub);
  const auto first = sets(a, "safe")["items"];
  REQUIRE(first.size() == 1);
  CHECK(first[0]["safe_since"].is_string());
  CHECK(first[0]["position"].is_number_unsigned());
  CHECK(first[0]["changes"][0]["became"] == "stands");
  CHECK(first[0]["changes"][0]["title"] == "示例小区");
  exchange(b, hub);
  edit(b, "compound", place, R"({"name":"乙的名"})");
  edit(a, "compound", place, R"({"name":"甲的名"})");
  edit(b, "compound", place, R"({"lift_count":3})");
  exchange(b, hub);
  exchange(a, hub);
  exchange(b, hub);
  exchange(b, hub);
  CHECK(summary(b)["lost"] == 1);
  CHECK(summary(b)["safe"] == 2);
  CHECK(summary(b)["waiting"] == 0);
  const auto of_b = sets(b)["items"];
  REQUIRE(of_b.size() == 2);
  CHECK(of_b[0]["changes"][0]["became"] == "stands");
  CHECK(of_b[1]["changes"][0]["became"] == "lost");
  CHECK(of_b[1]["changes"][0]["by"]["node"] == "社区甲");
  const auto conflicts = store::list_conflicts(b->store())["items"];
  REQUIRE(conflicts.size() == 1);
  CHECK(of_b[1]["changes"][0]["conflict"] == conflicts[0]["conflict"]);
  // The whole record was superseded in some of its fields and stands in the others.
  CHECK(sets(a)["items"].back()["changes"][0]["became"] == "partly");
  CHECK(sets(a, "waiting")["items"].empty());
}

TEST_CASE("own sets: taken and without a receipt is on its way, a refusal is told with its reason",
          "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "社区甲");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  const auto arrival = office->arrival();
  // As the exchange remembers it: the hub took it up to here.
  auto memory = *office->peer(hub->identity().certificate);
  memory.certificate = hub->identity().certificate;
  memory.pushed = static_cast<std::uint64_t>(arrival);
  REQUIRE(office->remember(memory));
  CHECK(sets(office, "on_way")["items"].size() == 1);
  CHECK(sets(office, "waiting")["items"].empty());
  CHECK(summary(office)["on_way"] == 1);

  office.close();
  execute(office, "INSERT INTO refusal(arrival, peer, code, detail, at) VALUES (" +
                      std::to_string(arrival) + ", 1, 'out_of_scope', '范围不符', 5)");
  office.open();
  const auto refused = sets(office, "refused")["items"];
  REQUIRE(refused.size() == 1);
  CHECK(refused[0]["state"] == "refused");
  CHECK(refused[0]["refused"]["code"] == "out_of_scope");
  CHECK(summary(office)["refused"] == 1);
  CHECK(summary(office)["on_way"] == 0);
  CHECK(sets(office, "on_way")["items"].empty());
}

TEST_CASE("own sets: what stays in community and street isn't on its way for ever", "[node][I10]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  put(office, "compound", compound(kCode));
  c.bring_up();
  put(office, "exclusive_part",
      R"({"compound":"410702003901001","part_no":"1-1-101","area_dm2":9000,"use":"dwelling"})");
  CHECK(sets(office, "waiting")["items"].size() == 1);
  CHECK(summary(office)["confined"] == 0);
  for (int i = 0; i < 2; ++i) c.bring_up();
  const auto kept = sets(office, "confined")["items"];
  REQUIRE(kept.size() == 1);
  CHECK(kept[0]["changes"][0]["type"] == "exclusive_part");
  CHECK(kept[0]["safe_since"].is_null());
  for (const auto* state : {"waiting", "on_way"}) CHECK(sets(office, state)["items"].empty());
  const auto all = summary(office);
  CHECK(all["confined"] == 1);
  CHECK(all["waiting"] == 0);
  CHECK(all["on_way"] == 0);
  CHECK(all["safe"] >= 1);
}

TEST_CASE("own sets: what the hub holds back is told with its reason, until it is approved",
          "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "社区甲");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  city.time += 6LL * 366 * 24 * 3600 * 1'000'000;  // Its certificate has ended.
  exchange(office, hub);
  // Nothing is handed out under it any more: the ruling comes another way, on a stick say.
  const auto carry = [&] {
    auto page = hub->page(office->identity().certificate, {}, true);
    REQUIRE(page);
    REQUIRE(office->take(std::move(page->objects), hub->identity().certificate));
  };
  carry();
  const auto held = sets(office, "held")["items"];
  REQUIRE(held.size() == 1);
  CHECK(held[0]["state"] == "held");
  CHECK(held[0]["held"] == "expired");
  CHECK(summary(office)["held"] == 1);
  CHECK(summary(office)["refused"] == 0);
  const auto name = crypto::from_hex(held[0]["set"].get<std::string>());
  REQUIRE(hub->approve(Hash::of(*name), "核实过"));
  carry();
  CHECK(sets(office, "held")["items"].empty());
  CHECK(sets(office)["items"][0]["changes"][0]["became"] == "stands");
}

TEST_CASE("own sets: pages go on where they ended, over all feeds", "[node][I9]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "社区甲");
  exchange(office, hub);
  const auto place = put(office, "compound", compound(kCode));
  for (int i = 0; i < 12; ++i) {
    edit(office, "compound", place, R"({"lift_count":)" + std::to_string(i) + "}");
    if (i == 5) exchange(office, hub);
  }
  // The hub writes in several feeds: one for each audience and scope.
  for (auto* node : {&office, &hub}) {
    const auto all = sets(*node, {}, {}, 200)["items"];
    CHECK(all.size() >= 11);
    for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1]["at"] >= all[i]["at"]);
    Json paged = Json::array();
    std::string cursor;
    for (int page = 0; page < 30; ++page) {
      const auto got = sets(*node, {}, cursor, 3);
      for (const auto& item : got["items"]) paged.push_back(item);
      if (got["next_cursor"].is_null()) break;
      cursor = got["next_cursor"].get<std::string>();
    }
    CHECK(paged == all);
  }
  CHECK(sets(office, "waiting", {}, 200)["items"].size() == 6);
  CHECK(summary(office)["waiting"] == 6);
  CHECK(sets(office, "safe", {}, 200)["items"].size() == 7);
}

TEST_CASE("own sets: of which some fields were changed since, partly", "[node][I4]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto place = put(office, "compound", compound(kCode));
  const auto written = Json::parse(compound(kCode)).size();
  exchange(office, hub);
  const auto first = [&] {
    const auto items = sets(office)["items"];
    return items[items.size() - 1]["changes"][0];
  };
  CHECK(first()["became"] == "stands");
  edit(hub, "compound", place, R"({"name":"改名","lift_count":9})");
  exchange(office, hub);
  CHECK(first()["became"] == "partly");
  CHECK(first()["superseded"] == 2);
  CHECK(first()["written"] == written);
  CHECK(first()["by"]["node"] == hub->identity().name);
}

}  // namespace linli::test

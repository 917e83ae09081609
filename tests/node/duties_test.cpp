// What falls due by itself at every desk of a community is no reason to disagree.
#include "node/duties.h"

#include "node/store/conflicts.h"
#include "node/store/own_sets.h"
#include "tests/model/examples.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// A hub, and two desks of one community with a compound that owes disclosures.
struct Desks {
  City city;
  Node& hub = city.hub();
  Node& a = city.enrol(kOffice, "社区甲");
  Node& b = city.enrol(kOffice, "社区乙");

  Desks() {
    put(hub, "disclosure_kind", std::string(model::test::kKind));
    exchange(a, hub);
    put(a, "compound", compound("410702003901001"));
    meet();
  }
  void meet() {
    for (int i = 0; i < 3; ++i) {
      exchange(a, hub);
      exchange(b, hub);
    }
  }
};

std::size_t written_down(Node& desk) {
  const auto made = node::expect_disclosures(*desk, model::local_day_of_ms(desk->now() / 1000));
  REQUIRE(made);
  return *made;
}

Json open(Node& node) { return store::find_conflicts(node->store(), {})->at("items"); }

}  // namespace

TEST_CASE("calendar: two desks that write the same down apart have nothing to settle",
          "[node][I3][I4]") {
  Desks s;
  CHECK(written_down(s.a) == 1);
  CHECK(written_down(s.b) == 1);
  s.meet();
  const auto all = export_all(s.hub);
  for (auto* node : {&s.hub, &s.a, &s.b}) {
    CHECK(open(*node) == Json::array());
    CHECK(store::conflict_count((*node)->store()) == 0);
    CHECK(export_all(*node) == all);
    CHECK(faults(*node) == std::vector<std::string>{});
    CHECK((*node)->store().compare_projections({}).value() == std::vector<std::string>{});
  }
  for (auto* desk : {&s.a, &s.b}) {
    CHECK(written_down(*desk) == 0);
    const auto self = (*desk)->identity().author;
    CHECK(store::own_sets_summary((*desk)->store(), self)["lost"] == 0);
    const auto sets = store::own_sets((*desk)->store(), {.self = self, .limit = 1});
    REQUIRE(sets);
    CHECK((*sets)["items"][0]["changes"][0]["type"] == "disclosure");
    CHECK((*sets)["items"][0]["changes"][0]["became"] == "stands");
  }

  // Who goes on from there names both.
  store::RecordQuery query;
  query.type = "disclosure";
  const auto listed = store::list_records(s.b->store(), query);
  REQUIRE(listed);
  REQUIRE(listed->items.size() == 1);
  Outcome due;
  due.scope = listed->items[0]["scope"].get<std::string>();
  due.id = *sync::record_id(listed->items[0]["id"].get<std::string>());
  edit(s.b, "disclosure", due, R"({"status":"drafted","prepared_by":"丁"})");
  s.meet();
  for (auto* node : {&s.hub, &s.a, &s.b}) {
    CHECK(field(*node, "disclosure", due, "status") == "drafted");
    CHECK(open(*node) == Json::array());
  }
}

TEST_CASE("calendar: what is due names the company that serves the compound", "[node]") {
  Desks s;
  put(s.a, "compound", compound("410702003901002"));
  put(s.hub, "company", R"({"uscc":"91410700MA0000001W","name":"示例物业二","legal_person":"甲",
    "phone":"1","complaint_phone":"2","status":"active"})");
  s.meet();
  const auto contract = [&](const char* code, const char* uscc, const char* start) {
    put(s.hub, "service_contract",
        Json{{"scope", kOffice},
             {"compound", {{"key", code}, {"scope", kOffice}}},
             {"company", uscc},
             {"start_on", start},
             {"kind", "ordinary"},
             {"sign_on", "2024-12-01"},
             {"end_on", "2027-12-31"},
             {"fee_mode", "lump_sum"},
             {"fees", {{{"use", "dwelling"}, {"price_e4", 8950}}}},
             {"status", "active"},
             {"filed_on", "2024-12-10"}}
            .dump());
  };
  contract("410702003901001", "91350100M000100Y43", "2025-01-01");
  // Where two contracts say different things nobody is named.
  contract("410702003901002", "91350100M000100Y43", "2025-01-01");
  contract("410702003901002", "91410700MA0000001W", "2025-02-01");
  s.meet();
  CHECK(written_down(s.a) == 2);
  store::RecordQuery query;
  query.type = "disclosure";
  const auto listed = store::list_records(s.a->store(), query);
  REQUIRE(listed);
  std::vector<std::string> named;
  for (const auto& due : listed->items) {
    named.push_back(due["fields"].value("company", Json::object()).value("title", "none"));
  }
  std::sort(named.begin(), named.end());
  CHECK(named == std::vector<std::string>{"none", "样例物业"});
}

}  // namespace linli::test

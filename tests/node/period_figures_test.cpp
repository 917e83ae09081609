// Figures of a period go up the tree, are approved, and stay; what comes later stands beside them.
#include "node/store/period_figures.h"

#include "node/store/conflicts.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";
const char* const kSet = R"({"code":"monthly","name":"月报",
  "statistics":["inspections","inspection_coverage"],"periods":["month"]})";

std::string visit(const std::string& day) {
  return R"({"kind":"routine","compound":"410702003901001","template":["t",1],
    "inspectors":["J001","J002"],"results":{"F01":"ok","C01":"ok"},"started_at":")" +
         day + R"(T09:00","ended_at":")" + day + R"(T10:00","status":"submitted"})";
}

/// A hub, a district, a street that relays, and an office below it.
struct Tree {
  RelayedCity relayed;
  Node& hub = relayed.hub;
  Node& street = relayed.street;
  Node& office = relayed.office;
  Node& district = relayed.city.enrol(kDistrict, "红旗区住建局", crypto::Role::district);

  Tree() {
    put(hub, "figure_set", kSet);
    put(office, "compound", compound(kCode));
    put(office, "inspection", visit("2025-11-05"));
    meet();
  }
  void meet() {
    for (int i = 0; i < 2; ++i) {
      exchange(office, street);
      exchange(street, hub);
      exchange(district, hub);
      exchange(street, hub);
      exchange(office, street);
    }
  }
  Outcome submit() {
    auto made =
        store::figures_to_submit(street->store(), {"monthly", "", "2025-11", street->now()});
    if (!made) FAIL(describe(made.error()));
    return put(street, "period_figures", made->dump(), {.update = true});
  }
  Json review(Node& node, const Outcome& record, bool recompute = false) {
    auto found = store::review_figures(node->store(), kStreet, record.id, recompute);
    if (!found) FAIL(describe(found.error()));
    return std::move(*found);
  }
  std::string digest(const Outcome& record) {
    return get(hub, "period_figures", record)["fields"]["digest"].get<std::string>();
  }
  Outcome check(const Outcome& record) {
    return edit(district, "period_figures", record,
                R"({"status":"checked","checked_digest":")" + digest(record) + R"("})");
  }
  Outcome approve(const Outcome& record) {
    return edit(hub, "period_figures", record,
                R"({"status":"approved","approved_digest":")" + digest(record) + R"("})");
  }
  Json stat(Node& node, const std::string& scope, std::vector<std::string> by = {}) {
    store::StatRequest request;
    request.name = "inspections";
    request.by = std::move(by);
    request.from = "2025-11-01";
    request.to = "2025-12-01";
    request.scope = scope;
    request.now = node->now();
    auto found = store::read_stat(node->store(), request);
    if (!found) FAIL(describe(found.error()));
    return std::move(*found);
  }
};

std::string move_refused(Node& node, const Outcome& record, const std::string& json) {
  auto changed = wish("period_figures", json);
  changed.id = record.id;
  changed.scope = record.scope;
  const auto outcomes = node->put({changed});
  return outcomes ? refusal(outcomes->front()) : describe(outcomes.error());
}

}  // namespace

TEST_CASE("period figures: from the street over the district to the city, and then they stay",
          "[node][I7]") {
  Tree t;
  const auto record = t.submit();
  CHECK(record.scope == kStreet);
  t.meet();
  // The office doesn't submit; who submits doesn't check, who checks doesn't approve.
  CHECK(move_refused(t.office, record, R"({"status":"checked"})") != "");
  CHECK(move_refused(t.street, record, R"({"status":"checked"})").rfind("bad_move", 0) == 0);
  CHECK(move_refused(t.hub, record, R"({"status":"approved"})") != "");  // names no digest
  // Every node that holds the same counts the same, and again from what was included.
  for (auto* node : {&t.street, &t.district, &t.hub}) {
    const auto review = t.review(*node, record, true);
    INFO(review.dump());
    CHECK(review["same"] == true);
    CHECK(review["recomputed"]["same"] == true);
    CHECK(review["later"]["items"].empty());
  }
  t.check(record);
  t.meet();
  CHECK(move_refused(t.district, record, R"({"status":"approved"})").rfind("bad_move", 0) == 0);
  CHECK(t.stat(t.hub, kStreet)["approved"].is_null());  // Not yet.
  t.approve(record);
  t.meet();

  // What comes later is shown beside it, on every node, with the record that brought it.
  const auto late = put(t.office, "inspection", visit("2025-11-20"));
  put(t.office, "inspection", visit("2025-12-20"));  // another month
  t.meet();
  for (auto* node : {&t.street, &t.district, &t.hub}) {
    const auto stat = t.stat(*node, kStreet);
    INFO(stat.dump());
    CHECK(stat["total"]["numerator"] == 2);
    REQUIRE(stat["approved"].is_object());
    CHECK(stat["approved"]["numerator"] == 1);
    CHECK(stat["approved"]["correction"]["numerator"] == 1);
    REQUIRE(stat["approved"]["later"]["items"].size() == 1);
    const auto& item = stat["approved"]["later"]["items"][0];
    CHECK(item["id"] == sync::to_text(late.id));
    CHECK(item["before"].empty());
    CHECK(item["now"][0]["n"] == 1);
  }
  const auto by_street = t.stat(t.hub, "", {"street"});
  REQUIRE(by_street["rows"].size() == 1);
  CHECK(by_street["rows"][0]["approved"]["correction"]["numerator"] == 1);
  const auto review = t.review(t.hub, record, true);
  CHECK(review["same"] == false);
  CHECK(review["recomputed"]["same"] == true);
  // Nobody changes it any more.
  CHECK(move_refused(t.street, record, R"({"records":99})") == "frozen records");
  CHECK(move_refused(t.hub, record, R"({"status":"returned","return_reason":"x"})")
            .rfind("bad_move", 0) == 0);
}

TEST_CASE("period figures: a record that went or changed is told with what it was", "[node][I7]") {
  Tree t;
  const auto gone = put(t.office, "inspection", visit("2025-11-06"));
  const auto moved = put(t.office, "inspection", visit("2025-11-07"));
  t.meet();
  const auto record = t.submit();
  t.meet();
  remove(t.office, "inspection", gone);
  edit(t.office, "inspection", moved, R"({"started_at":"2025-12-07T09:00",
    "ended_at":"2025-12-07T10:00"})");
  t.meet();
  const auto review = t.review(t.hub, record);
  INFO(review.dump());
  CHECK(review["figures"][0]["submitted"]["numerator"] == 3);
  CHECK(review["figures"][0]["correction"]["numerator"] == -2);
  REQUIRE(review["later"]["items"].size() == 2);
  for (const auto& item : review["later"]["items"]) {
    CHECK(item["before"].size() >= 1);
    CHECK(item["now"].empty());
  }
}

TEST_CASE("period figures: returned with a reason, submitted again with what is counted then",
          "[node]") {
  Tree t;
  const auto record = t.submit();
  t.meet();
  CHECK(move_refused(t.district, record, R"({"status":"returned"})") != "");  // says no reason
  edit(t.district, "period_figures", record, R"({"status":"returned","return_reason":"缺报"})");
  t.meet();
  put(t.office, "inspection", visit("2025-11-21"));
  t.meet();
  const auto again = t.submit();
  CHECK(again.id == record.id);
  t.meet();
  const auto review = t.review(t.hub, record);
  CHECK(review["record"]["fields"]["status"] == "submitted");
  CHECK(review["figures"][0]["submitted"]["numerator"] == 2);
  CHECK(review["same"] == true);
}

TEST_CASE("period figures: two who decide apart are a conflict that everybody sees", "[node][I4]") {
  Tree t;
  const auto record = t.submit();
  t.meet();
  t.check(record);
  edit(t.hub, "period_figures", record, R"({"status":"returned","return_reason":"口径有误"})");
  t.meet();
  for (auto* node : {&t.hub, &t.district, &t.street}) {
    CHECK(get(*node, "period_figures", record)["fields"]["status"] == "returned");
    const auto open = store::find_conflicts((*node)->store(), {});
    REQUIRE(open.has_value());
    CHECK((*open)["items"].size() == 1);
  }
}

TEST_CASE("period figures: only of what is over, of a set that there is", "[node]") {
  Tree t;
  const auto draft = [&](const char* set, const char* period) {
    auto made = store::figures_to_submit(t.street->store(), {set, "", period, t.street->now()});
    if (!made) return std::string(info(made.error().code).name);
    return refusal(t.street, "period_figures", made->dump());
  };
  CHECK(draft("monthly", "2026-01") == "bad_rule period");
  CHECK(draft("nothing", "2025-11") == "not_found");
  CHECK(draft("monthly", "flood") == "bad_value");
}

}  // namespace linli::test

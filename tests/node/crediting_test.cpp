// A failed re-inspection, and what is grave and overdue, come up as a company's credit by
// themselves: once, where a published rule says so.
#include "node/crediting.h"

#include "node/store/conflicts.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kToday = "2025-12-31";

std::int64_t day(const char* text) { return model::parse_day(text).value(); }

/// A hub with rules, a street, and an office below it with findings.
struct Findings {
  RelayedCity all;
  Node& hub = all.hub;
  Node& street = all.street;
  Node& office = all.office;
  Outcome inspection;

  Findings() {
    rule("second_notice", "reinspection_failed", 30);
    rule("major_overdue", "major_overdue", 30);
    rule("critical_overdue", "critical_overdue", 50);
    meet();
    put(office, "compound", compound("410702003901001"));
    inspection = put(office, "inspection", R"({"kind":"routine","compound":"410702003901001",
      "company":"91350100M000100Y43","template":["t",1],"inspectors":["J001","J002"],
      "started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00",
      "results":{"F01":"ok","C01":"fail"},"status":"submitted"})");
  }
  void rule(const char* code, const char* opens_on, int points) {
    put(hub, "credit_rule",
        Json{{"code", code},
             {"in_force_from", "2025-01-01"},
             {"name", code},
             {"kind", "bad"},
             {"points", points},
             {"basis", "示例"},
             {"valid_months", 12},
             {"opens_on", opens_on},
             {"status", "published"}}
            .dump());
  }
  Outcome finding(const char* severity, const char* due_on, const char* changes = "{}") {
    Json json{{"inspection", to_text(inspection.id)},
              {"item_code", "C01"},
              {"severity", severity},
              {"description", "楼道有杂物"},
              {"place", "3号楼"},
              {"responsible", "company"},
              {"due_on", due_on},
              {"status", "open"}};
    json.update(Json::parse(changes));
    return put(office, "finding", json.dump());
  }
  void meet() {
    for (int i = 0; i < 3; ++i) {
      exchange(office, street);
      exchange(street, hub);
    }
  }
  static std::size_t proposed(Node& node, const char* today = kToday) {
    const auto made = node::propose_credit(*node, day(today));
    if (!made) FAIL(describe(made.error()));
    return *made;
  }
  static Json events(Node& node) {
    const auto listed = store::list_records(node->store(), {.type = "credit_event"});
    REQUIRE(listed);
    return listed->items;
  }
};

constexpr const char* kFailed = R"({"status":"not_fixed","first_reinspection":"partly",
  "reinspected_on":"2025-12-20"})";

}  // namespace

TEST_CASE("crediting: what a finding is a ground for", "[node]") {
  const Json major{{"severity", "major"},
                   {"responsible", "company"},
                   {"company", Json::object()},
                   {"due_on", "2025-12-10"},
                   {"status", "noticed"}};
  const auto grounds = [&](const char* changes, const char* today = kToday) {
    auto finding = major;
    finding.update(Json::parse(changes));
    std::string all;
    for (const auto& one : node::credit_grounds(finding, day(today))) {
      all += std::string(one.opens_on) + " " + model::day_text(one.occurred) + ";";
    }
    return all;
  };
  CHECK(grounds("{}") == "major_overdue 2025-12-11;");
  CHECK(grounds("{}", "2025-12-10") == "");  // its last day
  CHECK(grounds(R"({"severity":"critical"})") == "critical_overdue 2025-12-11;");
  CHECK(grounds(R"({"severity":"general"})") == "");
  CHECK(grounds(R"({"status":"fixed","fixed_on":"2025-12-10"})") == "");
  CHECK(grounds(R"({"status":"fixed","fixed_on":"2025-12-12"})") == "major_overdue 2025-12-11;");
  CHECK(grounds(R"({"status":"referred"})") == "");
  CHECK(grounds(R"({"status":"withdrawn"})") == "");
  CHECK(grounds(R"({"responsible":"owner"})") == "");
  CHECK(grounds(R"({"company":null})") == "");
  CHECK(grounds(R"({"severity":"minor","first_reinspection":"not_fixed",
    "reinspected_on":"2025-12-20"})") == "reinspection_failed 2025-12-20;");
  CHECK(grounds(R"({"severity":"minor","first_reinspection":"fixed",
    "reinspected_on":"2025-12-20"})") == "");
}

TEST_CASE("crediting: a street proposes each ground once", "[node]") {
  Findings s;
  const auto failed = s.finding("minor", "2025-12-31", kFailed);
  s.finding("critical", "2025-12-02");
  s.finding("major", "2025-12-31");    // has a day left
  s.finding("general", "2025-12-02");  // no rule says so
  s.meet();
  CHECK(Findings::proposed(s.office) == 0);  // a community doesn't
  CHECK(Findings::proposed(s.street) == 2);
  CHECK(Findings::proposed(s.street) == 0);
  const auto events = Findings::events(s.street);
  REQUIRE(events.size() == 2);
  const auto one = std::find_if(events.begin(), events.end(), [&](const Json& event) {
    return event["fields"]["source"]["id"] == to_text(failed.id);
  });
  REQUIRE(one != events.end());
  CHECK((*one)["scope"] == kOffice);
  CHECK((*one)["fields"]["status"] == "proposed");
  CHECK((*one)["fields"]["points"] == 30);
  CHECK((*one)["fields"]["occurred_on"] == "2025-12-20");

  s.meet();
  CHECK(Findings::proposed(s.hub) == 0);
  // Who deletes one has looked at it: it doesn't come again.
  node::Wish gone;
  gone.kind = node::Wish::Kind::remove;
  gone.type = model::schema().type("credit_event");
  gone.id = *sync::record_id((*one)["id"].get<std::string>());
  gone.scope = kOffice;
  const auto removed = s.hub->put({gone});
  REQUIRE(removed);
  REQUIRE((*removed)[0].faults.empty());
  s.meet();
  CHECK(Findings::proposed(s.street) == 0);
  CHECK(Findings::events(s.street).size() == 1);
}

TEST_CASE("crediting: what somebody entered by hand isn't proposed again", "[node]") {
  Findings s;
  const auto late = s.finding("major", "2025-12-10");
  s.meet();
  put(s.street, "credit_event",
      Json{{"company", "91350100M000100Y43"},
           {"rule", {"major_overdue", "2025-01-01"}},
           {"source", {{"type", "finding"}, {"id", to_text(late.id)}, {"scope", kOffice}}},
           {"occurred_on", "2025-12-15"},
           {"decided_by", "district"},
           {"status", "proposed"}}
          .dump());
  CHECK(Findings::proposed(s.street) == 0);
  CHECK(Findings::events(s.street).size() == 1);
}

TEST_CASE("crediting: the hub waits for who is nearer, and two that propose agree", "[node][I3]") {
  Findings s;
  s.finding("minor", "2025-12-31", kFailed);
  s.meet();
  // What would have ended by now needs no decision.
  CHECK(Findings::proposed(s.street, "2027-01-01") == 0);
  CHECK(Findings::proposed(s.hub, "2025-12-21") == 0);
  CHECK(Findings::proposed(s.hub, "2025-12-22") == 1);
  CHECK(Findings::proposed(s.street, "2025-12-22") == 1);  // hasn't heard of it
  s.meet();
  for (auto* node : {&s.hub, &s.street, &s.office}) {
    CHECK(Findings::events(*node).size() == 1);
    CHECK(store::conflict_count((*node)->store()) == 0);
  }
}

}  // namespace linli::test

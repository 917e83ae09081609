// The approved extension of a notice is its findings' deadline, and so in the figures.
#include "tests/support/city.h"

namespace linli::test {
namespace {

using Catch::Matchers::Contains;

/// An office, of a community or above it, with an inspection, and findings of it.
struct Visit {
  City city;
  Node& hub = city.hub();
  Node& office;
  Outcome inspection;

  explicit Visit(const char* scope = kOffice, crypto::Role role = crypto::Role::office)
      : office(city.enrol(scope, "示例单位", role)) {
    exchange(office, hub);
    put(office, "compound", compound("410702003901001"));
    inspection = put(office, "inspection", R"({"kind":"routine","compound":"410702003901001",
      "company":"91350100M000100Y43","template":["t",1],"inspectors":["J001","J002"],
      "started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00",
      "results":{"F01":"ok","C01":"fail"},"status":"submitted"})");
  }

  Outcome finding(const char* due_on) {
    auto json = Json::parse(R"({"item_code":"C01","severity":"general","description":"楼道有杂物",
      "place":"3号楼","responsible":"company","status":"open"})");
    json["inspection"] = sync::to_text(inspection.id);
    json["due_on"] = due_on;
    return put(office, "finding", json.dump());
  }

  Outcome notice(const std::vector<Outcome>& findings) {
    Json json{{"addressee", "91350100M000100Y43"},
              {"issued_on", "2025-12-02"},
              {"due_on", "2025-12-10"},
              {"legal_basis", "条例"},
              {"status", "served"},
              {"served_how", "signed"},
              {"served_at", "2025-12-02T15:00"}};
    for (const auto& one : findings) json["findings"].push_back(sync::to_text(one.id));
    return put(office, "notice", json.dump());
  }

  /// What it was refused for; empty: it was made.
  std::string change(const char* type, const Outcome& record, const char* json) {
    return change_at(office, type, record, json);
  }
  static std::string change_at(Node& node, const char* type, const Outcome& record,
                               const char* json) {
    auto wanted = wish(type, json);
    wanted.id = record.id;
    wanted.scope = record.scope;
    const auto outcomes = node->put({wanted});
    REQUIRE(outcomes.has_value());
    REQUIRE(outcomes->size() == 1);
    std::string all;
    for (const auto& fault : (*outcomes)[0].faults) all += fault.field + ": " + fault.en + "; ";
    return all;
  }

  std::string due(const Outcome& finding) { return field(office, "finding", finding, "due_on"); }

  /// "numerator/denominator" of December, as asked on the day.
  std::string figure(Node& node, const char* name, const char* today) {
    const auto stat = store::read_stat(node->store(), {.name = name,
                                                       .by = {},
                                                       .from = "2025-12-01",
                                                       .to = "2026-01-01",
                                                       .today = today,
                                                       .scope = {},
                                                       .now = node->now()});
    REQUIRE(stat.has_value());
    return (*stat)["total"]["numerator"].dump() + "/" + (*stat)["total"]["denominator"].dump();
  }
};

constexpr const char* kExtended = R"({"status":"extended","extension_asked_on":"2025-12-09",
  "extended_due_on":"2025-12-18","extension_approved_by":"示例区住建局"})";

}  // namespace

TEST_CASE("extension: what a notice is given longer for is due later", "[node][I7]") {
  Visit v;
  const auto one = v.finding("2025-12-10"), other = v.finding("2025-12-10");
  const auto longer = v.finding("2025-12-30"), done = v.finding("2025-12-10");
  const auto aside = v.finding("2025-12-10");  // in no notice
  REQUIRE(v.change("finding", done, R"({"status":"closed","fixed_on":"2025-12-03",
    "closed_on":"2025-12-03"})") == "");
  const auto notice = v.notice({one, other, longer, done});
  CHECK(v.figure(v.office, "overdue_findings", "2025-12-12") == "3/null");

  // Asked for isn't granted yet.
  CHECK(v.change("notice", notice, R"({"extension_asked_on":"2025-12-09"})") == "");
  CHECK(v.due(one) == "2025-12-10");
  exchange(v.office, v.hub);
  // Only who stands above grants it. More than the first span is refused; nothing is later by it.
  CHECK(v.change("notice", notice, kExtended) != "");
  CHECK(v.change_at(v.hub, "notice", notice, R"({"status":"extended","extended_due_on":"2025-12-19",
    "extension_approved_by":"示例区住建局"})") != "");
  CHECK(field(v.hub, "finding", one, "due_on") == "2025-12-10");

  CHECK(v.change_at(v.hub, "notice", notice, kExtended) == "");
  CHECK(v.change_at(v.hub, "notice", notice, kExtended) == "");  // once more changes nothing
  CHECK(v.figure(v.hub, "overdue_findings", "2025-12-12") == "1/null");
  exchange(v.office, v.hub);
  CHECK(v.due(one) == "2025-12-18");
  CHECK(field(v.office, "finding", one, "escalates_on") == "2025-12-25");
  CHECK(v.figure(v.office, "findings_at_district", "2025-12-18") == "1/null");  // aside
  CHECK(v.figure(v.office, "findings_at_district", "2025-12-24") == "1/null");
  CHECK(v.figure(v.office, "findings_at_district", "2025-12-25") == "3/null");
  CHECK(v.figure(v.office, "findings_at_city", "2025-12-23") == "0/null");
  CHECK(v.figure(v.office, "findings_at_city", "2025-12-24") == "1/null");
  CHECK(v.due(other) == "2025-12-18");
  CHECK(v.due(longer) == "2025-12-30");
  CHECK(v.due(done) == "2025-12-10");
  CHECK(v.due(aside) == "2025-12-10");
  CHECK(v.figure(v.office, "overdue_findings", "2025-12-12") == "1/null");
  CHECK(v.figure(v.office, "overdue_findings", "2025-12-19") == "3/null");

  // Fixed between the two days is fixed in time; at the hub as well.
  CHECK(v.change("finding", one, R"({"status":"fixed","fixed_on":"2025-12-16"})") == "");
  CHECK(v.figure(v.office, "rectified_on_time", "2026-01-01") == "2/5");
  exchange(v.office, v.hub);
  CHECK(v.figure(v.hub, "rectified_on_time", "2026-01-01") == "2/5");
}

TEST_CASE("extension: a street doesn't extend what it issued itself", "[node]") {
  Visit v(kStreet, crypto::Role::street);
  auto& district = v.city.enrol(kDistrict, "示例区住建局", crypto::Role::district);
  const auto found = v.finding("2025-12-10");
  const auto notice = v.notice({found});
  CHECK(field(v.office, "notice", notice, "issuer") == kStreet);

  CHECK_THAT(v.change("notice", notice, kExtended), Contains("extended_due_on: the issuer's"));
  // Nor on the way to the answer, where nobody granted anything.
  CHECK_THAT(v.change("notice", notice, R"({"status":"answered","answered_on":"2025-12-09",
    "extended_due_on":"2025-12-18","extension_approved_by":"示例街道"})"),
             Contains("extended_due_on"));
  // Nor by moving the days of what is issued.
  CHECK_THAT(v.change("notice", notice, R"({"due_on":"2025-12-30"})"), Contains("due_on"));
  CHECK_THAT(v.change("notice", notice, R"({"issued_on":"2025-11-02"})"), Contains("issued_on"));
  CHECK(v.due(found) == "2025-12-10");

  exchange(v.office, v.hub);
  exchange(district, v.hub);
  CHECK(v.change_at(district, "notice", notice, kExtended) == "");
  CHECK(field(district, "finding", found, "due_on") == "2025-12-18");
  // Once: not by another day afterwards, whoever wants it.
  CHECK_THAT(v.change_at(district, "notice", notice, R"({"extended_due_on":"2025-12-17"})"),
             Contains("granted once"));
}

TEST_CASE("extension: a finding that its company knows of isn't made due later by hand", "[node]") {
  Visit v;
  const auto found = v.finding("2025-12-10");
  CHECK(v.change("finding", found, R"({"due_on":"2025-12-12"})") == "");  // nobody was told yet
  REQUIRE(v.change("finding", found, R"({"status":"noticed"})") == "");
  CHECK_THAT(v.change("finding", found, R"({"due_on":"2025-12-13"})"), Contains("due_on"));
  CHECK_THAT(v.change("finding", found, R"({"due_on":null})"), Contains("due_on"));
  CHECK(v.change("finding", found, R"({"due_on":"2025-12-12","place":"4号楼"})") == "");
  CHECK(v.change("finding", found, R"({"due_on":"2025-12-11"})") == "");
}

}  // namespace linli::test

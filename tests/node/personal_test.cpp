// A person's requests, and values whose time is over.
#include "node/personal.h"

#include "node/retaining.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;

struct Office {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Office() {
    exchange(office, hub);
    put(office, "compound", compound(kFindingCode));
    settle();
  }
  void settle() {
    for (int i = 0; i < 2; ++i) exchange(office, hub);
  }
  [[nodiscard]] std::int64_t today() const {
    return model::local_day_of_ms(office.clock.now() / 1000);
  }
};

std::vector<node::PersonalPlace> find(Node& node, const std::string& who) {
  auto found = node::find_person(node->store(), who);
  if (!found) FAIL(describe(found.error()));
  return std::move(*found);
}

Json of_field(const Json& run, const char* type, const char* field) {
  for (const auto& item : run["items"]) {
    if (item["type"] == type && item["field"] == field) return item;
  }
  return {};
}

}  // namespace

TEST_CASE(
    "person: found in what stands, what lost and what was there before, and where referred to",
    "[node][I10]") {
  Office s;
  auto& office = s.office;
  const auto staff = put(office, "staff", R"({"company":"91350100M000100Y43","staff_no":"A001",
    "name":"虚构张三","role":"project_manager","phone":"139 0000-0001","from_on":"2022-01-01"})");
  const auto inspection = put(office, "inspection",
                              R"({"kind":"routine","compound":"410702003901001","template":["t",1],
      "inspectors":["J001","J002"],"started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00",
      "results":{"F01":"ok"},"note":"虚构张三在场","site_signer":"他人","status":"submitted"})");
  edit(office, "inspection", inspection, R"({"note":"无人在场"})");

  const auto by_name = find(office, "虚构张三");
  REQUIRE(by_name.size() == 2);
  CHECK(by_name[0].type->name == "staff");
  CHECK(by_name[0].fields == std::vector<std::string>{"name", "phone"});
  CHECK(by_name[1].type->name == "inspection");
  CHECK(by_name[1].fields == std::vector<std::string>{"note"});
  CHECK(find(office, "13900000001").size() == 1);
  CHECK(find(s.hub, "13900000001").empty());  // It may not read it.
  CHECK(node::find_person(office->store(), "张").error().code == Errc::bad_value);
  CHECK(node::find_person(office->store(), "1390").error().code == Errc::bad_value);
  CHECK(node::places_json(by_name).dump().find("虚构张三") == std::string::npos);
  const auto copy = node::copy_text(by_name, "示例社区", office.clock.now());
  CHECK(copy.find("虚构张三") != std::string::npos);
  CHECK(copy.find("139 0000-0001") != std::string::npos);
  // The person is no program: labels and not codes, each mark, whom a reference means.
  CHECK(copy.find("岗位：项目经理") != std::string::npos);
  CHECK(copy.find("F01 ") != std::string::npos);
  CHECK(copy.find("project_manager") == std::string::npos);
  for (const auto c : {'{', '}', '"'}) CHECK(copy.find(c) == std::string::npos);

  const auto dry = node::erase_person(*office, by_name, "request", {}, true);
  REQUIRE(dry);
  CHECK((*dry)["erased"] == 2);
  CHECK(find(office, "虚构张三").size() == 2);
  const auto done = node::erase_person(*office, by_name, "request", {}, false);
  REQUIRE(done);
  CHECK((*done)["erased"] == 2);
  CHECK((*done)["refused"] == 0);
  CHECK((*done)["cleared"] == true);
  CHECK(find(office, "虚构张三").empty());
  CHECK_FALSE(files_hold(office, "虚构张三"));
  CHECK_FALSE(files_hold(office, "139 0000-0001"));
  CHECK(field(office, "inspection", inspection, "site_signer") == "他人");
  CHECK(faults(office) == std::vector<std::string>{});
}

TEST_CASE("person: found however width and gaps are spelt", "[node][I10]") {
  Office s;
  const auto& office = s.office;
  int n = 0;
  for (const auto* name : {"张　三", "Ｚｈａｎｇ Ｓａｎ", "阿不都・热合曼"}) {
    ++n;
    put(s.office, "staff",
        R"({"company":"91350100M000100Y43","staff_no":"A00)" + std::to_string(n) + R"(","name":")" +
            name + R"(","role":"cleaner","phone":"１３９　００００－０００)" + std::to_string(n) +
            R"(","from_on":"2022-01-01"})");
  }
  CHECK(find(s.office, "张三").size() == 1);
  CHECK(find(s.office, "zhang san").size() == 1);
  CHECK(find(s.office, "阿不都·热合曼").size() == 1);
  CHECK(find(s.office, "13900000002").size() == 1);
  CHECK(find(s.office, "1390000").size() == 3);
  CHECK(node::find_person(office->store(), "张　").error().code == Errc::bad_value);
}

TEST_CASE("retention: an earlier value goes as well where the field is empty now", "[node][I10]") {
  Office s;
  const auto old = put_photo(s.office, photo(4'000, 1));
  const auto finding = put_finding(s.office, {old});
  const auto empty = put_finding(s.office, {});
  s.settle();
  edit(s.office, "finding", finding, R"({"photos":null})");
  for (const auto* record : {&finding, &empty}) {
    edit(s.office, "finding", *record,
         R"({"status":"closed","fixed_on":"2025-12-02","first_reinspection":"fixed",
           "reinspected_on":"2025-12-02","closed_on":"2025-12-02"})");
  }
  s.settle();
  const auto day = *model::parse_day("2028-12-03");
  CHECK(holds(s.office, old));
  const auto run = node::run_retention(*s.office, day, false);
  REQUIRE(run);
  CHECK(of_field(*run, "finding", "photos")["due"] == 1);
  CHECK(of_field(*run, "finding", "photos")["erased"] == 1);
  CHECK_FALSE(holds(s.office, old));
  const auto again = node::run_retention(*s.office, day + 1, false);
  REQUIRE(again);
  CHECK(of_field(*again, "finding", "photos")["due"] == 0);
}

TEST_CASE("retention: periods end as the law counts them", "[node]") {
  const auto last = [](const char* unit, std::int64_t period, const char* day) {
    node::RetentionRule rule;
    rule.unit = unit;
    rule.period = period;
    return model::day_text(node::last_day(rule, *model::parse_day(day)));
  };
  CHECK(last("days", 10, "2024-02-25") == "2024-03-06");
  CHECK(last("months", 1, "2024-01-31") == "2024-02-29");
  CHECK(last("months", 12, "2023-12-31") == "2024-12-31");
  CHECK(last("years", 1, "2024-02-29") == "2025-02-28");
  CHECK(last("years", 3, "2023-05-27") == "2026-05-27");
}

TEST_CASE("retention: what is due goes by itself at the node that answers for it, and is reported",
          "[node][I10]") {
  Office s;
  const auto old = put_photo(s.office, photo(4'000, 1));
  const auto recent = put_photo(s.office, photo(4'000, 2));
  const auto close = [&](const Outcome& finding, const char* day) {
    const std::string d = day;
    edit(s.office, "finding", finding,
         R"({"status":"closed","fixed_on":")" + d + R"(","first_reinspection":"fixed",
         "reinspected_on":")" +
             d + R"(","closed_on":")" + d + R"("})");
  };
  const auto gone = put_finding(s.office, {old});
  const auto stays = put_finding(s.office, {recent});
  const auto open = put_finding(s.office, {recent});
  close(gone, "2025-12-02");
  close(stays, "2025-12-20");
  s.settle();
  const auto day = *model::parse_day("2028-12-02");
  auto run = node::run_retention(*s.office, day, false);
  REQUIRE(run);
  CHECK(of_field(*run, "finding", "photos")["due"] == 0);  // The last day is still a day.
  auto dry = node::run_retention(*s.office, day + 1, true);
  REQUIRE(dry);
  CHECK(of_field(*dry, "finding", "photos")["due"] == 1);
  CHECK(holds(s.office, old));
  // The hub may write it, but it isn't the hub's.
  auto at_hub = node::run_retention(*s.hub, day + 1, false);
  REQUIRE(at_hub);
  CHECK(of_field(*at_hub, "finding", "photos")["due"] == 0);

  SECTION("by the default") {
    run = node::run_retention(*s.office, day + 1, false);
    REQUIRE(run);
    CHECK(of_field(*run, "finding", "photos")["erased"] == 1);
    CHECK((*run)["cleared"] == true);
    CHECK_FALSE(holds(s.office, old));
    CHECK(holds(s.office, recent));
    CHECK(get(s.office, "finding", gone)["fields"]["photos"].dump() == R"({"erased":true})");
    CHECK(get(s.office, "finding", stays)["fields"]["photos"].is_array());
    run = node::run_retention(*s.office, day + 2, false);
    REQUIRE(run);
    CHECK(of_field(*run, "finding", "photos")["due"] == 0);
    const auto report = node::retention_report(s.office->store());
    REQUIRE(report);
    CHECK((*report)["runs"].size() == 3);
    CHECK(of_field((*report)["runs"][1], "finding", "photos")["erased"] == 1);
    CHECK(report->dump().find(hex(old)) == std::string::npos);
    CHECK(faults(s.office) == std::vector<std::string>{});
  }
  SECTION("by the bureau's rule") {
    put(s.hub, "retention_rule", R"({"record_type":"finding","field":"photos","state":"closed",
      "after":"closed_on","period":10,"unit":"days","basis":"示例"})");
    s.settle();
    const auto soon = node::run_retention(*s.office, *model::parse_day("2025-12-13"), false);
    REQUIRE(soon);
    CHECK(of_field(*soon, "finding", "photos")["erased"] == 1);
  }
  SECTION("not while it is suspended") {
    put(s.hub, "retention_rule", R"({"record_type":"finding","field":"photos","state":"closed",
      "after":"closed_on","period":3,"unit":"years","suspended":true,"basis":"诉讼"})");
    s.settle();
    run = node::run_retention(*s.office, day + 500, false);
    REQUIRE(run);
    CHECK(of_field(*run, "finding", "photos")["erased"] == 0);
  }
  SECTION("rules that name nothing are refused") {
    CHECK(refusal(s.hub, "retention_rule", R"({"record_type":"finding","field":"place",
      "after":"closed_on","period":3,"unit":"years"})") == "bad_value field");
    CHECK(refusal(s.hub, "retention_rule", R"({"record_type":"finding","field":"photos",
      "after":"photos","period":3,"unit":"years"})") == "bad_value after");
    CHECK(refusal(s.hub, "retention_rule", R"({"record_type":"finding","field":"photos",
      "state":"nowhere","after":"closed_on","period":3,"unit":"years"})") == "bad_value state");
    CHECK(refusal(s.office, "retention_rule", R"({"record_type":"finding","field":"photos",
      "after":"closed_on","period":3,"unit":"years"})") == "out_of_scope scope");
  }
}

TEST_CASE("retention: an office answers for the compounds of its that have paths of their own",
          "[node][I10]") {
  City city;
  put(city.hub(), "rule_setting", R"({"code":"compound_paths","value":1})");
  auto& office = city.enrol(kOffice, "示例社区");
  for (int i = 0; i < 2; ++i) exchange(office, city.hub());
  put(office, "compound", compound(kFindingCode));
  const auto old = put_photo(office, photo(4'000, 1));
  const auto finding = put_finding(office, {old});
  REQUIRE(finding.scope == std::string(kOffice) + "/" + kFindingCode);
  edit(office, "finding", finding,
       R"({"status":"closed","fixed_on":"2025-12-02","first_reinspection":"fixed",
         "reinspected_on":"2025-12-02","closed_on":"2025-12-02"})");
  const auto day = *model::parse_day("2028-12-03");
  for (int i = 0; i < 2; ++i) exchange(office, city.hub());
  const auto run = node::run_retention(*office, day, false);
  REQUIRE(run);
  CHECK(of_field(*run, "finding", "photos")["erased"] == 1);
  CHECK_FALSE(holds(office, old));
}

TEST_CASE("retention: a clock that runs years ahead erases nothing early", "[node][I10]") {
  Office s;
  const auto today = s.today();
  const auto day = [](Node& node) { return *node::retention_day(*node); };
  CHECK(day(s.office) == today);
  CHECK(day(s.hub) == today);
  s.office.clock.ahead += 10 * 365 * kDay;
  CHECK(day(s.office) == today);  // As the hub's receipts have it.
  s.hub.clock.ahead += 10 * 365 * kDay;
  CHECK(day(s.hub) == today);  // As its nodes have it.
}

}  // namespace linli::test

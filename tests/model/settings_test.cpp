#include "node/model/settings.h"

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
std::int64_t day(const char* text) { return parse_day(text).value(); }
/// As the State Council announced it for 2023 (autumn).
constexpr std::string_view kCalendar = R"({"year":2023,"holidays":[
  {"name":"中秋国庆","from_on":"2023-09-29","to_on":"2023-10-06"}],
  "worked":[{"on":"2023-10-07"},{"on":"2023-10-08"}]})";
Shelf with_record(std::string_view type, std::string_view json) {
  Shelf shelf;
  shelf.put(made(type, json));
  return shelf;
}
}  // namespace

TEST_CASE("settings: the bureau's number counts, else the default", "[model]") {
  CHECK(setting(Shelf(), kOwnScope, "matter_days") == 15);
  const auto shelf = with_record("rule_setting", R"({"code":"matter_days","value":10})");
  CHECK(setting(shelf, kOwnScope, "matter_days") == 10);
  CHECK(setting(shelf, kCityScope, "matter_days") == 10);
  CHECK(setting(shelf, kOwnScope, "minutes_days") == 3);
  CHECK(setting(shelf, "410100/410102", "matter_days") == 15);  // another city's
}

TEST_CASE("settings: sign-in and presence follow the bureau's numbers", "[model][training]") {
  auto shelf = stocked();
  const auto put = [&](const char* code, int value) {
    shelf.put(made("rule_setting", Json{{"code", code}, {"value", value}}.dump()));
  };
  put("checkin_opens_minutes", 10);
  put("checkin_closes_minutes", 5);
  put("attendance_percent", 50);
  shelf.put(made("session", kSession, shelf));
  const auto session = fields_to_json(*ViewOf(made("session", kSession, shelf)));
  CHECK(session["checkin_opens_at"] == "2023-05-27T00:50:00.000Z");
  CHECK(session["checkin_closes_at"] == "2023-05-27T01:05:00.000Z");
  // Half of two hours: enough now, and not by the default of 80 %.
  constexpr std::string_view kHalf = R"({"out_at":"2023-05-27T10:00"})";
  const auto record = made("attendance", with(kAttendance, kHalf), shelf);
  CHECK(fields_to_json(*ViewOf(record))["valid"] == true);
  CHECK(fed(contributions(record), "attendances"));
  const auto strict = made("attendance", with(kAttendance, kHalf), stocked());
  CHECK(fields_to_json(*ViewOf(strict))["valid"] == false);
  CHECK_FALSE(fed(contributions(strict), "attendances"));
  // One that was signed in before keeps what was asked of it then.
  put("attendance_percent", 100);
  CHECK(fed(contributions(record), "attendances"));
}

TEST_CASE("settings: a record that another version wrote beyond the range doesn't count",
          "[model]") {
  const auto shelf = with_record("rule_setting", R"({"code":"matter_days","value":100000})");
  CHECK(setting(shelf, kOwnScope, "matter_days") == 15);
}

TEST_CASE("settings: no other code, no value out of range", "[model]") {
  const auto faults = [](std::string_view json) { return faults_of(made("rule_setting", json)); };
  CHECK(faults(R"({"code":"matter_days","value":10})").empty());
  const auto unknown = faults(R"({"code":"nothing","value":10})");
  REQUIRE(faulty(unknown, "code"));
  CHECK(told(unknown).find("matter_days") != std::string::npos);  // says which there are
  CHECK(faulty(faults(R"({"code":"matter_days","value":0})"), "value"));
  CHECK(faulty(faults(R"({"code":"matter_days","value":181})"), "value"));
}

TEST_CASE("settings: each default lies in its own range and is told in two languages", "[model]") {
  for (const auto& s : settings()) {
    INFO(s.code);
    CHECK(s.min <= s.value);
    CHECK(s.value <= s.max);
    CHECK_FALSE(s.label.zh.empty());
    CHECK_FALSE(s.label.en.empty());
    CHECK_FALSE(s.basis.empty());
  }
}

TEST_CASE("calendar: holidays, weekends and the weekend days that are worked", "[model]") {
  const auto shelf = with_record("calendar_year", kCalendar);
  WorkingDays days(shelf, kOwnScope);
  CHECK(days.worked(day("2023-09-28")));
  CHECK_FALSE(days.worked(day("2023-09-29")));
  CHECK_FALSE(days.worked(day("2023-10-06")));
  CHECK(days.worked(day("2023-10-07")));  // a Saturday
  CHECK_FALSE(days.worked(day("2023-10-14")));
  CHECK_FALSE(days.worked(day("2024-01-07")));  // no calendar: a Sunday all the same
  CHECK(days.worked(day("2024-01-01")));        // and a holiday that nobody has announced
  CHECK_FALSE(days.worked(day("1969-12-28")));  // a Sunday before 1970
}

TEST_CASE("calendar: a period that ends on a day off ends on the next one worked (CC 203)",
          "[model]") {
  const auto shelf = with_record("calendar_year", kCalendar);
  WorkingDays days(shelf, kOwnScope);
  CHECK(days.at_or_after(day("2023-09-28")) == day("2023-09-28"));
  CHECK(days.at_or_after(day("2023-09-29")) == day("2023-10-07"));
  CHECK(days.at_or_after(day("2023-10-14")) == day("2023-10-16"));
  CHECK(days.after(day("2023-09-27"), 1) == day("2023-09-28"));
  CHECK(days.after(day("2023-09-28"), 1) == day("2023-10-07"));
  CHECK(days.after(day("2023-09-28"), 3) == day("2023-10-09"));
  CHECK(days.after(day("2023-09-28"), 0) == day("2023-09-28"));
}

TEST_CASE("calendar: a year that is all holiday moves no day", "[model]") {
  Shelf shelf;
  for (const auto* year : {"2023", "2024"}) {
    shelf.put(made("calendar_year", std::string(R"({"year":)") + year +
                                        R"(,"holidays":[{"name":"x","from_on":")" + year +
                                        R"(-01-01","to_on":")" + year + R"(-12-31"}]})"));
  }
  WorkingDays days(shelf, kOwnScope);
  CHECK(days.at_or_after(day("2023-01-02")) == day("2023-01-02"));
}

TEST_CASE("calendar: mistakes are named with their row", "[model]") {
  const auto faults = [](std::string_view changes) {
    return faults_of(made("calendar_year", with(kCalendar, changes)));
  };
  CHECK(faults("{}").empty());
  CHECK(faulty(faults(R"({"holidays":[{"name":"x","from_on":"2024-01-01","to_on":"2024-01-01"}]})"),
               "holidays.0.from_on"));
  CHECK(faulty(faults(R"({"holidays":[{"name":"x","from_on":"2023-05-03","to_on":"2023-05-01"}]})"),
               "holidays.0.to_on"));
  CHECK(faulty(faults(R"({"worked":[{"on":"2023-10-07"},{"on":"2023-10-09"}]})"), "worked.1.on"));
}

TEST_CASE("calendar: what becomes due on a day off is due on the next one worked", "[model]") {
  auto shelf = stocked();
  const auto due = [&](std::string_view changes) {
    const auto record = made("disclosure", with(kDisclosure, changes), shelf);
    return record.get(record.type->field("due_on")->number)
               ? fields_to_json(*ViewOf(record))["due_on"].get<std::string>()
               : "";
  };
  // The third quarter is due on 31 October 2023, a Tuesday; the first of 2024 on 30 April.
  const auto* period = R"({"period":"2023-Q3","status":"drafted","published_at":null})";
  CHECK(due(period) == "2023-10-31");
  shelf.put(made("calendar_year", R"({"year":2023,"holidays":[
    {"name":"示例","from_on":"2023-10-31","to_on":"2023-11-01"}]})"));
  CHECK(due(period) == "2023-11-02");
}

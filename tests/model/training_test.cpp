#include "node/model/training.h"

#include "crypto/cbor.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
Record attendance(const char* changes = "{}", const Shelf& shelf = stocked()) {
  return made("attendance", with(kAttendance, changes), shelf);
}
/// A second session on the day of the first.
Shelf two_sessions(const char* starts, const char* ends) {
  auto shelf = stocked();
  shelf.put(made(
      "session",
      with(with(kSession, R"({"no":2})"), Json{{"starts_at", starts}, {"ends_at", ends}}.dump()),
      shelf));
  return shelf;
}
}  // namespace

TEST_CASE("training: a sign-in carries what its figures need", "[model]") {
  const auto record = attendance("{}");
  const auto json = fields_to_json(*ViewOf(record));
  CHECK(json["session_from"] == "2023-05-27T01:00:00.000Z");
  CHECK(json["session_to"] == "2023-05-27T03:00:00.000Z");
  CHECK(json["course_kind"] == "project_manager");
  CHECK(json["post"] == "project_manager");
  CHECK(json["company"]["type"] == "company");
  CHECK(json["valid"] == true);
  CHECK(json["late"] == false);
  CHECK(fields_to_json(*ViewOf(attendance(R"({"in_at":"2023-05-27T09:31"})")))["late"] == true);
  // Without its session nothing can be derived, and the sign-in would count nowhere.
  const auto lost = authored("attendance", kAttendance, Shelf());
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().code == Errc::dangling_reference);
  CHECK(lost.error().field == "session");
}

TEST_CASE("training: rules of a sign-in", "[model]") {
  const auto shelf = stocked();
  const auto faults = [&](const char* changes) { return faults_of(attendance(changes), shelf); };
  CHECK(faults("{}").empty());
  CHECK(faults(R"({"in_at":"2023-05-27T08:00","out_at":null})").empty());  // 60 min before
  CHECK(faulty(faults(R"({"in_at":"2023-05-27T07:59"})"), "in_at"));
  CHECK(faulty(faults(R"({"out_at":"2023-05-27T08:54"})"), "out_at"));
  CHECK(faulty(faults(R"({"method":"face"})"), "method"));
  CHECK(faulty(faults(R"({"in_at":"2029-05-27T08:00","out_at":null})"), "in_at"));
  auto cancelled = stocked();
  cancelled.put(made("session", with(kSession, R"({"status":"cancelled"})"), cancelled));
  CHECK(faulty(faults_of(attendance("{}"), cancelled), "session"));
  Shelf unknown;  // the person's record isn't here: the company must be given
  for (const auto& [type, json] : {std::pair{"course", kCourse}, std::pair{"session", kSession}}) {
    unknown.put(made(type, json, unknown));
  }
  CHECK(faulty(faults_of(attendance("{}", unknown), unknown), "company"));
  CHECK(faults_of(attendance(R"({"company":"91350100M000100Y43"})", unknown), unknown).empty());
}

TEST_CASE("training: rules of courses and sessions", "[model]") {
  const auto faults = [](const char* type, std::string_view base, const char* changes) {
    return faults_of(made(type, with(base, changes)));
  };
  CHECK(faulty(faults("course", kCourse, R"({"valid_months":null})"), "valid_months"));
  CHECK(faults("course", kCourse, R"({"valid_months":null,"certificate":false})").empty());
  CHECK(faulty(faults("session", kSession, R"({"ends_at":"2023-05-27T09:00"})"), "ends_at"));
  CHECK(faulty(faults("session", kSession, R"({"year":2024})"), "year"));
  CHECK(faulty(faults("session", kSession, R"({"checkin_closes_at":"2023-05-27T08:00"})"),
               "checkin_closes_at"));
  const auto session = fields_to_json(*ViewOf(made("session", kSession)));
  CHECK(session["checkin_opens_at"] == "2023-05-27T00:00:00.000Z");
  CHECK(session["checkin_closes_at"] == "2023-05-27T01:30:00.000Z");
}

TEST_CASE("training: what a sign-in adds to the figures", "[model]") {
  const auto record = attendance("{}");
  const auto all = contributions(record);
  const auto& counted = only(all, "attendances");
  CHECK(counted.day == parse_day("2023-05-27"));
  CHECK(counted.dim1 == "project_manager");
  CHECK(counted.dim2.size() == 36);
  CHECK(only(all, "person_minutes").n == 120);
  CHECK(only(all, "attended_companies").key.size() == 16);
  CHECK(only(all, "trained_for_project").key == made("staff", kStaff).id.view());
  CHECK(only(all, "trained_people").key == made("staff", kStaff).id.view());
  CHECK(only(all, "trained_people").dim1 == "project_manager");                 // the post
  CHECK(contributions(attendance(R"({"in_at":"2023-05-27T09:25"})")).empty());  // 95 of 120 min
  CHECK(total(contributions(attendance(R"({"in_at":"2023-05-27T09:24"})")), "person_minutes") ==
        96);
  CHECK(fed(contributions(attendance(R"({"in_at":"2023-05-27T09:25","out_at":null})")),
            "attendances"));
  CHECK(contributions(record, {record}).size() == all.size());  // itself is no peer
}

TEST_CASE("training: one person in two rooms at once is flagged in both", "[model]") {
  const auto second = [](const char* starts, const char* ends) {
    return attendance(R"({"session":["pm",2023,2],"out_at":null,"in_at":"2023-05-27T10:00"})",
                      two_sessions(starts, ends));
  };
  const auto first = attendance("{}");
  const auto overlapping = second("2023-05-27T10:30", "2023-05-27T12:00");
  CHECK_FALSE(fed(contributions(first, {overlapping}), "attendances"));
  CHECK(total(contributions(first, {overlapping}), "attendance_overlaps") == 1);
  CHECK(total(contributions(overlapping, {first, overlapping}), "attendance_overlaps") == 1);
  const auto after = second("2023-05-27T11:00", "2023-05-27T12:00");  // ends as it begins
  CHECK(fed(contributions(first, {after}), "attendances"));
  auto removed = overlapping;
  removed.removed = true;
  CHECK(fed(contributions(first, {removed}), "attendances"));
  // For one session at two offices: counted once, where the sign-in was first.
  auto elsewhere = attendance(R"({"in_at":"2023-05-27T08:56"})");
  elsewhere.scope = "410700/410703";
  CHECK(fed(contributions(first, {elsewhere}), "attendances"));
}

TEST_CASE("training: more than ten sign-ins of one device in two minutes look made for others",
          "[model]") {
  const auto found = [](std::vector<std::int64_t> times) {
    return suspected_proxies(times, 10, 2).size();
  };
  const auto every = [](std::int64_t count, std::int64_t gap_ms) {
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < count; ++i) times.push_back(i * gap_ms);
    return times;
  };
  CHECK(found(every(10, 1000)) == 0);
  CHECK(found(every(11, 1000)) == 11);    // all of them, the first too
  CHECK(found(every(11, 12'000)) == 11);  // the last two minutes after the first
  CHECK(found(every(11, 12'001)) == 0);
  auto one_later = every(11, 1000);
  one_later.push_back(600'000);
  CHECK(suspected_proxies(one_later, 10, 2).back() == 10);
  auto backwards = every(11, 1000);
  std::reverse(backwards.begin(), backwards.end());
  CHECK(found(backwards) == 11);
  CHECK(found({}) == 0);
  CHECK(found({INT64_MIN, INT64_MAX, 0}) == 0);
  CHECK(suspected_proxies(std::vector<std::int64_t>{INT64_MIN, INT64_MAX}, 1, 2).empty());
}

TEST_CASE("training: a suspected sign-in counts, and is counted apart", "[model]") {
  auto record = attendance("{}");
  CHECK_FALSE(fed(contributions(record), "attendance_proxies"));
  record.set(attendance_field::kProxySuspected, cbor::encode_bool(true));
  CHECK(total(contributions(record), "attendance_proxies") == 1);
  CHECK(total(contributions(record), "attendances") == 1);
  CHECK(fields_to_json(*ViewOf(record))["proxy_suspected"] == true);
  // A photo of who signed in settles it, whenever it comes.
  record.set(attendance_field::kPhoto, cbor::encode_bytes(std::string(32, 'p')));
  REQUIRE(record.type->derive(record, stocked(), kNow).has_value());
  CHECK(fields_to_json(*ViewOf(record))["proxy_suspected"] == false);
  CHECK_FALSE(fed(contributions(record), "attendance_proxies"));
}

TEST_CASE("training: who came without enrolling shows up in no rate", "[model]") {
  const auto enrolled = contributions(made("enrolment",
                                           R"({"session":["pm",2023,1],
    "person":["91350100M000100Y43","A001"]})",
                                           stocked()));
  const auto came = contributions(attendance("{}"));
  CHECK(only(enrolled, "enrolled_people").key == only(came, "attended_people").key);
  const auto& show_up = *schema().statistic("show_up");
  CHECK(show_up.numerator.within == "enrolled_people");
  CHECK(show_up.numerator.count == Count::distinct);
}

TEST_CASE("training: enrolment and assessment", "[model]") {
  const auto shelf = stocked();
  constexpr std::string_view kEnrolment =
      R"({"session":["pm",2023,1],"person":["91350100M000100Y43","A001"]})";
  const auto enrolment = contributions(made("enrolment", kEnrolment, shelf));
  CHECK(only(enrolment, "enrolments").day == parse_day("2023-05-27"));  // the session's day
  const auto assessed = [&](const char* passed) {
    return contributions(made("assessment", with(kEnrolment, passed), shelf));
  };
  const auto passed = assessed(R"({"attempt":1,"score":80,"passed":true})");
  CHECK((total(passed, "assessed") == 1 && total(passed, "passed") == 1));
  const auto failed = assessed(R"({"attempt":1,"score":50,"passed":false})");
  CHECK((total(failed, "assessed") == 1 && total(failed, "passed") == 0));
}

#include "node/model/training.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

constexpr std::string_view kCertificate = R"({"cert_no":"新住建培〔2023〕0001号",
  "attendance":{"key":[["pm",2023,1],["91350100M000100Y43","A001"]]},"issued_on":"2023-06-01",
  "status":"valid"})";
/// A city in which A001 signed in to a session whose attendance was confirmed.
Shelf trained(const char* course = "{}", const char* session = "{}",
              const char* attendance = "{}") {
  auto shelf = stocked();
  shelf.put(made("course", with(with(kCourse, R"({"assessed":false})"), course), shelf));
  shelf.put(made("session", with(with(kSession, R"({"status":"attendance_confirmed"})"), session),
                 shelf));
  shelf.put(made("attendance", with(kAttendance, attendance), shelf));
  return shelf;
}

/// A sign-in stands in the office's scope, its certificate in the city's.
std::string certificate(const Shelf& shelf, const char* changes = "{}") {
  const auto attendance = made("attendance", kAttendance, shelf);
  Json json = Json::parse(with(kCertificate, changes));
  if (json.contains("attendance")) {
    json["attendance"] = {{"id", to_text(attendance.id)}, {"scope", attendance.scope}};
  }
  return json.dump();
}

std::vector<Fault> wrong(const Shelf& shelf, const char* changes = "{}") {
  return faults_of(made("training_certificate", certificate(shelf, changes), shelf), shelf);
}

}  // namespace

TEST_CASE("certificates: the sign-in says whose they are and the course how long they last",
          "[model][training]") {
  const auto shelf = trained();
  const auto made_one = made("training_certificate", certificate(shelf), shelf);
  CHECK(told(faults_of(made_one, shelf)) == "");
  const auto json = fields_to_json(*ViewOf(made_one));
  CHECK(json["valid_until"] == "2025-06-01");  // 24 months
  CHECK(json["course"]["id"] == to_text(made("course", kCourse).id));
  CHECK(json["person"]["id"] == to_text(made("staff", kStaff).id));
  CHECK(json["person"]["scope"] == std::string(kOwnScope));
  CHECK(fed(contributions(made_one), "certificate_expiry"));
  const auto today =
      made("training_certificate", certificate(shelf, R"({"issued_on":null})"), shelf);
  CHECK(fields_to_json(*ViewOf(today))["issued_on"] == day_text(kNow.today));
}

TEST_CASE("certificates: who didn't attend or didn't pass gets none", "[model][training]") {
  CHECK(faulty(wrong(trained(), R"({"attendance":null,"course":"pm",
    "person":["91350100M000100Y43","A001"]})"),
               "attendance"));
  // Came too late; the attendance isn't confirmed yet; or was never meant to be certified.
  CHECK(faulty(wrong(trained("{}", "{}", R"({"in_at":"2023-05-27T09:25"})")), "attendance"));
  CHECK(faulty(wrong(trained("{}", R"({"status":"held"})")), "attendance"));
  CHECK(faulty(wrong(trained(R"({"certificate":false})")), "course"));
  // Another person's sign-in, and another course's.
  const auto other_person = with(kStaff, R"({"staff_no":"A002"})");
  auto shelf = trained();
  shelf.put(made("staff", other_person, shelf));
  CHECK(faulty(wrong(shelf, R"({"person":{"key":["91350100M000100Y43","A002"],
    "scope":"410700/410702/410702003/410702003901"}})"),
               "attendance"));
  shelf.put(made("course", with(kCourse, R"({"code":"lift"})"), shelf));
  CHECK(faulty(wrong(shelf, R"({"course":"lift"})"), "course"));
  // Before the session, in the future, for longer than the course says.
  CHECK(faulty(wrong(trained(), R"({"issued_on":"2023-05-26"})"), "issued_on"));
  CHECK(faulty(wrong(trained(), R"({"issued_on":"2029-01-01"})"), "issued_on"));
  CHECK(faulty(wrong(trained(), R"({"valid_until":"2025-06-02"})"), "valid_until"));
  CHECK(faulty(wrong(trained(), R"({"valid_until":"2023-06-01"})"), "valid_until"));
}

TEST_CASE("certificates: of an assessed course, only who passed", "[model][training]") {
  auto shelf = trained(R"({"assessed":true})");
  CHECK(faulty(wrong(shelf), "assessment"));
  const auto with_result = [&](const char* changes) {
    auto there = shelf;
    const auto assessment = made("assessment", with(kAssessed, changes), there);
    there.put(assessment);
    Json json = Json::parse(certificate(there));
    json["assessment"] = {{"id", to_text(assessment.id)}, {"scope", assessment.scope}};
    return faults_of(made("training_certificate", json.dump(), there), there);
  };
  CHECK(told(with_result("{}")) == "");
  CHECK(faulty(with_result(R"({"score":50,"passed":false})"), "assessment"));
}

TEST_CASE("certificates: what one is worth on a day, its last one included", "[model][training]") {
  const auto shelf = trained();
  const auto at = [&](const char* changes, const char* day) {
    const auto one = made("training_certificate", certificate(shelf, changes), shelf);
    return name_of(standing_of(*ViewOf(one), *parse_day(day)));
  };
  CHECK(at("{}", "2025-06-01") == "valid");
  CHECK(at("{}", "2025-06-02") == "expired");
  CHECK(at(R"({"status":"expired"})", "2024-01-01") == "expired");
  CHECK(at(R"({"status":"revoked"})", "2024-01-01") == "withdrawn");
  CHECK(contributions(
            made("training_certificate", certificate(shelf, R"({"status":"revoked"})"), shelf))
            .empty());
  // It is taken back or ends whatever became of the sign-in.
  CHECK(told(wrong(trained("{}", R"({"status":"held"})"), R"({"status":"revoked"})")) == "");
}

TEST_CASE("certificates: two for one sign-in are rivals until one is withdrawn",
          "[model][training]") {
  const auto shelf = trained();
  const auto first = made("training_certificate", certificate(shelf), shelf);
  const auto second = made("training_certificate", certificate(shelf, R"({"cert_no":"2"})"), shelf);
  const auto revoked = made("training_certificate",
                            certificate(shelf, R"({"cert_no":"2","status":"revoked"})"), shelf);
  const auto rivals = [](const Record& one, const Record& other) {
    const ViewOf a(one), b(other);
    const std::vector<RecordView> peers{*a, *b};
    return one.type->rivals(*a, peers);
  };
  CHECK(rivals(first, second));
  CHECK_FALSE(rivals(first, revoked));
  CHECK_FALSE(rivals(first, first));
}

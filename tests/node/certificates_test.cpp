// Certificates of a session: who gets one, with which number, and what asking for a number tells.
#include "node/store/certificates.h"

#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kRule = R"({"record_type":"training_certificate","issuer":"410700",
  "form":"新住建培〔{year}〕{n}号","digits":4})";
constexpr const char* kCourse = R"({"code":"pm-c","name":"项目经理培训","kind":"project_manager",
  "audience":["project_manager"],"certificate":true,"valid_months":12,"assessed":true,
  "organiser":"示例局"})";
constexpr const char* kSession = R"({"course":"pm-c","year":2025,"no":1,"topic":"示例场次",
  "starts_at":"2025-12-20T09:00","ends_at":"2025-12-20T11:00","place":"礼堂","status":"held"})";
constexpr const char* kCompany = "91350100M000100Y43";

/// A hub, and an office at which three people signed in: 1 passed, 2 didn't, 3 came too late.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome session;

  Scene() {
    put(hub, "course", kCourse);
    session = put(hub, "session", kSession);
    exchange(office, hub);
    sign_in("A001", "2025-12-20T08:55", true);
    sign_in("A002", "2025-12-20T08:56", false);
    sign_in("A003", "2025-12-20T10:30", true);
    exchange(office, hub);
  }
  void sign_in(const char* staff_no, const char* in_at, bool passed) {
    put(office, "staff",
        Json{{"company", kCompany},
             {"staff_no", staff_no},
             {"name", "示例人员"},
             {"role", "project_manager"},
             {"from_on", "2024-01-01"}}
            .dump());
    Json of{{"session", {"pm-c", 2025, 1}}, {"person", {kCompany, staff_no}}};
    auto attendance = of;
    attendance.update({{"in_at", in_at}, {"out_at", "2025-12-20T11:00"}, {"method", "qr"}});
    put(office, "attendance", attendance.dump());
    of.update({{"attempt", 1}, {"score", passed ? 90 : 40}, {"passed", passed}});
    put(office, "assessment", of.dump());
  }
  void confirm() { edit(hub, "session", session, R"({"status":"attendance_confirmed"})"); }
  [[nodiscard]] store::CertificateSession people() const {
    auto found = store::certificate_candidates(hub->store(), "pm-c", 2025, 1);
    REQUIRE(found);
    return *found;
  }
  /// What becomes of who signed in, in the order of their staff numbers' records.
  [[nodiscard]] std::map<std::string, std::string> reasons() const {
    std::map<std::string, std::string> all;
    for (const auto& one : people().people) {
      const auto id = one.person["id"].get<std::string>();
      const auto person = store::get_record(hub->store(), "staff", kOffice, *sync::record_id(id));
      REQUIRE(person);
      all[(*person)["fields"]["staff_no"].get<std::string>()] = store::name_of(one.reason);
    }
    return all;
  }
  [[nodiscard]] Json ready() const {
    for (const auto& one : people().people) {
      if (one.reason == store::CertificateCandidate::Reason::ready) return one.record;
    }
    return {};
  }
  [[nodiscard]] Json check(const std::string& number, const char* day = "2026-01-02") const {
    return store::check_certificate(hub->store(), number, *model::parse_day(day));
  }
};

}  // namespace

TEST_CASE("certificates: the hub gives those of a session numbers of its sequence",
          "[node][training][numbers]") {
  Scene s;
  using Reasons = std::map<std::string, std::string>;
  CHECK(s.reasons() == Reasons{{"A001", "ready"}, {"A002", "not_passed"}, {"A003", "absent"}});
  CHECK_FALSE(s.people().confirmed);
  // Not before the attendance is confirmed, and not without a rule for its numbers.
  const auto record = s.ready();
  CHECK(refusal(s.hub, "training_certificate", record.dump()) == "not_found cert_no");
  put(s.hub, "number_rule", kRule);
  CHECK(refusal(s.hub, "training_certificate", record.dump()) == "bad_rule attendance");
  s.confirm();
  const auto issued = put(s.hub, "training_certificate", record.dump());
  CHECK(field(s.hub, "training_certificate", issued, "cert_no") == "新住建培〔2026〕0001号");
  CHECK(s.reasons() == Reasons{{"A001", "has_one"}, {"A002", "not_passed"}, {"A003", "absent"}});
  // A refused one takes no number away, "auto" asks for one, and its day says of which year.
  CHECK(refusal(s.hub, "training_certificate", R"({"course":"pm-c"})") != "");
  auto more = record;
  more["cert_no"] = "auto";
  more["issued_on"] = "2025-12-31";
  const auto next = put(s.hub, "training_certificate", more.dump());
  CHECK(field(s.hub, "training_certificate", next, "cert_no") == "新住建培〔2025〕0001号");
  // Two for one sign-in are shown to a person.
  CHECK(number(s.hub, "SELECT count(*) FROM rival") == 2);
  edit(s.hub, "training_certificate", next, R"({"status":"revoked"})");
  CHECK(number(s.hub, "SELECT count(*) FROM rival") == 0);
  CHECK(field(s.hub, "training_certificate",
              put(s.hub, "training_certificate", Json::parse(record.dump()).dump()),
              "cert_no") == "新住建培〔2026〕0002号");
  // An office gives none.
  exchange(s.office, s.hub);
  CHECK(refusal(s.office, "training_certificate", record.dump()) != "");
  CHECK(faults(s.hub).empty());
}

TEST_CASE("certificates: a number says whether it holds and of what, and not whose it is",
          "[node][training][I10]") {
  Scene s;
  put(s.hub, "number_rule", kRule);
  s.confirm();
  const auto issued = put(s.hub, "training_certificate", s.ready().dump());
  const auto number = field(s.hub, "training_certificate", issued, "cert_no");
  const auto valid = s.check(" " + number + " ");
  CHECK(valid == Json({{"number", number},
                       {"verdict", "valid"},
                       {"course", {{"code", "pm-c"}, {"name", "项目经理培训"}}},
                       {"issued_on", "2026-01-01"},
                       {"valid_until", "2027-01-01"},
                       {"checked_on", "2026-01-02"}}));
  CHECK(s.check(number, "2027-01-01")["verdict"] == "valid");
  CHECK(s.check(number, "2027-01-02")["verdict"] == "expired");
  CHECK(s.check("新住建培〔2026〕0009号")["verdict"] == "unknown");
  CHECK(s.check("' OR 1=1 --")["course"].is_null());
  edit(s.hub, "training_certificate", issued, R"({"status":"revoked"})");
  CHECK(s.check(number)["verdict"] == "withdrawn");
}

}  // namespace linli::test

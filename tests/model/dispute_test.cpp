#include "node/model/dispute.h"

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
Record dispute(std::string_view changes = "{}", const Shelf& shelf = stocked()) {
  return made("dispute", with(kDispute, changes), shelf);
}
std::vector<Fault> faults(const Record& record) { return faults_of(record, stocked()); }
std::int64_t day(const char* text) { return parse_day(text).value(); }
std::string value(const Record& record, const char* field) {
  return fields_to_json(*ViewOf(record)).value(field, "");
}
constexpr std::string_view kClosed = R"({"status":"closed","accepted_on":"2023-10-07",
  "resolved_on":"2023-10-20","result":"explained","closed_on":"2023-11-10"})";
Record mediation(std::string_view changes = "{}") {
  return made("mediation",
              with(R"({"dispute":["petition","X-2023-001"],"mediator":"癸",
    "began_on":"2023-10-01","sessions":2})",
                   changes),
              stocked());
}
}  // namespace

TEST_CASE("dispute: one case that comes twice is one record", "[model]") {
  CHECK(dispute().id == dispute(R"({"text":"再次来信"})").id);
  CHECK(dispute().id != dispute(R"({"source":"hotline","due_on":"2023-10-10"})").id);
}

TEST_CASE("dispute: is due by its source and the bureau's settings", "[model]") {
  CHECK(value(dispute(), "due_on") == "2023-11-28");  // a petition: 60 days
  const auto visit = [](const Shelf& shelf) { return dispute(R"({"source":"visit"})", shelf); };
  CHECK(value(visit(stocked()), "due_on") == "2023-10-06");
  auto shelf = stocked();
  shelf.put(made("calendar_year", R"({"year":2023,"holidays":[
    {"name":"中秋国庆","from_on":"2023-09-29","to_on":"2023-10-06"}],
    "worked":[{"on":"2023-10-07"},{"on":"2023-10-08"}]})"));
  CHECK(value(visit(shelf), "due_on") == "2023-10-07");
  CHECK(value(visit(shelf), "accept_due_on") == "2023-10-07");
  CHECK(value(visit(stocked()), "accept_due_on") == "2023-10-02");
  // A petition's 15 days end on a Saturday, and so on Monday; how many is a setting.
  CHECK(value(dispute(), "accept_due_on") == "2023-10-16");
  shelf.put(made("rule_setting", R"({"code":"petition_accept_days","value":10})"));
  CHECK(value(dispute("{}", shelf), "accept_due_on") == "2023-10-09");
  // A hotline's limit comes with the order: nobody makes one up.
  CHECK(faulty(faults(dispute(R"({"source":"hotline"})")), "due_on"));
}

TEST_CASE("dispute: each state says what it needs", "[model]") {
  CHECK(faults(dispute()).empty());
  const auto refused = faults(dispute(R"({"status":"not_accepted"})"));
  CHECK(faulty(refused, "status_reason"));
  CHECK(faulty(refused, "referred_to"));
  CHECK(faulty(faults(dispute(R"({"status":"accepted"})")), "accepted_on"));
  const auto closed = faults(dispute(R"({"status":"closed"})"));
  for (const auto* field : {"accepted_on", "result", "resolved_on", "closed_on"}) {
    CHECK(faulty(closed, field));
  }
  CHECK(faults(dispute(kClosed)).empty());
  CHECK(faulty(faults(dispute(R"({"status":"escalated"})")), "escalated_on"));
  CHECK(faulty(faults(dispute(R"({"received_at":"2029-01-01T09:00"})")), "received_at"));
}

TEST_CASE("dispute: until it is accepted or refused it waits for that", "[model]") {
  CHECK(only(contributions(dispute()), "disputes_unaccepted").day == day("2023-10-16"));
  CHECK_FALSE(fed(contributions(dispute(R"({"status":"accepted","accepted_on":"2023-10-07"})")),
                  "disputes_unaccepted"));
  CHECK(contributions(dispute(R"({"status":"not_accepted","status_reason":"无管辖权",
    "referred_to":"区信访局"})"))
            .empty());
}

TEST_CASE("dispute: an extension is as long as the source's rules allow", "[model]") {
  CHECK(faults(dispute(R"({"extended_due_on":"2023-12-28"})")).empty());
  CHECK(faulty(faults(dispute(R"({"extended_due_on":"2023-12-29"})")), "extended_due_on"));
  const auto visit = [](const char* to) {
    return dispute(Json{{"source", "visit"}, {"extended_due_on", to}}.dump());
  };
  CHECK(faults(visit("2023-10-13")).empty());
  CHECK(faulty(faults(visit("2023-10-14")), "extended_due_on"));
}

TEST_CASE("dispute: is reopened once, and not after its time", "[model]") {
  const auto reopened = with(kClosed, R"({"status":"reopened","reopened_on":"2023-11-12",
    "status_reason":"仍未解决"})");
  auto shelf = stocked();
  shelf.put(dispute(kClosed));
  CHECK(faults_of(dispute(reopened), shelf).empty());
  // Closed again after it was reopened: what stands there tells.
  shelf.put(dispute(with(reopened, R"({"status":"closed"})")));
  CHECK(faulty(faults_of(dispute(reopened), shelf), "status"));
  // 30 days from the 12th end on a Saturday, so that Monday the 13th is the last.
  const auto weekend = with(reopened, R"({"closed_on":"2023-10-12","resolved_on":"2023-10-11"})");
  CHECK(faults(dispute(weekend)).empty());
  const auto late = with(reopened, R"({"closed_on":"2023-10-11"})");
  CHECK(faulty(faults(dispute(with(late, R"({"resolved_on":"2023-10-11"})"))), "reopened_on"));
}

TEST_CASE("dispute: a group case is one of as many people as the bureau says", "[model]") {
  const auto group = [](const char* people, const Shelf& shelf) {
    const auto record = dispute(Json{{"headcount", Json::parse(people)}}.dump(), shelf);
    return fed(contributions(record), "group_cases");
  };
  CHECK(group("5", stocked()));
  CHECK_FALSE(group("4", stocked()));
  CHECK_FALSE(group("null", stocked()));
  auto shelf = stocked();
  shelf.put(made("rule_setting", R"({"code":"group_case_headcount","value":3})"));
  CHECK(group("3", shelf));
}

TEST_CASE("dispute: who is in dispute is in no figure, key or search", "[model][I10]") {
  const auto& parties = *type_of("dispute").field("parties");
  CHECK(parties.protection == Protection::personal);
  CHECK_FALSE(parties.searched);
  for (const auto& c : contributions(dispute())) {
    CHECK((c.dim1 + c.dim2 + c.key).find("138") == std::string::npos);
  }
}

TEST_CASE("dispute: what it adds to the figures", "[model]") {
  const auto open = contributions(dispute());
  CHECK(only(open, "disputes").day == day("2023-09-29"));
  CHECK(only(open, "disputes").dim1 == "charges");
  CHECK(only(open, "disputes").dim2 == "petition");
  CHECK(only(open, "disputes_per_mille").n == 1000);
  CHECK(only(open, "disputes_open").day == day("2023-11-28"));
  CHECK_FALSE(fed(open, "disputes_closed"));
  const auto closed = contributions(dispute(kClosed));
  CHECK(fed(closed, "disputes_on_time"));
  CHECK_FALSE(fed(closed, "disputes_open"));
  const auto late = contributions(dispute(with(kClosed, R"({"due_on":"2023-11-09"})")));
  CHECK_FALSE(fed(late, "disputes_on_time"));
  const auto extended = contributions(
      dispute(with(kClosed, R"({"due_on":"2023-11-09","extended_due_on":"2023-11-10"})")));
  CHECK(only(extended, "disputes_on_time").day == day("2023-11-10"));
  CHECK(contributions(dispute(R"({"status":"not_accepted","status_reason":"x",
    "referred_to":"法院"})"))
            .empty());
}

TEST_CASE("dispute: counts with the company that it is about", "[model]") {
  CHECK_FALSE(fed(contributions(dispute()), "disputes_of_company"));
  const auto figures = contributions(dispute(R"({"company":"91350100M000100Y43"})"));
  CHECK(only(figures, "disputes_of_company").dim1.size() == 36);
  CHECK(only(figures, "disputes_of_company").dim2 == "charges");
  CHECK(only(figures, "disputes_of_company").day == day("2023-09-29"));
}

TEST_CASE("dispute: repeats the like at the compound within 90 days, and only the later one does",
          "[model]") {
  const auto at = [](const char* when, const char* number) {
    return dispute(Json{{"received_at", when}, {"case_no", number}}.dump());
  };
  const std::vector<Record> both = {at("2023-07-01T09:00", "1"), at("2023-09-29T09:00", "2")};
  CHECK_FALSE(fed(contributions(both[0], both), "disputes_repeated"));
  CHECK(fed(contributions(both[1], both), "disputes_repeated"));
  const std::vector<Record> apart = {at("2023-06-30T09:00", "1"), at("2023-09-29T09:00", "2")};
  CHECK_FALSE(fed(contributions(apart[1], apart), "disputes_repeated"));
}

TEST_CASE("mediation: an agreement needs its file, and is confirmed within 30 days", "[model]") {
  CHECK(faults(mediation()).empty());
  CHECK(faulty(faults(mediation(R"({"outcome":"failed"})")), "ended_on"));
  const auto* agreed = R"({"outcome":"agreement","ended_on":"2023-10-10"})";
  CHECK(faulty(faults(mediation(agreed)), "agreement_file"));
  const auto file = with(
      agreed,
      R"({"agreement_file":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"})");
  CHECK(faults(mediation(file)).empty());
  CHECK(faults(mediation(with(file, R"({"confirm_applied_on":"2023-11-09"})"))).empty());
  CHECK(faulty(faults(mediation(with(file, R"({"confirm_applied_on":"2023-11-10"})"))),
               "confirm_applied_on"));
  CHECK(faulty(faults(mediation(R"({"outcome":"failed","ended_on":"2023-10-10",
    "confirm_applied_on":"2023-10-11"})")),
               "confirm_applied_on"));
}

TEST_CASE("dispute: an agreement or a failure is what its mediation came to", "[model]") {
  constexpr std::string_view kAgreed = R"({"outcome":"agreement","ended_on":"2023-10-10",
    "agreement_file":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"})";
  auto shelf = stocked();
  const auto named = [&](const Record& of) {
    shelf.put(of);
    return sync::to_text(of.id);
  };
  const auto open = named(mediation()), agreed = named(mediation(kAgreed));
  const auto failed = named(mediation(R"({"outcome":"failed","ended_on":"2023-10-10"})"));
  const auto others = named(mediation(with(kAgreed, R"({"dispute":["visit","other"]})")));
  const auto moved = [&](const char* status, const Json& to) {
    const Json changes{{"status", status}, {"accepted_on", "2023-10-07"}, {"mediation", to}};
    return faults_of(dispute(changes.dump()), shelf);
  };
  CHECK(moved("agreement", agreed).empty());
  CHECK(moved("failed", failed).empty());
  // By word of mouth there is none, nor while it goes on, nor by that of another case.
  for (const auto* status : {"agreement", "failed"}) {
    CHECK(faulty(moved(status, nullptr), "mediation"));
    CHECK(faulty(moved(status, open), "mediation"));
    CHECK(faulty(moved(status, others), "mediation"));
  }
  CHECK(faulty(moved("agreement", failed), "mediation"));
  CHECK(faulty(moved("failed", agreed), "mediation"));
  CHECK(moved("mediating", nullptr).empty());
  // One that came to it before this was asked is worked on, and keeps what it names.
  shelf.put(dispute(R"({"status":"agreement","accepted_on":"2023-10-07"})"));
  CHECK(moved("agreement", nullptr).empty());
  shelf.put(dispute(Json{{"status", "agreement"}, {"mediation", agreed}}.dump()));
  CHECK(faulty(moved("agreement", nullptr), "mediation"));
}

TEST_CASE("mediation and visits count where and for what the case does", "[model]") {
  const auto failed = contributions(mediation(R"({"outcome":"failed","ended_on":"2023-10-10"})"));
  CHECK(only(failed, "mediations_ended").dim1 == "charges");
  CHECK_FALSE(only(failed, "mediations_ended").unit.empty());
  CHECK_FALSE(fed(failed, "mediations_agreed"));
  CHECK(contributions(mediation()).empty());
  CHECK(contributions(mediation(R"({"outcome":"withdrawn","ended_on":"2023-10-10"})")).empty());
  const auto visit = [](bool satisfied) {
    return contributions(made("return_visit",
                              Json{{"dispute", {"petition", "X-2023-001"}},
                                   {"at", "2023-11-01T10:00"},
                                   {"by", "示例社区"},
                                   {"satisfied", satisfied}}
                                  .dump(),
                              stocked()));
  };
  CHECK(fed(visit(true), "visits_satisfied"));
  CHECK_FALSE(fed(visit(false), "visits_satisfied"));
  CHECK(only(visit(false), "return_visits").dim1 == "charges");
}

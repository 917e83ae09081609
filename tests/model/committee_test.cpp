// Committees, their members and decisions, and the temporary body.
#include "node/model/committee.h"

#include "crypto/cbor.h"
#include "tests/model/assembly_examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

TEST_CASE("committee: its renewal isn't overdue once the next one is filed", "[model][I7]") {
  const auto committee = [](const char* changes) {
    return made("committee", with(kCommittee, changes), stocked());
  };
  const auto first = committee("{}");
  CHECK(fed(contributions(first), "committee_term_end"));
  CHECK(fed(contributions(first, {first}), "committee_term_end"));
  const auto next = committee(R"({"term_no":2,"status":"filed"})");
  CHECK_FALSE(fed(contributions(first, {first, next}), "committee_term_end"));
  CHECK(fed(contributions(next, {first, next}), "committee_term_end"));
  const auto elected = committee(R"({"term_no":2,"status":"elected","filed_on":null})");
  CHECK(fed(contributions(first, {elected}), "committee_term_end"));
  auto removed = next;
  removed.removed = true;
  CHECK(fed(contributions(first, {removed}), "committee_term_end"));
}

TEST_CASE("committee: is handed over within ten days of its term, once there is a next one",
          "[model]") {
  const auto committee = [](const char* changes, const Shelf& shelf = stocked()) {
    return made("committee", with(kCommittee, changes), shelf);
  };
  const auto due = [](const Record& record) {
    return fields_to_json(*ViewOf(record))["handover_due_on"];
  };
  const auto first = committee("{}");
  CHECK(due(first) == "2028-10-30");
  const auto next = committee(R"({"term_no":2,"status":"filed"})");
  CHECK_FALSE(fed(contributions(first), "handovers_open"));
  CHECK(only(contributions(first, {next}), "handovers_open").day == day("2028-10-30"));
  const auto over = committee(R"({"status":"handed_over","status_on":"2028-10-25"})");
  CHECK_FALSE(fed(contributions(over, {next}), "handovers_open"));
  // A later setting alters none whose term stays.
  auto shelf = stocked();
  shelf.put(first);
  shelf.put(made("rule_setting", R"({"code":"committee_handover_days","value":20})"));
  const auto again = [&](const char* end) {
    auto record = first;
    record.set(committee_field::kTermEnd, cbor::encode_int(day(end)));
    REQUIRE(record.type->derive(record, shelf, kNow).has_value());
    return due(record);
  };
  CHECK(again("2028-10-20") == "2028-10-30");
  CHECK(again("2028-09-20") == "2028-10-10");
  CHECK(only(contributions(committee(R"({"status":"short","status_on":"2024-05-01"})")),
             "committees_short")
            .day == day("2024-05-01"));
}

TEST_CASE("committee: size, term and filing", "[model]") {
  const auto committee = [](std::string_view changes) {
    return faults("committee", kCommittee, changes);
  };
  CHECK(committee("{}").empty());
  const auto even = committee(R"({"seats":6})");
  CHECK(fault_of(even, "seats").zh.find("单数") != std::string::npos);
  CHECK(faulty(committee(R"({"seats":3})"), "seats"));
  CHECK(faulty(committee(R"({"seats":13})"), "seats"));
  CHECK(faults("committee", kCommittee, R"({"seats":6})", ruled_by(R"({"seats_odd":false})"))
            .empty());
  const auto twelve = committee(R"({"term_end":"2035-10-20"})");
  CHECK(fault_of(twelve, "term_end").zh.find("2028-10-20") != std::string::npos);
  CHECK(faulty(committee(R"({"term_end":"2028-10-21"})"), "term_end"));
  CHECK(faulty(committee(R"({"term_end":"2023-10-20"})"), "term_end"));
  CHECK(faulty(committee(R"({"filed_on":null})"), "filed_on"));
  const auto record = made("committee", kCommittee, stocked());
  const auto json = fields_to_json(*ViewOf(record));
  CHECK(json["filing_due_on"] == "2023-11-20");  // the 30th day is a Sunday (CC 203)
  CHECK(json["renewal_from"] == "2028-07-22");
  const auto figures = contributions(record);
  CHECK(total(figures, "active_committees") == 0);  // +1 at its start, −1 after its end
  CHECK(only(figures, "committee_term_end").day == day("2028-10-20"));
  CHECK(fed(figures, "filings_on_time"));
  const auto over = contributions(
      made("committee", with(kCommittee, R"({"status":"handed_over","status_on":"2026-01-01"})"),
           stocked()));
  CHECK_FALSE(fed(over, "committee_term_end"));
  CHECK(std::any_of(over.begin(), over.end(), [](const Contribution& c) {
    return c.measure == "self_governed" && c.n == -1 && c.day == day("2026-01-01");
  }));
  CHECK(faulty(faults("committee_member", R"({"committee":["410702003901001",1],"head":"H2",
    "name":"己","post":"chair","from_on":"2023-10-20"})",
                      R"({"to_on":"2024-01-01"})"),
               "end_reason"));
}

TEST_CASE("committee: a new one meets within seven days of its election", "[model]") {
  const auto committee = [](std::string_view changes) {
    return made("committee",
                with(with(kCommittee, R"({"status":"elected","filed_on":null})"), changes),
                stocked());
  };
  // The seventh day is a Friday.
  CHECK(only(contributions(committee("{}")), "first_meetings_open").day == day("2023-10-27"));
  CHECK(fed(contributions(committee(R"({"status":"filed","filed_on":"2023-11-01"})")),
            "first_meetings_open"));
  const auto met = committee(R"({"first_meeting_on":"2023-10-25"})");
  CHECK(faults_of(met, stocked()).empty());
  CHECK_FALSE(fed(contributions(met), "first_meetings_open"));
  // One at work has somebody who leads it: it met, before this was asked or elsewhere.
  CHECK_FALSE(fed(contributions(made("committee", kCommittee, stocked())), "first_meetings_open"));
  CHECK(faulty(faults_of(committee(R"({"first_meeting_on":"2023-10-19"})"), stocked()),
               "first_meeting_on"));
  CHECK(faulty(faults_of(committee(R"({"first_meeting_on":"2023-11-15"})"), stocked()),
               "first_meeting_on"));
}

TEST_CASE("committee: who leaves within the term hands over within three days", "[model]") {
  constexpr std::string_view kMember = R"({"committee":["410702003901001",1],"head":"H2",
    "name":"己","post":"member","from_on":"2023-10-20"})";
  const auto member = [&](std::string_view changes, const Shelf& shelf) {
    return made("committee_member", with(kMember, changes), shelf);
  };
  const auto due = [](const Record& record) {
    return fields_to_json(*ViewOf(record)).value("handover_due_on", "");
  };
  constexpr auto kLeft = R"({"to_on":"2023-11-01","end_reason":"resigned"})";
  // The third day is a Saturday, and so Monday the last (CC 203).
  const auto left = member(kLeft, stocked());
  CHECK(due(left) == "2023-11-06");
  CHECK(only(contributions(left), "member_handovers_open").day == day("2023-11-06"));
  CHECK_FALSE(only(contributions(left), "member_handovers_open").unit.empty());
  const auto over = member(with(kLeft, R"({"handed_over_on":"2023-11-03"})"), stocked());
  CHECK(contributions(over).empty());
  CHECK(faults_of(over, stocked()).empty());
  // Who stays has nothing to hand over yet, a reserve never has, and whose term is over hands over
  // with the whole committee.
  for (const auto* changes :
       {"{}", R"({"to_on":"2023-11-01","end_reason":"term_over"})",
        R"({"to_on":"2023-11-01","end_reason":"resigned","post":"reserve"})"}) {
    INFO(changes);
    CHECK(due(member(changes, stocked())).empty());
    CHECK(contributions(member(changes, stocked())).empty());
  }
  const auto wrong = [&](std::string_view changes) {
    return faulty(faults("committee_member", kMember, changes), "handed_over_on");
  };
  CHECK(wrong(with(kLeft, R"({"handed_over_on":"2023-10-31"})")));
  CHECK(wrong(with(kLeft, R"({"handed_over_on":"2023-11-15"})")));  // tomorrow
  CHECK(wrong(R"({"handed_over_on":"2023-11-03"})"));               // hasn't left
  // How many days is the bureau's; a later setting alters none whose leaving day stays.
  auto shelf = stocked();
  shelf.put(made("rule_setting", R"({"code":"member_handover_days","value":10})"));
  CHECK(due(member(kLeft, shelf)) == "2023-11-13");
  shelf.put(left);
  auto again = left;
  REQUIRE(again.type->derive(again, shelf, kNow).has_value());
  CHECK(due(again) == "2023-11-06");
}

TEST_CASE("committee: decisions need half of all members", "[model]") {
  const auto passed = [](std::string_view changes, const Shelf& shelf) {
    const auto record = made("committee_decision", with(kDecision, changes), shelf);
    CHECK(faults_of(record, shelf).empty());
    return fields_to_json(*ViewOf(record))["passed"].get<bool>();
  };
  constexpr auto kSix = R"({"members":6,"present":5,"agree":3})";
  CHECK(passed(kSix, stocked()));
  CHECK_FALSE(passed(R"({"members":7,"present":5,"agree":3})", stocked()));
  CHECK_FALSE(passed(kSix, ruled_by(R"({"committee_share":"more_than_half"})")));
  CHECK(faulty(faults("committee_decision", kDecision, R"({"agree":5})"), "agree"));
  CHECK(faulty(faults("committee_decision", kDecision, R"({"present":6})"), "present"));
  CHECK(fed(contributions(made("committee_decision", kDecision, stocked())), "decisions_on_time"));
  CHECK_FALSE(
      fed(contributions(made("committee_decision",
                             with(kDecision, R"({"published_on":"2023-11-09"})"), stocked())),
          "decisions_on_time"));
}

TEST_CASE("committee: the temporary body ends once a committee is elected", "[model]") {
  const auto pmc = [](std::string_view changes) { return faults("pmc", kPmc, changes); };
  CHECK(pmc(R"({"status":"handed_over"})").empty());
  CHECK(faulty(pmc(R"({"status":"handed_over","successor":null})"), "successor"));
  CHECK(faulty(pmc(R"({"status":"handed_over","ended_on":null})"), "ended_on"));
  CHECK(faulty(pmc(R"({"chair_side":"owner"})"), "chair_side"));
  CHECK(faulty(pmc(R"({"status":"published","published_on":null})"), "published_on"));
  const auto record = made("pmc", kPmc, stocked());
  CHECK(fields_to_json(*ViewOf(record))["publish_due_on"] == "2022-03-11");
  CHECK(total(contributions(record), "self_governed") == 1);
  const auto over = made("pmc", with(kPmc, R"({"status":"dissolved"})"), stocked());
  CHECK(total(contributions(over), "self_governed") == 0);
}

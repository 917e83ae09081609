#include "node/model/red_property.h"

#include <set>

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
Record site(std::string_view changes = "{}") {
  return made("red_site",
              with(R"({"compound":"410702003901001","batch":2022,"grade":"city",
    "designated_on":"2022-12-01","basis_doc":"新组通〔2021〕18号","party_branch":"示例小区党支部",
    "status":"designated"})",
                   changes),
              stocked());
}
Record meeting(std::string_view changes = "{}", const Shelf& shelf = stocked()) {
  return made("joint_meeting", with(kMeeting, changes), shelf);
}
Record matter(std::string_view changes = "{}", const Shelf& shelf = stocked()) {
  return made("matter", with(kMeetingMatter, changes), shelf);
}
Record party(std::string_view kind, bool signed_in = true) {
  Json json = {{"meeting", std::string(kMeetingId)},
               {"party_kind", std::string(kind)},
               {"org", "单位" + std::string(kind)}};
  if (signed_in) json["signed_in_at"] = "2023-09-08T19:02";
  return made("meeting_party", json.dump(), stocked());
}
std::vector<Fault> faults(const Record& record) { return faults_of(record, stocked()); }
std::int64_t day(const char* text) { return parse_day(text).value(); }
std::string value(const Record& record, const char* field) {
  return fields_to_json(*ViewOf(record)).value(field, "");
}
}  // namespace

TEST_CASE("red site: each state says what it needs", "[model]") {
  CHECK(faults(site()).empty());
  CHECK(faulty(faults(site(R"({"designated_on":null})")), "designated_on"));
  CHECK(faulty(faults(site(R"({"status":"recommended"})")), "rules_file"));
  const auto revoked = faults(site(R"({"status":"revoked"})"));
  CHECK(faulty(revoked, "status_on"));
  CHECK(faulty(revoked, "status_reason"));
  CHECK(faulty(faults(site(R"({"status":"expired","status_on":"2022-11-30"})")), "status_on"));
}

TEST_CASE("red site: stands in the figures from its naming to its end", "[model]") {
  const auto named = contributions(site());
  CHECK(only(named, "demo_sites").day == day("2022-12-01"));
  CHECK(only(named, "demo_sites").dim1 == "city");
  CHECK_FALSE(
      fed(contributions(site(R"({"status":"applied","designated_on":null})")), "demo_sites"));
  const auto ended = contributions(
      site(R"({"status":"revoked","status_on":"2023-06-01","status_reason":"未开会"})"));
  CHECK(total(ended, "demo_sites") == 0);
  CHECK(ended.back().day == day("2023-06-01"));
}

TEST_CASE("joint meeting: the compound's is the branch's, the statutory one the street's (HN 74)",
          "[model]") {
  CHECK(faults(meeting()).empty());
  CHECK(faulty(faults(meeting(R"({"convener":"street"})")), "convener"));
  CHECK(faulty(faults(meeting(R"({"compound":null})")), "compound"));
  const auto* statutory = R"({"kind":"statutory_joint","convener":"street","compound":null})";
  CHECK(faults(meeting(statutory)).empty());
  CHECK(faulty(faults(meeting(R"({"kind":"statutory_joint"})")), "convener"));
}

TEST_CASE("joint meeting: each state says what it needs", "[model]") {
  CHECK(faulty(faults(meeting(R"({"held_at":null})")), "held_at"));
  CHECK(faulty(faults(meeting(R"({"held_at":"2029-01-01T09:00"})")), "held_at"));
  CHECK(faulty(faults(meeting(R"({"status":"minutes_published"})")), "minutes_on"));
  CHECK(faulty(faults(meeting(R"({"status":"closed","minutes":null})")), "minutes"));
  CHECK(faulty(faults(meeting(R"({"status":"cancelled"})")), "status_reason"));
  CHECK(faulty(faults(meeting(R"({"status":"noticed"})")), "noticed_on"));
}

TEST_CASE("joint meeting: notice is given as many days before as the bureau says", "[model]") {
  const auto noticed = [](const char* on) {
    return meeting(Json{{"status", "noticed"}, {"noticed_on", on}, {"held_at", nullptr}}.dump());
  };
  CHECK(faults(noticed("2023-09-05")).empty());
  CHECK(faulty(faults(noticed("2023-09-06")), "noticed_on"));
  auto shelf = stocked();
  shelf.put(made("rule_setting", R"({"code":"meeting_notice_days","value":2})"));
  CHECK(faults_of(noticed("2023-09-06"), shelf).empty());
}

TEST_CASE("joint meeting: its minutes are due, and missed until they are on the board", "[model]") {
  CHECK(value(meeting(), "minutes_due_on") == "2023-09-11");
  // Three days after a Thursday is a Sunday (CC 203).
  CHECK(value(meeting(R"({"held_at":"2023-09-07T19:10"})"), "minutes_due_on") == "2023-09-11");
  const auto held = contributions(meeting());
  CHECK(only(held, "minutes_missing").day == day("2023-09-11"));
  CHECK(only(held, "meetings_held").dim1 == "compound_joint");
  const auto other = contributions(meeting(R"({"held_at":"2023-09-20T09:00"})"));
  CHECK(only(held, "meeting_months").key == only(other, "meeting_months").key);  // one month
  const auto told =
      contributions(meeting(R"({"status":"minutes_published","minutes_on":"2023-09-10"})"));
  CHECK_FALSE(fed(told, "minutes_missing"));
  CHECK_FALSE(
      fed(contributions(meeting(R"({"status":"planned","held_at":null})")), "meetings_held"));
}

TEST_CASE("meeting party: nobody signs in at a meeting that was cancelled", "[model]") {
  auto shelf = stocked();
  CHECK(faults_of(party("company"), shelf).empty());
  shelf.put(meeting(R"({"status":"cancelled","status_reason":"暴雨","held_at":null})"));
  CHECK(faulty(faults_of(party("company"), shelf), "meeting"));
  CHECK(faults_of(party("company", false), shelf).empty());  // who was invited may still be noted
}

TEST_CASE("meeting party: an organisation is one kind of party at a meeting", "[model]") {
  auto shelf = stocked();
  const auto as = [&](const char* kind, const char* org) {
    return made(
        "meeting_party",
        Json{{"meeting", std::string(kMeetingId)}, {"party_kind", kind}, {"org", org}}.dump(),
        shelf);
  };
  const auto company = as("company", "样例物业"), owners = as("owner_rep", "样例物业");
  CHECK(faults_of(company, shelf).empty());
  shelf.put(company);
  CHECK(faulty(faults_of(owners, shelf), "party_kind"));
  CHECK(faults_of(as("company", "另一样例物业"), shelf).empty());
  CHECK(faults_of(as("owner_rep", "业主代表"), shelf).empty());
  CHECK(faults_of(company, shelf).empty());  // signing in once more
  // Entered apart, both stay and wait for a person; a receiving node judges each by itself.
  CHECK(check(*ViewOf(owners)).empty());
  const auto second = as("company", "另一样例物业");
  const ViewOf a(company), b(owners), c(second);
  CHECK(party_rivals(*a, std::vector<RecordView>{*a, *b}));
  CHECK(party_rivals(*b, std::vector<RecordView>{*a, *b}));
  CHECK_FALSE(party_rivals(*a, std::vector<RecordView>{*a, *c}));
  auto gone = owners;
  gone.removed = true;
  const ViewOf d(gone);
  CHECK_FALSE(party_rivals(*a, std::vector<RecordView>{*a, *d}));
  shelf.put(gone);
  CHECK(faults_of(company, shelf).empty());
}

TEST_CASE("joint meeting: a compound that met counts once, whatever it met for", "[model]") {
  const auto held = contributions(meeting());
  CHECK(only(held, "compounds_met").key == only(held, "compounds_met").unit);
  CHECK_FALSE(fed(contributions(meeting(R"({"kind":"statutory_joint","convener":"street"})")),
                  "compounds_met"));
  const auto* figure = schema().statistic("meeting_coverage");
  REQUIRE(figure);
  CHECK(figure->numerator.within == figure->denominator->measure);
}

TEST_CASE("meeting party: a meeting counts as full once, with all four sides there", "[model]") {
  // As the store hands them over: the others, without the party itself.
  const auto beside = [](const std::vector<Record>& all, std::size_t self) {
    auto others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(self));
    return contributions(all[self], others);
  };
  std::vector<Record> there = {party("party_branch"), party("residents_committee"),
                               party("company")};
  CHECK_FALSE(fed(beside(there, 0), "meetings_valid"));
  there.push_back(party("pmc", false));
  CHECK_FALSE(fed(beside(there, 0), "meetings_valid"));  // invited isn't there
  there.back() = party("pmc");
  std::set<std::string> keys;
  for (std::size_t i = 0; i < there.size(); ++i) {
    keys.insert(only(beside(there, i), "meetings_valid").key);
  }
  CHECK(keys.size() == 1);
  CHECK(only(beside(there, 2), "party_present").dim1 == "company");
}

TEST_CASE("matter: takes its day and compound from the meeting, and is due by the setting",
          "[model]") {
  CHECK(value(matter(), "raised_on") == "2023-09-08");
  CHECK(value(matter(), "due_on") == "2023-09-25");  // 15 days end on a Saturday
  auto shelf = stocked();
  shelf.put(made("rule_setting", R"({"code":"matter_days","value":10})"));
  CHECK(value(matter("{}", shelf), "due_on") == "2023-09-18");
  CHECK(value(matter(R"({"due_on":"2023-09-23"})"), "due_on") == "2023-09-23");  // as agreed
  CHECK(matter().get(joint_matter_field::kCompound) != nullptr);
}

TEST_CASE("matter: each state says what it needs", "[model]") {
  CHECK(faults(matter()).empty());
  CHECK(faulty(faults(matter(R"({"status":"accepted"})")), "accepted_on"));
  CHECK(faulty(faults(matter(R"({"status":"rejected"})")), "status_reason"));
  CHECK(faulty(faults(matter(R"({"status":"escalated","accepted_on":"2023-09-09"})")),
               "escalated_to"));
  const auto closed = faults(matter(R"({"status":"closed","accepted_on":"2023-09-09"})"));
  for (const auto* field : {"resolution", "verified_on", "closed_on"}) CHECK(faulty(closed, field));
  CHECK(faulty(faults(matter(R"({"due_on":"2023-09-07"})")), "due_on"));
  CHECK(faulty(faults(matter(R"({"raised_on":"2029-01-01","due_on":"2029-02-01"})")), "raised_on"));
}

TEST_CASE("matter: is reopened within the days that the bureau gives", "[model]") {
  const auto reopened = [](const char* closed) {
    return matter(Json{
        {"status", "reopened"},
        {"accepted_on", "2023-09-09"},
        {"verified_on", "2023-09-10"},
        {"closed_on", closed},
        {"status_reason",
         "又响了"}}.dump());
  };
  // Today is 14 November 2023.
  CHECK(faults(reopened("2023-10-15")).empty());
  CHECK(faulty(faults(reopened("2023-10-14")), "status"));
}

TEST_CASE("matter: what it adds to the figures", "[model]") {
  const auto* done = R"({"status":"verified","accepted_on":"2023-09-09","resolution":"已修复",
    "verified_on":"2023-09-25","escalated_to":"street","escalated_on":"2023-09-15"})";
  const auto all = contributions(matter(done));
  CHECK(only(all, "matters_raised").dim1 == "equipment");
  CHECK(only(all, "matters_on_time").day == day("2023-09-25"));
  CHECK(only(all, "matters_verified").dim2 == "16-30");
  CHECK(only(all, "matters_escalated").day == day("2023-09-09"));
  CHECK(fed(all, "matters_open"));  // verified isn't closed yet
  const auto late = contributions(matter(with(done, R"({"verified_on":"2023-09-26"})")));
  CHECK_FALSE(fed(late, "matters_on_time"));
  CHECK(contributions(matter(R"({"status":"rejected","status_reason":"x"})")).empty());
}

TEST_CASE("followup: what was recorded is closed at once", "[model]") {
  const auto& type = type_of("followup");
  CHECK(type.frozen == std::vector<std::string_view>{"recorded"});
  CHECK(type.moves.size() == 1);
}

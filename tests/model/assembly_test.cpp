#include "node/model/assembly.h"

#include "crypto/cbor.h"
#include "tests/model/assembly_examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

std::vector<Fault> ballot_with(std::string_view changes, const Shelf& shelf = stocked()) {
  return faults("ballot", with(kBallot, R"({"status":"returned","invalid_reason":null})"), changes,
                shelf);
}
bool may(std::string_view type, std::string_view from, std::string_view to, crypto::Role role) {
  for (const auto& move : type_of(type).moves) {
    if (move.from == from && move.to == to) return (move.roles & sync::mask(role)) != 0;
  }
  return false;
}

}  // namespace

TEST_CASE("assembly: only the street says who may stand", "[model]") {
  using crypto::Role;
  for (const auto to : {"eligible", "ineligible", "more_material"}) {
    CHECK(may("candidate", "vetting", to, Role::street));
    for (const auto role : {Role::hub, Role::district, Role::office, Role::device, Role::company}) {
      CHECK_FALSE(may("candidate", "vetting", to, role));
    }
  }
  CHECK(may("candidate", "objected", "confirmed", Role::street));
  CHECK_FALSE(may("candidate", "objected", "confirmed", Role::office));
  CHECK(type_of("vetting").writers == sync::mask(Role::street));
  CHECK(may("committee", "elected", "filed", Role::street));
  CHECK_FALSE(may("committee", "elected", "filed", Role::office));
  CHECK(type_of("pmc").writers == sync::mask(Role::street));
}

TEST_CASE("assembly: registers and ballots stay with community and street", "[model][I10]") {
  for (const auto name :
       {"exclusive_part", "owner_share", "register_snapshot", "ballot", "ballot_box"}) {
    INFO(name);
    CHECK(type_of(name).audience == sync::Audience::street);
    CHECK((type_of(name).writers &
           (sync::mask(crypto::Role::hub) | sync::mask(crypto::Role::district))) == 0);
  }
  for (const auto& [type, field] :
       {std::pair{"owner_share", "name"}, std::pair{"owner_share", "id_digest"},
        std::pair{"candidate", "name"}, std::pair{"ballot", "choices"},
        std::pair{"ballot", "proxy"}, std::pair{"prep_group", "members"},
        std::pair{"pmc", "members"}, std::pair{"tally", "counters"}}) {
    INFO(type << "." << field);
    CHECK(type_of(type).field(std::string_view(field))->protection == Protection::personal);
  }
}

TEST_CASE("assembly: what an owner chose is never shown", "[model][I10]") {
  const auto record = made("ballot", kBallot, stocked());
  const auto json = fields_to_json(*ViewOf(record));
  CHECK(json["choices"] == Json{{"withheld", true}, {"sealed", true}});
  CHECK(json.dump().find("agree") == std::string::npos);
  CHECK(ViewOf(record)->marks(15).size() == 2);  // … and is there to be counted
}

TEST_CASE("assembly: a ballot must be of the roll and of its areas", "[model]") {
  CHECK(ballot_with("{}").empty());
  CHECK(faulty(ballot_with(R"({"parts":["3-1-501"],"area_dm2":null})"), "parts"));
  CHECK(faulty(ballot_with(R"({"parts":["9-9-999"],"area_dm2":null})"), "parts"));
  CHECK(faulty(ballot_with(R"({"head":"H9","area_dm2":null})"), "parts"));
  const auto all = ballot_with(R"({"area_dm2":21001})");
  CHECK(fault_of(all, "area_dm2").zh.find("210.00") != std::string::npos);
  CHECK(faulty(ballot_with(R"({"parts":["3-1-502","3-1-502"]})"), "parts"));
  CHECK(faulty(ballot_with(R"({"returned_at":"2029-01-01T00:00"})"), "returned_at"));
  for (const auto field : {"returned_at", "collector", "signed", "choices"}) {
    CHECK(faulty(ballot_with(Json{{field, nullptr}}.dump()), field));
  }
  // Left out, the area is the snapshot's.
  const auto record = made("ballot", with(kBallot, R"({"area_dm2":null,"status":"returned",
                                          "invalid_reason":null})"),
                           stocked());
  CHECK(fields_to_json(*ViewOf(record))["area_dm2"] == 21000);
  // Who bought during the vote: kept as invalid and as nothing else.
  const auto buyer = R"({"head":"H9","area_dm2":null,"status":"invalid",
                         "invalid_reason":"not_in_snapshot"})";
  CHECK(faults("ballot", kBallot, buyer).empty());
}

TEST_CASE("assembly: a reviewer can't make a late or unsigned ballot valid", "[model]") {
  CHECK(ballot_with(R"({"status":"valid"})").empty());
  CHECK(faulty(ballot_with(R"({"status":"valid","signed":false})"), "signed"));
  CHECK(faulty(ballot_with(R"({"status":"valid","proxy_doc":null})"), "proxy_doc"));
  CHECK(
      faulty(ballot_with(R"({"status":"valid","returned_at":"2023-10-20T18:01"})"), "returned_at"));
  CHECK(ballot_with(R"({"returned_at":"2023-10-20T18:01"})").empty());  // kept, not counted
  CHECK(faulty(ballot_with(R"({"status":"invalid"})"), "invalid_reason"));
}

TEST_CASE("assembly: two devices that take one head's ballot make two records", "[model][I4]") {
  const auto& type = type_of("ballot");
  CHECK(type.duplicates == Duplicates::keep_both);
  auto here = frame(), there = frame();
  here.author = sync::AuthorId::of(std::string(sync::AuthorId::size(), 'a'));
  there.author = sync::AuthorId::of(std::string(sync::AuthorId::size(), 'b'));
  const auto object = Json::parse(kBallot);
  const auto one = read_draft(type, object, here), other = read_draft(type, object, there);
  REQUIRE((one.has_value() && other.has_value()));
  CHECK(*one->id != *other->id);
  // And a ballot that came back is closed: another put of the same serial can't alter it.
  for (const auto state : {"returned", "valid", "invalid", "contested"}) {
    CHECK(std::count(type.frozen.begin(), type.frozen.end(), state) == 1);
  }
}

TEST_CASE("assembly: ballots of one part are rivals until one is marked invalid", "[model]") {
  const auto shelf = stocked();
  const auto paper = [&](std::string_view changes) {
    return made("ballot",
                with(with(kBallot, R"({"status":"returned","invalid_reason":null,
                                                "area_dm2":null})"),
                     changes),
                shelf);
  };
  const auto contested = [](const Record& record, const std::vector<Record>& peers) {
    return total(contributions(record, peers), "ballots_contested");
  };
  const auto one = paper("{}"), other = paper(R"({"serial":"0002"})");
  CHECK(contested(one, {}) == 0);
  CHECK(contested(one, {other}) == 1);
  CHECK(contested(other, {one}) == 1);
  CHECK(contested(one, {one}) == 0);  // itself is no rival
  CHECK(contested(one, {paper(R"({"serial":"0002","parts":["3-1-601"]})")}) == 1);
  const auto first = paper(R"({"parts":["3-1-502"]})");
  CHECK(contested(first, {paper(R"({"serial":"0002","parts":["3-1-601"]})")}) == 0);
  const auto invalid = paper(R"({"serial":"0002","status":"invalid",
                                 "invalid_reason":"entered_twice"})");
  CHECK(contested(one, {invalid}) == 0);
  CHECK(contested(invalid, {one}) == 0);
  CHECK(contested(one, {paper(R"({"serial":"0002","status":"delivered"})")}) == 0);
  CHECK(total(contributions(one), "ballots_returned") == 1);
}

TEST_CASE("assembly: a snapshot adds up and says so", "[model]") {
  const auto record = made("register_snapshot", kSnapshot, stocked());
  auto json = fields_to_json(*ViewOf(record));
  CHECK(json["total_area_dm2"] == 30000);
  CHECK(json["total_heads"] == 2);
  CHECK(json["digest"].get<std::string>().size() == 64);
  const auto counted =
      made("register_snapshot", with(kSnapshot, R"({"parking_counted":true})"), stocked());
  CHECK(fields_to_json(*ViewOf(counted))["total_area_dm2"] == 31250);
  // Left out, it is as the bureau's rules have it.
  const auto by_rules = made("register_snapshot", with(kSnapshot, R"({"parking_counted":null})"),
                             ruled_by(R"({"parking_counted":true})"));
  CHECK(fields_to_json(*ViewOf(by_rules))["total_area_dm2"] == 31250);
  auto parted = record;  // as a merge of two edits could leave it
  parted.set(8, cbor::encode_int(3));
  CHECK(faulty(check(*ViewOf(parted)), "parts"));
  auto twice = Json::parse(kSnapshot);
  twice["parts"].push_back(twice["parts"][0]);
  CHECK(faulty(faults_of(made("register_snapshot", twice.dump(), stocked()), stocked()),
               "parts.4.no"));
}

TEST_CASE("assembly: a snapshot says how far it is from the compound's area", "[model]") {
  auto shelf = stocked();
  const auto told = [&](const char* changes) {
    return fields_to_json(*ViewOf(made("register_snapshot", with(kSnapshot, changes), shelf)));
  };
  const auto draft = told(R"({"version":2,"status":"draft"})");
  CHECK(draft["compound_area_dm2"] == 2'800'000);
  CHECK(draft["area_gap_dm2"] == 30000 - 2'800'000);
  shelf.put(made("compound",
                 with(kCompound, R"({"exclusive_area_dm2":30000,"delivered_area_dm2":30000})")));
  CHECK(told(R"({"version":2,"status":"draft"})")["area_gap_dm2"] == 0);
  // It is a hint and no refusal, and what is published keeps what it said.
  const auto published = made("register_snapshot", with(kSnapshot, R"({"version":2})"), stocked());
  CHECK(faults_of(published, stocked()).empty());
  shelf.put(published);
  auto again = published;
  REQUIRE(again.type->derive(again, shelf, kNow).has_value());
  CHECK(fields_to_json(*ViewOf(again))["area_gap_dm2"] == 30000 - 2'800'000);
}

TEST_CASE("assembly: notice, snapshot and proposal", "[model]") {
  const auto meeting = [](std::string_view changes) {
    return faults("assembly", kAssembly, changes);
  };
  CHECK(meeting("{}").empty());
  CHECK(meeting(R"({"notice_on":"2023-09-16"})").empty());
  CHECK(faulty(meeting(R"({"notice_on":"2023-09-17"})"), "notice_on"));
  CHECK(faults("assembly", kAssembly, R"({"notice_on":"2023-09-17"})",
               ruled_by(R"({"announce_days":14})"))
            .empty());
  CHECK(faulty(meeting(R"({"notice_on":null})"), "notice_on"));
  CHECK(faulty(meeting(R"({"register_snapshot":null})"), "register_snapshot"));
  CHECK(meeting(R"({"register_snapshot":null,"status":"prepared"})").empty());
  CHECK(faulty(meeting(R"({"vote_to":"2023-10-01T09:00"})"), "vote_to"));
  CHECK(faulty(meeting(R"({"proposed_heads":0})"), "proposed_heads"));
  CHECK(meeting(R"({"proposed_area_dm2":100})").empty());
  CHECK(faulty(faults("assembly", kAssembly, R"({"proposed_area_dm2":100})",
                      ruled_by(R"({"proposal_basis":"heads_and_area"})")),
               "proposed_area_dm2"));
  auto draft = stocked();
  draft.put(made("register_snapshot", with(kSnapshot, R"({"status":"draft"})"), draft));
  CHECK(faulty(faults("assembly", kAssembly, "{}", draft), "register_snapshot"));
  const auto effective =
      contributions(made("assembly", with(kAssembly, R"({"status":"effective"})"), stocked()));
  CHECK(only(effective, "first_assemblies").day == day("2023-10-20"));
  CHECK(contributions(made("assembly", with(kAssembly, R"({"status":"revoked"})"), stocked()))
            .empty());
}

TEST_CASE("assembly: when a compound is due one (HN 18)", "[model]") {
  const auto due = [](std::string_view changes) {
    return fed(contributions(made("compound", with(kCompound, changes))), "assembly_conditions");
  };
  CHECK(due("{}"));
  constexpr auto kEmpty = R"({"occupied_household_count":89,"delivered_area_dm2":1399999})";
  CHECK_FALSE(due(kEmpty));  // of 300 households and 28,000 m²
  CHECK(due(R"({"occupied_household_count":90,"delivered_area_dm2":1399999})"));
  CHECK(due(R"({"occupied_household_count":89,"delivered_area_dm2":1400000})"));
  CHECK_FALSE(due(R"({"status":"unmanaged"})"));
}

TEST_CASE("assembly: matters have the threshold that law gives them", "[model]") {
  const auto threshold = [](const char* kind) {
    const auto record =
        made("ballot_matter", with(kMatter, Json{{"decision_kind", kind}}.dump()), stocked());
    return fields_to_json(*ViewOf(record))["threshold"].get<std::string>();
  };
  CHECK(threshold("use_fund") == "ordinary");
  CHECK(threshold("hire_company") == "ordinary");
  CHECK(threshold("raise_fund") == "special");
  CHECK(threshold("rebuild") == "special");
  CHECK(threshold("change_use_or_operate") == "special");
  CHECK(threshold("fee_or_standard") == "ordinary");
  CHECK(threshold("dwelling_to_business") == "unanimous");
  const auto matter = [&](std::string_view base, std::string_view changes) {
    return faults("ballot_matter", base, changes);
  };
  CHECK(matter(kElection, "{}").empty());
  CHECK(faulty(matter(kElection, R"({"seats":6})"), "seats"));  // an even number
  CHECK(faulty(matter(kElection, R"({"seats":3})"), "seats"));
  CHECK(faulty(matter(kElection, R"({"candidates":null})"), "candidates"));
  CHECK(faulty(matter(kElection, R"({"candidates":["H1","H1"]})"), "candidates"));
  CHECK(faulty(matter(kElection, R"({"building":null})"), "building"));
  CHECK(faulty(matter(kElection, R"({"stair_unit":null})"), "stair_unit"));
  auto voting = stocked();
  voting.put(made("assembly", with(kAssembly, R"({"status":"voting"})"), voting));
  CHECK(faulty(faults("ballot_matter", kMatter, "{}", voting), "assembly"));
}

TEST_CASE("assembly: a deadline on a day off ends on the next that is worked", "[model]") {
  auto shelf = stocked();
  shelf.put(made("calendar_year", R"({"year":2023,"holidays":[
    {"name":"示例假日","from_on":"2023-07-31","to_on":"2023-08-01"},
    {"name":"示例假日","from_on":"2023-11-20","to_on":"2023-11-20"}]})"));
  const auto group = fields_to_json(*ViewOf(made("prep_group", kGroup, shelf)));
  CHECK(group["form_due_on"] == "2023-08-02");
  CHECK(group["assembly_due_on"] == "2023-09-18");
  // Filed on the day after the holiday is filed in time.
  const auto late = with(kCommittee, R"({"filed_on":"2023-11-21"})");
  const auto committee = made("committee", late, shelf);
  CHECK(fields_to_json(*ViewOf(committee))["filing_due_on"] == "2023-11-21");
  CHECK(total(contributions(committee), "filings_on_time") == 1);
  CHECK(total(contributions(made("committee", late, stocked())), "filings_on_time") == 0);
}

TEST_CASE("assembly: a preparation group", "[model]") {
  const auto group = [](std::string_view changes) {
    return faults("prep_group", with(kGroup, R"({"status":"formed"})"), changes);
  };
  CHECK(group("{}").empty());
  const auto record = made("prep_group", kGroup, stocked());
  const auto json = fields_to_json(*ViewOf(record));
  CHECK(json["form_due_on"] == "2023-07-31");
  CHECK(json["assembly_due_on"] == "2023-09-18");
  CHECK(json["members_total"] == 7);
  CHECK(json["members_owners"] == 4);
  CHECK(faulty(group(R"({"owner_applicants":9})"), "owner_applicants"));
  auto members = Json::parse(kGroup)["members"];
  members.erase(6);
  CHECK(faulty(group(Json{{"members", members}}.dump()), "members"));  // six
  members.push_back({{"name", "庚"}, {"side", "street"}});
  CHECK(faulty(group(Json{{"members", members}}.dump()), "members"));  // three owners of seven
  CHECK(faulty(group(R"({"leader":null})"), "leader"));
  CHECK(faulty(group(R"({"leader":"丁"})"), "leader"));               // an owner
  CHECK(faults("prep_group", kGroup, R"({"leader":null})").empty());  // applied for only
  CHECK(faulty(group(R"({"status":"assembly_held","held_on":"2023-09-03"})"), "held_on"));
  CHECK(group(R"({"status":"assembly_held","held_on":"2023-09-04"})").empty());
  // The register is shown for seven days before (HN 21).
  CHECK(group(R"({"status":"assembly_held","register_published_on":"2023-09-03"})").empty());
  CHECK(faulty(group(R"({"status":"assembly_held","register_published_on":"2023-09-04"})"),
               "held_on"));
  const auto figures = contributions(record);
  CHECK(only(figures, "groups_on_time").day == day("2023-07-31"));
  CHECK(only(figures, "first_assemblies_on_time").day == day("2023-09-18"));
  const auto late =
      contributions(made("prep_group", with(kGroup, R"({"formed_on":"2023-08-01"})"), stocked()));
  CHECK(fed(late, "groups_due"));
  CHECK_FALSE(fed(late, "groups_on_time"));
}

TEST_CASE("assembly: who may stand is what the street's vetting found", "[model]") {
  auto shelf = stocked();
  const auto decision = [&](std::string_view changes) {
    const auto record = made("vetting", with(kVetting, changes), shelf);
    shelf.put(record);
    return sync::to_text(record.id);
  };
  constexpr std::string_view kFit = R"({"result":"eligible","reason_code":null,
    "criteria":[{"code":"obeys_law","pass":true}]})";
  const auto fit = decision(kFit), unfit = decision("{}");
  const auto more = decision(R"({"result":"more_material"})");
  const auto others =
      decision(with(kFit, R"({"candidate":{"key":[["410702003901001","first",1],"H9"]}})"));
  const auto refused = [&](const char* status, const Json& by) {
    const Json changes{{"status", status}, {"vetting", by}};
    return faulty(faults("candidate", kCandidate, changes.dump(), shelf), "vetting");
  };
  CHECK_FALSE(refused("eligible", fit));
  CHECK_FALSE(refused("ineligible", unfit));
  for (const auto* status : {"eligible", "ineligible", "publicised"}) {
    INFO(status);
    CHECK(refused(status, nullptr));
    CHECK(refused(status, more));
    CHECK(refused(status, others));
  }
  CHECK(refused("eligible", unfit));
  CHECK(refused("ineligible", fit));
  for (const auto* status : {"nominated", "vetting", "withdrawn"}) {
    CHECK_FALSE(refused(status, nullptr));
  }
  // One who was decided on before this was asked goes on; vetted anew after an objection, the new
  // decision is named.
  shelf.put(made("candidate", with(kCandidate, R"({"status":"eligible"})"), shelf));
  CHECK_FALSE(refused("publicised", nullptr));
  shelf.put(made("candidate",
                 with(kCandidate, Json{{"status", "vetting"}, {"vetting", fit}}.dump()), shelf));
  CHECK(refused("ineligible", fit));
  CHECK_FALSE(refused("ineligible", unfit));
}

TEST_CASE("assembly: candidates and their vetting", "[model]") {
  auto vetted = stocked();
  vetted.put(made("vetting", with(kVetting, R"({"id":"0190a0a0-0000-7000-8000-0000000000b1",
    "result":"eligible","reason_code":null,"criteria":[{"code":"obeys_law","pass":true}]})"),
                  vetted));
  const auto candidate = [&](std::string_view changes) {
    return faults("candidate", with(kCandidate, R"({"status":"eligible",
      "vetting":"0190a0a0-0000-7000-8000-0000000000b1"})"),
                  changes, vetted);
  };
  CHECK(candidate("{}").empty());
  CHECK(faulty(candidate(R"({"company_employee":true})"), "company_employee"));
  CHECK(faulty(candidate(R"({"fees_paid":false})"), "fees_paid"));
  CHECK(faulty(candidate(R"({"conflict_declaration":false})"), "conflict_declaration"));
  // Friday, 1 September: ten working days later is Friday, 15 September.
  const auto json = fields_to_json(*ViewOf(made("candidate", kCandidate, stocked())));
  CHECK(json["vetting_due_on"] == "2023-09-15");
  // The calendar that the bureau announces counts.
  auto with_holiday = stocked();
  with_holiday.put(made("calendar_year", R"({"year":2023,"holidays":[
    {"name":"示例","from_on":"2023-09-04","to_on":"2023-09-05"}],"worked":[{"on":"2023-09-09"}]})"));
  const auto later = fields_to_json(*ViewOf(made("candidate", kCandidate, with_holiday)));
  CHECK(later["vetting_due_on"] == "2023-09-18");
  auto shown = made("candidate", with(kCandidate, R"({"status":"publicised",
                                    "publicised_on":"2023-11-08"})"),
                    stocked());
  CHECK(fields_to_json(*ViewOf(shown))["publicised_to"] == "2023-11-15");
  const auto* state = shown.type->field("status");
  shown.set(state->number, sync::encode_move({7, 9}));
  CHECK(faulty(faults_of(shown, stocked()), "status"));  // today is the 14th
  CHECK(faulty(faults("vetting", kVetting, R"({"result":"eligible"})"), "criteria.1"));
  CHECK(faulty(faults("vetting", kVetting, R"({"reason_code":null})"), "reason_code"));
  const auto decided = contributions(made("vetting", kVetting, stocked()));
  CHECK(only(decided, "vettings_decided").dim1 == "fees");
  CHECK_FALSE(fed(decided, "vettings_eligible"));
}

TEST_CASE("assembly: a tally says what its sums say", "[model]") {
  const auto tally = [](std::string_view changes) { return faults("tally", kTally, changes); };
  CHECK(tally("{}").empty());
  CHECK(fault_of(tally(R"({"outcome":"rejected"})"), "outcome").en.find("passed") !=
        std::string::npos);
  CHECK(faulty(tally(R"({"agree_heads":1,"disagree_heads":1})"), "outcome"));  // 1 of 2 heads
  CHECK(tally(R"({"agree_heads":1,"disagree_heads":1,"outcome":"rejected"})").empty());
  CHECK(faulty(tally(R"({"agree_area_dm2":1})"), "part_area_dm2"));
  CHECK(faulty(tally(R"({"part_heads":3,"agree_heads":3})"), "part_area_dm2"));
  CHECK(faulty(tally(R"({"boxes_missing":1})"), "outcome"));
  CHECK(faulty(tally(R"({"outcome":"pending"})"), "outcome"));  // and published
  CHECK(tally(R"({"outcome":"pending","status":"counted","boxes_missing":1})").empty());
  const auto one = authored("tally", with(kTally, R"({"counters":["辛"]})"), stocked());
  CHECK_FALSE(one.has_value());
  const auto figures = contributions(made("tally", kTally, stocked()));
  CHECK(only(figures, "tally_part_area").n == 30000);
  CHECK(only(figures, "matters_passed").dim1 == "hire_company");
  const auto failed = contributions(
      made("tally", with(kTally, R"({"agree_heads":1,"disagree_heads":1,"outcome":"rejected"})"),
           stocked()));
  CHECK(only(failed, "matters_failed").dim2 == "approve_heads");
  CHECK(
      contributions(made("tally", with(kTally, R"({"status":"superseded"})"), stocked())).empty());
}

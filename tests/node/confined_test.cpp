// What stays in community and street (owner registers and ballots) over real exchanges: the street
// has it and counts the same; the hub neither has nor carries it, nor the values of persons.
#include "crypto/cbor.h"
#include "node/model/vote_records.h"
#include "node/store/votes.h"
#include "tests/support/city.h"
#include "tests/support/sticks.h"

namespace linli::test {
namespace {

constexpr const char* kOwner = "业主保密姓名";
constexpr const char* kCandidate = "候选人保密姓名";
constexpr const char* kRoom = "保密房号5029";
const Json kAssembly = {kCode, "first", 1};

constexpr const char* kVoteRules = R"({"code":"default","version":1,"name":"示例规则",
  "silent_rule":"not_counted","blank_takes_part":true,"parking_counted":false,
  "proposal_basis":"heads","tie_rule":"run_off","committee_share":"half","seats_min":5,
  "seats_max":11,"seats_odd":true,"term_years_max":5,"group_min":7,"group_max":11,
  "group_odd":true,"group_form_days":30,"first_assembly_days":60,"announce_days":15,
  "shown_days":7,"vetting_days":10,"candidate_notice_days":7,"filing_days":30,"decision_days":3,
  "renewal_days":90,"pmc_min":7,"pmc_max":11,"pmc_odd":true,"pmc_publish_days":10,
  "basis":"示例","status":"published"})";

std::string ballot(const char* head, const char* serial, const char* part, const char* choice) {
  return Json{{"assembly", kAssembly},
              {"head", head},
              {"serial", serial},
              {"parts", {part}},
              {"delivery", "in_person"},
              {"collector", "箱1"},
              {"returned_at", "2025-12-25T10:00"},
              {"signed", true},
              {"choices", {{"1", choice}}},
              {"status", "returned"}}
      .dump();
}

/// A vote of three heads, as a community's office writes it down.
Outcome write_vote(Node& office) {
  put(office, "compound", compound(kCode));
  Json parts = Json::array();
  for (const auto& [no, head] :
       {std::pair{"1-1-101", "H1"}, std::pair{"1-1-102", "H2"}, std::pair{"1-1-103", "H3"}}) {
    put(office, "exclusive_part",
        Json{{"compound", kCode}, {"part_no", no}, {"area_dm2", 9000}, {"use", "dwelling"}}.dump());
    put(office, "owner_share",
        Json{{"part", {kCode, no}},
             {"owner_no", head},
             {"head", head},
             {"kind", "person"},
             {"name", kOwner},
             {"from_on", "2020-01-01"}}
            .dump());
    parts.push_back({{"no", no}, {"head", head}, {"area_dm2", 9000}});
  }
  put(office, "register_snapshot",
      Json{{"compound", kCode},
           {"taken_on", "2025-11-01"},
           {"version", 1},
           {"rules", {"default", 1}},
           {"parts", parts},
           {"status", "published"}}
          .dump());
  const auto assembly = put(office, "assembly",
                            Json{{"compound", kCode},
                                 {"kind", "first"},
                                 {"seq_no", 1},
                                 {"form", "written"},
                                 {"convener", "prep_group"},
                                 {"notice_on", "2025-12-01"},
                                 {"vote_from", "2025-12-20T09:00"},
                                 {"vote_to", "2025-12-31T18:00"},
                                 {"register_snapshot", {kCode, "2025-11-01", 1}},
                                 {"rules", {"default", 1}},
                                 {"boxes", {"箱1"}},
                                 {"status", "announced"}}
                                .dump());
  put(office, "ballot_matter",
      Json{{"assembly", kAssembly},
           {"no", 1},
           {"title", "使用维修资金"},
           {"decision_kind", "use_fund"},
           {"base", "area_all"}}
          .dump());
  put(office, "candidate",
      Json{{"assembly", kAssembly},
           {"head", "H2"},
           {"source", "self"},
           {"name", kCandidate},
           {"room", kRoom},
           {"conflict_declaration", true},
           {"fees_paid", true},
           {"status", "nominated"}}
          .dump());
  put(office, "ballot", ballot("H1", "0001", "1-1-101", "agree"));
  put(office, "ballot", ballot("H2", "0002", "1-1-102", "agree"));
  put(office, "ballot", ballot("H3", "0003", "1-1-103", "disagree"));
  put(office, "ballot_box",
      Json{{"assembly", kAssembly},
           {"box", "箱1"},
           {"papers", 3},
           {"status", "complete"},
           {"closed_at", "2025-12-31T18:00"}}
          .dump());
  return assembly;
}

constexpr const char* kConfined[] = {"exclusive_part", "owner_share", "register_snapshot", "ballot",
                                     "ballot_box"};

std::int64_t rows_of(Node& node, const std::string& type) {
  return number(node, "SELECT count(*) FROM r_" + type + " WHERE (_flags & 8) = 0");
}

/// How a node counts the vote: the outcome, and the digest over the ballots that counted.
std::string count(Node& node, const Outcome& assembly) {
  const auto held = store::held_vote(node->store(), assembly.id);
  if (!held) return describe(held.error());
  const auto counted = model::votes::count_votes(*held);
  if (!counted) return describe(counted.error());
  return std::string(model::votes::name_of(counted->count.tallies.front().outcome)) + " " +
         counted->count.digest;
}

/// One exchange whose bytes are looked at as they leave.
void exchange_watched(Node& client, Node& server, std::string& sent) {
  Line line;
  line.ask = [&](std::string& wire) {
    if (const auto open = sync::unpack(wire)) sent += open->body;
    return true;
  };
  const auto report = try_exchange(client, server, line);
  if (!report) FAIL(describe(report.error()));
}

}  // namespace

TEST_CASE("confined: a street gets its community's ballots and counts them to the same digest",
          "[node][votes][I6][I10]") {
  RelayedCity c;
  put(c.hub, "vote_rules", kVoteRules);
  exchange(c.street, c.hub);
  exchange(c.office, c.street);
  const auto assembly = write_vote(c.office);
  c.bring_up();
  c.bring_up();
  for (const auto* type : kConfined) {
    INFO(type);
    CHECK(rows_of(c.street, type) == rows_of(c.office, type));
    CHECK(rows_of(c.office, type) > 0);
    CHECK(rows_of(c.hub, type) == 0);
  }
  CHECK(count(c.street, assembly) == count(c.office, assembly));
  CHECK(count(c.street, assembly).starts_with("passed "));
  // The street reads who owns; what somebody chose, nobody reads: it is counted.
  const auto street_export = export_all(c.street);
  CHECK(street_export.find(kOwner) != std::string::npos);
  const auto ballots = store::list_records(c.street->store(), {.type = "ballot"});
  REQUIRE(ballots);
  REQUIRE(ballots->items.size() == 3);
  for (const auto& one : ballots->items) {
    CHECK(one["fields"]["choices"] == Json({{"withheld", true}, {"sealed", true}}));
  }
  // The city has the assembly and its matter, and nothing of who owns or chose.
  CHECK(rows_of(c.hub, "assembly") == 1);
  CHECK(rows_of(c.hub, "ballot_matter") == 1);
  CHECK_FALSE(files_hold(c.hub, kOwner));
  for (auto* node : {&c.hub, &c.street, &c.office}) CHECK(faults(*node).empty());
}

TEST_CASE("confined: nothing of it goes over the line to the hub nor from it to anybody",
          "[node][I6][I10]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  auto& other = city.enrol(kOtherOffice, "另一社区");
  put(hub, "vote_rules", kVoteRules);
  for (auto* node : {&office, &street, &other}) exchange(*node, hub);
  write_vote(office);
  std::string sent;
  exchange_watched(office, hub, sent);
  for (auto* node : {&street, &other, &office}) exchange(*node, hub);
  CHECK(sent.find("使用维修资金") !=
        std::string::npos);  // The watch sees what is sent in the clear.
  for (const auto* value : {kOwner, kCandidate, kRoom}) {
    INFO(value);
    CHECK(sent.find(value) == std::string::npos);
    CHECK_FALSE(files_hold(hub, value));
    CHECK_FALSE(files_hold(other, value));
    CHECK(files_hold(office, value));
  }
  for (const auto* type : kConfined) {
    INFO(type);
    CHECK(rows_of(hub, type) == 0);
    CHECK(rows_of(street, type) == 0);  // The hub has nothing to pass on.
    CHECK(rows_of(other, type) == 0);
  }
  // What the hub may carry it carries without the values of persons: nobody gets a name from it.
  const auto candidate = [&](Node& node) {
    const auto page = store::list_records(node->store(), {.type = "candidate"});
    REQUIRE(page);
    return page->items.empty() ? Json() : page->items[0]["fields"]["name"];
  };
  const Json withheld{{"withheld", true}};
  CHECK(candidate(street) == withheld);
  CHECK(candidate(hub) == withheld);
  CHECK(candidate(other).is_null());
  // And the office doesn't wait for the hub to confirm what never gets there.
  const auto waiting = store::waiting(office->store(), office->identity().author);
  CHECK(waiting["sets"] == 0);
  CHECK(waiting["oldest"].is_null());
  CHECK(waiting["confined"] > 0);
  // A stick that the office hands to its street brings both: the name and the ballots. One for the
  // hub doesn't.
  (void)import(street, pack(office, street));
  (void)import(hub, pack(office, hub, {.since = {}, .all = true}));
  CHECK(candidate(street) == kCandidate);
  CHECK(rows_of(street, "ballot") == 3);
  exchange(street, hub);
  CHECK(candidate(hub) == withheld);
  CHECK(rows_of(hub, "ballot") == 0);
  CHECK_FALSE(files_hold(hub, kCandidate));
  for (auto* node : {&hub, &street, &office}) CHECK(faults(*node).empty());
}

TEST_CASE("confined: a set of such records that is addressed to the hub is refused there",
          "[node][I5][I10]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto* type = model::schema().type("ballot_box");
  // An office whose program was altered writes it for its ancestors.
  auto pen = Pen::of(office, kOffice);
  const auto box = cbor::encode_text("箱1");
  const auto stray = pen.write([&](sync::ChangeSet& set) {
    set.changes[0].type = type->number;
    set.changes[0].fields = {{2, box}};
  });
  CHECK(take(hub, {stray}, office) == std::vector<std::string>{"forbidden"});
  CHECK(rows_of(hub, "ballot_box") == 0);
}

}  // namespace linli::test

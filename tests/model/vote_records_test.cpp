// An assembly's records, as offices and devices write them, counted.
#include "node/model/vote_records.h"

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

constexpr std::string_view kFirstMeeting = R"(["410702003901001","first",1])";

Record box(const char* name, int papers, const char* status = "complete") {
  auto json = Json{{"assembly", Json::parse(kFirstMeeting)},
                   {"box", name},
                   {"papers", papers},
                   {"status", status},
                   {"closed_at", "2023-10-20T18:00"}};
  return made("ballot_box", json.dump(), stocked());
}
Record paper(std::string_view changes) {
  return made("ballot",
              with(with(kBallot, R"({"status":"returned","invalid_reason":null,"area_dm2":null,
                                     "collector":"office"})"),
                   changes),
              stocked());
}
/// Both heads of the register; H2 by device-2, H1 by the office.
votes::Held held() {
  votes::Held held;
  held.assembly = made("assembly", kAssembly, stocked());
  held.snapshot = made("register_snapshot", kSnapshot, stocked());
  held.rules = made("vote_rules", kVoteRules, stocked());
  held.matters = {made("ballot_matter", kElection, stocked()),
                  made("ballot_matter", kMatter, stocked())};
  held.boxes = {box("office", 1), box("device-2", 1)};
  held.ballots = {{paper(R"({"collector":"device-2","choices":{"1":"agree","2/H2":"agree"}})")},
                  {paper(R"({"head":"H1","serial":"0002","parts":["3-1-501"],
                             "choices":{"1":"disagree","2/H2":"agree"}})")}};
  return held;
}
votes::Counted counted(const votes::Held& held, std::optional<std::int64_t> matter = {}) {
  auto counted = votes::count_votes(held, matter);
  if (!counted) FAIL(describe(counted.error()));
  return *std::move(counted);
}
votes::Tally first(const votes::Held& held) { return counted(held, 1).count.tallies.front(); }

}  // namespace

TEST_CASE("votes: records are counted in the order of their matters", "[model][votes]") {
  const auto both = counted(held());
  REQUIRE(both.questions.size() == 2);
  CHECK(both.questions[0].title == "选聘物业服务企业");
  const auto& hire = both.count.tallies[0];
  CHECK(hire.total == votes::Amount{30'000, 2});  // the parking space isn't counted
  CHECK(hire.part == votes::Amount{30'000, 2});
  CHECK(hire.agree == votes::Amount{21'000, 1});
  CHECK(hire.outcome == votes::Outcome::rejected);  // one of two heads isn't more than half
  const auto& election = both.count.tallies[1];
  CHECK(election.election.front().head == "H2");
  CHECK(election.election.front().result == votes::Elected::Result::elected);
  CHECK(election.too_few);
  CHECK_FALSE(votes::count_votes(held(), 7).has_value());
}

TEST_CASE("votes: a box counts once all its ballots are here", "[model][votes]") {
  CHECK(first(held()).boxes_missing == 0);
  auto late = held();
  late.boxes[1] = box("device-2", 2);  // took two, one of them is still on the way
  CHECK(first(late).outcome == votes::Outcome::pending);
  late.boxes[1] = box("device-2", 1, "partial");
  CHECK(first(late).outcome == votes::Outcome::pending);
  late.boxes.pop_back();  // named by the assembly, and never heard of
  CHECK(first(late).boxes_missing == 1);
  auto stranger = held();
  stranger.ballots[1].record = paper(R"({"head":"H1","serial":"0002","parts":["3-1-501"],
                                         "collector":"device-9"})");
  CHECK(first(stranger).boxes_missing == 2);  // device-9 hasn't closed, office has one too few
}

TEST_CASE("votes: one head's ballots of two devices are contested until one is invalid",
          "[model][votes][I4]") {
  auto twice = held();
  twice.ballots.push_back({paper(R"({"serial":"0003","choices":{"1":"disagree"}})")});
  const auto tally = first(twice);
  CHECK(tally.contested == votes::Amount{21'000, 1});
  CHECK(tally.outcome == votes::Outcome::pending);
  twice.ballots.back().record = paper(R"({"serial":"0003","status":"invalid",
                                          "invalid_reason":"superseded"})");
  CHECK(first(twice).contested == votes::Amount{});
  CHECK(first(twice).part == votes::Amount{30'000, 2});
  // Two edits of one record that contradict each other, too.
  auto edited = held();
  edited.ballots[0].disputed = true;
  CHECK(first(edited).contested == votes::Amount{21'000, 1});
}

TEST_CASE("votes: what is missing or withheld is said", "[model][votes][I10]") {
  auto elsewhere = held();
  elsewhere.snapshot.reset();
  const auto counted = votes::count_votes(elsewhere);
  REQUIRE_FALSE(counted.has_value());
  CHECK(counted.error().code == Errc::dangling_reference);
  CHECK(counted.error().field == "register_snapshot");
  auto lawless = held();
  lawless.rules.reset();
  CHECK(votes::count_votes(lawless).error().field == "rules");
  auto withheld = held();
  withheld.ballots[0].record.unset(15);
  CHECK(first(withheld).outcome == votes::Outcome::pending);
  CHECK(first(withheld).part == votes::Amount{9'000, 1});
}

TEST_CASE("votes: the answer tells who voted and not what", "[model][votes][I10]") {
  const auto all = held();
  const auto json = votes::to_json(all, counted(all));
  CHECK(json["rooms"].size() == 4);
  CHECK(json["rooms"][0] == Json{{"part", "3-1-501"}, {"head", "H1"}, {"shown", "voted"}});
  CHECK(json["rooms"][3]["shown"] == "not_voted");
  // Were one of two to change their mind, only sums would tell.
  auto other = held();
  other.ballots[0].record = paper(R"({"collector":"device-2","choices":{"1":"disagree"}})");
  auto changed = votes::to_json(other, counted(other));
  CHECK(json["digest"] != changed["digest"]);
  CHECK(changed["rooms"] == json["rooms"]);
  CHECK(changed["aside"] == json["aside"]);
  const auto& quorum = json["matters"][0]["lines"];
  const auto at = std::find_if(quorum.begin(), quorum.end(),
                               [](const Json& line) { return line["code"] == "quorum_area"; });
  REQUIRE(at != quorum.end());
  CHECK((*at)["comparison"]["left"] == 30'000);
  CHECK((*at)["comparison"]["holds"] == true);
}

TEST_CASE("votes: a count becomes tally records without a fault", "[model][votes]") {
  auto all = held();
  const auto records = votes::tally_records(all, counted(all), {"辛", "壬"}, "示例社区");
  REQUIRE(records.size() == 2);
  for (const auto& json : records) {
    auto shelf = stocked();
    shelf.put(made("ballot_matter", kElection, shelf));
    const auto record = made("tally", json.dump(), shelf);
    const auto faults = faults_of(record, shelf);
    INFO(told(faults));
    CHECK(faults.empty());
    all.tallies.push_back(record);
  }
  CHECK(records[0]["round"] == 1);
  CHECK(records[1]["results"].size() == 2);
  // A recount is the next round.
  CHECK(votes::tally_records(all, counted(all), {"辛", "壬"}, "示例社区")[0]["round"] == 2);
}

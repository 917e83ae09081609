// The 24 worked examples of domain 3 by their numbers.
#include "tests/model/hall.h"

using namespace linli;
using namespace linli::model::votes;
using namespace linli::model::votes::test;

TEST_CASE("votes: examples 1 to 6 and 12 of thresholds at their edges", "[model][votes]") {
  struct Example {
    int number;
    Amount part, agree;
    Threshold threshold;
    Outcome outcome;
    std::vector<std::string_view> failed;
  };
  using T = Threshold;
  const auto e = GENERATE(values<Example>({
      {1, {4'000'000, 400}, {2'000'001, 201}, T::ordinary, Outcome::passed, {}},
      {2, {4'500'000, 399}, {4'400'000, 390}, T::ordinary, Outcome::no_quorum, {"quorum_heads"}},
      {3, {3'999'999, 420}, {3'000'000, 300}, T::ordinary, Outcome::no_quorum, {"quorum_area"}},
      {4, {4'000'000, 400}, {2'000'000, 250}, T::ordinary, Outcome::rejected, {"approve_area"}},
      {5, {4'000'000, 400}, {3'000'000, 300}, T::special, Outcome::passed, {}},
      {6, {4'000'000, 400}, {3'000'000, 299}, T::special, Outcome::rejected, {"approve_heads"}},
      {12, {4'800'000, 480}, {2'880'000, 216}, T::ordinary, Outcome::rejected, {"approve_heads"}},
  }));
  DYNAMIC_SECTION("example " << e.number) {
    const auto tally = hall(kTotal, e.part, e.agree).tally(e.threshold);
    CHECK(tally.total == kTotal);
    CHECK(tally.part == e.part);
    CHECK(tally.agree == e.agree);
    CHECK(tally.outcome == e.outcome);
    CHECK(tally.failed == e.failed);
    CHECK(says(tally, "approve_area") == (e.outcome != Outcome::no_quorum));
    CHECK(verdict(e.threshold, tally.total, tally.part, tally.agree) == e.outcome);
  }
}

TEST_CASE("votes: example 7, an owner of ten flats is one head", "[model][votes]") {
  Hall hall;
  for (int i = 0; i < 10; ++i) hall.part("rich", 10'000);
  hall.ballot("rich", kAgree);
  hall.add({26, 260'000, kAgree}).add({34, 340'000, kDisagree}).add({30, 300'000, {}});
  const auto tally = hall.tally();
  CHECK(tally.total == Amount{1'000'000, 91});
  CHECK(tally.part == Amount{700'000, 61});
  CHECK(tally.agree == Amount{360'000, 27});
  CHECK(tally.outcome == Outcome::rejected);
  CHECK(tally.failed == std::vector<std::string_view>{"approve_heads"});
}

TEST_CASE("votes: example 8, a developer who holds two fifths", "[model][votes]") {
  const auto with_developer = [](std::optional<Choice> choice) {
    Hall hall;
    hall.add({120, 1'200'000, kAgree});
    for (int i = 0; i < 80; ++i) hall.part("developer", 10'000);
    hall.ballot("developer", choice);
    return hall;
  };
  const auto silent = with_developer({}).tally();
  CHECK(silent.total == Amount{2'000'000, 121});
  CHECK(silent.outcome == Outcome::no_quorum);
  CHECK(silent.failed == std::vector<std::string_view>{"quorum_area"});
  CHECK(with_developer(kDisagree).outcome(Threshold::ordinary) == Outcome::passed);
  CHECK(with_developer(kDisagree).outcome(Threshold::special) == Outcome::rejected);
}

TEST_CASE("votes: example 9, undelivered ballots stay in the base", "[model][votes]") {
  Hall enough;
  enough.add({230, 2'200'000, kAgree}).add({180, 1'900'000, kDisagree});
  enough.add({110, 1'100'000, {}}).add({80, 800'000, {}, false});
  CHECK(enough.tally().total == kTotal);
  CHECK(enough.outcome() == Outcome::passed);
  Hall few;
  few.add({220, 2'120'000, kAgree}).add({175, 1'830'000, kDisagree});
  few.add({125, 1'250'000, {}}).add({80, 800'000, {}, false});
  CHECK(few.tally().part == Amount{3'950'000, 395});
  CHECK(few.outcome() == Outcome::no_quorum);
}

TEST_CASE("votes: example 10, who abstains took part", "[model][votes]") {
  Hall hall;
  hall.add({205, 2'080'000, kAgree}).add({150, 1'500'000, kDisagree});
  hall.add({65, 620'000, kAbstain}).add({180, 1'800'000, {}});
  const auto tally = hall.tally();
  CHECK(tally.part == Amount{4'200'000, 420});
  CHECK(tally.abstain == Amount{620'000, 65});
  CHECK(tally.outcome == Outcome::rejected);
}

TEST_CASE("votes: example 11, the silent follow the majority only where rules say so",
          "[model][votes]") {
  Hall hall;
  hall.add({260, 2'500'000, kAgree}).add({120, 1'300'000, kDisagree});
  hall.add({200, 2'000'000, {}}).add({20, 200'000, {}, false});
  CHECK(hall.tally().total == kTotal);
  CHECK(hall.outcome() == Outcome::no_quorum);
  CHECK_FALSE(says(hall.tally(), "disputed_rule"));
  hall.vote.rules.silent = SilentRule::follow_majority;
  const auto tally = hall.tally();
  CHECK(tally.part == Amount{5'800'000, 580});
  CHECK(tally.agree == Amount{4'500'000, 460});
  CHECK(tally.outcome == Outcome::passed);
  CHECK(tally.strict == Outcome::no_quorum);
  CHECK(says(tally, "disputed_rule"));
  // The strict sums stand beside it, with their numbers.
  CHECK(line(tally, "quorum_heads").comparison->left == 380);
  // Nobody leads by area and by heads: nothing is added.
  Hall split;
  split.add({100, 3'000'000, kAgree}).add({300, 1'000'000, kDisagree}).add({200, 2'000'000, {}});
  split.vote.rules.silent = SilentRule::follow_majority;
  CHECK(split.tally().part == Amount{4'000'000, 400});
  CHECK(split.tally().silent == Amount{});
}

TEST_CASE("votes: example 13, co-owners with two opposite ballots", "[model][votes]") {
  Hall hall;
  hall.add({300, 3'000'000, kAgree}).add({99, 996'000, kDisagree}).add({200, 1'995'000, {}});
  hall.part("couple", 9'000);
  hall.ballot("couple", kAgree);
  hall.ballot("couple", kDisagree);
  const auto tally = hall.tally();
  CHECK(tally.part == Amount{3'996'000, 399});
  CHECK(tally.contested == Amount{9'000, 1});  // once, although there are two
  CHECK(tally.outcome == Outcome::pending);
  CHECK(tally.so_far == Outcome::no_quorum);
  CHECK(says(tally, "pending_contested"));
  const auto count = hall.counted({{"1"}});
  CHECK(std::count_if(count.ballots.begin(), count.ballots.end(), [](const Judged& ballot) {
          return ballot.standing == Standing::contested;
        }) == 2);
  CHECK(count.rooms.back().shown == Count::Room::Shown::contested);
  // They name one voice: the other ballot is marked invalid by a reviewer.
  hall.vote.ballots.back().review = Ballot::Review::invalid;
  CHECK(hall.tally().part == Amount{4'005'000, 400});
  CHECK(hall.outcome() == Outcome::passed);
  // They don't: both are.
  hall.vote.ballots[hall.vote.ballots.size() - 2].review = Ballot::Review::invalid;
  CHECK(hall.outcome() == Outcome::no_quorum);
  CHECK(hall.tally().invalid == Amount{9'000, 1});
}

TEST_CASE("votes: example 14, using and raising the fund", "[model][votes]") {
  const auto votes = hall(kTotal, {4'500'000, 450}, {2'700'000, 270});
  CHECK(votes.outcome(Threshold::ordinary) == Outcome::passed);
  CHECK(votes.outcome(Threshold::special) == Outcome::rejected);
}

TEST_CASE("votes: example 15, parking counts only if the snapshot says so", "[model][votes]") {
  Hall hall;
  hall.add({230, 2'300'000, kAgree}).add({180, 1'700'000, kDisagree}).add({190, 2'000'000, {}});
  // 300 spaces of 12.50 m² of existing owners; those who took part hold 1,000 m² of them.
  for (int i = 0; i < 300; ++i) {
    const auto voter = i < 80;
    const auto head = "H" + std::to_string(voter ? 230 + i + 1 : 410 + (i % 190) + 1);
    const auto no = hall.part(head, 1'250);
    hall.vote.register_.parts.back().parking = true;
    if (!voter) continue;
    const auto paper = std::find_if(hall.vote.ballots.begin(), hall.vote.ballots.end(),
                                    [&](const Ballot& b) { return b.head == head; });
    paper->parts.push_back(no);
  }
  CHECK(hall.tally().total == kTotal);
  CHECK(hall.tally().part == Amount{4'000'000, 410});
  CHECK(hall.outcome() == Outcome::passed);
  hall.vote.register_.parking_counted = true;
  CHECK(hall.tally().total == Amount{6'375'000, 600});
  CHECK(hall.tally().part == Amount{4'100'000, 410});
  CHECK(hall.outcome() == Outcome::no_quorum);
}

TEST_CASE("votes: example 16, a blank took part", "[model][votes]") {
  Hall hall;
  hall.add({250, 2'500'000, kAgree}).add({150, 1'500'000, kDisagree}).add({200, 2'000'000, {}});
  for (std::size_t i = 0; i < hall.vote.ballots.size(); ++i) {
    if (i != 7) hall.vote.ballots[i].choices["2"] = kAgree;
  }
  const auto count = hall.counted({{"1"}, {"2"}});
  CHECK(count.tallies[0].part == count.tallies[1].part);
  CHECK(count.tallies[0].blank == Amount{});
  CHECK(count.tallies[1].abstain == Amount{10'000, 1});
  CHECK(count.tallies[1].blank == Amount{10'000, 1});
  CHECK(count.tallies[1].agree == Amount{3'990'000, 399});
  hall.vote.rules.blank_takes_part = false;  // [D]: the bureau may decide otherwise
  const auto strict = hall.counted({{"2"}}).tallies.front();
  CHECK(strict.part == Amount{3'990'000, 399});
  CHECK(strict.outcome == Outcome::no_quorum);
}

TEST_CASE("votes: example 17, a late box", "[model][votes]") {
  Hall hall;
  hall.add({300, 3'000'000, kAgree}).add({99, 990'000, kDisagree});
  hall.add({201, 2'010'000, {}});
  hall.vote.boxes = {{"office", true}, {"device-2", false}};
  CHECK(hall.outcome() == Outcome::pending);
  CHECK(hall.tally().so_far == Outcome::no_quorum);
  CHECK(says(hall.tally(), "pending_boxes"));
  hall.vote.boxes[1].complete = true;
  for (const auto head : {400, 401, 402}) {
    hall.ballot("H" + std::to_string(head), kAgree).returned_ms = kTo;  // the end is included
  }
  hall.ballot("H403", kAgree).returned_ms = kTo + 1;
  const auto tally = hall.tally();
  CHECK(tally.part == Amount{4'020'000, 402});
  CHECK(tally.late_ballots == 1);
  CHECK(tally.outcome == Outcome::passed);
}

TEST_CASE("votes: examples 18 and 19, elections", "[model][votes]") {
  struct Running {
    std::string name;
    std::int64_t heads;
  };
  /// 420 heads with 42,000 m² of 600 with 60,000; the first so many agree with each candidate.
  const auto elect = [](const std::vector<Running>& candidates) {
    Hall hall;
    // 100 m² each, but 300 m² of the first and 90 m² of the last twenty: the first 212 heads have
    // the 21,400.00 m² of the table.
    hall.add({1, 30'000, kAbstain}).add({399, 3'990'000, kAbstain}).add({20, 180'000, kAbstain});
    hall.add({180, 1'800'000, {}});
    Matter matter{.no = "1", .seats = 5};
    for (const auto& candidate : candidates) {
      matter.candidates.push_back(candidate.name);
      for (std::int64_t i = 0; i < candidate.heads; ++i) {
        hall.vote.ballots[static_cast<std::size_t>(i)].choices["1/" + candidate.name] = kAgree;
      }
    }
    for (auto& ballot : hall.vote.ballots) ballot.choices.erase("1");
    return hall.counted({matter}).tallies.front();
  };
  const auto tied =
      elect({{"a", 300}, {"b", 290}, {"c", 270}, {"d", 240}, {"e", 212}, {"f", 212}, {"g", 190}});
  using R = Elected::Result;
  std::vector<R> results;
  for (const auto& candidate : tied.election) results.push_back(candidate.result);
  CHECK(tied.part == Amount{4'200'000, 420});
  CHECK(tied.election[4].agree == Amount{2'140'000, 212});
  CHECK(tied.election[5].agree == Amount{2'140'000, 212});
  CHECK(results == std::vector<R>{R::elected, R::elected, R::elected, R::elected, R::run_off,
                                  R::run_off, R::not_elected});
  CHECK(tied.seats_open == 1);
  CHECK(tied.too_few);
  CHECK(says(tied, "tie"));
  const auto short_of =
      elect({{"a", 300}, {"b", 290}, {"c", 270}, {"d", 211}, {"e", 210}, {"f", 90}});
  CHECK(std::count_if(short_of.election.begin(), short_of.election.end(),
                      [](const Elected& c) { return c.result == R::elected; }) == 4);
  CHECK(short_of.seats_open == 1);  // 210 of 420 isn't more than half
  CHECK(short_of.too_few);
  CHECK_FALSE(says(short_of, "tie"));
}

TEST_CASE("votes: an election ranks by heads and then by area", "[model][votes]") {
  Hall hall;
  hall.add({300, 3'000'000, kAbstain}).add({120, 1'200'000, kAbstain}).add({180, 1'800'000, {}});
  hall.vote.register_.parts.front().area += 100;  // the first head has 1 m² more
  Matter matter{.no = "1", .seats = 1, .candidates = {"small", "large"}};
  for (std::size_t i = 0; i < 300; ++i) {
    hall.vote.ballots[i].choices["1/large"] = kAgree;        // heads 1 … 300
    hall.vote.ballots[i + 100].choices["1/small"] = kAgree;  // heads 101 … 400
  }
  const auto tally = hall.counted({matter}).tallies.front();
  CHECK(tally.election.front().head == "large");
  CHECK(tally.election.front().result == Elected::Result::elected);
  CHECK(tally.election.back().result == Elected::Result::not_elected);
}

TEST_CASE("votes: example 20, a building votes on its own fund", "[model][votes]") {
  Hall hall;
  hall.add({100, 1'000'000, kAgree});  // building 1
  const auto building = [&](int heads, std::int64_t area, std::optional<Choice> choice) {
    for (int i = 0; i < heads; ++i) {
      const auto head = "K" + std::to_string(hall.vote.register_.parts.size());
      hall.part(head, area / heads + (i == 0 ? area % heads : 0), "2");
      hall.ballot(head, choice);
    }
  };
  building(30, 300'000, kAgree);
  building(24, 240'000, kDisagree);
  building(26, 260'000, {});
  const auto tally = hall.counted({{.no = "1", .base = {"2", ""}}}).tallies.front();
  CHECK(tally.total == Amount{800'000, 80});
  CHECK(tally.part == Amount{540'000, 54});
  CHECK(tally.agree == Amount{300'000, 30});
  CHECK(tally.outcome == Outcome::passed);
  CHECK_FALSE(count(hall.vote, {{.no = "1", .base = {"9", ""}}}).has_value());
}

TEST_CASE("votes: example 21, who may ask for an extraordinary assembly", "[model][votes]") {
  const Amount asked{1'190'000, 120};
  CHECK(proposal(kTotal, asked, ProposalBasis::heads).good);
  CHECK_FALSE(proposal(kTotal, asked, ProposalBasis::heads_and_area).good);
  CHECK_FALSE(proposal(kTotal, {1'200'000, 119}, ProposalBasis::heads).good);
  CHECK(proposal(kTotal, {1'200'000, 120}, ProposalBasis::heads_and_area).good);
}

TEST_CASE("votes: example 22, a flat sold during the vote", "[model][votes]") {
  auto votes = hall(kTotal, {4'000'000, 400}, {2'500'000, 250});
  const auto sold = votes.vote.register_.parts.front().no;
  auto& buyer = votes.ballot("buyer", kDisagree);
  buyer.parts = {sold};
  const auto count = votes.counted({{"1"}});
  CHECK(count.tallies.front().agree == Amount{2'500'000, 250});
  CHECK(count.tallies.front().outcome == Outcome::passed);
  const auto judged = std::find_if(count.ballots.begin(), count.ballots.end(),
                                   [](const Judged& ballot) { return ballot.head == "buyer"; });
  CHECK(judged->standing == Standing::not_in_snapshot);
}

TEST_CASE("votes: example 23, decisions of a committee", "[model][votes]") {
  using S = CommitteeShare;
  CHECK(committee_decision(6, 5, 3, S::half).good);
  CHECK_FALSE(committee_decision(6, 5, 3, S::more_than_half).good);
  CHECK_FALSE(committee_decision(7, 5, 3, S::half).good);
  CHECK(committee_decision(7, 5, 4, S::half).good);
  CHECK_FALSE(committee_decision(6, 3, 3, S::half).good);  // not more than half present
}

TEST_CASE("votes: example 24, a recount after publication", "[model][votes]") {
  auto votes = hall(kTotal, {4'000'000, 400}, {2'500'000, 201});
  const auto first = votes.counted({{"1"}});
  CHECK(first.tallies.front().outcome == Outcome::passed);
  votes.vote.ballots[3].choices["1"] = kDisagree;
  votes.vote.ballots[3].version = "v2";
  const auto second = votes.counted({{"1"}});
  CHECK(second.tallies.front().agree.heads == 200);
  CHECK(second.tallies.front().outcome == Outcome::rejected);
  CHECK(first.digest != second.digest);
  CHECK(first.digest.size() == 64);
}

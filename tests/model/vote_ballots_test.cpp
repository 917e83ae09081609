// Which ballots of a vote count, what is refused, and what is said of it, beside the examples.
#include "tests/model/hall.h"

using namespace linli;
using namespace linli::model::votes;
using namespace linli::model::votes::test;

TEST_CASE("votes: a dwelling that becomes a business needs everybody", "[model][votes]") {
  CHECK(hall({90'000, 9}, {90'000, 9}, {90'000, 9}).outcome(Threshold::unanimous) ==
        Outcome::passed);
  CHECK(hall({90'000, 9}, {80'000, 8}, {80'000, 8}).outcome(Threshold::unanimous) ==
        Outcome::rejected);
}

TEST_CASE("votes: which ballots don't count and why", "[model][votes]") {
  struct Flaw {
    const char* name;
    void (*make)(Ballot&);
    Standing standing;
  };
  const auto flaw = GENERATE(values<Flaw>({
      {"before the vote", [](Ballot& b) { b.returned_ms = kFrom - 1; }, Standing::early},
      {"as it begins", [](Ballot& b) { b.returned_ms = kFrom; }, Standing::counts},
      {"after the vote", [](Ballot& b) { b.returned_ms = kTo + 1; }, Standing::late},
      {"unsigned", [](Ballot& b) { b.attested = false; }, Standing::unattested},
      {"marked invalid", [](Ballot& b) { b.review = Ballot::Review::invalid; }, Standing::invalid},
      {"marked contested", [](Ballot& b) { b.review = Ballot::Review::contested; },
       Standing::contested},
      {"edited by two at once", [](Ballot& b) { b.disputed = true; }, Standing::contested},
      {"of another's flat", [](Ballot& b) { b.parts = {"1-2"}; }, Standing::not_in_snapshot},
      {"of no flat", [](Ballot& b) { b.parts = {"9-9"}; }, Standing::not_in_snapshot},
      {"withheld from this node", [](Ballot& b) { b.readable = false; }, Standing::unreadable},
  }));
  DYNAMIC_SECTION(flaw.name) {
    Hall hall;
    hall.add({3, 30'000, kAgree});
    flaw.make(hall.vote.ballots.front());
    const auto count = hall.counted({{"1"}});
    CHECK(count.ballots.front().standing == flaw.standing);
    CHECK(count.tallies.front().part.heads == (flaw.standing == Standing::counts ? 3 : 2));
    CHECK((count.tallies.front().outcome == Outcome::pending) ==
          (flaw.standing == Standing::unreadable));
  }
}

TEST_CASE("votes: two ballots of one head add up only if they say the same of other parts",
          "[model][votes]") {
  Hall hall;
  hall.add({5, 50'000, kAgree});
  const auto first = hall.part("two-flats", 10'000), second = hall.part("two-flats", 20'000);
  hall.ballot("two-flats", kAgree).parts = {first};
  hall.ballot("two-flats", kAgree).parts = {second};
  CHECK(hall.tally().part == Amount{80'000, 6});
  hall.vote.ballots.back().choices["1"] = kDisagree;
  CHECK(hall.tally().contested == Amount{30'000, 1});
  hall.vote.ballots.back().choices["1"] = kAgree;
  hall.vote.ballots.back().parts = {first};  // the same flat twice
  CHECK(hall.tally().contested == Amount{10'000, 1});
}

TEST_CASE("votes: contested ballots that can't change the outcome don't hold it up",
          "[model][votes]") {
  auto votes = hall(kTotal, {5'000'000, 500}, {4'000'000, 400});
  votes.vote.ballots.front().disputed = true;
  CHECK(votes.tally().contested.heads == 1);
  CHECK(votes.outcome() == Outcome::passed);
}

TEST_CASE("votes: a register that can't be counted by is refused", "[model][votes]") {
  Hall hall;
  hall.add({3, 30'000, kAgree});
  auto twice = hall.vote;
  twice.register_.parts.push_back(twice.register_.parts.front());
  CHECK_FALSE(count(twice, {{"1"}}).has_value());
  auto huge = hall.vote;
  huge.register_.parts.front().area = kPartAreaMax + 1;
  CHECK_FALSE(count(huge, {{"1"}}).has_value());
  auto nobody = hall.vote;
  nobody.register_.parts.front().head.clear();
  CHECK_FALSE(count(nobody, {{"1"}}).has_value());
}

TEST_CASE("votes: the explanation has every number and the article", "[model][votes]") {
  const auto tally = hall(kTotal, {4'000'000, 400}, {2'000'001, 201}).tally();
  const auto& quorum = line(tally, "quorum_area");
  CHECK(quorum.zh.find("3 × 40,000.00 = 120,000.00 ≥ 2 × 60,000.00 = 120,000.00") !=
        std::string::npos);
  CHECK(quorum.article.find("278") != std::string_view::npos);
  CHECK(quorum.comparison->holds());
  const auto& area = line(tally, "approve_area");
  CHECK(area.zh.find("2 × 20,000.01 = 40,000.02 > 40,000.00") != std::string::npos);
  CHECK(line(tally, "approve_heads").en.find("2 × 201 = 402 > 400") != std::string::npos);
  CHECK(line(tally, "outcome").zh.find("通过") != std::string::npos);
  CHECK(square_metres(4'000'005) == "40,000.05 ㎡");
}

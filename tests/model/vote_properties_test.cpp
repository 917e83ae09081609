// The properties of counting that domain 3 lists, of votes of any kind.
#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include "tests/model/hall.h"

using namespace linli;
using namespace linli::model::votes;
using namespace linli::model::votes::test;

namespace {

/// A small vote: heads with one to three parts each, some of whom answered.
rc::Gen<Hall> any_hall() {
  return rc::gen::exec([] {
    Hall hall;
    const auto heads = *rc::gen::inRange(1, 13);
    for (int i = 0; i < heads; ++i) {
      const auto head = "H" + std::to_string(i);
      const auto parts = *rc::gen::inRange(1, 4);
      for (int j = 0; j < parts; ++j) hall.part(head, *rc::gen::inRange(1, 20'000));
      const auto choice = *rc::gen::inRange(0, 6);
      if (choice == 0) continue;
      hall.ballot(head, choice < 5 ? std::optional(static_cast<Choice>(choice)) : std::nullopt);
      if (*rc::gen::inRange(0, 8) == 0) hall.vote.ballots.back().attested = false;
    }
    return hall;
  });
}
Threshold any_threshold() {
  return *rc::gen::element(Threshold::ordinary, Threshold::special, Threshold::unanimous);
}
/// The ballot of a head that took no part yet.
bool vote_late(Hall& hall, Choice choice) {
  for (const auto& room : hall.counted({{"1"}}).rooms) {
    if (room.shown != Count::Room::Shown::not_voted) continue;
    std::erase_if(hall.vote.ballots, [&](const Ballot& b) { return b.head == room.head; });
    hall.ballot(room.head, choice).id = "new";
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("votes: the outcome doesn't depend on the order of ballots", "[model][votes]") {
  rc::prop("any order", [] {
    auto hall = *any_hall();
    const auto threshold = any_threshold();
    const auto before = hall.counted({{"1", threshold}});
    std::mt19937 random(*rc::gen::arbitrary<unsigned>());
    std::shuffle(hall.vote.ballots.begin(), hall.vote.ballots.end(), random);
    std::shuffle(hall.vote.register_.parts.begin(), hall.vote.register_.parts.end(), random);
    const auto after = hall.counted({{"1", threshold}});
    RC_ASSERT(after.tallies[0].outcome == before.tallies[0].outcome);
    RC_ASSERT(after.tallies[0].part == before.tallies[0].part);
    RC_ASSERT(after.digest == before.digest);
  });
}

TEST_CASE("votes: parts split over several ballots make no more heads", "[model][votes]") {
  rc::prop("split", [] {
    auto hall = *any_hall();
    const auto before = hall.tally();
    const auto whole = hall.vote.ballots;
    hall.vote.ballots.clear();
    for (const auto& ballot : whole) {
      for (const auto& part : ballot.parts) {
        auto piece = ballot;
        piece.id += "/" + part;
        piece.parts = {part};
        hall.vote.ballots.push_back(piece);
      }
    }
    const auto after = hall.tally();
    RC_ASSERT(after.part == before.part);
    RC_ASSERT(after.agree == before.agree);
    RC_ASSERT(after.contested == Amount{});
  });
}

TEST_CASE("votes: one more who agrees never undoes a passed matter", "[model][votes]") {
  int tried = 0;
  rc::prop("agree", [&] {
    auto hall = *any_hall();
    const auto threshold = any_threshold();
    if (*rc::gen::inRange(0, 3) > 0) {  // most votes don't pass by themselves
      for (auto& ballot : hall.vote.ballots) ballot.choices["1"] = kAgree;
    }
    if (hall.outcome(threshold) != Outcome::passed || !vote_late(hall, kAgree)) return;
    ++tried;
    RC_ASSERT(hall.outcome(threshold) == Outcome::passed);
  });
  CHECK(tried > 0);
}

TEST_CASE("votes: staying away can beat voting no", "[model][votes]") {
  auto votes = hall({60'000, 6}, {30'000, 3}, {30'000, 3});
  CHECK(votes.outcome() == Outcome::no_quorum);
  for (const auto choice : {kDisagree, kAbstain}) {
    auto more = votes;
    REQUIRE(vote_late(more, choice));
    CHECK(more.outcome() == Outcome::passed);
  }
}

TEST_CASE("votes: sums never exceed the base", "[model][votes]") {
  rc::prop("sums", [] {
    auto hall = *any_hall();
    hall.vote.rules.silent =
        *rc::gen::element(SilentRule::not_counted, SilentRule::follow_majority);
    const auto again = *rc::gen::inRange<std::size_t>(0, hall.vote.ballots.size() + 1);
    if (again < hall.vote.ballots.size()) {  // one of them a second time
      hall.vote.ballots.push_back(hall.vote.ballots[again]);
      hall.vote.ballots.back().id += "'";
    }
    const auto t = hall.tally();
    RC_ASSERT(t.part.area + t.invalid.area + t.contested.area <= t.total.area);
    RC_ASSERT(t.part.heads + t.contested.heads <= t.total.heads);
    RC_ASSERT(t.agree.area + t.disagree.area + t.abstain.area == t.part.area);
    RC_ASSERT(t.agree.heads + t.disagree.heads + t.abstain.heads == t.part.heads);
  });
}

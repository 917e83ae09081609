// tests/model/hall.h: votes that tests grow crowd by crowd.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>

#include "node/model/vote_counting.h"

namespace linli::model::votes::test {

inline constexpr std::int64_t kFrom = 1'000, kTo = 2'000, kInTime = 1'500;

/// Some heads with an area in all, who do the same.
struct Crowd {
  std::int64_t heads = 0, area = 0;
  std::optional<Choice> choice = {};  ///< Nothing: no ballot of theirs came back.
  bool delivered = true;
};

/// A vote on matter 1, grown crowd by crowd.
class Hall {
 public:
  Hall() { vote.from_ms = kFrom, vote.to_ms = kTo; }

  /// One part a head; the first has what doesn't divide.
  Hall& add(const Crowd& crowd) {
    for (std::int64_t i = 0; i < crowd.heads; ++i) {
      const auto each = crowd.area / crowd.heads;
      const auto head = "H" + std::to_string(++heads_);
      part(head, i == 0 ? crowd.area - each * (crowd.heads - 1) : each);
      ballot(head, crowd.choice).delivered = crowd.delivered;
    }
    return *this;
  }
  std::string part(const std::string& head, std::int64_t area, const std::string& building = "1") {
    const auto no = building + "-" + std::to_string(vote.register_.parts.size() + 1);
    vote.register_.parts.push_back({no, head, area, false, building, {}});
    return no;
  }
  /// For all parts of the head.
  Ballot& ballot(const std::string& head, std::optional<Choice> choice) {
    Ballot paper;
    paper.id = "B" + std::to_string(vote.ballots.size() + 1);
    paper.version = "v1";
    paper.head = head;
    paper.delivered = true;
    for (const auto& part : vote.register_.parts) {
      if (part.head == head) paper.parts.push_back(part.no);
    }
    if (choice) {
      paper.returned_ms = kInTime;
      paper.choices = {{"1", *choice}};
    }
    vote.ballots.push_back(std::move(paper));
    return vote.ballots.back();
  }
  [[nodiscard]] Count counted(const std::vector<Matter>& matters) const {
    auto counted = count(vote, matters);
    if (!counted) FAIL(describe(counted.error()));
    return *std::move(counted);
  }
  [[nodiscard]] Tally tally(Threshold threshold = Threshold::ordinary) const {
    return counted({{"1", threshold}}).tallies.front();
  }
  [[nodiscard]] Outcome outcome(Threshold threshold = Threshold::ordinary) const {
    return tally(threshold).outcome;
  }

  Vote vote;

 private:
  std::int64_t heads_ = 0;
};

inline constexpr auto kAgree = Choice::agree, kDisagree = Choice::disagree,
                      kAbstain = Choice::abstain;

/// Total, took part and agreed as the table of domain 3 has them; the rest of P disagrees.
inline Hall hall(Amount total, Amount part, Amount agree) {
  Hall hall;
  hall.add({agree.heads, agree.area, kAgree});
  hall.add({part.heads - agree.heads, part.area - agree.area, kDisagree});
  hall.add({total.heads - part.heads, total.area - part.area, {}});
  return hall;
}
inline constexpr Amount kTotal{6'000'000, 600};

inline std::vector<std::string_view> codes(const Tally& tally) {
  std::vector<std::string_view> codes;
  for (const auto& line : tally.lines) codes.push_back(line.code);
  return codes;
}
inline bool says(const Tally& tally, std::string_view code) {
  const auto all = codes(tally);
  return std::find(all.begin(), all.end(), code) != all.end();
}
inline const Line& line(const Tally& tally, std::string_view code) {
  const auto at = std::find_if(tally.lines.begin(), tally.lines.end(),
                               [code](const Line& l) { return l.code == code; });
  INFO(code);
  REQUIRE(at != tally.lines.end());
  return *at;
}

}  // namespace linli::model::votes::test

#include "node/model/vote_counting.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "crypto/hash.h"
#include "node/model/vote_lines.h"

namespace linli::model::votes {

namespace {

/// Parts by number, of those that count.
class Roll {
 public:
  explicit Roll(const Register& from) {
    for (const auto& part : from.parts) {
      if (part.parking && !from.parking_counted) continue;
      parts_.emplace(part.no, &part);
    }
  }
  [[nodiscard]] const Part* find(const std::string& no) const {
    const auto at = parts_.find(no);
    return at == parts_.end() ? nullptr : at->second;
  }
  [[nodiscard]] const std::map<std::string, const Part*>& parts() const { return parts_; }

 private:
  std::map<std::string, const Part*> parts_;
};

bool inside(const Part& part, const Base& base) {
  if (!base.building.empty() && part.building != base.building) return false;
  return base.stair_unit.empty() || part.stair_unit == base.stair_unit;
}

Amount total_of(const Roll& roll, const Base& base) {
  Amount total;
  std::set<std::string_view> heads;
  for (const auto& [no, part] : roll.parts()) {
    if (!inside(*part, base)) continue;
    total.area += part->area;
    heads.insert(part->head);
  }
  total.heads = static_cast<std::int64_t>(heads.size());
  return total;
}

// ---- Which ballots count -----------------------------------------------------------------------

/// All ballots of one head, looked at together: one head has one voice.
using Group = std::vector<std::pair<const Ballot*, Judged*>>;

Standing standing_alone(const Ballot& ballot, const Vote& vote, const Roll& roll) {
  if (!ballot.returned_ms) return Standing::not_returned;
  if (ballot.review == Ballot::Review::invalid) return Standing::invalid;
  if (ballot.parts.empty()) return Standing::not_in_snapshot;
  for (const auto& no : ballot.parts) {
    const auto* part = roll.find(no);
    const bool uncounted =
        !part && std::any_of(vote.register_.parts.begin(), vote.register_.parts.end(),
                             [&](const Part& p) { return p.no == no && p.head == ballot.head; });
    if (!uncounted && (!part || part->head != ballot.head)) return Standing::not_in_snapshot;
  }
  if (*ballot.returned_ms < vote.from_ms) return Standing::early;
  if (*ballot.returned_ms > vote.to_ms) return Standing::late;
  if (!ballot.attested) return Standing::unattested;
  if (!ballot.readable) return Standing::unreadable;
  return Standing::counts;
}

/// A matter that was left out was left blank.
std::map<std::string, Choice> spoken(const Ballot& ballot) {
  std::map<std::string, Choice> said;
  for (const auto& [matter, choice] : ballot.choices) {
    if (choice != Choice::blank) said.emplace(matter, choice);
  }
  return said;
}

bool contradict(const Group& group) {
  std::set<std::string_view> taken;
  const Ballot* first = nullptr;
  for (const auto& [ballot, judged] : group) {
    if (judged->standing != Standing::counts) continue;
    if (ballot->review == Ballot::Review::contested || ballot->disputed) return true;
    for (const auto& no : ballot->parts) {
      if (!taken.insert(no).second) return true;
    }
    if (first && spoken(*first) != spoken(*ballot)) return true;
    if (!first) first = ballot;
  }
  return false;
}

/// In the order of ids, so that nothing depends on who arrived first.
std::vector<std::pair<const Ballot*, Judged>> judge(const Vote& vote, const Roll& roll) {
  std::vector<std::pair<const Ballot*, Judged>> all;
  for (const auto& ballot : vote.ballots) {
    Judged judged{ballot.id, ballot.head, standing_alone(ballot, vote, roll), {}};
    for (const auto& no : std::set<std::string>(ballot.parts.begin(), ballot.parts.end())) {
      const auto* part = roll.find(no);
      if (!part || part->head != ballot.head) continue;
      judged.amount.area += part->area;
      judged.amount.heads = 1;
    }
    all.emplace_back(&ballot, std::move(judged));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.id, a.first->version) < std::tie(b.second.id, b.first->version);
  });
  std::map<std::string_view, Group> by_head;
  for (auto& [ballot, judged] : all) by_head[ballot->head].emplace_back(ballot, &judged);
  for (auto& [head, group] : by_head) {
    if (!contradict(group)) continue;
    for (auto& [ballot, judged] : group) {
      if (judged->standing == Standing::counts) judged->standing = Standing::contested;
    }
  }
  return all;
}

// ---- One matter --------------------------------------------------------------------------------

/// What one head brings to a matter: the parts of all its ballots of one standing, each once.
struct Voice {
  Amount amount;
  const Ballot* ballot = nullptr;
};
using Voices = std::map<std::string_view, Voice>;

Voices voices_of(const std::vector<std::pair<const Ballot*, Judged>>& ballots, const Roll& roll,
                 const Base& base, Standing standing) {
  Voices voices;
  std::set<std::string_view> taken;
  for (const auto& [ballot, judged] : ballots) {
    if (judged.standing != standing) continue;
    for (const auto& no : ballot->parts) {
      const auto* part = roll.find(no);
      if (!part || part->head != ballot->head || !inside(*part, base)) continue;
      if (!taken.insert(part->no).second) continue;
      auto& voice = voices[ballot->head];
      voice.amount.area += part->area;
      voice.amount.heads = 1;
      if (!voice.ballot) voice.ballot = ballot;
    }
  }
  return voices;
}

Amount sum_of(const Voices& voices) {
  Amount sum;
  for (const auto& [head, voice] : voices) sum += voice.amount;
  return sum;
}

Choice choice_of(const Ballot& ballot, const Matter& matter) {
  const auto at = ballot.choices.find(matter.no);
  if (at != ballot.choices.end()) return at->second;
  // An election is answered candidate by candidate.
  for (const auto& candidate : matter.candidates) {
    const auto said = ballot.choices.find(matter.no + "/" + candidate);
    if (said != ballot.choices.end() && said->second != Choice::blank) return Choice::abstain;
  }
  return Choice::blank;
}

void add_voices(Tally& tally, const Voices& voices, const Matter& matter, const Rules& rules) {
  for (const auto& [head, voice] : voices) {
    const auto choice = choice_of(*voice.ballot, matter);
    if (choice == Choice::blank) {
      tally.blank += voice.amount;
      if (!rules.blank_takes_part) continue;
    }
    tally.part += voice.amount;
    if (!matter.candidates.empty()) continue;
    (choice == Choice::agree      ? tally.agree
     : choice == Choice::disagree ? tally.disagree
                                  : tally.abstain) += voice.amount;
  }
}

/// The choice that most took, by area and by heads alike; nothing if the two differ or tie.
std::optional<Amount Tally::*> majority(const Tally& tally) {
  for (const auto choice : {&Tally::agree, &Tally::disagree, &Tally::abstain}) {
    bool most = true;
    for (const auto other : {&Tally::agree, &Tally::disagree, &Tally::abstain}) {
      if (other == choice) continue;
      most = most && (tally.*choice).area > (tally.*other).area &&
             (tally.*choice).heads > (tally.*other).heads;
    }
    if (most) return choice;
  }
  return {};
}

/// Delivered, not returned: only where the compound's own rules say so.
void follow_majority(Tally& tally, const Voices& silent, const Voices& counted) {
  Amount added;
  for (const auto& [head, voice] : silent) {
    if (!counted.contains(head) && voice.ballot->delivered) added += voice.amount;
  }
  const auto choice = majority(tally);
  tally.strict = verdict(tally.threshold, tally.total, tally.part, tally.agree);
  lines::add_strict(tally);
  if (!choice) return lines::add_no_majority(tally);
  tally.silent = added;
  tally.part += added;
  tally.*(*choice) += added;
  lines::add_silent(tally);
}

Outcome elect(Tally& tally, const Voices& voices, const Matter& matter, const Rules& rules) {
  const bool quorum = lines::add_quorum(tally);
  for (const auto& head : matter.candidates) {
    Elected candidate{head, {}, 0, Elected::Result::not_elected};
    for (const auto& [voter, voice] : voices) {
      const auto said = voice.ballot->choices.find(matter.no + "/" + head);
      if (said != voice.ballot->choices.end() && said->second == Choice::agree) {
        candidate.agree += voice.amount;
      }
    }
    tally.election.push_back(std::move(candidate));
  }
  if (!quorum) return Outcome::no_quorum;
  const auto passes = [&](const Elected& c) {
    return 2 * c.agree.area > tally.part.area && 2 * c.agree.heads > tally.part.heads;
  };
  const auto order = [&](const Elected& c) {
    return std::tuple(!passes(c), -c.agree.heads, -c.agree.area);
  };
  auto& all = tally.election;
  std::sort(all.begin(), all.end(), [&](const Elected& a, const Elected& b) {
    return std::tuple(order(a), a.head) < std::tuple(order(b), b.head);
  });
  std::int64_t elected = 0;
  for (std::size_t i = 0; i < all.size();) {
    auto end = i;
    while (end < all.size() && order(all[end]) == order(all[i])) ++end;
    const auto tied = static_cast<std::int64_t>(end - i);
    auto result = Elected::Result::not_elected;
    if (passes(all[i]) && elected + tied <= matter.seats) {
      result = Elected::Result::elected;
      elected += tied;
    } else if (passes(all[i]) && elected < matter.seats &&
               std::none_of(
                   all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i),
                   [](const Elected& c) { return c.result == Elected::Result::run_off; })) {
      result = Elected::Result::run_off;
    }
    for (auto at = i; at < end; ++at) {
      all[at].rank = static_cast<std::int64_t>(i) + 1;
      all[at].result = result;
    }
    i = end;
  }
  tally.seats_open = matter.seats - elected;
  tally.too_few = elected < rules.seats_min;
  lines::add_election(tally, matter, rules);
  return elected > 0 ? Outcome::passed : Outcome::rejected;
}

/// Could contested ballots change the outcome, whatever becomes of them? The three extremes tell:
/// all stay out, all agree, all disagree (each further agreeing voice only helps, each other one
/// only helps the quorum).
bool contested_matter(const Tally& tally) {
  if (tally.contested == Amount{}) return false;
  if (!tally.election.empty()) return true;
  auto more = tally.part, yes = tally.agree;
  more += tally.contested;
  yes += tally.contested;
  return verdict(tally.threshold, tally.total, more, yes) != tally.so_far ||
         verdict(tally.threshold, tally.total, more, tally.agree) != tally.so_far;
}

struct Room {
  const Vote& vote;
  const Roll& roll;
  const std::vector<std::pair<const Ballot*, Judged>>& ballots;
};

Result<Tally> tally_of(const Room& room, const Matter& matter) {
  Tally tally;
  tally.matter = matter.no;
  tally.threshold = matter.threshold;
  tally.total = total_of(room.roll, matter.base);
  if (tally.total == Amount{}) {
    return fail(Errc::bad_value, "no part of the register is in the base of matter " + matter.no,
                "base");
  }
  const auto voices = [&](Standing standing) {
    return voices_of(room.ballots, room.roll, matter.base, standing);
  };
  const auto counted = voices(Standing::counts);
  add_voices(tally, counted, matter, room.vote.rules);
  tally.contested = sum_of(voices(Standing::contested));
  for (const auto standing : {Standing::invalid, Standing::unattested}) {
    tally.invalid += sum_of(voices(standing));
  }
  const auto number_of = [&](Standing standing) {
    return std::count_if(room.ballots.begin(), room.ballots.end(),
                         [standing](const auto& b) { return b.second.standing == standing; });
  };
  tally.late_ballots = number_of(Standing::late);
  const auto unreadable = number_of(Standing::unreadable);
  tally.boxes_missing = std::count_if(room.vote.boxes.begin(), room.vote.boxes.end(),
                                      [](const Box& box) { return !box.complete; });
  lines::add_sums(tally, matter, room.vote);
  if (!matter.candidates.empty()) {
    tally.so_far = elect(tally, counted, matter, room.vote.rules);
  } else {
    if (room.vote.rules.silent == SilentRule::follow_majority) {
      follow_majority(tally, voices(Standing::not_returned), counted);
    }
    lines::add_conditions(tally);
    tally.so_far = verdict(tally.threshold, tally.total, tally.part, tally.agree);
  }
  const bool open = contested_matter(tally);
  tally.outcome =
      open || unreadable > 0 || tally.boxes_missing > 0 ? Outcome::pending : tally.so_far;
  lines::add_outcome(tally, open, unreadable);
  return tally;
}

// ---- The whole ---------------------------------------------------------------------------------

Result<void> check_register(const Register& from) {
  std::set<std::string_view> numbers;
  if (from.parts.size() > kPartsMax) return fail(Errc::too_large, "too many parts", "parts");
  for (const auto& part : from.parts) {
    if (!numbers.insert(part.no).second) {
      return fail(Errc::bad_value, "the register names part " + part.no + " twice", "parts");
    }
    if (part.area < 0 || part.area > kPartAreaMax) {
      return fail(Errc::bad_value, "the area of part " + part.no + " is none", "parts");
    }
    if (part.head.empty()) {
      return fail(Errc::bad_value, "part " + part.no + " is nobody's", "parts");
    }
  }
  return {};
}

std::string digest_of(const std::vector<std::pair<const Ballot*, Judged>>& ballots) {
  std::vector<std::string> versions;
  for (const auto& [ballot, judged] : ballots) {
    if (judged.standing == Standing::counts) versions.push_back(ballot->id + " " + ballot->version);
  }
  std::sort(versions.begin(), versions.end());
  std::string text;
  for (const auto& version : versions) text += version + "\n";
  return crypto::to_hex(crypto::hash({"linli/ballots/1", text}).view());
}

std::vector<Count::Room> rooms_of(const Register& from,
                                  const std::vector<std::pair<const Ballot*, Judged>>& ballots) {
  using Shown = Count::Room::Shown;
  std::map<std::string_view, Shown> seen;
  for (const auto& [ballot, judged] : ballots) {
    if (judged.standing != Standing::counts && judged.standing != Standing::contested) continue;
    const auto shown = judged.standing == Standing::contested ? Shown::contested : Shown::voted;
    for (const auto& no : ballot->parts) seen.insert_or_assign(no, shown);
  }
  std::vector<Count::Room> rooms;
  for (const auto& part : from.parts) {
    const auto at = seen.find(part.no);
    rooms.push_back({part.no, part.head, at == seen.end() ? Shown::not_voted : at->second});
  }
  return rooms;
}

}  // namespace

bool Comparison::holds() const {
  const auto a = left_times * left, b = right_times * right;
  return is == Is::more ? a > b : is == Is::equal ? a == b : a >= b;
}

Outcome verdict(Threshold threshold, const Amount& total, const Amount& part, const Amount& agree) {
  if (threshold == Threshold::unanimous) {
    return agree == total ? Outcome::passed : Outcome::rejected;
  }
  if (3 * part.area < 2 * total.area || 3 * part.heads < 2 * total.heads) {
    return Outcome::no_quorum;
  }
  const bool approved = threshold == Threshold::special
                            ? 4 * agree.area >= 3 * part.area && 4 * agree.heads >= 3 * part.heads
                            : 2 * agree.area > part.area && 2 * agree.heads > part.heads;
  return approved ? Outcome::passed : Outcome::rejected;
}

Result<Count> count(const Vote& vote, const std::vector<Matter>& matters) {
  if (auto good = check_register(vote.register_); !good) return fail(good.error());
  const Roll roll(vote.register_);
  const auto ballots = judge(vote, roll);
  Count result;
  for (const auto& matter : matters) {
    auto tally = tally_of({vote, roll, ballots}, matter);
    if (!tally) return fail(tally.error());
    result.tallies.push_back(*std::move(tally));
  }
  result.digest = digest_of(ballots);
  result.rooms = rooms_of(vote.register_, ballots);
  for (const auto& [ballot, judged] : ballots) result.ballots.push_back(judged);
  return result;
}

}  // namespace linli::model::votes

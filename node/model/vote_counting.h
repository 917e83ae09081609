// node/model/vote_counting.h: how the votes of an owners' assembly are counted (domain 3), by area
// and by heads, with every step said in words and numbers. Pure: integers only, areas in dm².
//
// A head is one owner, however many parts are theirs; the developer's unsold parts are one head.
// Nothing here says what a single ballot chose: only sums leave this file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/result.h"

namespace linli::model::votes {

/// What is counted twice over: area in dm², and heads.
struct Amount {
  std::int64_t area = 0, heads = 0;
  bool operator==(const Amount&) const = default;
  Amount& operator+=(const Amount& other) {
    return area += other.area, heads += other.heads, *this;
  }
};

// ---- What is counted ---------------------------------------------------------------------------

inline constexpr std::int64_t kPartAreaMax = 1'000'000'000;  ///< 10 km²: far above any part.
inline constexpr std::size_t kPartsMax = 1'000'000;          ///< So that every sum fits.

struct Part {
  std::string no;    ///< Its number in the compound: "3-1-502".
  std::string head;  ///< Whose it is, as a pseudonym.
  std::int64_t area = 0;
  bool parking = false;
  std::string building = {}, stair_unit = {};
};
/// The register as it was on the snapshot's day, with the rule that stood fixed in it.
struct Register {
  std::vector<Part> parts;
  bool parking_counted = false;  ///< Parking spaces count only if the rules of procedure say so.
};

/// Which parts a matter is put to; empty: all. A stair unit is one of its building.
struct Base {
  std::string building = {}, stair_unit = {};
};

// Numbers are those of the choices in assembly.cpp.
enum class Threshold : std::uint8_t {
  ordinary = 1,   ///< CC 278: more than half of those who took part.
  special = 2,    ///< CC 278 (6)–(8): three quarters of those who took part.
  unanimous = 3,  ///< CC 279: every interested owner.
};
enum class Choice : std::uint8_t { agree = 1, disagree = 2, abstain = 3, blank = 4 };
enum class Outcome : std::uint8_t { passed = 1, rejected = 2, no_quorum = 3, pending = 4 };
enum class SilentRule : std::uint8_t { not_counted = 1, follow_majority = 2 };
enum class TieRule : std::uint8_t { run_off = 1, lot = 2 };

/// What the bureau and the compound's own rules have settled, where law leaves it open.
struct Rules {
  SilentRule silent = SilentRule::not_counted;
  bool blank_takes_part = true;
  TieRule tie = TieRule::run_off;
  std::int64_t seats_min = 5;  ///< No committee with fewer members.
};

struct Candidate {
  std::string head;
};
struct Matter {
  std::string no;  ///< "1": what ballots call it. A candidate stands under "1/head".
  Threshold threshold = Threshold::ordinary;
  Base base = {};
  std::int64_t seats = 0;                    ///< Of an election.
  std::vector<std::string> candidates = {};  ///< Their heads; an election has some.
};

/// A paper or electronic ballot, or one that was handed out and never came back.
struct Ballot {
  std::string id, version;  ///< Names what is counted, in the digest and in lists.
  std::string head;
  std::vector<std::string> parts;
  bool delivered = false;
  std::optional<std::int64_t> returned_ms = {};
  bool attested = true;  ///< Signed, and with the proxy's paper where somebody stood in.
  enum class Review : std::uint8_t { none, valid, invalid, contested } review = Review::none;
  bool disputed = false;  ///< The record itself holds edits that contradict each other.
  bool readable = true;   ///< False: its choices are withheld from this node.
  std::map<std::string, Choice> choices = {};
};

/// One collector's box: whether all that it took is in.
struct Box {
  std::string name;
  bool complete = false;
};

struct Vote {
  Register register_;
  Rules rules = {};
  std::int64_t from_ms = 0, to_ms = 0;  ///< Both included.
  std::vector<Box> boxes = {};
  std::vector<Ballot> ballots;
};

// ---- What comes of it --------------------------------------------------------------------------

/// Why a ballot doesn't count.
enum class Standing : std::uint8_t {
  counts,
  not_returned,
  invalid,          ///< A reviewer said so.
  not_in_snapshot,  ///< Its head or one of its parts isn't in the register of the day.
  unattested,       ///< No signature, or no paper of the proxy.
  early,            ///< Returned before voting began.
  late,             ///< Returned after voting ended: kept and listed.
  contested,        ///< Another ballot speaks for the same part, or otherwise for the same head.
  unreadable,       ///< This node may not see its choices.
};
[[nodiscard]] std::string_view name_of(Standing standing);
[[nodiscard]] std::string_view zh_of(Standing standing);
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::string_view zh_of(Outcome outcome);
[[nodiscard]] std::string_view name_of(Threshold threshold);

struct Judged {
  std::string id, head;
  Standing standing = Standing::counts;
  Amount amount = {};  ///< Of its parts that are in the register; heads 1 if it has any.
};

/// `left_times · left` against `right_times · right`: no fraction, no rounding.
struct Comparison {
  std::int64_t left_times = 1, left = 0, right_times = 1, right = 0;
  enum class Is : std::uint8_t { at_least, more, equal } is = Is::at_least;
  bool area = false;  ///< dm², to be written as m² with two decimals.
  [[nodiscard]] bool holds() const;
};
/// One step of the explanation.
struct Line {
  std::string_view code;  ///< "quorum_area", …: for programs.
  std::string zh, en;
  std::string_view article = {};  ///< "民法典 278 CC 278"; empty: plain arithmetic.
  std::optional<Comparison> comparison = {};
};

struct Elected {
  std::string head;
  Amount agree = {};
  std::int64_t rank = 0;  ///< From 1; equal ones share it.
  enum class Result : std::uint8_t { elected, run_off, not_elected } result = Result::not_elected;
};
[[nodiscard]] std::string_view name_of(Elected::Result result);

struct Tally {
  std::string matter;
  Threshold threshold = Threshold::ordinary;
  Amount total, part, agree, disagree, abstain, blank, invalid, contested, silent;
  std::int64_t late_ballots = 0, boxes_missing = 0;
  Outcome outcome = Outcome::pending;
  /// What it would be if nothing more came in and contested ballots stayed out. Equals `outcome`
  /// unless that is pending.
  Outcome so_far = Outcome::pending;
  /// With follow_majority: the outcome that CC 278 alone gives.
  std::optional<Outcome> strict = {};
  /// The conditions that don't hold: quorum_area, quorum_heads, approve_area, approve_heads.
  std::vector<std::string_view> failed = {};
  std::vector<Elected> election = {};
  std::int64_t seats_open = 0;
  bool too_few = false;  ///< Fewer elected than a committee needs.
  std::vector<Line> lines = {};
};

struct Count {
  std::vector<Judged> ballots;  ///< In the order of their ids.
  std::vector<Tally> tallies;   ///< In the order of the matters.
  std::string digest;           ///< 64 hex digits over the sorted versions that counted.
  /// One a part of the register, in its order: voted or not, and never what.
  struct Room {
    std::string part, head;
    enum class Shown : std::uint8_t { not_voted, voted, contested } shown = Shown::not_voted;
  };
  std::vector<Room> rooms;
};

/// Counts. The answer doesn't depend on the order of ballots. Errors: bad_value (a register that
/// names a part twice, or an area that is none; a matter that doesn't exist in it).
[[nodiscard]] Result<Count> count(const Vote& vote, const std::vector<Matter>& matters);

/// The verdict on given sums: what a tally on record is checked by.
[[nodiscard]] Outcome verdict(Threshold threshold, const Amount& total, const Amount& part,
                              const Amount& agree);

// ---- Smaller votes -----------------------------------------------------------------------------

enum class ProposalBasis : std::uint8_t {
  heads = 1,           ///< HN 24: a fifth of the owners.
  heads_and_area = 2,  ///< GR 21: and a fifth of the area.
};
struct Ruling {
  bool good = false;
  std::vector<Line> lines;
};
/// May these owners have an extraordinary assembly convened?
[[nodiscard]] Ruling proposal(const Amount& total, const Amount& signed_by, ProposalBasis basis);

enum class CommitteeShare : std::uint8_t {
  half = 1,            ///< 半数以上, the number itself included (CC 1259).
  more_than_half = 2,  ///< 过半数.
};
/// Has the committee decided? HN 28: more than half present; agreed by half of all members.
[[nodiscard]] Ruling committee_decision(std::int64_t members, std::int64_t present,
                                        std::int64_t agree, CommitteeShare share);

[[nodiscard]] std::string square_metres(std::int64_t dm2);  ///< "40,000.01 ㎡"

}  // namespace linli::model::votes

// node/model/vote_records.h: an assembly's records as a vote that can be counted, and the count as
// JSON for programs and pages. Pure.
#pragma once

#include "node/model/json.h"
#include "node/model/vote_counting.h"

namespace linli::model::votes {

struct HeldBallot {
  Record record;
  bool disputed = false;  ///< Two edits contradict each other, or it breaks a rule.
};
/// What a node holds of one assembly; parts that it doesn't hold are missing.
struct Held {
  Record assembly;
  std::optional<Record> snapshot, rules;
  std::vector<Record> matters, boxes, tallies;
  std::vector<HeldBallot> ballots;
};
struct Question {
  Record record;  ///< Of the matter.
  std::string title;
  Matter matter;
};

/// In the order of their numbers.
[[nodiscard]] std::vector<Question> questions_of(const Held& held);
/// Errors: dangling_reference (the register's snapshot or the rules aren't here: ballots can be
/// counted only where they may be held, in the community or its street).
[[nodiscard]] Result<Vote> vote_of(const Held& held);
/// Both, for all matters or the one of this number. Errors: as above; not_found; as count().
struct Counted {
  std::vector<Question> questions;
  Vote vote;
  Count count;
};
[[nodiscard]] Result<Counted> count_votes(const Held& held,
                                          const std::optional<std::int64_t>& matter = {});

/// {assembly{…}, digest, boxes[{box, complete}], matters[{no, title, threshold, total{area_dm2,
/// heads}, part, …, outcome, so_far, ? strict, failed[], election[], lines[{code, zh, en, article,
/// ? comparison{…, holds}}]}], aside[{ballot, head, reason}], rooms[{part, head, shown}]}. What a
/// ballot chose isn't in it.
[[nodiscard]] Json to_json(const Held& held, const Counted& counted);
/// A tally record of each matter, to be put once two counters have signed it: {assembly, matter,
/// round, …, counters, supervisor, status: "counted"}.
[[nodiscard]] std::vector<Json> tally_records(const Held& held, const Counted& counted,
                                              const std::vector<std::string>& counters,
                                              const std::string& supervisor);

}  // namespace linli::model::votes

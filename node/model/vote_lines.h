// node/model/vote_lines.h: the counted vote in words, line by line. For vote_counting.cpp.
#pragma once

#include "node/model/vote_counting.h"

namespace linli::model::votes::lines {

/// Base, who took part and how, what was left out and why.
void add_sums(Tally& tally, const Matter& matter, const Vote& vote);
/// Quorum by area and by heads; true: both hold. Notes in `failed` what doesn't.
bool add_quorum(Tally& tally);
/// All conditions of a yes-or-no matter.
void add_conditions(Tally& tally);
void add_strict(Tally& tally);       ///< What CC 278 alone gives, before the silent are added.
void add_silent(Tally& tally);       ///< The silent that follow the majority, with a warning.
void add_no_majority(Tally& tally);  ///< … or can't.
void add_election(Tally& tally, const Matter& matter, const Rules& rules);
void add_outcome(Tally& tally, bool contested_open, std::int64_t unreadable);

}  // namespace linli::model::votes::lines

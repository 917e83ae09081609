// node/model/unfinished.h: what can't be ended while something of it is open. Needs the records
// that name it, so it is looked at where a record is written, never where one is received: a merge
// may put an open finding beside a closed inspection, and keeps both.
#pragma once

#include <span>

#include "node/model/schema.h"

namespace linli::model {

/// A record of `whole` can't move to the state `ending` while a record of `part` that names it in
/// the field `by` stands in another state than those of `ended`.
struct Unfinished {
  std::string_view whole, ending;
  std::string_view part, by;
  std::vector<std::string_view> ended;
  std::string_view zh, en;  ///< What is said, after how many there are.
};

/// All of them. The types, fields and states are declared ones (a test walks them).
[[nodiscard]] std::span<const Unfinished> unfinished_rules();

/// Does this record, as it would stand, come to the end that the rule is about?
[[nodiscard]] bool ends(const Unfinished& rule, const Record& whole);

/// Is this record, as it stands, open in the sense of the rule? A deleted one isn't.
[[nodiscard]] bool is_open(const Unfinished& rule, const Record& part);

}  // namespace linli::model

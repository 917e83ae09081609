// node/outcomes.h: what became of a wish, in one word for programs.
#pragma once

#include <string>
#include <string_view>

#include "node/replica.h"

namespace linli::node {

/// created, changed, unchanged, removed, refused
[[nodiscard]] constexpr std::string_view done_name(Outcome::Done done) {
  switch (done) {
    case Outcome::Done::created:
      return "created";
    case Outcome::Done::changed:
      return "changed";
    case Outcome::Done::unchanged:
      return "unchanged";
    case Outcome::Done::removed:
      return "removed";
    case Outcome::Done::refused:
      return "refused";
  }
  return "refused";
}

/// What a change did besides, for a person: open conflicts are settled by whoever writes on.
[[nodiscard]] inline std::string settled_text(std::size_t conflicts, bool tried) {
  const auto n = std::to_string(conflicts);
  return (tried ? "会一并处理 " : "一并处理了 ") + n + " 处冲突 " +
         (tried ? "would settle " : "settled ") + n + (conflicts == 1 ? " conflict" : " conflicts");
}

}  // namespace linli::node

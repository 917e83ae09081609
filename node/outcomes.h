// node/outcomes.h: what became of a wish, in one word for programs.
#pragma once

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

}  // namespace linli::node

// sync/change_kinds.h: what kinds of changes are called, for people and programs.
#pragma once

#include <string_view>

#include "sync/change_set.h"

namespace linli::sync {

[[nodiscard]] constexpr std::string_view name_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::put:
      return "put";
    case ChangeKind::clear:
      return "clear";
    case ChangeKind::remove:
      return "delete";
    case ChangeKind::erase:
      return "erase";
    default:
      return "unknown";
  }
}

}  // namespace linli::sync

// sync/change_set_detail.h: what reading and writing a change set's bytes share. Not for others.
#pragma once

#include <limits>

#include "sync/change_set.h"

namespace linli::sync::detail {

inline constexpr std::uint64_t kSuite = 1;
inline constexpr std::uint64_t kIntMax = std::numeric_limits<std::int64_t>::max();

// Keys of a change set's body, for ever.
namespace key {
enum : std::int64_t {
  suite,
  city,
  author,
  certificate,
  scope,
  audience,
  incarnation,
  seq,
  prev,
  seen,
  policy,
  schema,
  time_base,
  changes,
  actor,
  action,
  origin,
  blind,
  succession
};
}

// The places of a change's array; from `base` on they are left out from the end when empty.
inline constexpr std::size_t kPlacesMin = 5, kPlaceBase = 5, kPlaceLife = 6, kPlaceExtension = 7,
                             kPlacesMax = 8;

/// Is a commitment anywhere within the value?
[[nodiscard]] bool holds_commitment(std::string_view value);

}  // namespace linli::sync::detail

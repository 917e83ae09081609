// node/store/value_search.h: which records hold a text in what can be erased: in values that stand,
// that lost, and that were there before.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "node/store/erasures.h"
#include "node/store/store.h"

namespace linli::store {

struct NamedRecord {
  std::string scope;
  std::uint32_t type = 0;
  sync::RecordId id{};
  auto operator<=>(const NamedRecord&) const = default;
};
/// Fields of records with an opened value that has a text for which `fits` says yes. Reads every
/// such value of this store once. Throws DatabaseError.
[[nodiscard]] std::map<NamedRecord, std::set<std::uint32_t>> find_values(
    Store& store, const std::function<bool(std::string_view text)>& fits);

}  // namespace linli::store

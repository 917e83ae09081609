// node/store/held_objects.h: what is held back, as objects for a reader. Reads only.
#pragma once

#include <set>
#include <vector>

#include "node/store/log.h"

namespace linli::store {

struct HeldObjects {
  std::vector<sync::Object> objects;  ///< In the order of their arrival, a set before its rulings.
  std::size_t sets = 0, rulings = 0, evidence = 0;
};
/// `named`: hashes of change sets; empty: all. Only what the reader may read, with personal values
/// if it has the right to them; evidence without any values that aren't signed along. At most so
/// much as a bundle's frames hold. Throws DatabaseError.
[[nodiscard]] HeldObjects held_objects(Database& db, const crypto::Certificate& reader,
                                       const std::set<crypto::Hash>& named);

}  // namespace linli::store

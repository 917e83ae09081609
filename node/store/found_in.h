// node/store/found_in.h: in which scopes a record stands that was named without one.
#pragma once

#include <string>
#include <vector>

#include "node/store/store.h"
#include "node/store/table.h"

namespace linli::store {

/// Scopes where a record of this id stands, ascending: those where it isn't deleted, or, if it is
/// in all of them, these. What is only held back is there for nobody. Throws DatabaseError.
[[nodiscard]] std::vector<std::string> found_in(Database& db, const Table& table,
                                                const sync::RecordId& id);
/// Likewise of the natural key that `keyed` has all plain fields of; a key with references names
/// nothing. An index must lead with it. Throws DatabaseError.
[[nodiscard]] std::vector<std::string> found_in_by_key(Database& db, const Table& table,
                                                       const model::Record& keyed);

/// As the first. Errors: unknown_type, corrupt and the like.
[[nodiscard]] Result<std::vector<std::string>> found_in(Store& store, std::string_view type,
                                                        const sync::RecordId& id);

}  // namespace linli::store

// node/store/numbering.h: numbers that records of a type have, to find the next. Reads only.
#pragma once

#include <string>
#include <vector>

#include "node/store/database.h"
#include "node/store/table.h"

namespace linli::store {

/// Values of a text field that begin with `prefix`, of deleted records too: a number that was given
/// is never given again.
[[nodiscard]] std::vector<std::string> texts_with_prefix(Database& db, const Table& table,
                                                         const model::Field& field,
                                                         std::string_view prefix);

}  // namespace linli::store

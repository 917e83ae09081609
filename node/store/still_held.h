// node/store/still_held.h: of which values of a record the log still holds what could open them.
#pragma once

#include "node/store/store.h"

namespace linli::store {

/// Does any change of the record commit to a value of this field that nobody has erased? What
/// stands now may be empty all the same. Errors: unknown_type, io, corrupt.
[[nodiscard]] Result<bool> holds_unerased(Store& store, const model::RecordType& type,
                                          std::string_view scope, const sync::RecordId& id,
                                          std::string_view field);

}  // namespace linli::store

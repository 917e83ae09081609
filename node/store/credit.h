// node/store/credit.h: what a node holds of the companies' credit, to be added up. Reads only.
#pragma once

#include <optional>
#include <string>

#include "node/model/credit_records.h"
#include "node/store/store.h"

namespace linli::store {

/// Of the company with this unified social credit code, or of all; of one snapshot of the store.
/// Errors: not_found (no such company here), and as the database's.
[[nodiscard]] Result<model::credit::Held> held_credit(Store& store,
                                                      const std::optional<std::string>& uscc);

}  // namespace linli::store

// node/store/draws.h: what is drawn from, and what became of a draw. Reads only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/model/json.h"
#include "node/store/store.h"

namespace linli::store {

/// A compound that may be drawn.
struct DrawnPlace {
  std::string code, name, scope;
  sync::RecordId id{};
  model::Json company;  ///< {scope, id} of who manages it; null: nobody.
};
/// Compounds in service at or below a scope, by their codes.
[[nodiscard]] std::map<std::string, DrawnPlace> places_to_draw(Store& store,
                                                               const std::string& scope);
/// Compounds of these codes, in service or not; of two of one code the one in service.
[[nodiscard]] std::map<std::string, DrawnPlace> places_of(Store& store,
                                                          const std::vector<std::string>& codes);

/// A draw by its code, and by its scope where two units gave the same code: {record,
/// again[{compound, inspectors}], same, visits[{compound, name, inspectors, inspection{id, scope,
/// state} | null}]}. `again` is drawn anew from the seed. Errors: not_found; bad_value (two scopes
/// have it, and none is named).
[[nodiscard]] Result<model::Json> read_draw(Store& store, const std::string& code,
                                            const std::string& scope = {});

}  // namespace linli::store

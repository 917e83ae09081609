// node/tables/place.h: where a record stands, so that its references can be written as people write
// them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "node/model/json.h"

namespace linli::tables {

/// The fields of a record that a reference names, as model::fields_to_json writes them; null: it
/// isn't here.
using Lookup = std::function<model::Json(const std::string& type, const std::string& scope,
                                         const std::string& id)>;

struct Place {
  std::string_view scope;          ///< Of the record.
  std::string_view city;           ///< Where types with Home::city live.
  const Lookup* lookup = nullptr;  ///< Null: references are written as ids.
};

/// The natural key of a record that a reference names, its parts joined by /: "pm/2023/1". Empty
/// where read_cell wouldn't make the same reference of it, or the record isn't here.
[[nodiscard]] std::string key_text(const model::RecordType& type, const std::string& scope,
                                   const std::string& id, const Place& place);

/// Remembers what it looked up, up to a bound.
[[nodiscard]] Lookup remembered(Lookup lookup);

}  // namespace linli::tables

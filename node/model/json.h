// node/model/json.h: records as people and programs write them, and back.
#pragma once

#include <nlohmann/json.hpp>

#include "node/model/schema.h"

namespace linli::model {

using Json = nlohmann::ordered_json;

/// What a draft is read against.
struct Frame {
  const Hash& city;         ///< Goes into derived ids.
  std::string city_scope;   ///< "410700": where types with Home::city live.
  std::string own_scope;    ///< The writer's, for Home::own.
  sync::AuthorId author{};  ///< For keep-both ids.
};

/// What a person asks for: fields to set (a null value clears), on a new record or an old one.
struct Draft {
  const RecordType* type = nullptr;
  std::string scope;
  std::optional<sync::RecordId>
      id;               ///< Given or derived from the natural key; nothing: a new UUIDv7.
  bool by_key = false;  ///< The id derives from the key fields given.
  Record fields;        ///< Plain CBOR (not committed yet); CBOR null: clear.
  std::optional<std::string> state;  ///< Code of the state to move to, if one was given.
};

/// Reads one JSON object. Reserved members: `id`, `scope`. Refs are written as a record id (in the
/// same scope, or the city's for city types), a natural key (string, number, or array in key
/// order), or an object {id or key, ? scope, ? type}. Money and areas are integers in the unit of
/// the field's name. Every fault found is listed, each with its field; an unknown member is
/// `unknown_field`.
[[nodiscard]] tl::expected<Draft, std::vector<Fault>> read_draft(const RecordType& type,
                                                                 const Json& object,
                                                                 const Frame& frame);

/// The id that a natural key has in a scope: first 16 bytes of BLAKE2b-256("linli/record-id/1" ‖
/// CBOR [city, type, scope, [key values…], ? author]). Text values NFC and trimmed.
[[nodiscard]] sync::RecordId derived_id(const RecordType& type, const Hash& city,
                                        std::string_view scope,
                                        const std::vector<std::string>& key_values,
                                        const sync::AuthorId* author = nullptr);

/// Completeness, types, ranges, required fields and the type's own rules; for the whole record as
/// it would be after the change. `faults` of the type included, authoring faults not.
[[nodiscard]] std::vector<Fault> check(const RecordView& record);

/// One field's value, and a whole record's fields, as JSON. A commitment without its value reads
/// {"withheld": true}; values of unknown fields read {"cbor": hex} under the member "#<number>".
[[nodiscard]] Json value_to_json(const Field& field, std::string_view value,
                                 std::string_view scope);
[[nodiscard]] Json fields_to_json(const RecordView& record);
/// One JSON value for one field, as plain CBOR.
[[nodiscard]] Result<std::string> value_from_json(const Field& field, const Json& value,
                                                  const std::string& scope, const Frame& frame);

/// The schema for programs and forms: types, fields, labels, states, moves, statistics.
[[nodiscard]] Json schema_to_json(const Schema& schema);

}  // namespace linli::model

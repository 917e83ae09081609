// node/model/json_value_reader.h: one JSON value for one field, as CBOR. Only for this folder.
#pragma once

#include "node/model/declare.h"
#include "node/model/json.h"

namespace linli::model {

/// Reads values for one record. Faults go to one list; a value with a fault is answered by nothing.
class ValueReader {
 public:
  ValueReader(const Frame& frame, std::vector<Fault>& faults) : frame_(frame), faults_(faults) {}

  /// Its plain CBOR. Refs without a scope of their own point into `scope` (a city's types: into the
  /// city's); `path` names the value in faults: "lines.0.amount_fen".
  [[nodiscard]] std::optional<std::string> read(const Field& field, const Json& value,
                                                const std::string& scope, const std::string& path);
  /// Notes that something else was expected, in both languages.
  std::nullopt_t wrong(const std::string& path, const Json& got, const std::string& zh,
                       const std::string& en);

 private:
  std::optional<std::string> words(const Json& value, const std::string& path);
  std::optional<std::int64_t> whole(Unit unit, const Json& value, const std::string& path);
  std::optional<std::int64_t> code(const Field& field, const Json& value, const std::string& path);
  std::string default_scope(const RecordType& type, const std::string& scope) const;
  std::optional<std::string> reference(const Field& field, const Json& value,
                                       const std::string& scope, const std::string& path);
  std::optional<Ref> read_ref(const Field& field, const Json& value, const std::string& scope,
                              const std::string& path);
  const RecordType* target(const Field& field, const Json* named, const std::string& path);
  /// A record id, or a natural key: one value, or an array in key order.
  std::optional<Ref> resolve(const RecordType& type, const Json& value, const std::string& scope,
                             const std::string& path);
  std::optional<std::string> list(const Field& field, const Json& value, const std::string& scope,
                                  const std::string& path);
  std::optional<std::string> element(const Field& field, const Json& value,
                                     const std::string& scope, const std::string& path);
  std::optional<std::string> row(const Field& field, const Json& value, const std::string& scope,
                                 const std::string& path);
  std::optional<std::string> marks(const Field& field, const Json& value, const std::string& path);
  std::optional<std::string> geo(const Json& value, const std::string& path);
  std::optional<std::string> blob(const Json& value, const std::string& path);

  const Frame& frame_;
  std::vector<Fault>& faults_;
};

}  // namespace linli::model

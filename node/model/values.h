// node/model/values.h: single values, shared by checking and JSON. For this folder's .cpp.
#pragma once

#include "node/model/schema.h"

namespace linli::model {

/// Is this whole item a commitment whose value isn't here?
[[nodiscard]] bool is_commitment(std::string_view value);

/// Shape, known choices and range of one plain value; each fault names `path` or a part of it.
void check_value(const Field& field, std::string_view value, std::string_view home,
                 const std::string& path, std::vector<Fault>& faults);

/// NFC, without white space at both ends; plain ASCII needs no library.
[[nodiscard]] std::string normal_text(std::string_view text);

struct UnitName {
  std::string_view code, zh, en;
};
[[nodiscard]] UnitName name_of(Unit unit);
[[nodiscard]] std::string_view name_of(FieldType type);

}  // namespace linli::model

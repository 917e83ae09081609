// node/lines.h: a wish out of one line of many (records put, batch, import).
#pragma once

#include "node/replica.h"

namespace linli::node {

/// In a line: its `id` is what a new record is to be called (Wish::create_only), so that the same
/// line put twice makes one record.
inline constexpr const char* kLineCreates = "create_only";

[[nodiscard]] inline Wish wish_of_line(const model::RecordType& type, Json line) {
  Wish wish;
  wish.type = &type;
  wish.fields = std::move(line);
  if (!wish.fields.is_object() || wish.fields.value(kLineCreates, Json()) != true) return wish;
  const auto id = wish.fields.value("id", Json());
  const auto named = sync::record_id(id.is_string() ? id.get<std::string>() : std::string());
  if (!named) return wish;  // Then the member is one that no type has: the line is refused for it.
  wish.fields.erase(kLineCreates);
  wish.id = *named;
  wish.create_only = true;
  return wish;
}

/// Lets a new record stand in `scope`, if there is one and the line says nothing of it.
inline void stand_in(const std::string& scope, Wish& wish) {
  if (scope.empty() || !wish.fields.is_object() || wish.fields.contains("scope")) return;
  wish.scope = scope;
}

}  // namespace linli::node

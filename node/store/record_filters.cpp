#include "node/store/record_filters.h"

#include "node/store/reading_detail.h"

namespace linli::store {

using model::FieldType;

Result<RecordFilters> RecordFilters::of(const model::RecordType& type, const Where& where,
                                        int first) {
  RecordFilters filters;
  filters.first_ = first;
  for (const auto& [name, text] : where) {
    const auto* field = type.field(name);
    if (!field) {
      return fail(Errc::unknown_field, std::string(type.name) + " has no field " + name, name);
    }
    if (field->sealed) return fail(Errc::forbidden, "is counted, never looked for", name);
    auto value = reading::filter_value(*field, text);
    if (!value) {
      auto error = value.error();
      error.field = name;
      return fail(error);
    }
    const auto at = std::to_string(first + static_cast<int>(filters.values_.size()));
    // A ref's column ends with [type, id] or has the scope behind it: the id stands at one place.
    filters.sql_ += field->type == FieldType::ref
                        ? " AND instr(" + Table::column(*field) + ", ?" + at + ") > 0"
                        : " AND " + Table::column(*field) + " = ?" + at;
    filters.values_.emplace_back(field, std::move(*value));
  }
  return filters;
}

Result<void> RecordFilters::bind(Statement& statement) const {
  int at = first_;
  for (const auto& [field, value] : values_) {
    if (field->type == FieldType::ref) {
      statement.bind_blob(at++, value);
    } else if (!Table::bind_value(statement, at++, *field, value)) {
      return fail(Errc::bad_value, "it can't be compared", std::string(field->name));
    }
  }
  return {};
}

}  // namespace linli::store

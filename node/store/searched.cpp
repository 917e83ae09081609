#include "node/store/searched.h"

#include <algorithm>

#include "crypto/cbor.h"

namespace linli::store {
namespace {

using model::Field;
using model::FieldType;

constexpr char kEnd = '\x1e';  // kValueEnd as a byte.

/// Texts of one field, in their order.
std::vector<SearchedValue> values_of(const model::RecordView& record, const Field& field) {
  std::vector<SearchedValue> values;
  const auto add = [&](std::size_t item, std::string_view text) {
    if (!text.empty()) values.push_back({&field, item, std::string(text), false});
  };
  if (field.type == FieldType::text) {
    add(0, record.text(field.number));
  } else if (field.type == FieldType::texts) {
    std::size_t item = 0;
    for (const auto text : record.texts(field.number)) add(item++, text);
  } else if (field.type == FieldType::rows) {
    std::size_t item = 0;
    for (const auto& row : record.rows(field.number)) {
      for (const auto& column : field.columns) {
        if (!column.searched || column.type != FieldType::text) continue;
        const auto value = std::find_if(row.begin(), row.end(), [&](const sync::FieldValue& v) {
          return v.field == column.number;
        });
        if (value == row.end()) continue;
        cbor::Reader r(value->value);
        if (r.peek() == cbor::Kind::text) add(item, r.text());
      }
      ++item;
    }
  }
  return values;
}

}  // namespace

std::vector<SearchedValue> searched_values(const model::RecordView& record) {
  std::vector<SearchedValue> all;
  for (const auto& field : record.type->fields) {
    if (!field.searched || field.protection == model::Protection::personal) continue;
    auto values = values_of(record, field);
    const bool title = field.name == record.type->title && field.type == FieldType::text;
    for (auto& value : values) value.title = title;
    all.insert(title ? all.begin() : all.end(), std::make_move_iterator(values.begin()),
               std::make_move_iterator(values.end()));
  }
  return all;
}

SearchText put_together(const std::vector<SearchedValue>& values) {
  SearchText text;
  if (values.empty()) return text;
  if (!values.front().title) text.text += kEnd;
  for (const auto& value : values) {
    if (&value != &values.front()) text.text += kEnd;
    const auto begin = text.text.size();
    text.text += value.text;
    // Where one stands within a value, it parts words as any control character.
    std::replace(text.text.begin() + static_cast<std::ptrdiff_t>(begin), text.text.end(), kEnd,
                 ' ');
    const auto* field = value.field;
    text.erasable |= field && field->protection != model::Protection::plain;
  }
  // A title alone ends, too: that is how it is told from other text.
  if (values.size() == 1 && values.front().title) text.text += kEnd;
  return text;
}

SearchText search_text(const model::RecordView& record) {
  return put_together(searched_values(record));
}

}  // namespace linli::store

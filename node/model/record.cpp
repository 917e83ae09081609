#include "node/model/record.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "sync/policy.h"

namespace linli::model {

std::string encode_ref(const Ref& ref, std::string_view home) {
  const bool elsewhere = ref.scope != home;
  cbor::Writer w;
  w.array(elsewhere ? 3 : 2);
  w.uint(ref.type);
  w.bytes(ref.id.view());
  if (elsewhere) w.text(ref.scope);
  return w.take();
}

namespace {

/// One ref out of a longer value. Nothing after an error of the reader or of the ref itself.
std::optional<Ref> read_ref(cbor::Reader& r, std::string_view home) {
  const auto n = r.array();
  if (n != 2 && n != 3) {
    r.reject("a ref has two or three parts");
    return {};
  }
  const auto type = r.uint();
  const auto id = r.bytes(sync::RecordId::size());
  const auto scope = n == 3 ? r.text() : home;
  // A scope that says what its absence says already would give one value two spellings.
  if (n == 3 && (scope == home || !crypto::valid_scope(scope))) r.reject("a ref's scope");
  if (type > UINT32_MAX) r.reject("a ref's type");
  if (!r.ok()) return {};
  return Ref{static_cast<std::uint32_t>(type), std::string(scope), sync::RecordId::of(id)};
}

}  // namespace

Result<Ref> decode_ref(std::string_view value, std::string_view home) {
  cbor::Reader r(value);
  auto ref = read_ref(r, home);
  if (auto end = r.finish(); !end) return fail(end.error());
  ensure(ref.has_value(), "decode_ref");
  return *std::move(ref);
}

// ---- RecordView --------------------------------------------------------------------------------

std::optional<std::string_view> RecordView::raw(std::uint32_t field) const {
  const auto at = std::lower_bound(
      fields.begin(), fields.end(), field,
      [](const sync::FieldValue& value, std::uint32_t number) { return value.field < number; });
  if (at == fields.end() || at->field != field) return {};
  return at->value;
}

std::optional<std::int64_t> RecordView::integer(std::uint32_t field) const {
  const auto value = raw(field);
  if (!value) return {};
  cbor::Reader r(*value);
  std::int64_t number = 0;
  switch (r.peek()) {
    case cbor::Kind::uint:
    case cbor::Kind::nint:
      number = r.sint();
      break;
    case cbor::Kind::boolean:
      number = r.boolean() ? 1 : 0;
      break;
    default:
      return {};
  }
  if (!r.ok() || !r.at_end()) return {};
  return number;
}

std::optional<std::int64_t> RecordView::state(std::uint32_t field) const {
  const auto value = raw(field);
  if (!value) return {};
  const auto move = sync::decode_move(*value);
  if (!move) return {};
  return move->to;
}

std::string_view RecordView::text(std::uint32_t field) const {
  const auto value = raw(field);
  if (!value) return {};
  cbor::Reader r(*value);
  if (r.peek() != cbor::Kind::text) return {};
  const auto text = r.text();
  return r.ok() ? text : std::string_view{};
}

std::optional<Ref> RecordView::ref(std::uint32_t field) const {
  const auto value = raw(field);
  if (!value) return {};
  cbor::Reader r(*value);
  if (r.peek() != cbor::Kind::array) return {};
  return read_ref(r, scope);
}

std::string RecordView::ref_id(std::uint32_t field) const {
  const auto value = raw(field);
  if (!value) return {};
  cbor::Reader r(*value);
  if (r.peek() != cbor::Kind::array || r.array() < 2) return {};
  r.uint();
  const auto bytes = r.bytes(sync::RecordId::size());
  return r.ok() ? std::string(bytes) : std::string{};
}

std::vector<Ref> RecordView::refs(std::uint32_t field) const {
  std::vector<Ref> refs;
  const auto value = raw(field);
  if (!value) return refs;
  cbor::Reader r(*value);
  if (r.peek() != cbor::Kind::array) return refs;
  for (auto left = r.array(); left > 0 && r.ok(); --left) {
    auto ref = read_ref(r, scope);
    if (ref) refs.push_back(*std::move(ref));
  }
  return refs;
}

std::vector<std::string_view> RecordView::texts(std::uint32_t field) const {
  std::vector<std::string_view> texts;
  const auto value = raw(field);
  if (!value) return texts;
  cbor::Reader r(*value);
  if (r.peek() != cbor::Kind::array) return texts;
  for (auto left = r.array(); left > 0; --left) {
    const auto text = r.text();
    if (!r.ok()) break;
    texts.push_back(text);
  }
  return texts;
}

std::vector<std::pair<std::string_view, std::int64_t>> RecordView::marks(
    std::uint32_t field) const {
  std::vector<std::pair<std::string_view, std::int64_t>> marks;
  const auto value = raw(field);
  if (!value) return marks;
  cbor::Reader r(*value);
  if (r.peek() != cbor::Kind::map) return marks;
  for (auto left = r.map(); left > 0; --left) {
    const auto item = r.text();
    const auto mark = r.sint();
    if (!r.ok()) break;
    marks.emplace_back(item, mark);
  }
  return marks;
}

std::vector<std::vector<sync::FieldValue>> RecordView::rows(std::uint32_t field) const {
  std::vector<std::vector<sync::FieldValue>> rows;
  const auto value = raw(field);
  if (!value) return rows;
  cbor::Reader r(*value);
  if (r.peek() != cbor::Kind::array) return rows;
  for (auto left = r.array(); left > 0; --left) {
    std::vector<sync::FieldValue> row;
    for (cbor::IntMap columns(r); columns.next();) {
      row.push_back({static_cast<std::uint32_t>(columns.key()), r.item()});
    }
    if (!r.ok()) break;
    rows.push_back(std::move(row));
  }
  return rows;
}

// ---- Record ------------------------------------------------------------------------------------

namespace {
auto place_of(auto& fields, std::uint32_t field) {
  return std::lower_bound(
      fields.begin(), fields.end(), field,
      [](const auto& value, std::uint32_t number) { return value.first < number; });
}
}  // namespace

void Record::set(std::uint32_t field, std::string value) {
  const auto at = place_of(fields, field);
  if (at != fields.end() && at->first == field) {
    at->second = std::move(value);
  } else {
    fields.emplace(at, field, std::move(value));
  }
}

void Record::unset(std::uint32_t field) {
  const auto at = place_of(fields, field);
  if (at != fields.end() && at->first == field) fields.erase(at);
}

const std::string* Record::get(std::uint32_t field) const {
  const auto at = place_of(fields, field);
  return at != fields.end() && at->first == field ? &at->second : nullptr;
}

ViewOf::ViewOf(const Record& record) {
  values_.reserve(record.fields.size());
  for (const auto& [field, value] : record.fields) values_.push_back({field, value});
  view_ = {record.type, record.scope, record.id, record.removed, values_};
}

}  // namespace linli::model

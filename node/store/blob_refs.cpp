#include "node/store/blob_refs.h"

#include <algorithm>

#include "crypto/cbor.h"

namespace linli::store {
namespace {

using model::FieldType;

void add(cbor::Reader& r, const RefPlace& place, bool personal, std::vector<BlobRef>& into) {
  const auto bytes = r.bytes(crypto::Hash::size());
  if (r.ok()) into.push_back({crypto::Hash::of(bytes), place, personal});
}

void add_rows(const model::Field& field, std::string_view value, const RefPlace& place,
              std::vector<BlobRef>& into) {
  cbor::Reader r(value);
  if (r.peek() != cbor::Kind::array) return;
  for (auto n = r.array(); n > 0 && r.ok(); --n) {
    for (cbor::IntMap columns{r}; columns.next();) {
      const auto item = r.item();
      for (auto column : field.columns) {
        if (std::int64_t{column.number} != columns.key()) continue;
        // A column is as protected as the field that it stands in.
        column.protection = field.protection;
        blobs_in(column, item, place, into);
      }
    }
  }
}

bool holds_blobs(const model::Field& field) {
  if (field.type == FieldType::blob || field.type == FieldType::blobs) return true;
  return std::any_of(field.columns.begin(), field.columns.end(), holds_blobs);
}

}  // namespace

void blobs_in(const model::Field& field, std::string_view value, const RefPlace& place,
              std::vector<BlobRef>& into) {
  const bool personal = field.protection == model::Protection::personal;
  cbor::Reader r(value);
  switch (field.type) {
    case FieldType::blob:
      if (r.peek() == cbor::Kind::bytes) add(r, place, personal, into);
      break;
    case FieldType::blobs:
      if (r.peek() != cbor::Kind::array) break;
      for (auto n = r.array(); n > 0 && r.ok(); --n) add(r, place, personal, into);
      break;
    case FieldType::rows:
      add_rows(field, value, place, into);
      break;
    default:
      break;
  }
}

bool has_blobs(const model::RecordType& type) {
  return std::any_of(type.fields.begin(), type.fields.end(), holds_blobs);
}

void save_blob_refs(Database& db, std::int64_t rec, const std::vector<BlobRef>& refs, bool fresh) {
  if (!fresh) db.cached("DELETE FROM blob_ref WHERE rec = ?1").bind(1, rec).run();
  for (const auto& ref : refs) {
    auto& s = db.cached(
        "INSERT INTO blob_ref(hash, rec, arrival, author, personal) VALUES (?1, ?2, ?3, ?5, ?4) "
        "ON CONFLICT DO UPDATE SET personal = min(personal, excluded.personal)");
    s.bind_blob(1, ref.hash.view()).bind(2, rec).bind(3, ref.place.arrival);
    s.bind(4, ref.personal ? 1 : 0).bind(5, ref.place.author).run();
  }
}

}  // namespace linli::store

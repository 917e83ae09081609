// node/store/blob_refs.h: which attachments a record shows (table blob_ref), for the projector.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/model/schema.h"
#include "node/store/database.h"

namespace linli::store {

/// Whose word a reference is (a local number), and what in the log it stands in: the change set,
/// or the part of a snapshot that stands for it.
struct RefPlace {
  std::int64_t arrival = 0, author = 0;
};
/// One attachment that a record refers to.
struct BlobRef {
  crypto::Hash hash{};
  RefPlace place;
  bool personal = false;
};

/// Appends the attachments in a field's value; none if it isn't of such a type, or has another
/// shape.
void blobs_in(const model::Field& field, std::string_view value, const RefPlace& place,
              std::vector<BlobRef>& into);
/// Does this type have fields for attachments? Most have none, and cost nothing.
[[nodiscard]] bool has_blobs(const model::RecordType& type);
/// What the record refers to from now on; `fresh`: it is new, and referred to nothing.
void save_blob_refs(Database& db, std::int64_t rec, const std::vector<BlobRef>& refs, bool fresh);

}  // namespace linli::store

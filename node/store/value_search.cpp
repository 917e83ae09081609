#include "node/store/value_search.h"

#include <algorithm>

#include "crypto/cbor.h"

namespace linli::store {
namespace {

using Fits = std::function<bool(std::string_view)>;

bool any_text(cbor::Reader& r, const Fits& fits) {
  bool any = false;
  switch (r.peek()) {
    case cbor::Kind::text:
      return fits(r.text());
    case cbor::Kind::array:
      for (auto left = r.array(); left > 0 && r.ok(); --left) any = any_text(r, fits) || any;
      return any;
    case cbor::Kind::map:
      for (auto left = 2 * r.map(); left > 0 && r.ok(); --left) any = any_text(r, fits) || any;
      return any;
    default:
      r.item();
      return false;
  }
}

struct Hit {
  std::int64_t arrival, ordinal;
  Hash commitment{};
};

std::vector<Hit> hits_in(Database& db, const Fits& fits) {
  std::vector<Hit> hits;
  auto values = db.prepare("SELECT arrival, ordinal, commitment, value FROM opening");
  while (values.step()) {
    cbor::Reader r(values.blob(3));
    if (any_text(r, fits)) {
      hits.push_back({values.integer(0), values.integer(1), Hash::of(values.blob(2))});
    }
  }
  return hits;
}

}  // namespace

std::map<NamedRecord, std::set<std::uint32_t>> find_values(Store& store, const Fits& fits) {
  std::map<NamedRecord, std::set<std::uint32_t>> found;
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  Log log(*lease);
  for (const auto& hit : hits_in(*lease, fits)) {
    if (hit.ordinal >= kPartOrdinals) {
      const auto part = log.part(hit.arrival);
      const auto places = sync::commitments(*part);
      if (!places) continue;
      for (const auto& place : *places) {
        if (place.commitment != hit.commitment) continue;
        const auto& record = part->records[place.record];
        found[{part->scope, record.type, record.id}].insert(place.field);
      }
      continue;
    }
    const auto loaded = log.load(hit.arrival);
    const auto committed = sync::commitments(loaded->set);
    if (static_cast<std::size_t>(hit.ordinal) >= committed.size()) continue;
    const auto& place = committed[static_cast<std::size_t>(hit.ordinal)];
    const auto& change = loaded->set.changes[place.change];
    found[{loaded->set.feed.scope, change.type, change.id}].insert(place.field);
  }
  return found;
}

}  // namespace linli::store

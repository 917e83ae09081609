#include "node/store/parts.h"

#include <map>

#include "crypto/cbor.h"
#include "node/store/log.h"

namespace linli::store {

using crypto::Hash;

std::string stored_part(const sync::CutBody& cut) {
  std::string joined;
  joined.reserve(cut.commitments.size() * Hash::size());
  for (const auto& commitment : cut.commitments) joined += commitment.view();
  cbor::Writer w;
  w.array(2), w.bytes(cut.packed), w.bytes(joined);
  return kStoredPart + w.take();
}

sync::CutBody cut_part(std::string_view stored) {
  // As parts were kept before they were cut: packed whole.
  if (stored.starts_with('\1')) return sync::cut_body(unpack_body(stored), 3);
  cbor::Reader r{stored.substr(stored.empty() ? 0 : 1)};
  if (stored.empty() || stored[0] != kStoredPart || r.array() != 2) r.reject("not a part;");
  sync::CutBody cut;
  cut.packed = r.bytes();
  const auto joined = r.bytes();
  if (joined.size() % Hash::size() != 0) r.reject("half a commitment;");
  if (!r.finish()) {
    throw DatabaseError({Errc::corrupt, "a part of a snapshot can't be read in the store", {}});
  }
  for (std::size_t at = 0; at < joined.size(); at += Hash::size()) {
    cut.commitments.push_back(Hash::of(joined.substr(at, Hash::size())));
  }
  return cut;
}

sync::Object part_object(std::string_view stored, const crypto::Signature& signature,
                         Statement& values) {
  std::map<Hash, std::pair<crypto::Salt, std::string>> opened;
  while (values.step()) {
    opened.try_emplace(Hash::of(values.blob(0)), crypto::Salt::of(values.blob(1)),
                       std::string(values.blob(2)));
  }
  using Value = std::optional<std::pair<crypto::Salt, std::string>>;
  const auto find = [&](const Hash& commitment) {
    const auto found = opened.find(commitment);
    return found == opened.end() ? Value{} : Value{found->second};
  };
  const auto parcel = sync::make_parcel(cut_part(stored), signature, find);
  if (!parcel) throw DatabaseError({Errc::corrupt, "log: " + parcel.error().detail, {}});
  return {sync::ObjectKind::snapshot, parcel->encode()};
}

}  // namespace linli::store

// sync/signed_parts.h: what change sets, receipts and snapshots share of their bytes.
#pragma once

#include "crypto/cbor.h"
#include "sync/change_set.h"

namespace linli::sync {

/// How each commitment begins: tag 41070, a byte string of 32 bytes, which follow.
inline constexpr std::string_view kCommitmentHead = "\xD9\xA0\x6E\x58\x20";

/// A byte string of exactly the size of `Bytes`; all zero after an error.
template <class Bytes>
Bytes fixed(cbor::Reader& r) {
  const auto view = r.bytes(Bytes::size());
  return r.ok() ? Bytes::of(view) : Bytes{};
}

/// From 0 to kTimeMax.
[[nodiscard]] inline Micros read_time(cbor::Reader& r) {
  const std::uint64_t time = r.uint();
  if (time > static_cast<std::uint64_t>(kTimeMax)) r.reject("a time beyond 2^53 ends");
  return r.ok() ? static_cast<Micros>(time) : 0;
}

/// CBOR [epoch, size, root, time].
[[nodiscard]] inline Seen read_checkpoint(cbor::Reader& r) {
  Seen seen;
  if (r.array() != 4) r.reject("a checkpoint is [epoch, size, root, time]; ends");
  seen.epoch = r.uint();
  seen.size = r.uint();
  seen.root = fixed<Hash>(r);
  seen.time = read_time(r);
  return seen;
}

inline void write_checkpoint(cbor::Writer& w, const Seen& seen) {
  w.array(4);
  w.uint(seen.epoch);
  w.uint(seen.size);
  w.bytes(seen.root.view());
  w.sint(seen.time);
}

}  // namespace linli::sync

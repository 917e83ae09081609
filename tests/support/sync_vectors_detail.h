// tests/support/sync_vectors_detail.h: what the files of the vectors share. Not for others.
#pragma once

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

namespace linli::test::vectors {

using crypto::to_hex;
using namespace sync;

template <class Bytes>
std::string hex(const Bytes& b) {
  return to_hex(b.view());
}

template <class Bytes>
Bytes fixed(const Json& j) {
  return Bytes::of(unhex(j));
}

/// N bytes of one value: easy to recognise in a dump.
template <class Bytes>
Bytes all(int byte) {
  return Bytes::of(std::string(Bytes::size(), static_cast<char>(byte)));
}

inline std::string array_of(const std::vector<std::string>& items) {
  cbor::Writer w;
  w.array(items.size());
  for (const auto& item : items) w.raw(item);
  return w.take();
}

inline std::string map_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  cbor::Writer w;
  w.map(pairs.size());
  for (const auto& [key, value] : pairs) {
    w.raw(key);
    w.raw(value);
  }
  return w.take();
}

inline const std::string kNull = "\xF6";
inline std::string i(std::int64_t v) { return cbor::encode_int(v); }
inline std::string t(std::string_view v) { return cbor::encode_text(v); }
inline std::string b(std::size_t n, int byte) {
  return cbor::encode_bytes(std::string(n, static_cast<char>(byte)));
}

inline std::string committed(const Hash& commitment) {
  cbor::Writer w;
  w.tag(cbor::kTagCommitment);
  w.bytes(commitment.view());
  return w.take();
}

inline constexpr std::string_view kCommunity = "410700/410702/410702003/jiedu";
inline constexpr Micros kNoon = 1'790'000'000'000'000;

inline crypto::SignedBody sign(const crypto::SigningKey& key, std::string_view domain,
                               std::string body) {
  const auto signature = key.sign(domain, body);
  return {std::move(body), signature};
}

/// One change by the office, in its first set.
[[nodiscard]] OwnedSet small_set(const PaperCity& city);
[[nodiscard]] std::string body_of(const OwnedSet& owned);
[[nodiscard]] Receipt receipt_for(const PaperCity& city);
/// What must be refused, each with its error.
[[nodiscard]] Json malformed_json(const PaperCity& city);

}  // namespace linli::test::vectors

// sync/names.h: what records, feeds and versions are called, on every node alike.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/certificate.h"
#include "crypto/hash.h"

namespace linli::sync {

using crypto::AuthorId;
using crypto::Hash;
/// UUIDv7, or derived from a natural key.
using RecordId = crypto::FixedBytes<16, struct RecordTag>;
using FeedId = crypto::FixedBytes<32, struct FeedTag>;
using Nonce = crypto::FixedBytes<16, struct NonceTag>;

/// Microseconds since 1970-01-01 UTC. As a change's stamp it is a hybrid logical clock reading
/// (see clock.h): never before the wall clock, never twice in a feed.
using Micros = std::int64_t;
/// Every time in signed bytes is from 0 to this (the year 2255): exact in JavaScript, and far from
/// overflowing in sums.
inline constexpr Micros kTimeMax = (Micros{1} << 53) - 1;

/// Who may receive a change set; signed, and part of its feed's identity (rule 3).
enum class Audience : std::uint8_t {
  ancestors = 0,  ///< Its scope and the scopes above.
  below = 1,      ///< Also everything below: what an office publishes downwards.
  street = 2,     ///< Its community and street only (ballots, registers).
  everyone = 3,   ///< Also the public.
};

/// Raised by every restore, so that a rolled-back disk never forks a feed (rule 18).
struct Incarnation {
  std::uint64_t number = 0;
  Nonce nonce{};  ///< Random, so that two clones of one disk differ; all zero only for number 0.
  auto operator<=>(const Incarnation&) const = default;
};

/// One author's numbered, hash-chained change sets in one scope, audience and incarnation.
struct FeedName {
  AuthorId author{};
  std::string scope;
  Audience audience = Audience::ancestors;
  Incarnation incarnation;
  auto operator<=>(const FeedName&) const = default;
  /// BLAKE2b-256("linli/feed/1" ‖ CBOR [city, author, scope, audience, number, nonce]).
  [[nodiscard]] FeedId id(const Hash& city) const;
};

/// One change: its set's feed and number, and its place (from 0) in that set.
struct VersionId {
  FeedId feed{};
  std::uint64_t seq = 0;
  std::uint32_t index = 0;
  auto operator<=>(const VersionId&) const = default;
};

/// A new random id in time order (RFC 9562 UUIDv7), for types without a natural key.
[[nodiscard]] RecordId new_record_id(Micros now);

/// 8-4-4-4-12 lower-case hex, as in RFC 9562; and back (`bad_value` otherwise).
[[nodiscard]] std::string to_text(const RecordId& id);
[[nodiscard]] Result<RecordId> record_id(std::string_view text);

}  // namespace linli::sync

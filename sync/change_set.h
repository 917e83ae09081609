// sync/change_set.h: the unit that is signed, exchanged, kept and judged. Bytes: PROTOCOL.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/names.h"

namespace linli::sync {

inline constexpr std::size_t kChangeSetBytesMax = 1u << 20;
inline constexpr std::size_t kChangesMax = 2000;
inline constexpr Micros kStampOffsetMax = 24LL * 3600 * 1'000'000;  ///< Rule 12.
inline constexpr std::size_t kParcelBytesMax = 3u << 19;  ///< 1.5 MiB: it always fits a batch.
inline constexpr std::size_t kBaseVersionsMax = 64;       ///< In one list of versions.
inline constexpr std::size_t kOriginBytesMax = 200, kReasonBytesMax = 32;
inline constexpr std::uint32_t kTypeMax = 65535, kFieldMax = 65535;  ///< Both start at 1.
inline constexpr std::uint64_t kLifeMax = 0xFFFFFFFF;

enum class ChangeKind : std::uint8_t {
  put = 0,         ///< Sets the fields it names; null empties one, but not all (that is clear).
  clear = 1,       ///< Empties the fields it names (values null).
  remove = 2,      ///< Deletes the record: its life ends (rule 17).
  erase = 3,       ///< Commitments in `fields` whose values must be destroyed (I10).
  set_add = 4,     ///< Reserved by the format; judged `unknown_critical` by this version.
  set_remove = 5,  ///< Likewise.
};

/// One field's value: one item of deterministic CBOR, never decoded unless the schema knows it.
struct FieldValue {
  std::uint32_t field = 0;
  std::string_view value;
};

/// The versions that a change was made on (rule 2): `all` for every cell it touches, `cells` for
/// those cells where they differ. A cell is a field, or a group of fields that merge as one.
struct Base {
  std::vector<VersionId> all;
  std::vector<std::pair<std::uint32_t, std::vector<VersionId>>> cells;
  [[nodiscard]] const std::vector<VersionId>& of(std::uint32_t cell) const;
  [[nodiscard]] bool empty() const { return all.empty() && cells.empty(); }
};

struct Change {
  std::uint32_t type = 0;
  RecordId id{};
  ChangeKind kind = ChangeKind::put;
  Micros stamp = 0;  ///< Strictly greater than the stamp of the change before it.
  std::uint64_t life = 0;
  std::vector<FieldValue> fields;  ///< Ascending by number, no number twice.
  Base base;
};

/// The newest checkpoint that the author knew: proves "not before".
struct Seen {
  std::uint64_t epoch = 0, size = 0;
  Hash root{};
  Micros time = 0;
};

/// Why a feed starts in an incarnation above 0, and what its author last knew of the one before.
struct Succession {
  std::string reason;  ///< "restored", "peer_ahead", "cloned".
  FeedId feed{};
  std::uint64_t seq = 0;
  Hash head{};
};

/// Views point into the bytes it was decoded from, or the caller's memory when it is encoded.
struct ChangeSet {
  std::uint64_t suite = 1;
  Hash city{};
  FeedName feed;
  Hash certificate{};
  std::uint64_t seq = 0;  ///< From 1.
  Hash prev{};            ///< Hash of number seq - 1; all zero for number 1.
  std::optional<Seen> seen;
  Hash policy{};
  std::uint64_t schema_version = 0;
  Micros time_base = 0;  ///< Stamps are this plus an offset of 0 … kStampOffsetMax.
  std::vector<Change> changes;
  std::optional<Nonce> actor;   ///< Pseudonymous account of the person.
  std::optional<Nonce> action;  ///< Joins the sets of one act that touches several scopes.
  std::string_view origin;      ///< Where the data came from ("import: …"); may be empty.
  std::optional<Nonce> blind;   ///< Required for Audience::street.
  std::optional<Succession> succession;
};

/// The body that is signed. Refuses what `decode_change_set` would refuse (too_large, bad_value).
[[nodiscard]] Result<std::string> encode_change_set(const ChangeSet& set);

/// Strict: layout, limits and order of stamps are checked, and every value is deterministic CBOR.
/// Knows nothing of types or fields. Errors: malformed (names the byte), too_large,
/// unknown_critical (a negative key, a reserved kind). Unknown non-negative keys are skipped: they
/// stay in the bytes, which are kept and covered by the signature.
[[nodiscard]] Result<ChangeSet> decode_change_set(std::string_view body);

/// The header of a set that can't be judged yet (unknown_critical), for who must verify, place,
/// keep and forward it: `changes` stays empty, critical keys are passed over. Errors: malformed,
/// too_large; unknown_critical if not even its place can be known (suite, audience).
[[nodiscard]] Result<ChangeSet> decode_change_set_header(std::string_view body);

/// Names a change set everywhere: BLAKE2b-256("linli/change-set/1" ‖ body). The signature is left
/// out, so that signing the same content twice is a replay and no fork.
[[nodiscard]] Hash change_set_hash(std::string_view body);

/// A value that stands in signed bytes as a commitment, with what opens it (rule 13).
struct Opening {
  std::uint32_t ordinal = 0;  ///< The commitment's place in its set, from 0 in body order.
  crypto::Salt salt{};
  std::string value;  ///< The CBOR item that was committed to.
};

/// BLAKE2b-256(key = salt, "linli/value/1" ‖ city ‖ CBOR [type, scope, id, field] ‖ value).
[[nodiscard]] Hash commitment(const crypto::Salt& salt, const Hash& city, std::uint32_t type,
                              std::string_view scope, const RecordId& id, std::uint32_t field,
                              std::string_view value);

/// Every commitment of a set in body order (tags at any depth of any value).
struct Committed {
  std::uint32_t change = 0, field = 0;
  Hash commitment{};
};
[[nodiscard]] std::vector<Committed> commitments(const ChangeSet& set);

/// False for nearly all values: no commitment is without these bytes.
[[nodiscard]] bool may_hold_commitment(std::string_view bytes);
/// Calls `found` with the 32 bytes of each commitment within a value, in the order of the bytes.
void each_commitment(std::string_view value, const std::function<void(std::string_view)>& found);

/// Does the opening fit the commitment it names? `corrupt` or `bad_value` otherwise.
[[nodiscard]] Result<void> check_opening(const ChangeSet& set,
                                         const std::vector<Committed>& committed,
                                         const Opening& opening);

/// A change set as it travels: CBOR [body, signature, ? [+ [ordinal, salt, value]]].
/// `decode` refuses with malformed or too_large (kParcelBytesMax: an author checks it too).
struct Parcel {
  std::string body;
  crypto::Signature signature{};
  std::vector<Opening> openings;  ///< Only those that the receiver may read.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<Parcel> decode(std::string_view bytes);
};

}  // namespace linli::sync

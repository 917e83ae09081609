// sync/snapshot.h: the hub's signed word on what the change sets of one scope add up to.
//
// A snapshot is of one scope and audience, and comes in parts that can be taken one by one. It
// names the feeds that it stands for, each up to a number, and holds the merge state of every
// record that they touched: whoever has it goes on behind those numbers, as if it had all the
// change sets up to there. Feeds that found trust (certificates, policies) are never in one, and a
// feed is only in it up to before the first change set that doesn't count (rule 5 of the format).
#pragma once

#include <string>
#include <vector>

#include "sync/change_set.h"
#include "sync/feed.h"

namespace linli::sync {

inline constexpr std::size_t kSnapshotPartBytesMax = 1u << 20;  ///< Of a part's body.
inline constexpr std::size_t kSnapshotPartBytesAim = 128u << 10;
inline constexpr std::size_t kSnapshotFeedsMax = 4'000;

/// What a snapshot stands for of one feed: its numbers 1 … tip.seq.
struct SnapshotFeed {
  AuthorId author{};
  Incarnation incarnation;
  FeedTip tip;
};

struct SnapshotRecord {
  std::uint32_t type = 0;
  RecordId id{};
  Micros changed = 0;  ///< Last stamp of the change set that touched it last.
  std::string state;   ///< RecordState::encode() of the changes covered.
  std::size_t at = 0;  ///< Where the state begins in the body that this was decoded from.
};

/// A commitment of a record's field whose value was erased: no opening of it is taken any more.
struct SnapshotErased {
  std::size_t record = 0;  ///< Place in `records`.
  std::uint32_t field = 0;
  Hash commitment{};
  auto operator<=>(const SnapshotErased&) const = default;
};

struct SnapshotPart {
  Hash city{};
  Hash certificate{};  ///< The signer's; needs kRightReceipt and a path that covers `scope`.
  std::string scope;
  Audience audience = Audience::ancestors;
  Seen checkpoint;           ///< The tree head that covers it; names the snapshot.
  std::uint32_t number = 0;  ///< Of this part, from 0.
  bool last = false;
  std::vector<SnapshotFeed> feeds;      ///< The same in every part, ascending by feed name.
  std::vector<SnapshotRecord> records;  ///< Every record of the snapshot is in one part only.
  std::vector<SnapshotErased> erased;   ///< Of these records; ascending.

  [[nodiscard]] FeedName feed_name(const SnapshotFeed& feed) const {
    return {feed.author, scope, audience, feed.incarnation};
  }
  [[nodiscard]] std::string encode() const;  ///< The body that is signed under kDomainSnapshot.
  /// Errors: malformed, too_large, unknown_critical (suite, audience, a negative key). States are
  /// not looked into: RecordState::decode does.
  [[nodiscard]] static Result<SnapshotPart> decode(std::string_view body);
};

/// Did somebody sign it who may? Errors: other_city, unknown_certificate, bad_signature, forbidden
/// (no kRightReceipt), out_of_scope.
[[nodiscard]] Result<void> judge_snapshot(const SnapshotPart& part, std::string_view body,
                                          const crypto::Signature& signature,
                                          const crypto::CertificateBook& book);

/// A commitment that stands in a part's states.
struct SnapshotCommitment {
  std::size_t record = 0;  ///< Place in `records`.
  std::uint32_t field = 0;
  Hash commitment{};
};
/// All of them, each once, ascending by commitment. Errors: malformed (a state can't be read).
[[nodiscard]] Result<std::vector<SnapshotCommitment>> commitments(const SnapshotPart& part);

}  // namespace linli::sync

// node/store/verify_walk.h: what `verify` has proven while it walks through the log. For its own
// files only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/store/erasures.h"
#include "node/store/mending.h"
#include "node/store/verify.h"
#include "sync/history.h"
#include "sync/policy.h"
#include "sync/revocation.h"
#include "sync/ruling.h"

namespace linli::store::verifying {

/// What a receipt says of its feed.
struct Told {
  std::uint64_t from = 0, to = 0;
  std::pair<std::uint64_t, std::uint64_t> given;  ///< Epoch and size: the first one counts.
  sync::Micros time = 0;
  std::vector<std::uint64_t> flagged;
};
/// What rulings say of one change set.
struct Ruled {
  bool approved = false;
  std::optional<sync::Micros> held_at;
};

/// A value that was written here, and whose opening isn't here any more.
struct Unopened {
  std::int64_t arrival = 0;
  std::uint32_t ordinal = 0;
  RecordPlace record;
  std::uint32_t field = 0;
  Hash commitment{};
};

/// What the walk has proven so far.
struct Walk {
  crypto::CertificateBook book;
  std::map<Hash, sync::Policy> policies;
  sync::RevocationList revocations;
  std::map<sync::FeedId, sync::FeedTip> tips;
  std::map<sync::FeedId, std::uint64_t> confirmed;  ///< By receipts: each vouches for all before.
  std::map<sync::FeedId, std::vector<Told>> told;
  std::map<std::pair<sync::FeedId, std::uint64_t>, std::map<Hash, Ruled>> ruled;
  std::map<sync::FeedId, sync::FeedTip> covered;  ///< By snapshots that are whole.
  std::vector<Unopened> unopened;
  sync::LogTree tree;
  crypto::AuthorId self{};
  bool receipting = false;
  VerifyReport report;

  /// Of an entry of the log.
  void fault(std::int64_t arrival, FaultKind kind, std::optional<Error> reason = {},
             std::vector<std::string> parts = {}) {
    note({.place = FaultPlace::log,
          .name = std::to_string(arrival),
          .kind = kind,
          .parts = std::move(parts),
          .reason = std::move(reason),
          .arrival = arrival});
  }
  void note(VerifyFault fault) { report.faults.push_back(found(std::move(fault))); }
  void snapshots(store::Log& log);
  void part(const sync::SnapshotPart& part, std::string_view body,
            const crypto::Signature& signature, store::Database& db, std::int64_t arrival);
  void covered_feeds(store::Database& db);
  void feed_fault(Database& db, std::string_view feed, FaultKind kind);
  void parcel(store::Log& log, std::int64_t arrival, const Hash& named, bool brought);
  void openings(store::Log& log, const LoadedSet& loaded, bool made_here);
  void confirmations(Database& db);
  [[nodiscard]] bool was_confirmed_at(const sync::FeedId& feed, std::uint64_t seq,
                                      sync::Micros at) const;
  void erasures(store::Log& log);
  void lost_values(const std::vector<ListedErasure>& unknown, Database& db);
  void waiting(Database& db);
  void checkpoints(store::Log& log);
  void receipt(const std::string& body, const crypto::Signature& signature, std::int64_t arrival,
               bool given_here);
  void ruling(const std::string& body, const crypto::Signature& signature, std::int64_t arrival);
  void fork(const std::string& body, std::string_view feed, std::int64_t arrival);
  void learn(const sync::ChangeSet& set, bool counts);
  [[nodiscard]] bool after_its_end(store::Log& log, std::int64_t arrival, const Hash& hash) const;
  void standings(store::Log& log);
  void standing_of_feed(const sync::FeedId& feed, store::Log& log, std::int64_t number);
};

}  // namespace linli::store::verifying

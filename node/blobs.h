// node/blobs.h: attachments: files named by their content, received piece by piece, served by
// range.
//
// blobs/<2 hex>/<64 hex>               complete, its hash checked
// blobs/<2 hex>/<64 hex>.<32 hex>      on its way in, by who brings it: nobody spoils another's
//
// What is acknowledged is durable (I1): file, folder and index. Names come from hashes and author
// ids that were parsed, never from a peer's text. All of it is thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "node/store/blobs.h"
#include "node/store/faults.h"
#include "node/store/store.h"
#include "sync/blobs.h"

namespace linli::node {

class Replica;
using crypto::AuthorId;
using crypto::Hash;

inline constexpr std::int64_t kBlobQuota = 20LL << 30;  ///< Bytes, unless meta says otherwise.
inline constexpr std::int64_t kBlobUnreferenced = 256LL
                                                  << 20;  ///< Of one peer, without a record yet.

/// What a node fetches by itself, and how much it keeps. Kept in meta: "blobs.policy",
/// "blobs.quota", "sync.metered".
struct BlobPolicy {
  bool ahead = false;    ///< Everything that may be read, newest first; else when asked for.
  bool metered = false;  ///< A line that costs: only what somebody waits for.
  std::int64_t quota = kBlobQuota;
};

class Blobs {
 public:
  Blobs(Replica& replica, std::filesystem::path folder);
  ~Blobs();
  Blobs(const Blobs&) = delete;
  Blobs& operator=(const Blobs&) = delete;

  struct Part;

  /// One delivery going on: write, then finish. Given up by destroying it: what came stays.
  class Receiving {
   public:
    ~Receiving();
    Receiving(Receiving&&) noexcept = default;
    /// Takes what comes next. Errors: too_large (more than was announced), disk_full, io, gap
    /// (another request goes on with this part).
    [[nodiscard]] Result<void> write(std::string_view bytes);
    /// Makes all of it durable; once it is complete, checks the hash and takes the file in. True:
    /// it is complete. Errors: as write; altered (another content than its name says: the part is
    /// gone).
    [[nodiscard]] Result<bool> finish();
    [[nodiscard]] std::uint64_t held() const;  ///< Bytes from the start, written.

   private:
    friend class Blobs;
    Receiving(Blobs& blobs, std::shared_ptr<Part> part, std::uint64_t turn)
        : blobs_(&blobs), part_(std::move(part)), turn_(turn) {}
    Blobs* blobs_;
    std::shared_ptr<Part> part_;
    std::uint64_t turn_;
    std::vector<AuthorId> from_;
    bool safe_ = false;
  };
  /// Who brings it (the part is theirs), for whom, and whether that is our upstream.
  struct Deliverer {
    AuthorId by{};
    std::vector<AuthorId> for_authors;
    bool upstream = false;
    bool may_evict = true;  ///< Others that the hub has may go to make room.
    bool at_hub = false;    ///< The hub has this one.
  };
  /// Goes on with a delivery, or begins one; whoever else is at it is cut off. `from`: the first
  /// byte to come, which must be the first that isn't here; nothing: wherever that is. Errors:
  /// bad_value (empty), too_large, quota (says what to do), gap (names the byte to go on at),
  /// disk_full, io. A blob that is here already isn't received: look first.
  [[nodiscard]] Result<Receiving> receive(const Hash& hash, std::uint64_t size,
                                          std::optional<std::uint64_t> from,
                                          const Deliverer& deliverer);

  /// Is there room for one more, or can room be made? Errors: quota.
  [[nodiscard]] Result<void> has_room(const Hash& hash, std::uint64_t size,
                                      const Deliverer& deliverer);

  /// One that is here was delivered by these as well. Errors: disk_full, io.
  [[nodiscard]] Result<void> deliver(const Hash& hash, const std::vector<AuthorId>& authors);

  struct State {
    bool complete = false;
    std::uint64_t size = 0;  ///< 0: unknown.
    std::uint64_t held =
        0;  ///< Bytes from the start, of this deliverer's part if it isn't complete.
  };
  [[nodiscard]] State state(const Hash& hash, const AuthorId& by);
  /// As far as anybody's part has come, for people who wait.
  [[nodiscard]] State progress(const Hash& hash);

  /// A complete one, open for reading; stays readable if it is dropped meanwhile.
  class Reading {
   public:
    Reading(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
    ~Reading();
    Reading(Reading&& other) noexcept : fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Errors: io, corrupt (the file is shorter than it was).
    [[nodiscard]] Result<std::size_t> read(std::uint64_t at, char* into, std::size_t most) const;

   private:
    int fd_;
    std::uint64_t size_;
  };
  /// Errors: not_found (says how to get it), corrupt (the file is gone), io.
  [[nodiscard]] Result<Reading> open(const Hash& hash);
  /// What only somebody who has the content can say: BLAKE2b-256 of it, keyed with the hash of who
  /// says it (sync::blob_proof_key). Errors: as open.
  [[nodiscard]] Result<Hash> proof(const Hash& hash, const AuthorId& by);

  /// Somebody waits for this one: the agent fetches it, whatever the policy.
  void want(const Hash& hash);
  void stop_wanting(const Hash& hash);
  [[nodiscard]] std::vector<Hash> wanted() const;
  /// Returns once it is here (true), or after the timeout, or when it was given up.
  [[nodiscard]] bool wait_for(const Hash& hash, std::chrono::milliseconds timeout);

  /// A node below asks for one that isn't here: wanted for it, if not too many are and the upstream
  /// wasn't found to have none a minute ago. True: it is on its way, or soon will be.
  [[nodiscard]] bool want_for_peer(const Hash& hash);
  /// Has something been wanted for a node below since this was asked last?
  [[nodiscard]] bool was_wanted_for_peer() { return peers_want_.exchange(false); }

  /// One was turned away for want of room: said in the log and to `linli doctor`, not every time.
  void note_full(const Error& why);

  [[nodiscard]] BlobPolicy policy();
  /// Nothing: as it is. Errors: bad_value (a quota below one attachment), disk_full, io.
  [[nodiscard]] Result<void> set_policy(std::optional<bool> ahead,
                                        std::optional<std::int64_t> quota);

  struct Collected {
    std::int64_t blobs = 0, parts = 0, bytes = 0;
  };
  /// Removes what nothing has referred to on store::kBlobDays days on which this was called, parts
  /// that nobody went on with for as long, and files that the index doesn't know. Days are
  /// retention_day's: the clock's, but none later than somebody else has signed; a node that nobody
  /// has told the time removes nothing. Errors: disk_full, io.
  [[nodiscard]] Result<Collected> collect();

  /// Takes over what another data folder of this node has, whose database can be read: by hard
  /// links, so only from the same disk, and only what is what its name says. Answers with how many.
  /// Errors: disk_full, io; as Store::open.
  Result<std::int64_t> take_over(const std::filesystem::path& before);
  /// Strikes out of the index whose files aren't here (a backup holds none), so that they are
  /// missing and come again from other nodes. Answers with how many. Errors: disk_full, io.
  Result<std::int64_t> drop_lost();

  [[nodiscard]] std::filesystem::path file(const Hash& hash) const;

  /// Held by whoever moves attachments to or from the upstream: one at a time.
  std::mutex transfer_guard;
  /// What the transfer remembers between two runs; guarded by transfer_guard.
  struct Talk {
    sync::Nonce session{};  ///< With the upstream.
    std::uint64_t counter = 0;
    std::map<Hash, std::chrono::steady_clock::time_point> not_before;  ///< Refused: ask again then.
    std::int64_t looked_at = -1;  ///< Arrival number up to which nothing was missing, or to be had.
    std::chrono::steady_clock::time_point looked{};
    /// Held above, and not known to be at the hub: how long to wait before asking again.
    std::map<Hash, std::chrono::seconds> patience;
    std::set<Hash> full;  ///< The upstream had no room for them when they were offered last.
    std::optional<std::chrono::steady_clock::time_point> asked_epoch;  ///< The hub's, of a relay.
  } talk;

 private:
  friend class Receiving;
  using Key = std::pair<Hash, AuthorId>;
  std::filesystem::path part_file(const Key& key) const;
  std::shared_ptr<Part> part(const Key& key);
  [[nodiscard]] Result<void> load(Part& part, std::uint64_t size);
  [[nodiscard]] Result<void> sync(Part& part);
  [[nodiscard]] Result<void> take_in(Part& part, const std::vector<AuthorId>& from, bool safe);
  void drop(Part& part);
  [[nodiscard]] Result<void> make_room(const Hash& hash, std::uint64_t size,
                                       const Deliverer& deliverer);
  [[nodiscard]] std::optional<store::BlobRow> row_of(const Hash& hash);
  [[nodiscard]] bool was_lost(const store::BlobRow& row);
  Result<Collected> collect_now();
  std::int64_t remove_strays();
  [[nodiscard]] Result<void> check_after_restore();
  bool take_in_stray(const std::filesystem::path& file, const Hash& hash);
  [[nodiscard]] Result<bool> link_over(const std::filesystem::path& file, const store::BlobRow& row,
                                       const std::vector<AuthorId>& from);
  enum class Going { for_good, at_hub, lost };
  [[nodiscard]] Result<std::int64_t> remove_complete(const Hash& hash, Going why);

  Replica& replica_;
  std::filesystem::path folder_;
  std::mutex file_guard_;  ///< Held while a complete file comes or goes, with its row.
  mutable std::mutex guard_;
  std::condition_variable arrived_;
  std::map<Key, std::shared_ptr<Part>> parts_;  ///< Guarded by guard_.
  std::map<Hash, int> wanted_;                  ///< How many wait; guarded by guard_.
  /// Since when it is wanted for nodes below; guarded by guard_.
  std::map<Hash, std::chrono::steady_clock::time_point> wanted_below_;
  std::atomic<bool> peers_want_{false};
  std::optional<std::chrono::steady_clock::time_point> told_full_;  ///< Guarded by guard_.
};

/// Every complete attachment is there and is what its name says; every part is as long as it should
/// be. Reads only, beside a running node too.
struct BlobsVerified {
  std::int64_t blobs = 0, bytes = 0;
  std::vector<store::VerifyFault> faults;
};
[[nodiscard]] Result<BlobsVerified> verify_blobs(store::Store& store,
                                                 const std::filesystem::path& data,
                                                 const store::Progress& progress = {});

/// How many the index has whose files aren't there, or have another size. Reads only. Throws
/// DatabaseError.
[[nodiscard]] std::int64_t lost_blobs(store::Database& db, const std::filesystem::path& data);

}  // namespace linli::node

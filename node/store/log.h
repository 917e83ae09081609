// node/store/log.h: the log of accepted change sets and receipts, its feeds, scopes and authors.
//
// Used by the one writer. Keeps small caches; call `forget()` after a rollback.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "node/store/database.h"
#include "sync/exchange.h"
#include "sync/feed.h"
#include "sync/snapshot.h"

namespace linli::store {

struct Feed {
  std::int64_t id = 0;
  std::int64_t author = 0, scope = 0;  ///< Local numbers.
  sync::FeedId feed{};
  sync::FeedName name;
  sync::FeedTip tip;
  std::uint64_t receipted = 0;    ///< Durable at the hub up to this number …
  sync::Micros receipted_at = 0;  ///< … since then, by the hub's clock.
  /// A snapshot stands for the numbers up to here: sets among them may be missing.
  sync::FeedTip condensed;
};

/// Whether a change set counts. Numbers are in the database.
enum class Standing : std::uint8_t {
  counts = 0,
  held = 1,     ///< The hub held it back (sync/ruling.h), and nobody has approved it.
  unread = 2,   ///< It uses something that this version doesn't know: only its header is read (I8).
  refused = 3,  ///< What an upgrade could read breaks the policy; it keeps its place in its feed.
};

/// Values of a part of a snapshot are numbered from here (table opening): those of a change set
/// never reach it.
inline constexpr std::int64_t kPartOrdinals = 1 << 20;

/// A change set from the log, decoded; views point into `body`.
struct LoadedSet {
  std::int64_t arrival = 0;
  std::string body;
  crypto::Signature signature{};
  sync::ChangeSet set;
  sync::FeedId feed{};
  std::int64_t scope = 0;
  bool trusted = true;
  Standing standing = Standing::counts;
  sync::Micros received = 0;
};

/// What is appended. `stored` is `body` as it is kept (see pack_body).
struct Entry {
  sync::ObjectKind kind = sync::ObjectKind::parcel;
  std::int64_t scope = 0;
  sync::Audience audience = sync::Audience::ancestors;
  std::int64_t feed = 0;
  std::uint64_t seq = 0;
  crypto::Hash hash{};
  std::int64_t author = 0, peer = 0;
  bool trusted = true;
  Standing standing = Standing::counts;
  std::int64_t changes = 0;
  sync::Micros received = 0, last_stamp = 0;
  crypto::Signature signature{};
  std::string_view stored;
};

/// A body as the log keeps it: a byte that says how (0 plain, 1 zstd, 2 a part: parts.h), then the
/// bytes. Thread-safe.
[[nodiscard]] std::string pack_body(std::string_view body);
[[nodiscard]] std::string unpack_body(std::string_view stored);  ///< Throws DatabaseError: corrupt.

class Log {
 public:
  explicit Log(Database& db) : db_(db) {}

  [[nodiscard]] std::int64_t scope(std::string_view path);  ///< Found or made.
  [[nodiscard]] std::string path(std::int64_t scope);
  [[nodiscard]] std::int64_t author(const crypto::AuthorId& author);  ///< Found or made.
  /// Whom a local number stands for; all zero for 0.
  [[nodiscard]] crypto::AuthorId author_at(std::int64_t number);
  [[nodiscard]] Feed* find_feed(const sync::FeedId& feed);
  [[nodiscard]] Feed* feed_at(std::int64_t id);
  Feed& make_feed(const sync::FeedId& feed, const sync::FeedName& name);
  /// The newest earlier incarnation of a feed; null: there is none.
  [[nodiscard]] Feed* feed_before(const sync::FeedName& name);
  void save_tip(const Feed& feed);
  void save_receipted(const Feed& feed);
  void save_condensed(const Feed& feed);

  [[nodiscard]] std::optional<crypto::Hash> held(const Feed& feed, std::uint64_t seq);
  [[nodiscard]] std::int64_t append(const Entry& entry);  ///< Its arrival number.
  void save_opening(std::int64_t arrival, const sync::Opening& opening,
                    const crypto::Hash& commitment, bool personal);
  [[nodiscard]] std::int64_t last_arrival();
  /// Numbers up to the last one are never given again, even if its entry goes.
  void keep_numbers();
  [[nodiscard]] bool has(const Feed& feed, std::uint64_t seq, sync::ObjectKind kind,
                         const crypto::Hash& hash);
  /// Numbers of a feed within from … to that rulings speak of, ascending.
  [[nodiscard]] std::vector<std::uint64_t> ruled(const Feed& feed, std::uint64_t from,
                                                 std::uint64_t to);
  /// Numbers of a feed's sets within from … to whose clocks were off, ascending.
  [[nodiscard]] std::vector<std::uint64_t> untrusted(const Feed& feed, std::uint64_t from,
                                                     std::uint64_t to);
  /// Arrivals of the sets that only a later version could read, ascending.
  [[nodiscard]] std::vector<std::int64_t> unread();
  /// Arrival of the set of this hash, if it is held back.
  [[nodiscard]] std::optional<std::int64_t> held_back(const crypto::Hash& set);
  /// Receipts or rulings on a feed that end at number `from` or behind it, ascending.
  [[nodiscard]] std::vector<crypto::SignedBody> told_of(const Feed& feed, std::uint64_t from,
                                                        sync::ObjectKind kind);
  [[nodiscard]] std::set<crypto::AuthorId> authors_of_feeds();
  [[nodiscard]] std::vector<Feed*> feeds_of(const crypto::AuthorId& author);
  [[nodiscard]] std::uint64_t newest_incarnation(const crypto::AuthorId& author);
  /// The greatest stamp in any feed of an author from that incarnation on; 0: none.
  [[nodiscard]] sync::Micros last_stamp_of(const crypto::AuthorId& author,
                                           std::int64_t incarnation = 0);
  /// Does one of its feeds end with a stamp after `after` that the hub's receipt flags?
  [[nodiscard]] bool ends_flagged(const crypto::AuthorId& author, sync::Micros after);
  /// Certificates got at enrolment, in the order that proves them; and adding one.
  /// The newest time that somebody else's word shows: the hub's receipts, and at the hub the
  /// stamps of all others. 0: nobody's.
  [[nodiscard]] sync::Micros time_by_others(const crypto::AuthorId& own, bool at_hub);
  [[nodiscard]] std::vector<std::string> anchors();
  void add_anchor(const crypto::Hash& hash, std::string_view bytes);
  /// Arrivals of the sets that certificates and policies came in, ascending.
  [[nodiscard]] std::vector<std::int64_t> founding_sets();
  void set_trusted(std::int64_t arrival, bool trusted);
  void set_standing(std::int64_t arrival, Standing standing);

  /// Kept for a while: the same sets are asked for again and again by merges.
  [[nodiscard]] std::shared_ptr<const LoadedSet> load(std::int64_t arrival);
  /// Likewise a part of a snapshot.
  [[nodiscard]] std::shared_ptr<const sync::SnapshotPart> part(std::int64_t arrival);
  [[nodiscard]] std::optional<std::int64_t> arrival_of(const sync::FeedId& feed, std::uint64_t seq);
  [[nodiscard]] std::optional<std::string> opened(std::int64_t arrival,
                                                  const crypto::Hash& commitment);

  [[nodiscard]] std::optional<std::string> meta(std::string_view key);
  [[nodiscard]] std::int64_t meta_int(std::string_view key, std::int64_t otherwise);
  void set_meta(std::string_view key, std::string_view value);
  void set_meta_int(std::string_view key, std::int64_t value);

  void forget();
  [[nodiscard]] Database& database() { return db_; }

 private:
  Database& db_;
  std::unordered_map<std::string, std::int64_t> scopes_;
  std::unordered_map<std::int64_t, std::string> paths_;
  std::unordered_map<crypto::AuthorId, std::int64_t> authors_;
  std::unordered_map<sync::FeedId, std::unique_ptr<Feed>> feeds_;
  std::unordered_map<std::int64_t, Feed*> feeds_by_id_;
  std::list<std::shared_ptr<const LoadedSet>> recent_;  ///< Newest first, at most kRecentMax.
  using Part = std::pair<std::int64_t, std::shared_ptr<const sync::SnapshotPart>>;
  std::list<Part> recent_parts_;  ///< Newest first, at most kRecentPartsMax.
  std::int64_t last_ = -1;        ///< Arrival number of the newest entry; -1: not looked up yet.
  std::string chain_;             ///< Of that entry.
};

}  // namespace linli::store

#include "node/store/log.h"

#include "node/store/parts.h"
#include "node/store/table.h"
#include "sync/policy.h"

namespace linli::store {
namespace {

constexpr std::size_t kChainBytes = 16;

/// The first `n` segments of a path, or nothing if it is shorter.
std::string_view up_to(std::string_view path, int n) {
  std::size_t at = 0;
  for (int i = 0; i < n; ++i) {
    at = path.find('/', at);
    if (at == std::string_view::npos) return i + 1 == n ? path : std::string_view{};
    if (i + 1 == n) return path.substr(0, at);
    ++at;
  }
  return {};
}

}  // namespace

std::string pack_body(std::string_view body) {
  std::string stored(1, '\0');
  if (body.size() > 200) {
    auto packed = sync::compress(body, 1);
    if (packed.size() < body.size()) {
      stored[0] = '\1';
      return stored += packed;
    }
  }
  return stored.append(body);
}

std::string unpack_body(std::string_view stored) {
  if (!stored.empty() && stored[0] == '\0') return std::string(stored.substr(1));
  if (!stored.empty() && stored[0] == '\1') {
    auto body = sync::decompress(stored.substr(1), sync::kChangeSetBytesMax);
    if (body) return std::move(*body);
  }
  if (!stored.empty() && stored[0] == kStoredPart) {
    auto body = cut_part(stored).whole();
    if (body) return std::move(*body);
  }
  throw DatabaseError({Errc::corrupt, "a body in the log can't be unpacked", {}});
}

std::int64_t Log::scope(std::string_view path) {
  if (const auto known = scopes_.find(std::string(path)); known != scopes_.end()) {
    return known->second;
  }
  auto& find = db_.cached("SELECT id FROM scope WHERE path = ?1");
  find.bind_text(1, path);
  std::int64_t id = 0;
  if (find.step()) {
    id = find.integer(0);
    find.reset();
  } else {
    auto& make = db_.cached(
        "INSERT INTO scope(path, city, district, street, community) VALUES (?1, ?2, ?3, ?4, ?5)");
    make.bind_text(1, path).bind_text(2, up_to(path, 1)).bind_text(3, up_to(path, 2));
    make.bind_text(4, up_to(path, 3)).bind_text(5, up_to(path, 4));
    make.run();
    id = db_.last_rowid();
  }
  scopes_[std::string(path)] = id;
  paths_[id] = std::string(path);
  return id;
}

std::string Log::path(std::int64_t scope) {
  if (const auto known = paths_.find(scope); known != paths_.end()) return known->second;
  auto& find = db_.cached("SELECT path FROM scope WHERE id = ?1");
  find.bind(1, scope);
  ensure(find.step(), "a scope number is known");
  std::string path(find.text(0));
  find.reset();
  scopes_[path] = scope;
  return paths_[scope] = path;
}

std::int64_t Log::author(const crypto::AuthorId& author) {
  if (const auto known = authors_.find(author); known != authors_.end()) return known->second;
  auto& find = db_.cached("SELECT id FROM author WHERE author = ?1");
  find.bind_blob(1, author.view());
  std::int64_t id = 0;
  if (find.step()) {
    id = find.integer(0);
    find.reset();
  } else {
    auto& make = db_.cached("INSERT INTO author(author) VALUES (?1)");
    make.bind_blob(1, author.view()).run();
    id = db_.last_rowid();
  }
  return authors_[author] = id;
}

namespace {
constexpr std::string_view kFeedColumns =
    "SELECT f.id, f.feed, f.author, f.scope, f.audience, f.incarnation, f.nonce, f.tip_seq, "
    "f.tip_hash, f.tip_stamp, f.receipted_seq, f.receipted_at, a.author, s.path, f.condensed_seq, "
    "f.condensed_hash, f.condensed_stamp "
    "FROM feed f JOIN author a ON a.id = f.author JOIN scope s ON s.id = f.scope WHERE ";

std::unique_ptr<Feed> read_feed(const Statement& s) {
  auto feed = std::make_unique<Feed>();
  feed->id = s.integer(0);
  feed->feed = sync::FeedId::of(s.blob(1));
  feed->author = s.integer(2);
  feed->scope = s.integer(3);
  feed->name.audience = static_cast<sync::Audience>(s.integer(4));
  feed->name.incarnation.number = static_cast<std::uint64_t>(s.integer(5));
  feed->name.incarnation.nonce = sync::Nonce::of(s.blob(6));
  feed->tip.seq = static_cast<std::uint64_t>(s.integer(7));
  feed->tip.hash = crypto::Hash::of(s.blob(8));
  feed->tip.stamp = s.integer(9);
  feed->receipted = static_cast<std::uint64_t>(s.integer(10));
  feed->receipted_at = s.integer(11);
  feed->name.author = crypto::AuthorId::of(s.blob(12));
  feed->name.scope = std::string(s.text(13));
  feed->condensed.seq = static_cast<std::uint64_t>(s.integer(14));
  if (feed->condensed.seq > 0) feed->condensed.hash = crypto::Hash::of(s.blob(15));
  feed->condensed.stamp = s.integer(16);
  return feed;
}
}  // namespace

Feed* Log::find_feed(const sync::FeedId& feed) {
  if (const auto known = feeds_.find(feed); known != feeds_.end()) return known->second.get();
  auto& find = db_.cached(std::string(kFeedColumns) + "f.feed = ?1");
  find.bind_blob(1, feed.view());
  if (!find.step()) return nullptr;
  auto made = read_feed(find);
  find.reset();
  auto* at = made.get();
  feeds_by_id_[at->id] = at;
  feeds_[feed] = std::move(made);
  return at;
}

Feed* Log::feed_at(std::int64_t id) {
  if (const auto known = feeds_by_id_.find(id); known != feeds_by_id_.end()) return known->second;
  auto& find = db_.cached("SELECT feed FROM feed WHERE id = ?1");
  find.bind(1, id);
  if (!find.step()) return nullptr;
  const auto feed = sync::FeedId::of(find.blob(0));
  find.reset();
  return find_feed(feed);
}

Feed& Log::make_feed(const sync::FeedId& feed, const sync::FeedName& name) {
  auto made = std::make_unique<Feed>();
  made->feed = feed;
  made->name = name;
  made->author = author(name.author);
  made->scope = scope(name.scope);
  auto& make = db_.cached(
      "INSERT INTO feed(feed, author, scope, audience, incarnation, nonce, tip_seq, tip_hash, "
      "tip_stamp) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, 0)");
  make.bind_blob(1, feed.view()).bind(2, made->author).bind(3, made->scope);
  make.bind(4, static_cast<int>(name.audience));
  make.bind(5, static_cast<std::int64_t>(name.incarnation.number));
  make.bind_blob(6, name.incarnation.nonce.view()).bind_blob(7, made->tip.hash.view());
  make.run();
  made->id = db_.last_rowid();
  auto& kept = feeds_[feed];
  kept = std::move(made);
  feeds_by_id_[kept->id] = kept.get();
  return *kept;
}

void Log::save_tip(const Feed& feed) {
  auto& s = db_.cached("UPDATE feed SET tip_seq = ?2, tip_hash = ?3, tip_stamp = ?4 WHERE id = ?1");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(feed.tip.seq));
  s.bind_blob(3, feed.tip.hash.view()).bind(4, feed.tip.stamp).run();
}

void Log::save_receipted(const Feed& feed) {
  auto& s = db_.cached("UPDATE feed SET receipted_seq = ?2, receipted_at = ?3 WHERE id = ?1");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(feed.receipted));
  s.bind(3, feed.receipted_at).run();
}

void Log::save_condensed(const Feed& feed) {
  auto& s = db_.cached(
      "UPDATE feed SET condensed_seq = ?2, condensed_hash = ?3, condensed_stamp = ?4 WHERE id = "
      "?1");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(feed.condensed.seq));
  s.bind_blob(3, feed.condensed.hash.view()).bind(4, feed.condensed.stamp).run();
}

std::optional<crypto::Hash> Log::held(const Feed& feed, std::uint64_t seq) {
  if (seq == feed.tip.seq && seq > 0) return feed.tip.hash;
  if (seq == feed.condensed.seq && seq > 0) return feed.condensed.hash;
  auto& s = db_.cached("SELECT hash FROM log WHERE feed = ?1 AND seq = ?2 AND kind = 1");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(seq));
  if (!s.step()) return std::nullopt;
  const auto hash = crypto::Hash::of(s.blob(0));
  s.reset();
  return hash;
}

std::int64_t Log::append(const Entry& e) {
  const auto arrival = last_arrival() + 1;
  chain_ = crypto::hash({chain_, e.hash.view()}).view().substr(0, kChainBytes);
  auto& s = db_.cached(
      "INSERT INTO log(kind, scope, audience, feed, seq, hash, author, peer, trusted, changes, "
      "received, last_stamp, signature, body, arrival, chain, standing) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)");
  s.bind(1, static_cast<int>(e.kind)).bind(2, e.scope).bind(3, static_cast<int>(e.audience));
  s.bind(4, e.feed).bind(5, static_cast<std::int64_t>(e.seq)).bind_blob(6, e.hash.view());
  s.bind(7, e.author).bind(8, e.peer).bind(9, e.trusted ? 1 : 0).bind(10, e.changes);
  s.bind(11, e.received).bind(12, e.last_stamp).bind_blob(13, e.signature.view());
  s.bind_blob(14, e.stored).bind(15, arrival).bind_blob(16, chain_);
  s.bind(17, static_cast<int>(e.standing)).run();
  return last_ = arrival;
}

void Log::save_opening(std::int64_t arrival, const sync::Opening& opening,
                       const crypto::Hash& commitment, bool personal) {
  auto& s = db_.cached(
      "INSERT OR IGNORE INTO opening(arrival, ordinal, commitment, salt, value, personal) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  s.bind(1, arrival).bind(2, opening.ordinal).bind_blob(3, commitment.view());
  s.bind_blob(4, opening.salt.view()).bind_blob(5, opening.value).bind(6, personal ? 1 : 0).run();
}

std::int64_t Log::last_arrival() {
  if (last_ >= 0) return last_;
  auto& s = db_.cached("SELECT arrival, chain FROM log ORDER BY arrival DESC LIMIT 1");
  last_ = 0;
  chain_.clear();
  if (s.step()) {
    last_ = s.integer(0);
    chain_ = std::string(s.blob(1));
    s.reset();
  }
  if (const auto floor = meta_int("arrival_floor", 0); floor > last_) {
    last_ = floor;
    chain_ = meta("arrival_floor_chain").value_or("");
  }
  return last_;
}

void Log::keep_numbers() {
  set_meta_int("arrival_floor", last_arrival());
  set_meta("arrival_floor_chain", chain_);
}

std::vector<crypto::SignedBody> Log::told_of(const Feed& feed, std::uint64_t from,
                                             sync::ObjectKind kind) {
  std::vector<crypto::SignedBody> found;
  auto& s = db_.cached(
      "SELECT body, signature FROM log WHERE feed = ?1 AND seq >= ?2 AND kind = ?3 ORDER BY seq");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(from)).bind(3, static_cast<int>(kind));
  while (s.step()) {
    found.push_back({unpack_body(s.blob(0)), crypto::Signature::of(s.blob(1))});
  }
  return found;
}

std::vector<std::uint64_t> Log::untrusted(const Feed& feed, std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> numbers;
  auto& s = db_.cached(
      "SELECT seq FROM log WHERE feed = ?1 AND seq BETWEEN ?2 AND ?3 AND kind = 1 AND NOT trusted "
      "ORDER BY seq");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(from));
  s.bind(3, static_cast<std::int64_t>(to));
  while (s.step()) numbers.push_back(static_cast<std::uint64_t>(s.integer(0)));
  return numbers;
}

std::vector<std::uint64_t> Log::ruled(const Feed& feed, std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> seqs;
  auto& s = db_.cached(
      "SELECT DISTINCT seq FROM log WHERE feed = ?1 AND seq BETWEEN ?2 AND ?3 AND kind = 3 "
      "ORDER BY seq");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(from));
  s.bind(3, static_cast<std::int64_t>(to));
  while (s.step()) seqs.push_back(static_cast<std::uint64_t>(s.integer(0)));
  return seqs;
}

std::set<crypto::AuthorId> Log::authors_of_feeds() {
  std::set<crypto::AuthorId> authors;
  auto s = db_.prepare("SELECT DISTINCT a.author FROM feed f JOIN author a ON a.id = f.author");
  while (s.step()) authors.insert(crypto::AuthorId::of(s.blob(0)));
  return authors;
}

std::vector<Feed*> Log::feeds_of(const crypto::AuthorId& author) {
  std::vector<std::int64_t> numbers;
  auto s = db_.prepare(
      "SELECT f.id FROM feed f JOIN author a ON a.id = f.author WHERE a.author = ?1 ORDER BY f.id");
  s.bind_blob(1, author.view());
  while (s.step()) numbers.push_back(s.integer(0));
  s.reset();
  std::vector<Feed*> feeds;
  for (const auto number : numbers) feeds.push_back(feed_at(number));
  return feeds;
}

std::uint64_t Log::newest_incarnation(const crypto::AuthorId& author) {
  auto s = db_.prepare(
      "SELECT coalesce(max(f.incarnation), 0) FROM feed f JOIN author a ON a.id = f.author "
      "WHERE a.author = ?1");
  s.bind_blob(1, author.view());
  s.step();
  return static_cast<std::uint64_t>(s.integer(0));
}

std::vector<std::int64_t> Log::unread() {
  std::vector<std::int64_t> arrivals;
  auto s =
      db_.prepare("SELECT arrival FROM log WHERE standing > 0 AND standing = 2 ORDER BY arrival");
  while (s.step()) arrivals.push_back(s.integer(0));
  return arrivals;
}

std::optional<std::int64_t> Log::held_back(const crypto::Hash& set) {
  auto s = db_.prepare(
      "SELECT arrival FROM log WHERE standing > 0 AND standing = 1 AND hash = ?1 AND kind = 1");
  s.bind_blob(1, set.view());
  if (!s.step()) return std::nullopt;
  return s.integer(0);
}

void Log::set_standing(std::int64_t arrival, Standing standing) {
  auto& s = db_.cached("UPDATE log SET standing = ?2 WHERE arrival = ?1");
  s.bind(1, arrival).bind(2, static_cast<int>(standing)).run();
  recent_.clear();
}

void Log::set_trusted(std::int64_t arrival, bool trusted) {
  auto& s = db_.cached("UPDATE log SET trusted = ?2 WHERE arrival = ?1");
  s.bind(1, arrival).bind(2, trusted ? 1 : 0).run();
  recent_.clear();
}

crypto::AuthorId Log::author_at(std::int64_t number) {
  auto& s = db_.cached("SELECT author FROM author WHERE id = ?1");
  s.bind(1, number);
  const auto author = s.step() ? crypto::AuthorId::of(s.blob(0)) : crypto::AuthorId{};
  s.reset();
  return author;
}

Feed* Log::feed_before(const sync::FeedName& name) {
  auto& s = db_.cached(
      "SELECT f.feed FROM feed f JOIN author a ON a.id = f.author JOIN scope s ON s.id = f.scope "
      "WHERE a.author = ?1 AND s.path = ?2 AND f.audience = ?3 AND f.incarnation < ?4 "
      "ORDER BY f.incarnation DESC LIMIT 1");
  s.bind_blob(1, name.author.view()).bind_text(2, name.scope);
  s.bind(3, static_cast<int>(name.audience));
  s.bind(4, static_cast<std::int64_t>(name.incarnation.number));
  if (!s.step()) return nullptr;
  const auto feed = sync::FeedId::of(s.blob(0));
  s.reset();
  return find_feed(feed);
}

bool Log::has(const Feed& feed, std::uint64_t seq, sync::ObjectKind kind,
              const crypto::Hash& hash) {
  auto& s =
      db_.cached("SELECT 1 FROM log WHERE feed = ?1 AND seq = ?2 AND kind = ?3 AND hash = ?4");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(seq)).bind(3, static_cast<int>(kind));
  s.bind_blob(4, hash.view());
  const bool there = s.step();
  s.reset();
  return there;
}

sync::Micros Log::time_by_others(const crypto::AuthorId& own, bool at_hub) {
  auto& s = db_.cached(at_hub ? "SELECT ifnull(max(tip_stamp), 0) FROM feed WHERE author <> ?1"
                              : "SELECT ifnull(max(receipted_at), 0) FROM feed WHERE ?1 = ?1");
  s.bind(1, author(own)).step();
  const sync::Micros time = s.integer(0);
  s.reset();
  return time;
}

sync::Micros Log::last_stamp_of(const crypto::AuthorId& author, std::int64_t incarnation) {
  auto& s = db_.cached(
      "SELECT coalesce(max(f.tip_stamp), 0) FROM feed f JOIN author a ON a.id = f.author "
      "WHERE a.author = ?1 AND f.incarnation >= ?2");
  s.bind_blob(1, author.view()).bind(2, incarnation);
  s.step();
  const auto last = s.integer(0);
  s.reset();
  return last;
}

bool Log::ends_flagged(const crypto::AuthorId& author, sync::Micros after) {
  auto s = db_.prepare(
      "SELECT 1 FROM feed f JOIN author a ON a.id = f.author JOIN log l ON l.feed = f.id AND "
      "l.seq = f.tip_seq AND l.kind = 1 WHERE a.author = ?1 AND f.tip_stamp > ?2 AND NOT "
      "l.trusted");
  return s.bind_blob(1, author.view()).bind(2, after).step();
}

std::vector<std::string> Log::anchors() {
  std::vector<std::string> bytes;
  auto s = db_.prepare("SELECT bytes FROM anchor ORDER BY position");
  while (s.step()) bytes.emplace_back(s.blob(0));
  return bytes;
}

void Log::add_anchor(const crypto::Hash& hash, std::string_view bytes) {
  auto& s = db_.cached("INSERT OR IGNORE INTO anchor(hash, bytes) VALUES (?1, ?2)");
  s.bind_blob(1, hash.view()).bind_blob(2, bytes).run();
}

std::vector<std::int64_t> Log::founding_sets() {
  std::vector<std::int64_t> arrivals;
  auto s = db_.prepare(
      "SELECT _arrival FROM r_certificate UNION SELECT _arrival FROM r_policy UNION "
      "SELECT _arrival FROM r_revocation UNION "
      "SELECT arrival FROM record_change WHERE rec % ?1 IN (?2, ?3, ?4) ORDER BY 1");
  s.bind(1, kTypesMax).bind(2, sync::kTypeCertificate).bind(3, sync::kTypePolicy);
  s.bind(4, sync::kTypeRevocation);
  while (s.step()) arrivals.push_back(s.integer(0));
  return arrivals;
}

std::optional<std::string> Log::meta(std::string_view key) {
  auto& s = db_.cached("SELECT value FROM meta WHERE key = ?1");
  s.bind_text(1, key);
  if (!s.step()) return std::nullopt;
  std::string value(s.blob(0));
  s.reset();
  return value;
}

std::int64_t Log::meta_int(std::string_view key, std::int64_t otherwise) {
  auto& s = db_.cached("SELECT value FROM meta WHERE key = ?1");
  s.bind_text(1, key);
  if (!s.step()) return otherwise;
  const auto value = s.integer(0);
  s.reset();
  return value;
}

void Log::set_meta(std::string_view key, std::string_view value) {
  auto& s = db_.cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)");
  s.bind_text(1, key).bind_blob(2, value).run();
}

void Log::set_meta_int(std::string_view key, std::int64_t value) {
  auto& s = db_.cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)");
  s.bind_text(1, key).bind(2, value).run();
}

void Log::forget() {
  scopes_.clear();
  paths_.clear();
  authors_.clear();
  feeds_.clear();
  feeds_by_id_.clear();
  recent_.clear();
  recent_parts_.clear();
  last_ = -1;
}

}  // namespace linli::store

#include "node/store/peers.h"

#include <algorithm>
#include <map>

#include "node/store/branches.h"
#include "node/store/parts.h"
#include "node/store/shelf_detail.h"
#include "sync/policy.h"

namespace linli::store {

using crypto::AuthorId;
using crypto::Hash;

namespace shelf {
namespace {

constexpr std::int64_t kScopesOneByOneMax = 64;

}  // namespace

std::vector<Shelfmark> readable(Database& db, const crypto::Certificate& reader) {
  std::vector<Shelfmark> marks;
  auto& s = db.cached("SELECT id, path FROM scope ORDER BY id");
  while (s.step()) {
    for (int audience = 0; audience <= 3; ++audience) {
      if (sync::may_read(reader, s.text(1), static_cast<sync::Audience>(audience))) {
        marks.push_back({s.integer(0), audience});
      }
    }
  }
  return marks;
}

namespace {

/// A part of a snapshot that stands in the log, with the values that came with it.
sync::Object part_in_log(Database& db, const Statement& row, bool personal) {
  auto& values = db.cached(
      "SELECT commitment, salt, value FROM opening WHERE arrival = ?1 AND personal <= ?2");
  values.bind(1, row.integer(0)).bind(2, personal ? 1 : 0);
  return part_object(row.blob(3), crypto::Signature::of(row.blob(2)), values);
}

}  // namespace

sync::Object object_of(Database& db, const Statement& row, bool personal) {
  const auto kind = static_cast<sync::ObjectKind>(row.integer(1));
  if (kind == sync::ObjectKind::snapshot) return part_in_log(db, row, personal);
  if (kind == sync::ObjectKind::fork) return {kind, unpack_body(row.blob(3))};
  if (kind == kBranchEntry) {
    return {sync::ObjectKind::parcel, branch_parcel(db, row.integer(0), personal).value_or("")};
  }
  crypto::SignedBody signed_body{unpack_body(row.blob(3)), crypto::Signature::of(row.blob(2))};
  if (kind != sync::ObjectKind::parcel) return {kind, signed_body.encode()};
  sync::Parcel parcel;
  parcel.body = std::move(signed_body.body);
  parcel.signature = signed_body.signature;
  auto& openings = db.cached(
      "SELECT ordinal, salt, value FROM opening WHERE arrival = ?1 AND personal <= ?2 ORDER BY "
      "ordinal");
  openings.bind(1, row.integer(0)).bind(2, personal ? 1 : 0);
  while (openings.step()) {
    parcel.openings.push_back({static_cast<std::uint32_t>(openings.integer(0)),
                               crypto::Salt::of(openings.blob(1)), std::string(openings.blob(2))});
  }
  return {sync::ObjectKind::parcel, parcel.encode()};
}

std::int64_t author_number(Database& db, const crypto::AuthorId& author) {
  auto& s = db.cached("SELECT id FROM author WHERE author = ?1");
  s.bind_blob(1, author.view());
  if (!s.step()) return -1;
  const auto id = s.integer(0);
  s.reset();
  return id;
}

std::int64_t meta_int(Database& db, std::string_view key) {
  auto& s = db.cached("SELECT value FROM meta WHERE key = ?1");
  s.bind_text(1, key);
  if (!s.step()) return 0;
  const auto value = s.integer(0);
  s.reset();
  return value;
}

std::int64_t newest(Database& db) {
  auto& s = db.cached("SELECT coalesce(max(arrival), 0) FROM log");
  s.step();
  const auto last = s.integer(0);
  s.reset();
  return std::max(last, meta_int(db, "arrival_floor"));  // Where the newest entries were dropped.
}

std::vector<std::int64_t> arrivals_behind(Database& db, const std::vector<Shelfmark>& marks,
                                          std::int64_t after, std::size_t limit) {
  std::vector<std::int64_t> arrivals;
  if (static_cast<std::int64_t>(marks.size()) > kScopesOneByOneMax) {
    // A reader of most of the city: walking the log is what costs in proportion to what is new.
    auto& s =
        db.cached("SELECT arrival, scope, audience FROM log WHERE arrival > ?1 ORDER BY arrival");
    s.bind(1, after);
    std::vector<std::uint8_t> mask;
    for (const auto& mark : marks) {
      const auto at = static_cast<std::size_t>(mark.scope);
      if (mask.size() <= at) mask.resize(at + 1);
      mask[at] = static_cast<std::uint8_t>(mask[at] | 1u << mark.audience);
    }
    while (arrivals.size() < limit && s.step()) {
      const auto at = static_cast<std::size_t>(s.integer(1));
      if (at < mask.size() && (mask[at] >> s.integer(2) & 1)) arrivals.push_back(s.integer(0));
    }
    s.reset();
    return arrivals;
  }
  for (const auto& mark : marks) {
    auto& s = db.cached(
        "SELECT arrival FROM log WHERE scope = ?1 AND audience = ?2 AND arrival > ?3 ORDER BY "
        "arrival LIMIT ?4");
    s.bind(1, mark.scope).bind(2, mark.audience).bind(3, after);
    s.bind(4, static_cast<std::int64_t>(limit));
    while (s.step()) arrivals.push_back(s.integer(0));
  }
  std::sort(arrivals.begin(), arrivals.end());
  if (arrivals.size() > limit) arrivals.resize(limit);
  return arrivals;
}

}  // namespace shelf

using namespace shelf;

namespace {

/// Those of `now` that aren't in `before`.
std::vector<Shelfmark> gained(const std::vector<Shelfmark>& now,
                              const std::vector<Shelfmark>& before) {
  std::vector<Shelfmark> more;
  const auto order = [](const Shelfmark& a, const Shelfmark& b) {
    return std::pair(a.scope, a.audience) < std::pair(b.scope, b.audience);
  };
  // Both come in the order of the scope table.
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                      std::back_inserter(more), order);
  return more;
}

/// What arrived behind a number for the reader, and the hub's word on what it wrote where it
/// doesn't work any more: by receipts it knows that it may let go of that, by rulings what became
/// of it.
std::vector<std::int64_t> with_own_words(Database& db, const std::vector<Shelfmark>& marks,
                                         std::int64_t self, std::int64_t after, std::size_t limit) {
  auto arrivals = arrivals_behind(db, marks, after, limit);
  auto& feeds = db.cached("SELECT id, scope, audience FROM feed WHERE author = ?1");
  feeds.bind(1, self);
  auto& words = db.cached(
      "SELECT arrival FROM log WHERE scope = ?1 AND audience = ?2 AND arrival > ?3 AND feed = ?4 "
      "AND kind IN (2, 3) ORDER BY arrival LIMIT ?5");
  while (feeds.step()) {
    const bool readable = std::any_of(marks.begin(), marks.end(), [&](const Shelfmark& mark) {
      return mark.scope == feeds.integer(1) && mark.audience == feeds.integer(2);
    });
    if (readable) continue;
    words.bind(1, feeds.integer(1)).bind(2, feeds.integer(2)).bind(3, after);
    words.bind(4, feeds.integer(0)).bind(5, static_cast<std::int64_t>(limit));
    while (words.step()) arrivals.push_back(words.integer(0));
    words.reset();
  }
  feeds.reset();
  std::sort(arrivals.begin(), arrivals.end());
  if (arrivals.size() > limit) arrivals.resize(limit);
  return arrivals;
}

}  // namespace

sync::Shelf::Page page_for(Database& db, const crypto::Certificate& reader, const Hash& name,
                           const ReadFrom& from, bool include_own, std::uint64_t epoch,
                           std::size_t most) {
  sync::Shelf::Page page;
  const auto self = author_number(db, reader.subject);
  const bool personal = (reader.rights & crypto::kRightReadPersonal) != 0;
  const auto last = newest(db);
  const auto after = from.after;
  page.cursor = {epoch, name, static_cast<std::uint64_t>(std::max(last, after))};
  if (after >= last) return page;

  constexpr std::size_t kLimit = sync::kBatchObjectsMax / 2;
  const auto marks = readable(db, reader);
  std::vector<std::int64_t> arrivals;
  if (from.before && after < from.before_up_to) {
    // First what the new certificate adds of the part that was read under the old one.
    arrivals = arrivals_behind(db, gained(marks, readable(db, *from.before)), after, kLimit);
    const auto end = std::upper_bound(arrivals.begin(), arrivals.end(), from.before_up_to);
    const bool all = arrivals.size() < kLimit || end != arrivals.end();
    arrivals.erase(end, arrivals.end());
    if (all) {
      const auto rest =
          with_own_words(db, marks, self, from.before_up_to, kLimit - arrivals.size());
      arrivals.insert(arrivals.end(), rest.begin(), rest.end());
    }
  } else {
    arrivals = with_own_words(db, marks, self, after, kLimit);
  }
  std::size_t bytes = 0;
  auto& row = db.cached(std::string(kColumns) + "WHERE l.arrival = ?1");
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (bytes >= most) {
      page.more = true;
      page.remaining = arrivals.size() - i;
      page.cursor.arrival = static_cast<std::uint64_t>(arrivals[i] - 1);
      break;
    }
    row.bind(1, arrivals[i]);
    if (!row.step()) continue;
    const bool parcel = row.integer(1) == static_cast<int>(sync::ObjectKind::parcel);
    // Evidence of another branch is brought to its author as well, who may have lost it.
    const bool of_branch = row.integer(1) == static_cast<int>(kBranchEntry);
    const bool own =
        (parcel && row.integer(6) == self) || ((parcel || of_branch) && row.integer(7) == self);
    // What it wrote itself it may read in any case, and may have lost.
    auto object = include_own || !own ? object_of(db, row, personal || row.integer(6) == self)
                                      : sync::Object{};
    if (!object.bytes.empty()) {
      page.objects.push_back(std::move(object));
      page.arrivals.push_back(static_cast<std::uint64_t>(arrivals[i]));
      bytes += page.objects.back().bytes.size();
    }
    row.reset();
  }
  if (!page.more && arrivals.size() == kLimit) {
    page.more = true;
    page.cursor.arrival = static_cast<std::uint64_t>(arrivals.back());
  }
  return page;
}

std::string parcel_at(Database& db, std::int64_t arrival) {
  auto row = db.prepare(std::string(kColumns) + "WHERE l.arrival = ?1 AND l.kind = 1");
  row.bind(1, arrival);
  ensure(row.step(), "a set is where the log says");
  return object_of(db, row, true).bytes;
}

std::optional<std::string> chain_at(Database& db, std::int64_t arrival) {
  if (arrival > newest(db)) return std::nullopt;
  auto& s = db.cached(
      "SELECT chain FROM log WHERE arrival = ?1 UNION ALL SELECT chain FROM gone WHERE arrival = "
      "?1");
  s.bind(1, arrival);
  std::string chain;  // Empty, if the entry there was dropped by an older version.
  if (s.step()) {
    chain = std::string(s.blob(0));
    s.reset();
  }
  return chain;
}

std::optional<std::int64_t> left_at(Database& db, std::uint64_t epoch) {
  if (epoch != static_cast<std::uint64_t>(meta_int(db, "epoch_before"))) return std::nullopt;
  return meta_int(db, "restored_at");
}

sync::Shelf::Page outgoing_for(Database& db, const crypto::Certificate& reader, const Hash& name,
                               std::uint64_t after_arrival, std::uint64_t regive,
                               std::uint64_t epoch, std::size_t most) {
  const auto theirs = author_number(db, reader.subject);
  const bool personal = (reader.rights & crypto::kRightReadPersonal) != 0;
  sync::Shelf::Page page;
  page.cursor = {epoch, name, after_arrival};
  auto& rows =
      db.cached(std::string(kColumns) +
                "WHERE l.arrival > ?1 AND (l.kind IN (1, 5, 6) OR (l.kind < 4 AND l.arrival "
                "<= ?2)) ORDER BY l.arrival");
  rows.bind(1, static_cast<std::int64_t>(after_arrival));
  rows.bind(2, static_cast<std::int64_t>(regive));
  std::map<std::int64_t, std::string> paths;
  std::size_t bytes = 0;
  while (rows.step()) {
    if (bytes >= most || page.objects.size() >= sync::kBatchObjectsMax / 2) {
      page.more = true;
      break;
    }
    page.cursor.arrival = static_cast<std::uint64_t>(rows.integer(0));
    // Whom a proof of two change sets names didn't make it, and is to have it, and what it wrote.
    const bool of_fork = rows.integer(1) == static_cast<int>(sync::ObjectKind::fork) ||
                         rows.integer(1) == static_cast<int>(kBranchEntry);
    const bool its_own = rows.integer(7) == theirs || (!of_fork && rows.integer(6) == theirs);
    if (its_own && page.cursor.arrival > regive) continue;
    auto& path = paths[rows.integer(4)];
    if (path.empty()) {
      auto& find = db.cached("SELECT path FROM scope WHERE id = ?1");
      find.bind(1, rows.integer(4));
      if (find.step()) path = std::string(find.text(0));
      find.reset();
    }
    if (!sync::may_read(reader, path, static_cast<sync::Audience>(rows.integer(5)))) {
      continue;
    }
    auto object = object_of(db, rows, personal || rows.integer(6) == theirs);
    if (object.bytes.empty()) continue;
    page.objects.push_back(std::move(object));
    page.arrivals.push_back(page.cursor.arrival);
    bytes += page.objects.back().bytes.size();
  }
  rows.reset();
  if (page.more) {
    auto& left = db.cached("SELECT count(*) FROM log WHERE arrival > ?1 AND kind = 1");
    left.bind(1, static_cast<std::int64_t>(page.cursor.arrival));
    left.step();
    page.remaining = static_cast<std::uint64_t>(left.integer(0));
    left.reset();
  }
  return page;
}

std::vector<sync::Frontier> frontiers(Database& db, const std::vector<sync::FeedId>& feeds) {
  std::vector<sync::Frontier> known;
  auto& s = db.cached("SELECT tip_seq, tip_hash FROM feed WHERE feed = ?1");
  for (const auto& feed : feeds) {
    s.bind_blob(1, feed.view());
    if (!s.step()) continue;
    known.push_back({feed, static_cast<std::uint64_t>(s.integer(0)), Hash::of(s.blob(1))});
    s.reset();
  }
  return known;
}

std::optional<Hash> hash_at(Database& db, const sync::FeedId& feed, std::uint64_t seq) {
  auto& s = db.cached(
      "SELECT l.hash FROM log l JOIN feed f ON f.id = l.feed "
      "WHERE f.feed = ?1 AND l.seq = ?2 AND l.kind = 1 "
      "UNION SELECT condensed_hash FROM feed WHERE feed = ?1 AND condensed_seq = ?2");
  s.bind_blob(1, feed.view()).bind(2, static_cast<std::int64_t>(seq));
  std::optional<Hash> hash;
  if (s.step()) {
    hash = Hash::of(s.blob(0));
    s.reset();
  }
  return hash;
}

std::vector<sync::Shelf::HeldFeed> feeds_for(Database& db, const crypto::Certificate& reader,
                                             const crypto::AuthorId& self, bool theirs) {
  std::vector<sync::Shelf::HeldFeed> feeds;
  auto& s = db.cached(
      "SELECT f.feed, f.tip_seq, f.tip_hash, a.author, p.path, f.audience FROM feed f "
      "JOIN author a ON a.id = f.author JOIN scope p ON p.id = f.scope");
  while (s.step()) {
    const auto author = crypto::AuthorId::of(s.blob(3));
    if ((author == reader.subject && !theirs) ||
        !sync::may_read(reader, s.text(4), static_cast<sync::Audience>(s.integer(5)))) {
      continue;
    }
    feeds.push_back({{sync::FeedId::of(s.blob(0)), static_cast<std::uint64_t>(s.integer(1)),
                      Hash::of(s.blob(2))},
                     author == self});
  }
  return feeds;
}

std::uint64_t resume_after(Database& db, const std::vector<sync::Shelf::HeldFeed>& held,
                           const std::vector<sync::Frontier>& known) {
  auto resume = newest(db);
  // Everything before the first set that the peer lacks, of any feed, is known to it.
  auto& first = db.cached(
      "SELECT l.arrival FROM log l JOIN feed f ON f.id = l.feed "
      "WHERE f.feed = ?1 AND l.kind = 1 AND l.seq > ?2 ORDER BY l.seq LIMIT 1");
  auto& ours = db.cached(
      "SELECT l.hash FROM log l JOIN feed f ON f.id = l.feed "
      "WHERE f.feed = ?1 AND l.kind = 1 AND l.seq = ?2 "
      "UNION SELECT condensed_hash FROM feed WHERE feed = ?1 AND condensed_seq = ?2");
  for (const auto& feed : held) {
    std::int64_t seq = 0;
    for (const auto& frontier : known) {
      if (frontier.feed != feed.tip.feed) continue;
      ours.bind_blob(1, frontier.feed.view()).bind(2, static_cast<std::int64_t>(frontier.seq));
      if (ours.step()) {
        if (Hash::of(ours.blob(0)) == frontier.hash) {
          seq = static_cast<std::int64_t>(frontier.seq);
        }
        ours.reset();
      } else if (frontier.seq > feed.tip.seq) {
        seq = static_cast<std::int64_t>(feed.tip.seq);  // It knows more of it than we do.
      }
    }
    first.bind_blob(1, feed.tip.feed.view()).bind(2, seq);
    if (first.step()) {
      resume = std::min(resume, first.integer(0) - 1);
      first.reset();
    }
  }
  return static_cast<std::uint64_t>(resume);
}

std::vector<sync::Frontier> surely_known(Database& db, const crypto::Certificate& reader,
                                         const AuthorId& self, std::uint64_t pushed) {
  std::vector<sync::Frontier> known;
  auto& own =
      db.cached("SELECT a.author FROM feed f JOIN author a ON a.id = f.author WHERE f.feed = ?1");
  for (const auto& feed : feeds_for(db, reader, self, true)) {
    own.bind_blob(1, feed.tip.feed.view());
    if (own.step() && AuthorId::of(own.blob(0)) == reader.subject) known.push_back(feed.tip);
    own.reset();
  }
  // A log is lost from its end: who has the last that it took has all before it.
  auto& last = db.cached(
      "SELECT f.feed, l.seq, l.hash, p.path, l.audience FROM log l JOIN feed f ON f.id = l.feed "
      "JOIN scope p ON p.id = l.scope WHERE l.arrival <= ?1 AND l.kind = 1 AND l.author <> ?2 AND "
      "l.peer <> ?2 AND NOT EXISTS (SELECT 1 FROM refusal r WHERE r.arrival = l.arrival) "
      "ORDER BY l.arrival DESC");
  last.bind(1, static_cast<std::int64_t>(pushed)).bind(2, author_number(db, reader.subject));
  while (last.step()) {
    const auto audience = static_cast<sync::Audience>(last.integer(4));
    if (!sync::may_read(reader, last.text(3), audience)) continue;
    known.push_back({sync::FeedId::of(last.blob(0)), static_cast<std::uint64_t>(last.integer(1)),
                     Hash::of(last.blob(2))});
    break;
  }
  last.reset();
  return known;
}

}  // namespace linli::store

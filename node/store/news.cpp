#include "node/store/news.h"

#include <algorithm>

#include "sync/policy.h"

namespace linli::store {
namespace {

crypto::AuthorId author_in(const Statement& row, int column) {
  return row.is_null(column) ? crypto::AuthorId{} : crypto::AuthorId::of(row.blob(column));
}

}  // namespace

std::vector<Arrived> arrived(Database& db, std::int64_t after, std::int64_t upto) {
  std::vector<Arrived> kinds;
  auto& s = db.cached(
      "SELECT l.kind, s.path, l.audience, a.author, p.author FROM "
      "(SELECT DISTINCT kind, scope, audience, author, peer FROM log WHERE arrival > ?1 AND "
      "arrival <= ?2) l JOIN scope s ON s.id = l.scope LEFT JOIN author a ON a.id = l.author LEFT "
      "JOIN author p ON p.id = l.peer");
  s.bind(1, after).bind(2, upto);
  while (s.step()) {
    kinds.push_back({static_cast<sync::ObjectKind>(s.integer(0)), std::string(s.text(1)),
                     static_cast<sync::Audience>(s.integer(2)), author_in(s, 3), author_in(s, 4)});
  }
  return kinds;
}

bool is_news(const Arrived& arrived, const crypto::Certificate& reader) {
  const bool own = arrived.kind == sync::ObjectKind::parcel &&
                   (arrived.author == reader.subject || arrived.peer == reader.subject);
  return !own && sync::may_read(reader, arrived.scope, arrived.audience);
}

std::uint64_t waiting_for(Database& db, const crypto::Certificate& peer, std::uint64_t after) {
  auto& s = db.cached(
      "SELECT s.path, l.audience, a.author, p.author, l.n FROM (SELECT scope, audience, author, "
      "peer, count(*) AS n FROM log WHERE arrival > ?1 AND kind = 1 GROUP BY 1, 2, 3, 4) l "
      "JOIN scope s ON s.id = l.scope LEFT JOIN author a ON a.id = l.author LEFT JOIN author p ON "
      "p.id = l.peer");
  s.bind(1, static_cast<std::int64_t>(after));
  std::uint64_t count = 0;
  while (s.step()) {
    if (author_in(s, 2) == peer.subject || author_in(s, 3) == peer.subject) continue;
    if (!sync::may_read(peer, s.text(0), static_cast<sync::Audience>(s.integer(1)))) continue;
    count += static_cast<std::uint64_t>(s.integer(4));
  }
  return count;
}

std::uint64_t still_to_send(Database& db, const crypto::Certificate* peer, std::uint64_t after,
                            const crypto::AuthorId& self) {
  auto& s = db.cached(
      "SELECT s.path, f.audience, a.author, p.author, count(*), sum(l.arrival > ?1) FROM feed f "
      "CROSS JOIN log l ON l.feed = f.id AND l.seq > f.receipted_seq AND l.kind = 1 JOIN scope s "
      "ON s.id = f.scope JOIN author a ON a.id = f.author LEFT JOIN author p ON p.id = l.peer "
      "WHERE f.tip_seq > f.receipted_seq AND (a.author <> ?2 OR l.standing = 0) AND NOT EXISTS "
      "(SELECT 1 FROM refusal r WHERE r.arrival = l.arrival) GROUP BY f.id, l.peer");
  s.bind(1, static_cast<std::int64_t>(after)).bind_blob(2, self.view());
  std::uint64_t count = 0;
  while (s.step()) {
    const auto author = author_in(s, 2);
    if (peer && (author == peer->subject || author_in(s, 3) == peer->subject)) continue;
    const auto audience = static_cast<sync::Audience>(s.integer(1));
    const bool confined = audience == sync::Audience::street;
    const bool goes_there = peer && sync::may_read(*peer, s.text(0), audience);
    const bool waits = !confined && (!peer || author == self);
    if (goes_there) count += static_cast<std::uint64_t>(s.integer(5));
    if (!goes_there && waits) count += static_cast<std::uint64_t>(s.integer(4));
  }
  return count;
}

std::vector<Unconfirmed> unconfirmed(Database& db, const crypto::AuthorId& self) {
  auto& s = db.cached(
      "SELECT s.path, min(f.audience) FROM feed f JOIN author a ON a.id = f.author JOIN scope s ON "
      "s.id = f.scope WHERE a.author = ?1 AND f.tip_seq > f.receipted_seq AND f.audience <> ?2 "
      "GROUP BY s.path ORDER BY s.path");
  s.bind_blob(1, self.view()).bind(2, static_cast<int>(sync::Audience::street));
  std::vector<Unconfirmed> all;
  while (s.step()) {
    all.push_back({std::string(s.text(0)), static_cast<sync::Audience>(s.integer(1))});
  }
  s.reset();
  return all;
}

std::uint64_t flagged_sets(Database& db, const crypto::AuthorId& self) {
  auto& s = db.cached(
      "SELECT count(*) FROM feed f JOIN author a ON a.id = f.author JOIN log l ON l.feed = f.id "
      "WHERE a.author = ?1 AND l.kind = 1 AND l.trusted = 0");
  s.bind_blob(1, self.view());
  s.step();
  const auto count = s.integer(0);
  s.reset();
  return static_cast<std::uint64_t>(count);
}

}  // namespace linli::store

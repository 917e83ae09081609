#include "node/store/bundles.h"

#include <algorithm>
#include <sstream>

#include "node/store/branches.h"
#include "node/store/peers.h"
#include "node/store/shelf_detail.h"
#include "sync/policy.h"
#include "sync/receipt.h"

namespace linli::store {

using crypto::AuthorId;
using crypto::Hash;

namespace {

constexpr std::int64_t kMadeMax = 500;  ///< Of one recipient.

std::int64_t signed_of(std::uint64_t n) { return static_cast<std::int64_t>(n); }
std::uint64_t unsigned_of(std::int64_t n) { return static_cast<std::uint64_t>(n); }

}  // namespace

void save_made_bundle(Log& log, const MadeBundle& bundle) {
  const auto author = log.author(bundle.recipient);
  auto& s = log.database().cached(
      "INSERT OR REPLACE INTO bundle_out(id, author, certificate, epoch, after, upto, created) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  s.bind_blob(1, bundle.id.view()).bind(2, author).bind_blob(3, bundle.certificate.view());
  s.bind(4, signed_of(bundle.stretch.epoch)).bind(5, signed_of(bundle.stretch.after));
  s.bind(6, signed_of(bundle.stretch.upto)).bind(7, bundle.created).run();
  auto& old = log.database().cached(
      "DELETE FROM bundle_out WHERE author = ?1 AND created < (SELECT created FROM bundle_out "
      "WHERE author = ?1 ORDER BY created DESC LIMIT 1 OFFSET ?2)");
  old.bind(1, author).bind(2, kMadeMax - 1).run();
}

std::optional<MadeBundle> made_bundle(Database& db, const sync::BundleId& id) {
  auto& s = db.cached(
      "SELECT a.author, b.certificate, b.epoch, b.after, b.upto, b.created FROM bundle_out b "
      "JOIN author a ON a.id = b.author WHERE b.id = ?1");
  s.bind_blob(1, id.view());
  if (!s.step()) return std::nullopt;
  MadeBundle made{id,
                  AuthorId::of(s.blob(0)),
                  Hash::of(s.blob(1)),
                  {unsigned_of(s.integer(2)), unsigned_of(s.integer(3)), unsigned_of(s.integer(4))},
                  s.integer(5)};
  s.reset();
  return made;
}

void save_imported(Log& log, const AuthorId& exporter, const Hash& own, const Stretch& stretch,
                   sync::Micros at) {
  const auto author = log.author(exporter);
  auto& s = log.database().cached(
      "INSERT OR REPLACE INTO bundle_in(author, epoch, certificate, after, upto, at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  s.bind(1, author).bind(2, signed_of(stretch.epoch)).bind_blob(3, own.view());
  s.bind(4, signed_of(stretch.after)).bind(5, signed_of(stretch.upto)).bind(6, at).run();
  // Stretches that lie within this one say nothing any more.
  auto& within = log.database().cached(
      "DELETE FROM bundle_in WHERE author = ?1 AND epoch = ?2 AND certificate = ?3 AND "
      "after >= ?4 AND upto <= ?5 AND NOT (after = ?4 AND upto = ?5)");
  within.bind(1, author).bind(2, signed_of(stretch.epoch)).bind_blob(3, own.view());
  within.bind(4, signed_of(stretch.after)).bind(5, signed_of(stretch.upto)).run();
}

namespace {

std::string base_key(const AuthorId& exporter) {
  return "bundle_base/" + crypto::to_hex(exporter.view());
}

/// What an exporter knew us to have, if it was said of this very disk; 0: nothing.
Stretch base_of(Database& db, const AuthorId& exporter, const Hash& own) {
  auto& s = db.cached("SELECT value FROM meta WHERE key = ?1");
  const auto key = base_key(exporter);  // Bound without a copy.
  s.bind_text(1, key);
  if (!s.step()) return {};
  std::istringstream text{std::string(s.text(0))};
  s.reset();
  std::int64_t ours = 0;
  std::string certificate;
  Stretch base;
  text >> ours >> certificate >> base.epoch >> base.upto;
  const bool stands =
      text && ours == shelf::meta_int(db, "epoch") && certificate == crypto::to_hex(own.view());
  return stands ? base : Stretch{};
}

}  // namespace

void save_base(Log& log, const AuthorId& exporter, const Hash& own, std::uint64_t epoch,
               std::uint64_t after) {
  const auto before = base_of(log.database(), exporter, own);
  if (before.epoch == epoch && before.upto >= after) return;
  log.set_meta(base_key(exporter), std::to_string(log.meta_int("epoch", 0)) + " " +
                                       crypto::to_hex(own.view()) + " " + std::to_string(epoch) +
                                       " " + std::to_string(after));
}

std::optional<Stretch> imported(Database& db, const AuthorId& exporter, const Hash& own) {
  // Of the epoch that was imported last, joined in ascending order as far as they touch.
  auto& s = db.cached(
      "SELECT b.epoch, b.after, b.upto FROM bundle_in b JOIN author a ON a.id = b.author "
      "WHERE a.author = ?1 AND b.certificate = ?2 AND b.epoch = (SELECT i.epoch FROM bundle_in i "
      "WHERE i.author = b.author AND i.certificate = ?2 ORDER BY i.at DESC LIMIT 1) "
      "ORDER BY b.after, b.upto");
  const auto base = base_of(db, exporter, own);
  s.bind_blob(1, exporter.view()).bind_blob(2, own.view());
  Stretch whole;
  while (s.step()) {
    whole.epoch = unsigned_of(s.integer(0));
    if (whole.epoch == base.epoch) whole.upto = std::max(whole.upto, base.upto);
    if (unsigned_of(s.integer(1)) > whole.upto) continue;
    whole.upto = std::max(whole.upto, unsigned_of(s.integer(2)));
  }
  if (whole.upto == 0) return std::nullopt;
  return whole;
}

void save_confirmed(Log& log, const AuthorId& peer, const Hash& certificate, std::uint64_t epoch,
                    std::uint64_t upto) {
  const auto author = log.author(peer);
  auto& s = log.database().cached(
      "INSERT OR REPLACE INTO bundle_confirmed(author, certificate, epoch, upto) "
      "VALUES (?1, ?2, ?3, ?4)");
  s.bind(1, author).bind_blob(2, certificate.view());
  s.bind(3, signed_of(epoch)).bind(4, signed_of(upto)).run();
}

namespace {

std::uint64_t newest_bundle_epoch(Database& db, const AuthorId& node) {
  auto& s = db.cached(
      "SELECT max(b.epoch) FROM bundle_in b JOIN author a ON a.id = b.author WHERE a.author = ?1");
  s.bind_blob(1, node.view());
  s.step();
  const auto epoch = unsigned_of(s.integer(0));
  s.reset();
  return epoch;
}

}  // namespace

std::uint64_t confirmed(Database& db, const AuthorId& peer, const Hash& certificate,
                        std::uint64_t epoch) {
  auto& s = db.cached(
      "SELECT c.certificate, c.epoch, c.upto FROM bundle_confirmed c JOIN author a ON a.id = "
      "c.author WHERE a.author = ?1");
  s.bind_blob(1, peer.view());
  if (!s.step()) return 0;
  // Another certificate may read other paths: what it gained was never handed out.
  const bool same = Hash::of(s.blob(0)) == certificate;
  const auto said = s.integer(1);
  const auto upto = s.integer(2);
  s.reset();
  // What it said before its disk was put back, which a line has told of since, is no longer true.
  if (!same || newest_bundle_epoch(db, peer) < newest_epoch(db, peer)) return 0;
  if (unsigned_of(said) == epoch) return unsigned_of(upto);
  if (said != shelf::meta_int(db, "epoch_before")) return 0;
  return unsigned_of(std::min(upto, shelf::meta_int(db, "restored_at")));
}

std::uint64_t newest_epoch(Database& db, const AuthorId& node) {
  auto& s = db.cached(
      "SELECT max(epoch) FROM (SELECT b.epoch FROM bundle_in b JOIN author a ON a.id = b.author "
      "WHERE a.author = ?1 UNION ALL SELECT p.pulled_epoch FROM peer p JOIN author a ON a.id = "
      "p.author WHERE a.author = ?1)");
  s.bind_blob(1, node.view());
  s.step();
  const auto epoch = unsigned_of(s.integer(0));
  s.reset();
  return epoch;
}

std::uint64_t receipted_to(Database& db, const crypto::Certificate& reader, const AuthorId& self) {
  const auto held = feeds_for(db, reader, self, false);
  std::vector<sync::Receipt> receipts;
  auto& newest = db.cached(
      "SELECT r.body FROM log r JOIN feed f ON f.id = r.feed JOIN author a ON a.id = r.author "
      "WHERE f.feed = ?1 AND r.kind = 2 AND a.author = ?2 ORDER BY r.seq DESC, r.arrival DESC "
      "LIMIT 1");
  for (const auto& feed : held) {
    newest.bind_blob(1, feed.tip.feed.view()).bind_blob(2, reader.subject.view());
    if (!newest.step()) continue;
    if (auto receipt = sync::Receipt::decode(unpack_body(newest.blob(0)))) {
      receipts.push_back(std::move(*receipt));
    }
    newest.reset();
  }
  auto epoch = newest_epoch(db, reader.subject);
  for (const auto& receipt : receipts) epoch = std::max(epoch, receipt.checkpoint.epoch);
  std::vector<sync::Frontier> known;
  for (const auto& receipt : receipts) {
    if (receipt.checkpoint.epoch == epoch) {
      known.push_back({receipt.feed, receipt.to, receipt.last});
    }
  }
  return resume_after(db, held, known);
}

std::vector<sync::KnownFeed> feeds_by(Database& db, const crypto::Certificate& reader) {
  std::vector<sync::KnownFeed> feeds;
  auto& s = db.cached(
      "SELECT f.feed, f.tip_seq, f.tip_hash, p.path, f.audience, f.incarnation FROM feed f JOIN "
      "author a "
      "ON a.id = f.author JOIN scope p ON p.id = f.scope WHERE a.author = ?1 ORDER BY f.id DESC");
  s.bind_blob(1, reader.subject.view());
  while (s.step()) {
    if (feeds.size() == sync::kAskMax || s.integer(1) == 0) continue;
    if (!sync::may_read(reader, s.text(3), static_cast<sync::Audience>(s.integer(4)))) continue;
    feeds.push_back({{sync::FeedId::of(s.blob(0)), unsigned_of(s.integer(1)), Hash::of(s.blob(2))},
                     unsigned_of(s.integer(5))});
  }
  return feeds;
}

std::vector<BlobToSend> blobs_for(Database& db, const crypto::Certificate& reader,
                                  const Stretch& stretch, bool include_own, const Hash& behind,
                                  std::size_t limit) {
  const bool personal = (reader.rights & crypto::kRightReadPersonal) != 0;
  std::vector<BlobToSend> list;
  auto& s = db.cached(
      "SELECT DISTINCT b.hash, b.size, a.author, p.path, l.audience FROM blob b "
      "JOIN blob_ref r ON r.hash = b.hash JOIN log l ON l.arrival = r.arrival "
      "JOIN author a ON a.id = r.author JOIN scope p ON p.id = l.scope "
      "JOIN blob_from f ON f.hash = b.hash AND f.author = r.author "
      "WHERE b.hash > ?1 AND r.personal <= ?2 AND r.arrival <= ?4 AND (r.arrival > ?3 OR "
      "b.arrived >= (SELECT received FROM log WHERE arrival <= ?3 ORDER BY arrival DESC LIMIT 1)) "
      "ORDER BY b.hash");
  s.bind_blob(1, behind.view()).bind(2, personal ? 1 : 0);
  s.bind(3, signed_of(stretch.after)).bind(4, signed_of(stretch.upto));
  while (s.step()) {
    if (!sync::may_read(reader, s.text(3), static_cast<sync::Audience>(s.integer(4)))) continue;
    const auto hash = Hash::of(s.blob(0));
    const auto author = AuthorId::of(s.blob(2));
    if (author == reader.subject && !include_own) continue;
    if (list.empty() || list.back().hash != hash) {
      if (list.size() == limit) break;
      list.push_back({hash, s.integer(1), {}});
    }
    auto& authors = list.back().authors;
    const bool there = std::find(authors.begin(), authors.end(), author) != authors.end();
    if (!there && authors.size() < sync::kBlobAuthorsMax) authors.push_back(author);
  }
  s.reset();
  return list;
}

sync::Tally count_readable(Database& db, const crypto::Certificate& reader, const Stretch& stretch,
                           bool include_own) {
  sync::Tally tally;
  auto& rows = db.cached(
      "SELECT p.path, l.audience, l.kind, sum(?3 OR l.kind <> 1 OR (l.author <> ?4 AND l.peer <> "
      "?4)) FROM log l JOIN scope p ON p.id = l.scope WHERE l.arrival > ?1 AND l.arrival <= ?2 "
      "GROUP BY l.scope, l.audience, l.kind");
  auto& self = db.cached("SELECT id FROM author WHERE author = ?1");
  self.bind_blob(1, reader.subject.view());
  const auto author = self.step() ? self.integer(0) : -1;
  self.reset();
  rows.bind(1, signed_of(stretch.after)).bind(2, signed_of(stretch.upto));
  rows.bind(3, include_own ? 1 : 0).bind(4, author);
  while (rows.step()) {
    if (!sync::may_read(reader, rows.text(0), static_cast<sync::Audience>(rows.integer(1)))) {
      continue;
    }
    const bool receipt = rows.integer(2) != static_cast<int>(sync::ObjectKind::parcel) &&
                         rows.integer(2) != static_cast<int>(kBranchEntry);
    (receipt ? tally.receipts : tally.parcels) += unsigned_of(rows.integer(3));
  }
  return tally;
}

}  // namespace linli::store

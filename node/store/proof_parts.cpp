#include "node/store/proof_parts.h"

#include <set>

#include "crypto/cbor.h"
#include "node/store/peers.h"
#include "node/store/record_past.h"
#include "node/store/shelf_detail.h"

namespace linli::store {
namespace {

std::string receipt_for(Log& log, const sync::FeedId& feed, std::uint64_t seq) {
  const auto* known = log.find_feed(feed);
  if (!known || seq > known->receipted) return {};
  auto& s = log.database().cached(
      "SELECT body, signature FROM log WHERE feed = ?1 AND seq >= ?2 AND kind = 2 ORDER BY seq "
      "LIMIT 1");
  s.bind(1, known->id).bind(2, static_cast<std::int64_t>(seq));
  if (!s.step()) return {};
  const crypto::SignedBody receipt{unpack_body(s.blob(0)), crypto::Signature::of(s.blob(1))};
  s.reset();
  return receipt.encode();
}

RecordSet set_of(Database& db, Log& log, std::int64_t arrival, bool personal) {
  const auto loaded = log.load(arrival);
  RecordSet set{arrival, loaded->feed, loaded->set.seq, loaded->set.certificate, {}, {}};
  auto row = db.prepare("SELECT arrival, kind, signature, body FROM log WHERE arrival = ?1");
  row.bind(1, arrival);
  ensure(row.step(), "a change set of a record is in the log");
  set.parcel = shelf::object_of(db, row, personal).bytes;
  set.receipt = receipt_for(log, loaded->feed, loaded->set.seq);
  return set;
}

}  // namespace

std::optional<RecordSets> record_sets(Database& db, std::uint32_t type, std::string_view scope,
                                      const sync::RecordId& id, bool personal) {
  Log log(db);
  Projector projector(db, log, model::schema());
  auto s = db.prepare("SELECT id FROM scope WHERE path = ?1");
  s.bind_text(1, scope);
  if (!s.step()) return std::nullopt;
  const auto row = projector.table(type)->find(db, s.integer(0), id);
  if (!row) return std::nullopt;
  const RecordPast past(db, log, projector, *row);
  std::set<std::int64_t> arrivals;
  for (const auto& change : past.changes()) arrivals.insert(change.loaded->arrival);
  RecordSets found;
  found.condensed = past.snapshot() != nullptr;
  for (const auto arrival : arrivals) found.sets.push_back(set_of(db, log, arrival, personal));
  return found;
}

Result<crypto::CertificateBook> certificate_book(Database& db) {
  Log log(db);
  const auto root = log.meta("root");
  if (!root) return fail(Errc::not_a_data_dir, "no city's root statement in it");
  auto book = crypto::CertificateBook::found(*root);
  if (!book) return fail(Errc::corrupt, describe(book.error()));
  for (const auto& bytes : log.anchors()) (void)book->add(bytes).has_value();
  std::vector<std::string> left;
  auto records = db.prepare("SELECT bytes FROM r_certificate ORDER BY _rec");
  while (records.step()) {
    cbor::Reader r(records.blob(0));
    left.emplace_back(r.bytes());
  }
  // Records have no order: whose issuer isn't there yet waits for the next round.
  for (bool more = true; more && !left.empty();) {
    const auto before = left.size();
    std::erase_if(left, [&](const std::string& bytes) {
      const auto added = book->add(bytes);
      return added || added.error().code != Errc::unknown_certificate;
    });
    more = left.size() < before;
  }
  return book;
}

std::optional<std::int64_t> set_at(Database& db, const sync::FeedId& feed, std::uint64_t seq) {
  return Log(db).arrival_of(feed, seq);
}

std::string newest_receipt(Database& db) {
  auto s =
      db.prepare("SELECT body, signature FROM log WHERE kind = 2 ORDER BY arrival DESC LIMIT 1");
  if (!s.step()) return {};
  return crypto::SignedBody{unpack_body(s.blob(0)), crypto::Signature::of(s.blob(1))}.encode();
}

}  // namespace linli::store

#include "node/proving.h"

#include <algorithm>
#include <set>

#include "node/history.h"
#include "node/store/proof_parts.h"

namespace linli::node {
namespace {

/// Adds a certificate with those above it, each behind its issuer's, none twice.
void add_chain(const crypto::CertificateBook& book, const crypto::Hash& certificate,
               std::set<crypto::Hash>& added, std::vector<std::string>& out) {
  std::vector<crypto::Hash> chain;
  for (auto at = certificate; const auto* held = book.find(at); at = held->issuer) {
    chain.push_back(at);
  }
  for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
    if (added.insert(*link).second) out.push_back(*book.signed_bytes(*link));
  }
}

Result<store::RecordSets> sets_of(store::Database& db, const sync::RecordName& record,
                                  bool personal) {
  if (!model::schema().type(record.type)) return fail(Errc::unknown_type);
  auto found = store::record_sets(db, record.type, record.scope, record.id, personal);
  if (!found) return fail(Errc::not_found, "本机没有这条记录 no such record here");
  return std::move(*found);
}

}  // namespace

PlaceOf place_here(store::Store& store, const crypto::SigningKey& key) {
  return [&](const sync::FeedId& feed, std::uint64_t seq) {
    return history_place(store, key, feed, seq);
  };
}

PlaceOf place_above(HttpClient& upstream) {
  return [&](const sync::FeedId& feed, std::uint64_t seq) -> Result<std::string> {
    const auto answer =
        upstream.send("GET", "/api/v1/sync/history/place?feed=" + crypto::to_hex(feed.view()) +
                                 "&seq=" + std::to_string(seq));
    if (!answer) return fail(answer.error());
    if (answer->status == 404)
      return fail(Errc::not_found, "市局中心的历史中还没有它 the hub's history hasn't got it");
    if (answer->status != 200) {
      return fail(Errc::unreachable, "上级没有给出证明 the upstream answered " +
                                         std::to_string(answer->status) +
                                         " when asked for a proof");
    }
    return answer->body;
  };
}

Result<ProofMade> prove(store::Store& store, const sync::RecordName& record, bool personal,
                        const PlaceOf& place_of) {
  ProofMade made;
  made.file.record = record;
  Result<store::RecordSets> found;
  Result<crypto::CertificateBook> book;
  try {
    auto lease = store.read();
    const store::Transaction snapshot(*lease, true);
    found = sets_of(*lease, record, personal);
    book = store::certificate_book(*lease);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  if (!found) return fail(found.error());
  if (!book) return fail(book.error());
  made.condensed = found->condensed;
  made.file.root = book->signed_root();
  std::set<crypto::Hash> added;
  for (auto& set : found->sets) {
    auto place = place_of(set.feed, set.seq);
    if (!place && place.error().code == Errc::not_found) {
      ++made.left_out;
      continue;
    }
    if (!place) return fail(place.error());
    const auto proof = crypto::TlogProof::decode(*place);
    if (!proof) return fail(proof.error());
    const auto head = sync::open_checkpoint(proof->checkpoint, *book);
    if (!head) return fail(head.error());
    add_chain(*book, set.certificate, added, made.file.certificates);
    add_chain(*book, head->certificate, added, made.file.certificates);
    const auto witnesses =
        sync::witnesses_of(*crypto::SignedNote::decode(proof->checkpoint), *book);
    if (!witnesses) return fail(witnesses.error());
    for (const auto& witness : *witnesses) {
      add_chain(*book, witness.certificate, added, made.file.certificates);
    }
    made.file.sets.push_back({std::move(set.parcel), std::move(*place), std::move(set.receipt)});
  }
  if (made.file.sets.empty()) {
    return fail(Errc::not_found,
                "市局中心的历史中还没有这条记录，请先同步 the hub's history has nothing of this "
                "record yet: sync first");
  }
  return made;
}

}  // namespace linli::node

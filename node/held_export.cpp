#include "node/held_export.h"

#include <algorithm>

#include "node/store/held_objects.h"

namespace linli::node {
namespace {

std::vector<std::string> chain_of(const crypto::CertificateBook& book, const Hash& certificate) {
  std::vector<std::string> chain;
  for (auto at = certificate; chain.size() < sync::kChainMax;) {
    const auto* found = book.find(at);
    if (!found) break;
    chain.push_back(*book.signed_bytes(at));
    at = found->issuer;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

/// A frame holds so much at most; one object always fits.
Result<void> put_objects(sync::BundleEncoder& encoder, const std::vector<sync::Object>& objects) {
  std::vector<sync::Object> some;
  std::size_t bytes = 0;
  for (const auto& object : objects) {
    if (!some.empty() && bytes + object.bytes.size() > sync::kBatchBytesAim) {
      if (auto put = encoder.objects(some); !put) return put;
      some.clear();
      bytes = 0;
    }
    bytes += object.bytes.size();
    some.push_back(object);
  }
  return some.empty() ? Result<void>() : encoder.objects(some);
}

}  // namespace

Result<Json> export_held(Replica& replica, const Hash& recipient, const std::vector<Hash>& sets,
                         const BundleExport::Sink& sink) {
  const auto trust = replica.trust();
  const auto* reader = trust->book.find(recipient);
  if (!reader) return fail(Errc::unknown_certificate, "the recipient's");
  store::HeldObjects held;
  try {
    auto lease = replica.store().read();
    const store::Transaction snapshot(*lease, true);
    held = store::held_objects(*lease, *reader, {sets.begin(), sets.end()});
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  if (held.objects.empty()) {
    return fail(Errc::not_found,
                "没有对方可读的暂缓数据 nothing that is held back here is for that node to read: "
                "`linli held list`");
  }
  const auto& me = replica.identity();
  sync::Manifest m;
  m.city = me.city;
  m.id = crypto::random<sync::BundleId>();
  m.exporter = me.certificate;
  m.recipient = recipient;
  m.created = replica.now();
  m.epoch = *replica.epoch();  // Of no stretch of the log: after and upto stay 0.
  m.tally = {held.objects.size() - held.rulings, held.rulings, 0, 0};
  m.chain = chain_of(trust->book, me.certificate);
  sync::PartHead head;
  head.id = m.id;
  head.city = m.city;
  head.recipient = m.recipient;
  head.exporter = m.exporter;
  head.created = m.created;
  auto encoder = sync::BundleEncoder::begin(head, reader->sealing_key, sink);
  if (!encoder) return fail(encoder.error());
  m.stream = encoder->binding();
  if (auto done = encoder->manifest(m, replica.key()); !done) return fail(done.error());
  if (auto done = put_objects(*encoder, held.objects); !done) return fail(done.error());
  if (auto done = encoder->end(); !done) return fail(done.error());
  return Json{{"id", crypto::to_hex(m.id.view())},
              {"for", reader->name},
              {"sets", held.sets},
              {"rulings", held.rulings},
              {"evidence", held.evidence}};
}

}  // namespace linli::node

#include "node/moving_in.h"

#include "crypto/certificate.h"
#include "node/store/store.h"

namespace linli::node {

Result<void> move_in(const DataDir& dir, const MemberProof& proof, const std::string& upstream,
                     sync::Micros now) {
  ensure(!proof.chain.empty(), "move_in: no certificate");
  const auto last = crypto::SignedBody::decode(proof.chain.back());
  if (!last) return fail(last.error());
  const auto own = crypto::Certificate::decode(last->body);
  if (!own) return fail(own.error());
  auto store = store::Store::create(dir.database());
  if (!store) return fail(store.error());
  auto& log = (*store)->log();
  try {
    store::Transaction transaction((*store)->database());
    log.set_meta("root", proof.root);
    log.set_meta("name", own->name);
    log.set_meta("scope", own->paths.front());
    log.set_meta("certificate", crypto::certificate_hash(last->body).view());
    if (!upstream.empty()) log.set_meta("upstream", upstream);
    log.set_meta_int("epoch", now);
    for (const auto& bytes : proof.chain) {
      const auto body = crypto::SignedBody::decode(bytes);
      if (!body) return fail(body.error());
      log.add_anchor(crypto::certificate_hash(body->body), bytes);
    }
    transaction.commit();
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  return {};
}

bool has_moved_in(const DataDir& dir) {
  if (!store::file_exists(dir.database())) return false;
  auto store = store::Store::open(dir.database(), store::Access::write);
  return store && (*store)->log().meta("certificate").has_value();
}

void discard(const DataDir& dir) {
  store::remove_files(dir.database());
  std::error_code ec;
  for (const auto* file :
       {"node.key", "tls.key", "root.key", "joining", "joining-invite", "lock", "mark"}) {
    std::filesystem::remove(dir.root() / file, ec);
  }
  std::filesystem::remove(dir.root(), ec);  // Only if it is empty.
}

}  // namespace linli::node

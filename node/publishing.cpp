// What founds the trust in everything else: how it gets to whoever has to judge by it.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/authoring.h"

namespace linli::node {

namespace {

sync::RecordId id_of(std::uint32_t type, std::string_view bytes) {
  const auto hash = [&] {
    if (type == sync::kTypePolicy) return sync::policy_hash(bytes);
    const auto body = crypto::SignedBody::decode(bytes);
    ensure(body.has_value(), "what founds trust is signed");
    if (type == sync::kTypeCertificate) return crypto::certificate_hash(body->body);
    return crypto::hash({crypto::kDomainRevocation, body->body});
  }();
  return sync::RecordId::of(hash.view().substr(0, 16));
}

void add_paths(std::vector<std::string>& where, const crypto::Certificate& certificate) {
  for (const auto& path : certificate.paths) {
    const bool covered = std::any_of(where.begin(), where.end(), [&](const std::string& there) {
      return crypto::scope_covers(there, path);
    });
    if (!covered) where.push_back(path);
  }
}

/// The certificate that this one replaces; null: it is its key's first.
const crypto::Certificate* before(const crypto::CertificateBook& book,
                                  const crypto::Certificate& certificate) {
  const crypto::Certificate* last = nullptr;
  const auto order = [](const auto& c) {
    return std::tuple(c.keys_before.size(), c.valid_from_us, c.serial);
  };
  for (const auto& [hash, other] : book.all()) {
    if (other->subject != certificate.subject || order(*other) >= order(certificate)) continue;
    if (!last || order(*last) < order(*other)) last = other;
  }
  return last;
}

}  // namespace

/// Where it is published, so that it travels to whoever has to judge by it and no further: where
/// the subject works, and where it worked, so that it and its neighbours there learn of it.
std::vector<std::string> Replica::scopes_for(const Founding& founding) const {
  const auto& book = trust_->book;
  std::vector<std::string> where;
  if (founding.type == sync::kTypePolicy) return {identity().city_scope};
  const auto body = crypto::SignedBody::decode(founding.bytes);
  if (founding.type == sync::kTypeCertificate) {
    const auto certificate = crypto::Certificate::decode(body->body);
    add_paths(where, *certificate);
    if (const auto* last = before(book, *certificate)) add_paths(where, *last);
  } else {
    const auto revocation = sync::Revocation::decode(body->body);
    for (const auto& [hash, certificate] : book.all()) {
      if (certificate->signing_key == revocation->key) add_paths(where, *certificate);
    }
  }
  const auto* own = book.find(identity().certificate);
  std::erase_if(where, [&](const std::string& scope) { return !own->covers(scope); });
  return where;
}

Result<void> Replica::author_founding(const Founding& founding,
                                      const std::vector<std::string>& scopes, const By& by) {
  if (scopes.empty()) {
    return fail(Errc::out_of_scope, "this node doesn't work where it would have to be published");
  }
  std::vector<Outcome> outcomes(1);
  const PutOptions options{.by = by};
  Authoring authoring(*this, options, outcomes);
  for (const auto& scope : scopes) {
    authoring.emit(authoring.set_for(scope, sync::Audience::below),
                   {founding.type,
                    id_of(founding.type, founding.bytes),
                    sync::ChangeKind::put,
                    0,
                    {{1, cbor::encode_bytes(founding.bytes)}},
                    {}},
                   *model::schema().type(founding.type), 0);
  }
  return authoring.close_all();
}

Result<void> Replica::publish_certificate(const std::string& signed_certificate, const By& by) {
  const auto body = crypto::SignedBody::decode(signed_certificate);
  if (!body) return fail(body.error());
  const auto certificate = crypto::Certificate::decode(body->body);
  if (!certificate) return fail(certificate.error());
  return write([&, this] {
    const Founding founding{sync::kTypeCertificate, signed_certificate};
    return author_founding(founding, scopes_for(founding), by);
  });
}

Result<void> Replica::publish_policy(const std::string& policy) {
  return write([&, this] {
    const Founding founding{sync::kTypePolicy, policy};
    return author_founding(founding, scopes_for(founding));
  });
}

/// What this disk had published and forgotten comes back from a peer, and maybe from one scope
/// only: in the others it was on no other disk yet.
void Replica::remember_what_came_back(const sync::ChangeSet& set) {
  for (const auto& change : set.changes) {
    if (!sync::founds_trust(change.type) || change.kind != sync::ChangeKind::put) continue;
    for (const auto& field : change.fields) {
      cbor::Reader r(field.value);
      const auto bytes = r.bytes();
      if (field.field == 1 && r.finish()) came_back_.push_back({change.type, std::string(bytes)});
    }
  }
}

Result<void> Replica::publish_where_it_lacks() {
  for (const auto& founding : std::exchange(came_back_, {})) {
    const auto* table = store_->projector().table(founding.type);
    const auto id = id_of(founding.type, founding.bytes);
    auto scopes = scopes_for(founding);
    std::erase_if(scopes, [&](const std::string& scope) {
      return table->find(store_->database(), store_->log().scope(scope), id).has_value();
    });
    if (scopes.empty()) continue;
    if (auto done = author_founding(founding, scopes); !done) return done;
  }
  return {};
}

}  // namespace linli::node

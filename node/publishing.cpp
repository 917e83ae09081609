// What founds the trust in everything else: how it gets to whoever has to judge by it.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/authoring.h"
#include "sync/policy.h"

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

/// Whose certificates stand above or below one of that key: they talk with its holder, and some may
/// work elsewhere by now.
std::set<crypto::AuthorId> related(const crypto::CertificateBook& book,
                                   const crypto::PublicKey& key) {
  std::set<crypto::AuthorId> found;
  for (const auto& [hash, certificate] : book.all()) {
    const bool of_key = certificate->signing_key == key;
    std::vector<crypto::AuthorId> above;
    bool below = false;
    for (const auto* at = book.find(certificate->issuer); at; at = book.find(at->issuer)) {
      above.push_back(at->subject);
      below = below || at->signing_key == key;
    }
    if (of_key) found.insert(above.begin(), above.end());
    if (below) found.insert(certificate->subject);
  }
  return found;
}

/// The paths of everybody who couldn't read it where it is published so far.
void add_paths_of_absent(std::vector<std::string>& where, const crypto::CertificateBook& book,
                         const std::set<crypto::AuthorId>& who) {
  const auto so_far = where;
  for (const auto& subject : who) {
    const auto* reader = book.find(*book.newest_of(subject));
    const bool reads = std::any_of(so_far.begin(), so_far.end(), [&](const std::string& scope) {
      return sync::may_read(*reader, scope, sync::Audience::below);
    });
    if (!reads) add_paths(where, *reader);
  }
}

/// Every signed revocation that a set holds.
std::vector<std::string> ends_in(const sync::ChangeSet& set) {
  std::vector<std::string> found;
  for (const auto& change : set.changes) {
    if (change.type != sync::kTypeRevocation || change.kind != sync::ChangeKind::put) continue;
    for (const auto& field : change.fields) {
      cbor::Reader r(field.value);
      const auto bytes = r.bytes();
      if (field.field == 1 && r.finish()) found.emplace_back(bytes);
    }
  }
  return found;
}

}  // namespace

/// Where it is published, so that it travels to whoever has to judge by it and no further: where
/// the subject works, and where it worked, so that it and its neighbours there learn of it; a key's
/// end also where those work now who stand above or below it and left that place.
std::vector<std::string> Replica::scopes_for(const Founding& founding) const {
  const auto& book = trust_->book;
  std::vector<std::string> where;
  if (founding.type == sync::kTypePolicy) return {identity().city_scope};
  const auto body = crypto::SignedBody::decode(founding.bytes);
  if (founding.type == sync::kTypeCertificate) {
    const auto certificate = crypto::Certificate::decode(body->body);
    add_paths(where, *certificate);
    if (const auto* last = book.find(certificate->before)) add_paths(where, *last);
  } else {
    const auto revocation = sync::Revocation::decode(body->body);
    for (const auto& [hash, certificate] : book.all()) {
      if (certificate->signing_key == revocation->key) add_paths(where, *certificate);
    }
  }
  const auto* own = book.find(identity().certificate);
  const auto keep_ours = [&] {
    std::erase_if(where, [&](const std::string& scope) { return !own->covers(scope); });
  };
  keep_ours();
  if (founding.type == sync::kTypeRevocation) {
    const auto revocation = sync::Revocation::decode(body->body);
    add_paths_of_absent(where, book, related(book, revocation->key));
    keep_ours();
  }
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
  return write([&, this]() -> Result<void> {
    const auto* last = trust_->book.find(certificate->before);
    const bool moves = last && last->paths != certificate->paths;
    const Founding founding{sync::kTypeCertificate, signed_certificate};
    if (auto done = author_founding(founding, scopes_for(founding), by); !done) return done;
    // It may not have heard of every end that concerns it while it was where it leaves.
    if (!moves) return {};
    const auto keys = trust_->revocations.keys();
    gather_ends({keys.begin(), keys.end()});
    return publish_where_it_lacks();
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

/// To be published wherever somebody lacks them whom they concern: see scopes_for.
void Replica::gather_ends(const std::set<crypto::PublicKey>& keys) {
  if (keys.empty()) return;
  for (const auto arrival : store_->log().founding_sets()) {
    const auto loaded = store_->log().load(arrival);
    if (loaded->standing != store::Standing::counts) continue;
    for (auto& bytes : ends_in(loaded->set)) {
      const auto revocation = sync::Revocation::decode(crypto::SignedBody::decode(bytes)->body);
      if (!revocation || !keys.contains(revocation->key)) continue;
      came_back_.push_back({sync::kTypeRevocation, std::move(bytes)});
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

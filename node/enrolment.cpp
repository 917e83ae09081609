#include "node/enrolment.h"

#include "crypto/cbor.h"
#include "node/http_client.h"
#include "node/issuing.h"
#include "node/moving_in.h"
#include "node/store/invites.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

constexpr sync::Micros kHour = 3600LL * 1'000'000;  ///< Clocks of new nodes may be a little off.
constexpr sync::Micros kYear = 365LL * 24 * 3600 * 1'000'000;
constexpr sync::Micros kCityYears = 30;

}  // namespace

std::string Invite::line() const {
  cbor::Writer w;
  w.array(tls_key.is_zero() ? 6 : 7);
  w.bytes(city.view());
  w.bytes(inviter.view());
  w.text(url);
  w.bytes(secret.view());
  w.sint(expires);
  w.text(name);
  if (!tls_key.is_zero()) w.bytes(tls_key.view());
  return std::string(kInvitePrefix) + crypto::to_base64url(w.view());
}

Result<Invite> Invite::parse(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) {
    line.remove_suffix(1);
  }
  if (!line.starts_with(kInvitePrefix)) {
    return fail(Errc::bad_usage, "an invite begins with " + std::string(kInvitePrefix));
  }
  const auto bytes = crypto::from_base64url(line.substr(kInvitePrefix.size()));
  if (!bytes) return fail(Errc::bad_usage, "the invite is cut short or mistyped");
  cbor::Reader r(*bytes);
  Invite invite;
  const auto parts = r.array();
  if (parts != 6 && parts != 7) {
    return fail(Errc::bad_usage, "the invite is cut short or mistyped");
  }
  const auto city = r.bytes(32), inviter = r.bytes(32);
  invite.url = std::string(r.text());
  const auto secret = r.bytes(16);
  invite.expires = r.sint();
  invite.name = std::string(r.text());
  const auto tls = parts == 7 ? r.bytes(32) : std::string_view();
  if (!r.finish()) return fail(Errc::bad_usage, "the invite is cut short or mistyped");
  invite.city = Hash::of(city);
  invite.inviter = Hash::of(inviter);
  invite.secret = sync::Nonce::of(secret);
  if (parts == 7) invite.tls_key = Hash::of(tls);
  return invite;
}

Result<void> found_city(const std::filesystem::path& path, const Founding& founding,
                        const sync::WallClock& clock) {
  if (!crypto::valid_scope(founding.scope) || founding.scope.find('/') != std::string::npos) {
    return fail(Errc::bad_value, "a city's scope is one segment of a-z, 0-9 and '-', e.g. 410700",
                "scope");
  }
  if (founding.name.empty() || founding.name.size() > 200 || !cbor::valid_utf8(founding.name)) {
    return fail(Errc::bad_value, "a name has 1 to 200 bytes of UTF-8", "name");
  }
  const DataDir dir(path);
  if (auto made = dir.create(); !made) return made;
  const auto now = clock.now();
  const auto run = [&]() -> Result<void> {
    const auto root_key = crypto::SigningKey::generate();
    const auto hub_key = crypto::SigningKey::generate();
    if (auto saved = root_key.save(dir.root_key()); !saved) return saved;
    if (auto saved = hub_key.save(dir.node_key()); !saved) return saved;
    const auto tls_key = make_tls_key(dir);
    if (!tls_key) return fail(tls_key.error());
    crypto::RootStatement root;
    root.name = founding.name;
    root.scope = founding.scope;
    root.keys = {root_key.public_key()};
    root.created_us = now;
    crypto::SignedBody signed_root{root.encode(), {}};
    signed_root.signature = root_key.sign(crypto::kDomainRoot, signed_root.body);

    crypto::Certificate hub;
    hub.city = crypto::root_hash(signed_root.body);
    hub.serial = 1;
    hub.subject = crypto::author_of(hub_key.public_key());
    hub.signing_key = hub_key.public_key();
    hub.sealing_key = hub_key.sealing_key();
    hub.tls_key = tls_key->hash();
    hub.role = crypto::Role::hub;
    hub.name = founding.name;
    hub.paths = {founding.scope};
    // Not the right to personal values: the bureau works on figures (domain §1, I6).
    hub.rights = crypto::kRightReceipt | crypto::kRightPolicy | crypto::kRightGrantPersonal;
    hub.delegation = 6;
    hub.valid_from_us = now - kHour;
    hub.valid_until_us = now + kCityYears * kYear;
    hub.issuer = hub.city;
    const MemberProof own{signed_root.encode(), {sign_certificate(hub, root_key)}};
    if (auto moved = move_in(dir, own, "", now); !moved) return moved;
    auto replica = Replica::open(path, clock);
    if (!replica) return fail(replica.error());
    const auto policy = model::policy_of(model::schema(), 1, {});
    if (auto published = (*replica)->publish_policy(policy.encode()); !published) return published;
    return (*replica)->publish_certificate(own.chain.back());
  };
  auto founded = run();
  if (!founded) discard(dir);
  return founded;
}

Result<Invite> invite(Replica& issuer, const Offer& offer) {
  const Place place{offer.role, offer.scope, offer.name};
  if (auto may = check_place(issuer, place); !may) return fail(may.error());
  Invite invite;
  invite.city = issuer.identity().city;
  invite.inviter = issuer.identity().certificate;
  invite.tls_key = issuer.trust()->book.find(invite.inviter)->tls_key;
  invite.url = offer.url;
  invite.secret = crypto::random<sync::Nonce>();
  invite.expires =
      issuer.now() + std::chrono::duration_cast<std::chrono::microseconds>(offer.valid).count();
  invite.name = offer.name;
  auto kept = issuer.write([&]() -> Result<void> {
    store::save_invite(issuer.store().database(), {crypto::hash({invite.secret.view()}),
                                                   offer.role,
                                                   offer.scope,
                                                   offer.name,
                                                   invite.expires,
                                                   {}});
    return {};
  });
  if (!kept) return fail(kept.error());
  return invite;
}

std::string EnrolRequest::encode(const crypto::SigningKey& key) const {
  cbor::Writer w;
  w.array(tls_key.is_zero() ? 3 : 4);
  w.bytes(secret.view());
  w.bytes(signing_key.view());
  w.bytes(sealing_key.view());
  if (!tls_key.is_zero()) w.bytes(tls_key.view());
  crypto::SignedBody body{w.take(), {}};
  body.signature = key.sign(crypto::kDomainEnrol, body.body);
  return body.encode();
}

Result<EnrolRequest> EnrolRequest::decode(std::string_view bytes) {
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return fail(body.error());
  cbor::Reader r(body->body);
  const auto parts = r.array();
  if (parts != 3 && parts != 4) {
    r.reject("an enrolment request is [secret, signing key, sealing key, TLS key]");
  }
  const auto secret = r.bytes(16), signing = r.bytes(32), sealing = r.bytes(32);
  const auto tls = parts == 4 ? r.bytes(32) : std::string_view();
  if (auto done = r.finish(); !done) return fail(done.error());
  EnrolRequest request{
      sync::Nonce::of(secret), crypto::PublicKey::of(signing), crypto::SealingKey::of(sealing), {}};
  if (parts == 4) request.tls_key = Hash::of(tls);
  if (!crypto::verify(request.signing_key, crypto::kDomainEnrol, body->body, body->signature)) {
    return fail(Errc::bad_signature, "the newcomer doesn't hold the key that it names");
  }
  return request;
}

std::string EnrolAnswer::encode() const {
  cbor::Writer w;
  w.array(2);
  w.bytes(root);
  w.array(chain.size());
  for (const auto& certificate : chain) w.bytes(certificate);
  return w.take();
}

Result<EnrolAnswer> EnrolAnswer::decode(std::string_view bytes) {
  cbor::Reader r(bytes);
  EnrolAnswer answer;
  if (r.array() != 2) r.reject("an enrolment answer is [root, chain]");
  answer.root = std::string(r.bytes());
  const auto n = r.array();
  for (std::size_t i = 0; i < n && r.ok(); ++i) answer.chain.emplace_back(r.bytes());
  if (auto done = r.finish(); !done) return fail(done.error());
  if (answer.chain.empty()) return fail(Errc::malformed, "no certificate in it");
  return answer;
}

Result<std::string> enrol(Replica& issuer, std::string_view bytes) {
  const auto request = EnrolRequest::decode(bytes);
  if (!request) return fail(request.error());
  const auto now = issuer.now();
  const auto trust = issuer.trust();
  store::InviteRow offer;
  const auto subject = crypto::author_of(request->signing_key);
  const auto checked = issuer.write([&]() -> Result<void> {
    auto& db = issuer.store().database();
    const auto secret = crypto::hash({request->secret.view()});
    const auto found = store::find_invite(db, secret);
    if (!found) return fail(Errc::unauthorised, "no such invite: ask for a new one");
    if (found->used_by && *found->used_by != request->signing_key) {
      return fail(Errc::unauthorised, "the invite was used already: ask for a new one");
    }
    if (found->expires < now)
      return fail(Errc::expired, "the invite has expired: ask for a new one");
    store::use_invite(db, secret, request->signing_key);
    offer = *found;
    return {};
  });
  if (!checked) return fail(checked.error());
  auto certificate_hash = trust->book.newest_of(subject);
  if (!certificate_hash) {
    const auto issued = issue(issuer, {offer.role, offer.scope, offer.name}, request->signing_key,
                              request->sealing_key, request->tls_key);
    if (!issued) return fail(issued.error());
    certificate_hash = *issued;
  }
  const auto book = issuer.trust();
  EnrolAnswer answer;
  answer.root = book->book.signed_root();
  answer.chain = chain_to(book->book, *certificate_hash);
  if (answer.chain.empty()) return fail(Errc::internal, "the new certificate wasn't accepted");
  return answer.encode();
}

Result<void> join(const std::filesystem::path& path, const Invite& invite, const std::string& url,
                  const sync::WallClock& clock) {
  const auto hub = url.empty() ? invite.url : url;
  if (hub.empty()) {
    return fail(Errc::bad_usage, "the invite names no address: give one with --hub http://…");
  }
  HttpClient client(hub);
  if (client.is_https()) {
    // The invite's secret goes over this line: nobody else may answer it.
    if (invite.tls_key.is_zero()) {
      return fail(
          Errc::bad_usage,
          "邀请里没有对方的 TLS 密钥，请让上级重新发一份邀请 the invite doesn't name the other "
          "side's TLS key: ask for a new one, or use http://");
    }
    client.pin(invite.tls_key);
  }
  const Post ask = [&client](const std::string& body) {
    return client.send("POST", "/api/v1/enrol", body, "application/vnd.linli+cbor");
  };
  return join(path, invite, hub, ask, clock);
}

Result<void> join(const std::filesystem::path& path, const Invite& invite, const std::string& hub,
                  const Post& ask, const sync::WallClock& clock) {
  if (invite.expires < clock.now()) {
    return fail(Errc::expired, "the invite has expired: ask for a new one");
  }
  const DataDir dir(path);
  if (auto made = dir.create(); !made) return made;
  const auto run = [&]() -> Result<void> {
    const auto key = crypto::SigningKey::generate();
    if (auto saved = key.save(dir.node_key()); !saved) return saved;
    const auto tls_key = make_tls_key(dir);
    if (!tls_key) return fail(tls_key.error());
    EnrolRequest request{invite.secret, key.public_key(), key.sealing_key(), tls_key->hash()};
    auto answer = ask(request.encode(key));
    if (answer && answer->status == 400) {
      // Of a version that knows no TLS keys; it looked at nothing yet.
      request.tls_key = {};
      answer = ask(request.encode(key));
    }
    if (!answer) return fail(answer.error());
    if (answer->status != 200) {
      const auto problem = Json::parse(answer->body, nullptr, false);
      const auto detail = problem.is_object() ? problem.value("detail", "") : "";
      return fail(answer->status == 410 ? Errc::expired : Errc::unauthorised,
                  detail.empty() ? "it answered " + std::to_string(answer->status) : detail);
    }
    const auto enrolled = EnrolAnswer::decode(answer->body);
    if (!enrolled) return fail(enrolled.error());
    auto book = crypto::CertificateBook::found(enrolled->root);
    if (!book || book->city() != invite.city) {
      return fail(Errc::stranger, "what answered at " + hub + " isn't the city of this invite");
    }
    Hash own{};
    for (const auto& bytes : enrolled->chain) {
      const auto added = book->add(bytes);
      if (!added) return fail(Errc::stranger, describe(added.error()));
      own = *added;
    }
    const auto* certificate = book->find(own);
    if (certificate->issuer != invite.inviter || certificate->signing_key != key.public_key()) {
      return fail(Errc::stranger, "the certificate isn't from the node that the invite names");
    }
    if (certificate->tls_key != request.tls_key) {
      return fail(Errc::stranger, "the certificate names another TLS key than this node's");
    }
    return move_in(dir, {enrolled->root, enrolled->chain}, hub, clock.now());
  };
  auto joined = run();
  if (!joined) discard(dir);
  return joined;
}

}  // namespace linli::node

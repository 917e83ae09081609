#include "node/enrolment.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/http_client.h"
#include "node/inviting.h"
#include "node/issuing.h"
#include "node/moving_in.h"
#include "node/names.h"
#include "node/store/invites.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

constexpr sync::Micros kHour = 3600LL * 1'000'000;  ///< Clocks of new nodes may be a little off.
constexpr sync::Micros kYear = 365LL * 24 * 3600 * 1'000'000;
constexpr sync::Micros kCityYears = 30;

/// An address that `join` could use; empty: none is named.
Result<void> check_url(const std::string& url) {
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  const bool good = web && url.size() > url.find("//") + 2 && url.size() <= kInviteUrlBytesMax &&
                    std::all_of(url.begin(), url.end(), [](char c) {
                      return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
                    });
  if (url.empty() || good) return {};
  return fail(Errc::bad_value,
              "地址须以 http:// 或 https:// 开头，至多 200 字节 an address begins with http:// or "
              "https:// and has at most 200 bytes",
              "url");
}

/// chain_to, and before it what proves the issuer's earlier certificates: the invite may name one
/// of these, and its holder accepts whoever has its place by the word of root and keys.
std::vector<std::string> chain_from_invite(const crypto::CertificateBook& book,
                                           const crypto::AuthorId& issuer,
                                           const Hash& certificate) {
  std::vector<std::string> chain;
  const auto last = chain_to(book, certificate);
  const auto add = [&chain](const std::vector<std::string>& more) {
    for (const auto& bytes : more) {
      if (std::find(chain.begin(), chain.end(), bytes) == chain.end()) chain.push_back(bytes);
    }
  };
  for (const auto& [hash, held] : book.all()) {
    if (held->subject == issuer) add(chain_to(book, hash));
  }
  add(last);
  return chain;
}

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
    return fail(Errc::bad_usage,
                "邀请以 linli-invite: 开头 an invite begins with " + std::string(kInvitePrefix));
  }
  const auto bytes = crypto::from_base64url(line.substr(kInvitePrefix.size()));
  if (!bytes)
    return fail(Errc::bad_usage,
                "邀请不完整或有错字，请重新复制 the invite is cut short or mistyped");
  cbor::Reader r(*bytes);
  Invite invite;
  const auto parts = r.array();
  if (parts != 6 && parts != 7) {
    return fail(Errc::bad_usage,
                "邀请不完整或有错字，请重新复制 the invite is cut short or mistyped");
  }
  const auto city = r.bytes(32), inviter = r.bytes(32);
  invite.url = std::string(r.text());
  const auto secret = r.bytes(16);
  invite.expires = r.sint();
  invite.name = std::string(r.text());
  const auto tls = parts == 7 ? r.bytes(32) : std::string_view();
  if (!r.finish())
    return fail(Errc::bad_usage,
                "邀请不完整或有错字，请重新复制 the invite is cut short or mistyped");
  invite.city = Hash::of(city);
  invite.inviter = Hash::of(inviter);
  invite.secret = sync::Nonce::of(secret);
  if (parts == 7) invite.tls_key = Hash::of(tls);
  return invite;
}

Result<void> found_city(const std::filesystem::path& path, const Founding& founding,
                        const sync::WallClock& clock) {
  if (!crypto::valid_scope(founding.scope) || founding.scope.find('/') != std::string::npos) {
    return fail(Errc::bad_value,
                "市的范围是一段小写字母、数字和连字符，如 410700 a city's scope is one segment of "
                "a-z, 0-9 and '-', e.g. 410700",
                "scope");
  }
  if (auto good = check_name(founding.name); !good) return good;
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
  if (auto good = check_name(place.name); !good) return fail(good.error());
  if (auto good = check_url(offer.url); !good) return fail(good.error());
  if (offer.valid < kInviteShortest || offer.valid > kInviteLongest) {
    return fail(Errc::bad_value, "有效期须为 60 秒至 366 天 an invite is good for 60 s to 366 days",
                "expires");
  }
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
                                                   {},
                                                   offer.by.actor});
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
    return fail(Errc::bad_signature,
                "申请者并不持有所报的密钥 the newcomer doesn't hold the key that it names");
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
  if (answer.chain.empty()) return fail(Errc::malformed, "其中没有证书 no certificate in it");
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
    if (!found)
      return fail(Errc::unauthorised,
                  "没有这份邀请（或已收回），请索取新的 no such invite: ask for a new one");
    if (found->used_by && *found->used_by != request->signing_key) {
      return fail(Errc::unauthorised,
                  "邀请已被用过，请索取新的 the invite was used already: ask for a new one");
    }
    // Who has it already, and only lost the answer, comes when the line is back.
    if (!found->used_by && found->expires < now) {
      return fail(Errc::expired,
                  "邀请已过期，请索取新的 the invite has expired: ask for a new one");
    }
    store::use_invite(db, secret, request->signing_key);
    offer = *found;
    return {};
  });
  if (!checked) return fail(checked.error());
  auto certificate_hash = trust->book.newest_of(subject);
  if (!certificate_hash) {
    const auto issued = issue(issuer, {offer.role, offer.scope, offer.name}, request->signing_key,
                              request->sealing_key, request->tls_key, {.actor = offer.actor});
    if (!issued) return fail(issued.error());
    certificate_hash = *issued;
  }
  const auto book = issuer.trust();
  EnrolAnswer answer;
  answer.root = book->book.signed_root();
  answer.chain = chain_from_invite(book->book, issuer.identity().author, *certificate_hash);
  if (answer.chain.empty())
    return fail(Errc::internal, "新证书未被接受 the new certificate wasn't accepted");
  return answer.encode();
}

}  // namespace linli::node

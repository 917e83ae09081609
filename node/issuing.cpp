#include "node/issuing.h"

#include <algorithm>

#include "crypto/cbor.h"

namespace linli::node {
namespace {

constexpr sync::Micros kHour = 3600LL * 1'000'000;  ///< Clocks of new nodes may be a little off.
constexpr sync::Micros kYear = 365LL * 24 * 3600 * 1'000'000;
constexpr sync::Micros kNodeYears = 5;

/// Offices and streets work with the people concerned; bureaus and auditors with figures.
std::uint32_t rights_of(crypto::Role role, const crypto::Certificate& above) {
  using crypto::Role;
  std::uint32_t rights = 0;
  if (role == Role::office || role == Role::street || role == Role::device) {
    rights = crypto::kRightReadPersonal;
  }
  if (role == Role::district || role == Role::street) rights |= crypto::kRightGrantPersonal;
  const bool grants = (above.rights & crypto::kRightGrantPersonal) != 0;
  return rights & (above.rights | (grants ? crypto::kRightReadPersonal : 0u));
}

}  // namespace

std::string sign_certificate(const crypto::Certificate& certificate,
                             const crypto::SigningKey& issuer) {
  crypto::SignedBody body{certificate.encode(), {}};
  body.signature = issuer.sign(crypto::kDomainCertificate, body.body);
  return body.encode();
}

Result<void> check_place(Replica& issuer, const Place& place) {
  const auto trust = issuer.trust();
  const auto* own = trust->book.find(issuer.identity().certificate);
  if (!crypto::valid_scope(place.scope)) {
    return fail(Errc::bad_value,
                "范围是以 / 相连的 1 至 8 段小写字母、数字和连字符 a scope is 1 to 8 segments of "
                "a-z, 0-9 and '-' joined by '/': " +
                    place.scope,
                "scope");
  }
  if (!own->covers(place.scope)) {
    return fail(Errc::out_of_scope,
                "本节点不能为该范围办理接入 this node can't enrol anyone in " + place.scope,
                "scope");
  }
  if (own->delegation == 0)
    return fail(Errc::forbidden,
                "本节点不能接入其他机器，请由上级办理 this node may not enrol others");
  if (place.role == crypto::Role::hub) {
    return fail(
        Errc::bad_value,
        "一个市只有一个中心，由 linli init 建立 a city has one hub: it begins with `linli init`",
        "role");
  }
  if (!crypto::may_enrol(own->role, place.role)) {
    return fail(Errc::forbidden,
                "本节点不能发放这个角色 a node of role " + std::string(crypto::name_of(own->role)) +
                    " enrols only those below it, not " + std::string(crypto::name_of(place.role)),
                "role");
  }
  if (place.name.empty() || place.name.size() > 200 || !cbor::valid_utf8(place.name)) {
    return fail(Errc::bad_value, "名称须为 1 至 200 字节 a name has 1 to 200 bytes of UTF-8",
                "name");
  }
  return {};
}

Result<Hash> issue(Replica& issuer, const Place& place, const crypto::PublicKey& key,
                   const crypto::SealingKey& sealing_key, const Hash& tls_key, const By& by) {
  const auto trust = issuer.trust();
  const auto& own = issuer.identity();
  const auto* above = trust->book.find(own.certificate);
  const auto now = issuer.now();
  crypto::Certificate made;
  made.city = own.city;
  made.serial = static_cast<std::uint64_t>(trust->book.all().size() + 1);
  made.subject = crypto::author_of(key);
  made.signing_key = key;
  made.sealing_key = sealing_key;
  made.tls_key = tls_key;
  made.role = place.role;
  made.name = place.name;
  made.paths = {place.scope};
  made.audiences = above->audiences;
  made.rights = rights_of(place.role, *above);
  made.delegation = place.role == crypto::Role::device ? 0 : above->delegation - 1;
  made.valid_from_us = std::max(above->valid_from_us, now - kHour);
  made.valid_until_us = std::min(above->valid_until_us, now + kNodeYears * kYear);
  made.issuer = own.certificate;
  if (auto published = issuer.publish_certificate(sign_certificate(made, issuer.key()), by);
      !published) {
    return fail(published.error());
  }
  return crypto::certificate_hash(made.encode());
}

std::vector<std::string> chain_to(const crypto::CertificateBook& book, Hash certificate) {
  std::vector<std::string> chain;
  // Whoever begins has to know the hub by the key that it has now: it signs the snapshots.
  std::optional<Hash> hub;
  for (auto at = certificate; const auto* held = book.find(at); at = held->issuer) hub = at;
  const auto newest = hub ? std::optional(book.newest_after(*hub)) : std::nullopt;
  while (const auto* held = book.find(certificate)) {
    chain.push_back(*book.signed_bytes(certificate));
    certificate = held->issuer;
  }
  if (newest && *newest != *hub) chain.push_back(*book.signed_bytes(*newest));
  std::reverse(chain.begin(), chain.end());
  return chain;
}

std::vector<std::string> chain_since(const crypto::CertificateBook& book, const Hash& certificate,
                                     const Hash& in_use) {
  constexpr std::size_t kCertificatesMax = 16;
  auto chain = chain_to(book, certificate);
  for (const auto* at = book.find(certificate); at && at->before != in_use;) {
    auto before = chain_to(book, at->before);
    for (const auto& link : chain) {
      if (std::find(before.begin(), before.end(), link) == before.end()) before.push_back(link);
    }
    if (before.size() > kCertificatesMax || !book.find(at->before)) break;
    chain = std::move(before);
    at = book.find(at->before);
  }
  return chain;
}

}  // namespace linli::node

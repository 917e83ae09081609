// tests/support/paper_certificates.h: a root, a district and a street, and bodies to spoil.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/cbor.h"
#include "crypto/certificate.h"

namespace linli::test::paper {

using namespace crypto;

/// The same key for the same letter, so that a failure shows the same bytes again.
inline SigningKey key_of(char c) { return SigningKey::from_seed(std::string(32, c)); }

inline RootStatement root_of(const SigningKey& key) {
  RootStatement s;
  s.name = "新乡市住房和城乡建设局";
  s.scope = "410700";
  s.keys = {key.public_key()};
  s.created_us = 1'700'000'000'000'000;
  return s;
}

inline std::string sign_root(const RootStatement& s, const SigningKey& key) {
  const auto body = s.encode();
  return SignedBody{body, key.sign(kDomainRoot, body)}.encode();
}

inline std::string sign(const Certificate& c, const SigningKey& key) {
  const auto body = c.encode();
  return SignedBody{body, key.sign(kDomainCertificate, body)}.encode();
}

inline Certificate certificate_for(const SigningKey& key, const Hash& city, const Hash& issuer) {
  Certificate c;
  c.city = city;
  c.serial = 7;
  c.subject = author_of(key.public_key());
  c.signing_key = key.public_key();
  c.sealing_key = key.sealing_key();
  c.role = Role::street;
  c.name = "解放路街道";
  c.paths = {"410700/410702"};
  c.rights = kRightReadPersonal | kRightReceipt;
  c.delegation = 3;
  c.valid_from_us = 1'000;
  c.valid_until_us = 9'000;
  c.issuer = issuer;
  return c;
}

/// A city with one certificate, a district's, under the root.
struct City {
  SigningKey root_key = key_of('r'), district_key = key_of('d');
  RootStatement root = root_of(root_key);
  CertificateBook book = CertificateBook::found(sign_root(root, root_key)).value();
  Certificate district = certificate_for(district_key, book.city(), book.city());
  Hash district_hash;

  explicit City(const std::function<void(Certificate&)>& change = [](Certificate&) {}) {
    change(district);
    district_hash = book.add(sign(district, root_key)).value();
  }
  /// A street's certificate that fits under the district's.
  [[nodiscard]] Certificate street() const {
    auto c = certificate_for(key_of('s'), book.city(), district_hash);
    c.paths = {"410700/410702/001"};
    c.delegation = 2;
    c.excluded = district.excluded;
    return c;
  }
};

/// The entry that `key` has in an encoded map of integer keys, and the map without it.
using Entries = std::vector<std::pair<std::int64_t, std::string>>;
inline Entries entries_of(std::string_view body) {
  cbor::Reader r{body};
  Entries entries;
  for (cbor::IntMap m{r}; m.next();) entries.emplace_back(m.key(), r.item());
  REQUIRE(r.finish().has_value());
  return entries;
}

inline std::string map_of(const Entries& entries) {
  cbor::Writer w;
  w.map(entries.size());
  for (const auto& [key, value] : entries) w.sint(key), w.raw(value);
  return w.take();
}

inline std::string with(std::string_view body, std::int64_t key, const std::string& value) {
  auto entries = entries_of(body);
  const auto order = [](std::int64_t k) { return std::pair{k < 0, k < 0 ? ~k : k}; };
  auto at = entries.begin();
  while (at != entries.end() && order(at->first) < order(key)) ++at;
  if (at != entries.end() && at->first == key)
    at->second = value;
  else
    entries.insert(at, {key, value});
  return map_of(entries);
}

inline std::string without(std::string_view body, std::int64_t key) {
  auto entries = entries_of(body);
  std::erase_if(entries, [&](const auto& e) { return e.first == key; });
  return map_of(entries);
}

inline std::string texts(const std::vector<std::string>& items) {
  cbor::Writer w;
  w.array(items.size());
  for (const auto& item : items) w.text(item);
  return w.take();
}

}  // namespace linli::test::paper

// What PROTOCOL.md and ENROLMENT.md say of another key, in bytes.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "node/renewal.h"
#include "sync/revocation.h"
#include "tests/support/sync_vectors.h"

namespace linli::test {
namespace {

const std::filesystem::path kVector =
    std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "succession.json";
constexpr sync::Micros kMade = 1'790'000'000'400'000;
const crypto::Hash kTls = crypto::Hash::of(std::string(32, 't'));

std::string hex(std::string_view bytes) { return crypto::to_hex(bytes); }

crypto::SigningKey next_key() { return crypto::SigningKey::from_seed(std::string(32, 4)); }

crypto::Signature word_of(const PaperCity& city) {
  return city.office_key.sign(
      crypto::kDomainRotation,
      crypto::succession_bytes(city.id, city.office.subject, next_key().public_key()));
}

std::string next_certificate(const PaperCity& city) {
  auto made = city.office;
  made.serial = 2;
  made.valid_from_us += 1;
  made.signing_key = next_key().public_key();
  made.sealing_key = next_key().sealing_key();
  made.keys_before = {{city.office.signing_key, word_of(city)}};
  const auto body = made.encode();
  return crypto::SignedBody{body, city.hub_key.sign(crypto::kDomainCertificate, body)}.encode();
}

std::string end_of_old(const PaperCity& city) {
  sync::Revocation end{.city = city.id,
                       .certificate = crypto::certificate_hash(
                           crypto::SignedBody::decode(next_certificate(city))->body),
                       .key = city.office.signing_key,
                       .cuts = {{sync::FeedId::of(city.id.view()), 2, crypto::hash({"second"})}},
                       .reason = "密钥按计划更换",
                       .time = kMade};
  const auto body = end.encode();
  return crypto::SignedBody{body, next_key().sign(crypto::kDomainRevocation, body)}.encode();
}

std::string request_of(const PaperCity& city) {
  const auto next = next_key();
  const node::RenewalRequest request{
      city.id, city.office_hash, next.public_key(), next.sealing_key(), kTls, kMade, word_of(city)};
  return request.encode(city.office_key, &next);
}

}  // namespace

TEST_CASE("succession: writes its vectors anew", "[.write-succession-vectors]") {
  const auto city = make_city();
  Json vector;
  vector["root"] = hex(city.signed_root.encode());
  vector["hub_certificate"] = hex(city.signed_hub.encode());
  vector["certificate"] = hex(city.signed_office.encode());
  vector["next_certificate"] = hex(next_certificate(city));
  vector["end_of_the_key_before"] = hex(end_of_old(city));
  vector["renewal"] = hex(request_of(city));
  std::ofstream(kVector) << vector.dump(1) << '\n';
}

TEST_CASE("succession: the vectors are what PROTOCOL.md and ENROLMENT.md say", "[node]") {
  std::ifstream in(kVector);
  REQUIRE(in);
  const auto vector = Json::parse(in);
  auto book = *crypto::CertificateBook::found(unhex(vector["root"]));
  REQUIRE(book.add(unhex(vector["hub_certificate"])));
  // Nothing but the issuer's certificate is needed to judge it.
  const auto next = book.add(unhex(vector["next_certificate"]));
  if (!next) FAIL(describe(next.error()));
  const auto before = book.add(unhex(vector["certificate"]));
  REQUIRE(before);
  const auto* held = book.find(*next);
  CHECK(held->subject == book.find(*before)->subject);
  CHECK(held->succeeds(book.find(*before)->signing_key));
  CHECK(book.newest_of(held->subject) == *next);
  sync::RevocationList list;
  REQUIRE(list.add(unhex(vector["end_of_the_key_before"]), book));
  CHECK(list.of(*book.find(*before)));
  CHECK_FALSE(list.of(*held));
  const auto read = node::RenewalRequest::decode(unhex(vector["renewal"]));
  if (!read) FAIL(describe(read.error()));
  CHECK(read->request.certificate == *before);
  CHECK(read->request.signing_key == held->signing_key);
  CHECK(read->request.tls_key == kTls);
  CHECK(read->request.word == held->keys_before.front().signature);
  CHECK(crypto::verify(book.find(*before)->signing_key, crypto::kDomainRenewal, read->body,
                       read->signature));
}

}  // namespace linli::test

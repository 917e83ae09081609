#include "sync/revocation.h"

#include <catch2/catch.hpp>

#include "tests/support/sync_vectors.h"

using namespace linli;
using namespace linli::sync;

namespace {

FeedId feed(unsigned char number) {
  FeedId id;
  id.data.fill(number);
  return id;
}

Revocation example(const test::PaperCity& city) {
  return {.city = city.id,
          .certificate = city.hub_hash,
          .key = city.office.signing_key,
          .cuts = {{feed(1), 3, crypto::hash({"third"})}, {feed(2), 7, crypto::hash({"seventh"})}},
          .reason = "笔记本电脑丢失",
          .time = 1'790'000'000'000'000};
}

std::string signed_by(const crypto::SigningKey& key, const Revocation& revocation) {
  crypto::SignedBody body{revocation.encode(), {}};
  body.signature = key.sign(crypto::kDomainRevocation, body.body);
  return body.encode();
}

Result<void> judged(const test::PaperCity& city, const crypto::SigningKey& key,
                    const Revocation& revocation) {
  const auto body = revocation.encode();
  return judge_revocation(revocation, body, key.sign(crypto::kDomainRevocation, body), city.book);
}

}  // namespace

TEST_CASE("revocation: what is written is read, in one spelling", "[sync][I5]") {
  const auto city = test::make_city();
  const auto made = example(city);
  const auto read = Revocation::decode(made.encode());
  if (!read) FAIL(describe(read.error()));
  CHECK(read->encode() == made.encode());
  CHECK(read->cuts == made.cuts);
  CHECK(read->reason == made.reason);
}

TEST_CASE("revocation: whatever is cut short or altered is refused or another one", "[sync][I5]") {
  const auto body = example(test::make_city()).encode();
  for (std::size_t n = 0; n < body.size(); ++n) {
    CHECK(Revocation::decode(body.substr(0, n)).error().code == Errc::malformed);
    auto altered = body;
    altered[n] = static_cast<char>(altered[n] ^ 0x41);
    if (const auto read = Revocation::decode(altered)) CHECK(read->encode() != body);
  }
  CHECK(Revocation::decode(std::string(kRevocationBytesMax + 1, 'x')).error().code ==
        Errc::too_large);
}

TEST_CASE("revocation: feeds that aren't in their order, or twice, are refused", "[sync][I5]") {
  const auto city = test::make_city();
  auto made = example(city);
  std::swap(made.cuts[0], made.cuts[1]);
  CHECK(Revocation::decode(made.encode()).error().code == Errc::malformed);
  made.cuts[1] = made.cuts[0];
  CHECK(Revocation::decode(made.encode()).error().code == Errc::malformed);
}

TEST_CASE("revocation: where the line runs", "[sync][I5]") {
  const auto made = example(test::make_city());
  CHECK_FALSE(made.beyond(feed(1), 1, crypto::hash({"first"})));
  CHECK_FALSE(made.beyond(feed(1), 3, crypto::hash({"third"})));
  CHECK(made.beyond(feed(1), 3, crypto::hash({"another third"})));
  CHECK(made.beyond(feed(1), 4, crypto::hash({"fourth"})));
  CHECK(made.beyond(feed(3), 1, crypto::hash({"a feed that isn't listed"})));
}

TEST_CASE("revocation: only who stands above a key ends it", "[sync][I5]") {
  const auto city = test::make_city();
  auto made = example(city);
  CHECK(judged(city, city.hub_key, made));
  CHECK(judged(city, city.office_key, made).error().code == Errc::bad_signature);
  made.certificate = city.office_hash;  // Itself, and who stands above it.
  CHECK(judged(city, city.office_key, made).error().code == Errc::forbidden);
  made.key = city.hub.signing_key;
  CHECK(judged(city, city.office_key, made).error().code == Errc::forbidden);
  made.certificate = city.id;
  CHECK(judged(city, city.root_key, made));
  CHECK(judged(city, city.hub_key, made).error().code == Errc::bad_signature);
  made.key.data.fill(5);
  CHECK(judged(city, city.root_key, made).error().code == Errc::unknown_certificate);
  made.city.data.fill(5);
  CHECK(judged(city, city.root_key, made).error().code == Errc::other_city);
}

TEST_CASE("revocation: one that comes before the certificate counts once that is there",
          "[sync][I3]") {
  const auto city = test::make_city();
  auto book = *crypto::CertificateBook::found(city.signed_root.encode());
  RevocationList list;
  CHECK_FALSE(list.add(signed_by(city.hub_key, example(city)), book));
  REQUIRE(book.add(city.signed_hub.encode()));
  CHECK(list.prove(book).empty());
  REQUIRE(book.add(city.signed_office.encode()));
  CHECK(list.prove(book) == std::vector{city.office.signing_key});
  REQUIRE(list.of(city.office.signing_key));
  CHECK(list.of(city.office.signing_key)->reason == "笔记本电脑丢失");
}

TEST_CASE("revocation: of several lines the lowest counts", "[sync][I3]") {
  const auto city = test::make_city();
  auto high = example(city), low = example(city);
  high.cuts = {{feed(1), 9, crypto::hash({"ninth"})}};
  low.certificate = city.id;
  const auto set = crypto::hash({"fourth"});
  RevocationList list;
  CHECK(list.add(signed_by(city.hub_key, high), city.book));
  CHECK_FALSE(list.add(signed_by(city.hub_key, high), city.book));
  CHECK(list.against(city.office.signing_key, feed(1), 4, set) == nullptr);
  CHECK(list.add(signed_by(city.root_key, low), city.book));
  CHECK(list.against(city.office.signing_key, feed(1), 4, set) != nullptr);
  CHECK(list.against(city.hub.signing_key, feed(1), 4, set) == nullptr);
}

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
  CHECK(list.against(city.office, feed(1), 4, set) == nullptr);
  CHECK(list.add(signed_by(city.root_key, low), city.book));
  CHECK(list.against(city.office, feed(1), 4, set) != nullptr);
  CHECK(list.against(city.hub, feed(1), 4, set) == nullptr);
}

namespace {

crypto::SigningKey next_key() { return crypto::SigningKey::from_seed(std::string(32, 4)); }

/// The office under another key, which the one before signed for, and the book that knows it.
struct Succeeded {
  test::PaperCity city = test::make_city();
  crypto::Certificate office = city.office;
  Hash hash{};
  Succeeded() {
    office.signing_key = next_key().public_key();
    ++office.serial;
    const auto word = crypto::succession_bytes(city.id, office.subject, office.signing_key);
    office.keys_before = {
        {city.office.signing_key, city.office_key.sign(crypto::kDomainRotation, word)}};
    const auto body = office.encode();
    hash = *city.book.add(
        crypto::SignedBody{body, city.hub_key.sign(crypto::kDomainCertificate, body)}.encode());
  }
};

}  // namespace

TEST_CASE("revocation: a key ends the one that it took the place of, and no other", "[sync][I5]") {
  Succeeded s;
  auto end = example(s.city);
  end.certificate = s.hash;
  CHECK(judged(s.city, next_key(), end));
  CHECK(judged(s.city, s.city.office_key, end).error().code == Errc::bad_signature);
  end.key = s.city.hub.signing_key;
  CHECK(judged(s.city, next_key(), end).error().code == Errc::forbidden);
  end.key = s.office.signing_key;
  CHECK(judged(s.city, next_key(), end).error().code == Errc::forbidden);
  // The key before can't turn the two around.
  end.certificate = s.city.office_hash;
  CHECK(judged(s.city, s.city.office_key, end).error().code == Errc::forbidden);
}

TEST_CASE(
    "revocation: what ends a key from above ends its successors and what they say of it doesn't",
    "[sync][I3][I5]") {
  Succeeded s;
  const auto set = crypto::hash({"fourth"});
  auto planned = example(s.city);
  planned.certificate = s.hash;
  RevocationList list;
  REQUIRE(list.add(signed_by(next_key(), planned), s.city.book));
  CHECK(list.against(s.city.office, feed(1), 4, set));
  CHECK_FALSE(list.against(s.office, feed(1), 4, set));
  CHECK_FALSE(list.of(s.office));
  CHECK_FALSE(list.ended_from_above(s.city.office.signing_key));
  REQUIRE(list.add(signed_by(s.city.hub_key, example(s.city)), s.city.book));
  CHECK(list.against(s.office, feed(1), 4, set));
  CHECK(list.of(s.office));
  CHECK(list.ended_from_above(s.city.office.signing_key));
}

TEST_CASE("revocation: what a key says of later heads than its last doesn't count", "[sync][I5]") {
  const auto city = test::make_city();
  auto end = example(city);
  end.key = city.hub.signing_key;
  end.certificate = city.id;
  end.last_head = Seen{5, 100, crypto::hash({"root"}), 1'000};
  const auto read = Revocation::decode(end.encode());
  REQUIRE(read);
  REQUIRE(read->last_head);
  CHECK(read->encode() == end.encode());
  RevocationList list;
  REQUIRE(list.add(signed_by(city.root_key, end), city.book));
  const auto late = [&](Seen head) { return list.against_word(city.hub, head) != nullptr; };
  CHECK_FALSE(late({5, 100, {}, 1'000}));
  CHECK_FALSE(late({4, 900, {}, 900}));
  CHECK(late({5, 101, {}, 1'000}));
  CHECK(late({6, 1, {}, 1'000}));
  CHECK(late({5, 100, {}, 1'001}));
  CHECK_FALSE(list.against_word(city.office, {9, 9, {}, 9'000}));
}

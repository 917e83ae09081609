#include "sync/holdings.h"

#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

using namespace linli;
using namespace linli::sync;

namespace {

Holdings example(const test::PaperCity& city) {
  Holdings holdings;
  holdings.city = city.id;
  holdings.certificate = city.hub_hash;
  holdings.reader = city.office_hash;
  holdings.question.data.fill(5);
  holdings.checkpoint = {2, 7, {}, 1'767'225'600'000'000};
  HeldFeed one, two;
  one.feed.data.fill(1), one.seq = 3, one.set.data.fill(8);
  two.feed.data.fill(2), two.seq = 1, two.set.data.fill(9);
  holdings.shelves = {{"410700", Audience::below, {one}},
                      {city.office.paths[0], Audience::ancestors, {one, two}}};
  return holdings;
}

Errc refusal(const Holdings& holdings) {
  const auto read = Holdings::decode(holdings.encode());
  REQUIRE_FALSE(read);
  return read.error().code;
}

}  // namespace

TEST_CASE("holdings: come back as they were written", "[sync]") {
  const auto city = test::make_city();
  const auto holdings = example(city);
  const auto body = holdings.encode();
  const auto read = Holdings::decode(body);
  REQUIRE(read);
  CHECK(read->encode() == body);
  CHECK(read->shelves[1].feeds[1].seq == 1);
  CHECK(read->checkpoint.size == 7);
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    CHECK_FALSE(Holdings::decode(body.substr(0, cut)));
  }
}

TEST_CASE("holdings: what is out of order or empty is refused", "[sync]") {
  const auto city = test::make_city();
  auto holdings = example(city);
  SECTION("shelves") { std::swap(holdings.shelves[0], holdings.shelves[1]); }
  SECTION("feeds") {
    auto& feeds = holdings.shelves[1].feeds;
    std::swap(feeds[0], feeds[1]);
  }
  SECTION("a feed twice") { holdings.shelves[1].feeds[1] = holdings.shelves[1].feeds[0]; }
  SECTION("number 0") { holdings.shelves[0].feeds[0].seq = 0; }
  SECTION("an empty shelf") { holdings.shelves[0].feeds.clear(); }
  SECTION("no scope") { holdings.shelves[0].scope = "410700/.."; }
  CHECK(refusal(holdings) == Errc::malformed);
}

TEST_CASE("holdings: only who gives receipts may state them", "[sync][I5]") {
  const auto city = test::make_city();
  auto holdings = example(city);
  const auto judged = [&](const crypto::SigningKey& key) {
    const auto body = holdings.encode();
    const auto fair =
        judge_holdings(holdings, body, key.sign(crypto::kDomainHoldings, body), city.book);
    return fair ? std::optional<Errc>() : fair.error().code;
  };
  CHECK_FALSE(judged(city.hub_key));
  CHECK(judged(city.office_key) == Errc::bad_signature);
  holdings.certificate = city.office_hash;
  CHECK(judged(city.office_key) == Errc::forbidden);
  holdings.certificate.data.fill(3);
  CHECK(judged(city.office_key) == Errc::unknown_certificate);
  holdings = example(city);
  holdings.city.data.fill(3);
  CHECK(judged(city.hub_key) == Errc::other_city);
}

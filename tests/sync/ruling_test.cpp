#include "sync/ruling.h"

#include <catch2/catch.hpp>

#include "tests/support/sync_vectors.h"

using namespace linli;
using namespace linli::sync;

namespace {

Ruling example(const test::PaperCity& city) {
  Ruling ruling;
  ruling.city = city.id;
  ruling.certificate = city.hub_hash;
  ruling.feed.data.fill(7);
  ruling.scope = city.office.paths[0];
  ruling.seq = 4;
  ruling.set.data.fill(9);
  ruling.reason = "expired";
  ruling.time = 1'790'000'000'000'000;
  return ruling;
}

Errc refusal(const std::string& body) {
  const auto decoded = Ruling::decode(body);
  REQUIRE_FALSE(decoded);
  return decoded.error().code;
}

}  // namespace

TEST_CASE("ruling: what is written is read, in one spelling", "[sync][I5]") {
  const auto city = test::make_city();
  for (const auto verdict : {Ruling::Verdict::held, Ruling::Verdict::approved}) {
    auto ruling = example(city);
    ruling.verdict = verdict;
    if (verdict == Ruling::Verdict::approved) ruling.reason.clear();
    if (verdict == Ruling::Verdict::approved) ruling.actor.emplace().data.fill(0xA7);
    const auto body = ruling.encode();
    const auto decoded = Ruling::decode(body);
    if (!decoded) FAIL(describe(decoded.error()));
    CHECK(decoded->encode() == body);
    CHECK(decoded->verdict == verdict);
    CHECK(decoded->seq == 4);
    CHECK(decoded->reason == ruling.reason);
    CHECK(decoded->time == ruling.time);
    CHECK(decoded->actor == ruling.actor);
  }
}

TEST_CASE("ruling: whatever is cut short or altered is refused or another ruling", "[sync][I5]") {
  const auto city = test::make_city();
  const auto body = example(city).encode();
  for (std::size_t n = 0; n < body.size(); ++n) {
    CHECK(refusal(body.substr(0, n)) == Errc::malformed);
    auto altered = body;
    altered[n] = static_cast<char>(altered[n] ^ 0x41);
    const auto decoded = Ruling::decode(altered);
    if (decoded) CHECK(decoded->encode() != body);
  }
  CHECK(refusal(std::string(kRulingBytesMax + 1, 'x')) == Errc::too_large);
}

TEST_CASE("ruling: only who gives receipts in that scope may rule", "[sync][I5]") {
  const auto city = test::make_city();
  const auto judged = [&](const Ruling& ruling, const crypto::SigningKey& key) {
    const auto body = ruling.encode();
    const auto fair = judge_ruling(ruling, body, key.sign(crypto::kDomainRuling, body), city.book);
    return fair ? std::optional<Errc>{} : fair.error().code;
  };
  auto ruling = example(city);
  CHECK(judged(ruling, city.hub_key) == std::nullopt);
  CHECK(judged(ruling, city.office_key) == Errc::bad_signature);
  ruling.certificate = city.office_hash;
  CHECK(judged(ruling, city.office_key) == Errc::forbidden);
  ruling = example(city);
  ruling.scope = "410800";
  CHECK(judged(ruling, city.hub_key) == Errc::out_of_scope);
  ruling.certificate.data.fill(1);
  CHECK(judged(ruling, city.hub_key) == Errc::unknown_certificate);
  ruling.city.data.fill(1);
  CHECK(judged(ruling, city.hub_key) == Errc::other_city);
}

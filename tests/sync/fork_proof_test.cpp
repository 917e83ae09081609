#include "sync/fork_proof.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

using namespace linli;
using namespace linli::sync;
using test::Json;

namespace {

const std::filesystem::path kVector =
    std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "forks.json";

/// The office's first set, as it might have been several times.
crypto::SignedBody set_of(const test::PaperCity& city, std::uint8_t fill,
                          const std::function<void(ChangeSet&)>& change = {}) {
  const auto value = cbor::encode_int(fill);
  ChangeSet set;
  set.city = city.id;
  set.feed = {city.office.subject, city.office.paths.front(), Audience::ancestors, {}};
  set.certificate = city.office_hash;
  set.seq = 1;
  set.schema_version = 1;
  set.time_base = 1'790'000'000'000'000 + fill;
  Change one;
  one.type = 40;
  one.id.data.fill(fill);
  one.stamp = set.time_base;
  one.fields = {{1, value}};
  set.changes = {one};
  if (change) change(set);
  const auto body = encode_change_set(set);
  REQUIRE(body);
  return {*body, city.office_key.sign(crypto::kDomainChangeSet, *body)};
}

std::string hex(const Hash& hash) { return crypto::to_hex(hash.view()); }

Errc refused(const ForkProof& proof) {
  const auto shown = check_fork(proof);
  REQUIRE_FALSE(shown);
  return shown.error().code;
}

}  // namespace

TEST_CASE("fork proof: two sets of one number, for anybody who knows the city", "[sync][I5]") {
  const auto city = test::make_city();
  const auto one = set_of(city, 1), two = set_of(city, 2);
  const auto proof = prove_fork(one, two, city.book);
  REQUIRE(proof);
  // One spelling, whoever puts it together.
  CHECK(prove_fork(two, one, city.book)->encode() == proof->encode());
  CHECK(proof->certificates.size() == 2);
  const auto bytes = proof->encode();
  for (const auto& root : {hex(city.id), crypto::to_hex(city.root.keys[0].view())}) {
    const auto shown = check_fork(bytes, std::string_view(root));
    if (!shown) FAIL(describe(shown.error()));
    CHECK(shown->feed.author == city.office.subject);
    CHECK(shown->feed.scope == city.office.paths.front());
    CHECK(shown->seq == 1);
    CHECK(shown->first.hash < shown->second.hash);
    CHECK(shown->book.find(shown->first.certificate)->name == "街渡社区");
  }
  CHECK(check_fork(bytes, city.id));
  CHECK(check_fork(bytes, crypto::hash({"another city"})).error().code == Errc::other_city);
  CHECK(check_fork(bytes, std::string_view("12")).error().code == Errc::bad_value);
  const auto other = hex(crypto::hash({"another city"}));
  CHECK(check_fork(bytes, std::string_view(other)).error().code == Errc::other_city);
}

TEST_CASE("fork proof: what shows no fork is refused as that", "[sync][I5]") {
  const auto city = test::make_city();
  const auto one = set_of(city, 1);
  const auto elsewhere =
      set_of(city, 2, [](ChangeSet& set) { set.feed.audience = Audience::below; });
  const auto restored = set_of(city, 2, [](ChangeSet& set) {
    set.feed.incarnation.number = 1;
    set.feed.incarnation.nonce.data.fill(7);
    set.succession = Succession{"restored", FeedId::of(crypto::hash({"feed"}).view()), 3,
                                crypto::hash({"head"})};
  });
  const auto later = set_of(city, 2, [&](ChangeSet& set) {
    set.seq = 2;
    set.prev = change_set_hash(one.body);
  });
  for (const auto& other : {one, elsewhere, restored, later}) {
    const auto proof = prove_fork(one, other, city.book);
    REQUIRE_FALSE(proof);
    CHECK(proof.error().code == Errc::no_fork);
  }
}

TEST_CASE("fork proof: nobody is accused by what he didn't sign", "[sync][I5]") {
  const auto city = test::make_city();
  const auto one = set_of(city, 1), two = set_of(city, 2);
  const auto good = *prove_fork(one, two, city.book);
  REQUIRE(check_fork(good));
  auto bad = good;
  bad.second.signature = city.hub_key.sign(crypto::kDomainChangeSet, bad.second.body);
  CHECK(refused(bad) == Errc::bad_signature);
  bad = good;
  std::swap(bad.first, bad.second);
  CHECK(refused(bad) == Errc::malformed);
  bad = good;
  std::swap(bad.certificates[0], bad.certificates[1]);
  CHECK(refused(bad) == Errc::stranger);
  bad = good;
  bad.certificates.pop_back();
  CHECK(refused(bad) == Errc::unknown_certificate);
  bad = good;
  bad.certificates.push_back(bad.certificates.back());
  CHECK(refused(bad) == Errc::stranger);
  bad = good;
  bad.root.clear();
  CHECK(refused(bad) == Errc::stranger);
  bad = good;
  bad.first.body = "junk";
  CHECK(refused(bad) == Errc::malformed);
}

TEST_CASE("fork proof: whatever is cut short or altered proves nothing", "[sync][I5]") {
  const auto city = test::make_city();
  const auto bytes = prove_fork(set_of(city, 1), set_of(city, 2), city.book)->encode();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CHECK_FALSE(check_fork(bytes.substr(0, n), city.id));
    auto altered = bytes;
    altered[n] = static_cast<char>(altered[n] ^ 0x21);
    CHECK_FALSE(check_fork(altered, city.id));
  }
  CHECK(check_fork(std::string(kForkProofBytesMax + 1, 'x'), city.id).error().code ==
        Errc::too_large);
}

TEST_CASE("fork proof: under a certificate that was renewed in between it is one as well",
          "[sync][I5]") {
  const auto city = test::make_city();
  auto renewed = city.office;
  renewed.serial = 9;
  renewed.valid_from_us += 5;
  const auto body = renewed.encode();
  auto book = city.book;
  const auto second = book.add(
      crypto::SignedBody{body, city.hub_key.sign(crypto::kDomainCertificate, body)}.encode());
  REQUIRE(second);
  const auto proof = prove_fork(
      set_of(city, 1), set_of(city, 2, [&](ChangeSet& set) { set.certificate = *second; }), book);
  REQUIRE(proof);
  CHECK(proof->certificates.size() == 3);
  CHECK(check_fork(proof->encode(), city.id));
}

TEST_CASE("fork proof: writes its vector anew", "[.write-fork-vectors]") {
  const auto city = test::make_city();
  const auto proof = prove_fork(set_of(city, 1), set_of(city, 2), city.book);
  REQUIRE(proof);
  Json vector;
  vector["city"] = hex(city.id);
  vector["root_key"] = crypto::to_hex(city.root.keys[0].view());
  vector["author"] = crypto::to_hex(city.office.subject.view());
  vector["seq"] = 1;
  vector["proof"] = crypto::to_hex(proof->encode());
  std::ofstream(kVector) << vector.dump(1) << '\n';
}

TEST_CASE("fork proof: the vector is what PROTOCOL.md says", "[sync]") {
  std::ifstream in(kVector);
  REQUIRE(in);
  const auto vector = Json::parse(in);
  const auto bytes = test::unhex(vector["proof"]);
  const auto city = vector["city"].get<std::string>();
  const auto shown = check_fork(bytes, std::string_view(city));
  if (!shown) FAIL(describe(shown.error()));
  CHECK(crypto::to_hex(shown->feed.author.view()) == vector["author"].get<std::string>());
  CHECK(shown->seq == vector["seq"].get<std::uint64_t>());
  CHECK(ForkProof::decode(bytes)->encode() == bytes);
}

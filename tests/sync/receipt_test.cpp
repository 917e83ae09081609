#include "sync/receipt.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

namespace linli::sync {
namespace {

template <class Bytes>
Bytes all(int byte) {
  return Bytes::of(std::string(Bytes::size(), static_cast<char>(byte)));
}

std::vector<Hash> leaves(std::size_t n) {
  std::vector<Hash> list;
  for (std::size_t i = 0; i < n; ++i) list.push_back(crypto::hash({std::to_string(i)}));
  return list;
}

/// The definition in RFC 9162 §2.1.1, word for word.
Hash tree_hash(std::span<const Hash> list) {
  if (list.empty()) return crypto::hash({});
  if (list.size() == 1) return crypto::hash({std::string_view{"\0", 1}, list[0].view()});
  std::size_t k = 1;
  while (2 * k < list.size()) k *= 2;
  return crypto::hash({"\x01", tree_hash(list.first(k)).view(), tree_hash(list.subspan(k)).view()});
}

LogTree tree_of(std::span<const Hash> list) {
  LogTree tree;
  for (const auto& leaf : list) tree.append(leaf);
  return tree;
}

Receipt example(const test::PaperCity& city) {
  Receipt receipt;
  receipt.city = city.id;
  receipt.certificate = city.hub_hash;
  receipt.feed = all<FeedId>(1);
  receipt.scope = "410700/410702";
  receipt.audience = Audience::below;
  receipt.from = 2;
  receipt.to = 5;
  receipt.last = all<Hash>(2);
  receipt.clock_flagged = {2, 5};
  receipt.checkpoint = {1, 10, all<Hash>(3), 1'790'000'000'000'000};
  return receipt;
}

}  // namespace

TEST_CASE("receipt: the log's root is that of RFC 9162, whatever the size", "[sync][I5]") {
  const auto list = leaves(70);
  LogTree tree;
  for (std::size_t n = 0; n <= list.size(); ++n) {
    INFO(n << " leaves");
    CHECK(tree.size() == n);
    CHECK(tree.root() == tree_hash(std::span{list}.first(n)));
    if (n < list.size()) tree.append(list[n]);
  }
}

TEST_CASE("receipt: a stored tree goes on where it was", "[sync][I5]") {
  rc::prop("append after decode", [] {
    const auto n = *rc::gen::inRange<std::size_t>(0, 40);
    const auto m = *rc::gen::inRange<std::size_t>(0, 40);
    const auto list = leaves(n + m);
    auto tree = LogTree::decode(tree_of(std::span{list}.first(n)).encode());
    RC_ASSERT(tree.has_value());
    for (std::size_t i = n; i < n + m; ++i) tree->append(list[i]);
    RC_ASSERT(tree->root() == tree_hash(list));
  });
}

TEST_CASE("receipt: a tree with a peak too many or too few is refused", "[sync]") {
  const auto list = leaves(5);
  const std::string good = tree_of(list).encode();
  std::string other_size = good;
  other_size[1] = 6;  // two bits as well, so the same number of peaks: a caller's matter
  CHECK(LogTree::decode(other_size));
  other_size[1] = 7;
  CHECK_FALSE(LogTree::decode(other_size));
  CHECK_FALSE(LogTree::decode(good.substr(0, good.size() - 1)));
  CHECK_FALSE(LogTree::decode(""));
}

TEST_CASE("receipt: what it says survives its bytes", "[sync]") {
  const auto city = test::make_city();
  Receipt receipt = example(city);
  receipt.clock_flagged = GENERATE(std::vector<std::uint64_t>{}, std::vector<std::uint64_t>{2, 5});
  const auto back = Receipt::decode(receipt.encode());
  REQUIRE(back);
  CHECK(test::to_json(*back) == test::to_json(receipt));
}

TEST_CASE("receipt: too many flags or bytes are refused", "[sync]") {
  Receipt receipt = example(test::make_city());
  receipt.to = 5000;
  receipt.clock_flagged.clear();
  for (std::uint64_t n = 2; n < 2 + kFlaggedMax; ++n) receipt.clock_flagged.push_back(n);
  CHECK(Receipt::decode(receipt.encode()));
  receipt.clock_flagged.push_back(4000);
  CHECK_THROWS(receipt.encode());
  const auto large = Receipt::decode(std::string(kReceiptBytesMax + 1, '\0'));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == Errc::too_large);
}

TEST_CASE("receipt: a mutated one is refused or says what its bytes say", "[sync]") {
  const std::string good = example(test::make_city()).encode();
  rc::prop("mutation", [&] {
    std::string bytes = good;
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = *rc::gen::arbitrary<char>();
    const auto receipt = Receipt::decode(bytes);
    // A key above the known ones is passed over, so only its bytes are kept.
    if (receipt && receipt->encode().size() == bytes.size()) RC_ASSERT(receipt->encode() == bytes);
  });
}

TEST_CASE("receipt: only who may give it can sign it", "[sync][I5]") {
  const auto city = test::make_city();
  const auto judged = [&](const Receipt& receipt, const crypto::SigningKey& key) {
    const std::string body = receipt.encode();
    const auto judgement =
        judge_receipt(receipt, body, key.sign(crypto::kDomainReceipt, body), city.book);
    return judgement ? std::optional<Errc>{} : judgement.error().code;
  };
  const Receipt good = example(city);
  CHECK(judged(good, city.hub_key) == std::nullopt);
  CHECK(judged(good, city.office_key) == Errc::bad_signature);

  Receipt elsewhere = good;
  elsewhere.city = all<Hash>(9);
  CHECK(judged(elsewhere, city.hub_key) == Errc::other_city);
  Receipt unknown = good;
  unknown.certificate = all<Hash>(9);
  CHECK(judged(unknown, city.hub_key) == Errc::unknown_certificate);
  Receipt by_office = good;
  by_office.certificate = city.office_hash;
  CHECK(judged(by_office, city.office_key) == Errc::forbidden);
  Receipt outside = good;
  outside.scope = "410800";
  CHECK(judged(outside, city.hub_key) == Errc::out_of_scope);

  // The same bytes signed as another kind of thing prove nothing.
  const std::string body = good.encode();
  const auto as_set = city.hub_key.sign(crypto::kDomainChangeSet, body);
  CHECK_FALSE(judge_receipt(good, body, as_set, city.book));
}

}  // namespace linli::sync

#include "sync/snapshot.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/cbor.h"
#include "sync/merge.h"
#include "sync/ruling.h"
#include "tests/support/sync_vectors.h"

using namespace linli;
using namespace linli::sync;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::uint32_t kType = 40;

FeedName feed_of(const test::PaperCity& city) {
  FeedName name;
  name.author.data.fill(5);
  name.scope = city.office.paths[0];
  return name;
}

Hash commitment_of(const test::PaperCity& city, const RecordId& id, const std::string& value) {
  crypto::Salt salt;
  salt.data.fill(8);
  return commitment(salt, city.id, kType, city.office.paths[0], id, 2, value);
}

/// A record with a conflict, one that was removed, and one with an erasable value.
std::vector<SnapshotRecord> records(const test::PaperCity& city) {
  MergeRules rules;
  rules.cell_of = [](std::uint32_t field) { return field; };
  const auto feed = feed_of(city).id(city.id);
  std::vector<SnapshotRecord> made;
  for (std::uint8_t n = 1; n <= 3; ++n) {
    SnapshotRecord record{kType, {}, 1'790'000'000'000'000 + n, {}};
    record.id.data.fill(n);
    const auto number = cbor::encode_int(n);
    cbor::Writer committed;
    committed.tag(cbor::kTagCommitment);
    committed.bytes(commitment_of(city, record.id, cbor::encode_text("电梯")).view());
    const auto value = committed.take();
    RecordState state;
    Change change;
    change.type = kType;
    change.id = record.id;
    change.stamp = record.changed;
    change.fields = {{1, number}};
    if (n == 3) change.fields.push_back({2, value});
    state.add(change, {true, record.changed, {feed, n, 0}}, rules);
    if (n == 1) {
      Hash other;
      other.data.fill(0xEE);
      state.add(change, {false, record.changed, {FeedId::of(other.view()), 1, 0}}, rules);
    }
    if (n == 2) {
      change.kind = ChangeKind::remove;
      change.fields.clear();
      change.base.all = {{feed, n, 0}};
      state.add(change, {true, record.changed, {feed, n, 1}}, rules);
    }
    record.state = state.encode();
    made.push_back(std::move(record));
  }
  return made;
}

SnapshotPart example(const test::PaperCity& city) {
  SnapshotPart part;
  part.city = city.id;
  part.certificate = city.hub_hash;
  part.scope = city.office.paths[0];
  part.checkpoint = {7, 12, crypto::hash({"root"}), 1'790'000'000'100'000};
  part.last = true;
  SnapshotFeed feed;
  feed.author = feed_of(city).author;
  feed.tip = {3, crypto::hash({"third"}), 1'790'000'000'000'003};
  part.feeds = {feed};
  feed.incarnation.number = 1;
  feed.incarnation.nonce.data.fill(4);
  part.feeds.push_back(feed);
  part.records = records(city);
  return part;
}

SnapshotParcel parcel_of(const test::PaperCity& city) {
  const auto part = example(city);
  SnapshotParcel parcel;
  const auto body = part.encode();
  parcel.packed = pack_part(body);
  parcel.signature = city.hub_key.sign(crypto::kDomainSnapshot, body);
  SnapshotParcel::Value value;
  value.salt.data.fill(8);
  value.value = cbor::encode_text("电梯");
  value.commitment = commitment_of(city, part.records[2].id, value.value);
  parcel.values = {value};
  return parcel;
}

Errc refusal(const std::string& body) {
  const auto decoded = SnapshotPart::decode(body);
  REQUIRE_FALSE(decoded);
  return decoded.error().code;
}

}  // namespace

TEST_CASE("snapshot part: what is written is read, in one spelling", "[sync][I5]") {
  const auto city = test::make_city();
  const auto parcel = SnapshotParcel::decode(parcel_of(city).encode());
  REQUIRE(parcel);
  CHECK(parcel->encode() == parcel_of(city).encode());
  const auto body = parcel->body();
  REQUIRE(body);
  const auto part = SnapshotPart::decode(*body);
  REQUIRE(part);
  CHECK(part->encode() == *body);
  CHECK(part->records.size() == 3);
  CHECK(part->feeds.size() == 2);
  CHECK(judge_snapshot(*part, *body, parcel->signature, city.book));
  const auto places = commitments(*part);
  REQUIRE(places);
  REQUIRE(places->size() == 1);
  CHECK(places->front().record == 2);
  CHECK(places->front().field == 2);
  CHECK(places->front().commitment == parcel->values.front().commitment);
}

TEST_CASE("snapshot part: whatever is cut short or altered is refused or another part",
          "[sync][I5]") {
  const auto city = test::make_city();
  const auto body = example(city).encode();
  for (std::size_t n = 0; n < body.size(); ++n) {
    CHECK(refusal(body.substr(0, n)) == Errc::malformed);
    for (const int flip : {0x01, 0x41, 0x80}) {
      auto altered = body;
      altered[n] = static_cast<char>(altered[n] ^ flip);
      const auto decoded = SnapshotPart::decode(altered);
      if (!decoded) continue;
      CHECK(decoded->encode() != body);
      (void)commitments(*decoded);  // Reads states that anybody may have written.
    }
  }
  CHECK(refusal(std::string(kSnapshotPartBytesMax + 1, 'x')) == Errc::too_large);
  CHECK(refusal(body + '\0') == Errc::malformed);

  const auto bytes = parcel_of(city).encode();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CHECK_FALSE(SnapshotParcel::decode(bytes.substr(0, n)));
    auto altered = bytes;
    altered[n] = static_cast<char>(altered[n] ^ 0x41);
    const auto decoded = SnapshotParcel::decode(altered);
    if (decoded) CHECK(decoded->encode() != bytes);
  }
  const SnapshotParcel bomb{pack_part(std::string(kSnapshotPartBytesMax + 1, 'x')), {}, {}};
  CHECK(bomb.body().error().code == Errc::too_large);
}

TEST_CASE("snapshot part: feeds ascend, cover something, and are within their limit", "[sync]") {
  const auto city = test::make_city();
  auto part = example(city);
  std::swap(part.feeds[0], part.feeds[1]);
  CHECK(refusal(part.encode()) == Errc::malformed);
  part = example(city);
  part.feeds[1] = part.feeds[0];
  CHECK(refusal(part.encode()) == Errc::malformed);
  part = example(city);
  part.feeds[0].tip.seq = 0;
  CHECK(refusal(part.encode()) == Errc::malformed);
  part = example(city);
  part.audience = static_cast<Audience>(4);
  CHECK(refusal(part.encode()) == Errc::unknown_critical);
}

TEST_CASE("snapshot part: only who may give receipts, for a scope it covers", "[sync][I5]") {
  const auto city = test::make_city();
  const auto code = [&](const SnapshotPart& part, const crypto::SigningKey& key) {
    const auto body = part.encode();
    const auto fair =
        judge_snapshot(part, body, key.sign(crypto::kDomainSnapshot, body), city.book);
    return fair ? std::string("good") : std::string(info(fair.error().code).name);
  };
  auto part = example(city);
  CHECK(code(part, city.hub_key) == "good");
  CHECK(code(part, city.office_key) == "bad_signature");
  part.certificate = city.office_hash;
  CHECK(code(part, city.office_key) == "forbidden");
  part.certificate = crypto::hash({"nobody"});
  CHECK(code(part, city.hub_key) == "unknown_certificate");
  part = example(city);
  part.scope = "410800/1";
  CHECK(code(part, city.hub_key) == "out_of_scope");
  part = example(city);
  part.city = crypto::hash({"elsewhere"});
  CHECK(code(part, city.hub_key) == "other_city");
}

TEST_CASE("snapshot part: a state that isn't one is malformed where its values are looked for",
          "[sync]") {
  const auto city = test::make_city();
  auto part = example(city);
  part.records[2].state.pop_back();
  const auto places = commitments(part);
  REQUIRE_FALSE(places);
  CHECK(places.error().code == Errc::malformed);
}

// ---- The vectors of PROTOCOL.md §8 --------------------------------------------------------------

namespace {

const std::filesystem::path kVector =
    std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "words.json";

Ruling ruling_of(const test::PaperCity& city) {
  Ruling ruling;
  ruling.city = city.id;
  ruling.certificate = city.hub_hash;
  ruling.feed = feed_of(city).id(city.id);
  ruling.scope = city.office.paths[0];
  ruling.seq = 2;
  ruling.set = crypto::hash({"second"});
  ruling.reason = "expired";
  ruling.time = 1'790'000'000'200'000;
  return ruling;
}

}  // namespace

TEST_CASE("words of the hub: writes their vectors anew", "[.write-word-vectors]") {
  const auto city = test::make_city();
  const auto parcel = parcel_of(city);
  const auto ruling = ruling_of(city).encode();
  Json vector;
  vector["root"] = crypto::to_hex(city.signed_root.encode());
  vector["hub_certificate"] = crypto::to_hex(*city.book.signed_bytes(city.hub_hash));
  vector["snapshot_part"] = crypto::to_hex(parcel.encode());
  vector["snapshot_states"] = Json::array();
  for (const auto& record : example(city).records)
    vector["snapshot_states"].push_back(crypto::to_hex(record.state));
  vector["ruling"] = crypto::to_hex(
      crypto::SignedBody{ruling, city.hub_key.sign(crypto::kDomainRuling, ruling)}.encode());
  std::ofstream(kVector) << vector.dump(1) << '\n';
}

TEST_CASE("words of the hub: the vectors are what PROTOCOL.md says", "[sync]") {
  std::ifstream in(kVector);
  REQUIRE(in);
  const auto vector = Json::parse(in);
  auto book = *crypto::CertificateBook::found(test::unhex(vector["root"]));
  REQUIRE(book.add(test::unhex(vector["hub_certificate"])));
  const auto parcel = SnapshotParcel::decode(test::unhex(vector["snapshot_part"]));
  REQUIRE(parcel);
  const auto body = parcel->body();
  REQUIRE(body);
  const auto part = SnapshotPart::decode(*body);
  REQUIRE(part);
  CHECK(judge_snapshot(*part, *body, parcel->signature, book));
  REQUIRE(part->records.size() == vector["snapshot_states"].size());
  for (std::size_t i = 0; i < part->records.size(); ++i) {
    CHECK(crypto::to_hex(part->records[i].state) ==
          vector["snapshot_states"][i].get<std::string>());
    CHECK(RecordState::decode(part->records[i].state));
  }
  const auto signed_ruling = crypto::SignedBody::decode(test::unhex(vector["ruling"]));
  REQUIRE(signed_ruling);
  const auto ruling = Ruling::decode(signed_ruling->body);
  REQUIRE(ruling);
  CHECK(judge_ruling(*ruling, signed_ruling->body, signed_ruling->signature, book));
  // Written anew they are the same bytes, but for what zstd makes of them.
  const auto city = test::make_city();
  CHECK(example(city).encode() == *body);
  CHECK(parcel_of(city).signature == parcel->signature);
}

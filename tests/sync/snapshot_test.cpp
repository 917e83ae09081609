#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/cbor.h"
#include "sync/holdings.h"
#include "sync/merge.h"
#include "sync/revocation.h"
#include "sync/ruling.h"
#include "sync/snapshot_parcel.h"
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

SnapshotParcel parcel_of(const test::PaperCity& city, const SnapshotPart& part) {
  const auto body = part.encode();
  crypto::Salt salt;
  salt.data.fill(8);
  const auto find = [&](const Hash&) { return std::pair(salt, cbor::encode_text("电梯")); };
  return *make_parcel(cut_body(body), city.hub_key.sign(crypto::kDomainSnapshot, body), find);
}
SnapshotParcel parcel_of(const test::PaperCity& city) { return parcel_of(city, example(city)); }

SnapshotPart with_erased(const test::PaperCity& city) {
  auto part = example(city);
  REQUIRE(part.records.size() >= 2);
  Hash one, two;
  one.data.fill(1);
  two.data.fill(2);
  part.erased = {{0, 3, one}, {0, 3, two}, {1, 2, one}};
  return part;
}

Errc refusal(const std::string& body) {
  const auto decoded = SnapshotPart::decode(body);
  REQUIRE_FALSE(decoded);
  return decoded.error().code;
}

}  // namespace

TEST_CASE("snapshot: a part says what was erased of its records", "[sync][I10]") {
  const auto city = test::make_city();
  auto part = with_erased(city);
  const auto one = part.erased[0].commitment, two = part.erased[1].commitment;
  const auto again = SnapshotPart::decode(part.encode());
  REQUIRE(again);
  CHECK(again->erased == part.erased);
  CHECK(again->encode() == part.encode());
  const auto refused = [&](std::vector<SnapshotErased> erased) {
    part.erased = std::move(erased);
    return SnapshotPart::decode(part.encode()).error().code;
  };
  CHECK(refused({{0, 3, two}, {0, 3, one}}) == Errc::malformed);
  CHECK(refused({{0, 3, one}, {0, 3, one}}) == Errc::malformed);
  CHECK(refused({{part.records.size(), 3, one}}) == Errc::malformed);
}

TEST_CASE("snapshot part: what is written is read, in one spelling", "[sync][I5]") {
  const auto city = test::make_city();
  const auto parcel = SnapshotParcel::decode(parcel_of(city).encode());
  REQUIRE(parcel);
  CHECK(parcel->encode() == parcel_of(city).encode());
  const auto opened = open_parcel(*parcel);
  REQUIRE(opened);
  const auto& body = opened->body;
  const auto& part = opened->part;
  CHECK(part.encode() == body);
  CHECK(part.records.size() == 3);
  CHECK(part.feeds.size() == 2);
  CHECK(judge_snapshot(part, body, parcel->signature, city.book));
  const auto places = commitments(part);
  REQUIRE(places);
  REQUIRE(places->size() == 1);
  CHECK(places->front().record == 2);
  CHECK(places->front().field == 2);
  CHECK(places->front().commitment == opened->values.front().commitment);
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
  const SnapshotParcel bomb{cut_body(std::string(kSnapshotPartBytesMax + 1, 'x')).packed, {}, {}};
  CHECK(open_parcel(bomb).error().code == Errc::too_large);
}

TEST_CASE("snapshot parcel: a value stands for its commitment, and what doesn't fit isn't signed",
          "[sync][I5]") {
  const auto city = test::make_city();
  const auto body = example(city).encode();
  const auto opened = parcel_of(city);
  const auto closed = *make_parcel(
      cut_body(body), opened.signature,
      [](const Hash&) -> std::optional<std::pair<crypto::Salt, std::string>> { return {}; });
  REQUIRE(opened.places.size() == 1);
  REQUIRE(closed.places.size() == 1);
  CHECK(std::holds_alternative<SnapshotParcel::Value>(opened.places[0]));
  CHECK(std::holds_alternative<Hash>(closed.places[0]));
  CHECK(open_parcel(opened)->body == body);
  CHECK(open_parcel(closed)->body == body);
  CHECK(open_parcel(closed)->values.empty());
  CHECK(open_parcel(opened)->cut.commitments == open_parcel(closed)->cut.commitments);

  const auto judged = [&](const SnapshotParcel& parcel) {
    const auto made = open_parcel(parcel);
    REQUIRE(made);
    const auto fair = judge_snapshot(made->part, made->body, parcel.signature, city.book);
    return fair ? std::nullopt : std::optional(fair.error().code);
  };
  CHECK(judged(opened) == std::nullopt);
  CHECK(judged(closed) == std::nullopt);
  auto other = opened;
  std::get<SnapshotParcel::Value>(other.places[0]).value = cbor::encode_text("扶梯");
  CHECK(judged(other) == Errc::bad_signature);
  other = opened;
  std::get<SnapshotParcel::Value>(other.places[0]).field = 3;
  CHECK(judged(other) == Errc::bad_signature);
  other = opened;
  other.places.push_back(closed.places[0]);
  CHECK(open_parcel(other).error().code == Errc::malformed);
  other.places.clear();
  CHECK(open_parcel(other).error().code == Errc::malformed);
}

TEST_CASE("snapshot parcel: whoever hands on leaves closed what doesn't fit", "[sync]") {
  const auto city = test::make_city();
  const auto body = example(city).encode();
  const auto find = [](const Hash&) {
    return std::pair(crypto::Salt{}, cbor::encode_text("别的"));
  };
  const auto parcel = *make_parcel(cut_body(body), {}, find);
  CHECK(std::holds_alternative<Hash>(parcel.places.at(0)));
  CHECK(open_parcel(parcel)->body == body);
}

TEST_CASE("snapshot parcel: what only looks like a commitment comes back as it was", "[sync]") {
  const std::string head = "\xD9\xA0\x6E\x58\x20";
  const auto back = [](const std::string& body) { return *cut_body(body).whole(); };
  for (const auto& body :
       {std::string(), head, head + std::string(31, 'a'), head + std::string(32, 'a'),
        head + head + head + head + head + head + head + head + head, "x" + head + head.substr(1),
        head + std::string(32, '\0') + head + std::string(32, 'b') + "end",
        head + std::string(30, 'a') + head + std::string(40, 'b')}) {
    CHECK(back(body) == body);
  }
  // In a text of a state, it is cut like the others.
  const auto city = test::make_city();
  auto part = example(city);
  MergeRules rules;
  rules.cell_of = [](std::uint32_t field) { return field; };
  const auto text = cbor::encode_text("٠nX " + std::string(40, 'z'));
  Change change;
  change.type = kType;
  change.id = part.records[2].id;
  change.fields = {{1, text}};
  RecordState state;
  state.add(change, {true, 1, {feed_of(city).id(city.id), 9, 0}}, rules);
  part.records[2].state = state.encode();
  const auto parcel =
      *make_parcel(cut_body(part.encode()), {}, [](const Hash&) { return std::nullopt; });
  CHECK(parcel.places.size() == 1);
  CHECK(open_parcel(parcel)->body == part.encode());
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

/// A person let the same set count.
Ruling approval_of(const test::PaperCity& city) {
  auto ruling = ruling_of(city);
  ruling.verdict = Ruling::Verdict::approved;
  ruling.reason = "核实过";
  ruling.actor.emplace().data.fill(0xA7);
  return ruling;
}

/// As if the hub's program had held it back in somebody's name: a body that nobody may accept.
std::string held_by_a_person(const test::PaperCity& city) {
  auto body = approval_of(city).encode();
  const auto verdict = body.find(std::string("\x08\x01\x09", 3));
  REQUIRE(verdict != std::string::npos);
  body[verdict + 1] = 0;
  return body;
}

Revocation revocation_of(const test::PaperCity& city) {
  return {.city = city.id,
          .certificate = city.hub_hash,
          .key = city.office.signing_key,
          .cuts = {{feed_of(city).id(city.id), 2, crypto::hash({"second"})}},
          .reason = "笔记本电脑丢失",
          .time = 1'790'000'000'300'000};
}

Holdings holdings_of(const test::PaperCity& city) {
  Holdings holdings;
  holdings.city = city.id;
  holdings.certificate = city.hub_hash;
  holdings.reader = city.office_hash;
  holdings.question.data.fill(0x51);
  holdings.checkpoint = {1, 7, {}, 1'767'225'600'000'000};
  HeldFeed one, two;
  one.feed.data.fill(0x11), one.seq = 3, one.set.data.fill(0x21);
  two.feed.data.fill(0x12), two.seq = 300, two.set.data.fill(0x22);
  holdings.shelves = {{"410700", Audience::below, {one}},
                      {city.office.paths[0], Audience::ancestors, {one, two}}};
  return holdings;
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
  vector["snapshot_part_with_erased"] = crypto::to_hex(parcel_of(city, with_erased(city)).encode());
  vector["ruling"] = crypto::to_hex(
      crypto::SignedBody{ruling, city.hub_key.sign(crypto::kDomainRuling, ruling)}.encode());
  const auto approval = approval_of(city).encode();
  vector["approval"] = crypto::to_hex(
      crypto::SignedBody{approval, city.hub_key.sign(crypto::kDomainRuling, approval)}.encode());
  vector["approval_held"] = crypto::to_hex(held_by_a_person(city));
  const auto revocation = revocation_of(city).encode();
  vector["revocation"] = crypto::to_hex(
      crypto::SignedBody{revocation, city.hub_key.sign(crypto::kDomainRevocation, revocation)}
          .encode());
  const auto holdings = holdings_of(city).encode();
  vector["holdings"] = crypto::to_hex(
      crypto::SignedBody{holdings, city.hub_key.sign(crypto::kDomainHoldings, holdings)}.encode());
  std::ofstream(kVector) << vector.dump(1) << '\n';
}

TEST_CASE("words of the hub: the vectors are what PROTOCOL.md says", "[sync]") {
  std::ifstream in(kVector);
  REQUIRE(in);
  const auto vector = Json::parse(in);
  const auto city = test::make_city();
  auto book = *crypto::CertificateBook::found(test::unhex(vector["root"]));
  REQUIRE(book.add(test::unhex(vector["hub_certificate"])));
  const auto parcel = SnapshotParcel::decode(test::unhex(vector["snapshot_part"]));
  REQUIRE(parcel);
  const auto opened = open_parcel(*parcel);
  REQUIRE(opened);
  const auto& body = opened->body;
  const auto& part = opened->part;
  CHECK(judge_snapshot(part, body, parcel->signature, book));
  REQUIRE(part.records.size() == vector["snapshot_states"].size());
  for (std::size_t i = 0; i < part.records.size(); ++i) {
    CHECK(crypto::to_hex(part.records[i].state) == vector["snapshot_states"][i].get<std::string>());
    CHECK(RecordState::decode(part.records[i].state));
  }
  const auto other =
      open_parcel(*SnapshotParcel::decode(test::unhex(vector["snapshot_part_with_erased"])));
  REQUIRE(other);
  CHECK(other->body == with_erased(city).encode());
  CHECK(other->part.erased == with_erased(city).erased);
  const auto signed_ruling = crypto::SignedBody::decode(test::unhex(vector["ruling"]));
  REQUIRE(signed_ruling);
  const auto ruling = Ruling::decode(signed_ruling->body);
  REQUIRE(ruling);
  CHECK(judge_ruling(*ruling, signed_ruling->body, signed_ruling->signature, book));
  const auto signed_approval = crypto::SignedBody::decode(test::unhex(vector["approval"]));
  REQUIRE(signed_approval);
  const auto approval = Ruling::decode(signed_approval->body);
  REQUIRE(approval);
  CHECK(judge_ruling(*approval, signed_approval->body, signed_approval->signature, book));
  CHECK(approval->actor == approval_of(city).actor);
  CHECK(approval->encode() == signed_approval->body);
  CHECK(Ruling::decode(test::unhex(vector["approval_held"])).error().code == Errc::malformed);
  REQUIRE(book.add(city.signed_office.encode()));
  const auto signed_end = crypto::SignedBody::decode(test::unhex(vector["revocation"]));
  REQUIRE(signed_end);
  const auto end = Revocation::decode(signed_end->body);
  REQUIRE(end);
  CHECK(judge_revocation(*end, signed_end->body, signed_end->signature, book));
  CHECK(revocation_of(city).encode() == signed_end->body);

  const auto signed_holdings = crypto::SignedBody::decode(test::unhex(vector["holdings"]));
  REQUIRE(signed_holdings);
  const auto holdings = Holdings::decode(signed_holdings->body);
  REQUIRE(holdings);
  CHECK(judge_holdings(*holdings, signed_holdings->body, signed_holdings->signature, book));
  CHECK(holdings_of(city).encode() == signed_holdings->body);
  // Written anew they are the same bytes, but for what zstd makes of them.
  CHECK(example(city).encode() == body);
  CHECK(parcel_of(city).signature == parcel->signature);
}

#include "sync/change_set.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/example_set.h"

namespace linli::sync {
namespace {

using test::all;
using test::array_of;
using test::encoded;
using test::example;
using test::OwnedSet;
using test::Sketch;
using test::to_json;
namespace gen = rc::gen;

std::optional<Errc> refused(const std::string& body) {
  const auto set = decode_change_set(body);
  return set ? std::optional<Errc>{} : set.error().code;
}

// Arbitrary sets

template <class Bytes>
Bytes any_bytes() {
  return Bytes::of(*gen::container<std::string>(Bytes::size(), gen::arbitrary<char>()));
}

std::uint64_t any_up_to(std::uint64_t most) {
  // Small ones as often as large ones: lengths of heads change at 24, 256, …
  const auto bits = *gen::inRange(0, 64);
  return std::min(most, *gen::arbitrary<std::uint64_t>() >> bits);
}

std::string any_item(int depth) {
  switch (*gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return cbor::encode_int(*gen::arbitrary<std::int64_t>());
    case 1:
      return cbor::encode_text(*gen::element<std::string>("", "电梯", "a", "消防通道堵塞"));
    case 2:
      return cbor::encode_bytes(*gen::arbitrary<std::string>());
    case 3:
      return cbor::encode_bool(*gen::arbitrary<bool>());
    case 4:
      return "\xF6";
    case 5: {
      cbor::Writer w;
      w.tag(cbor::kTagCommitment);
      w.bytes(any_bytes<Hash>().view());
      return w.take();
    }
    case 6: {
      std::vector<std::string> items;
      for (int n = *gen::inRange(0, 4); n > 0; --n) items.push_back(any_item(depth - 1));
      return array_of(items);
    }
    default: {
      cbor::Writer w;
      const auto n = *gen::inRange<std::size_t>(0, 4);
      w.map(n);
      for (std::size_t i = 0; i < n; ++i) w.uint(i), w.raw(any_item(depth - 1));
      return w.take();
    }
  }
}

std::string any_erasure() {
  std::vector<std::string> hashes;
  for (int n = *gen::inRange(1, 4); n > 0; --n) hashes.emplace_back(any_bytes<Hash>().view());
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  for (auto& hash : hashes) hash = cbor::encode_bytes(hash);
  return array_of(hashes);
}

std::vector<VersionId> any_versions(const ChangeSet& set, std::uint32_t index) {
  std::vector<VersionId> versions;
  for (int n = *gen::inRange(0, 4); n > 0; --n) {
    VersionId v{any_bytes<FeedId>(), 1 + any_up_to(1000),
                static_cast<std::uint32_t>(*gen::inRange<std::size_t>(0, kChangesMax))};
    const bool own = *gen::arbitrary<bool>();
    if (own) v = {set.feed.id(set.city), std::min(v.seq, set.seq), v.index};
    if (own && v.seq == set.seq) {
      if (index == 0) continue;
      v.index %= index;
    }
    versions.push_back(v);
  }
  std::sort(versions.begin(), versions.end());
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  return versions;
}

Change any_change(OwnedSet& owned, std::uint32_t index, Micros after) {
  Change change;
  change.type = 1 + static_cast<std::uint32_t>(any_up_to(kTypeMax - 1));
  change.id = any_bytes<RecordId>();
  change.kind = static_cast<ChangeKind>(*gen::inRange(0, 4));
  change.stamp = after + 1 + *gen::inRange<Micros>(0, 1'000'000);
  if (*gen::arbitrary<bool>()) change.life = any_up_to(kLifeMax);
  std::uint32_t field = 0;
  const int least = change.kind == ChangeKind::put ? 0 : 1;
  if (change.kind != ChangeKind::remove)
    for (int n = *gen::inRange(least, 5); n > 0; --n) {
      field += 1 + *gen::inRange<std::uint32_t>(0, 300);
      std::string value = change.kind == ChangeKind::put     ? any_item(3)
                          : change.kind == ChangeKind::clear ? "\xF6"
                                                             : any_erasure();
      change.fields.push_back({field, owned.keep(std::move(value))});
    }
  // A put of nulls only is what clear says.
  if (change.kind == ChangeKind::put && !change.fields.empty() &&
      std::all_of(change.fields.begin(), change.fields.end(),
                  [](const FieldValue& f) { return f.value == "\xF6"; }))
    change.kind = ChangeKind::clear;
  change.base.all = any_versions(owned.set, index);
  std::uint32_t cell = 0;
  for (int n = *gen::inRange(0, 3); n > 0; --n, ++cell) {
    cell += *gen::inRange<std::uint32_t>(0, 300);
    auto versions = any_versions(owned.set, index);
    if (versions != change.base.all) change.base.cells.emplace_back(cell, std::move(versions));
  }
  return change;
}

OwnedSet any_set() {
  OwnedSet owned;
  ChangeSet& set = owned.set;
  set.city = any_bytes<Hash>();
  set.feed.author = any_bytes<AuthorId>();
  set.feed.scope = *gen::element<std::string>("410700", "410700/410702", "a/b/c/d/e/f/g/h");
  set.feed.audience = static_cast<Audience>(*gen::inRange(0, 4));
  set.certificate = any_bytes<Hash>();
  set.seq = 1 + any_up_to(1'000'000);
  if (set.seq > 1) set.prev = any_bytes<Hash>();
  if (*gen::arbitrary<bool>()) {
    set.feed.incarnation = {1 + any_up_to(1'000'000), all<Nonce>(*gen::inRange(1, 255))};
    if (set.seq == 1) set.succession = Succession{"restored", any_bytes<FeedId>(), 9, all<Hash>(9)};
  }
  if (*gen::arbitrary<bool>())
    set.seen = Seen{any_up_to(1'000'000), any_up_to(INT64_MAX), any_bytes<Hash>(),
                    static_cast<Micros>(any_up_to(kTimeMax))};
  if (*gen::arbitrary<bool>()) set.policy = all<Hash>(*gen::inRange(1, 255));
  set.schema_version = any_up_to(INT64_MAX);
  set.time_base = static_cast<Micros>(any_up_to(kTimeMax - 10'000'000));
  if (*gen::arbitrary<bool>()) set.actor = any_bytes<Nonce>();
  if (*gen::arbitrary<bool>()) set.action = any_bytes<Nonce>();
  if (*gen::arbitrary<bool>()) set.origin = owned.keep("import: 表格.xlsx");
  if (set.feed.audience == Audience::street) set.blind = any_bytes<Nonce>();
  Micros stamp = set.time_base - 1;
  const auto n = *gen::inRange<std::uint32_t>(1, 6);
  for (std::uint32_t i = 0; i < n; ++i) {
    set.changes.push_back(any_change(owned, i, stamp));
    stamp = set.changes.back().stamp;
  }
  return owned;
}

/// Leaves out what a version 1 reader passes over: what stays is what version 1 would write.
std::string without_later_keys(const std::string& body) {
  auto sketch = test::sketch_of(body);
  std::erase_if(sketch.keys, [](const auto& item) { return item.first > 18; });
  for (auto& places : sketch.changes) {
    if (places.size() < 8) continue;
    places.pop_back();
    if (places.back() == std::string(1, '\0')) places.pop_back();          // life 0
    if (places.size() == 6 && places.back() == "\x80") places.pop_back();  // no base
  }
  return sketch.body();
}

/// Either a refusal, or the set's one spelling.
void check_one_spelling(const std::string& body) {
  const auto set = decode_change_set(body);
  if (!set) return;
  RC_ASSERT(cbor::validate(body).has_value());
  const auto again = encode_change_set(*set);
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == body || *again == without_later_keys(body));
  RC_ASSERT(decode_change_set_header(body).has_value());
  RC_ASSERT(commitments(*set).size() <= body.size() / Hash::size());
}

}  // namespace

TEST_CASE("change set: what it says survives its bytes", "[sync][I5]") {
  rc::prop("decode after encode", [] {
    const OwnedSet owned = any_set();
    const auto body = encode_change_set(owned.set);
    RC_ASSERT(body.has_value());
    const auto back = decode_change_set(*body);
    RC_ASSERT(back.has_value());
    RC_ASSERT(to_json(*back) == to_json(owned.set));
  });
}

TEST_CASE("change set: mutated bytes are refused, or are the one spelling of what they say",
          "[sync][I5]") {
  rc::prop("bytes changed, added, left out, repeated", [] {
    std::string body = *encode_change_set(any_set().set);
    for (int n = *gen::inRange(1, 4); n > 0; --n) {
      const auto at = *gen::inRange<std::size_t>(0, body.size());
      const auto length = *gen::inRange<std::size_t>(0, 8);
      switch (*gen::inRange(0, 4)) {
        case 0:
          body[at] = *gen::arbitrary<char>();
          break;
        case 1:
          body.insert(at, 1, *gen::element('\x00', '\x80', '\xA0', '\xF6', '\x20', '\xFF'));
          break;
        case 2:
          body.erase(at, length);
          break;
        default:
          body.insert(at, body.substr(at, length));
      }
      if (body.empty()) break;
    }
    check_one_spelling(body);
  });
  rc::prop("whole keys and places changed for others", [] {
    Sketch sketch = test::sketch_of(*encode_change_set(any_set().set));
    for (int n = *gen::inRange(1, 3); n > 0; --n) {
      if (*gen::arbitrary<bool>()) {
        sketch.keys[*gen::inRange(-2, 21)] = any_item(3);
        sketch.keys.erase(13);
        continue;
      }
      auto& places = sketch.changes[*gen::inRange<std::size_t>(0, sketch.changes.size())];
      const auto at = *gen::inRange<std::size_t>(0, 9);
      if (at < places.size())
        places[at] = any_item(4);
      else
        places.push_back(any_item(4));
    }
    check_one_spelling(sketch.body());
  });
}

TEST_CASE("change set: noise never crashes a decoder", "[sync]") {
  rc::prop("noise", [] {
    const auto noise = *gen::arbitrary<std::string>();
    (void)decode_change_set(noise);
    (void)decode_change_set_header(noise);
    (void)Parcel::decode(noise);
  });
}

TEST_CASE("change set: at the limits it passes, beyond them it is too large", "[sync]") {
  CHECK(refused(encoded(example(kChangesMax).set)) == std::nullopt);
  const auto many = encode_change_set(example(kChangesMax + 1).set);
  REQUIRE_FALSE(many);
  CHECK(many.error().code == Errc::too_large);
  // The encoder won't write it, so it is put together by hand.
  auto sketch = test::sketch_of(encoded(example(kChangesMax).set));
  sketch.changes.push_back(sketch.changes.back());
  CHECK(refused(sketch.body()) == Errc::too_large);

  auto large = example();
  large.set.changes[0].fields[0].value =
      large.keep(cbor::encode_bytes(std::string(kChangeSetBytesMax - 250, 'x')));
  const std::string body = encoded(large.set);
  REQUIRE(body.size() > kChangeSetBytesMax - 100);
  large.set.changes[0].fields[0].value =
      large.keep(cbor::encode_bytes(std::string(kChangeSetBytesMax, 'x')));
  const auto larger = encode_change_set(large.set);
  REQUIRE_FALSE(larger);
  CHECK(larger.error().code == Errc::too_large);
}

TEST_CASE("change set: nobody can sign what others would refuse", "[sync]") {
  struct Case {
    const char* name;
    void (*spoil)(ChangeSet&);
  };
  const auto t = GENERATE(values<Case>({
      {"another suite", [](ChangeSet& s) { s.suite = 2; }},
      {"no scope", [](ChangeSet& s) { s.feed.scope.clear(); }},
      {"a scope that isn't UTF-8", [](ChangeSet& s) { s.feed.scope = "\xFF"; }},
      {"an audience of nobody", [](ChangeSet& s) { s.feed.audience = Audience{4}; }},
      {"number 0", [](ChangeSet& s) { s.seq = 0; }},
      {"a number beyond 63 bits", [](ChangeSet& s) { s.seq = ~0ull; }},
      {"number 1 with prev", [](ChangeSet& s) { s.seq = 1; }},
      {"a nonce for incarnation 0", [](ChangeSet& s) { s.feed.incarnation.nonce = all<Nonce>(1); }},
      {"an incarnation without nonce", [](ChangeSet& s) { s.feed.incarnation.number = 1; }},
      {"succession out of place",
       [](ChangeSet& s) {
         s.succession = Succession{"x", {}, 0, {}};
       }},
      {"blind out of place", [](ChangeSet& s) { s.blind = all<Nonce>(1); }},
      {"street without blind", [](ChangeSet& s) { s.feed.audience = Audience::street; }},
      {"a time before 1970", [](ChangeSet& s) { s.time_base = s.changes[0].stamp = -1; }},
      {"a stamp beyond 2^53",
       [](ChangeSet& s) {
         s.time_base = kTimeMax;
         s.changes[0].stamp = kTimeMax + 1;
       }},
      {"a stamp before the base", [](ChangeSet& s) { s.changes[0].stamp = s.time_base - 1; }},
      {"a stamp a day later",
       [](ChangeSet& s) { s.changes[0].stamp = s.time_base + kStampOffsetMax + 1; }},
      {"no changes", [](ChangeSet& s) { s.changes.clear(); }},
      {"one stamp twice", [](ChangeSet& s) { s.changes.push_back(s.changes[0]); }},
      {"type 0", [](ChangeSet& s) { s.changes[0].type = 0; }},
      {"a reserved kind", [](ChangeSet& s) { s.changes[0].kind = ChangeKind::set_add; }},
      {"field 0", [](ChangeSet& s) { s.changes[0].fields[0].field = 0; }},
      {"a field twice",
       [](ChangeSet& s) { s.changes[0].fields.push_back(s.changes[0].fields[0]); }},
      {"an empty value", [](ChangeSet& s) { s.changes[0].fields[0].value = {}; }},
      {"two items for a value", [](ChangeSet& s) { s.changes[0].fields[0].value = "\x01\x02"; }},
      {"a value that brings a key of its own",
       [](ChangeSet& s) {
         s.changes[0].fields[0].value = "\x01\x02";
         s.changes[0].fields.push_back({3, ""});
       }},
      {"nothing but null put", [](ChangeSet& s) { s.changes[0].fields[0].value = "\xF6"; }},
      {"a value nested too deep",
       [](ChangeSet& s) {
         s.changes[0].fields[0].value = "\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01";
       }},
      {"made on itself",
       [](ChangeSet& s) { s.changes[0].base.all = {{s.feed.id(s.city), s.seq, 0}}; }},
      {"made on nothing's version", [](ChangeSet& s) { s.changes[0].base.all = {{{}, 0, 0}}; }},
      {"bases out of order",
       [](ChangeSet& s) { s.changes[0].base.all = {{{}, 2, 0}, {{}, 1, 0}}; }},
      {"a cell like the rest", [](ChangeSet& s) { s.changes[0].base.cells = {{1, {}}}; }},
      {"life beyond 32 bits", [](ChangeSet& s) { s.changes[0].life = kLifeMax + 1; }},
  }));
  DYNAMIC_SECTION(t.name) {
    OwnedSet owned = example();
    t.spoil(owned.set);
    const auto body = encode_change_set(owned.set);
    REQUIRE_FALSE(body);
    CHECK(body.error().code == Errc::bad_value);
  }
}

TEST_CASE("change set: a refusal names the byte", "[sync]") {
  std::string body = encoded(example().set);
  body[1] = '\x01';  // key 0 becomes a second key 1
  const auto got = decode_change_set(body);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == Errc::malformed);
  CHECK_THAT(got.error().detail, Catch::Contains("at byte"));
}

TEST_CASE("change set: keys of a later version are passed over, critical ones are not",
          "[sync][I8]") {
  auto sketch = test::sketch_of(encoded(example().set));
  const auto plain = *decode_change_set(encoded(example().set));
  sketch.keys[19] = array_of({cbor::encode_text("later"), "\xF6"});
  const std::string later = sketch.body();
  const auto set = decode_change_set(later);
  REQUIRE(set);
  CHECK(set->seq == plain.seq);
  CHECK(change_set_hash(later) != change_set_hash(encoded(example().set)));

  sketch.keys[-3] = cbor::encode_int(1);
  CHECK(refused(sketch.body()) == Errc::unknown_critical);
  sketch.keys.erase(4);  // what is malformed won't be right after an upgrade either
  CHECK(refused(sketch.body()) == Errc::malformed);
}

TEST_CASE("change set: the header of one that waits for an upgrade can be read", "[sync][I8]") {
  const std::string body = encoded(example(3).set);
  const auto whole = decode_change_set(body);
  REQUIRE(whole);
  const auto check_header = [&](const std::string& bytes) {
    REQUIRE(refused(bytes) == Errc::unknown_critical);
    const auto header = decode_change_set_header(bytes);
    REQUIRE(header);
    auto expected = to_json(*whole);
    expected["changes"] = test::Json::array();
    CHECK(to_json(*header) == expected);
  };
  auto sketch = test::sketch_of(body);
  sketch.keys[-1] = array_of({});
  check_header(sketch.body());

  sketch = test::sketch_of(body);
  sketch.changes[1][2] = cbor::encode_int(31);
  check_header(sketch.body());
  sketch.keys[13] = cbor::encode_text("changes of another shape");
  sketch.keys[-1] = array_of({});
  CHECK(decode_change_set_header(sketch.body()));

  // Of another suite nothing else is known, and so nothing else is judged.
  sketch = test::sketch_of(body);
  sketch.keys[0] = cbor::encode_int(2);
  sketch.keys[1] = cbor::encode_bytes("a longer hash than ours, perhaps of 48 bytes");
  CHECK(refused(sketch.body()) == Errc::unknown_critical);

  for (const std::int64_t key : {0, 5}) {  // a place that can't be known
    sketch = test::sketch_of(body);
    sketch.keys[key] = cbor::encode_int(9);
    const auto header = decode_change_set_header(sketch.body());
    REQUIRE_FALSE(header);
    CHECK(header.error().code == Errc::unknown_critical);
  }
}

TEST_CASE("change set: a version of this feed is short, and the reader names its feed", "[sync]") {
  auto owned = example(2);
  ChangeSet& set = owned.set;
  const FeedId own = set.feed.id(set.city), other = all<FeedId>(9);
  const std::size_t bare = encoded(set).size();
  set.changes[1].base.all = {{own, 7, 0}};
  const std::string body = encoded(set);
  CHECK(body.size() == bare + 5);  // base, list, version, seq, index
  CHECK(decode_change_set(body)->changes[1].base.all == set.changes[1].base.all);

  set.changes[1].base.cells = {{0, {{other, 1, 1}}}, {300, {}}};
  const auto base = decode_change_set(encoded(set))->changes[1].base;
  CHECK(base.of(0) == std::vector<VersionId>{{other, 1, 1}});
  CHECK(base.of(300).empty());
  CHECK(base.of(1) == set.changes[1].base.all);
  CHECK_FALSE(base.empty());
}

TEST_CASE("change set: its name is that of its content, not of its signature", "[sync][I5]") {
  const std::string body = encoded(example().set);
  CHECK(change_set_hash(body) == crypto::hash({"linli/change-set/1", body}));
  auto other = example();
  other.set.seq = 8;
  CHECK(change_set_hash(encoded(other.set)) != change_set_hash(body));
}

}  // namespace linli::sync

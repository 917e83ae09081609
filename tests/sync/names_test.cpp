#include "sync/names.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

namespace linli::sync {
namespace {

template <class Bytes>
Bytes all(int byte) {
  return Bytes::of(std::string(Bytes::size(), static_cast<char>(byte)));
}

std::uint64_t milliseconds_of(const RecordId& id) {
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | id.data[i];
  return ms;
}

}  // namespace

TEST_CASE("names: a feed's id changes with each thing that makes the feed", "[sync][I5]") {
  const Hash city = all<Hash>(1);
  const FeedName name{all<AuthorId>(2), "410700/410702", Audience::below, {3, all<Nonce>(4)}};
  std::set<FeedId> ids{name.id(city), name.id(all<Hash>(9))};
  const auto with = [&](auto change) {
    FeedName other = name;
    change(other);
    ids.insert(other.id(city));
  };
  with([](FeedName& n) { n.author = all<AuthorId>(9); });
  with([](FeedName& n) { n.scope = "410700/410703"; });
  with([](FeedName& n) { n.audience = Audience::street; });
  with([](FeedName& n) { n.incarnation.number = 4; });
  with([](FeedName& n) { n.incarnation.nonce = all<Nonce>(9); });
  CHECK(ids.size() == 7);
  CHECK(name.id(city) == name.id(city));
}

TEST_CASE("names: a new record id is a UUIDv7 of its millisecond", "[sync]") {
  const Micros now = 1'790'000'000'123'456;
  const RecordId id = new_record_id(now);
  CHECK(milliseconds_of(id) == 1'790'000'000'123);
  CHECK(id.data[6] >> 4 == 7);
  CHECK(id.data[8] >> 6 == 2);
}

TEST_CASE("names: ids made in one go ascend, more of them than a millisecond has", "[sync]") {
  const Micros now = 1'800'000'000'000'000;
  RecordId before = new_record_id(now);
  for (int i = 0; i < 10'000; ++i) {
    const RecordId id = new_record_id(now - i % 3 * 1000);  // and while the clock wobbles
    REQUIRE(before < id);
    before = id;
  }
}

TEST_CASE("names: ids follow a clock that was set back", "[sync]") {
  (void)new_record_id(2'000'000'000'000'000);
  CHECK(milliseconds_of(new_record_id(1'700'000'000'000'000)) == 1'700'000'000'000);
  CHECK(milliseconds_of(new_record_id(-5)) == 0);
}

TEST_CASE("names: threads never draw the same id", "[sync]") {
  constexpr std::size_t kEach = 2'000;
  std::vector<std::vector<RecordId>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& mine : drawn)
    threads.emplace_back([&mine] {
      for (std::size_t i = 0; i < kEach; ++i) mine.push_back(new_record_id(1'810'000'000'000'000));
    });
  for (auto& thread : threads) thread.join();
  std::set<std::string> heads;  // time and counter alone: the random rest must not be needed
  for (const auto& mine : drawn) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    for (const auto& id : mine) heads.emplace(id.view().substr(0, 8));
  }
  CHECK(heads.size() == drawn.size() * kEach);
}

TEST_CASE("names: an id has one text, and the text gives it back", "[sync]") {
  rc::prop("to_text and back", [] {
    const auto bytes = *rc::gen::container<std::string>(16, rc::gen::arbitrary<char>());
    const auto id = RecordId::of(bytes);
    const auto back = record_id(to_text(id));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == id);
  });
  CHECK(to_text(all<RecordId>(0xAB)) == "abababab-abab-abab-abab-abababababab");
  const std::string text = GENERATE(values<std::string>({
      "",
      "abababab-abab-abab-abab-ababababab",
      "abababab-abab-abab-abab-abababababab0",
      "ABABABAB-abab-abab-abab-abababababab",
      "abababababab-abab-abab-abab-abababab",
      "abababab-abab-abab-abab-ababababab-b",
      "abababab-abab-abab-abab-abababababag",
      "{bababab-abab-abab-abab-abababababa}",
  }));
  INFO(text);
  const auto refused = record_id(text);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_value);
}

}  // namespace linli::sync

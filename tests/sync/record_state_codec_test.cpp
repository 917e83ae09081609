// The form in which a record's merge state is stored: small, and read back exactly.
#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/merge_acts.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test::acts;

TEST_CASE("merge: ten thousand edits by one office leave a small state", "[sync][I9]") {
  RecordState state;
  state.add(text(at('a', 1), 1, {}, "value").change, OrderKey{true, 1, at('a', 1)}, rules());
  const std::size_t one = state.encode().size();
  CHECK(one < 80);
  for (std::uint64_t seq = 2; seq <= 10'000; ++seq) {
    const auto time = static_cast<Micros>(seq);
    memory().clear();
    const Act act = text(at('a', seq), time, state.base_for({1}).all, "value");
    state.add(act.change, act.key, rules());
  }
  CHECK(state.encode().size() <= one + 8);
}

TEST_CASE("merge: a state move is remembered in some ten bytes", "[sync][I9]") {
  std::vector<Act> acts{state_move(at('a', 1), 1, {}, -1, kDraft)};
  for (std::uint64_t seq = 2; seq <= 201; ++seq)
    acts.push_back(
        state_move(at('a', seq), 1, {at('a', seq - 1)}, seq == 2 ? kDraft : kOpen, kOpen));
  const auto first = fold({acts[0]}).encode().size();
  CHECK(fold(acts).encode().size() <= first + 200 * 11);
}

TEST_CASE("merge: a stored state is read back exactly or not at all", "[sync]") {
  const auto stored =
      fold({text(at('a', 1), 1, {}, "x"), state_move(at('b', 1), 2, {at('c', 4)}, kDraft, kOpen),
            removal(at('b', 2), 3, {at('a', 1), at('d', 1)})})
          .encode();
  REQUIRE(RecordState::decode(stored).has_value());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const auto cut = RecordState::decode(stored.substr(0, i));
    REQUIRE_FALSE(cut.has_value());
    CHECK(cut.error().code == Errc::corrupt);
    std::string changed = stored;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    const auto other = RecordState::decode(changed);  // other names or values: still a state
    if (other) CHECK(other->encode() == changed);
  }
  CHECK_FALSE(RecordState::decode(stored + '\0').has_value());
}

TEST_CASE("merge: a stored state of versions that were never added is none", "[sync][I9]") {
  // [feeds with a mark 0, one version of it, life, …], as the fuzzer found it.
  cbor::Writer w;
  w.array(4);
  w.array(3), w.bytes(std::string(32, 'f')), w.uint(0), w.uint(0);
  w.array(5), w.uint(0), w.uint(7), w.uint(0), w.boolean(true), w.sint(1);
  w.uint(0);
  w.array(1), w.map(2), w.uint(0), w.uint(0), w.uint(3), w.array(1), w.uint(0);
  const auto state = RecordState::decode(w.take());
  REQUIRE_FALSE(state.has_value());
  CHECK(state.error().code == Errc::corrupt);
}

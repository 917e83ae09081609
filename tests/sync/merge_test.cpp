#include "sync/merge.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/merge_acts.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test::acts;

TEST_CASE("merge: a descendant beats its ancestors whatever the stamps", "[sync][I4]") {
  const Act old = text(at('a', 1), 900, {}, "old"),
            young = text(at('b', 1), 5, {at('a', 1)}, "young");
  for (const auto& order : {std::vector{old, young}, std::vector{young, old}}) {
    const Merged m = merge(order);
    CHECK(value(m, 1) == cbor::encode_text("young"));
    CHECK(m.conflicts.empty());
  }
}

TEST_CASE("merge: concurrent edits are a conflict that names the losers", "[sync][I4]") {
  std::vector<Act> acts{
      text(at('a', 1), 1, {}, "first"), text(at('b', 1), 7, {at('a', 1)}, "seven"),
      text(at('c', 1), 9, {at('a', 1)}, "nine"), text(at('d', 1), 7, {at('a', 1)}, "also seven")};
  std::sort(acts.begin(), acts.end(), [](const Act& a, const Act& b) { return a.key < b.key; });
  const std::string want = show(merge(acts));
  do CHECK(show(merge(acts)) == want);
  while (std::next_permutation(acts.begin(), acts.end(),
                               [](const Act& a, const Act& b) { return a.key < b.key; }));
  const Merged m = merge(acts);
  CHECK(value(m, 1) == cbor::encode_text("nine"));
  REQUIRE(m.conflicts.size() == 1);
  CHECK(m.conflicts[0].winner.key.version == at('c', 1));
  REQUIRE(m.conflicts[0].losers.size() == 2);
  CHECK(m.conflicts[0].losers[0].key.version == at('d', 1));
  CHECK(m.conflicts[0].losers[1].key.version == at('b', 1));

  SECTION("which goes once a change names all leaves") {
    Act settle = text(at('a', 2), 2, fold(acts).base_for({1}).all, "settled");
    CHECK(settle.change.base.all.size() == 3);
    acts.push_back(settle);
    const Merged after = merge(acts);
    CHECK(value(after, 1) == cbor::encode_text("settled"));
    CHECK(after.conflicts.empty());
  }
  SECTION("and stays while one leaf isn't named") {
    acts.push_back(text(at('a', 2), 20, {at('b', 1), at('c', 1)}, "half"));
    const Merged after = merge(acts);
    REQUIRE(after.conflicts.size() == 1);
    REQUIRE(after.conflicts[0].losers.size() == 1);
    CHECK(after.conflicts[0].losers[0].key.version == at('d', 1));
  }
}

TEST_CASE("merge: leaves that say the same are no conflict, in any order", "[sync][I3][I4]") {
  const auto by_key = [](const Act& a, const Act& b) { return a.key < b.key; };
  const auto in_any_order = [&](std::vector<Act> acts) {
    std::sort(acts.begin(), acts.end(), by_key);
    const auto want = show(merge(acts));
    do REQUIRE(show(merge(acts)) == want);
    while (std::next_permutation(acts.begin(), acts.end(), by_key));
    return merge(acts);
  };
  const Act made = text(at('a', 1), 1, {}, "332");
  const Act b = text(at('b', 1), 7, {at('a', 1)}, "333"), c = text(at('c', 1), 9, {}, "333");
  SECTION("all of them stay leaves") {
    const std::vector<Act> acts{made, b, c};
    const Merged m = in_any_order({b, c, text(at('d', 1), 3, {}, "333")});
    CHECK(m.conflicts.empty());
    CHECK(m.versions.at(1) == at('c', 1));
    CHECK(in_any_order(acts).conflicts.empty());
    CHECK(fold(acts).base_for({1}).all == std::vector{at('b', 1), at('c', 1)});
  }
  SECTION("one that says something else makes all of them a conflict") {
    const Merged m = in_any_order({made, b, c, text(at('d', 1), 3, {}, "334")});
    REQUIRE(m.conflicts.size() == 1);
    REQUIRE(m.conflicts[0].losers.size() == 2);
    CHECK_FALSE(is_lost(m.conflicts[0], m.conflicts[0].losers[0]));
    CHECK(is_lost(m.conflicts[0], m.conflicts[0].losers[1]));
  }
  SECTION("an emptied field and one that isn't given say the same, in a group too") {
    const auto one = cbor::encode_int(1);
    const std::string null = "\xF6";
    Act clear = put(at('c', 1), 9, {}, {{1, null}});
    clear.change.kind = ChangeKind::clear;
    CHECK(in_any_order({clear, put(at('b', 1), 3, {}, {{1, null}, {2, one}})}).conflicts.empty());
    const Act whole = put(at('b', 1), 3, {}, {{5, one}, {6, null}});
    CHECK(in_any_order({whole, put(at('c', 1), 4, {}, {{5, one}})}).conflicts.empty());
    CHECK(in_any_order({whole, put(at('c', 1), 4, {}, {{5, one}, {6, one}})}).conflicts.size() ==
          1);
    CHECK(in_any_order({whole, put(at('c', 1), 4, {}, {{6, one}})}).conflicts.size() == 1);
  }
  SECTION("a commitment is told by its bytes") {
    const auto committed = [](unsigned char byte) {
      return "\xD9\xA0\x6E\x58\x20" + std::string(32, static_cast<char>(byte));
    };
    const Act here = put(at('b', 1), 3, {}, {{1, committed(1)}});
    CHECK(in_any_order({here, put(at('c', 1), 4, {}, {{1, committed(1)}})}).conflicts.empty());
    CHECK(in_any_order({here, put(at('c', 1), 4, {}, {{1, committed(2)}})}).conflicts.size() == 1);
  }
  SECTION("the same move made twice") {
    const Act born = state_move(at('a', 1), 1, {}, -1, kDraft);
    const auto open = [](unsigned char name) {
      return state_move(at(name, 1), 5, {at('a', 1)}, kDraft, kOpen);
    };
    CHECK(in_any_order({born, state_move(at('b', 1), 2, {}, -1, kDraft)}).conflicts.empty());
    CHECK(in_any_order({born, open('b'), open('c')}).conflicts.empty());
    const Act why = put(at('c', 1), 5, {at('a', 1)},
                        {{kState, encode_move({kDraft, kOpen})}, {8, cbor::encode_text("why")}});
    CHECK(in_any_order({born, open('b'), why}).conflicts.size() == 1);
    // A void one is listed whatever it says: its author moved from what wasn't.
    const Act wrong = state_move(at('d', 1), 6, {at('z', 1)}, kDraft, kOpen);
    const auto m = in_any_order({born, open('b'), text(at('z', 1), 1, {}, "nothing"), wrong});
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].void_move);
    CHECK(is_lost(m.conflicts[0], m.conflicts[0].losers[0]));
  }
  SECTION("an edit that met a removal does so though another says the same") {
    const Act gone = removal(at('d', 1), 20, {at('a', 1), at('b', 1)});
    const Merged m = in_any_order({made, b, c, gone});
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].cell == 0);
    CHECK(is_lost(m.conflicts[0], m.conflicts[0].losers[0]));
  }
}

TEST_CASE("merge: a stamp that a receipt flagged never wins over one it didn't", "[sync][I4]") {
  Act future = text(at('a', 1), 1'000'000, {}, "future");
  future.key.trusted = false;
  const Act honest = text(at('b', 1), 5, {}, "honest");
  const Merged m = merge({future, honest});
  CHECK(value(m, 1) == cbor::encode_text("honest"));
  REQUIRE(m.conflicts.size() == 1);

  Act stated = state_move(at('a', 1), 1'000'000, {at('z', 9)}, kOpen, kRejected);
  stated.key.trusted = false;  // not even with the greater rank
  const Merged s = merge({stated, state_move(at('b', 1), 5, {at('z', 9)}, kDraft, kOpen)});
  CHECK(value(s, kState) == encode_move({kDraft, kOpen}));
}

TEST_CASE("merge: fields of a group are one value, others merge apart", "[sync][I4]") {
  const auto one = cbor::encode_int(1), two = cbor::encode_int(2);
  const Merged m = merge({put(at('a', 1), 1, {}, {{3, one}, {5, one}, {6, one}}),
                          put(at('b', 1), 2, {at('a', 1)}, {{5, two}}),
                          put(at('c', 1), 3, {at('a', 1)}, {{3, two}})});
  CHECK(m.conflicts.empty());
  CHECK(value(m, 3) == two);
  CHECK(value(m, 5) == two);
  CHECK(value(m, 6).empty());  // b wrote the group without it
}

TEST_CASE("merge: clearing a field is a value like any other", "[sync][I4]") {
  Act clear = put(at('b', 1), 9, {}, {{1, cbor::encode_text("ignored")}});
  clear.change.kind = ChangeKind::clear;
  SECTION("made on what it clears") {
    clear.change.base.all = {at('a', 1)};
    const Merged m = merge({text(at('a', 1), 1, {}, "x"), clear});
    CHECK(m.fields.empty());
    CHECK(m.versions.at(1) == at('b', 1));
    CHECK(m.conflicts.empty());
  }
  SECTION("beside another edit") {
    const Merged m = merge({text(at('a', 1), 1, {}, "x"), clear});
    CHECK(m.fields.empty());
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].losers[0].key.version == at('a', 1));
  }
}

TEST_CASE("merge: an edit that met a delete surfaces", "[sync][I4]") {
  const Act made = text(at('a', 1), 1, {}, "made");
  const Act gone = removal(at('b', 1), 5, {at('a', 1)});
  const Act edit =
      put(at('c', 1), 3, {at('a', 1)}, {{1, cbor::encode_text("edit")}, {2, cbor::encode_int(2)}});
  SECTION("without one the record is just gone") {
    const Merged m = merge({made, gone});
    CHECK(m.removed);
    CHECK(m.conflicts.empty());
    CHECK(m.versions.at(0) == at('b', 1));
  }
  SECTION("whichever comes first") {
    for (const auto& order : {std::vector{made, gone, edit}, std::vector{edit, gone, made}}) {
      const Merged m = merge(order);
      CHECK(m.removed);
      REQUIRE(m.conflicts.size() == 1);
      CHECK(m.conflicts[0].cell == 0);
      CHECK(m.conflicts[0].winner.removal);
      REQUIRE(m.conflicts[0].losers.size() == 1);  // one change, though it touched two cells
      CHECK(m.conflicts[0].losers[0].fields.size() == 2);
    }
  }
  SECTION("and is settled by a delete that saw it") {
    const auto base = fold({made, gone, edit}).base_for_all();
    const Merged m = merge({made, gone, edit, removal(at('b', 2), 6, base.all)});
    CHECK(m.removed);
    CHECK(m.conflicts.empty());
    CHECK(m.versions.at(0) == at('b', 2));
  }
  SECTION("or by a put of the next life") {
    const auto base = fold({made, gone, edit}).base_for_all();
    const Act again = put(at('c', 2), 7, base.all, {{1, cbor::encode_text("again")}}, 1);
    const Merged m = merge({again, edit, gone, made});
    CHECK(m.life == 1);
    CHECK_FALSE(m.removed);
    CHECK(value(m, 1) == cbor::encode_text("again"));
    CHECK(value(m, 2).empty());  // fields of the life before don't project
    CHECK(m.conflicts.empty());
  }
  SECTION("two who delete agree") {
    const Merged m = merge({made, gone, removal(at('d', 1), 9, {at('a', 1)})});
    CHECK(m.removed);
    CHECK(m.conflicts.empty());
  }
}

TEST_CASE("merge: a life begins only with a put that names the delete", "[sync][I4]") {
  const Act made = text(at('a', 1), 1, {}, "made");
  const Act claim = put(at('b', 1), 2, {at('a', 1)}, {{1, cbor::encode_text("claim")}}, 1);
  CHECK(value(merge({made, claim}), 1) == cbor::encode_text("made"));
  const Act gone = removal(at('a', 2), 3, {at('a', 1)});
  CHECK(merge({made, claim, gone}).removed);  // it doesn't name this one either
  const Act revive = put(at('c', 1), 4, {at('a', 2)}, {{2, cbor::encode_int(2)}}, 1);
  const Merged m = merge({claim, revive, made, gone});
  CHECK(m.life == 1);
  CHECK(value(m, 1) == cbor::encode_text("claim"));  // it is of the life that has begun now
  CHECK(value(m, 2) == cbor::encode_int(2));
}

TEST_CASE("merge: concurrent state moves are decided by rank, then by key", "[sync][I4]") {
  const std::vector<Act> made{state_move(at('a', 1), 1, {}, -1, kDraft),
                              state_move(at('a', 2), 2, {at('a', 1)}, kDraft, kOpen)};
  auto acts = made;
  acts.push_back(state_move(at('b', 1), 9, {at('a', 2)}, kOpen, kDone));
  acts.push_back(state_move(at('c', 1), 3, {at('a', 2)}, kOpen, kRejected));
  const Merged m = merge(acts);
  CHECK(value(m, kState) == encode_move({kOpen, kRejected}));
  REQUIRE(m.conflicts.size() == 1);
  CHECK_FALSE(m.conflicts[0].void_move);
  CHECK(m.conflicts[0].losers[0].key.version == at('b', 1));
}

TEST_CASE("merge: a move from a state that wasn't current is void", "[sync][I4][I5]") {
  const Act made = state_move(at('a', 1), 1, {}, -1, kDraft);
  const Act wrong = state_move(at('b', 1), 99, {at('a', 1)}, kOpen, kDone);  // it was a draft
  SECTION("it doesn't win, and doesn't supersede what it names") {
    for (const auto& order : {std::vector{made, wrong}, std::vector{wrong, made}}) {
      const Merged m = merge(order);
      CHECK(value(m, kState) == encode_move({-1, kDraft}));
      REQUIRE(m.conflicts.size() == 1);
      CHECK(m.conflicts[0].void_move);
      CHECK(m.conflicts[0].losers[0].key.version == at('b', 1));
    }
  }
  SECTION("what is built on it is void as well") {
    const Merged m = merge({made, wrong, state_move(at('b', 2), 100, {at('b', 1)}, kDone, kOpen)});
    CHECK(value(m, kState) == encode_move({-1, kDraft}));
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].void_move);
  }
  SECTION("so is one of the group that names no move at all") {
    const Act reason = put(at('b', 1), 99, {at('a', 1)}, {{8, cbor::encode_text("why")}});
    Act clear = state_move(at('b', 1), 99, {at('a', 1)}, kDraft, kOpen);
    clear.change.kind = ChangeKind::clear;
    for (const auto& other : {reason, clear}) {
      const Merged m = merge({made, other});
      CHECK(value(m, kState) == encode_move({-1, kDraft}));
      REQUIRE(m.conflicts.size() == 1);
      CHECK(m.conflicts[0].void_move);
    }
  }
  SECTION("until what it names has come it counts") {
    const Merged m = merge({wrong});
    CHECK(value(m, kState) == encode_move({kOpen, kDone}));
    CHECK(m.conflicts.empty());
  }
  SECTION("alone it stands, and is listed") {
    const Merged m = merge({state_move(at('b', 1), 1, {}, kOpen, kDone)});
    CHECK(value(m, kState) == encode_move({kOpen, kDone}));
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].void_move);
    CHECK(m.conflicts[0].losers.empty());
  }
  SECTION("a person settles it by naming it") {
    auto acts = std::vector{made, wrong};
    acts.push_back(state_move(at('c', 1), 3, fold(acts).base_for({kState}).all, kDraft, kOpen));
    const Merged m = merge(acts);
    CHECK(value(m, kState) == encode_move({kDraft, kOpen}));
    CHECK(m.conflicts.empty());
  }
}

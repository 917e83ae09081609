#include "tests/support/merge_examples.h"

#include "tests/support/sync_vectors_detail.h"

namespace linli::test::merging {
namespace {

using namespace vectors;

Edit put(std::string name, int minute, std::vector<std::string> on, std::vector<Item> fields) {
  return {std::move(name), minute, std::move(on), std::move(fields)};
}
Edit text(std::string name, int minute, std::vector<std::string> on, const std::string& value) {
  return put(std::move(name), minute, std::move(on), {{1, t(value)}});
}
Edit removal(std::string name, int minute, std::vector<std::string> on) {
  auto edit = put(std::move(name), minute, std::move(on), {});
  edit.kind = ChangeKind::remove;
  return edit;
}
Edit move(std::string name, int minute, std::vector<std::string> on, std::int64_t from,
          std::int64_t to) {
  return put(std::move(name), minute, std::move(on), {{kState, encode_move({from, to})}});
}
Edit flagged(Edit edit) {
  edit.flagged = true;
  return edit;
}
Edit having_seen(int minute, Edit edit) {
  edit.seen = minute;
  return edit;
}
Edit in_life(std::uint64_t life, Edit edit) {
  edit.life = life;
  return edit;
}

const Edit kFirst = text("a1", 1, {}, "1");

std::vector<Example> examples_of_leaves() {
  return {
      {"what was made on another supersedes it, whatever the stamps",
       {text("a1", 90, {}, "1"), text("b1", 5, {"a1"}, "2")},
       {{1, t("2")}}},
      {"of two apart the later wins, and the other is listed",
       {kFirst, text("b1", 7, {"a1"}, "2"), text("c1", 9, {"a1"}, "3")},
       {{1, t("3")}},
       {{1, "c1", {"b1"}}},
       0,
       false,
       {"b1", "c1"}},
      {"of several losers the greatest comes first",
       {kFirst, text("b1", 7, {"a1"}, "2"), text("c1", 9, {"a1"}, "3"), text("d1", 8, {}, "4")},
       {{1, t("3")}},
       {{1, "c1", {"d1", "b1"}}}},
      {"who names all leaves settles it, and what was made elsewhere meanwhile stays one",
       {kFirst, text("b1", 7, {"a1"}, "2"), text("c1", 9, {"a1"}, "3"),
        text("a2", 10, {"b1", "c1"}, "3"), text("b2", 8, {"b1"}, "4")},
       {{1, t("3")}},
       {{1, "a2", {"b2"}}}},
      {"a superseded one may be named before it comes, or never come",
       {text("b1", 7, {"a1"}, "2"), text("c1", 9, {"b1", "e4"}, "3")},
       {{1, t("3")}}},
      {"at one time the greater feed wins",
       {text("b1", 7, {}, "2"), text("c1", 7, {}, "3")},
       {{1, t("3")}},
       {{1, "c1", {"b1"}}}},
      {"at one time in one feed the greater number wins",
       {having_seen(20, text("b1", 7, {}, "2")), having_seen(20, text("b2", 8, {}, "3"))},
       {{1, t("3")}},
       {{1, "b2", {"b1"}}}},
  };
}

std::vector<Example> examples_of_clocks() {
  return {
      {"a change is no older than the head that its author had seen",
       {text("b1", 9, {}, "2"), having_seen(10, text("c1", 2, {}, "3"))},
       {{1, t("3")}},
       {{1, "c1", {"b1"}}}},
      {"a head before the stamp changes nothing",
       {text("b1", 9, {}, "2"), having_seen(3, text("c1", 8, {}, "3"))},
       {{1, t("2")}},
       {{1, "b1", {"c1"}}}},
      {"a flagged clock loses to every other one",
       {flagged(text("b1", 9000, {}, "2")), text("c1", 2, {}, "3")},
       {{1, t("3")}},
       {{1, "c1", {"b1"}}}},
      {"between two that are flagged the time decides",
       {flagged(text("b1", 9001, {}, "2")), flagged(text("c1", 9000, {}, "3"))},
       {{1, t("2")}},
       {{1, "b1", {"c1"}}}},
      {"a flagged one supersedes what it was made on, and is superseded like any other",
       {kFirst, flagged(text("b1", 9000, {"a1"}, "2")), text("c1", 5, {"b1"}, "3")},
       {{1, t("3")}}},
      {"a flagged one alone is the value",
       {kFirst, flagged(text("b1", 9000, {"a1"}, "2"))},
       {{1, t("2")}}},
  };
}

std::vector<Example> examples_of_cells() {
  const std::vector<Item> both{{1, t("1")}, {4, t("4")}};
  auto apart = put("c1", 9, {"a1"}, {{1, t("3")}, {4, t("6")}});
  apart.cell = 4;
  apart.on_in_cell = {"b1"};
  auto cleared = put("c1", 9, {"a1"}, {{1, kNull}});
  cleared.kind = ChangeKind::clear;
  const std::string one_salt = committed(all<Hash>(1)), another = committed(all<Hash>(2));
  return {
      {"edits of different fields merge by themselves",
       {put("a1", 1, {}, both), text("b1", 7, {"a1"}, "2"), put("c1", 9, {"a1"}, {{4, t("5")}})},
       {{1, t("2")}, {4, t("5")}}},
      {"of an edit of two fields one may be contested",
       {put("a1", 1, {}, both), put("b1", 7, {"a1"}, {{1, t("2")}, {4, t("5")}}),
        put("c1", 9, {"a1"}, {{4, t("6")}})},
       {{1, t("2")}, {4, t("6")}},
       {{4, "c1", {"b1"}}}},
      {"a base may differ by cell",
       {put("a1", 1, {}, both), put("b1", 10, {"a1"}, {{1, t("2")}, {4, t("5")}}), apart},
       {{1, t("2")}, {4, t("6")}},
       {{1, "b1", {"c1"}}}},
      {"a group is replaced whole",
       {put("a1", 1, {}, {{kState, encode_move({-1, 1})}, {kReason, t("why")}}),
        move("b1", 2, {"a1"}, 1, 2)},
       {{kState, encode_move({1, 2})}}},
      {"who says the same disagrees with nobody, and all stay leaves",
       {kFirst, text("b1", 7, {"a1"}, "333"), text("c1", 9, {"a1"}, "333")},
       {{1, t("333")}},
       {},
       0,
       false,
       {"b1", "c1"}},
      {"if one says something else all are listed",
       {kFirst, text("b1", 7, {"a1"}, "333"), text("c1", 9, {"a1"}, "333"),
        text("d1", 8, {"a1"}, "334")},
       {{1, t("333")}},
       {{1, "c1", {"d1", "b1"}}}},
      {"an emptied field says what one says that isn't given",
       {put("a1", 1, {}, {{1, t("1")}, {5, t("5")}}),
        put("b1", 7, {"a1"}, {{1, kNull}, {5, t("5")}}), cleared},
       {{5, t("5")}}},
      {"two commitments are two values, though both may open to one",
       {put("b1", 7, {}, {{1, one_salt}}), put("c1", 9, {}, {{1, another}})},
       {{1, another}},
       {{1, "c1", {"b1"}}}},
      {"a commitment that was repeated is the same",
       {put("b1", 7, {}, {{1, one_salt}}), put("c1", 9, {}, {{1, one_salt}})},
       {{1, one_salt}}},
  };
}

std::vector<Example> examples_of_removals() {
  const auto revived = in_life(1, put("c1", 3, {"a1", "b1"}, {{1, t("again")}}));
  return {
      {"a removed record shows what it was",
       {kFirst, removal("b1", 9, {"a1"})},
       {{1, t("1")}},
       {},
       0,
       true},
      {"an edit that met a removal is listed, though it is the later one",
       {kFirst, removal("b1", 5, {"a1"}), text("c1", 9, {"a1"}, "3")},
       {{1, t("3")}},
       {{0, "b1", {"c1"}}},
       0,
       true},
      {"an edit that the removal names met nothing",
       {kFirst, text("c1", 4, {"a1"}, "3"), removal("b1", 9, {"c1"})},
       {{1, t("3")}},
       {},
       0,
       true},
      {"of one change all fields are listed together",
       {kFirst, removal("b1", 5, {"a1"}), put("c1", 9, {"a1"}, {{1, t("3")}, {4, t("6")}}),
        put("d1", 8, {}, {{5, t("7")}})},
       {{1, t("3")}, {4, t("6")}, {5, t("7")}},
       {{0, "b1", {"c1", "d1"}}},
       0,
       true},
      {"of two removals the later stands for both",
       {kFirst, removal("b1", 5, {"a1"}), removal("c1", 8, {"a1"}), text("d1", 6, {"a1"}, "4")},
       {{1, t("4")}},
       {{0, "c1", {"d1"}}},
       0,
       true},
      {"a removal that another one names stands for nothing",
       {kFirst, removal("b1", 8, {"a1"}), removal("c1", 5, {"a1", "b1"}),
        text("d1", 6, {"a1"}, "4")},
       {{1, t("4")}},
       {{0, "c1", {"d1"}}},
       0,
       true},
      {"a put that names the removal begins the next life",
       {kFirst, removal("b1", 9, {"a1"}), revived, text("d1", 20, {"a1"}, "too late")},
       {{1, t("again")}},
       {},
       1},
      {"a life waits for the removal that it names", {kFirst, revived}, {{1, t("1")}}},
  };
}

std::vector<Example> examples_of_moves() {
  const auto born = move("a1", 1, {}, -1, 1);
  return {
      {"of two moves apart the greater rank wins, whatever the time",
       {born, move("b1", 9, {"a1"}, 1, 2), move("c1", 5, {"a1"}, 1, 3)},
       {{kState, encode_move({1, 3})}},
       {{kStateCell, "c1", {"b1"}}}},
      {"a trusted clock goes before rank",
       {born, move("b1", 9, {"a1"}, 1, 2), flagged(move("c1", 5, {"a1"}, 1, 3))},
       {{kState, encode_move({1, 2})}},
       {{kStateCell, "b1", {"c1"}}}},
      {"the same move made twice is none",
       {born, move("b1", 9, {"a1"}, 1, 2), move("c1", 5, {"a1"}, 1, 2)},
       {{kState, encode_move({1, 2})}}},
      {"a move from what wasn't is void: it supersedes nothing, and is listed apart",
       {born, move("b1", 2, {"a1"}, 1, 2), move("c1", 9, {"b1"}, 3, 1)},
       {{kState, encode_move({1, 2})}},
       {{kStateCell, "b1", {"c1"}, true}}},
      {"a void move that is alone shows, and is listed",
       {move("b1", 2, {}, 1, 2)},
       {{kState, encode_move({1, 2})}},
       {{kStateCell, "b1", {}, true}}},
      {"as long as what it names hasn't come it is open",
       {move("b1", 2, {"a1"}, 1, 2)},
       {{kState, encode_move({1, 2})}}},
      {"what stands in the state's group without a move is void",
       {born, put("b1", 9, {"a1"}, {{kReason, t("why")}})},
       {{kState, encode_move({-1, 1})}},
       {{kStateCell, "a1", {"b1"}, true}}},
  };
}

}  // namespace

std::vector<Example> examples() {
  std::vector<Example> all;
  for (auto&& some : {examples_of_leaves(), examples_of_clocks(), examples_of_cells(),
                      examples_of_removals(), examples_of_moves()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace linli::test::merging

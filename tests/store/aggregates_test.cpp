#include "node/store/aggregates.h"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "crypto/hash.h"
#include "tests/store/naive_figures.h"

using namespace linli;
using namespace linli::store;
using namespace linli::tests;

namespace {

template <class T>
T any_of(const std::vector<T>& of) {
  return *rc::gen::elementOf(of);
}

/// From 0 to below `end`, all alike: by itself the library grows its ranges from run to run.
template <class T>
T below(T end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(0, end));
}

std::int64_t any_day() { return kFirst + below(kSpan); }

Counted any_contribution() {
  Counted x{below(kPaths.size()), {}};
  x.c.measure = any_of(std::vector<std::string_view>{"done", "stock"});
  x.c.day = any_day();
  x.c.unit = any_of<std::string>({"", std::string(16, 'u'), std::string(16, '\0')});
  x.c.dim1 = any_of<std::string>({"", "x", "y"});
  x.c.dim2 = any_of<std::string>({"", "z"});
  x.c.key = any_of<std::string>({"", "k1", "k2", "k3", std::string("\0\xff", 2)});
  x.c.n = any_of<std::int64_t>({1, 1, 1, -1, 2, 7});
  return x;
}

Term any_term(bool denominator) {
  Term term;
  term.measure = any_of(std::vector<std::string_view>{"done", "stock"});
  term.over = any_of<Over>({Over::window, Over::until_end, Over::before_today, Over::next_days});
  term.count = any_of<Count>({Count::sum, Count::distinct});
  term.days = below<std::int64_t>(40);
  term.dim1 = any_of<std::string_view>({"", "", "x"});
  term.within = any_of<std::string_view>({"", "stock", "done"});
  term.whole = denominator && *rc::gen::arbitrary<bool>();
  return term;
}

}  // namespace

TEST_CASE("statistics: every shape equals a recount of what is left", "[store][I7]") {
  Figures figures;
  rc::prop("of contributions that came and went in any batches", [&figures] {
    figures.scratch.db->execute(
        "DELETE FROM aggregate; DELETE FROM aggregate_month; DELETE FROM measure");
    std::vector<Counted> all;
    const auto batches = below(5);
    for (int batch = 0; batch < batches; ++batch) {
      const bool kept = below(4) != 0;
      auto after = all;
      Transaction transaction(*figures.scratch.db);
      for (auto changes = below(25); changes > 0; --changes) {
        if (!after.empty() && below(3) == 0) {
          const auto at = below(after.size());
          figures.add(after[at].scope, after[at].c, -1);
          after.erase(after.begin() + static_cast<std::ptrdiff_t>(at));
        } else {
          after.push_back(any_contribution());
          figures.add(after.back().scope, after.back().c);
        }
        // A half that is written before the commit may still be rolled back.
        if (below(8) == 0) figures.aggregates.flush();
      }
      if (kept) {
        figures.aggregates.flush();
        transaction.commit();
        all = std::move(after);
      } else {
        figures.aggregates.discard();
      }
    }
    for (int asked = 0; asked < 5; ++asked) {
      Statistic statistic{};
      statistic.name = "any";
      statistic.numerator = any_term(false);
      if (*rc::gen::arbitrary<bool>()) statistic.denominator = any_term(true);
      statistic.dim1 = "severity";
      statistic.dim2 = "place";
      StatQuery query;
      query.statistic = &statistic;
      static const std::vector<std::string> every = {"district", "street", "community", "compound",
                                                     "month",    "day",    "severity",  "place"};
      query.by =
          *rc::gen::resize(3, rc::gen::unique<std::vector<std::string>>(rc::gen::elementOf(every)));
      query.from = any_day();
      query.to = query.from + below(kSpan);
      query.today = any_day();
      query.scope = any_of<std::string>({"", "41", "41/a", "41/a/s1/c1", "41/b", "41/none"});
      RC_ASSERT(shown(read_statistic(*figures.scratch.db, query)) ==
                shown(Naive(all, query).answer()));
    }
  });
}

namespace {

sync::RecordId unit_id(char c) {
  return sync::RecordId::of(std::string(sync::RecordId::size(), c));
}

/// The units of kPaths, but for district a0 and what is below it; compound u in community c1.
model::OrgTree any_tree() {
  const auto unit = [](char id, const char* code, std::int64_t level, char parent) {
    model::OrgUnit u;
    u.id = unit_id(id);
    u.code = u.name = code;
    u.level = level;
    if (parent) u.parent = unit_id(parent);
    return u;
  };
  std::vector<model::OrgUnit> units = {unit('0', "41", 2, 0),   unit('a', "a", 3, '0'),
                                       unit('b', "b", 3, '0'),  unit('1', "s1", 4, 'a'),
                                       unit('2', "s2", 4, 'a'), unit('3', "s3", 4, 'b'),
                                       unit('p', "c1", 5, '1'), unit('q', "c2", 5, '2'),
                                       unit('r', "c3", 5, '3'), unit('s', "c4", 5, '3')};
  std::vector<model::OrgLink> links;
  static const std::string movable = "123pqrsu", parents = "ab123pqrs";
  for (auto count = below(5); count > 0; --count) {
    model::OrgLink link;
    link.child = unit_id(movable[below(movable.size())]);
    link.parent = unit_id(parents[below(parents.size())]);
    link.from = any_day();
    if (below(2) == 0) link.to = link.from + below(20);
    link.kind = 1 + below(2);
    links.push_back(link);
  }
  return {std::move(units), {{unit_id('u'), "k1", "k1", "41/a/s1/c1/k1", unit_id('p')}}, links};
}

}  // namespace

TEST_CASE("statistics: every shape follows the tree of its own day", "[store][I7][org]") {
  Figures figures;
  rc::prop("as units and compounds move", [&figures] {
    figures.scratch.db->execute(
        "DELETE FROM aggregate; DELETE FROM aggregate_month; DELETE FROM measure");
    std::vector<Counted> all;
    {
      Transaction transaction(*figures.scratch.db);
      for (auto count = below(40); count > 0; --count) {
        all.push_back(any_contribution());
        figures.add(all.back().scope, all.back().c);
      }
      figures.aggregates.flush();
      transaction.commit();
    }
    const auto tree = any_tree();
    for (int asked = 0; asked < 5; ++asked) {
      Statistic statistic{};
      statistic.name = "any";
      statistic.numerator = any_term(false);
      if (*rc::gen::arbitrary<bool>()) statistic.denominator = any_term(true);
      statistic.dim1 = "severity";
      statistic.dim2 = "place";
      StatQuery query;
      query.statistic = &statistic;
      static const std::vector<std::string> every = {"district", "street", "community", "compound",
                                                     "month",    "day",    "severity"};
      query.by =
          *rc::gen::resize(3, rc::gen::unique<std::vector<std::string>>(rc::gen::elementOf(every)));
      query.from = any_day();
      query.to = query.from + below(kSpan);
      query.today = any_day();
      query.scope = any_of<std::string>(
          {"", "", "41", "41/a", "41/a/s1", "41/a/s1/c1", "41/b", "41/a0", "41/none"});
      RC_ASSERT(shown(read_statistic(*figures.scratch.db, query, tree)) ==
                shown(Naive(all, query, &tree).answer()));
    }
  });
}

TEST_CASE("statistics: a window across a move counts each day where it belonged",
          "[store][I7][org]") {
  Figures figures;
  const auto jan = model::day_from_civil(2023, 1, 10), feb = model::day_from_civil(2023, 2, 10);
  const auto moved = model::day_from_civil(2023, 2, 1);
  Transaction transaction(*figures.scratch.db);
  figures.add(3, one("done", jan));  // 41/a/s1/c1
  figures.add(3, one("done", feb));
  figures.add(3, one("stock", jan));
  figures.aggregates.flush();
  transaction.commit();
  const auto tree = [&] {
    model::OrgUnit city, a, b, c;
    city.id = unit_id('0'), city.code = "41", city.level = 2;
    a.id = unit_id('a'), a.code = "a", a.level = 3, a.parent = city.id;
    b.id = unit_id('b'), b.code = "b", b.level = 3, b.parent = city.id;
    c.id = unit_id('c'), c.code = "c1", c.level = 5, c.parent = a.id;
    return model::OrgTree({city, a, b, c}, {}, {{c.id, b.id, moved, {}, 1, "文"}});
  }();
  const auto read = [&](std::string_view measure, Over over, std::int64_t to) {
    Statistic statistic{};
    statistic.numerator = {.measure = measure, .over = over};
    return shown(read_statistic(*figures.scratch.db, ask(statistic, {"district"}, jan, to), tree));
  };
  CHECK(read("done", Over::window, feb + 1) == "41/a | 1\n41/b | 1\n2\n");
  // A stock hangs where it hangs at the end of the window.
  CHECK(read("stock", Over::until_end, moved) == "41/a | 1\n1\n");
  CHECK(read("stock", Over::until_end, moved + 1) == "41/b | 1\n1\n");
}

TEST_CASE("aggregates: what is taken away leaves nothing behind", "[store][I7]") {
  Figures figures;
  figures.add(0, one("done", kFirst, "a", 5));
  figures.add(3, one("done", kFirst + 9, "b"));
  figures.aggregates.flush();
  CHECK(figures.rows("aggregate") == 2);
  CHECK(figures.rows("measure") == 1);
  figures.add(0, one("done", kFirst, "a", 2));  // Added, and changed its mind.
  figures.add(0, one("done", kFirst, "a", 2), -1);
  figures.add(0, one("done", kFirst, "a", 5), -1);
  figures.add(3, one("done", kFirst + 9, "b"), -1);
  figures.aggregates.flush();
  for (const auto* table : {"aggregate", "aggregate_month", "measure"}) {
    CHECK(figures.rows(table) == 0);
  }
}

TEST_CASE("aggregates: writing all at once and one by one makes the same rows", "[store][I8]") {
  Figures at_once, one_by_one;
  for (int i = 0; i < 300; ++i) {
    const auto c = one(kMeasures[static_cast<std::size_t>(i) % 2], kFirst + i % 40,
                       std::to_string(i % 7), i % 3 - 1);
    at_once.add(static_cast<std::size_t>(i) % kPaths.size(), c);
    one_by_one.add(static_cast<std::size_t>(i) % kPaths.size(), c);
    one_by_one.aggregates.flush();
  }
  at_once.aggregates.flush();
  const auto dump = [](Figures& figures) {
    std::string all;
    for (const auto* sql :
         {"SELECT quote(measure)||quote(day)||quote(scope)||quote(key)||n FROM aggregate",
          "SELECT quote(measure)||month||quote(scope)||quote(key)||n FROM aggregate_month",
          "SELECT id||name FROM measure"}) {
      auto rows = figures.scratch.db->prepare(sql);
      while (rows.step()) all += std::string(rows.text(0)) + "\n";
    }
    return all;
  };
  CHECK(dump(at_once) == dump(one_by_one));
}

TEST_CASE("aggregates: days and amounts beyond reason neither break nor vanish", "[store]") {
  Figures figures;
  for (const auto day : {INT64_MIN, INT64_MAX, std::int64_t{-800'000}, std::int64_t{3'000'000}}) {
    figures.add(0, one("done", day));
  }
  figures.add(0, one("stock", kFirst, "", INT64_MAX));
  figures.add(0, one("stock", kFirst, "", INT64_MAX));
  figures.add(0, one("stock", kFirst, "", INT64_MIN));
  figures.aggregates.flush();
  Statistic done{};
  done.numerator = {.measure = "done"};
  done.denominator = Term{.measure = "stock", .over = Over::until_end};
  const auto everything = read_statistic(*figures.scratch.db, ask(done, {}, INT64_MIN, INT64_MAX));
  CHECK(everything->total.numerator == 4);
  CHECK(everything->total.denominator == Aggregates::kContributionMax);
  CHECK(
      read_statistic(*figures.scratch.db, ask(done, {"month"}, kFirst, kFirst + 1))->rows.size() ==
      1);
}

TEST_CASE("statistics: a stock by month stands at each month's end, the last at `to`", "[store]") {
  const auto jan = model::day_from_civil(2023, 1, 1), feb = model::day_from_civil(2023, 2, 1),
             mar = model::day_from_civil(2023, 3, 1);
  Figures figures;
  figures.add(3, one("stock", jan - 400, "k1"));
  figures.add(3, one("stock", feb + 3, "k2"));
  figures.add(3, one("stock", mar + 1, "k1", -1));
  figures.add(3, one("stock", mar + 9, "k3"));
  figures.aggregates.flush();
  Statistic statistic{};
  statistic.numerator = {.measure = "stock", .over = Over::until_end, .count = Count::distinct};
  const auto answer = read_statistic(*figures.scratch.db, ask(statistic, {"month"}, jan, mar + 5));
  CHECK(shown(answer) == "2023-01 | 1\n2023-02 | 2\n2023-03 | 1\n1\n");
}

TEST_CASE("statistics: a ratio shows who has nothing yet, and whole denominators", "[store]") {
  Figures figures;
  auto inspected = one("done", kFirst, "k1");
  inspected.dim1 = "fire";
  figures.add(3, inspected);
  figures.add(3, one("stock", kFirst - 50, "k1"));
  figures.add(3, one("stock", kFirst - 50, "k2"));
  figures.add(7, one("stock", kFirst - 50, "k3"));
  figures.aggregates.flush();
  Statistic coverage{};
  coverage.numerator = {.measure = "done", .count = Count::distinct, .within = "stock"};
  coverage.denominator =
      Term{.measure = "stock", .over = Over::until_end, .count = Count::distinct, .whole = true};
  coverage.dim1 = "kind";
  const auto by = [&](std::vector<std::string> names) {
    return shown(
        read_statistic(*figures.scratch.db, ask(coverage, std::move(names), kFirst, kFirst + 1)));
  };
  CHECK(by({"district"}) == "41/a | 1 / 2\n41/b | 0 / 1\n1 / 3\n");
  CHECK(by({"kind"}) == "fire | 1 / 3\n1 / 3\n");
  CHECK(by({"kind", "district"}) == "fire | 41/a | 1 / 2\n1 / 3\n");
}

TEST_CASE("statistics: refuse what can't be answered", "[store]") {
  Figures figures;
  Statistic statistic{};
  statistic.numerator = {.measure = "done"};
  const auto refused = [&](std::vector<std::string> by, std::int64_t from, std::int64_t to) {
    const auto answer =
        read_statistic(*figures.scratch.db, ask(statistic, std::move(by), from, to));
    return answer ? std::optional<Errc>() : answer.error().code;
  };
  CHECK(refused({"weather"}, 0, 1) == Errc::bad_value);
  CHECK(refused({""}, 0, 1) == Errc::bad_value);  // A dim without a name isn't one.
  CHECK(refused({}, 1, 0) == Errc::bad_value);
  CHECK_FALSE(refused({}, 1, 1));

  for (int i = 0; i < 1001; ++i) {
    auto c = one("done", kFirst);
    c.unit = "u" + std::to_string(i);
    for (int day = 0; day < 100; ++day) {
      c.day = kFirst + day;
      figures.add(0, c);
    }
  }
  figures.aggregates.flush();
  CHECK(refused({"compound", "day"}, kFirst, kFirst + 99) == std::nullopt);
  CHECK(refused({"compound", "day"}, kFirst, kFirst + 100) == Errc::too_large);
  statistic.numerator.over = Over::until_end;
  CHECK(refused({"day"}, INT64_MIN, INT64_MAX) == Errc::too_large);
}

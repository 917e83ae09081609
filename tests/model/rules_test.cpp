#include "node/model/rules.h"

#include <catch2/catch.hpp>

using namespace linli;
using namespace linli::model;

TEST_CASE("rules: the check character of a credit code", "[model]") {
  CHECK(valid_uscc("91350100M000100Y43"));  // the worked example of GB 32100
  CHECK_FALSE(valid_uscc("91350100M000100Y44"));
  CHECK_FALSE(valid_uscc("91350100m000100y43"));  // small letters
  CHECK_FALSE(valid_uscc("91350100M000100Y4"));
  CHECK_FALSE(valid_uscc("9135010OM000100Y43"));  // O isn't in the alphabet
  CHECK(uscc_check_character("91350100M000100Y4") == '3');
  CHECK_FALSE(uscc_check_character(""));
}

TEST_CASE("rules: the property office that a floor area calls for", "[model]") {
  const auto m2 = [](std::int64_t area) { return property_office_min_dm2(area * 100); };
  CHECK(m2(350'000) == 1'200 * 100);  // 80 + 720 + 300 + 100
  CHECK(m2(0) == 80 * 100);
  CHECK(m2(20'000) == 80 * 100);
  CHECK(m2(200'000) == 800 * 100);
  CHECK(m2(300'000) == 1'100 * 100);
  // A part of a dm² counts as a whole one: the minimum isn't met below it.
  CHECK(property_office_min_dm2(20'000 * 100 + 1) == 8'001);
}

TEST_CASE("rules: presence at a session", "[model]") {
  constexpr std::int64_t kMinute = 60'000, kFrom = 1'000'000'000, kTo = kFrom + 100 * kMinute;
  CHECK(attendance_valid(kFrom, kTo, kFrom, kFrom + 80 * kMinute));  // 80 % exactly
  CHECK_FALSE(attendance_valid(kFrom, kTo, kFrom, kFrom + 80 * kMinute - 1));
  CHECK(
      attendance_valid(kFrom, kTo, kFrom - 30 * kMinute, kTo + kMinute));  // early and late: whole
  CHECK(attendance_valid(kFrom, kTo, kFrom + 90 * kMinute, {}));           // no sign-out taken
  CHECK_FALSE(attendance_valid(kFrom, kTo, kTo, {}));                      // came when it was over
  CHECK_FALSE(attendance_valid(kTo, kFrom, kFrom, {}));
  CHECK_FALSE(attendance_valid(INT64_MIN, INT64_MAX, 0, {}));  // nothing overflows
  CHECK(minutes_present(kFrom, kTo, kFrom - kMinute, {}) == 100);
  CHECK(minutes_present(kFrom, kTo, kFrom + 10 * kMinute, kTo + kMinute) == 90);
  CHECK(minutes_present(kFrom, kTo, kTo, kFrom) == 0);
}

TEST_CASE("rules: periods and when they are due", "[model]") {
  const auto day = day_from_civil;
  struct Case {
    const char* text;
    PeriodKind kind;
    std::int64_t from, to;
  };
  const auto t = GENERATE_COPY(values<Case>({
      {"2024-02", PeriodKind::month, day(2024, 2, 1), day(2024, 2, 29)},
      {"2023-12", PeriodKind::month, day(2023, 12, 1), day(2023, 12, 31)},
      {"2023-Q2", PeriodKind::quarter, day(2023, 4, 1), day(2023, 6, 30)},
      {"2023-Q4", PeriodKind::quarter, day(2023, 10, 1), day(2023, 12, 31)},
      {"2023-H1", PeriodKind::half_year, day(2023, 1, 1), day(2023, 6, 30)},
      {"2023-H2", PeriodKind::half_year, day(2023, 7, 1), day(2023, 12, 31)},
      {"2023", PeriodKind::year, day(2023, 1, 1), day(2023, 12, 31)},
      {"v3", PeriodKind::standing, 0, 0},
      {"roof-2023", PeriodKind::event, 0, 0},
  }));
  INFO(t.text);
  const auto period = parse_period(t.text);
  REQUIRE(period.has_value());
  CHECK(period->kind == t.kind);
  CHECK(period->from == t.from);
  CHECK(period->to == t.to);
}

TEST_CASE("rules: what is no period", "[model]") {
  for (const auto* text : {"", "2023-13", "2023-00", "2023-Q5", "2023-Q0", "2023-H3", "23-05",
                           "2023-5", "-", "第一季度", "a b"}) {
    INFO(text);
    CHECK_FALSE(parse_period(text));
  }
}

TEST_CASE("rules: due days", "[model]") {
  const auto due = [](const char* period, std::int64_t months, std::int64_t at) {
    return day_text(due_after_period(parse_period(period)->to, months, at));
  };
  CHECK(due("2023-05", 1, 10) == "2023-06-10");
  CHECK(due("2023-12", 1, 10) == "2024-01-10");
  CHECK(due("2023-Q1", 1, 31) == "2023-04-30");  // the month's last
  CHECK(due("2023-01", 1, 31) == "2023-02-28");
  CHECK(due("2023-H1", 1, 31) == "2023-07-31");
  CHECK(due("2023-H2", 1, 31) == "2024-01-31");
  CHECK(due("2023", 3, 31) == "2024-03-31");
  CHECK(due("2023", 0, 31) == "2023-12-31");
}

TEST_CASE("rules: quantity times price, within a fen", "[model]") {
  CHECK(amount_fits(1000, 42'650, 426'500));  // 1,000 m³ at 4.265 yuan
  CHECK(amount_fits(1, 150, 1));
  CHECK(amount_fits(1, 150, 2));
  CHECK(amount_fits(1, 100, 2));  // one fen off
  CHECK_FALSE(amount_fits(1, 99, 2));
  CHECK_FALSE(amount_fits(INT64_MAX, 2, 1));
  CHECK_FALSE(amount_fits(1, 1, INT64_MIN));
}

TEST_CASE("rules: the score of an inspection", "[model]") {
  using Items = std::vector<ScoredItem>;
  CHECK_FALSE(inspection_score(Items{}));
  CHECK_FALSE(inspection_score(Items{{3, false, Mark::na}, {5, true, Mark::na}}));
  CHECK(inspection_score(Items{{3, false, Mark::ok}}) == 100);
  CHECK(inspection_score(Items{{3, false, Mark::fail}}) == 0);
  CHECK(inspection_score(Items{{3, false, Mark::ok}, {100, false, Mark::na}}) == 100);
  CHECK(inspection_score(Items{{1, false, Mark::ok}, {199, false, Mark::fail}}) == 1);  // 0.5 up
  CHECK(inspection_score(Items{{1, false, Mark::ok}, {200, false, Mark::fail}}) == 0);
  CHECK(inspection_score(Items{{2, false, Mark::ok}, {1, false, Mark::fail}}) == 67);
  CHECK(inspection_score(Items{{95, false, Mark::ok}, {5, true, Mark::fail}}) == 59);
  CHECK(inspection_score(Items{{59, false, Mark::ok}, {41, true, Mark::fail}}) == 59);
  CHECK(inspection_score(Items{{58, false, Mark::ok}, {42, true, Mark::fail}}) == 58);
  CHECK(inspection_score(Items{{95, true, Mark::ok}, {5, false, Mark::fail}}) == 95);
  CHECK(inspection_score(Items{{95, false, Mark::ok}, {5, true, Mark::na}}) == 100);
  CHECK_FALSE(inspection_score(Items{{INT64_MAX, false, Mark::ok}}));
  CHECK_FALSE(inspection_score(Items{{0, false, Mark::ok}}));
}

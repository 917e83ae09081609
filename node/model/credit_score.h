// node/model/credit_score.h: a company's credit score on a day, from its events and the bureau's
// scale, with every step said in words and numbers (domain 2.6). Pure: integers only (tenths of a
// point), nothing read but the arguments; the order of the events doesn't matter.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace linli::model::credit {

// ---- What is added up --------------------------------------------------------------------------

enum class Kind : std::uint8_t { basic = 1, good = 2, bad = 3 };

/// The rule that an event names, as far as it is held here.
struct Rule {
  std::string code, name, basis;
  std::int64_t points = 0;  ///< Tenths.
  std::int64_t from = 0;    ///< Days in force, both included.
  std::optional<std::int64_t> to = {};
};

/// What a decision on a company says. Days are local.
struct Event {
  std::string id;  ///< Of the record: names it in every answer.
  Kind kind = Kind::bad;
  std::int64_t points = 0;  ///< Tenths, above 0, as decided.
  std::int64_t occurred = 0, valid_until = 0;
  std::optional<std::int64_t> decided = {};    ///< Confirmed on; nothing: never.
  std::optional<std::int64_t> cancelled = {};  ///< Then it never counted.
  std::optional<std::int64_t> repaired = {};   ///< From this day on it doesn't count.
  std::string status;                          ///< Code of its state today.
  bool invalid = false;                        ///< Breaks a rule of its type after a merge.
  std::optional<Rule> rule = {};
};

struct Band {
  std::string code, name;
  std::int64_t from = 0;  ///< Lowest score, included.
  std::string list;       ///< "red", "black" or "none".
};
enum class Period : std::uint8_t { calendar_year = 1, twelve_months = 2 };
struct Scale {
  std::string name, basis;
  std::int64_t in_force_from = 0;
  Period period = Period::calendar_year;
  std::int64_t base = 0;
  std::optional<std::int64_t> basic_max = {}, good_max = {};
  std::vector<Band> bands = {};  ///< Highest first.
};

// ---- What it comes to --------------------------------------------------------------------------

/// Why an event counts on a day, or doesn't.
enum class Standing : std::uint8_t {
  counts,
  not_yet,        ///< Occurred, or was decided, after the day.
  before_period,  ///< Occurred before the period began.
  undecided,      ///< Proposed, told, or appealed against.
  cancelled,
  repaired,
  expired,
  invalid,
};
[[nodiscard]] std::string_view name_of(Standing standing);
[[nodiscard]] std::string_view zh_of(Standing standing);

/// One step of the derivation.
struct Line {
  std::string_view code;  ///< "period", "base", "event", "basic", "good", "bad", "score", "grade".
  std::string zh, en;
  std::string basis = {};              ///< Article or document; empty: plain arithmetic.
  std::optional<std::int64_t> points;  ///< What this step adds, or comes to.
  std::string event = {};              ///< Id, of an event's line.
};

struct Sums {
  std::int64_t all = 0, counted = 0;  ///< `counted`: at most the scale's maximum.
};
struct Score {
  std::int64_t day = 0, from = 0;  ///< The period is [from, day], both included.
  std::int64_t base = 0;
  Sums basic, good, bad;
  std::int64_t points = 0;  ///< base + basic + good − bad.
  std::optional<Band> band = {};
  /// One for each event, by the day it occurred, then by id.
  struct Item {
    Event event;
    Standing standing = Standing::counts;
  };
  std::vector<Item> items;
  std::vector<Line> lines;
};

/// First day of the period that ends on `day`.
[[nodiscard]] std::int64_t period_start(Period period, std::int64_t day);
/// What an event is to a period on its last day.
[[nodiscard]] Standing standing_of(const Event& event, std::int64_t from, std::int64_t day);
/// The scale in force on `day`: the latest that has begun; nothing: none has.
[[nodiscard]] std::optional<Scale> scale_on(std::span<const Scale> scales, std::int64_t day);
[[nodiscard]] Score score_of(std::vector<Event> events, const Scale& scale, std::int64_t day);

/// "−3.0", "100.5": tenths as people write them.
[[nodiscard]] std::string points_text(std::int64_t tenths);
/// Lines for what `score` holds already (credit_lines.cpp).
void add_lines(Score& score, const Scale& scale);

}  // namespace linli::model::credit

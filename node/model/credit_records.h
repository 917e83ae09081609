// node/model/credit_records.h: a company's records as a score, and the score as JSON. Pure.
#pragma once

#include "node/model/credit_score.h"
#include "node/model/json.h"

namespace linli::model::credit {

/// What a node holds of credit: everything that a score follows from.
struct Held {
  std::vector<Record> companies;  ///< Whose scores are asked for, by code.
  std::vector<Record> events;     ///< Of those companies.
  std::vector<Record> rules, scales;
};
struct Scored {
  std::string id, uscc, name;  ///< Of the company.
  Score score;
};
struct Scores {
  Scale scale;
  std::vector<Scored> companies;  ///< Best first; equal ones by code.
};

/// Everybody's score on `day`. Errors: not_found (no scale is in force on that day here).
[[nodiscard]] Result<Scores> scores_of(const Held& held, std::int64_t day);

/// {company{id, uscc, name}, at, from, scale{…}, base, basic, good, bad, points, points_text,
/// grade, list, lines[{code, zh, en, basis, points, ? event}], events[{id, rule, kind, points,
/// occurred_on, valid_until, status, standing, zh}]}. Points in tenths.
[[nodiscard]] Json to_json(const Scores& scores, const Scored& one);
/// {at, scale{…}, grades[{grade, list, from_points, companies}], items[{uscc, name, points,
/// points_text, grade, list, events}]}: how many companies there are of each grade, and who.
[[nodiscard]] Json to_json(const Scores& scores, std::int64_t day);

}  // namespace linli::model::credit

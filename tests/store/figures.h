// tests/store/figures.h: aggregates over a few places, and how tests ask for and show figures.
#pragma once

#include <string>
#include <vector>

#include "node/store/aggregates.h"
#include "tests/store/scratch.h"

namespace linli::tests {

using namespace store;
using model::Contribution;
using model::Count;
using model::Over;
using model::Statistic;
using model::Term;

using Keys = std::vector<std::string>;

inline const std::vector<std::string> kPaths = {
    "41",         "41/a", "41/a/s1",    "41/a/s1/c1", "41/a/s1/c1/k1",
    "41/a/s2/c2", "41/b", "41/b/s3/c3", "41/b/s3/c4", "41/a0/s1/c1",
};
inline const std::vector<std::string> kMeasures = {"done", "stock"};
inline const std::int64_t kFirst =
    model::day_from_civil(2023, 1, 25);  // Days around two month ends.
constexpr std::int64_t kSpan = 45;

/// The path cut after `depth` steps down; empty if it doesn't go that far.
inline std::string level(const std::string& path, int depth) {
  std::size_t end = path.find('/');
  for (int i = 0; i < depth; ++i) {
    if (end == std::string::npos) return {};
    end = path.find('/', end + 1);
  }
  return path.substr(0, end);
}

struct Figures {
  tests::Scratch scratch;
  Aggregates aggregates{*scratch.db};

  Figures() {
    auto add = scratch.db->prepare("INSERT INTO scope VALUES(?, ?, '41', ?, ?, ?)");
    for (std::size_t i = 0; i < kPaths.size(); ++i) {
      const auto district = level(kPaths[i], 1), street = level(kPaths[i], 2),
                 community = level(kPaths[i], 3);
      add.bind(1, static_cast<std::int64_t>(i + 1)).bind_text(2, kPaths[i]).bind_text(3, district);
      add.bind_text(4, street).bind_text(5, community).run();
    }
  }
  void add(std::size_t scope, const Contribution& c, int sign = 1) {
    aggregates.apply(static_cast<std::int64_t>(scope + 1), {c}, sign);
  }
  std::int64_t rows(const std::string& table) {
    auto count = scratch.db->prepare("SELECT count(*) FROM " + table);
    count.step();
    return count.integer(0);
  }
};

inline std::string shown(const StatAnswer& answer) {
  std::string text;
  const auto add = [&](const StatRow& row) {
    for (const auto& key : row.keys) text += key + " | ";
    text += std::to_string(row.numerator);
    if (row.denominator) text += " / " + std::to_string(*row.denominator);
    text += "\n";
  };
  for (const auto& row : answer.rows) add(row);
  add(answer.total);
  return text;
}

inline std::string shown(const Result<StatAnswer>& answer) {
  return answer ? shown(*answer) : describe(answer.error());
}

inline Contribution one(std::string_view measure, std::int64_t day, std::string key = {},
                        std::int64_t n = 1) {
  Contribution c;
  c.measure = measure;
  c.day = day;
  c.key = std::move(key);
  c.n = n;
  return c;
}

inline StatQuery ask(const Statistic& statistic, std::vector<std::string> by, std::int64_t from,
                     std::int64_t to) {
  StatQuery query;
  query.statistic = &statistic;
  query.by = std::move(by);
  query.from = from;
  query.to = to;
  query.today = to;
  return query;
}

}  // namespace linli::tests

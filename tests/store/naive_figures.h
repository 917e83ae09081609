// tests/store/naive_figures.h: the same figures from the definition alone, by going through all.
#pragma once

#include <map>
#include <set>

#include "node/store/org_tree.h"
#include "tests/store/figures.h"

namespace linli::tests {

struct Counted {
  std::size_t scope;
  Contribution c;
};

inline bool asked_for(const Counted& counted, const StatQuery& query) {
  const auto& path = kPaths[counted.scope];
  return query.scope.empty() || path == query.scope || path.rfind(query.scope + "/", 0) == 0;
}

/// The unit that the scope asked for names.
inline const model::OrgUnit* asked_unit(const model::OrgTree& tree, const StatQuery& query) {
  return tree.unit(std::string_view(query.scope).substr(query.scope.rfind('/') + 1));
}

/// Where a contribution belongs on a day.
inline model::OrgTree::Place place_of(const model::OrgTree& tree, const StatQuery& query,
                                      const Counted& counted, std::int64_t day) {
  if (query.scope.empty() || asked_unit(tree, query)) {
    if (auto place = tree.place_of_compound(counted.c.unit, day)) return *std::move(place);
  }
  return tree.place_of_scope(kPaths[counted.scope], day);
}

struct Period {
  std::string month, day;
  std::int64_t end;  ///< Of stocks.
};

class Naive {
 public:
  Naive(const std::vector<Counted>& all, const StatQuery& query,
        const model::OrgTree* tree = nullptr)
      : all_(all), query_(query), tree_(tree) {}

  StatAnswer answer() const {
    const auto& statistic = *query_.statistic;
    std::map<Keys, StatRow> rows;
    for (const auto& [keys, figure] : figures(statistic.numerator, query_.by)) {
      rows[keys].numerator = figure;
    }
    StatAnswer answer;
    answer.total.numerator = total(statistic.numerator);
    if (statistic.denominator) {
      answer.total.denominator = total(*statistic.denominator);
      add_denominator(rows, *statistic.denominator);
    }
    if (query_.by.empty()) rows.clear();
    for (auto& [keys, row] : rows) {
      row.keys = keys;
      answer.rows.push_back(row);
    }
    return answer;
  }

 private:
  bool is_dim(const std::string& by) const {
    return by == query_.statistic->dim1 || by == query_.statistic->dim2;
  }

  void add_denominator(std::map<Keys, StatRow>& rows, const Term& term) const {
    const bool dims =
        std::any_of(query_.by.begin(), query_.by.end(), [&](const auto& by) { return is_dim(by); });
    if (!term.whole || !dims) {
      for (const auto& [keys, figure] : figures(term, query_.by)) rows[keys].denominator = figure;
    } else {
      std::vector<std::string> by;
      for (const auto& b : query_.by) {
        if (!is_dim(b)) by.push_back(b);
      }
      const auto whole = figures(term, by);
      for (auto& [keys, row] : rows) {
        Keys rest;
        for (std::size_t i = 0; i < keys.size(); ++i) {
          if (!is_dim(query_.by[i])) rest.push_back(keys[i]);
        }
        if (whole.count(rest) != 0) row.denominator = whole.at(rest);
      }
    }
    for (auto& [keys, row] : rows) row.denominator = row.denominator.value_or(0);
  }

  std::int64_t total(const Term& term) const {
    const auto found = figures(term, {});
    return found.empty() ? 0 : found.begin()->second;
  }

  bool in_range(const Term& term, std::int64_t day, std::int64_t stock_end) const {
    switch (term.over) {
      case Over::window:
        return query_.from <= day && day < query_.to;
      case Over::until_end:
        return day < stock_end;
      case Over::before_today:
        return day < query_.today;
      case Over::next_days:
        return query_.today <= day && day < query_.today + term.days;
    }
    return false;
  }

  /// Was it below the scope asked for on this day?
  bool asked(const Counted& x, std::int64_t day) const {
    const auto* unit = tree_ && !query_.scope.empty() ? asked_unit(*tree_, query_) : nullptr;
    if (!unit) return asked_for(x, query_);
    const auto above = place_of(*tree_, query_, x, day).above;
    if (above.empty()) return asked_for(x, query_);
    return std::find(above.begin(), above.end(), unit) != above.end();
  }

  /// The day whose tree a contribution follows.
  std::int64_t tree_day(const Term& term, const Counted& x, const Period& p) const {
    // What counts only within a stock stands where that does, at the period's end.
    const bool with_stock =
        term.over == Over::window && term.count == Count::distinct && !term.within.empty();
    if (term.over == Over::window && !with_stock) return x.c.day;
    return term.over == Over::until_end || with_stock ? p.end - 1 : query_.today;
  }

  std::string key_of(const std::string& by, const Counted& x, const Period& p,
                     std::int64_t day) const {
    const auto& path = kPaths[x.scope];
    if (tree_ && (by == "district" || by == "street" || by == "community")) {
      const auto names = place_of(*tree_, query_, x, day).names;
      return names[by == "district" ? 0 : by == "street" ? 1 : 2];
    }
    if (by == "district") return level(path, 1);
    if (by == "street") return level(path, 2);
    if (by == "community") return level(path, 3);
    if (by == "compound") return crypto::to_hex(x.c.unit);
    if (by == "month") return p.month;
    if (by == "day") return p.day;
    return by == query_.statistic->dim1 ? x.c.dim1 : x.c.dim2;
  }

  std::set<std::string> stock(std::string_view measure, std::int64_t end) const {
    std::map<std::string, std::int64_t> sums;
    for (const auto& x : all_) {
      if (x.c.measure == measure && x.c.day < end && asked(x, end - 1)) sums[x.c.key] += x.c.n;
    }
    std::set<std::string> keys;
    for (const auto& [key, n] : sums) {
      if (n > 0) keys.insert(key);
    }
    return keys;
  }

  /// Each stretch of days that has one name in this question.
  std::vector<Period> periods(const Term& term, bool by_month, bool by_day) const {
    if (!by_month && !by_day) return {{"", "", query_.to}};
    const bool due = term.over == Over::before_today || term.over == Over::next_days;
    std::map<std::string, Period> named;
    const auto from = due ? kFirst - 100 : query_.from, to = due ? kFirst + 200 : query_.to;
    for (auto day = from; day < to; ++day) {
      const auto text = model::day_text(day);
      named[by_day ? text : text.substr(0, 7)] = {text.substr(0, 7), text,
                                                  due ? query_.to : day + 1};
    }
    std::vector<Period> all;
    for (const auto& [name, period] : named) all.push_back(period);
    return all;
  }

  std::map<Keys, std::int64_t> figures(const Term& term, const std::vector<std::string>& by) const {
    const auto has = [&](const char* name) {
      return std::find(by.begin(), by.end(), name) != by.end();
    };
    const bool by_month = has("month"), by_day = has("day");
    std::map<Keys, std::int64_t> found;
    for (const auto& period : periods(term, by_month, by_day)) {
      std::map<Keys, std::map<std::string, std::int64_t>> sums;
      for (const auto& x : all_) {
        const auto tree_today = tree_day(term, x, period);
        if (x.c.measure != term.measure || !asked(x, tree_today)) continue;
        if (!term.dim1.empty() && x.c.dim1 != term.dim1) continue;
        if (!in_range(term, x.c.day, period.end)) continue;
        const auto text = model::day_text(x.c.day);
        const bool flow = term.over != Over::until_end;
        if (flow && by_day && text != period.day) continue;
        if (flow && by_month && text.substr(0, 7) != period.month) continue;
        Keys keys;
        for (const auto& b : by) keys.push_back(key_of(b, x, period, tree_today));
        sums[keys][term.count == Count::sum ? "" : x.c.key] += x.c.n;
      }
      std::set<std::string> within;
      const bool bounded = !term.within.empty() && term.count == Count::distinct;
      if (bounded) within = stock(term.within, period.end);
      for (const auto& [keys, by_key] : sums) {
        std::int64_t figure = 0;
        for (const auto& [key, n] : by_key) {
          if (term.count == Count::sum) figure += n;
          if (term.count == Count::distinct && n > 0 && (!bounded || within.count(key) != 0)) {
            ++figure;
          }
        }
        if (figure != 0) found[keys] = figure;
      }
    }
    return found;
  }

  const std::vector<Counted>& all_;
  const StatQuery& query_;
  const model::OrgTree* tree_;
};

}  // namespace linli::tests

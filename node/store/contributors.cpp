#include "node/store/contributors.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "node/store/projector_detail.h"
#include "node/store/stat_question.h"

namespace linli::store {

using model::Contribution;
using model::Over;
using model::Term;
using projecting::views;

namespace {

/// As many as SQL is told of; of more, the rows that are read are looked at.
constexpr std::size_t kScopesInSqlMax = 500;

class ScopePaths {
 public:
  explicit ScopePaths(Database& db) {
    auto rows = db.prepare("SELECT id, path FROM scope");
    while (rows.step()) paths_.emplace(rows.integer(0), std::string(rows.text(1)));
  }
  [[nodiscard]] const std::string& at(std::int64_t scope) const {
    static const std::string kNone;
    const auto found = paths_.find(scope);
    return found == paths_.end() ? kNone : found->second;
  }

 private:
  std::map<std::int64_t, std::string> paths_;
};

class Walk {
 public:
  Walk(Database& db, const model::RecordType& type, const std::vector<std::int64_t>& scopes,
       const std::function<void(const Contributor&)>& each)
      : db_(db), table_(type), paths_(db), scopes_(scopes), each_(each) {}

  void run() {
    if (table_.type().peers.empty()) return run_alone();
    run_groups();
  }

 private:
  [[nodiscard]] const model::RecordType& type() const { return table_.type(); }

  void run_alone() {
    auto rows = db_.prepare(table_.select() + " WHERE (_flags & 3) = 0" + in_scopes());
    while (rows.step()) {
      auto row = table_.read(rows);
      if (!wanted(row.scope)) continue;
      std::vector<Row> one;
      one.push_back(std::move(row));
      count(one);
    }
  }

  /// Peers may stand in any scope: all are read, those of one group after another.
  void run_groups() {
    std::string order;
    for (const auto name : type().peers) order += Table::column(*type().field(name)) + ", ";
    auto rows = db_.prepare(table_.select() + " WHERE (_flags & 3) = 0 ORDER BY " + order + "_rec");
    std::vector<Row> group;
    std::optional<std::string> key;
    while (rows.step()) {
      auto row = table_.read(rows);
      auto next = key_of(row);
      if (!next || next != key) {
        count(group);
        group.clear();
      }
      key = std::move(next);
      group.push_back(std::move(row));
    }
    count(group);
  }

  [[nodiscard]] std::string in_scopes() const {
    if (scopes_.empty() || scopes_.size() > kScopesInSqlMax) return {};
    std::string list;
    for (const auto scope : scopes_) list += (list.empty() ? "" : ", ") + std::to_string(scope);
    return " AND _scope IN (" + list + ")";
  }
  [[nodiscard]] bool wanted(std::int64_t scope) const {
    return scopes_.empty() || std::binary_search(scopes_.begin(), scopes_.end(), scope);
  }

  /// What its peers share with it; nothing: it has none (the projector's peers_of).
  [[nodiscard]] std::optional<std::string> key_of(const Row& row) {
    std::string key;
    for (const auto name : type().peers) {
      const auto* field = type().field(name);
      const auto* value = row.record.get(field->number);
      auto& any = db_.cached("SELECT ?1");
      if (!value || !Table::bind_value(any, 1, *field, *value)) return std::nullopt;
      key += *value;
      key += '\0';
    }
    return key;
  }

  void count(std::vector<Row>& group) {
    std::vector<std::vector<sync::FieldValue>> values;
    values.reserve(group.size());
    for (auto& row : group) {
      row.record.scope = paths_.at(row.scope);
      values.push_back(views(row.record.fields));
    }
    const auto view_of = [&](std::size_t i) {
      return model::RecordView{&type(), group[i].record.scope, group[i].record.id, false,
                               values[i]};
    };
    for (std::size_t self = 0; self < group.size(); ++self) {
      if (!wanted(group[self].scope)) continue;
      std::vector<model::RecordView> others;
      for (std::size_t i = 0; i < group.size(); ++i) {
        if (i != self) others.push_back(view_of(i));
      }
      std::vector<Contribution> contributions;
      type().contribute(view_of(self), others, contributions);
      each_({group[self], contributions});
    }
  }

  Database& db_;
  Table table_;
  ScopePaths paths_;
  const std::vector<std::int64_t>& scopes_;
  const std::function<void(const Contributor&)>& each_;
};

/// A day that ends or begins a range: up to the day after the last on which something can count.
std::int64_t bounded_end_day(std::int64_t day) {
  const auto last = bounded_day(INT64_MAX);
  return day > last ? last + 1 : bounded_day(day);
}

struct Range {
  std::int64_t from = 0, to = 0;
};

Range days_of_term(const Term& term, const StatQuery& query) {
  constexpr std::int64_t kDaysMax = 100'000;
  const auto first = bounded_day(INT64_MIN);
  const auto to = bounded_end_day(query.to), today = bounded_end_day(query.today);
  switch (term.over) {
    case Over::window:
      return {bounded_end_day(query.from), to};
    case Over::until_end:
      return {first, to};
    case Over::before_today:
      return {first, today};
    case Over::next_days:
      return {today, bounded_end_day(today + std::clamp<std::int64_t>(term.days, 0, kDaysMax))};
  }
  return {};
}

/// "2023-05" or "2023-05-27": the days that it means.
Result<Range> days_called(const std::string& name, const std::string& text) {
  const bool month = name == "month";
  const auto first = model::parse_day(month ? text + "-01" : text);
  if (!first) {
    return fail(Errc::bad_value,
                month ? "a month is written 2023-05" : "a day is written 2023-05-27", "only");
  }
  if (!month) return Range{*first, *first + 1};
  auto next = model::civil_from_day(*first);
  if (++next.month > 12) next = {next.year + 1, 1, 1};
  return Range{*first, model::day_from_civil(next.year, next.month, 1)};
}

/// Is it counted only within a stock, and so where that has it?
bool follows_stock(const Term& term) {
  return !term.within.empty() && term.count != model::Count::sum;
}

using SumKey = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::string, std::string,
                          std::string, std::string>;
using SumsByKey = std::map<SumKey, std::int64_t>;

/// Takes away what a table holds: what is left differs.
void take_away(Database& db, const std::string& table, const char* when, SumsByKey& sums) {
  auto rows = db.prepare("SELECT measure, " + std::string(when) +
                         ", scope, unit, dim1, dim2, key, n FROM " + table);
  while (rows.step()) {
    const SumKey key{rows.integer(0),           rows.integer(1),
                     rows.integer(2),           std::string(rows.blob(3)),
                     std::string(rows.text(4)), std::string(rows.text(5)),
                     std::string(rows.blob(6))};
    sums[key] -= rows.integer(7);
  }
}

void name_differences(const std::string& table, const SumsByKey& left,
                      const std::map<std::int64_t, std::string>& measures,
                      std::vector<std::string>& differences) {
  constexpr std::size_t kNamedMax = 20;
  for (const auto& [key, n] : left) {
    if (n == 0 || differences.size() >= kNamedMax) continue;
    const auto& [measure, when, scope, unit, dim1, dim2, id] = key;
    const auto name = measures.find(measure);
    differences.push_back(
        table + ": " + (name == measures.end() ? std::to_string(measure) : name->second) + " on " +
        std::to_string(when) + " in scope " + std::to_string(scope) + " [" + crypto::to_hex(unit) +
        "|" + dim1 + "|" + dim2 + "|" + crypto::to_hex(id) + "]: the records have " +
        std::to_string(n) + " more");
  }
}

}  // namespace

void each_contributor(Database& db, const model::RecordType& type,
                      const std::vector<std::int64_t>& scopes,
                      const std::function<void(const Contributor&)>& each) {
  if (type.contribute) Walk(db, type, scopes, each).run();
}

Result<FigureParts> FigureParts::of(Database& db, const StatQuery& query, const Only& only) {
  const auto& statistic = *query.statistic;
  FigureParts parts;
  std::optional<Range> clip;
  for (const auto& [name, value] : only) {
    if (name == "month" || name == "day") {
      const auto days = days_called(name, value);
      if (!days) return fail(days.error());
      clip = clip ? Range{std::max(clip->from, days->from), std::min(clip->to, days->to)} : *days;
    } else if (name == "compound") {
      const auto id = crypto::from_hex(value);
      if (!id) return fail(Errc::bad_value, "a compound's key is its id in hex", "only");
      parts.unit_ = *id;
    } else if (!name.empty() && name == statistic.dim1) {
      parts.dim1_ = value;
    } else if (!name.empty() && name == statistic.dim2) {
      parts.dim2_ = value;
    } else {
      return fail(Errc::bad_value, "isn't split by '" + name + "'", "only");
    }
  }
  const auto add = [&](std::string_view name, const Term& term) {
    auto [from, to] = days_of_term(term, query);
    if (clip) {
      if (term.over != Over::until_end) from = std::max(from, clip->from);
      to = std::min(to, clip->to);
    }
    parts.parts_.push_back({name, term, from, to, !term.whole});
    if (!follows_stock(term)) return;
    // Which keys it looks at, whatever they are split by.
    parts.parts_.push_back({"within",
                            {.measure = term.within, .over = Over::until_end},
                            bounded_day(INT64_MIN),
                            bounded_end_day(query.to),
                            false});
  };
  add("numerator", statistic.numerator);
  if (statistic.denominator) add("denominator", *statistic.denominator);
  for (const auto& type : model::schema().types) {
    const bool feeds = std::any_of(parts.parts_.begin(), parts.parts_.end(), [&](const auto& p) {
      return std::find(type.measures.begin(), type.measures.end(), p.term.measure) !=
             type.measures.end();
    });
    if (feeds) parts.types_.push_back(&type);
  }
  if (!query.scope.empty()) parts.follow(db, query.scope, query.today);
  return parts;
}

void FigureParts::follow(Database& db, const std::string& scope, std::int64_t today) {
  tree_ = std::make_shared<const model::OrgTree>(load_org_tree(db));
  asked_.emplace(*tree_, scope);
  today_ = today;
  auto rows = db.prepare("SELECT id, path FROM scope ORDER BY id");
  while (rows.step()) {
    const auto& path = paths_.emplace(rows.integer(0), std::string(rows.text(1))).first->second;
    const bool below = path == scope || path.starts_with(scope + "/");
    if (below || asked_->holds({}, path, today)) scopes_.push_back(rows.integer(0));
  }
  // Nothing is known there: no record can be in a scope of number -1.
  if (scopes_.empty()) scopes_.push_back(-1);
  // What is about a compound that moved may stand in any scope.
  if (!asked_->is_unit()) reach_ = scopes_;
}

bool FigureParts::in_scope(std::int64_t scope) const {
  return !asked_ || std::binary_search(scopes_.begin(), scopes_.end(), scope);
}

/// A window's figure follows the tree of its own day, a stock and what counts within one that of
/// its last, all others today's.
bool FigureParts::is_there(std::int64_t scope, const Contribution& c, const Part& part) const {
  if (!asked_) return true;
  const auto path = paths_.find(scope);
  if (path == paths_.end()) return false;
  const auto over = part.term.over;
  const bool at_end = over == Over::until_end || (over == Over::window && follows_stock(part.term));
  const auto day = at_end ? part.to - 1 : over == Over::window ? bounded_day(c.day) : today_;
  return asked_->holds(c.unit, path->second, day);
}

std::vector<std::string_view> FigureParts::terms_of(std::int64_t scope,
                                                    const Contribution& c) const {
  std::vector<std::string_view> names;
  const auto day = bounded_day(c.day);
  for (const auto& part : parts_) {
    if (c.measure != part.term.measure || day < part.from || day >= part.to) continue;
    if (!part.term.dim1.empty() && c.dim1 != part.term.dim1) continue;
    if (part.name != "within" && unit_ && c.unit != *unit_) continue;
    if (part.split && dim1_ && c.dim1 != *dim1_) continue;
    if (part.split && dim2_ && c.dim2 != *dim2_) continue;
    if (!is_there(scope, c, part)) continue;
    names.push_back(part.name);
  }
  return names;
}

std::vector<std::string> recount_differences(Database& db) {
  SumsByKey days, months;
  std::map<std::int64_t, std::string> measures;
  for (const auto& type : model::schema().types) {
    each_contributor(db, type, {}, [&](const Contributor& one) {
      for (const auto& c : one.contributions) {
        const auto measure = measure_id(c.measure);
        measures.emplace(measure, c.measure);
        const auto n = std::clamp(c.n, -Aggregates::kContributionMax, Aggregates::kContributionMax);
        const auto day = bounded_day(c.day);
        days[{measure, day, one.row.scope, c.unit, c.dim1, c.dim2, c.key}] += n;
        months[{measure, month_of_day(day), one.row.scope, c.unit, c.dim1, c.dim2, c.key}] += n;
      }
    });
  }
  take_away(db, "aggregate", "day", days);
  take_away(db, "aggregate_month", "month", months);
  std::vector<std::string> differences;
  name_differences("aggregate", days, measures, differences);
  name_differences("aggregate_month", months, measures, differences);
  return differences;
}

}  // namespace linli::store

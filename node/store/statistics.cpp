// Reading statistics (aggregates.h). One pass over the maintained sums of a term, period by period:
// each row finds its group, and its key in that group; at a period's end the groups are counted.
#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "crypto/hash.h"
#include "node/store/aggregates.h"
#include "node/store/org_tree.h"

namespace linli::store {
namespace {

using model::Count;
using model::Over;
using model::Statistic;
using model::Term;

constexpr std::size_t kRowsMax = 100'000;
constexpr std::int64_t kPeriodsMax = 100'000;

/// [from, to) in local days.
struct Days {
  std::int64_t from = 0, to = 0;
  [[nodiscard]] bool empty() const { return from >= to; }
};

/// A day that ends or begins a range: up to the day after the last on which something can count.
std::int64_t bounded_end(std::int64_t day) {
  const auto last = bounded_day(INT64_MAX);
  return day > last ? last + 1 : bounded_day(day);
}

std::int64_t first_day_of_month(std::int64_t month) {
  return model::day_from_civil(static_cast<int>(month / 12), static_cast<int>(month % 12) + 1, 1);
}

// ---- What rows are split by -------------------------------------------------------------------

enum class By : std::uint8_t { district, street, community, compound, month, day, dim1, dim2 };

std::optional<By> by_of(std::string_view name, const Statistic& statistic) {
  constexpr std::array<std::pair<std::string_view, By>, 6> kAlways = {{{"district", By::district},
                                                                       {"street", By::street},
                                                                       {"community", By::community},
                                                                       {"compound", By::compound},
                                                                       {"month", By::month},
                                                                       {"day", By::day}}};
  for (const auto& [known, by] : kAlways) {
    if (name == known) return by;
  }
  if (name.empty()) return {};
  if (name == statistic.dim1) return By::dim1;
  if (name == statistic.dim2) return By::dim2;
  return {};
}

bool is_dim(By by) { return by == By::dim1 || by == By::dim2; }

struct Split {
  std::vector<By> by;
  [[nodiscard]] bool has(By wanted) const {
    return std::find(by.begin(), by.end(), wanted) != by.end();
  }
  [[nodiscard]] bool by_time() const { return has(By::month) || has(By::day); }
  [[nodiscard]] bool by_place() const {
    return has(By::district) || has(By::street) || has(By::community);
  }
  [[nodiscard]] Split without_dims() const {
    Split rest;
    std::copy_if(by.begin(), by.end(), std::back_inserter(rest.by),
                 [](By b) { return !is_dim(b); });
    return rest;
  }
  /// The end of the period that `day` lies in.
  [[nodiscard]] std::int64_t period_end(std::int64_t day) const {
    return has(By::day) ? day + 1 : first_day_of_month(month_of_day(day) + 1);
  }
};

/// The organisation's places: which rows are asked for, and how they are called. With a tree they
/// follow it, as it stands on a day; between two days on which something moves lies one epoch.
class Places {
 public:
  Places(Database& db, const std::string& scope, const Split& split, const model::OrgTree* tree)
      : all_(scope.empty()), tree_(tree) {
    wanted_ = {split.has(By::district), split.has(By::street), split.has(By::community)};
    active_ = !all_ || split.by_place();
    if (!active_) return;
    if (tree_) asked_.emplace(*tree_, scope);
    // '0' follows '/': everything between begins with "scope/". What moved may stand elsewhere.
    auto& rows = db.cached(
        "SELECT id, path, district, street, community FROM scope"
        " WHERE ?1 = '' OR path = ?1 OR (path > ?1 || '/' AND path < ?1 || '0')");
    rows.bind_text(1, tree_ ? std::string_view{} : std::string_view(scope));
    while (rows.step()) {
      const auto id = static_cast<std::size_t>(rows.integer(0));
      if (id >= scopes_.size()) scopes_.resize(id + 1);
      scopes_[id].path = rows.text(1);
      scopes_[id].names = {std::string(rows.text(2)), std::string(rows.text(3)),
                           std::string(rows.text(4))};
    }
  }

  [[nodiscard]] bool all() const { return all_; }
  [[nodiscard]] bool active() const { return active_; }
  /// Do rows stand where their compound is?
  [[nodiscard]] bool by_unit() const { return active_ && tree_ && !tree_->compounds().empty(); }
  [[nodiscard]] std::size_t epoch(std::int64_t day) const {
    return active_ && tree_ ? tree_->epoch(day) : 0;
  }
  /// The first day of the epoch after the one of `day`; nothing: it is the last.
  [[nodiscard]] std::optional<std::int64_t> next_change(std::int64_t day) const {
    if (!active_ || !tree_) return {};
    const auto at = tree_->epoch(day);
    const auto& changes = tree_->changes();
    return at < changes.size() ? std::optional(changes[at]) : std::nullopt;
  }

  static constexpr std::int32_t kOutside = -1;
  /// Which of the `names` a row belongs to in the epoch of `day`; kOutside: it wasn't asked for.
  [[nodiscard]] std::int32_t group(std::int64_t day, std::int64_t scope, std::string_view unit) {
    const auto epoch = this->epoch(day);
    if (epoch >= epochs_.size()) epochs_.resize(epoch + 1);
    if (by_unit() && !unit.empty()) {
      auto& units = epochs_[epoch].units;
      auto found = units.find(unit);
      if (found == units.end()) {
        found = units.emplace(std::string(unit), group_of_unit(unit, day)).first;
      }
      if (found->second != kUnknown) return found->second;
    }
    const auto id = static_cast<std::size_t>(scope);
    if (id >= scopes_.size()) return kOutside;
    auto& known = epochs_[epoch].scopes;
    if (known.size() < scopes_.size()) known.resize(scopes_.size(), kUnknown);
    if (known[id] == kUnknown) known[id] = group_of_scope(scopes_[id], day);
    return known[id];
  }
  using Names = std::array<std::string, 3>;  ///< District, street, community, if split by them.
  [[nodiscard]] const Names& names(std::int32_t group) const {
    static const Names none;
    return group < 0 ? none : names_[static_cast<std::size_t>(group)];
  }

 private:
  static constexpr std::int32_t kUnknown = -2;
  struct ScopeRow {
    std::string path;
    Names names;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Epoch {
    std::vector<std::int32_t> scopes;  ///< By scope.
    std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> units;
  };

  [[nodiscard]] std::int32_t group_of_unit(std::string_view unit, std::int64_t day) {
    // Below a community the tree has no units: there the path itself is asked for.
    if (!all_ && !asked_->is_unit()) return kUnknown;
    const auto place = tree_->place_of_compound(unit, day);
    if (!place) return kUnknown;
    return asked_for(place->above, {}) ? group_of(place->names) : kOutside;
  }

  [[nodiscard]] std::int32_t group_of_scope(const ScopeRow& scope, std::int64_t day) {
    if (scope.path.empty()) return kOutside;  // no such scope among those asked for
    if (!tree_) return group_of(scope.names);
    const auto place = tree_->place_of_scope(scope.path, day);
    return asked_for(place.above, scope.path) ? group_of(place.names) : kOutside;
  }

  [[nodiscard]] bool asked_for(const std::vector<const model::OrgUnit*>& above,
                               std::string_view path) const {
    return all_ || asked_->holds(above, path);
  }

  std::int32_t group_of(const Names& names) {
    Names key;
    for (std::size_t i = 0; i < key.size(); ++i) {
      if (wanted_[i]) key[i] = names[i];
    }
    const auto next = static_cast<std::int32_t>(names_.size());
    const auto [found, added] = known_.try_emplace(key, next);
    if (added) names_.push_back(std::move(key));
    return found->second;
  }

  bool all_, active_ = false;
  const model::OrgTree* tree_;
  std::optional<AskedPlace> asked_;  ///< With a tree.
  std::array<bool, 3> wanted_{};
  std::vector<ScopeRow> scopes_;
  std::vector<Epoch> epochs_;
  std::vector<Names> names_;
  std::map<Names, std::int32_t> known_;
};

// ---- Reading sums -----------------------------------------------------------------------------

/// Columns that a pass needs; the others aren't read.
struct Columns {
  bool scope = false, unit = false, dim1 = false, dim2 = false, key = false;
  [[nodiscard]] bool none() const { return !scope && !unit && !dim1 && !dim2 && !key; }
};

struct SumRow {
  std::int64_t scope = 0;
  std::string_view unit, dim1, dim2, key;
  std::int64_t n = 0;
};

/// The sums of one measure.
class Sums {
 public:
  Sums(Database& db, std::string_view measure, std::string_view dim1, Columns columns)
      : db_(db), measure_(measure_id(measure)), dim1_(dim1), columns_(columns) {
    days_ = sql("aggregate", "day");
    months_ = sql("aggregate_month", "month");
  }

  /// Calls `each(SumRow)` for the sums of these days, whole months as one. Rows can come in parts.
  template <class Each>
  void read(Days days, Each&& each) {
    if (days.empty()) return;
    const auto first = month_after(days.from);
    const auto last = month_of_day(days.to);
    if (first >= last) return read_from(days_, days, each);
    read_from(days_, {days.from, first_day_of_month(first)}, each);
    read_from(months_, {first, last}, each);
    read_from(days_, {first_day_of_month(last), days.to}, each);
  }

  /// The first day from `day` on that has a sum.
  [[nodiscard]] std::optional<std::int64_t> next_day(std::int64_t day) {
    auto& row =
        db_.cached("SELECT day FROM aggregate WHERE measure = ? AND day >= ? ORDER BY day LIMIT 1");
    row.bind(1, measure_).bind(2, day);
    if (!row.step()) return {};
    const auto next = row.integer(0);
    row.reset();
    return next;
  }

 private:
  static std::int64_t month_after(std::int64_t day) {
    const auto month = month_of_day(day);
    return first_day_of_month(month) == day ? month : month + 1;
  }

  [[nodiscard]] std::string sql(std::string_view table, std::string_view when) const {
    std::string text = "SELECT ";
    text += columns_.none() ? "coalesce(sum(n), 0)" : "n";
    text += columns_.scope ? ", scope" : ", 0";
    text += columns_.unit ? ", unit" : ", ''";
    text += columns_.dim1 ? ", dim1" : ", ''";
    text += columns_.dim2 ? ", dim2" : ", ''";
    text += columns_.key ? ", key" : ", ''";
    text += " FROM " + std::string(table) + " WHERE measure = ?1 AND " + std::string(when) +
            " >= ?2 AND " + std::string(when) + " < ?3";
    if (!dim1_.empty()) text += " AND dim1 = ?4";
    return text;
  }

  template <class Each>
  void read_from(const std::string& text, Days range, Each&& each) {
    if (range.empty()) return;
    auto& rows = db_.cached(text);
    rows.bind(1, measure_).bind(2, range.from).bind(3, range.to);
    if (!dim1_.empty()) rows.bind_text(4, dim1_);
    while (rows.step()) {
      SumRow row;
      row.n = rows.integer(0);
      if (columns_.scope) row.scope = rows.integer(1);
      if (columns_.unit) row.unit = rows.blob(2);
      if (columns_.dim1) row.dim1 = rows.text(3);
      if (columns_.dim2) row.dim2 = rows.text(4);
      if (columns_.key) row.key = rows.blob(5);
      each(row);
    }
  }

  Database& db_;
  std::int64_t measure_;
  std::string_view dim1_;
  Columns columns_;
  std::string days_, months_;
};

/// Sums by key that can be asked with a view.
class KeySums {
 public:
  void add(std::string_view key, std::int64_t n) {
    const auto found = sums_.find(key);
    if (found != sums_.end()) {
      found->second += n;
    } else {
      sums_.emplace(key, n);
    }
  }
  [[nodiscard]] bool positive(std::string_view key) const {
    const auto found = sums_.find(key);
    return found != sums_.end() && found->second > 0;
  }
  [[nodiscard]] auto begin() const { return sums_.begin(); }
  [[nodiscard]] auto end() const { return sums_.end(); }
  void clear() { sums_.clear(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> sums_;
};

/// The keys of Term::within, as of a day that only moves on.
class WithinStock {
 public:
  WithinStock(Database& db, std::string_view measure, Places& places)
      : places_(places),
        sums_(db, measure, {},
              {.scope = !places.all(), .unit = !places.all() && places.by_unit(), .key = true}),
        day_(bounded_day(INT64_MIN)) {}

  void advance(std::int64_t day) {
    const auto last = day - 1;  // A stock hangs where things hang on its last day.
    if (!places_.all() && places_.epoch(last) != epoch_) {
      epoch_ = places_.epoch(last);
      keys_.clear();
      day_ = bounded_day(INT64_MIN);
    }
    sums_.read({day_, day}, [&](const SumRow& row) {
      if (places_.all() || places_.group(last, row.scope, row.unit) != Places::kOutside) {
        keys_.add(row.key, row.n);
      }
    });
    day_ = std::max(day_, day);
  }
  [[nodiscard]] bool has(std::string_view key) const { return keys_.positive(key); }

 private:
  Places& places_;
  Sums sums_;
  KeySums keys_;
  std::int64_t day_;  ///< Everything before it is in `keys_`.
  std::size_t epoch_ = 0;
};

// ---- One term ---------------------------------------------------------------------------------

using Keys = std::vector<std::string>;

/// What a term comes to: by row, and over everything.
struct Figures {
  std::map<Keys, std::int64_t> rows;
  std::int64_t total = 0;
};

class TermReader {
 public:
  TermReader(Database& db, const StatQuery& query, const Term& term, Split split,
             const model::OrgTree* tree)
      : term_(term),
        split_(std::move(split)),
        window_{bounded_end(query.from), bounded_end(query.to)},
        today_(bounded_end(query.today)),
        places_(db, query.scope, split_, tree),
        sums_(db, term.measure, term.dim1, columns()) {
    if (!term.within.empty() && term.count == Count::distinct) {
      within_.emplace(db, term.within, places_);
    }
  }

  [[nodiscard]] Result<Figures> read() {
    const bool read = !split_.by_time() ? read_at_once()
                      : is_stock()      ? read_stock_periods()
                                        : read_periods();
    if (!read) return fail(Errc::too_large, "more than 100,000 rows: ask for less at once");
    if (within_) within_->advance(window_.to);
    figures_.total = is_distinct() ? count(all_keys_) : all_;
    return std::move(figures_);
  }

 private:
  [[nodiscard]] bool is_distinct() const { return term_.count == Count::distinct; }
  [[nodiscard]] bool is_stock() const { return term_.over == Over::until_end; }
  /// Keys of a window that count only within a stock stand where the stock has them: else a
  /// compound that moved would count in the district that it left, and among nobody's there.
  [[nodiscard]] bool follows_stock() const {
    return within_.has_value() && term_.over == Over::window;
  }

  [[nodiscard]] Columns columns() const {
    return {.scope = places_.active(),
            .unit = split_.has(By::compound) || places_.by_unit(),
            .dim1 = split_.has(By::dim1),
            .dim2 = split_.has(By::dim2),
            .key = is_distinct()};
  }

  [[nodiscard]] Days days() const {
    const auto first = bounded_day(INT64_MIN);
    switch (term_.over) {
      case Over::window:
        return window_;
      case Over::until_end:
        return {first, window_.to};
      case Over::before_today:
        return {first, today_};
      case Over::next_days:
        return {today_, bounded_end(today_ + std::clamp<std::int64_t>(term_.days, 0, kPeriodsMax))};
    }
    return window_;
  }

  /// The day whose tree a period's figures follow: its last of a stock and of what counts within
  /// one, else today's. What a window counts else follows the tree of its own day: see read_rows.
  [[nodiscard]] std::int64_t tree_day(std::int64_t period_end) const {
    return is_stock() || follows_stock() ? period_end - 1 : today_;
  }

  void read_rows(Days range) {
    const auto take_row = [&](const SumRow& row) { take(row); };
    if (term_.over != Over::window || follows_stock()) return sums_.read(range, take_row);
    while (!range.empty()) {
      const auto moved = places_.next_change(range.from);
      const auto end = moved ? std::min(*moved, range.to) : range.to;
      day_ = range.from;
      sums_.read({range.from, end}, take_row);
      range.from = end;
    }
  }

  bool read_at_once() {
    day_ = tree_day(window_.to);
    read_rows(days());
    return split_.by.empty() || end_period(window_.to, 0);
  }

  /// Period by period, passing over those without sums: due days can lie years apart.
  bool read_periods() {
    const auto range = days();
    for (auto next = sums_.next_day(range.from); next && *next < range.to;) {
      const auto end = std::min(split_.period_end(*next), range.to);
      day_ = tree_day(end);
      read_rows({std::max(*next, range.from), end});
      // What is due is compared with today's stock, whenever it is due.
      if (!end_period(term_.over == Over::window ? end : window_.to, *next)) return false;
      clear_groups();
      next = sums_.next_day(end);
    }
    return true;
  }

  /// What was there before the window, then each period's changes on top.
  bool read_stock_periods() {
    const auto first = bounded_day(INT64_MIN);
    day_ =
        tree_day(window_.from < window_.to ? std::min(split_.period_end(window_.from), window_.to)
                                           : window_.to);
    read_rows({first, window_.from});
    std::int64_t periods = 0;
    for (auto day = window_.from; day < window_.to;) {
      if (++periods > kPeriodsMax) return false;
      const auto end = std::min(split_.period_end(day), window_.to);
      auto unread = day;
      if (places_.epoch(tree_day(end)) != places_.epoch(day_)) {
        forget();  // Something moved: all that is there hangs elsewhere now.
        unread = first;
      }
      day_ = tree_day(end);
      read_rows({unread, end});
      if (!end_period(end, day)) return false;
      day = end;
    }
    return true;
  }

  void take(const SumRow& row) {
    std::int32_t place = Places::kOutside;
    if (places_.active()) {
      place = places_.group(day_, row.scope, row.unit);
      if (place == Places::kOutside) return;
    }
    if (is_distinct()) {
      all_keys_.add(row.key, row.n);
    } else {
      all_ += row.n;
    }
    if (split_.by.empty()) return;
    auto asked = row;
    if (!split_.has(By::compound)) asked.unit = {};
    const auto group = group_of(place, asked);
    if (!is_distinct()) {
      groups_[group].sum += row.n;
      return;
    }
    const auto number = static_cast<std::uint32_t>(group);
    buffer_.assign(reinterpret_cast<const char*>(&number), sizeof number);
    buffer_.append(row.key);
    group_keys_.add(buffer_, row.n);
  }

  struct Group {
    std::int32_t place = Places::kOutside;
    std::string unit, dim1, dim2;
    std::int64_t sum = 0;
  };

  std::size_t group_of(std::int32_t place, const SumRow& row) {
    // Rows of one group mostly stand together.
    if (last_ < groups_.size()) {
      const auto& g = groups_[last_];
      if (g.place == place && g.unit == row.unit && g.dim1 == row.dim1 && g.dim2 == row.dim2) {
        return last_;
      }
    }
    buffer_.assign(reinterpret_cast<const char*>(&place), sizeof place);
    for (const auto text : {row.unit, row.dim1, row.dim2}) {
      const auto size = static_cast<std::uint32_t>(text.size());
      buffer_.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
    }
    const auto [found, added] = group_numbers_.try_emplace(buffer_, groups_.size());
    if (added) {
      groups_.push_back(
          {place, std::string(row.unit), std::string(row.dim1), std::string(row.dim2), 0});
    }
    return last_ = found->second;
  }

  /// Adds a row for each group that isn't 0. False: too many.
  bool end_period(std::int64_t stock_day, std::int64_t day) {
    if (within_) within_->advance(stock_day);
    if (is_distinct()) count_groups();
    for (const auto& group : groups_) {
      if (group.sum != 0) figures_.rows[keys_of(group, day)] += group.sum;
    }
    return figures_.rows.size() <= kRowsMax;
  }

  void count_groups() {
    for (auto& group : groups_) group.sum = 0;
    for (const auto& [group_key, n] : group_keys_) {
      std::uint32_t number = 0;
      group_key.copy(reinterpret_cast<char*>(&number), sizeof number);
      const auto key = std::string_view(group_key).substr(sizeof number);
      if (n > 0 && (!within_ || within_->has(key))) ++groups_[number].sum;
    }
  }

  void clear_groups() {
    for (auto& group : groups_) group.sum = 0;
    group_keys_.clear();
  }

  void forget() {
    clear_groups();
    all_keys_.clear();
    all_ = 0;
  }

  [[nodiscard]] std::int64_t count(const KeySums& keys) const {
    return std::count_if(keys.begin(), keys.end(), [&](const auto& entry) {
      return entry.second > 0 && (!within_ || within_->has(entry.first));
    });
  }

  [[nodiscard]] Keys keys_of(const Group& group, std::int64_t day) const {
    Keys keys;
    for (const auto by : split_.by) keys.push_back(key_of(by, group, day));
    return keys;
  }

  [[nodiscard]] std::string key_of(By by, const Group& group, std::int64_t day) const {
    switch (by) {
      case By::district:
        return places_.names(group.place)[0];
      case By::street:
        return places_.names(group.place)[1];
      case By::community:
        return places_.names(group.place)[2];
      case By::compound:
        return crypto::to_hex(group.unit);
      case By::month:
        return model::day_text(day).substr(0, 7);
      case By::day:
        return model::day_text(day);
      case By::dim1:
        return group.dim1;
      case By::dim2:
        return group.dim2;
    }
    return {};
  }

  const Term& term_;
  Split split_;
  Days window_;
  std::int64_t today_;
  std::int64_t day_ = 0;  ///< Whose tree the rows that are read follow.
  Places places_;
  Sums sums_;
  std::optional<WithinStock> within_;

  std::vector<Group> groups_;
  std::unordered_map<std::string, std::size_t> group_numbers_;
  std::size_t last_ = std::numeric_limits<std::size_t>::max();  ///< Group of the row before.
  KeySums group_keys_;  ///< Group number and key: their sum, if keys are counted.
  KeySums all_keys_;
  std::int64_t all_ = 0;
  std::string buffer_;
  Figures figures_;
};

// ---- Two terms --------------------------------------------------------------------------------

/// Is this term left whole where the question splits by a dim?
bool stands_whole(const Term& term, const Split& split) {
  return term.whole && std::any_of(split.by.begin(), split.by.end(), is_dim);
}

Keys without_dims(const Keys& keys, const Split& split) {
  Keys rest;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!is_dim(split.by[i])) rest.push_back(keys[i]);
  }
  return rest;
}

using Rows = std::map<Keys, StatRow>;

/// Puts a term's figures into the rows: its own, or, where it stands whole, those that are there.
void put(Rows& rows, const Figures& figures, const Term& term, const Split& split,
         const std::function<void(StatRow&, std::int64_t)>& set) {
  if (!stands_whole(term, split)) {
    for (const auto& [keys, figure] : figures.rows) set(rows[keys], figure);
    return;
  }
  const bool only_dims = split.without_dims().by.empty();
  for (auto& [keys, row] : rows) {
    const auto found = figures.rows.find(without_dims(keys, split));
    if (found != figures.rows.end()) set(row, found->second);
    if (only_dims) set(row, figures.total);
  }
}

Result<Figures> figures_of(Database& db, const StatQuery& query, const Term& term,
                           const Split& split, const model::OrgTree* tree) {
  return TermReader(db, query, term, stands_whole(term, split) ? split.without_dims() : split, tree)
      .read();
}

Result<StatAnswer> answer_to(Database& db, const StatQuery& query, const model::OrgTree* tree) {
  ensure(query.statistic != nullptr, "a statistic to read");
  const auto& statistic = *query.statistic;
  if (query.from > query.to) return fail(Errc::bad_value, "from lies after to", "from");
  Split split;
  for (const auto& name : query.by) {
    const auto by = by_of(name, statistic);
    if (!by) return fail(Errc::bad_value, "can't be split by '" + name + "'", "by");
    split.by.push_back(*by);
  }

  const auto numerator = figures_of(db, query, statistic.numerator, split, tree);
  if (!numerator) return fail(numerator.error());
  Rows rows;
  StatAnswer answer;
  answer.total.numerator = numerator->total;
  put(rows, *numerator, statistic.numerator, split,
      [](StatRow& row, std::int64_t figure) { row.numerator = figure; });

  if (statistic.denominator) {
    const auto denominator = figures_of(db, query, *statistic.denominator, split, tree);
    if (!denominator) return fail(denominator.error());
    answer.total.denominator = denominator->total;
    put(rows, *denominator, *statistic.denominator, split,
        [](StatRow& row, std::int64_t figure) { row.denominator = figure; });
  }
  if (rows.size() > kRowsMax) return fail(Errc::too_large, "more than 100,000 rows");
  for (auto& [keys, row] : rows) {
    row.keys = keys;
    if (statistic.denominator && !row.denominator) row.denominator = 0;
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

}  // namespace

Result<StatAnswer> read_statistic(Database& db, const StatQuery& query) {
  return answer_to(db, query, nullptr);
}

Result<StatAnswer> read_statistic(Database& db, const StatQuery& query,
                                  const model::OrgTree& tree) {
  return answer_to(db, query, &tree);
}

}  // namespace linli::store

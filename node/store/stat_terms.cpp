#include "node/store/stat_terms.h"

#include <functional>
#include <limits>

#include "crypto/hash.h"
#include "node/store/stat_sums.h"

namespace linli::store::statistics {
namespace {

constexpr std::int64_t kPeriodsMax = 100'000;

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
    if (!term.within.empty() && is_distinct()) {
      within_.emplace(db, term.within, places_);
    }
  }

  [[nodiscard]] Result<Figures> read() {
    const bool read = !split_.by_time() ? read_at_once()
                      : is_stock()      ? read_stock_periods()
                                        : read_periods();
    if (!read) return fail(Errc::too_large, "more than 100,000 rows: ask for less at once");
    if (total_apart()) read_total();
    if (within_) within_->advance(window_.to);
    figures_.total = is_distinct() ? count(all_keys_) * times(window_) : all_;
    return std::move(figures_);
  }

 private:
  [[nodiscard]] bool is_distinct() const { return term_.count != Count::sum; }
  [[nodiscard]] bool is_stock() const { return term_.over == Over::until_end; }
  /// How often a key of the stock counts in these days.
  [[nodiscard]] std::int64_t times(Days days) const {
    if (term_.count != Count::monthly || !is_stock()) return 1;
    return days.empty() ? 0 : month_of_day(days.to - 1) - month_of_day(days.from) + 1;
  }
  [[nodiscard]] bool counts(std::string_view key) const {
    constexpr std::size_t kMonthSize = 7;  // "2023-05"
    if (!within_) return true;
    if (term_.count == Count::monthly && key.size() >= kMonthSize) key.remove_suffix(kMonthSize);
    return within_->has(key);
  }
  /// Keys of a window that count only within a stock stand where the stock has them: else a
  /// compound that moved would count in the district that it left, and among nobody's there.
  [[nodiscard]] bool follows_stock() const {
    return within_.has_value() && term_.over == Over::window;
  }

  /// Of periods each of which follows the tree of its own end, the whole isn't read along: it
  /// follows the tree of the window's.
  [[nodiscard]] bool total_apart() const { return follows_stock() && split_.by_time(); }

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

  void read_total() {
    day_ = tree_day(window_.to);
    only_total_ = true;
    read_rows(days());
  }

  bool read_at_once() {
    day_ = tree_day(window_.to);
    read_rows(days());
    return split_.by.empty() || end_period(window_.to, 0, window_);
  }

  /// Period by period, passing over those without sums: due days can lie years apart.
  bool read_periods() {
    const auto range = days();
    for (auto next = sums_.next_day(range.from); next && *next < range.to;) {
      const auto end = std::min(split_.period_end(*next), range.to);
      day_ = tree_day(end);
      read_rows({std::max(*next, range.from), end});
      // What is due is compared with today's stock, whenever it is due.
      const auto stock_day = term_.over == Over::window ? end : window_.to;
      if (!end_period(stock_day, *next, {*next, end})) return false;
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
      if (!end_period(end, day, {day, end})) return false;
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
      if (only_total_ || !total_apart()) all_keys_.add(row.key, row.n);
    } else {
      all_ += row.n;
    }
    if (split_.by.empty() || only_total_) return;
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
  bool end_period(std::int64_t stock_day, std::int64_t day, Days period) {
    if (within_) within_->advance(stock_day);
    if (is_distinct()) count_groups();
    for (const auto& group : groups_) {
      if (group.sum != 0) figures_.rows[keys_of(group, day)] += group.sum * times(period);
    }
    return figures_.rows.size() <= kRowsMax;
  }

  void count_groups() {
    for (auto& group : groups_) group.sum = 0;
    for (const auto& [group_key, n] : group_keys_) {
      std::uint32_t number = 0;
      group_key.copy(reinterpret_cast<char*>(&number), sizeof number);
      const auto key = std::string_view(group_key).substr(sizeof number);
      if (n > 0 && counts(key)) ++groups_[number].sum;
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
      return entry.second > 0 && counts(entry.first);
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
  bool only_total_ = false;
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

}  // namespace

Result<Figures> read_term(Database& db, const StatQuery& query, const Term& term, Split split,
                          const model::OrgTree* tree) {
  return TermReader(db, query, term, std::move(split), tree).read();
}

}  // namespace linli::store::statistics

// node/store/stat_sums.h: passes over the maintained sums of a measure. For this folder's reading
// of statistics.
#pragma once

#include <string_view>
#include <unordered_map>

#include "node/store/stat_places.h"

namespace linli::store::statistics {

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

}  // namespace linli::store::statistics

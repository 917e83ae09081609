#include "node/store/aggregates.h"

#include <algorithm>

#include "crypto/hash.h"

namespace linli::store {
namespace {

// A key in memory: bytes whose order is the table's, so that writing walks along its B-tree.
//   measure 6 · day or month 4 · scope 4 · (length, bytes) of unit, dim1, dim2 · key
// Numbers stand most significant byte first, days with an offset that makes them positive.
constexpr std::size_t kMeasureBytes = 6, kWhenBytes = 4, kScopeBytes = 4;
constexpr std::size_t kWhenAt = kMeasureBytes, kScopeAt = kWhenAt + kWhenBytes;
constexpr std::size_t kTextsAt = kScopeAt + kScopeBytes;
constexpr std::int64_t kWhenOffset = 1LL << 31;

void put_number(std::string& out, std::uint64_t v, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(v >> (8 * i) & 0xff));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t v = 0;
  for (std::size_t i = at; i < at + count; ++i) v = v << 8 | static_cast<unsigned char>(bytes[i]);
  return v;
}

/// Mostly one byte: 7 bits each, the lowest first.
void put_text(std::string& out, std::string_view text) {
  auto size = text.size();
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<char>((size & 0x7f) | 0x80));
  out.push_back(static_cast<char>(size));
  out.append(text);
}

std::string_view take_text(std::string_view& rest) {
  std::size_t size = 0;
  unsigned shift = 0;
  for (bool more = true; more; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    size |= static_cast<std::size_t>(byte & 0x7f) << shift;
    more = (byte & 0x80) != 0;
  }
  const auto text = rest.substr(0, size);
  rest.remove_prefix(size);
  return text;
}

std::string encode(std::int64_t measure, std::int64_t scope, const model::Contribution& c) {
  std::string key;
  key.reserve(kTextsAt + 3 + c.unit.size() + c.dim1.size() + c.dim2.size() + c.key.size());
  put_number(key, static_cast<std::uint64_t>(measure), kMeasureBytes);
  put_number(key, static_cast<std::uint64_t>(bounded_day(c.day) + kWhenOffset), kWhenBytes);
  put_number(key, static_cast<std::uint64_t>(scope), kScopeBytes);
  put_text(key, c.unit);
  put_text(key, c.dim1);
  put_text(key, c.dim2);
  key.append(c.key);
  return key;
}

std::int64_t when_of(std::string_view key) {
  return static_cast<std::int64_t>(number_at(key, kWhenAt, kWhenBytes)) - kWhenOffset;
}

std::int64_t measure_of(std::string_view key) {
  return static_cast<std::int64_t>(number_at(key, 0, kMeasureBytes));
}

/// The key of the month that a day's key falls in.
std::string month_key(std::string_view key) {
  std::string month(key.substr(0, kWhenAt));
  put_number(month, static_cast<std::uint64_t>(month_of_day(when_of(key)) + kWhenOffset),
             kWhenBytes);
  return month.append(key.substr(kScopeAt));
}

constexpr std::string_view kUpsertDay =
    "INSERT INTO aggregate(measure, day, scope, unit, dim1, dim2, key, n)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(measure, day, scope, unit, dim1, dim2, key) DO UPDATE SET n = n + excluded.n";
constexpr std::string_view kUpsertMonth =
    "INSERT INTO aggregate_month(measure, month, scope, unit, dim1, dim2, key, n)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(measure, month, scope, unit, dim1, dim2, key) DO UPDATE SET n = n + excluded.n";

}  // namespace

std::int64_t measure_id(std::string_view name) {
  const auto hash = crypto::hash({name});
  return static_cast<std::int64_t>(number_at(hash.view(), 0, kMeasureBytes));
}

std::int64_t bounded_day(std::int64_t day) {
  static const std::int64_t first = model::day_from_civil(1, 1, 1);
  static const std::int64_t last = model::day_from_civil(9999, 12, 31);
  return std::clamp(day, first, last);
}

std::int64_t month_of_day(std::int64_t day) {
  const auto date = model::civil_from_day(day);
  return static_cast<std::int64_t>(date.year) * 12 + date.month - 1;
}

void Aggregates::apply(std::int64_t scope, const std::vector<model::Contribution>& contributions,
                       int sign) {
  ensure(scope >= 0 && scope <= INT64_C(0xffffffff), "scopes have small local numbers");
  for (const auto& c : contributions) {
    auto [measure, unknown] = measure_ids_.try_emplace(std::string(c.measure), 0);
    if (unknown) measure->second = measure_id(c.measure);
    const auto n = std::clamp(c.n, -kContributionMax, kContributionMax);
    pending_[encode(measure->second, scope, c)] += sign * n;
  }
}

void Aggregates::flush() {
  Differences months;
  for (const auto& [key, difference] : pending_) {
    if (difference != 0) months[month_key(key)] += difference;
  }
  write(pending_, kUpsertDay);
  write(months, kUpsertMonth);
  db_.cached("DELETE FROM aggregate WHERE n = 0").run();
  db_.cached("DELETE FROM aggregate_month WHERE n = 0").run();
  name_measures();
  pending_.clear();
}

void Aggregates::discard() { pending_.clear(); }

void Aggregates::write(const Differences& differences, std::string_view upsert) {
  std::vector<const Differences::value_type*> sorted;
  sorted.reserve(differences.size());
  for (const auto& entry : differences) {
    if (entry.second != 0) sorted.push_back(&entry);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  auto& statement = db_.cached(upsert);
  for (const auto* entry : sorted) {
    const std::string_view key = entry->first;
    auto rest = key.substr(kTextsAt);
    statement.bind(1, measure_of(key))
        .bind(2, when_of(key))
        .bind(3, static_cast<std::int64_t>(number_at(key, kScopeAt, kScopeBytes)))
        .bind_blob(4, take_text(rest))
        .bind_text(5, take_text(rest))
        .bind_text(6, take_text(rest));
    statement.bind_blob(7, rest).bind(8, entry->second).run();
  }
}

/// Keeps a name for each measure that has sums, and for no other: a rebuild makes the same rows.
void Aggregates::name_measures() {
  std::unordered_map<std::int64_t, bool> touched;
  for (const auto& [key, difference] : pending_) {
    if (difference != 0) touched.emplace(measure_of(key), true);
  }
  for (const auto& [name, id] : measure_ids_) {
    if (touched.count(id) == 0) continue;
    auto& any = db_.cached("SELECT EXISTS(SELECT 1 FROM aggregate WHERE measure = ?)");
    any.bind(1, id).step();
    const bool has_sums = any.integer(0) != 0;
    any.reset();
    if (has_sums) {
      db_.cached("INSERT OR IGNORE INTO measure(id, name) VALUES(?, ?)")
          .bind(1, id)
          .bind_text(2, name)
          .run();
    } else {
      db_.cached("DELETE FROM measure WHERE id = ?").bind(1, id).run();
    }
  }
}

}  // namespace linli::store

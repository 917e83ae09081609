#include "node/store/changes.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "node/store/reading_detail.h"
#include "node/store/record_filters.h"
#include "node/store/touched.h"

namespace linli::store {

using namespace reading;

namespace {

struct Position {
  std::int64_t arrival = 0;  ///< All entries of the log up to it were told …
  std::int64_t skip = 0;     ///< … and so much of the next one (see tell_entry),
  std::int64_t touched = 0;  ///< and what was touched, up to that number.
};

/// Names the log up to an entry: another node's, or that of another epoch, has another name there.
/// Nothing: this log never had such an entry.
std::optional<std::string> mark_at(Database& db, std::int64_t arrival) {
  Log log(db);
  std::string chain;
  if (arrival != 0) {
    auto& s = db.cached(
        "SELECT chain FROM log WHERE arrival = ?1 UNION ALL SELECT chain FROM gone WHERE arrival = "
        "?1");
    s.bind(1, arrival);
    if (s.step()) {
      chain = std::string(s.blob(0));
      s.reset();
    } else if (log.meta_int("arrival_floor", -1) == arrival) {
      chain = log.meta("arrival_floor_chain").value_or("");
    } else {
      return std::nullopt;
    }
  }
  const auto epoch = std::to_string(log.meta_int("epoch", 1));
  const auto city = log.meta("city").value_or("");
  return crypto::to_hex(crypto::hash({"linli/since/1", epoch, city, chain}).view().substr(0, 8));
}

std::string text_of(Database& db, const Position& at) {
  return std::to_string(at.arrival) + "." + std::to_string(at.skip) + "." +
         std::to_string(at.touched) + "." + mark_at(db, at.arrival).value_or("");
}

std::optional<std::int64_t> number_in(std::string_view& text) {
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

Result<Position> position(Database& db, const std::string& since) {
  std::string_view rest = since;
  const auto arrival = number_in(rest);
  const auto skip = arrival ? number_in(rest) : std::nullopt;
  const auto touched = skip ? number_in(rest) : std::nullopt;
  if (!touched) {
    return fail(Errc::bad_cursor,
                "不是列表给出的 since，请重新读取列表 not a `since` that a list gave: read the "
                "list anew",
                "since");
  }
  if (*arrival > Log(db).last_arrival()) {
    return fail(Errc::bad_cursor,
                "比本节点现有的数据还新，请重新读取列表 it is ahead of what this node holds (its "
                "disk was put back, or it is another node's): read the list anew",
                "since");
  }
  if (mark_at(db, *arrival) != rest) {
    return fail(Errc::bad_cursor,
                "由其他节点或恢复前的本节点给出，请重新读取列表 another node gave it, or this one "
                "before it was restored: read the list anew",
                "since");
  }
  if (!knows_touched_after(db, *touched)) {
    return fail(Errc::bad_cursor,
                "其后数据已整体更新，请重新读取列表 since then all was made anew: read the list "
                "anew",
                "since");
  }
  return Position{*arrival, *skip, *touched};
}

using Take = std::function<bool(const ChangedName&)>;

/// A receipt speaks of many sets; a position within it is told as set · kSetStride + change, so
/// that going on loads no set before it. No set has so many changes (sync/change_set.h).
constexpr std::int64_t kSetStride = 4096;

/// The names of one set, from `skip` on. False: `take` is full.
bool tell_set(Log& log, std::int64_t at, std::int64_t& skip, const Take& take) {
  std::shared_ptr<const LoadedSet> loaded;
  try {
    loaded = log.load(at);
  } catch (const DatabaseError&) {
    return true;  // Of a later version: it shows after the upgrade, when all is made anew.
  }
  const auto& changes = loaded->set.changes;
  for (auto i = static_cast<std::size_t>(skip); i < changes.size(); ++i) {
    if (!take({changes[i].type, loaded->scope, changes[i].id})) return false;
    ++skip;  // Counted whether wanted or not: another question may go on from here.
  }
  return true;
}

bool tell_snapshot(Log& log, std::int64_t arrival, std::int64_t& skip, const Take& take) {
  const auto part = log.part(arrival);
  const auto scope = log.scope(part->scope);
  for (auto i = static_cast<std::size_t>(skip); i < part->records.size(); ++i) {
    const auto& record = part->records[i];
    if (!take({record.type, scope, record.id})) return false;
    ++skip;
  }
  return true;
}

bool tell_receipt(Log& log, std::int64_t arrival, std::int64_t& skip, const Take& take) {
  auto& s = log.database().cached("SELECT body FROM log WHERE arrival = ?1");
  s.bind(1, arrival).step();
  const auto receipt = sync::Receipt::decode(unpack_body(s.blob(0)));
  s.reset();
  if (!receipt) return true;
  const auto sets = receipt->to - receipt->from + 1;
  for (auto set = static_cast<std::uint64_t>(skip / kSetStride); set < sets; ++set) {
    const auto at = log.arrival_of(receipt->feed, receipt->from + set);
    auto change = skip % kSetStride;
    const auto begin = skip - change;
    const bool all = !at || tell_set(log, *at, change, take);
    skip = all ? begin + kSetStride : begin + change;
    if (!all) return false;
  }
  return true;
}

/// Which records an entry of the log speaks of, from `skip` on, which goes along.
bool tell_entry(Log& log, std::int64_t arrival, std::int64_t kind, std::int64_t& skip,
                const Take& take) {
  switch (static_cast<sync::ObjectKind>(kind)) {
    case sync::ObjectKind::parcel:
      return tell_set(log, arrival, skip, take);
    case sync::ObjectKind::snapshot:
      return tell_snapshot(log, arrival, skip, take);
    case sync::ObjectKind::receipt:
      return tell_receipt(log, arrival, skip, take);
    default:
      return true;
  }
}

/// Collects names once each, up to a number.
class Collected {
 public:
  explicit Collected(std::size_t most) : most_(most) {}
  /// False: full; it isn't taken.
  bool take(const ChangedName& name) {
    if (seen_.contains(name)) return true;
    if (seen_.size() >= most_) return false;
    seen_.insert(name);
    names.push_back(name);
    return true;
  }
  std::vector<ChangedName> names;

 private:
  std::size_t most_;
  std::set<ChangedName> seen_;
};

/// True: all that is new in the log was told; else `at` says how far.
bool walk_log(Database& db, const Wanted& wanted, Position& at, Collected& into) {
  Log log(db);
  std::vector<std::pair<std::int64_t, std::int64_t>> entries;
  auto next =
      db.prepare("SELECT arrival, kind FROM log WHERE arrival > ?1 ORDER BY arrival LIMIT ?2");
  next.bind(1, at.arrival).bind(2, kChangesStride);
  while (next.step()) entries.emplace_back(next.integer(0), next.integer(1));
  const Take take = [&](const ChangedName& name) {
    return !wanted(name.type, name.scope) || into.take(name);
  };
  for (const auto& [arrival, kind] : entries) {
    if (!tell_entry(log, arrival, kind, at.skip, take)) return false;
    at.arrival = arrival;
    at.skip = 0;
  }
  return static_cast<std::int64_t>(entries.size()) < kChangesStride;
}

bool walk_touched(Database& db, const Wanted& wanted, Position& at, Collected& into) {
  auto next =
      db.prepare("SELECT number, type, scope, id FROM touched WHERE number > ?1 ORDER BY number");
  next.bind(1, at.touched);
  while (next.step()) {
    const auto type = static_cast<std::uint32_t>(next.integer(1));
    const ChangedName name{type, next.integer(2), sync::RecordId::of(next.blob(3))};
    if (wanted(type, name.scope) && !into.take(name)) return false;
    at.touched = next.integer(0);
  }
  return true;
}

}  // namespace

std::string position_now(Database& db) {
  return text_of(db, {Log(db).last_arrival(), 0, last_touched(db)});
}

Result<std::string> position_now(Store& store) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    return position_now(*lease);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<ChangedNames> changed_since(Database& db, const std::string& since, const Wanted& wanted,
                                   std::size_t most) {
  auto at = position(db, since);
  if (!at) return fail(at.error());
  Collected collected(most);
  const bool all = walk_log(db, wanted, *at, collected) && walk_touched(db, wanted, *at, collected);
  return ChangedNames{std::move(collected.names), text_of(db, *at), !all};
}

Json gone_json(Database& db, const ChangedName& name, bool removed) {
  const auto* type = model::schema().type(name.type);
  Json json{{"type", type ? std::string(type->name) : std::string()},
            {"id", sync::to_text(name.id)},
            {"scope", path_of(db, name.scope)}};
  if (removed) json["removed"] = true;
  return json;
}

namespace {

bool is_below(std::string_view path, std::string_view scope) {
  return scope.empty() || path == scope ||
         (path.starts_with(scope) && path.substr(scope.size()).starts_with('/'));
}

}  // namespace

Result<RecordChanges> changed_records(Store& store, const RecordQuery& query,
                                      const std::string& since,
                                      std::span<const std::uint32_t> upsetting) {
  const auto* type = model::schema().type(query.type);
  if (!type) return fail(Errc::unknown_type, "no record type is called " + query.type);
  if (query.limit < 1 || query.limit > 1000) {
    return fail(Errc::bad_value, "limit is 1 to 1000", "limit");
  }
  const auto filters = RecordFilters::of(*type, query.where, 3);
  if (!filters) return fail(filters.error());
  const auto* table = store.projector().table(type->number);
  try {
    auto lease = store.read();
    auto& db = *lease;
    const Transaction snapshot(db, true);
    std::map<std::int64_t, bool> scopes;
    bool upset = false;
    const Wanted wanted = [&](std::uint32_t number, std::int64_t scope) {
      upset |= std::find(upsetting.begin(), upsetting.end(), number) != upsetting.end();
      if (number != type->number) return false;
      const auto known = scopes.find(scope);
      if (known != scopes.end()) return known->second;
      return scopes.emplace(scope, is_below(path_of(db, scope), query.scope)).first->second;
    };
    const auto changed = changed_since(db, since, wanted, query.limit);
    if (!changed) return fail(changed.error());
    if (upset) {
      return fail(Errc::bad_cursor,
                  "企业与人员的归属有变，请重新读取列表 who works for whom has changed: read the "
                  "list anew",
                  "since");
    }
    RecordChanges changes{.since = changed->since, .more = changed->more};
    auto rows = db.prepare(table->select() +
                           " WHERE _id = ?1 AND _scope = ?2 AND (_flags & 8) = 0" + filters->sql());
    for (const auto& name : changed->names) {
      const auto now = table->find(db, name.scope, name.id);
      const bool removed = now && (now->flags & kRowRemoved) && !(now->flags & kRowHidden);
      rows.clear();
      rows.bind_blob(1, name.id.view()).bind(2, name.scope);
      if (auto bound = filters->bind(rows); !bound) return fail(bound.error());
      if ((removed && !query.removed) || !rows.step()) {
        changes.gone.push_back(gone_json(db, name, removed));
        continue;
      }
      auto row = table->read(rows);
      changes.items.push_back(record_json(store, db, row));
    }
    return changes;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store

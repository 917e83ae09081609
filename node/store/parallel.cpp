#include "node/store/parallel.h"

#include <algorithm>
#include <set>

#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr sync::Micros kWindow = 30LL * 24 * 3600 * 1'000'000;
constexpr std::size_t kChangesScanned = 20'000;  ///< For one page.
constexpr std::size_t kPastMax = 64;             ///< Changes compared of one record.

bool apart(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  return std::none_of(a.begin(), a.end(),
                      [&](auto cell) { return std::binary_search(b.begin(), b.end(), cell); });
}

/// Who knew of what, among the changes of one record.
class Knowing {
 public:
  Knowing(Log& log, const RecordPast& past) : log_(log), past_(past) {}

  [[nodiscard]] bool knew(const PastChange& a, const PastChange& b) {
    if (a.loaded->set.feed.author == b.loaded->set.feed.author) return true;
    return named(a).contains(b.version()) || had_seen(a, b);
  }

 private:
  /// Everything that a change names, and what those name, and so on.
  const std::set<sync::VersionId>& named(const PastChange& change) {
    const auto [place, fresh] = named_.try_emplace(change.version());
    if (!fresh) return place->second;
    std::vector<const PastChange*> open{&change};
    std::set<sync::VersionId> all;
    while (!open.empty()) {
      const auto& base = open.back()->change().base;
      open.pop_back();
      const auto follow = [&](const std::vector<sync::VersionId>& versions) {
        for (const auto& version : versions) {
          if (!all.insert(version).second) continue;
          if (const auto* next = past_.find(version)) open.push_back(next);
        }
      };
      follow(base.all);
      for (const auto& [cell, versions] : base.cells) follow(versions);
    }
    return place->second = std::move(all);
  }

  /// Had the author of `a` seen a tree head of the hub under which `b` stands?
  bool had_seen(const PastChange& a, const PastChange& b) {
    const auto& seen = a.loaded->set.seen;
    if (!seen) return false;
    const auto covered = receipt_of(log_, b.loaded->feed, b.loaded->set.seq);
    return covered && covered->head.epoch <= seen->epoch && covered->head.size <= seen->size;
  }

  Log& log_;
  const RecordPast& past_;
  std::map<sync::VersionId, std::set<sync::VersionId>> named_;
};

/// The changes that were made beside another one, oldest first. One of each pair is in the window.
std::vector<const PastChange*> beside_each_other(Log& log, const RecordPast& past,
                                                 sync::Micros since) {
  Knowing knowing(log, past);
  std::set<const PastChange*> found;
  const auto& all = past.changes();
  const auto writes = [&](const PastChange& c) {
    return c.change().life == past.merged().life &&
           (c.change().kind == sync::ChangeKind::put || c.change().kind == sync::ChangeKind::clear);
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = i + 1; k < all.size(); ++k) {
      const auto &a = all[i], &b = all[k];
      if (!writes(a) || !writes(b)) continue;
      if (a.loaded->received < since && b.loaded->received < since) continue;
      if (!apart(past.cells_of(a.change()), past.cells_of(b.change()))) continue;
      if (knowing.knew(a, b) || knowing.knew(b, a)) continue;
      found.insert({&a, &b});
    }
  }
  std::vector<const PastChange*> list(found.begin(), found.end());
  std::sort(list.begin(), list.end());  // As in the past: they stand in one vector.
  return list;
}

Json edit_json(const model::RecordType& type, Log& log, const People& people,
               const PastChange& change) {
  auto json = place_json(people, change);
  Fields fields;
  for (const auto& field : change.change().fields) {
    fields.emplace_back(field.field, std::string(field.value));
  }
  json["fields"] = named_fields(type, opened_fields(log, change.loaded->arrival, std::move(fields)),
                                change.loaded->set.feed.scope);
  return json;
}

}  // namespace

Result<Json> list_parallel(Store& store, const ConflictQuery& query, const model::RecordType* type,
                           std::int64_t before) {
  auto lease = store.read();
  auto& db = *lease;
  const Transaction snapshot(db, true);
  Log log(db);
  Projector projector(db, log, model::schema());
  const People people(db);
  const auto since = query.now - kWindow;
  Json items = Json::array();
  Json next = nullptr;
  std::set<std::int64_t> done;
  std::size_t scanned = 0;
  const auto look_at = [&](const LoadedSet& loaded, const sync::Change& change) {
    const auto* table = projector.table(change.type);
    if (!table || (type && type->number != change.type)) return;
    auto row = table->find(db, loaded.scope, change.id);
    // Listed once: at its newest change, so that pages don't repeat it.
    if (!row || !(row->flags & kRowStateful) || row->latest != loaded.arrival) return;
    if (!done.insert(row->rec).second) return;
    row->record.scope = path_of(db, row->scope);
    if (!query.scope.empty() && !crypto::scope_covers(query.scope, row->record.scope)) return;
    const RecordPast past(db, log, projector, *row, kPastMax);
    const auto found = beside_each_other(log, past, since);
    if (found.empty()) return;
    Json item{{"severity", "parallel"},
              {"type", table->type().name},
              {"id", sync::to_text(row->record.id)},
              {"scope", row->record.scope},
              {"title", title_of(store, db, row->record, 3)},
              {"edits", Json::array()}};
    for (const auto* each : found) {
      item["edits"].push_back(edit_json(table->type(), log, people, *each));
    }
    items.push_back(std::move(item));
  };
  auto s = db.prepare(
      "SELECT arrival, received, changes FROM log WHERE arrival < ?1 AND kind = 1 AND standing = 0 "
      "ORDER BY arrival DESC");
  s.bind(1, before);
  while (s.step()) {
    const auto arrival = s.integer(0);
    if (s.integer(1) < since) break;
    const auto loaded = log.load(arrival);
    for (const auto& change : loaded->set.changes) look_at(*loaded, change);
    scanned += static_cast<std::size_t>(s.integer(2));
    if (items.size() >= query.limit || scanned >= kChangesScanned) {
      next = std::to_string(arrival);
      break;
    }
  }
  return Json{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

}  // namespace linli::store

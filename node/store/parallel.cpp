#include "node/store/parallel.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr sync::Micros kWindow = 30LL * 24 * 3600 * 1'000'000;
constexpr std::size_t kChangesScanned = 20'000;  ///< For one page.
constexpr std::size_t kPastMax = 64;             ///< Changes compared of one record.

/// Who knew of what, among the changes of one record: told by signed bytes alone, so that it is the
/// same at every node (MERGE.md, "Parallel edits").
class Knowing {
 public:
  Knowing(Log& log, const RecordPast& past) : log_(log), past_(past) {}

  [[nodiscard]] bool knew(const PastChange& a, const PastChange& b) {
    if (a.loaded->set.feed.author == b.loaded->set.feed.author) return true;
    return had(a, b) || had_seen(a, b) || had_confirmed(a, b);
  }

 private:
  using Prefixes = std::map<sync::FeedId, std::uint64_t>;  ///< Up to which number of each feed.

  /// Who names a change has its feed up to there, as feeds come in order; likewise what stands
  /// there names, and so on.
  [[nodiscard]] bool had(const PastChange& a, const PastChange& b) {
    const auto [place, fresh] = had_.try_emplace({a.loaded->feed, a.loaded->set.seq});
    if (fresh) place->second = prefixes(a);
    const auto upto = place->second.find(b.loaded->feed);
    return upto != place->second.end() && b.loaded->set.seq <= upto->second;
  }

  [[nodiscard]] Prefixes prefixes(const PastChange& change) const {
    Prefixes upto{{change.loaded->feed, change.loaded->set.seq}};
    std::set<const PastChange*> followed;
    const auto follow = [&](const std::vector<sync::VersionId>& versions) {
      for (const auto& version : versions) {
        auto& seq = upto[version.feed];
        seq = std::max(seq, version.seq);
      }
    };
    for (bool more = true; more;) {
      more = false;
      for (const auto& each : past_.changes()) {
        const auto within = upto.find(each.loaded->feed);
        if (within == upto.end() || each.loaded->set.seq > within->second) continue;
        if (!followed.insert(&each).second) continue;
        more = true;
        follow(each.change().base.all);
        for (const auto& [cell, versions] : each.change().base.cells) follow(versions);
      }
    }
    return upto;
  }

  /// Had the author of `a` seen a tree head of the hub under which `b` stands?
  [[nodiscard]] bool had_seen(const PastChange& a, const PastChange& b) {
    const auto& seen = a.loaded->set.seen;
    const auto& covered = confirmed(b);
    return seen && covered && covered->head.epoch <= seen->epoch &&
           covered->head.size <= seen->size;
  }

  /// Who gives receipts confirms its own sets with all that came in the same transaction: what it
  /// had confirmed before stood in the record that it changed.
  [[nodiscard]] bool had_confirmed(const PastChange& a, const PastChange& b) {
    const auto& own = confirmed(a);
    if (!own || own->certificate != a.loaded->set.certificate) return false;
    const auto& other = confirmed(b);
    return other && other->head.epoch <= own->head.epoch && other->head.size < own->head.size;
  }

  [[nodiscard]] const std::optional<Covered>& confirmed(const PastChange& change) {
    const auto& at = *change.loaded;
    const auto [place, fresh] = confirmed_.try_emplace({at.feed, at.set.seq});
    if (fresh) place->second = receipt_of(log_, at.feed, at.set.seq);
    return place->second;
  }

  using SetName = std::pair<sync::FeedId, std::uint64_t>;
  Log& log_;
  const RecordPast& past_;
  std::map<SetName, Prefixes> had_;
  std::map<SetName, std::optional<Covered>> confirmed_;
};

using Cells = std::vector<std::uint32_t>;  ///< Ascending.
/// Changes that were made beside another one, with the cells of each that merged by themselves.
using Beside = std::map<const PastChange*, std::set<std::uint32_t>>;

Cells without(const Cells& cells, const Cells& others) {
  Cells rest;
  std::set_difference(cells.begin(), cells.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

/// Oldest first, as they stand in the past. One of each pair is in the window. Cells that both
/// wrote are a conflict, or nobody's question where both say the same: those aside, the rest of two
/// edits merged by itself.
Beside beside_each_other(Log& log, const RecordPast& past, sync::Micros since) {
  Knowing knowing(log, past);
  Beside found;
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
      const auto of_a = past.cells_of(a.change()), of_b = past.cells_of(b.change());
      if (of_a == of_b || knowing.knew(a, b) || knowing.knew(b, a)) continue;
      const auto only_a = without(of_a, of_b), only_b = without(of_b, of_a);
      found[&a].insert(only_a.begin(), only_a.end());
      found[&b].insert(only_b.begin(), only_b.end());
    }
  }
  return found;
}

/// `merged`: the cells to tell of; none: all of them, another one wrote them as well and more.
Json edit_json(Store& store, const model::RecordType& type, Log& log, const People& people,
               const PastChange& change, const std::set<std::uint32_t>& merged) {
  auto json = place_json(people, change);
  Fields fields;
  for (const auto& field : change.change().fields) {
    if (!merged.empty() && !merged.contains(type.cell_of(field.field))) continue;
    fields.emplace_back(field.field, std::string(field.value));
  }
  const auto& scope = change.loaded->set.feed.scope;
  fields = opened_fields(log, change.loaded->arrival, std::move(fields));
  json["fields"] = named_fields(type, fields, scope);
  add_titles(store, log.database(), type, fields, scope, json["fields"]);
  return json;
}

}  // namespace

Result<Json> list_parallel(Store& store, const ConflictQuery& query, const model::RecordType* type,
                           const ParallelEnd& from) {
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
  std::vector<ParallelEnd> ends;  // Of what is told, each.
  const auto look_at = [&](const LoadedSet& loaded, std::uint32_t index) {
    const auto& change = loaded.set.changes[index];
    const auto* table = projector.table(change.type);
    if (!table || (type && type->number != change.type)) return;
    auto row = table->find(db, loaded.scope, change.id);
    // Listed once: at its newest change, so that pages don't repeat it.
    if (!row || !(row->flags & kRowStateful) || row->latest != loaded.arrival) return;
    if (!done.insert(row->rec).second) return;
    if (loaded.arrival == from.arrival && index <= from.change) return;  // On the page before.
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
    for (const auto& [each, cells] : found) {
      item["edits"].push_back(edit_json(store, table->type(), log, people, *each, cells));
    }
    items.push_back(std::move(item));
    ends.push_back({loaded.arrival, index});
  };
  auto s = db.prepare(
      "SELECT arrival, received, changes FROM log WHERE arrival <= ?1 AND kind = 1 AND standing = "
      "0 "
      "ORDER BY arrival DESC");
  s.bind(1, from.arrival);
  while (s.step()) {
    const auto arrival = s.integer(0);
    if (s.integer(1) < since) break;
    if (arrival == from.arrival && from.change == UINT32_MAX) continue;
    const auto loaded = log.load(arrival);
    const auto changes = static_cast<std::uint32_t>(loaded->set.changes.size());
    for (std::uint32_t i = 0; i < changes && items.size() <= query.limit; ++i) look_at(*loaded, i);
    if (items.size() > query.limit) {  // There is more: the next page begins with it.
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(query.limit), items.end());
      const auto& end = ends[query.limit - 1];
      next = std::to_string(end.arrival) + "." + std::to_string(end.change);
      break;
    }
    scanned += static_cast<std::size_t>(s.integer(2));
    if (scanned >= kChangesScanned) {
      next = std::to_string(arrival);
      break;
    }
  }
  return Json{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

}  // namespace linli::store

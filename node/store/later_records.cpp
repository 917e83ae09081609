// Which records make the difference between figures of then and of now: those that a change set
// touches which wasn't included then. Cost: proportional to what came since.
#include <algorithm>
#include <set>

#include "node/store/contributors.h"
#include "node/store/people.h"
#include "node/store/period_figures.h"
#include "node/store/projector_detail.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;
using model::Contribution;
using model::Record;
using projecting::views;

namespace {

/// Change sets that are looked through, and records that are.
constexpr std::size_t kSetsMax = 20'000, kRecordsMax = 5'000;

class Later {
 public:
  Later(Store& store, Database& db, const std::vector<FigureParts>& parts, const Included& included)
      : store_(store),
        db_(db),
        log_(db),
        projector_(db, log_, model::schema()),
        parts_(parts),
        included_(included) {}

  Json list(std::size_t limit) {
    const auto touched = touched_since();
    Json items = Json::array();
    const People people(db_);
    std::int64_t unlisted = 0;
    for (const auto& [type, rec] : touched) {
      auto item = difference(type, rec, people);
      if (item.is_null()) continue;
      if (items.size() < limit) {
        items.push_back(std::move(item));
      } else {
        ++unlisted;
      }
    }
    return {{"items", std::move(items)},
            {"more", unlisted},
            {"sets", sets_},
            {"looked_at_all", !cut_off_}};
  }

 private:
  [[nodiscard]] bool was_included(const LoadedSet& loaded) const {
    const auto found = included_.find(loaded.feed);
    return found != included_.end() && loaded.set.seq <= found->second;
  }

  [[nodiscard]] bool feeds(std::uint32_t type) const {
    return std::any_of(parts_.begin(), parts_.end(), [type](const auto& parts) {
      return std::any_of(parts.types().begin(), parts.types().end(),
                         [type](const auto* t) { return t->number == type; });
    });
  }

  /// Records by type and local number.
  std::set<std::pair<std::uint32_t, std::int64_t>> touched_since() {
    std::vector<std::int64_t> arrivals;
    auto feeds_here = db_.prepare("SELECT id, feed, scope FROM feed");
    auto sets = db_.prepare(
        "SELECT arrival FROM log WHERE feed = ?1 AND seq > ?2 AND kind = 1 ORDER BY seq");
    while (feeds_here.step()) {
      const auto known = included_.find(sync::FeedId::of(feeds_here.blob(1)));
      const auto from = known == included_.end() ? 0 : static_cast<std::int64_t>(known->second);
      if (!parts_.empty() && !parts_.front().in_scope(feeds_here.integer(2))) continue;
      sets.bind(1, feeds_here.integer(0)).bind(2, from);
      while (sets.step()) arrivals.push_back(sets.integer(0));
      sets.clear();
    }
    sets_ = static_cast<std::int64_t>(arrivals.size());
    cut_off_ = arrivals.size() > kSetsMax;
    if (cut_off_) arrivals.resize(kSetsMax);
    std::set<std::pair<std::uint32_t, std::int64_t>> touched;
    for (const auto arrival : arrivals) {
      const auto loaded = log_.load(arrival);
      for (const auto& change : loaded->set.changes) {
        if (!feeds(change.type)) continue;
        const auto row = projector_.table(change.type)->find(db_, loaded->scope, change.id);
        if (!row) continue;
        for (const auto rec : with_peers(*row)) touched.emplace(change.type, rec);
        if (touched.size() < kRecordsMax) continue;
        cut_off_ = true;
        return touched;
      }
    }
    return touched;
  }

  /// What it adds may change what its peers add.
  std::vector<std::int64_t> with_peers(const Row& row) {
    std::vector<std::int64_t> recs{row.rec};
    for (const auto& peer : peers_now(row)) {
      if (peer.rec != row.rec) recs.push_back(peer.rec);
    }
    return recs;
  }

  std::vector<Row> peers_now(const Row& row) {
    const auto& table = *projector_.table(type_of_rec(row.rec));
    std::vector<Row> rows;
    if (table.type().peers.empty()) return rows;
    std::string where;
    for (const auto name : table.type().peers) {
      where += (where.empty() ? " WHERE " : " AND ") + Table::column(*table.type().field(name)) +
               " = ?" + std::to_string(1 + std::count(where.begin(), where.end(), '?'));
    }
    auto s = db_.prepare(table.select() + where + " ORDER BY _rec");
    int at = 0;
    for (const auto name : table.type().peers) {
      const auto* field = table.type().field(name);
      const auto* value = row.record.get(field->number);
      if (!value || !Table::bind_value(s, ++at, *field, *value)) return rows;
    }
    while (s.step()) rows.push_back(table.read(s));
    return rows;
  }

  /// The record as the included change sets make it; nothing: it didn't count then.
  std::optional<Record> then(const Row& row) {
    const auto state =
        projector_.state_of(row, [this](const LoadedSet& loaded) { return was_included(loaded); });
    if (!state || state->blank()) return std::nullopt;
    const auto merged = state->merged(projector_.rules(type_of_rec(row.rec)));
    if (merged.removed) return std::nullopt;
    Record record;
    record.type = row.record.type;
    record.id = row.record.id;
    record.scope = path_of(db_, row.scope);
    record.fields = merged.fields;
    if (!model::check(*model::ViewOf(record)).empty()) return std::nullopt;
    return record;
  }

  std::optional<Record> now(const Row& row) {
    if ((row.flags & (kRowRemoved | kRowInvalid)) != 0) return std::nullopt;
    auto record = row.record;
    record.scope = path_of(db_, row.scope);
    return record;
  }

  /// What it adds to these figures beside its peers, as JSON.
  Json added(const std::optional<Record>& record, const std::vector<Record>& others,
             std::int64_t scope) {
    Json list = Json::array();
    if (!record) return list;
    std::vector<std::unique_ptr<model::ViewOf>> kept;
    std::vector<model::RecordView> peers;
    for (const auto& other : others) {
      kept.push_back(std::make_unique<model::ViewOf>(other));
      peers.push_back(**kept.back());
    }
    std::vector<Contribution> contributions;
    if (!record->type->contribute) return list;
    record->type->contribute(*model::ViewOf(*record), peers, contributions);
    for (const auto& c : contributions) {
      const bool counts = std::any_of(parts_.begin(), parts_.end(), [&](const auto& parts) {
        return !parts.terms_of(scope, c).empty();
      });
      if (!counts) continue;
      Json item{{"measure", c.measure}, {"day", model::day_text(bounded_day(c.day))}, {"n", c.n}};
      if (!c.dim1.empty()) item["dim1"] = c.dim1;
      if (!c.dim2.empty()) item["dim2"] = c.dim2;
      if (!c.key.empty()) item["key"] = crypto::to_hex(c.key);
      list.push_back(std::move(item));
    }
    return list;
  }

  /// Null: it adds what it added.
  Json difference(std::uint32_t type, std::int64_t rec, const People& people) {
    auto row = projector_.table(type)->at(db_, rec);
    if (!row) return nullptr;
    std::vector<Record> peers_before, peers_after;
    for (const auto& peer : peers_now(*row)) {
      if (peer.rec == rec) continue;
      if (auto record = then(peer)) peers_before.push_back(std::move(*record));
      if (auto record = now(peer)) peers_after.push_back(std::move(*record));
    }
    auto before = added(then(*row), peers_before, row->scope);
    auto after = added(now(*row), peers_after, row->scope);
    if (before == after) return nullptr;
    row->record.scope = path_of(db_, row->scope);
    Json json{{"type", row->record.type->name},
              {"id", sync::to_text(row->record.id)},
              {"scope", row->record.scope},
              {"title", title_of(store_, db_, row->record, 3)},
              {"arrival", row->latest},
              {"at", nullptr},
              {"node", nullptr},
              {"before", std::move(before)},
              {"now", std::move(after)}};
    auto last = db_.prepare(
        "SELECT l.last_stamp, a.author FROM log l JOIN author a ON a.id = l.author "
        "WHERE l.arrival = ?1 AND l.kind = 1");
    last.bind(1, row->latest);
    if (last.step()) {
      json["at"] = time_text(last.integer(0));
      json["node"] = people.name_of(crypto::AuthorId::of(last.blob(1)));
    }
    return json;
  }

  Store& store_;
  Database& db_;
  Log log_;
  Projector projector_;
  const std::vector<FigureParts>& parts_;
  const Included& included_;
  std::int64_t sets_ = 0;
  bool cut_off_ = false;
};

}  // namespace

Json later_records(Store& store, Database& db,
                   const std::vector<const model::Statistic*>& statistics, const std::string& scope,
                   std::int64_t from, std::int64_t to, std::int64_t as_of, const Included& included,
                   std::size_t limit) {
  std::vector<FigureParts> parts;
  for (const auto* statistic : statistics) {
    auto one = FigureParts::of(db, {statistic, {}, from, to, as_of, scope}, {});
    if (one) parts.push_back(std::move(*one));
  }
  return Later(store, db, parts, included).list(limit);
}

}  // namespace linli::store

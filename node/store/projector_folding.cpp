// What a record's changes add up to, read again from the log, with their authors and openings.
#include <algorithm>

#include "node/store/condensed.h"
#include "node/store/projector_detail.h"
#include "node/store/touched.h"

namespace linli::store {

using namespace projecting;

namespace projecting {

std::map<std::uint32_t, sync::MergeRules> merge_rules(const model::Schema& schema,
                                                      const sync::Policy& policy) {
  std::map<std::uint32_t, sync::MergeRules> all;
  for (const auto& type : schema.types) {
    sync::MergeRules rules;
    rules.cell_of = [&type](std::uint32_t field) { return type.cell_of(field); };
    if (!type.state.empty()) rules.state_field = type.field(type.state)->number;
    rules.moves = policy.rule(type.number);
    all.emplace(type.number, std::move(rules));
  }
  return all;
}

}  // namespace projecting

std::optional<std::int64_t> Projector::place_of(const sync::VersionId& version, std::int64_t rec) {
  if (auto arrival = log_.arrival_of(version.feed, version.seq)) return arrival;
  if (const auto in = condensed(db_, rec)) return in->arrival;
  return std::nullopt;
}

std::int64_t Projector::author_of(const sync::VersionId& version, std::int64_t rec) {
  if (const auto* feed = log_.find_feed(version.feed)) return feed->author;
  // A feed that only the snapshot speaks of so far: it becomes one when all parts are here.
  const auto in = condensed(db_, rec);
  if (!in) return 0;
  const auto part = log_.part(in->arrival);
  for (const auto& feed : part->feeds) {
    if (part->feed_name(feed).id(part->city) == version.feed) return log_.author(feed.author);
  }
  return 0;
}

std::string Projector::opened_value(const sync::VersionId& version, std::int64_t rec,
                                    std::string value) {
  const auto commitment = commitment_in(value);
  if (!commitment) return value;
  const auto arrival = place_of(version, rec);
  if (!arrival) return value;
  auto opened = log_.opened(*arrival, *commitment);
  return opened ? std::move(*opened) : value;
}

std::optional<sync::RecordState> Projector::fold(const Row& row) {
  return state_of(row, [](const LoadedSet&) { return true; });
}

std::optional<sync::RecordState> Projector::state_of(
    const Row& row, const std::function<bool(const LoadedSet&)>& wanted) {
  std::optional<sync::RecordState> state;
  const auto type = type_of_rec(row.rec);
  const auto in = condensed(db_, row.rec);
  if (in) {
    const auto& record = log_.part(in->arrival)->records.at(static_cast<std::size_t>(in->idx));
    auto read = sync::RecordState::decode(record.state);
    if (!read) throw DatabaseError({Errc::corrupt, "a snapshot holds no merge state", {}});
    state = std::move(*read);
  }
  for (const auto& [arrival, idx] : changes_of(row)) {
    if (in && arrival == in->arrival) continue;  // The row began with the snapshot.
    const auto loaded = log_.load(arrival);
    if (loaded->standing != Standing::counts || !wanted(*loaded)) continue;
    if (!state) state.emplace();
    const auto& change = loaded->set.changes.at(static_cast<std::size_t>(idx));
    state->add(change,
               {loaded->trusted,
                std::max(change.stamp, loaded->set.seen ? loaded->set.seen->time : 0),
                {loaded->feed, loaded->set.seq, static_cast<std::uint32_t>(idx)}},
               rules(type));
  }
  return state;
}

sync::RecordState Projector::state_of(const Row& row) {
  if (row.flags & kRowStateful) {
    auto& s = db_.cached("SELECT state FROM record_state WHERE rec = ?1");
    s.bind(1, row.rec);
    if (s.step()) {
      auto state = sync::RecordState::decode(s.blob(0));
      s.reset();
      if (state) return std::move(*state);
    }
    throw DatabaseError({Errc::corrupt, "a merge state is missing: run `linli rebuild`", {}});
  }
  return fold(row).value_or(sync::RecordState{});
}

std::vector<std::pair<std::int64_t, std::int64_t>> Projector::changes_of(const Row& row) {
  std::vector<std::pair<std::int64_t, std::int64_t>> changes{{row.arrival, row.idx}};
  auto s = db_.prepare("SELECT arrival, idx FROM record_change WHERE rec = ?1 ORDER BY 1, 2");
  s.bind(1, row.rec);
  while (s.step()) changes.emplace_back(s.integer(0), s.integer(1));
  return changes;
}

void Projector::refold(const LoadedSet& loaded) {
  for (const auto& change : loaded.set.changes) refold(change.type, loaded.scope, change.id);
}

void Projector::refold(std::uint32_t type, std::int64_t scope, const sync::RecordId& id) {
  const auto* table = this->table(type);
  if (!table) return;
  auto row = table->find(db_, scope, id);
  if (!row) return;
  note_touched(db_, type, scope, id);
  const auto state = fold(*row);
  Row head = *row;
  // As a rebuild would have it.
  const bool plain = state && row_says_it_all(*row);
  head.flags = plain ? 0 : kRowStateful | (state && !state->blank() ? 0 : kRowHidden);
  write_state(*table, std::move(row), std::move(head), state.value_or(sync::RecordState{}));
}

/// Is it a record that one change made, by which the row stands without a merge state?
bool Projector::row_says_it_all(const Row& row) {
  if (changes_of(row).size() != 1 || condensed(db_, row.rec)) return false;
  const auto loaded = log_.load(row.arrival);
  return says_it_all(*loaded, loaded->set.changes.at(static_cast<std::size_t>(row.idx)));
}

}  // namespace linli::store

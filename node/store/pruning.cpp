#include "node/store/pruning.h"

#include "node/store/condensed.h"
#include "sync/policy.h"
#include "sync/receipt.h"

namespace linli::store {
namespace {

bool founds(const LoadedSet& loaded) {
  return std::any_of(loaded.set.changes.begin(), loaded.set.changes.end(),
                     [](const auto& c) { return sync::founds_trust(c.type); });
}

Prunable prunable_of(Log& log, const Feed& feed, sync::Micros before) {
  Prunable what{.feed = feed.id, .path = feed.name.scope};
  auto sets = log.database().prepare(
      "SELECT arrival, seq, last_stamp, length(body) + length(signature) FROM log WHERE feed = ?1 "
      "AND kind = 1 ORDER BY seq");
  sets.bind(1, feed.id);
  bool may = true;
  while (sets.step()) {
    const auto seq = static_cast<std::uint64_t>(sets.integer(1));
    if (sets.integer(2) >= before) break;
    const bool covered = seq <= feed.condensed.seq;
    const bool confirmed = seq <= feed.receipted;
    if (!covered && founds(*log.load(sets.integer(0)))) {
      ++what.founding;
      may = false;
    } else if (!confirmed) {
      ++what.unconfirmed;
      may = false;
    } else if (!covered) {
      ++what.without_snapshot;
      may = false;
    } else if (may) {
      what.up_to = seq;
      ++what.sets;
      what.bytes += sets.integer(3);
    }
  }
  // In such a feed nothing is ever covered.
  if (what.founding > 0) what.founding += std::exchange(what.without_snapshot, 0);
  return what;
}

}  // namespace

std::vector<Prunable> prunable(Log& log, sync::Micros before) {
  std::vector<std::int64_t> ids;
  auto feeds = log.database().prepare("SELECT id FROM feed ORDER BY id");
  while (feeds.step()) ids.push_back(feeds.integer(0));
  std::vector<Prunable> all;
  for (const auto id : ids) all.push_back(prunable_of(log, *log.feed_at(id), before));
  return all;
}

namespace {

/// Every value that `arrival` holds for a commitment of the record's state goes to the part, too.
void hand_on(Log& log, const sync::RecordState& state, std::int64_t arrival, std::int64_t part) {
  state.each_value([&](std::uint32_t, std::string_view value) {
    sync::each_commitment(value, [&](std::string_view hash) {
      auto& own = log.database().cached(
          "SELECT salt, value, personal FROM opening WHERE arrival = ?1 AND commitment = ?2 AND "
          "ordinal < 1048576");
      own.bind(1, arrival).bind_blob(2, hash);
      if (!own.step()) return;
      save_part_value(log, part, crypto::Hash::of(hash), crypto::Salt::of(own.blob(0)), own.blob(1),
                      own.integer(2) != 0);
      own.reset();
    });
  });
}

}  // namespace

std::string hand_values_on(Log& log, Projector& projector, const Prunable& what) {
  auto& db = log.database();
  std::vector<std::int64_t> arrivals;
  auto sets = db.prepare("SELECT arrival FROM log WHERE feed = ?1 AND kind = 1 AND seq <= ?2");
  sets.bind(1, what.feed).bind(2, static_cast<std::int64_t>(what.up_to));
  while (sets.step()) arrivals.push_back(sets.integer(0));
  sets.reset();
  for (const auto arrival : arrivals) {
    const auto loaded = log.load(arrival);
    for (const auto& change : loaded->set.changes) {
      const auto* table = projector.table(change.type);
      const auto row = table ? table->find(db, loaded->scope, change.id) : std::nullopt;
      const auto in = row ? condensed(db, row->rec) : std::nullopt;
      if (!in) return sync::to_text(change.id);
      const auto& state =
          log.part(in->arrival)->records.at(static_cast<std::size_t>(in->idx)).state;
      if (!sync::may_hold_commitment(state)) continue;
      if (const auto read = sync::RecordState::decode(state)) {
        hand_on(log, *read, arrival, in->arrival);
      }
    }
  }
  return {};
}

void prune(Log& log, const Prunable& what) {
  auto& db = log.database();
  const auto run = [&](const char* sql) {
    auto s = db.prepare(sql);
    s.bind(1, what.feed).bind(2, static_cast<std::int64_t>(what.up_to)).run();
  };
  run("DELETE FROM opening WHERE arrival IN (SELECT arrival FROM log WHERE feed = ?1 AND seq <= ?2 "
      "AND kind = 1)");
  run("DELETE FROM refusal WHERE arrival IN (SELECT arrival FROM log WHERE feed = ?1 AND seq <= ?2 "
      "AND kind = 1)");
  // Those below who hold the sets need what the hub said of single ones: rulings, and clocks. And
  // the newest receipt stays: an author who works elsewhere now may not read the snapshot, and only
  // by that receipt lets go of what it wrote here.
  std::vector<std::int64_t> plain;
  auto receipts = db.prepare(
      "SELECT arrival, body FROM log WHERE feed = ?1 AND seq <= ?2 AND kind = 2 AND seq < (SELECT "
      "max(seq) FROM log WHERE feed = ?1 AND kind = 2)");
  receipts.bind(1, what.feed).bind(2, static_cast<std::int64_t>(what.up_to));
  while (receipts.step()) {
    const auto receipt = sync::Receipt::decode(unpack_body(receipts.blob(1)));
    if (receipt && receipt->clock_flagged.empty()) plain.push_back(receipts.integer(0));
  }
  receipts.reset();
  for (const auto arrival : plain) {
    db.prepare("DELETE FROM log WHERE arrival = ?1").bind(1, arrival).run();
  }
  run("DELETE FROM log WHERE feed = ?1 AND seq <= ?2 AND kind = 1");
}

}  // namespace linli::store

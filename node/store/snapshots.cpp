#include "node/store/snapshots.h"

#include <algorithm>
#include <set>

#include "node/store/parts.h"
#include "node/store/shelf_detail.h"
#include "sync/policy.h"
#include "sync/receipt.h"

namespace linli::store {

using crypto::Hash;

namespace {

/// Numbers of a feed from which on a snapshot can't stand for it: 0 for none of it at all.
using Limits = std::map<std::int64_t, std::uint64_t>;

void limit(Limits& limits, std::int64_t feed, std::uint64_t up_to) {
  const auto [at, fresh] = limits.emplace(feed, up_to);
  if (!fresh) at->second = std::min(at->second, up_to);
}

/// Walks the sets of a scope and audience for what can't be condensed.
Limits limits_of(Log& log, std::int64_t scope, int audience) {
  Limits limits;
  auto sets = log.database().prepare(
      "SELECT arrival, feed, seq, standing FROM log WHERE scope = ?1 AND audience = ?2 AND kind = "
      "1 ORDER BY arrival");
  sets.bind(1, scope).bind(2, audience);
  while (sets.step()) {
    const auto before = static_cast<std::uint64_t>(sets.integer(2)) - 1;
    if (sets.integer(3) != 0) {
      limit(limits, sets.integer(1), before);
      continue;
    }
    const auto loaded = log.load(sets.integer(0));
    for (const auto& change : loaded->set.changes) {
      if (sync::founds_trust(change.type)) limit(limits, sets.integer(1), 0);
      if (!model::schema().type(change.type)) limit(limits, sets.integer(1), before);
    }
  }
  return limits;
}

/// Where the feed ended at that number.
sync::FeedTip tip_at(Log& log, const Feed& feed, std::uint64_t seq) {
  if (seq == feed.tip.seq) return feed.tip;
  auto s = log.database().prepare(
      "SELECT hash, last_stamp FROM log WHERE feed = ?1 AND seq = ?2 AND kind = 1");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(seq));
  if (!s.step()) throw DatabaseError({Errc::corrupt, "the log lacks a number of a feed", {}});
  return {seq, Hash::of(s.blob(0)), s.integer(1)};
}

}  // namespace

SnapshotBasis snapshot_basis(Log& log, std::int64_t scope, sync::Audience audience) {
  SnapshotBasis basis{.scope = scope,
                      .path = log.path(scope),
                      .audience = audience,
                      .upto = log.last_arrival(),
                      .sets = 0,
                      .checkpoint = {},
                      .feeds = {},
                      .covered = {}};
  basis.checkpoint.epoch = static_cast<std::uint64_t>(log.meta_int("epoch", 1));
  if (const auto kept = log.meta("tree")) {
    if (const auto tree = sync::LogTree::decode(*kept)) {
      basis.checkpoint.size = tree->size();
      basis.checkpoint.root = tree->root();
    }
  }
  const auto limits = limits_of(log, scope, static_cast<int>(audience));
  std::vector<std::int64_t> ids;
  auto feeds = log.database().prepare("SELECT id FROM feed WHERE scope = ?1 AND audience = ?2");
  feeds.bind(1, scope).bind(2, static_cast<int>(audience));
  while (feeds.step()) ids.push_back(feeds.integer(0));
  for (const auto id : ids) {
    const auto& feed = *log.feed_at(id);
    const auto limited = limits.find(id);
    const auto seq = limited == limits.end() ? feed.tip.seq : limited->second;
    if (seq == 0) continue;
    basis.covered.emplace(feed.feed, seq);
    basis.feeds.push_back({feed.name.author, feed.name.incarnation, tip_at(log, feed, seq)});
    basis.sets += static_cast<std::int64_t>(seq);
  }
  std::sort(basis.feeds.begin(), basis.feeds.end(), [](const auto& a, const auto& b) {
    return std::pair(a.author, a.incarnation) < std::pair(b.author, b.incarnation);
  });
  return basis;
}

namespace {

/// Where the values of the commitments in a state stand: in the sets that touched the record.
std::vector<OpeningPlace> values_of(Log& log, const sync::RecordState& state,
                                    const std::set<std::int64_t>& arrivals) {
  std::vector<OpeningPlace> places;
  state.each_value([&](std::uint32_t, std::string_view value) {
    sync::each_commitment(value, [&](std::string_view hash) {
      for (const auto arrival : arrivals) {
        auto& s = log.database().cached(
            "SELECT ordinal, length(value) FROM opening WHERE arrival = ?1 AND commitment = ?2");
        s.bind(1, arrival).bind_blob(2, hash);
        if (!s.step()) continue;
        places.push_back({Hash::of(hash), arrival, s.integer(0), s.integer(1)});
        s.reset();
        return;
      }
    });
  });
  return places;
}

}  // namespace

namespace {

/// Puts a record together from what the basis covers; nothing: none of its changes is covered.
std::optional<sync::SnapshotRecord> covered_state(Projector& projector, const Row& row,
                                                  const SnapshotBasis& basis,
                                                  std::set<std::int64_t>& arrivals,
                                                  std::optional<sync::RecordState>& state) {
  sync::SnapshotRecord record{type_of_rec(row.rec), row.record.id, 0, {}};
  bool elsewhere = false;
  state = projector.state_of(row, [&](const LoadedSet& loaded) {
    elsewhere = elsewhere || loaded.set.feed.audience != basis.audience;
    const auto covered = basis.covered.find(loaded.feed);
    if (covered == basis.covered.end() || loaded.set.seq > covered->second) return false;
    arrivals.insert(loaded.arrival);
    record.changed = std::max(record.changed, loaded.set.changes.back().stamp);
    return true;
  });
  if (arrivals.empty()) return std::nullopt;
  if (elsewhere) {
    throw DatabaseError({Errc::forbidden,
                         "record " + sync::to_text(record.id) +
                             " was written under two audiences: no snapshot of " + basis.path,
                         {}});
  }
  record.state = state->encode();
  return record;
}

}  // namespace

void each_snapshot_record(Projector& projector, Log& log, const SnapshotBasis& basis,
                          const RecordSink& sink) {
  auto& db = log.database();
  auto sets = db.prepare(
      "SELECT arrival FROM log WHERE scope = ?1 AND audience = ?2 AND kind = 1 ORDER BY arrival");
  sets.bind(1, basis.scope).bind(2, static_cast<int>(basis.audience));
  while (sets.step()) {
    const auto loaded = log.load(sets.integer(0));
    for (std::size_t i = 0; i < loaded->set.changes.size(); ++i) {
      const auto& change = loaded->set.changes[i];
      const auto* table = projector.table(change.type);
      const auto row = table ? table->find(db, basis.scope, change.id) : std::nullopt;
      if (!row) continue;
      // Each record once: with its first change, or if that is another audience's, to say so.
      const bool first =
          row->arrival == loaded->arrival && row->idx == static_cast<std::int64_t>(i);
      auto& home = db.cached("SELECT audience FROM log WHERE arrival = ?1");
      if (!first) {
        home.bind(1, row->arrival);
        const bool here = home.step() && home.integer(0) == static_cast<int>(basis.audience);
        home.reset();
        if (here) continue;
      }
      std::set<std::int64_t> arrivals;
      std::optional<sync::RecordState> state;
      auto record = covered_state(projector, *row, basis, arrivals, state);
      if (record) sink(std::move(*record), values_of(log, *state, arrivals));
    }
  }
}

std::int64_t begin_snapshot(Log& log, const SnapshotBasis& basis, sync::Micros now) {
  auto& db = log.database();
  auto s = db.prepare(
      "INSERT INTO snapshot(scope, audience, upto, made, sets, records, ready) "
      "VALUES (?1, ?2, ?3, ?4, ?5, 0, 0)");
  s.bind(1, basis.scope).bind(2, static_cast<int>(basis.audience)).bind(3, basis.upto);
  s.bind(4, now).bind(5, basis.sets).run();
  const auto id = db.last_rowid();
  for (const auto& [feed, seq] : basis.covered) {
    auto& add = db.cached("INSERT INTO snapshot_feed(snapshot, feed, seq) VALUES (?1, ?2, ?3)");
    add.bind(1, id).bind(2, log.find_feed(feed)->id).bind(3, static_cast<std::int64_t>(seq)).run();
  }
  return id;
}

void add_snapshot_part(Log& log, std::int64_t snapshot, std::uint32_t number,
                       const std::string& stored, const crypto::Signature& signature,
                       const std::vector<OpeningPlace>& values) {
  auto& db = log.database();
  auto& part = db.cached(
      "INSERT INTO snapshot_part(snapshot, number, signature, body) VALUES (?1, ?2, ?3, ?4)");
  part.bind(1, snapshot).bind(2, number).bind_blob(3, signature.view()).bind_blob(4, stored).run();
  for (const auto& value : values) {
    auto& s = db.cached(
        "INSERT OR IGNORE INTO snapshot_opening(snapshot, number, commitment, arrival, ordinal) "
        "VALUES (?1, ?2, ?3, ?4, ?5)");
    s.bind(1, snapshot).bind(2, number).bind_blob(3, value.commitment.view());
    s.bind(4, value.arrival).bind(5, value.ordinal).run();
  }
}

namespace {

void drop_where(Database& db, const std::string& which) {
  for (const auto* table : {"snapshot_part", "snapshot_feed", "snapshot_opening"}) {
    db.execute("DELETE FROM " + std::string(table) +
               " WHERE snapshot IN (SELECT id FROM snapshot WHERE " + which + ")");
  }
  db.execute("DELETE FROM snapshot WHERE " + which);
}

}  // namespace

void finish_snapshot(Log& log, std::int64_t snapshot, std::int64_t records) {
  auto& db = log.database();
  auto s = db.prepare("UPDATE snapshot SET ready = 1, records = ?2 WHERE id = ?1");
  s.bind(1, snapshot).bind(2, records).run();
  drop_where(db,
             "id < (SELECT max(id) FROM snapshot o WHERE o.ready = 1 AND o.scope = snapshot.scope "
             "AND o.audience = snapshot.audience AND o.id < (SELECT max(id) FROM snapshot n WHERE "
             "n.ready = 1 AND n.scope = snapshot.scope AND n.audience = snapshot.audience))");
}

void drop_snapshots(Log& log, bool all) { drop_where(log.database(), all ? "1" : "ready = 0"); }

std::vector<SnapshotState> snapshot_states(Database& db) {
  std::vector<SnapshotState> states;
  // The inner rows have the sets by scope and audience: an index answers what came since.
  auto s = db.prepare(
      "SELECT l.scope, p.path, l.audience, coalesce(s.id, 0), (SELECT count(*) FROM log x WHERE "
      "x.scope = l.scope AND x.audience = l.audience AND x.arrival > coalesce(s.upto, 0) AND "
      "x.kind = 1), coalesce(s.sets, 0), coalesce(s.records, 0), coalesce(s.made, 0) "
      "FROM (SELECT DISTINCT scope, audience FROM feed) l JOIN scope p ON p.id = l.scope "
      "LEFT JOIN snapshot s ON s.id = (SELECT max(id) FROM snapshot n WHERE n.ready = 1 AND "
      "n.scope = l.scope AND n.audience = l.audience) ORDER BY p.path, l.audience");
  while (s.step()) {
    states.push_back({s.integer(0), std::string(s.text(1)),
                      static_cast<sync::Audience>(s.integer(2)), s.integer(3), s.integer(4),
                      s.integer(5), s.integer(6), s.integer(7)});
  }
  return states;
}

// Handing them out

namespace {

/// The newest snapshots of what the reader may read, as of `upto`, ascending.
std::vector<std::int64_t> snapshots_for(Database& db, const crypto::Certificate& reader,
                                        std::int64_t upto) {
  std::vector<std::int64_t> ids;
  auto s = db.prepare(
      "SELECT max(s.id), p.path, s.audience FROM snapshot s JOIN scope p ON p.id = s.scope "
      "WHERE s.ready = 1 AND s.upto <= ?1 GROUP BY s.scope, s.audience ORDER BY 1");
  s.bind(1, upto);
  while (s.step()) {
    if (sync::may_read(reader, s.text(1), static_cast<sync::Audience>(s.integer(2)))) {
      ids.push_back(s.integer(0));
    }
  }
  return ids;
}

/// Parts are kept beside the log, their values in the sets that they stand for.
sync::Object part_beside_log(Database& db, std::int64_t snapshot, std::int64_t number,
                             const Statement& row, bool personal) {
  auto& values = db.cached(
      "SELECT s.commitment, o.salt, o.value FROM snapshot_opening s JOIN opening o ON o.arrival = "
      "s.arrival AND o.ordinal = s.ordinal WHERE s.snapshot = ?1 AND s.number = ?2 AND "
      "o.personal <= ?3");
  values.bind(1, snapshot).bind(2, number).bind(3, personal ? 1 : 0);
  return part_object(row.blob(2), crypto::Signature::of(row.blob(1)), values);
}

/// Fills the page with parts. True: it is full.
bool add_parts(Database& db, const std::vector<std::int64_t>& snapshots, bool personal,
               Beginning& at, sync::Shelf::Page& page, std::size_t& bytes, std::size_t most) {
  for (const auto snapshot : snapshots) {
    if (snapshot < at.snapshot) continue;
    auto parts = db.prepare(
        "SELECT number, signature, body FROM snapshot_part WHERE snapshot = ?1 AND number > ?2 "
        "ORDER BY number");
    parts.bind(1, snapshot).bind(2, snapshot == at.snapshot ? at.number : -1);
    while (parts.step()) {
      if (bytes >= most) return true;
      page.objects.push_back(part_beside_log(db, snapshot, parts.integer(0), parts, personal));
      page.arrivals.push_back(0);
      bytes += page.objects.back().bytes.size();
      at.snapshot = snapshot;
      at.number = parts.integer(0);
    }
  }
  at.snapshot = Beginning::kAllParts;
  return false;
}

std::map<std::int64_t, std::int64_t> covered_by(Database& db,
                                                const std::vector<std::int64_t>& snapshots) {
  std::map<std::int64_t, std::int64_t> covered;
  for (const auto snapshot : snapshots) {
    auto& s = db.cached("SELECT feed, seq FROM snapshot_feed WHERE snapshot = ?1");
    s.bind(1, snapshot);
    while (s.step()) covered[s.integer(0)] = s.integer(1);
  }
  return covered;
}

/// Does the hub speak of single sets there? Such words go along with the snapshot that stands for
/// the sets: the reader may have nodes below that hold them.
bool is_word_on_sets(const Statement& row) {
  const auto kind = static_cast<sync::ObjectKind>(row.integer(1));
  if (kind != sync::ObjectKind::receipt) return kind == sync::ObjectKind::ruling;
  const auto receipt = sync::Receipt::decode(unpack_body(row.blob(3)));
  return receipt && !receipt->clock_flagged.empty();
}

}  // namespace

bool has_snapshots_for(Database& db, const crypto::Certificate& reader) {
  return !snapshots_for(db, reader, INT64_MAX).empty();
}

std::pair<sync::Shelf::Page, std::optional<Beginning>> beginning_page(
    Database& db, const crypto::Certificate& reader, const Hash& name, Beginning at,
    std::int64_t after, bool include_own, std::uint64_t epoch, std::size_t most) {
  sync::Shelf::Page page;
  page.more = true;
  page.cursor = {epoch, name, static_cast<std::uint64_t>(after)};
  if (at.upto == 0) at.upto = shelf::newest(db);
  const bool personal = (reader.rights & crypto::kRightReadPersonal) != 0;
  const auto snapshots = snapshots_for(db, reader, at.upto);
  std::size_t bytes = 0;
  if (at.snapshot != Beginning::kAllParts &&
      add_parts(db, snapshots, personal, at, page, bytes, most)) {
    return {std::move(page), at};
  }
  const auto covered = covered_by(db, snapshots);
  const auto self = shelf::author_number(db, reader.subject);
  const auto marks = shelf::readable(db, reader);
  constexpr std::size_t kLimit = sync::kBatchObjectsMax / 2;
  auto& place = db.cached("SELECT feed, seq FROM log WHERE arrival = ?1");
  auto& row = db.cached(std::string(shelf::kColumns) + "WHERE l.arrival = ?1");
  for (bool all = false; !all;) {
    const auto arrivals = shelf::arrivals_behind(db, marks, after, kLimit);
    all = arrivals.size() < kLimit;
    for (const auto arrival : arrivals) {
      if (arrival > at.upto) {
        all = true;
        break;
      }
      if (bytes >= most || page.objects.size() >= kLimit) {
        page.cursor.arrival = static_cast<std::uint64_t>(after);
        return {std::move(page), at};
      }
      after = arrival;
      place.bind(1, arrival);
      if (!place.step()) continue;
      const auto cover = covered.find(place.integer(0));
      const bool known = cover != covered.end() && place.integer(1) <= cover->second;
      place.reset();
      row.bind(1, arrival);
      if (!row.step()) continue;
      const bool parcel = row.integer(1) == static_cast<int>(sync::ObjectKind::parcel);
      const bool own = parcel && (row.integer(6) == self || row.integer(7) == self);
      if (known ? is_word_on_sets(row) : include_own || !own) {
        auto object = shelf::object_of(db, row, personal);
        if (!object.bytes.empty()) {
          bytes += object.bytes.size();
          page.objects.push_back(std::move(object));
          page.arrivals.push_back(static_cast<std::uint64_t>(arrival));
        }
      }
      row.reset();
    }
  }
  page.cursor.arrival = static_cast<std::uint64_t>(at.upto);
  page.more = shelf::newest(db) > at.upto;
  return {std::move(page), std::nullopt};
}

}  // namespace linli::store

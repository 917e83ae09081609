#include "node/store/history.h"

#include "node/model/json.h"
#include "sync/receipt.h"

namespace linli::store {
namespace {

using crypto::TreeHash;

/// `count` hashes of a tile level, from `first` on.
std::vector<TreeHash> tile_hashes(Database& db, unsigned level, std::uint64_t first,
                                  std::uint64_t count) {
  std::vector<TreeHash> hashes;
  hashes.reserve(count);
  auto& s = level == 0 ? db.cached(
                             "SELECT hash FROM leaf WHERE position >= ?1 AND position < ?2 "
                             "ORDER BY position")
                       : db.cached(
                             "SELECT hash FROM leaf_node WHERE number >= ?1 AND number < ?2 "
                             "AND level = ?3 ORDER BY number");
  s.bind(1, static_cast<std::int64_t>(first)).bind(2, static_cast<std::int64_t>(first + count));
  if (level != 0) s.bind(3, level);
  while (s.step()) {
    hashes.push_back(level == 0 ? crypto::tree_leaf(s.blob(0)) : TreeHash::of(s.blob(0)));
  }
  return hashes;
}

/// The root of a power of two of hashes.
TreeHash folded(std::vector<TreeHash> hashes) {
  while (hashes.size() > 1) {
    for (std::size_t i = 0; i < hashes.size() / 2; ++i) {
      hashes[i] = crypto::tree_node(hashes[2 * i], hashes[2 * i + 1]);
    }
    hashes.resize(hashes.size() / 2);
  }
  return hashes.front();
}

/// The root of `count` hashes of a tile level, a power of two; all must be there.
TreeHash root_over(Database& db, unsigned level, std::uint64_t first, std::uint64_t count) {
  auto hashes = tile_hashes(db, level, first, count);
  if (hashes.size() != count) {
    throw DatabaseError({Errc::corrupt,
                         "the history has a hole on level " + std::to_string(level) + " behind " +
                             std::to_string(first),
                         {}});
  }
  return folded(std::move(hashes));
}

TreeHash node_at(Database& db, unsigned level, std::uint64_t number) {
  const std::uint64_t count = std::uint64_t{1} << level % kTileHeight;
  return root_over(db, level / kTileHeight, number * count, count);
}

/// Notes the root of each tile that `size` leaves have filled up, from tile `from` of its level on.
void add_nodes(Database& db, std::uint64_t from, std::uint64_t size) {
  auto level = kTileHeight;
  for (unsigned tile_level = 1; (size >> level) > 0; ++tile_level, level += kTileHeight) {
    const auto full = size >> level;
    for (auto number = from >> level; number < full; ++number) {
      const auto hash = root_over(db, tile_level - 1, number * kTileWidth, kTileWidth);
      db.cached("INSERT OR REPLACE INTO leaf_node(level, number, hash) VALUES (?1, ?2, ?3)")
          .bind(1, tile_level)
          .bind(2, static_cast<std::int64_t>(number))
          .bind_blob(3, hash.view())
          .run();
    }
  }
}

SeenHistory seen_of(Statement& s) {
  return {std::string(s.text(0)), std::string(s.text(1)), static_cast<std::uint64_t>(s.integer(2)),
          s.integer(3)};
}

constexpr std::string_view kAcknowledged = "history_acknowledged ";  ///< With the fault's number.

std::optional<Acknowledged> acknowledged_of(std::string_view text) {
  const auto json = model::Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return Acknowledged{json.value("at", std::int64_t{0}), json.value("by", ""),
                      json.value("note", "")};
}

}  // namespace

void append_leaves(Database& db, std::uint64_t first, const std::vector<Leaf>& leaves) {
  auto& s = db.cached("INSERT INTO leaf(position, arrival, hash) VALUES (?1, ?2, ?3)");
  auto position = first;
  for (const auto& leaf : leaves) {
    s.bind(1, static_cast<std::int64_t>(position++))
        .bind(2, leaf.arrival)
        .bind_blob(3, leaf.set.view())
        .run();
  }
  // Of a history whose beginning isn't here nothing can be shown: it isn't added up either.
  if (position / kTileWidth != first / kTileWidth && history_size(db) == position) {
    add_nodes(db, first, position);
  }
}

void complete_history(Log& log) {
  auto& db = log.database();
  const auto kept = log.meta("tree");
  const auto tree = kept ? sync::LogTree::decode(*kept) : Result<sync::LogTree>{};
  if (!kept || !tree) return;
  if (history_size(db) != tree->size()) return db.execute("DELETE FROM leaf");
  add_nodes(db, 0, tree->size());
}

std::uint64_t history_size(Database& db) {
  auto& s = db.cached(
      "SELECT (SELECT max(position) + 1 FROM leaf), EXISTS (SELECT 1 FROM leaf WHERE position = "
      "0)");
  s.step();
  const auto size = s.integer(1) != 0 ? s.integer(0) : 0;
  s.reset();
  return static_cast<std::uint64_t>(size);
}

crypto::TreeNodes history_nodes(Database& db) {
  return [&db](unsigned level, std::uint64_t number) { return node_at(db, level, number); };
}

std::optional<std::uint64_t> leaf_position(Database& db, std::int64_t arrival) {
  // Positions ascend with arrivals: no second index is needed to find one by the other.
  std::int64_t low = 0, high = static_cast<std::int64_t>(history_size(db));
  auto& s = db.cached("SELECT arrival FROM leaf WHERE position = ?1");
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    s.bind(1, middle);
    if (!s.step()) return std::nullopt;
    const auto there = s.integer(0);
    s.reset();
    if (there == arrival) return static_cast<std::uint64_t>(middle);
    if (there < arrival) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

std::optional<std::string> history_tile(Database& db, unsigned level, std::uint64_t number,
                                        std::uint64_t width) {
  if (history_size(db) == 0) return std::nullopt;
  const auto hashes = tile_hashes(db, level, number * kTileWidth, width);
  if (hashes.size() != width) return std::nullopt;
  std::string bytes;
  bytes.reserve(width * TreeHash::size());
  for (const auto& hash : hashes) bytes += hash.view();
  return bytes;
}

std::optional<std::string> history_entries(Database& db, std::uint64_t number,
                                           std::uint64_t width) {
  if (history_size(db) == 0) return std::nullopt;
  auto& s =
      db.cached("SELECT hash FROM leaf WHERE position >= ?1 AND position < ?2 ORDER BY position");
  s.bind(1, static_cast<std::int64_t>(number * kTileWidth))
      .bind(2, static_cast<std::int64_t>(number * kTileWidth + width));
  std::string bytes;
  std::uint64_t count = 0;
  for (; s.step(); ++count) {
    bytes += std::string("\0\x20", 2);
    bytes += s.blob(0);
  }
  if (count != width) return std::nullopt;
  return bytes;
}

std::vector<std::string> history_faults(Database& db) {
  std::vector<std::string> faults;
  auto strays = db.prepare(
      "SELECT leaf.position FROM leaf JOIN log USING (arrival) WHERE log.hash <> leaf.hash OR "
      "log.kind <> 1 UNION SELECT position FROM (SELECT position, lag(position) OVER o AS before, "
      "arrival, lag(arrival) OVER o AS arrived FROM leaf WINDOW o AS (ORDER BY position)) "
      "WHERE position <> before + 1 OR arrival <= arrived");
  while (strays.step()) {
    faults.push_back("history " + std::to_string(strays.integer(0)) +
                     ": the leaf isn't what the log holds");
  }
  const auto size = history_size(db);
  auto unit = kTileHeight;
  for (unsigned level = 1; (size >> unit) > 0; ++level, unit += kTileHeight) {
    for (std::uint64_t number = 0; number < size >> unit; ++number) {
      const auto kept = tile_hashes(db, level, number, 1);
      const auto below = tile_hashes(db, level - 1, number * kTileWidth, kTileWidth);
      if (kept.size() == 1 && below.size() == kTileWidth && folded(below) == kept.front()) continue;
      faults.push_back("history: the tree over tile " + std::to_string(number) + " of level " +
                       std::to_string(level - 1) + " isn't its own");
    }
  }
  return faults;
}

void save_cosignature(Database& db, std::string_view origin, std::uint64_t size,
                      std::string_view name, std::string_view line) {
  db.cached("INSERT OR REPLACE INTO cosignature(origin, size, name, line) VALUES (?1, ?2, ?3, ?4)")
      .bind_text(1, origin)
      .bind(2, static_cast<std::int64_t>(size))
      .bind_text(3, name)
      .bind_text(4, line)
      .run();
  db.cached(
        "DELETE FROM cosignature WHERE origin = ?1 AND name = ?2 AND size NOT IN (SELECT size FROM "
        "cosignature WHERE origin = ?1 AND name = ?2 ORDER BY size DESC LIMIT ?3)")
      .bind_text(1, origin)
      .bind_text(2, name)
      .bind(3, static_cast<std::int64_t>(kCosignaturesMax))
      .run();
}

std::vector<std::string> cosignatures(Database& db, std::string_view origin, std::uint64_t size) {
  std::vector<std::string> lines;
  auto& s = db.cached(
      "SELECT line FROM cosignature WHERE origin = ?1 AND size = ?2 ORDER BY name LIMIT ?3");
  s.bind_text(1, origin).bind(2, static_cast<std::int64_t>(size));
  s.bind(3, static_cast<std::int64_t>(kCosignaturesMax));
  while (s.step()) lines.emplace_back(s.text(0));
  return lines;
}

std::optional<std::uint64_t> most_cosigned(Database& db, std::string_view origin,
                                           std::uint64_t least) {
  auto& s = db.cached(
      "SELECT size FROM cosignature WHERE origin = ?1 AND size >= ?2 GROUP BY size "
      "ORDER BY count(*) DESC, size DESC LIMIT 1");
  s.bind_text(1, origin).bind(2, static_cast<std::int64_t>(least));
  if (!s.step()) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(s.integer(0));
  s.reset();
  return size;
}

std::optional<SeenHistory> seen_history(Database& db, std::string_view origin) {
  auto& s = db.cached("SELECT origin, note, size, checked FROM checkpoint WHERE origin = ?1");
  s.bind_text(1, origin);
  if (!s.step()) return std::nullopt;
  auto seen = seen_of(s);
  s.reset();
  return seen;
}

std::vector<SeenHistory> seen_histories(Database& db) {
  std::vector<SeenHistory> all;
  auto& s =
      db.cached("SELECT origin, note, size, checked FROM checkpoint ORDER BY checked DESC, origin");
  while (s.step()) all.push_back(seen_of(s));
  return all;
}

void save_seen_history(Database& db, const SeenHistory& seen) {
  db.cached(
        "INSERT INTO checkpoint(origin, size, note, checked) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT(origin) DO UPDATE SET size = ?2, note = ?3, checked = ?4")
      .bind_text(1, seen.origin)
      .bind(2, static_cast<std::int64_t>(seen.size))
      .bind_text(3, seen.note)
      .bind(4, seen.checked)
      .run();
}

bool keep_history_fault(Database& db, const HistoryFault& fault) {
  db.cached(
        "INSERT INTO history_fault(origin, detail, kept, shown, at) SELECT ?1, ?2, ?3, ?4, ?5 "
        "WHERE NOT EXISTS (SELECT 1 FROM history_fault WHERE kept = ?3 AND detail = ?2 AND origin "
        "= ?1)")
      .bind_text(1, fault.origin)
      .bind_text(2, fault.detail)
      .bind_text(3, fault.kept)
      .bind_text(4, fault.shown)
      .bind(5, fault.at)
      .run();
  return db.changes() > 0;
}

void acknowledge_history_fault(Database& db, std::int64_t number, const Acknowledged& said) {
  const model::Json json{{"at", said.at}, {"by", said.by}, {"note", said.note}};
  db.cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1 || ?2, ?3)")
      .bind_text(1, kAcknowledged)
      .bind(2, number)
      .bind_text(3, json.dump(-1, ' ', false, model::Json::error_handler_t::replace))
      .run();
}

std::vector<HistoryFault> kept_history_faults(Database& db) {
  std::vector<HistoryFault> all;
  auto& s = db.cached(
      "SELECT origin, detail, kept, shown, at, id, value FROM history_fault LEFT JOIN meta ON key "
      "= ?1 || id ORDER BY id");
  s.bind_text(1, kAcknowledged);
  while (s.step()) {
    all.push_back({std::string(s.text(0)), std::string(s.text(1)), std::string(s.text(2)),
                   std::string(s.text(3)), s.integer(4), s.integer(5), acknowledged_of(s.text(6))});
  }
  return all;
}

}  // namespace linli::store

#include "node/store/conflicts.h"

#include <algorithm>
#include <charconv>

#include "node/store/condensed.h"
#include "node/store/parallel.h"
#include "node/store/reading_detail.h"
#include "node/store/rivals.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr std::size_t kScopeTag = 8;         ///< Hex digits of a scope's hash in an address.
constexpr std::size_t kScannedMax = 20'000;  ///< Records looked at for one page.

std::string scope_tag(std::string_view scope) {
  return crypto::to_hex(crypto::hash({scope}).view()).substr(0, kScopeTag);
}

std::optional<std::uint32_t> small_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Reads and shows conflicts within one snapshot.
class Viewer {
 public:
  Viewer(Store& store, Database& db)
      : store_(store), db_(db), log_(db), projector_(db, log_, model::schema()), people_(db) {}

  [[nodiscard]] std::optional<Row> row(std::int64_t rec) {
    const auto* table = projector_.table(type_of_rec(rec));
    auto row = table ? table->at(db_, rec) : std::nullopt;
    if (row) row->record.scope = path_of(db_, row->scope);
    return row;
  }
  [[nodiscard]] std::optional<Row> row(const ConflictName& name) {
    const auto* table = projector_.table(name.type);
    auto row = table ? table->find(db_, scope_number(db_, name.scope), name.id) : std::nullopt;
    if (row) row->record.scope = name.scope;
    return row;
  }
  void add(const Row& row, const std::function<bool(const ConflictName&)>& wanted, Json& items);
  [[nodiscard]] Database& database() { return db_; }

 private:
  [[nodiscard]] Json leaf(const Row& row, const sync::Leaf& leaf, std::optional<std::int64_t> part);

  Store& store_;
  Database& db_;
  Log log_;
  Projector projector_;
  People people_;
};

std::string_view severity_of(const sync::Conflict& conflict) {
  if (conflict.cell == RecordPast::kLifeCell) return "delete";
  return conflict.void_move ? "void_move" : "conflict";
}

Json code_of(const model::Field& field, std::int64_t number) {
  for (const auto& value : field.values) {
    if (value.number == number) return value.code;
  }
  return nullptr;
}

/// `part`: where values stand whose set a snapshot stands for.
Json Viewer::leaf(const Row& row, const sync::Leaf& leaf, std::optional<std::int64_t> part) {
  const auto& type = *row.record.type;
  Json json{{"version", version_text(leaf.key.version)}};
  auto fields = leaf.fields;
  if (const auto arrival = log_.arrival_of(leaf.key.version.feed, leaf.key.version.seq)) {
    const PastChange change{log_.load(*arrival), leaf.key.version.index};
    json = place_json(people_, change);
    fields = opened_fields(log_, change.loaded->arrival, std::move(fields));
  } else if (const auto* feed = log_.find_feed(leaf.key.version.feed)) {
    // A snapshot stands for its change set: who wrote it is known by the feed.
    json["node"] = people_.name_of(feed->name.author);
    json["author"] = crypto::to_hex(feed->name.author.view());
    json["feed"] = crypto::to_hex(feed->feed.view());
    json["seq"] = leaf.key.version.seq;
    if (part) fields = opened_fields(log_, *part, std::move(fields));
  }
  json["at"] = time_text(leaf.key.time);
  json["trusted_clock"] = leaf.key.trusted;
  json["fields"] = named_fields(type, fields, row.record.scope);
  add_titles(store_, db_, type, fields, row.record.scope, json["fields"]);
  mark_erased(db_, {row.scope, type.number, row.record.id}, type, fields, json["fields"]);
  const auto* state = type.state.empty() ? nullptr : type.field(type.state);
  for (const auto& [number, value] : fields) {
    if (!state || number != state->number) continue;
    const auto move = sync::decode_move(value);
    if (move)
      json["move"] = {{"from", code_of(*state, move->from)}, {"to", code_of(*state, move->to)}};
  }
  if (leaf.removal) json["removal"] = true;
  return json;
}

void Viewer::add(const Row& row, const std::function<bool(const ConflictName&)>& wanted,
                 Json& items) {
  const auto& type = *row.record.type;
  const auto& scope = row.record.scope;
  const auto state = projector_.state_of(row);
  const auto in = condensed(db_, row.rec);
  const auto part = in ? std::optional(in->arrival) : std::nullopt;
  auto conflicts = state.merged(projector_.rules(type.number)).conflicts;
  std::sort(conflicts.begin(), conflicts.end(), [](const auto& a, const auto& b) {
    return std::pair(a.cell, a.void_move) < std::pair(b.cell, b.void_move);
  });
  for (const auto& conflict : conflicts) {
    const ConflictName name{type.number, conflict.cell, conflict.void_move, row.record.id, scope};
    if (!wanted(name)) continue;
    const auto leaves = conflict.cell == RecordPast::kLifeCell ? state.base_for_all()
                                                               : state.base_for({conflict.cell});
    Json item;
    item["conflict"] = conflict_address(name);
    item["severity"] = severity_of(conflict);
    item["seen"] = seen_tag(leaves.all);
    item["type"] = type.name;
    item["id"] = sync::to_text(row.record.id);
    item["scope"] = scope;
    item["title"] = title_of(store_, db_, row.record, 3);
    item["cell"] = conflict.cell;
    item["fields"] = fields_of_cell(type, conflict.cell);
    item["winner"] = leaf(row, conflict.winner, part);
    item["losers"] = Json::array();
    for (const auto& loser : conflict.losers) {
      item["losers"].push_back(leaf(row, loser, part));
    }
    item["void_move"] = conflict.void_move;
    item["void_winner"] = conflict.void_winner;
    items.push_back(std::move(item));
  }
}

/// Does a record's scope stand at or below a path?
bool within(std::string_view scope, std::string_view path) {
  return path.empty() || crypto::scope_covers(path, scope);
}

/// Where a page ended: at a record, and within it behind a cell's conflict.
struct PageEnd {
  std::int64_t rec = INT64_MAX;
  std::pair<std::uint32_t, bool> behind = {UINT32_MAX, true};  ///< Cell, void move.

  [[nodiscard]] std::string text() const {
    if (behind.first == UINT32_MAX) return std::to_string(rec);
    return std::to_string(rec) + "." + std::to_string(behind.first) + (behind.second ? "v" : "");
  }
  [[nodiscard]] static std::optional<PageEnd> read(std::string_view text) {
    PageEnd end;
    const auto point = text.find('.');
    const auto number = text.substr(0, point);
    const auto [rest, error] =
        std::from_chars(number.data(), number.data() + number.size(), end.rec);
    if (error != std::errc{} || rest != number.data() + number.size() || end.rec < 1) return {};
    if (point == text.npos) return end;
    auto cell = text.substr(point + 1);
    end.behind.second = cell.ends_with('v');
    if (end.behind.second) cell.remove_suffix(1);
    const auto in = small_number(cell);
    if (!in) return {};
    end.behind.first = *in;
    return end;
  }
};

Result<Json> page(Store& store, const ConflictQuery& query, std::uint32_t type,
                  const PageEnd& from) {
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  Viewer viewer(store, *lease);
  Json items = Json::array();
  Json next = nullptr;
  auto s = lease->prepare(
      "SELECT rec FROM conflict WHERE rec <= ?1 AND (?2 = 0 OR rec % ?3 = ?2) "
      "ORDER BY rec DESC LIMIT ?4");
  s.bind(1, from.rec).bind(2, type).bind(3, kTypesMax);
  s.bind(4, static_cast<std::int64_t>(kScannedMax));
  std::size_t scanned = 0;
  std::vector<PageEnd> ends;  // Of what is told, each.
  while (s.step()) {
    const auto rec = s.integer(0);
    ++scanned;
    if (const auto row = viewer.row(rec); row && within(row->record.scope, query.scope)) {
      viewer.add(
          *row,
          [&](const ConflictName& name) {
            const std::pair at{name.cell, name.void_move};
            if (rec == from.rec && at <= from.behind) return false;
            const auto severity = name.cell == RecordPast::kLifeCell ? "delete"
                                  : name.void_move                   ? "void_move"
                                                                     : "conflict";
            if (!query.severity.empty() && query.severity != severity) return false;
            ends.push_back({rec, at});
            return true;
          },
          items);
    }
    if (items.size() > query.limit) {  // There is more: the next page begins with it.
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(query.limit), items.end());
      next = ends[query.limit - 1].text();
      break;
    }
    if (scanned == kScannedMax) {
      next = PageEnd{rec}.text();
      break;
    }
  }
  return Json{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

}  // namespace

std::string version_name(const sync::VersionId& version) { return version_text(version); }

std::string conflict_address(const ConflictName& name) {
  return std::to_string(name.type) + "." + std::to_string(name.cell) +
         (name.void_move ? "v." : ".") + crypto::to_hex(name.id.view()) + scope_tag(name.scope);
}

Result<ConflictName> conflict_name(Store& store, std::string_view address) {
  const auto bad = [] {
    return fail(Errc::bad_value,
                "不是冲突编号，linli conflicts list 可查看 not a conflict's address: `linli "
                "conflicts list` shows them",
                "conflict");
  };
  const auto first = address.find('.');
  const auto second = first == address.npos ? first : address.find('.', first + 1);
  if (second == address.npos) return bad();
  ConflictName name;
  auto cell = address.substr(first + 1, second - first - 1);
  name.void_move = cell.ends_with('v');
  if (name.void_move) cell.remove_suffix(1);
  const auto type_number = small_number(address.substr(0, first));
  const auto cell_number = small_number(cell);
  const auto rest = address.substr(second + 1);
  constexpr auto kIdDigits = 2 * sync::RecordId::size();
  if (!type_number || !cell_number || rest.size() != kIdDigits + kScopeTag) return bad();
  const auto id = crypto::from_hex(rest.substr(0, kIdDigits));
  if (!id) return bad();
  const auto* type = model::schema().type(*type_number);
  if (!type) return bad();
  name.type = *type_number;
  name.cell = *cell_number;
  name.id = sync::RecordId::of(*id);
  try {
    auto lease = store.read();
    auto s = lease->prepare("SELECT s.path FROM " + store.projector().table(name.type)->name() +
                            " r JOIN scope s ON s.id = r._scope WHERE r._id = ?1");
    s.bind_blob(1, name.id.view());
    while (s.step()) {
      if (scope_tag(s.text(0)) != rest.substr(kIdDigits)) continue;
      name.scope = std::string(s.text(0));
      return name;
    }
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return fail(Errc::not_found, "这个冲突的记录不在本机 the record of this conflict isn't here",
              "conflict");
}

std::string seen_tag(const std::vector<sync::VersionId>& versions) {
  auto sorted = versions;
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const auto& version : sorted) {
    text += std::string(version.feed.view()) + std::to_string(version.seq) + "." +
            std::to_string(version.index) + ";";
  }
  return crypto::to_hex(crypto::hash({"linli/seen/1", text}).view().substr(0, 8));
}

Result<Json> find_conflicts(Store& store, const ConflictQuery& query) {
  if (query.limit < 1 || query.limit > 1000) {
    return fail(Errc::bad_value, "limit 为 1 至 1000 it is 1 to 1000", "limit");
  }
  const auto* type = query.type.empty() ? nullptr : model::schema().type(query.type);
  if (!query.type.empty() && !type) {
    return fail(Errc::unknown_type, "没有这种记录类型 no record type is called " + query.type,
                "type");
  }
  const auto from = query.cursor.empty() ? std::optional(PageEnd()) : PageEnd::read(query.cursor);
  if (!from) return fail(Errc::bad_value, "不是本列表的游标 not a cursor of this list", "cursor");
  try {
    if (query.severity == "rivals") return list_rivals(store, query, type, from->rec);
    if (query.severity == "parallel") {
      return list_parallel(store, query, type, {from->rec, from->behind.first});
    }
    for (const char* known : {"", "conflict", "delete", "void_move"}) {
      if (query.severity == known) return page(store, query, type ? type->number : 0, *from);
    }
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return fail(Errc::bad_value,
              "严重程度只有这几种 a severity is conflict, delete, void_move, rivals or parallel",
              "severity");
}

Json list_conflicts(Store& store, std::size_t limit) {
  auto found = find_conflicts(store, {.limit = std::clamp<std::size_t>(limit, 1, 1000)});
  if (!found) throw DatabaseError(found.error());
  return std::move(*found);
}

Result<Json> get_conflict(Store& store, std::string_view address) {
  const auto name = conflict_name(store, address);
  if (!name) return fail(name.error());
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Viewer viewer(store, *lease);
    Json items = Json::array();
    if (const auto row = viewer.row(*name)) {
      viewer.add(
          *row,
          [&](const ConflictName& other) {
            return other.cell == name->cell && other.void_move == name->void_move;
          },
          items);
    }
    if (!items.empty()) return std::move(items[0]);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return fail(Errc::not_found,
              "没有这个冲突：已处理，或从未有过 no such conflict: it is settled, or has never been",
              "conflict");
}

}  // namespace linli::store

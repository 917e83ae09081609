// What became of records: each step of their lives, from the log.
#include "crypto/cbor.h"
#include "node/store/reading_detail.h"
#include "sync/change_kinds.h"
#include "sync/clock.h"

namespace linli::store {

using namespace reading;
using store::Database;

namespace reading {

Json named_fields(const model::RecordType& type, const Fields& fields, std::string_view scope) {
  Json out = Json::object();
  for (const auto& [number, value] : fields) {
    const auto* field = type.field(number);
    if (!field) {
      out["#" + std::to_string(number)] = {{"cbor", crypto::to_hex(value)}};
    } else if (value == "\xf6") {
      out[std::string(field->name)] = nullptr;
    } else {
      out[std::string(field->name)] = model::value_to_json(*field, value, scope);
    }
  }
  return out;
}

void mark_erased(Database& db, const RecordPlace& record, const model::RecordType& type,
                 const Fields& fields, Json& json) {
  for (const auto& [number, value] : fields) {
    const auto* field = type.field(number);
    if (!field || !sync::may_hold_commitment(value)) continue;
    sync::each_commitment(value, [&, field_number = number](std::string_view hash) {
      if (is_erased(db, record, field_number, Hash::of(hash))) {
        json[std::string(field->name)] = {{"erased", true}};
      }
    });
  }
}

Fields opened_fields(Log& log, std::int64_t arrival, Fields fields) {
  for (auto& [number, value] : fields) {
    if (auto open = opened(log, arrival, value)) value = std::move(*open);
  }
  return fields;
}

Json fields_of_cell(const model::RecordType& type, std::uint32_t cell) {
  Json names = Json::array();
  for (const auto& field : type.fields) {
    if (type.cell_of(field.number) == cell) names.push_back(field.name);
  }
  return names;
}

std::string version_text(const sync::VersionId& version) {
  return crypto::to_hex(version.feed.view().substr(0, 8)) + "." + std::to_string(version.seq) +
         "." + std::to_string(version.index);
}

Json place_json(const People& people, const PastChange& change) {
  const auto& loaded = *change.loaded;
  const auto& person = people.under(loaded.set.certificate);
  Json json;
  json["version"] = version_text(change.version());
  json["at"] = time_text(change.change().stamp);
  json["node"] = person.name.empty() ? people.name_of(loaded.set.feed.author) : person.name;
  json["role"] = person.role;
  json["author"] = crypto::to_hex(loaded.set.feed.author.view());
  json["certificate"] = crypto::to_hex(loaded.set.certificate.view());
  json["feed"] = crypto::to_hex(loaded.feed.view());
  json["seq"] = loaded.set.seq;
  json["index"] = change.index;
  json["set"] = crypto::to_hex(sync::change_set_hash(loaded.body).view());
  json["trusted_clock"] = loaded.trusted;
  if (loaded.set.actor) json["actor"] = crypto::to_hex(loaded.set.actor->view());
  return json;
}

Json approved_json(const People& people, const Approved& approved) {
  Json json{{"at", time_text(approved.at)},
            {"reason", approved.reason},
            {"node", people.under(approved.certificate).name},
            {"certificate", crypto::to_hex(approved.certificate.view())}};
  if (approved.actor) json["actor"] = crypto::to_hex(approved.actor->view());
  return json;
}

std::optional<Covered> receipt_of(Log& log, const sync::FeedId& feed, std::uint64_t seq) {
  const auto* known = log.find_feed(feed);
  if (!known || seq > known->receipted) return std::nullopt;
  // Those that end soonest behind it: what covers it, and what was given once more for it.
  auto& s = log.database().cached(
      "SELECT body FROM log WHERE feed = ?1 AND seq >= ?2 AND kind = 2 ORDER BY seq LIMIT 8");
  s.bind(1, known->id).bind(2, static_cast<std::int64_t>(seq));
  std::optional<Covered> first;
  while (s.step()) {
    const auto receipt = sync::Receipt::decode(unpack_body(s.blob(0)));
    if (!receipt || seq > receipt->to) continue;
    if (seq < receipt->from) break;  // Those behind it were given later.
    const auto& head = receipt->checkpoint;
    if (first && std::pair(first->head.epoch, first->head.size) <= std::pair(head.epoch, head.size))
      continue;
    first = Covered{head, receipt->from, receipt->to, receipt->certificate};
  }
  s.reset();
  return first;
}

}  // namespace reading

namespace {

Json fields_json(Store& store, const model::RecordType& type, Log& log, const PastChange& change) {
  Json json = Json::object();
  Fields fields;
  for (const auto& field : change.change().fields) {
    const auto* known = type.field(field.field);
    if (change.change().kind != sync::ChangeKind::erase) {
      fields.emplace_back(field.field, std::string(field.value));
    } else if (known) {
      json[std::string(known->name)] = {{"erased", true}};
    }
  }
  if (change.change().kind == sync::ChangeKind::erase) return json;
  fields = opened_fields(log, change.loaded->arrival, std::move(fields));
  json = named_fields(type, fields, change.loaded->set.feed.scope);
  add_titles(store, log.database(), type, fields, change.loaded->set.feed.scope, json);
  mark_erased(log.database(), {change.loaded->scope, type.number, change.change().id}, type, fields,
              json);
  return json;
}

/// {cell, fields, became, ? by, ? settled} for each cell that a change wrote.
Json cells_json(const RecordPast& past, const model::RecordType& type, const People& people,
                const PastChange& change) {
  Json cells = Json::array();
  for (const auto cell : past.cells_of(change.change())) {
    const auto fate = past.fate(change, cell);
    Json json{
        {"cell", cell}, {"fields", fields_of_cell(type, cell)}, {"became", name_of(fate.became)}};
    if (const auto* by = fate.by ? past.find(*fate.by) : nullptr)
      json["by"] = place_json(people, *by);
    if (const auto open = past.settled_by(change, cell); !open.empty()) {
      json["settled"] = Json::array();
      for (const auto& version : open) json["settled"].push_back(version_text(version));
    }
    cells.push_back(std::move(json));
  }
  return cells;
}

/// One word for the whole step: what is worst news comes first.
std::string became_of(const Json& cells) {
  for (const char* word : {"lost", "waits", "stands", "ended", "superseded"}) {
    for (const auto& cell : cells) {
      if (cell["became"] == word) return word;
    }
  }
  return "stands";  // It writes no cell (an erasure).
}

Json step_json(Store& store, RecordPast& past, const model::RecordType& type, Log& log,
               const People& people, const PastChange& change) {
  Json item;
  item["kind"] = sync::name_of(change.change().kind);
  item.update(place_json(people, change));
  item["life"] = change.change().life;
  item["origin"] = change.loaded->set.origin;
  const auto covered = receipt_of(log, change.loaded->feed, change.loaded->set.seq);
  item["safe_since"] = covered ? Json(time_text(covered->head.time)) : Json(nullptr);
  const auto& seen = change.loaded->set.seen;
  item["not_before"] = seen ? Json(time_text(seen->time)) : Json(nullptr);
  // What was made up afterwards, or by a wrong clock, stands out.
  const auto stated = change.change().stamp;
  const bool early = seen && stated + sync::kStampAheadMax < seen->time;
  const bool late = covered && stated > covered->head.time + sync::kStampAheadMax;
  item["out_of_bracket"] = early || late;
  item["standing"] = 0;
  const auto* feed = log.find_feed(change.loaded->feed);
  const auto seq = static_cast<std::int64_t>(change.loaded->set.seq);
  if (const auto approved = feed ? approval_of(log.database(), feed->id, seq) : std::nullopt) {
    item["approved"] = approved_json(people, *approved);
  }
  item["fields"] = fields_json(store, type, log, change);
  item["cells"] = cells_json(past, type, people, change);
  item["became"] = became_of(item["cells"]);
  return item;
}

/// The step that stands for all those that were condensed.
Json snapshot_json(const sync::SnapshotPart& part, const People& people) {
  const auto& signer = people.under(part.certificate);
  return {{"kind", "condensed"},
          {"at", time_text(part.checkpoint.time)},
          {"node", signer.name},
          {"role", signer.role},
          {"certificate", crypto::to_hex(part.certificate.view())},
          {"position", part.checkpoint.size},
          {"safe_since", time_text(part.checkpoint.time)},
          {"standing", 0},
          {"fields", Json::object()},
          {"cells", Json::array()},
          {"became", "stands"}};
}

/// Changes of the record in sets that don't count (yet): held back, or for an upgrade to read.
void add_uncounted(Store& store, Json& items, Database& db, Log& log, const model::RecordType& type,
                   const People& people, std::int64_t scope, const sync::RecordId& id) {
  constexpr int kMost = 1000;
  auto s = db.prepare(
      "SELECT arrival, standing FROM log WHERE standing > 0 AND scope = ?1 AND kind = 1 "
      "ORDER BY arrival LIMIT ?2");
  s.bind(1, scope).bind(2, kMost);
  while (s.step()) {
    std::shared_ptr<const LoadedSet> loaded;
    try {
      loaded = log.load(s.integer(0));
    } catch (const DatabaseError&) {
      continue;  // Of a later version: its changes can't be read here yet.
    }
    for (std::uint32_t i = 0; i < loaded->set.changes.size(); ++i) {
      const PastChange change{loaded, i};
      if (change.change().type != type.number || change.change().id != id) continue;
      Json item;
      item["kind"] = sync::name_of(change.change().kind);
      item.update(place_json(people, change));
      item["life"] = change.change().life;
      item["safe_since"] = nullptr;
      item["standing"] = s.integer(1);
      item["fields"] = fields_json(store, type, log, change);
      item["cells"] = Json::array();
      item["became"] = "held";
      items.push_back(std::move(item));
    }
  }
}

}  // namespace

Result<Json> record_history(store::Store& store, std::string_view type_name, std::string_view scope,
                            const sync::RecordId& id) {
  const auto* type = model::schema().type(type_name);
  if (!type) {
    return fail(Errc::unknown_type, "no record type is called " + std::string(type_name));
  }
  try {
    auto lease = store.read();
    auto& db = *lease;
    const store::Transaction snapshot(db, true);
    store::Log log(db);
    store::Projector projector(db, log, model::schema());
    const auto number = scope_number(db, scope);
    const auto row = projector.table(type->number)->find(db, number, id);
    if (!row) return fail(Errc::not_found, "本机没有这条记录 no such record here");
    const People people(db);
    RecordPast past(db, log, projector, *row);
    Json items = Json::array();
    if (past.snapshot()) items.push_back(snapshot_json(*past.snapshot(), people));
    for (const auto& change : past.changes()) {
      items.push_back(step_json(store, past, *type, log, people, change));
    }
    add_uncounted(store, items, db, log, *type, people, number, id);
    return Json{{"items", std::move(items)}};
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

std::int64_t conflict_count(store::Store& store) {
  auto lease = store.read();
  auto& s = lease->cached("SELECT count(*) FROM conflict");
  s.step();
  const auto n = s.integer(0);
  s.reset();
  return n;
}

Json waiting(store::Store& store, const crypto::AuthorId& self) {
  auto lease = store.read();
  auto& db = *lease;
  Json json;
  auto& s = db.cached(
      "SELECT count(*), coalesce(sum(l.changes), 0), min(l.received) FROM feed f "
      "JOIN author a ON a.id = f.author JOIN log l ON l.feed = f.id AND l.kind = 1 "
      "AND l.seq > f.receipted_seq WHERE a.author = ?1 AND f.audience <> ?2");
  // What stays in community and street never gets to the hub, and waits for no receipt of it.
  s.bind_blob(1, self.view()).bind(2, static_cast<int>(sync::Audience::street));
  s.step();
  json["sets"] = s.integer(0);
  json["changes"] = s.integer(1);
  json["oldest"] = s.is_null(2) ? Json(nullptr) : Json(time_text(s.integer(2)));
  s.reset();
  auto& confined = db.cached(
      "SELECT count(*) FROM feed f JOIN author a ON a.id = f.author JOIN log l ON l.feed = f.id "
      "AND l.kind = 1 WHERE a.author = ?1 AND f.audience = ?2");
  confined.bind_blob(1, self.view()).bind(2, static_cast<int>(sync::Audience::street));
  confined.step();
  json["confined"] = confined.integer(0);
  confined.reset();
  const auto count = [&](std::string_view sql) {
    auto& c = db.cached(sql);
    c.step();
    const auto n = c.integer(0);
    c.reset();
    return n;
  };
  json["held_back"] = count("SELECT count(*) FROM waiting");
  json["quarantined"] = count("SELECT count(*) FROM quarantine WHERE reason <> 'written_again'");
  json["refused"] = 0;
  auto& safe = db.cached(
      "SELECT max(f.receipted_at) FROM feed f JOIN author a ON a.id = f.author WHERE a.author = "
      "?1");
  safe.bind_blob(1, self.view());
  safe.step();
  json["confirmed_until"] =
      safe.is_null(0) || safe.integer(0) == 0 ? Json(nullptr) : Json(time_text(safe.integer(0)));
  safe.reset();
  return json;
}

}  // namespace linli::store

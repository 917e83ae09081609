// What became of records: their history from the log, and the edits that lost.
#include "crypto/cbor.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;
using store::Database;

namespace {

/// Fields of one change or leaf, by name, as JSON.
template <class Fields>
Json named_fields(const model::RecordType& type, const Fields& fields, std::string_view scope) {
  Json out = Json::object();
  for (const auto& entry : fields) {
    const auto& [number, value] = entry;
    const auto* field = type.field(number);
    if (!field) {
      out["#" + std::to_string(number)] = {{"cbor", crypto::to_hex(value)}};
    } else if (std::string_view(value) == "\xf6") {
      out[std::string(field->name)] = nullptr;
    } else {
      out[std::string(field->name)] = model::value_to_json(*field, value, scope);
    }
  }
  return out;
}

std::string_view kind_name(sync::ChangeKind kind) {
  switch (kind) {
    case sync::ChangeKind::put:
      return "put";
    case sync::ChangeKind::clear:
      return "clear";
    case sync::ChangeKind::remove:
      return "delete";
    case sync::ChangeKind::erase:
      return "erase";
    default:
      return "unknown";
  }
}

/// The certificates known here, by subject: who wrote something.
std::map<crypto::AuthorId, std::string> names_of(Database& db) {
  std::map<crypto::AuthorId, std::string> names;
  const auto take = [&](std::string_view bytes) {
    const auto body = crypto::SignedBody::decode(bytes);
    if (!body) return;
    if (const auto certificate = crypto::Certificate::decode(body->body)) {
      names[certificate->subject] = certificate->name;
    }
  };
  auto anchors = db.prepare("SELECT bytes FROM anchor ORDER BY position");
  while (anchors.step()) take(anchors.blob(0));
  auto records = db.prepare("SELECT bytes FROM r_certificate ORDER BY _rec");
  while (records.step()) {
    cbor::Reader r(records.blob(0));
    take(r.bytes());
  }
  return names;
}

std::optional<std::string> opened(store::Log& log, const store::LoadedSet& loaded,
                                  std::string_view value) {
  cbor::Reader r(value);
  if (r.peek() != cbor::Kind::tag) return std::nullopt;
  (void)r.tag();
  const auto bytes = r.bytes(32);
  if (!r.ok()) return std::nullopt;
  return log.opened(loaded.arrival, Hash::of(bytes));
}

}  // namespace

Result<Json> record_history(store::Store& store, std::string_view type_name, std::string_view scope,
                            const sync::RecordId& id) {
  const auto* type = model::schema().type(type_name);
  if (!type) {
    return fail(Errc::unknown_type, "no record type is called " + std::string(type_name));
  }
  const auto* table = store.projector().table(type->number);
  try {
    auto lease = store.read();
    auto& db = *lease;
    const store::Transaction snapshot(db, true);
    const auto row = table->find(db, scope_number(db, scope), id);
    if (!row) return fail(Errc::not_found, "no such record here");
    std::vector<std::pair<std::int64_t, std::int64_t>> places{{row->arrival, row->idx}};
    auto more = db.prepare("SELECT arrival, idx FROM record_change WHERE rec = ?1 ORDER BY 1, 2");
    more.bind(1, row->rec);
    while (more.step()) places.emplace_back(more.integer(0), more.integer(1));
    const auto names = names_of(db);
    store::Log log(db);
    Json items = Json::array();
    for (const auto& [arrival, index] : places) {
      const auto loaded = log.load(arrival);
      const auto& change = loaded->set.changes.at(static_cast<std::size_t>(index));
      std::vector<std::pair<std::uint32_t, std::string>> fields;
      for (const auto& field : change.fields) {
        auto value = opened(log, *loaded, field.value);
        fields.emplace_back(field.field, value ? *value : std::string(field.value));
      }
      const auto& author = loaded->set.feed.author;
      const auto known = names.find(author);
      Json item;
      item["kind"] = kind_name(change.kind);
      item["at"] = time_text(change.stamp);
      item["author"] = crypto::to_hex(author.view());
      item["node"] = known == names.end() ? std::string() : known->second;
      item["certificate"] = crypto::to_hex(loaded->set.certificate.view());
      item["seq"] = loaded->set.seq;
      item["index"] = index;
      item["set"] = crypto::to_hex(sync::change_set_hash(loaded->body).view());
      item["trusted_clock"] = loaded->trusted;
      item["fields"] = named_fields(*type, fields, scope);
      items.push_back(std::move(item));
    }
    return Json{{"items", std::move(items)}};
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

Json list_conflicts(store::Store& store, std::size_t limit) {
  auto lease = store.read();
  auto& db = *lease;
  const store::Transaction snapshot(db, true);
  store::Log log(db);
  store::Projector projector(db, log, model::schema());
  const auto names = names_of(db);
  Json items = Json::array();
  auto s = db.prepare("SELECT rec FROM conflict ORDER BY rec DESC LIMIT ?1");
  s.bind(1, static_cast<std::int64_t>(limit));
  while (s.step()) {
    const auto rec = s.integer(0);
    const auto* table = projector.table(store::type_of_rec(rec));
    auto row = table ? table->at(db, rec) : std::nullopt;
    if (!row) continue;
    row->record.scope = path_of(db, row->scope);
    const auto& type = table->type();
    const auto leaf_json = [&](const sync::Leaf& leaf) {
      std::vector<std::pair<std::uint32_t, std::string>> fields = leaf.fields;
      Json json;
      const auto arrival = log.arrival_of(leaf.key.version.feed, leaf.key.version.seq);
      if (arrival) {
        const auto loaded = log.load(*arrival);
        for (auto& [number, value] : fields) {
          if (auto open = opened(log, *loaded, value)) value = *open;
        }
        const auto known = names.find(loaded->set.feed.author);
        json["node"] = known == names.end() ? std::string() : known->second;
        json["author"] = crypto::to_hex(loaded->set.feed.author.view());
      }
      json["fields"] = named_fields(type, fields, row->record.scope);
      json["at"] = time_text(leaf.key.time);
      json["trusted_clock"] = leaf.key.trusted;
      json["version"] = crypto::to_hex(leaf.key.version.feed.view().substr(0, 8)) + "." +
                        std::to_string(leaf.key.version.seq) + "." +
                        std::to_string(leaf.key.version.index);
      if (leaf.removal) json["removal"] = true;
      return json;
    };
    const auto merged = projector.state_of(*row).merged(projector.rules(type.number));
    for (const auto& conflict : merged.conflicts) {
      Json item;
      item["type"] = type.name;
      item["id"] = sync::to_text(row->record.id);
      item["scope"] = row->record.scope;
      item["title"] = title_of(store, db, row->record, 3);
      item["cell"] = conflict.cell;
      Json fields = Json::array();
      for (const auto& field : type.fields) {
        if (type.cell_of(field.number) == conflict.cell) fields.push_back(field.name);
      }
      item["fields"] = std::move(fields);
      item["winner"] = leaf_json(conflict.winner);
      item["losers"] = Json::array();
      for (const auto& loser : conflict.losers) item["losers"].push_back(leaf_json(loser));
      item["void_move"] = conflict.void_move;
      items.push_back(std::move(item));
    }
  }
  return {{"items", std::move(items)}};
}

std::int64_t conflict_count(store::Store& store) {
  auto lease = store.read();
  auto& s = lease->cached("SELECT count(*) FROM conflict");
  s.step();
  const auto n = s.integer(0);
  s.reset();
  return n;
}

Json list_nodes(store::Store& store) {
  auto lease = store.read();
  auto& db = *lease;
  std::map<crypto::AuthorId, std::int64_t> contacts;
  auto peers =
      db.prepare("SELECT a.author, p.last_contact FROM peer p JOIN author a ON a.id = p.author");
  while (peers.step()) contacts[crypto::AuthorId::of(peers.blob(0))] = peers.integer(1);
  Json items = Json::array();
  std::map<crypto::AuthorId, bool> seen;
  const auto add = [&](std::string_view bytes) {
    const auto body = crypto::SignedBody::decode(bytes);
    if (!body) return;
    const auto certificate = crypto::Certificate::decode(body->body);
    if (!certificate || !seen.emplace(certificate->subject, true).second) return;
    const auto contact = contacts.find(certificate->subject);
    Json item;
    item["author"] = crypto::to_hex(certificate->subject.view());
    item["name"] = certificate->name;
    item["role"] = crypto::name_of(certificate->role);
    item["scope"] = certificate->paths.front();
    item["certificate"] = crypto::to_hex(crypto::certificate_hash(body->body).view());
    item["valid_until"] = time_text(certificate->valid_until_us);
    item["last_contact"] = contact == contacts.end() || contact->second == 0
                               ? Json(nullptr)
                               : Json(time_text(contact->second));
    items.push_back(std::move(item));
  };
  auto anchors = db.prepare("SELECT bytes FROM anchor ORDER BY position");
  while (anchors.step()) add(anchors.blob(0));
  auto records = db.prepare("SELECT bytes FROM r_certificate ORDER BY _rec DESC");
  while (records.step()) {
    cbor::Reader r(records.blob(0));
    add(r.bytes());
  }
  return {{"items", std::move(items)}};
}

Json waiting(store::Store& store, const crypto::AuthorId& self) {
  auto lease = store.read();
  auto& db = *lease;
  Json json;
  auto& s = db.cached(
      "SELECT count(*), coalesce(sum(l.changes), 0), min(l.received) FROM feed f "
      "JOIN author a ON a.id = f.author JOIN log l ON l.feed = f.id AND l.kind = 1 "
      "AND l.seq > f.receipted_seq WHERE a.author = ?1");
  s.bind_blob(1, self.view());
  s.step();
  json["sets"] = s.integer(0);
  json["changes"] = s.integer(1);
  json["oldest"] = s.is_null(2) ? Json(nullptr) : Json(time_text(s.integer(2)));
  s.reset();
  const auto count = [&](std::string_view sql) {
    auto& c = db.cached(sql);
    c.step();
    const auto n = c.integer(0);
    c.reset();
    return n;
  };
  json["held_back"] = count("SELECT count(*) FROM waiting");
  json["quarantined"] = count("SELECT count(*) FROM quarantine");
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

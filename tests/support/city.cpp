#include "tests/support/city.h"

#include "crypto/cbor.h"

namespace linli::test {

namespace {

constexpr const char* kUnits[] = {
    R"({"code":"410700","level":"city","name":"新乡市","code_authority":"gbt2260","valid_from":"2023-01-01"})",
    R"({"code":"410702","level":"district","name":"红旗区","code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})",
    R"({"code":"410703","level":"district","name":"卫滨区","code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})",
    R"({"code":"410702003","level":"street","name":"东街街道","code_authority":"stats","parent":"410702","valid_from":"2023-01-01"})",
    R"({"code":"410703001","level":"street","name":"胜利路街道","code_authority":"stats","parent":"410703","valid_from":"2023-01-01"})",
    R"({"code":"410702003901","level":"community","name":"示例社区","code_authority":"stats","parent":"410702003","valid_from":"2023-01-01"})",
    R"({"code":"410703001901","level":"community","name":"样例社区","code_authority":"stats","parent":"410703001","valid_from":"2023-01-01"})"};
constexpr const char* kCompany =
    R"({"uscc":"91350100M000100Y43","name":"样例物业","legal_person":"法人某甲","phone":"0373-1",
        "complaint_phone":"0373-2","status":"active"})";
constexpr const char* kTemplate = R"({"code":"t","version":1,"name":"检查表","status":"published",
    "items":[{"item_code":"F01","domain":"fire","text":"制度","weight":3,"veto":false,"default_severity":"major"},
             {"item_code":"C01","domain":"cleaning","text":"整洁","weight":1,"veto":false,"default_severity":"minor"}]})";

std::string told(const Outcome& outcome) {
  std::string text;
  for (const auto& fault : outcome.faults) {
    text += std::string(info(fault.code).name) + " " + fault.field + ": " + fault.en + "; ";
  }
  return text;
}

template <class T>
T must(Result<T> result, const char* what) {
  if (!result) FAIL(what << ": " << describe(result.error()));
  return std::move(*result);
}
void must(const Result<void>& result, const char* what) {
  if (!result) FAIL(what << ": " << describe(result.error()));
}

}  // namespace

// ---- Nodes --------------------------------------------------------------------------------------

void Node::open() {
  replica = must(Replica::open(dir, clock), "open");
  server = std::make_unique<sync::Server>(*replica, replica->identity().city);
}

void Node::close() {
  server.reset();
  replica.reset();
}

std::filesystem::path City::new_folder() const {
  return folder.path() / ("node" + std::to_string(nodes.size()));
}

City::City(bool basics) {
  nodes.push_back(std::make_unique<Node>(new_folder(), time));
  must(node::found_city(hub().dir, {"新乡市住房和城乡建设局", kCity, 0}, hub().clock), "found");
  hub().open();
  if (!basics) return;
  for (const auto* unit : kUnits) put(hub(), "org_unit", unit);
  put(hub(), "company", kCompany);
  put(hub(), "template", kTemplate);
}

Node& City::enrol(const std::string& scope, const std::string& name, crypto::Role role,
                  Node* issuer) {
  if (!issuer) issuer = &hub();
  node::Offer offer;
  offer.role = role;
  offer.scope = scope;
  offer.name = name;
  const auto invite = must(node::invite(**issuer, offer), "invite");
  auto made = std::make_unique<Node>(new_folder(), time);
  Serving serving(*issuer);
  must(node::join(made->dir, invite, serving.url(), made->clock), "join");
  made->open();
  nodes.push_back(std::move(made));
  return *nodes.back();
}

RelayedCity::RelayedCity()
    : office(
          (exchange(street, hub), city.enrol(kOffice, "示例社区", crypto::Role::office, &street))) {
  exchange(street, hub);
  exchange(office, street);
}

void RelayedCity::bring_up() {
  exchange(office, street);
  exchange(street, hub);
  exchange(street, hub);
}

Admitted admit(Node& issuer, const std::string& scope) {
  Admitted admitted;
  const auto trust = issuer->trust();
  const auto* above = trust->book.find(issuer->identity().certificate);
  crypto::Certificate made;
  made.city = issuer->identity().city;
  made.serial = 1000 + trust->book.all().size();
  made.subject = crypto::author_of(admitted.key.public_key());
  made.signing_key = admitted.key.public_key();
  made.sealing_key = admitted.key.sealing_key();
  made.name = "示例";
  made.paths = {scope};
  made.audiences = above->audiences;
  made.valid_from_us = above->valid_from_us;
  made.valid_until_us = above->valid_until_us;
  made.issuer = issuer->identity().certificate;
  crypto::SignedBody body{made.encode(), {}};
  body.signature = issuer->key().sign(crypto::kDomainCertificate, body.body);
  must(issuer->adopt({body.encode()}), "adopt");
  admitted.certificate = crypto::certificate_hash(body.body);
  return admitted;
}

Result<node::ExchangeReport> try_exchange(Node& client, Node& server, const Line& line,
                                          node::Findings* findings, node::Portions* portions) {
  const node::Post send = [&](const std::string& body) -> Result<node::HttpAnswer> {
    auto wire = body;
    if (line.ask && !line.ask(wire)) return fail(Errc::unreachable);
    const auto asked = sync::unpack(wire);
    if (!asked) return node::HttpAnswer{info(asked.error().code).http_status, {}, {}, 0, 0};
    const auto known = server->trust();
    const auto said = server.server->answer(*asked, known->book, server->now());
    node::HttpAnswer answer{200, {}, {}, wire.size(), 0};
    answer.body = sync::pack(said.encode(), server->key(), crypto::kDomainResponse);
    answer.bytes_in = answer.body.size();
    if (line.answer && !line.answer(answer.body)) return fail(Errc::unreachable);
    return answer;
  };
  return node::exchange(*client, send, {}, {}, findings, portions);
}

node::ExchangeReport exchange(Node& client, Node& server) {
  auto report = must(try_exchange(client, server), "exchange");
  for (const auto& refusal : report.refusals) {
    UNSCOPED_INFO("refused: " << (refusal.refused ? info(*refusal.refused).name : "nothing") << " "
                              << refusal.detail);
  }
  return report;
}

// ---- Writing ------------------------------------------------------------------------------------

const model::RecordType& type_of(std::string_view name) {
  const auto* type = model::schema().type(name);
  REQUIRE(type != nullptr);
  return *type;
}

node::Wish wish(std::string_view type, std::string_view json) {
  node::Wish wish;
  wish.type = &type_of(type);
  wish.fields = Json::parse(json);
  return wish;
}

Outcome put(Node& node, std::string_view type, std::string_view json,
            const node::PutOptions& options) {
  auto outcomes = must(node->put({wish(type, json)}, options), "put");
  REQUIRE(outcomes.size() == 1);
  INFO(json);
  if (!outcomes[0].faults.empty()) FAIL("put " << type << ": " << told(outcomes[0]));
  return outcomes[0];
}

Outcome edit(Node& node, std::string_view type, const Outcome& record, std::string_view json) {
  auto changed = wish(type, json);
  changed.id = record.id;
  changed.scope = record.scope;
  auto outcomes = must(node->put({changed}), "edit");
  if (!outcomes[0].faults.empty()) FAIL("edit " << type << ": " << told(outcomes[0]));
  return outcomes[0];
}

Outcome remove(Node& node, std::string_view type, const Outcome& record) {
  node::Wish gone;
  gone.kind = node::Wish::Kind::remove;
  gone.type = &type_of(type);
  gone.id = record.id;
  gone.scope = record.scope;
  auto outcomes = must(node->put({gone}), "remove");
  if (!outcomes[0].faults.empty()) FAIL("remove " << type << ": " << told(outcomes[0]));
  return outcomes[0];
}

std::string refusal(const Outcome& outcome) {
  if (outcome.faults.empty()) return "";
  const auto& fault = outcome.faults.front();
  return std::string(info(fault.code).name) + (fault.field.empty() ? "" : " " + fault.field);
}

std::string refusal(Node& node, std::string_view type, std::string_view json,
                    const node::PutOptions& options) {
  const auto outcomes = must(node->put({wish(type, json)}, options), "put");
  INFO(told(outcomes[0]));
  CHECK(outcomes[0].faults.empty() == (outcomes[0].done != Outcome::Done::refused));
  return refusal(outcomes[0]);
}

std::string compound(std::string_view code, std::string_view changes) {
  auto json = Json::parse(R"({"name":"示例小区","address":"示例路1号","kind":"commodity",
    "is_old":false,"management_mode":"company","building_count":4,"household_count":300,
    "delivered_household_count":290,"occupied_household_count":250,"floor_area_dm2":3000000,
    "exclusive_area_dm2":2800000,"delivered_area_dm2":2700000,"property_office_area_dm2":12000,
    "committee_office_area_dm2":2000,"lift_count":8,"highrise_building_count":4,
    "parking_count":200,"charging_point_count":20,"basement":true,"flood_risk":"low",
    "first_delivery_on":"2019-06-01","status":"in_service","status_on":"2019-07-01"})");
  json["compound_code"] = code;
  json["community"] = code.substr(0, 12);
  const auto changed = Json::parse(changes);
  for (const auto& [name, value] : changed.items()) {
    if (value.is_null()) {
      json.erase(name);
    } else {
      json[name] = value;
    }
  }
  return json.dump();
}

// ---- Reading ------------------------------------------------------------------------------------

Json get(Node& node, std::string_view type, const Outcome& record) {
  auto json = store::get_record(node->store(), type, record.scope, record.id);
  if (!json) return Json(nullptr);
  return *json;
}

std::string field(Node& node, std::string_view type, const Outcome& record, const char* name) {
  const auto json = get(node, type, record);
  if (json.is_null()) return "?";
  const auto& all = json["fields"];
  if (!all.contains(name)) return "-";
  return all[name].is_string() ? all[name].get<std::string>() : all[name].dump();
}

std::string export_all(Node& node) {
  std::string text;
  for (const auto& type : model::schema().types) {
    if (sync::founds_trust(type.number)) continue;
    must(store::export_records(
             node->store(), type.name,
             [&](const Json& line) { text += std::string(type.name) + " " + line.dump() + "\n"; }),
         "export");
  }
  return text;
}

std::string rows(Node& node, const std::string& sql) {
  auto lease = node->store().read();
  auto s = lease->prepare(sql);
  std::string text;
  while (s.step()) {
    for (int i = 0; i < s.columns(); ++i) {
      if (i) text += "|";
      text += s.is_null(i) ? "-" : std::string(s.text(i));
    }
    text += "\n";
  }
  return text;
}

std::int64_t number(Node& node, const std::string& sql) {
  auto lease = node->store().read();
  auto s = lease->prepare(sql);
  REQUIRE(s.step());
  return s.integer(0);
}

void execute(Node& node, const std::string& sql) {
  REQUIRE(node.replica == nullptr);
  auto db = must(store::Database::open(node.dir / "linli.db", store::Access::write), "open");
  db->execute(sql);
  REQUIRE(db->changes() > 0);
}

std::vector<std::string> faults(Node& node) {
  auto store = must(store::Store::open(node.dir / "linli.db", store::Access::read), "open");
  std::vector<std::string> said;
  for (auto& fault : must(store::verify(*store), "verify").faults) said.push_back(fault.what);
  return said;
}

std::string dump(Node& node) {
  std::vector<std::string> tables;
  auto lease = node->store().read();
  auto list = lease->prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name GLOB 'r_*' OR name IN "
      "('record_change', 'record_state', 'conflict', 'invalid', 'measure', 'aggregate', "
      "'aggregate_month')) ORDER BY name");
  while (list.step()) tables.emplace_back(list.text(0));
  std::string text;
  for (const auto& table : tables) {
    text += "== " + table + "\n";
    auto s = lease->prepare("SELECT * FROM " + table + " ORDER BY 1, 2");
    while (s.step()) {
      for (int i = 0; i < s.columns(); ++i) {
        text += (i ? "|" : "") + (s.is_null(i) ? "-" : crypto::to_hex(s.blob(i)));
      }
      text += "\n";
    }
  }
  return text;
}

bool files_hold(Node& node, std::string_view value) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(node.dir)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    if (bytes.find(value) != std::string::npos) return true;
  }
  return false;
}

// ---- Change sets made by hand -------------------------------------------------------------------

Pen Pen::of(Node& node, const std::string& scope, sync::Audience audience) {
  const auto& me = node->identity();
  Pen pen;
  pen.key = &node->key();
  pen.city = me.city;
  pen.certificate = me.certificate;
  pen.policy = node->trust()->newest_policy;
  pen.feed = {me.author, scope, audience, {}};
  pen.stamp = node.clock.now();
  const auto tips = must(node->frontiers({pen.feed.id(pen.city)}), "frontiers");
  if (!tips.empty()) {
    pen.seq = tips[0].seq;
    pen.prev = tips[0].hash;
  }
  return pen;
}

sync::Object Pen::write(const std::function<void(sync::ChangeSet&)>& change) {
  sync::ChangeSet set;
  set.city = city;
  set.feed = feed;
  set.certificate = certificate;
  set.policy = policy;
  set.seq = ++seq;
  set.prev = prev;
  set.schema_version = 1;
  set.time_base = ++stamp;
  // A building: plain fields only, and no office may be too small to write it.
  static const std::string floors = cbor::encode_int(6), no = cbor::encode_text("手写");
  sync::Change first;
  first.type = 12;
  first.id = crypto::random<sync::RecordId>();
  first.stamp = stamp;
  first.fields = {{2, no}, {3, floors}};
  set.changes.push_back(first);
  if (change) change(set);
  return seal(set);
}

sync::Object Pen::seal(const sync::ChangeSet& set, std::vector<sync::Opening> openings) {
  sync::Parcel parcel;
  parcel.body = must(sync::encode_change_set(set), "encode");
  parcel.signature = key->sign(crypto::kDomainChangeSet, parcel.body);
  parcel.openings = std::move(openings);
  prev = sync::change_set_hash(parcel.body);
  return {sync::ObjectKind::parcel, parcel.encode()};
}

std::vector<std::string> take(Node& node, std::vector<sync::Object> objects, Node& from) {
  std::vector<std::string> became(objects.size(), "accepted");
  const auto verdicts = must(node->take(std::move(objects), from->identity().certificate), "take");
  for (const auto& verdict : verdicts) {
    became.at(verdict.index) = verdict.refused ? std::string(info(*verdict.refused).name) : "?";
  }
  return became;
}

// ---- Serving ------------------------------------------------------------------------------------

Serving::Serving(Node& node, node::Agent* agent, const api::Listen& listen)
    : server_(*node, agent) {
  must(server_.bind(listen), "bind");
  thread_ = std::thread([this] { server_.run(); });
  node::HttpClient client(url());
  client.meet();
  for (int i = 0; i < 200; ++i) {
    if (const auto answer = client.send("GET", "/healthz"); answer && answer->status == 200) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  FAIL("the server doesn't answer");
}

Serving::~Serving() {
  server_.stop();
  thread_.join();
}

}  // namespace linli::test

#include "tests/support/sync_vectors.h"

#include <algorithm>
#include <functional>

#include "crypto/cbor.h"

namespace linli::test {
namespace {

using crypto::to_hex;
using namespace sync;

template <class Bytes>
std::string hex(const Bytes& b) {
  return to_hex(b.view());
}

template <class Bytes>
Bytes fixed(const Json& j) {
  return Bytes::of(unhex(j));
}

/// N bytes of one value: easy to recognise in a dump.
template <class Bytes>
Bytes all(int byte) {
  return Bytes::of(std::string(Bytes::size(), static_cast<char>(byte)));
}

std::string array_of(const std::vector<std::string>& items) {
  cbor::Writer w;
  w.array(items.size());
  for (const auto& item : items) w.raw(item);
  return w.take();
}

std::string map_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  cbor::Writer w;
  w.map(pairs.size());
  for (const auto& [key, value] : pairs) {
    w.raw(key);
    w.raw(value);
  }
  return w.take();
}

const std::string kNull = "\xF6";
std::string i(std::int64_t v) { return cbor::encode_int(v); }
std::string t(std::string_view v) { return cbor::encode_text(v); }
std::string b(std::size_t n, int byte) {
  return cbor::encode_bytes(std::string(n, static_cast<char>(byte)));
}

std::string committed(const Hash& commitment) {
  cbor::Writer w;
  w.tag(cbor::kTagCommitment);
  w.bytes(commitment.view());
  return w.take();
}

constexpr std::string_view kCommunity = "410700/410702/410702003/jiedu";
constexpr Micros kNoon = 1'790'000'000'000'000;

crypto::SignedBody sign(const crypto::SigningKey& key, std::string_view domain, std::string body) {
  const auto signature = key.sign(domain, body);
  return {std::move(body), signature};
}

Json versions_json(const std::vector<VersionId>& versions) {
  Json list = Json::array();
  for (const auto& v : versions) list.push_back(Json::array({hex(v.feed), v.seq, v.index}));
  return list;
}

std::vector<VersionId> versions_from(const Json& list) {
  std::vector<VersionId> versions;
  for (const auto& v : list)
    versions.push_back({fixed<FeedId>(v[0]), v[1].get<std::uint64_t>(), v[2].get<std::uint32_t>()});
  return versions;
}

Json seen_json(const Seen& s) { return Json::array({s.epoch, s.size, hex(s.root), s.time}); }

Seen seen_from(const Json& j) {
  return {j[0].get<std::uint64_t>(), j[1].get<std::uint64_t>(), fixed<Hash>(j[2]),
          j[3].get<Micros>()};
}

Json change_json(const Change& change) {
  Json j;
  j["type"] = change.type;
  j["id"] = hex(change.id);
  j["kind"] = static_cast<unsigned>(change.kind);
  j["stamp"] = change.stamp;
  j["fields"] = Json::array();
  for (const auto& f : change.fields)
    j["fields"].push_back(Json::array({f.field, to_hex(f.value)}));
  if (!change.base.empty()) {
    j["base"]["all"] = versions_json(change.base.all);
    j["base"]["cells"] = Json::array();
    for (const auto& [cell, versions] : change.base.cells)
      j["base"]["cells"].push_back(Json::array({cell, versions_json(versions)}));
  }
  if (change.life > 0) j["life"] = change.life;
  return j;
}

Change change_from(const Json& j, OwnedSet& owner) {
  Change c;
  c.type = j["type"].get<std::uint32_t>();
  c.id = fixed<RecordId>(j["id"]);
  c.kind = static_cast<ChangeKind>(j["kind"].get<unsigned>());
  c.stamp = j["stamp"].get<Micros>();
  for (const auto& f : j["fields"])
    c.fields.push_back({f[0].get<std::uint32_t>(), owner.keep(unhex(f[1]))});
  if (j.contains("base")) {
    c.base.all = versions_from(j["base"]["all"]);
    for (const auto& cell : j["base"]["cells"])
      c.base.cells.emplace_back(cell[0].get<std::uint32_t>(), versions_from(cell[1]));
  }
  if (j.contains("life")) c.life = j["life"].get<std::uint64_t>();
  return c;
}

}  // namespace

std::string unhex(const Json& j) {
  auto bytes = crypto::from_hex(j.get<std::string>());
  ensure(bytes.has_value(), "a vector holds what is no hexadecimal");
  return std::move(*bytes);
}

Json to_json(const ChangeSet& set) {
  Json j;
  j["suite"] = set.suite;
  j["city"] = hex(set.city);
  j["author"] = hex(set.feed.author);
  j["certificate"] = hex(set.certificate);
  j["scope"] = set.feed.scope;
  j["audience"] = static_cast<unsigned>(set.feed.audience);
  const auto& incarnation = set.feed.incarnation;
  if (incarnation != Incarnation{})
    j["incarnation"] = Json::array({incarnation.number, hex(incarnation.nonce)});
  j["seq"] = set.seq;
  if (!set.prev.is_zero()) j["prev"] = hex(set.prev);
  if (set.seen) j["seen"] = seen_json(*set.seen);
  if (!set.policy.is_zero()) j["policy"] = hex(set.policy);
  j["schema"] = set.schema_version;
  j["time_base"] = set.time_base;
  j["changes"] = Json::array();
  for (const auto& change : set.changes) j["changes"].push_back(change_json(change));
  if (set.actor) j["actor"] = hex(*set.actor);
  if (set.action) j["action"] = hex(*set.action);
  if (!set.origin.empty()) j["origin"] = set.origin;
  if (set.blind) j["blind"] = hex(*set.blind);
  if (const auto& s = set.succession)
    j["succession"] = Json::array({s->reason, hex(s->feed), s->seq, hex(s->head)});
  return j;
}

OwnedSet change_set_from(const Json& j) {
  OwnedSet owned;
  ChangeSet& set = owned.set;
  set.suite = j["suite"].get<std::uint64_t>();
  set.city = fixed<Hash>(j["city"]);
  set.feed.author = fixed<AuthorId>(j["author"]);
  set.certificate = fixed<Hash>(j["certificate"]);
  set.feed.scope = j["scope"].get<std::string>();
  set.feed.audience = static_cast<Audience>(j["audience"].get<unsigned>());
  if (j.contains("incarnation")) {
    const auto& incarnation = j["incarnation"];
    set.feed.incarnation = {incarnation[0].get<std::uint64_t>(), fixed<Nonce>(incarnation[1])};
  }
  set.seq = j["seq"].get<std::uint64_t>();
  if (j.contains("prev")) set.prev = fixed<Hash>(j["prev"]);
  if (j.contains("seen")) set.seen = seen_from(j["seen"]);
  if (j.contains("policy")) set.policy = fixed<Hash>(j["policy"]);
  set.schema_version = j["schema"].get<std::uint64_t>();
  set.time_base = j["time_base"].get<Micros>();
  for (const auto& change : j["changes"]) set.changes.push_back(change_from(change, owned));
  if (j.contains("actor")) set.actor = fixed<Nonce>(j["actor"]);
  if (j.contains("action")) set.action = fixed<Nonce>(j["action"]);
  if (j.contains("origin")) set.origin = owned.keep(j["origin"].get<std::string>());
  if (j.contains("blind")) set.blind = fixed<Nonce>(j["blind"]);
  if (j.contains("succession")) {
    const auto& s = j["succession"];
    set.succession = Succession{s[0].get<std::string>(), fixed<FeedId>(s[1]),
                                s[2].get<std::uint64_t>(), fixed<Hash>(s[3])};
  }
  return owned;
}

Json to_json(const Policy& policy) {
  Json j;
  j["number"] = policy.number;
  if (!policy.previous.is_zero()) j["previous"] = hex(policy.previous);
  j["rules"] = Json::array();
  for (const auto& rule : policy.rules) {
    Json r;
    r["type"] = rule.type;
    r["writers"] = rule.writers;
    r["removers"] = rule.removers;
    r["fields"] = rule.fields;
    r["state_field"] = rule.state_field ? Json(*rule.state_field) : Json(nullptr);
    r["moves"] = Json::array();
    for (const auto& m : rule.moves)
      r["moves"].push_back(Json::array({m.from, m.to, m.roles, m.rank}));
    j["rules"].push_back(r);
  }
  return j;
}

Policy policy_from(const Json& j) {
  Policy policy;
  policy.number = j["number"].get<std::uint64_t>();
  if (j.contains("previous")) policy.previous = fixed<Hash>(j["previous"]);
  for (const auto& r : j["rules"]) {
    TypeRule rule;
    rule.type = r["type"].get<std::uint32_t>();
    rule.writers = r["writers"].get<RoleMask>();
    rule.removers = r["removers"].get<RoleMask>();
    for (const auto& f : r["fields"])
      rule.fields.emplace_back(f[0].get<std::uint32_t>(), f[1].get<RoleMask>());
    if (!r["state_field"].is_null()) rule.state_field = r["state_field"].get<std::uint32_t>();
    for (const auto& m : r["moves"])
      rule.moves.push_back({m[0].get<std::int64_t>(), m[1].get<std::int64_t>(),
                            m[2].get<RoleMask>(), m[3].get<std::uint32_t>()});
    policy.rules.push_back(std::move(rule));
  }
  return policy;
}

Json to_json(const Receipt& receipt) {
  Json j;
  j["city"] = hex(receipt.city);
  j["certificate"] = hex(receipt.certificate);
  j["feed"] = hex(receipt.feed);
  j["scope"] = receipt.scope;
  j["audience"] = static_cast<unsigned>(receipt.audience);
  j["from"] = receipt.from;
  j["to"] = receipt.to;
  j["last"] = hex(receipt.last);
  j["clock_flagged"] = receipt.clock_flagged;
  j["checkpoint"] = seen_json(receipt.checkpoint);
  return j;
}

Receipt receipt_from(const Json& j) {
  Receipt receipt;
  receipt.city = fixed<Hash>(j["city"]);
  receipt.certificate = fixed<Hash>(j["certificate"]);
  receipt.feed = fixed<FeedId>(j["feed"]);
  receipt.scope = j["scope"].get<std::string>();
  receipt.audience = static_cast<Audience>(j["audience"].get<unsigned>());
  receipt.from = j["from"].get<std::uint64_t>();
  receipt.to = j["to"].get<std::uint64_t>();
  receipt.last = fixed<Hash>(j["last"]);
  receipt.clock_flagged = j["clock_flagged"].get<std::vector<std::uint64_t>>();
  receipt.checkpoint = seen_from(j["checkpoint"]);
  return receipt;
}

Json to_json(const crypto::RootStatement& root) {
  Json j;
  j["suite"] = root.suite;
  j["version"] = root.version;
  j["name"] = root.name;
  j["scope"] = root.scope;
  j["keys"] = Json::array();
  for (const auto& key : root.keys) j["keys"].push_back(hex(key));
  j["threshold"] = root.threshold;
  j["created"] = root.created_us;
  return j;
}

crypto::RootStatement root_from(const Json& j) {
  crypto::RootStatement root;
  root.suite = j["suite"].get<std::uint64_t>();
  root.version = j["version"].get<std::uint64_t>();
  root.name = j["name"].get<std::string>();
  root.scope = j["scope"].get<std::string>();
  for (const auto& key : j["keys"]) root.keys.push_back(fixed<crypto::PublicKey>(key));
  root.threshold = j["threshold"].get<std::uint64_t>();
  root.created_us = j["created"].get<std::int64_t>();
  return root;
}

Json to_json(const crypto::Certificate& c) {
  Json j;
  j["suite"] = c.suite;
  j["city"] = hex(c.city);
  j["serial"] = c.serial;
  j["subject"] = hex(c.subject);
  j["signing_key"] = hex(c.signing_key);
  j["sealing_key"] = hex(c.sealing_key);
  j["tls_key"] = hex(c.tls_key);
  j["role"] = static_cast<unsigned>(c.role);
  j["name"] = c.name;
  j["paths"] = c.paths;
  j["excluded"] = c.excluded;
  j["audiences"] = c.audiences;
  j["rights"] = c.rights;
  j["delegation"] = c.delegation;
  j["valid_from"] = c.valid_from_us;
  j["valid_until"] = c.valid_until_us;
  j["issuer"] = hex(c.issuer);
  return j;
}

crypto::Certificate certificate_from(const Json& j) {
  crypto::Certificate c;
  c.suite = j["suite"].get<std::uint64_t>();
  c.city = fixed<Hash>(j["city"]);
  c.serial = j["serial"].get<std::uint64_t>();
  c.subject = fixed<AuthorId>(j["subject"]);
  c.signing_key = fixed<crypto::PublicKey>(j["signing_key"]);
  c.sealing_key = fixed<crypto::SealingKey>(j["sealing_key"]);
  c.tls_key = fixed<Hash>(j["tls_key"]);
  c.role = static_cast<crypto::Role>(j["role"].get<unsigned>());
  c.name = j["name"].get<std::string>();
  c.paths = j["paths"].get<std::vector<std::string>>();
  c.excluded = j["excluded"].get<std::vector<std::string>>();
  c.audiences = j["audiences"].get<std::uint32_t>();
  c.rights = j["rights"].get<std::uint32_t>();
  c.delegation = j["delegation"].get<std::uint32_t>();
  c.valid_from_us = j["valid_from"].get<std::int64_t>();
  c.valid_until_us = j["valid_until"].get<std::int64_t>();
  c.issuer = fixed<Hash>(j["issuer"]);
  return c;
}

PaperCity make_city() {
  auto root_key = crypto::SigningKey::from_seed(std::string(32, '\x01'));
  auto hub_key = crypto::SigningKey::from_seed(std::string(32, '\x02'));
  auto office_key = crypto::SigningKey::from_seed(std::string(32, '\x03'));

  crypto::RootStatement root;
  root.name = "新乡市住房和城乡建设局";
  root.scope = "410700";
  root.keys = {root_key.public_key()};
  root.created_us = kNoon - 1'000'000;
  auto signed_root = sign(root_key, crypto::kDomainRoot, root.encode());
  const Hash city = crypto::root_hash(signed_root.body);

  crypto::Certificate hub;
  hub.city = city;
  hub.serial = 1;
  hub.subject = crypto::author_of(hub_key.public_key());
  hub.signing_key = hub_key.public_key();
  hub.sealing_key = hub_key.sealing_key();
  hub.role = crypto::Role::hub;
  hub.name = "市级平台";
  hub.paths = {"410700"};
  hub.rights = crypto::kRightReadPersonal | crypto::kRightReceipt | crypto::kRightPolicy;
  hub.delegation = 3;
  hub.valid_from_us = kNoon - 1'000'000;
  hub.valid_until_us = kNoon + 10LL * 365 * 86'400 * 1'000'000;
  hub.issuer = city;
  auto signed_hub = sign(root_key, crypto::kDomainCertificate, hub.encode());

  crypto::Certificate office = hub;
  office.subject = crypto::author_of(office_key.public_key());
  office.signing_key = office_key.public_key();
  office.sealing_key = office_key.sealing_key();
  office.role = crypto::Role::office;
  office.name = "街渡社区";
  office.paths = {std::string(kCommunity)};
  office.rights = crypto::kRightReadPersonal;
  office.delegation = 1;
  office.valid_until_us = kNoon + 365LL * 86'400 * 1'000'000;
  office.issuer = crypto::certificate_hash(signed_hub.body);
  auto signed_office = sign(hub_key, crypto::kDomainCertificate, office.encode());

  auto book = crypto::CertificateBook::found(signed_root.encode());
  ensure(book.has_value(), "make_city: root");
  const auto hub_hash = book->add(signed_hub.encode());
  ensure(hub_hash.has_value(), "make_city: hub");
  const auto office_hash = book->add(signed_office.encode());
  ensure(office_hash.has_value(), "make_city: office");
  return {std::move(root_key),
          std::move(hub_key),
          std::move(office_key),
          std::move(root),
          std::move(hub),
          std::move(office),
          std::move(signed_root),
          std::move(signed_hub),
          std::move(signed_office),
          city,
          *hub_hash,
          *office_hash,
          std::move(*book)};
}

std::string Sketch::body() const {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto add = [&](std::int64_t key, const std::string& item) {
    pairs.emplace_back(i(key), item);
  };
  std::vector<std::string> items;
  for (const auto& places : changes) items.push_back(array_of(places));
  auto all_keys = keys;
  if (!all_keys.contains(13)) all_keys[13] = array_of(items);
  for (const auto& [key, item] : all_keys)
    if (key >= 0) add(key, item);
  for (auto it = all_keys.rbegin(); it != all_keys.rend(); ++it)  // -1, -2, … follow
    if (it->first < 0) add(it->first, it->second);
  return map_of(pairs);
}

Sketch sketch_of(std::string_view body) {
  Sketch sketch;
  cbor::Reader r{body};
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() != 13) {
      sketch.keys[m.key()] = r.item();
      continue;
    }
    for (std::size_t left = r.array(); left > 0; --left) {
      auto& places = sketch.changes.emplace_back();
      for (std::size_t n = r.array(); n > 0; --n) places.emplace_back(r.item());
    }
  }
  ensure(r.finish().has_value(), "sketch_of: a body of ours");
  return sketch;
}

namespace {

// The sets

OwnedSet small_set(const PaperCity& city) {
  OwnedSet owned;
  ChangeSet& set = owned.set;
  set.city = city.id;
  set.feed = {city.office.subject, std::string(kCommunity), Audience::ancestors, {}};
  set.certificate = city.office_hash;
  set.seq = 1;
  set.schema_version = 1;
  set.time_base = kNoon;
  Change change;
  change.type = 40;
  change.id = all<RecordId>(0x11);
  change.stamp = kNoon;
  change.fields = {{1, owned.keep(i(7))}, {2, owned.keep(t("电梯"))}};
  set.changes.push_back(std::move(change));
  return owned;
}

struct Value {
  crypto::Salt salt;
  std::uint32_t field;
  std::string item;
};

/// Uses everything that this version can say, except what belongs to other audiences.
OwnedSet everything_set(const PaperCity& city, const std::vector<Value>& personal) {
  OwnedSet owned = small_set(city);
  ChangeSet& set = owned.set;
  set.seq = 3;
  set.prev = all<Hash>(0xAA);
  set.seen = Seen{1, 500, all<Hash>(0xBB), kNoon - 60'000'000};
  set.policy = all<Hash>(0xCC);
  set.actor = all<Nonce>(0xA1);
  set.action = all<Nonce>(0xA2);
  set.origin = owned.keep("import: 2025.xlsx");
  const FeedId own = set.feed.id(set.city);
  const FeedId other = all<FeedId>(0x01);
  const RecordId id = all<RecordId>(0x22);
  const auto hide = [&](const Value& v) {
    return committed(commitment(v.salt, set.city, 40, set.feed.scope, id, v.field, v.item));
  };

  Change put;
  put.type = 40;
  put.id = id;
  put.stamp = kNoon + 5;
  put.life = 1;
  put.fields = {{3, owned.keep(hide(personal[0]))},
                {4, owned.keep(array_of({i(-5), hide(personal[1]), hide(personal[2])}))},
                {7, owned.keep(encode_move({-1, 2}))},
                {8, kNull}};
  std::vector<VersionId> leaves{{own, 1, 0}, {other, 9, 4}};
  std::sort(leaves.begin(), leaves.end());
  put.base.all = leaves;
  put.base.cells = {{0, {{own, 2, 0}}}, {4, {}}};
  Change clear;
  clear.type = 40;
  clear.id = all<RecordId>(0x11);
  clear.kind = ChangeKind::clear;
  clear.stamp = kNoon + 6;
  clear.fields = {{2, kNull}};
  clear.base.all = {{own, 1, 0}};
  Change remove;
  remove.type = 41;
  remove.id = all<RecordId>(0x33);
  remove.kind = ChangeKind::remove;
  remove.stamp = kNoon + 7;
  remove.life = 2;
  Change erase;
  erase.type = 40;
  erase.id = id;
  erase.kind = ChangeKind::erase;
  erase.stamp = kNoon + kStampOffsetMax;
  erase.fields = {{3, owned.keep(array_of({b(32, 0x44), b(32, 0x55)}))}};
  set.changes = {put, clear, remove, erase};
  return owned;
}

OwnedSet street_set(const PaperCity& city) {
  OwnedSet owned = small_set(city);
  owned.set.feed.audience = Audience::street;
  owned.set.blind = all<Nonce>(0xBD);
  return owned;
}

OwnedSet restored_set(const PaperCity& city) {
  OwnedSet owned = small_set(city);
  owned.set.succession = Succession{"restored", owned.set.feed.id(city.id), 3, all<Hash>(0xDD)};
  owned.set.feed.incarnation = {1, all<Nonce>(0xEE)};
  return owned;
}

std::vector<Value> personal_values() {
  return {{all<crypto::Salt>(0x51), 3, t("张三")},
          {all<crypto::Salt>(0x52), 4, t("13800000000")},
          {all<crypto::Salt>(0x53), 4, i(42)}};
}

Json set_vector(const PaperCity& city, const std::string& name, const std::string& body) {
  const auto set = decode_change_set(body);
  ensure(set.has_value(), set ? "" : describe(set.error()));
  Json j;
  j["name"] = name;
  j["fields"] = to_json(*set);
  j["feed"] = hex(set->feed.id(set->city));
  j["body"] = to_hex(body);
  j["hash"] = hex(change_set_hash(body));
  j["signature"] = hex(city.office_key.sign(crypto::kDomainChangeSet, body));
  j["commitments"] = Json::array();
  for (const auto& c : commitments(*set))
    j["commitments"].push_back(Json::array({c.change, c.field, hex(c.commitment)}));
  return j;
}

std::string body_of(const OwnedSet& owned) {
  auto body = encode_change_set(owned.set);
  ensure(body.has_value(), body ? "" : describe(body.error()));
  return std::move(*body);
}

/// What a later version might write, and this one passes over.
std::string later_body(const PaperCity& city) {
  auto sketch = sketch_of(body_of(small_set(city)));
  sketch.keys[19] = array_of({t("later"), kNull});
  auto& change = sketch.changes[0];
  change.push_back(array_of({}));
  change.push_back(i(0));
  change.push_back(map_of({{i(1), t("later")}}));
  return sketch.body();
}

Json change_sets_json(const PaperCity& city) {
  Json list = Json::array();
  list.push_back(set_vector(city, "small", body_of(small_set(city))));
  list.push_back(set_vector(city, "everything", body_of(everything_set(city, personal_values()))));
  list.push_back(set_vector(city, "for the street", body_of(street_set(city))));
  list.push_back(set_vector(city, "restored", body_of(restored_set(city))));
  list.push_back(set_vector(city, "from a later version", later_body(city)));
  return list;
}

Json parcels_json(const PaperCity& city) {
  Json list = Json::array();
  const auto add = [&](const std::string& name, const OwnedSet& owned,
                       const std::vector<Value>& values) {
    Parcel parcel;
    parcel.body = body_of(owned);
    parcel.signature = city.office_key.sign(crypto::kDomainChangeSet, parcel.body);
    Json openings = Json::array();
    for (std::uint32_t n = 0; n < values.size(); ++n) {
      if (n == 1) continue;  // one that the receiver may not read
      parcel.openings.push_back({n, values[n].salt, values[n].item});
      openings.push_back(Json::array({n, hex(values[n].salt), to_hex(values[n].item)}));
    }
    list.push_back({{"name", name},
                    {"body", to_hex(parcel.body)},
                    {"signature", hex(parcel.signature)},
                    {"openings", openings},
                    {"parcel", to_hex(parcel.encode())}});
  };
  add("small", small_set(city), {});
  add("with openings", everything_set(city, personal_values()), personal_values());
  return list;
}

Json commitments_json(const PaperCity& city) {
  Json list = Json::array();
  for (const auto& v : personal_values()) {
    const RecordId id = all<RecordId>(0x22);
    list.push_back(
        {{"salt", hex(v.salt)},
         {"city", hex(city.id)},
         {"type", 40},
         {"scope", kCommunity},
         {"id", hex(id)},
         {"field", v.field},
         {"value", to_hex(v.item)},
         {"commitment", hex(commitment(v.salt, city.id, 40, kCommunity, id, v.field, v.item))}});
  }
  return list;
}

Json names_json(const PaperCity& city) {
  Json list = Json::array();
  const auto add = [&](const FeedName& name) {
    list.push_back({{"city", hex(city.id)},
                    {"author", hex(name.author)},
                    {"scope", name.scope},
                    {"audience", static_cast<unsigned>(name.audience)},
                    {"number", name.incarnation.number},
                    {"nonce", hex(name.incarnation.nonce)},
                    {"feed", hex(name.id(city.id))}});
  };
  add({city.office.subject, std::string(kCommunity), Audience::ancestors, {}});
  add({city.office.subject, std::string(kCommunity), Audience::street, {}});
  add({city.hub.subject, "410700", Audience::below, {7, all<Nonce>(0x77)}});
  return list;
}

Policy first_policy() {
  const RoleMask office = mask(crypto::Role::office), street = mask(crypto::Role::street);
  Policy policy;
  policy.rules = {{40,
                   office | street,
                   street,
                   {{9, street}},
                   7,
                   {{-1, 1, office, 0}, {1, 2, office | street, 10}, {2, 1, street, 20}}},
                  {41, office, office, {}, std::nullopt, {}}};
  return policy;
}

Json policies_json() {
  Json list = Json::array();
  Policy policy = first_policy();
  const auto add = [&] {
    const std::string bytes = policy.encode();
    list.push_back(
        {{"fields", to_json(policy)}, {"bytes", to_hex(bytes)}, {"hash", hex(policy_hash(bytes))}});
  };
  add();
  policy.previous = policy_hash(policy.encode());
  policy.number = 2;
  policy.rules.pop_back();
  add();
  return list;
}

Receipt receipt_for(const PaperCity& city) {
  Receipt receipt;
  receipt.city = city.id;
  receipt.certificate = city.hub_hash;
  receipt.feed = small_set(city).set.feed.id(city.id);
  receipt.scope = kCommunity;
  receipt.from = 1;
  receipt.to = 3;
  receipt.last = all<Hash>(0xAA);
  receipt.checkpoint = {1, 503, all<Hash>(0xBC), kNoon + 3'600'000'000};
  return receipt;
}

Json receipts_json(const PaperCity& city) {
  Json list = Json::array();
  const auto add = [&](const Receipt& receipt) {
    const auto s = sign(city.hub_key, crypto::kDomainReceipt, receipt.encode());
    list.push_back(
        {{"fields", to_json(receipt)}, {"body", to_hex(s.body)}, {"signed", to_hex(s.encode())}});
  };
  Receipt receipt = receipt_for(city);
  add(receipt);
  receipt.clock_flagged = {2, 3};
  add(receipt);
  return list;
}

Json tree_json() {
  Json list = Json::array();
  LogTree tree;
  for (int n = 0; n <= 8; ++n) {
    list.push_back({{"size", n}, {"root", hex(tree.root())}, {"tree", to_hex(tree.encode())}});
    tree.append(all<Hash>(n));
  }
  return list;
}

Json signed_json(const Json& fields, const crypto::SignedBody& s, const Hash& hash) {
  return {{"fields", fields},
          {"body", to_hex(s.body)},
          {"signed", to_hex(s.encode())},
          {"hash", hex(hash)}};
}

Json city_json(const PaperCity& city) {
  Json j;
  j["seeds"] = {{"root", to_hex(std::string(32, '\x01'))},
                {"hub", to_hex(std::string(32, '\x02'))},
                {"office", to_hex(std::string(32, '\x03'))}};
  j["root"] = signed_json(to_json(city.root), city.signed_root, city.id);
  j["certificates"] =
      Json::array({signed_json(to_json(city.hub), city.signed_hub, city.hub_hash),
                   signed_json(to_json(city.office), city.signed_office, city.office_hash)});
  return j;
}

// What must be refused

class Refusals {
 public:
  explicit Refusals(std::string what, std::string good) : what_(std::move(what)), good_(good) {}
  void add(const std::string& name, Errc errc, const std::string& bytes) {
    list_.push_back(
        {{"what", what_}, {"name", name}, {"bytes", to_hex(bytes)}, {"errc", info(errc).name}});
  }
  void edit(const std::string& name, Errc errc, const std::function<void(Sketch&)>& change) {
    auto sketch = sketch_of(good_);
    change(sketch);
    add(name, errc, sketch.body());
  }
  /// Another item in one place of the first change.
  void place(const std::string& name, Errc errc, std::size_t at, const std::string& item) {
    edit(name, errc, [&](Sketch& s) {
      if (at >= s.changes[0].size()) s.changes[0].resize(at + 1, array_of({}));
      s.changes[0][at] = item;
    });
  }
  void key(const std::string& name, Errc errc, std::int64_t k, const std::string& item) {
    edit(name, errc, [&](Sketch& s) { s.keys[k] = item; });
  }
  const Json& list() const { return list_; }

 private:
  std::string what_, good_;
  Json list_ = Json::array();
};

Json malformed_headers(const PaperCity& city) {
  const std::string small = body_of(small_set(city));
  Refusals r{"change set", small};
  using enum Errc;
  r.add("nothing", malformed, "");
  r.add("cut short", malformed, small.substr(0, small.size() - 1));
  r.add("a byte too many", malformed, small + '\0');
  r.add("an array", malformed, array_of({i(1)}));
  r.add("text keys", malformed, map_of({{t("suite"), i(1)}}));
  for (const std::int64_t k : {0, 1, 2, 3, 4, 5, 7, 11, 12}) {
    r.edit("without key " + std::to_string(k), malformed, [&](Sketch& s) { s.keys.erase(k); });
  }
  r.key("another suite", unknown_critical, 0, i(2));
  r.key("suite as text", malformed, 0, t("1"));
  r.key("city of 31 bytes", malformed, 1, b(31, 1));
  r.key("author of 17 bytes", malformed, 2, b(17, 1));
  r.key("scope in upper case", malformed, 4, t("410700/A"));
  r.key("scope with an empty segment", malformed, 4, t("410700//a"));
  r.key("scope of nine segments", malformed, 4, t("a/b/c/d/e/f/g/h/i"));
  r.key("audience of a later version", unknown_critical, 5, i(4));
  r.key("audience below zero", malformed, 5, i(-1));
  r.key("incarnation 0 written out", malformed, 6, array_of({i(0), b(16, 0)}));
  r.key("incarnation with an empty nonce", malformed, 6, array_of({i(1), b(16, 0)}));
  r.key("later incarnation without succession", malformed, 6, array_of({i(1), b(16, 1)}));
  r.key("number 0", malformed, 7, i(0));
  r.key("prev of number 1", malformed, 8, b(32, 0));
  r.key("number 2 without prev", malformed, 7, i(2));
  r.key("seen with five places", malformed, 9, array_of({i(1), i(1), b(32, 1), i(1), i(1)}));
  r.key("seen beyond 2^53", malformed, 9, array_of({i(1), i(1), b(32, 1), i(kTimeMax + 1)}));
  r.key("policy of zeros written out", malformed, 10, b(32, 0));
  r.key("time base before 1970", malformed, 12, i(-1));
  r.key("time base beyond 2^53", malformed, 12, i(kTimeMax + 1));
  r.key("empty origin written out", malformed, 16, t(""));
  r.key("origin of 201 bytes", malformed, 16, t(std::string(201, 'a')));
  r.key("blind for ancestors", malformed, 17, b(16, 1));
  r.key("street without blind", malformed, 5, i(2));
  r.key("succession in incarnation 0", malformed, 18,
        array_of({t("cloned"), b(32, 1), i(3), b(32, 2)}));
  r.edit("succession with a head but no number", malformed, [](Sketch& s) {
    s.keys[6] = array_of({i(1), b(16, 1)});
    s.keys[18] = array_of({t("restored"), b(32, 1), i(0), b(32, 2)});
  });
  r.key("a critical key", unknown_critical, -1, i(1));
  r.key("a later key that is no deterministic CBOR", malformed, 19, "\x18\x01");
  r.key("a float", malformed, 19, std::string("\xF9\x3C\x00", 3));
  r.key("an indefinite array", malformed, 19, "\x9F\xFF");
  r.key("a tag that isn't listed", malformed, 19, std::string("\xC0") + t("2026-01-01"));
  r.key("nested too deep", malformed, 19, std::string(16, '\x81') + i(1));
  r.key("an array longer than the set", malformed, 19, std::string("\x9A\x7F\xFF\xFF\xFF", 5));
  return r.list();
}

/// Key 5 before key 4: the map is written by hand.
std::string swapped_keys(const std::string& body) {
  const auto sketch = sketch_of(body);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [k, item] : sketch.keys) pairs.emplace_back(i(k), item);
  pairs.emplace_back(i(13), array_of({array_of(sketch.changes[0])}));
  std::swap(pairs[4], pairs[5]);
  return map_of(pairs);
}

Json malformed_changes(const PaperCity& city) {
  const std::string small = body_of(small_set(city));
  const FeedId own = small_set(city).set.feed.id(city.id);
  const auto version = [](int seq, int index) { return array_of({i(seq), i(index)}); };
  Refusals r{"change set", small};
  using enum Errc;
  r.edit("no changes", malformed, [](Sketch& s) { s.changes.clear(); });
  r.edit("a change of four places", malformed, [](Sketch& s) { s.changes[0].pop_back(); });
  r.edit("stamps that stand still", malformed,
         [](Sketch& s) { s.changes.push_back(s.changes[0]); });
  r.place("type 0", malformed, 0, i(0));
  r.place("type 65536", malformed, 0, i(65536));
  r.place("id of 15 bytes", malformed, 1, b(15, 1));
  r.place("set_add", unknown_critical, 2, i(4));
  r.place("set_remove", unknown_critical, 2, i(5));
  r.place("kind 31", unknown_critical, 2, i(31));
  r.place("kind 32", malformed, 2, i(32));
  r.place("offset over a day", malformed, 3, i(kStampOffsetMax + 1));
  r.place("offset below zero", malformed, 3, i(-1));
  r.edit("stamp beyond 2^53", malformed, [](Sketch& s) {
    s.keys[12] = i(kTimeMax);
    s.changes[0][3] = i(1);
  });
  r.place("field 0", malformed, 4, map_of({{i(0), i(1)}}));
  r.place("field 65536", malformed, 4, map_of({{i(65536), i(1)}}));
  r.place("field twice", malformed, 4, map_of({{i(1), i(1)}, {i(1), i(2)}}));
  r.place("fields out of order", malformed, 4, map_of({{i(2), i(1)}, {i(1), i(2)}}));
  r.place("put of nulls only", malformed, 4, map_of({{i(1), kNull}}));
  r.place("a commitment of 31 bytes", malformed, 4,
          map_of({{i(1), std::string("\xD9\xA0\x6E", 3) + b(31, 1)}}));
  r.place("text that isn't UTF-8", malformed, 4, map_of({{i(1), "\x61\xFF"}}));
  r.place("clear with a value", malformed, 2, i(1));
  r.place("remove with fields", malformed, 2, i(2));
  r.place("erase of no list", malformed, 2, i(3));
  const auto kinded = [&](const std::string& name, int kind, const std::string& fields) {
    r.edit(name, malformed, [&](Sketch& s) {
      s.changes[0][2] = i(kind);
      s.changes[0][4] = fields;
    });
  };
  kinded("clear of nothing", 1, map_of({}));
  kinded("erase of nothing", 3, map_of({}));
  kinded("erase of an empty list", 3, map_of({{i(1), array_of({})}}));
  kinded("erase of 31 bytes", 3, map_of({{i(1), array_of({b(31, 1)})}}));
  kinded("erase of one twice", 3, map_of({{i(1), array_of({b(32, 1), b(32, 1)})}}));
  kinded("erase out of order", 3, map_of({{i(1), array_of({b(32, 2), b(32, 1)})}}));
  r.place("empty base written out", malformed, 5, array_of({}));
  r.place("base of an empty list", malformed, 5, array_of({array_of({})}));
  r.place("base of three places", malformed, 5, array_of({array_of({}), map_of({}), map_of({})}));
  r.place("base with no cells written out", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(1), i(0)})}), map_of({})}));
  r.place("a cell like the rest", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(1), i(0)})}),
                    map_of({{i(1), array_of({array_of({b(32, 1), i(1), i(0)})})}})}));
  r.place("made on itself", malformed, 5, array_of({array_of({version(1, 0)})}));
  r.place("made on a later one", malformed, 5, array_of({array_of({version(1, 1)})}));
  r.place("own feed written long", malformed, 5,
          array_of({array_of({array_of({cbor::encode_bytes(own.view()), i(1), i(0)})})}));
  r.place("version number 0", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(0), i(0)})})}));
  r.place("version index 2000", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(1), i(2000)})})}));
  const auto foreign = [](int n) { return array_of({b(32, 1), i(n), i(0)}); };
  r.place("versions out of order", malformed, 5, array_of({array_of({foreign(2), foreign(1)})}));
  r.place("a version twice", malformed, 5, array_of({array_of({foreign(1), foreign(1)})}));
  std::vector<std::string> many;
  for (int n = 1; n <= 65; ++n) many.push_back(foreign(n));
  r.place("65 versions", malformed, 5, array_of({array_of(many)}));
  r.edit("life 0 written out", malformed, [](Sketch& s) {
    s.changes[0].push_back(array_of({}));
    s.changes[0].push_back(i(0));
  });
  r.place("life of 33 bits", malformed, 6, i(std::int64_t{1} << 32));
  const auto extended = [&](const std::string& name, Errc errc, const std::string& extension) {
    r.edit(name, errc, [&](Sketch& s) {
      s.changes[0].push_back(array_of({}));
      s.changes[0].push_back(i(0));
      s.changes[0].push_back(extension);
    });
  };
  extended("empty extension written out", malformed, map_of({}));
  extended("a critical key in a change", unknown_critical, map_of({{i(-1), i(1)}}));
  r.edit("a change of nine places", malformed, [](Sketch& s) {
    s.changes[0].push_back(array_of({}));
    s.changes[0].push_back(i(0));
    s.changes[0].push_back(map_of({{i(1), i(1)}}));
    s.changes[0].push_back(i(1));
  });
  r.add("keys out of order", malformed, swapped_keys(small));
  return r.list();
}

Json malformed_parcels(const PaperCity& city) {
  const std::string body = cbor::encode_bytes(body_of(small_set(city))), sig = b(64, 1);
  const auto opening = [](int n) { return array_of({i(n), b(32, 1), i(5)}); };
  Refusals r{"parcel", {}};
  using enum Errc;
  r.add("body alone", malformed, array_of({body}));
  r.add("signature of 63 bytes", malformed, array_of({body, b(63, 1)}));
  r.add("no openings written out", malformed, array_of({body, sig, array_of({})}));
  r.add("an opening twice", malformed, array_of({body, sig, array_of({opening(1), opening(1)})}));
  r.add("openings out of order", malformed,
        array_of({body, sig, array_of({opening(1), opening(0)})}));
  r.add("salt of 31 bytes", malformed,
        array_of({body, sig, array_of({array_of({i(0), b(31, 1), i(5)})})}));
  r.add("a commitment committed to", malformed,
        array_of({body, sig, array_of({array_of({i(0), b(32, 1), committed(all<Hash>(1))})})}));
  r.add("four places", malformed, array_of({body, sig, array_of({opening(0)}), i(1)}));
  return r.list();
}

Json malformed_receipts(const PaperCity& city) {
  Refusals r{"receipt", {}};
  const auto edit = [&](const std::string& name, Errc errc, std::int64_t k,
                        const std::string& item) {
    std::map<std::int64_t, std::string> keys;
    const std::string good = receipt_for(city).encode();
    cbor::Reader reader{good};
    for (cbor::IntMap m{reader}; m.next();) keys[m.key()] = reader.item();
    if (item.empty())
      keys.erase(k);
    else
      keys[k] = item;
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [key, value] : keys)
      if (key >= 0) pairs.emplace_back(i(key), value);
    if (k < 0) pairs.emplace_back(i(k), item);
    r.add(name, errc, map_of(pairs));
  };
  using enum Errc;
  edit("without last", malformed, 8, "");
  edit("another suite", unknown_critical, 0, i(2));
  edit("audience of a later version", unknown_critical, 5, i(9));
  edit("from 0", malformed, 6, i(0));
  edit("to before from", malformed, 6, i(4));
  edit("nothing flagged written out", malformed, 9, array_of({}));
  edit("flags what it doesn't cover", malformed, 9, array_of({i(4)}));
  edit("flags one twice", malformed, 9, array_of({i(2), i(2)}));
  edit("checkpoint beyond 2^53", malformed, 10, array_of({i(1), i(1), b(32, 1), i(kTimeMax + 1)}));
  edit("scope in upper case", malformed, 4, t("410700/A"));
  edit("checkpoint without time", malformed, 10, array_of({i(1), i(1), b(32, 1)}));
  edit("a critical key", unknown_critical, -1, i(1));
  return r.list();
}

Json malformed_policies() {
  Refusals r{"policy", {}};
  const auto with_rules = [](const std::vector<std::string>& rules) {
    return map_of({{i(0), i(1)}, {i(2), array_of(rules)}});
  };
  const auto rule = [](int type, const std::string& fields, const std::string& state,
                       const std::string& moves) {
    return array_of({i(type), i(1), i(1), fields, state, moves});
  };
  const std::string none = array_of({});
  const auto move = [](int from, int to) { return array_of({i(from), i(to), i(1), i(0)}); };
  using enum Errc;
  r.add("without rules", malformed, map_of({{i(0), i(1)}}));
  r.add("number 0", malformed, map_of({{i(0), i(0)}, {i(1), b(32, 1)}, {i(2), none}}));
  r.add("previous of zeros", malformed, map_of({{i(0), i(1)}, {i(1), b(32, 0)}, {i(2), none}}));
  r.add("type 0", malformed, with_rules({rule(0, none, kNull, none)}));
  r.add("state field 65536", malformed, with_rules({rule(9, none, i(65536), none)}));
  r.add("number 2 without previous", malformed, map_of({{i(0), i(2)}, {i(2), none}}));
  r.add("number 1 with previous", malformed,
        map_of({{i(0), i(1)}, {i(1), b(32, 1)}, {i(2), none}}));
  r.add("rules out of order", malformed,
        with_rules({rule(2, none, kNull, none), rule(1, none, kNull, none)}));
  r.add("two rules of a type", malformed,
        with_rules({rule(2, none, kNull, none), rule(2, none, kNull, none)}));
  r.add("a field twice", malformed,
        with_rules(
            {rule(9, array_of({array_of({i(1), i(1)}), array_of({i(1), i(2)})}), kNull, none)}));
  r.add("moves without a state", malformed,
        with_rules({rule(9, none, kNull, array_of({move(0, 1)}))}));
  r.add("moves out of order", malformed,
        with_rules({rule(9, none, i(1), array_of({move(1, 2), move(0, 1)}))}));
  r.add("from -1 not as null", malformed,
        with_rules({rule(9, none, i(1), array_of({move(-1, 1)}))}));
  r.add("roles of 33 bits", malformed,
        with_rules({array_of({i(9), i(std::int64_t{1} << 32), i(0), none, kNull, none})}));
  r.add("a critical key", unknown_critical, map_of({{i(0), i(1)}, {i(2), none}, {i(-1), i(1)}}));
  return r.list();
}

Json malformed_json(const PaperCity& city) {
  Json all_of_them = Json::array();
  for (const auto& part : {malformed_headers(city), malformed_changes(city),
                           malformed_parcels(city), malformed_receipts(city), malformed_policies()})
    all_of_them.insert(all_of_them.end(), part.begin(), part.end());
  return all_of_them;
}

}  // namespace

std::map<std::string, Json> sync_vectors() {
  const PaperCity city = make_city();
  return {{"city.json", city_json(city)},
          {"names.json", names_json(city)},
          {"change_sets.json", change_sets_json(city)},
          {"commitments.json", commitments_json(city)},
          {"parcels.json", parcels_json(city)},
          {"policies.json", policies_json()},
          {"receipts.json", receipts_json(city)},
          {"log_tree.json", tree_json()},
          {"malformed.json", malformed_json(city)}};
}

std::string text_of(const Json& vectors) { return vectors.dump(1) + '\n'; }

}  // namespace linli::test

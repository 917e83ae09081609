// Everything that is signed, as fields in JSON, and the way back.
#include "tests/support/sync_vectors_detail.h"

namespace linli::test {

using namespace vectors;

namespace {

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
  if (!policy.confined.empty()) j["confined"] = policy.confined;
  return j;
}

Policy policy_from(const Json& j) {
  Policy policy;
  policy.number = j["number"].get<std::uint64_t>();
  if (j.contains("previous")) policy.previous = fixed<Hash>(j["previous"]);
  if (j.contains("confined")) policy.confined = j["confined"].get<std::vector<std::uint32_t>>();
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

}  // namespace linli::test

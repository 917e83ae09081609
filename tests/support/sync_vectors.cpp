#include "tests/support/sync_vectors_detail.h"

namespace linli::test {

using namespace vectors;

namespace vectors {

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

std::string body_of(const OwnedSet& owned) {
  auto body = encode_change_set(owned.set);
  ensure(body.has_value(), body ? "" : describe(body.error()));
  return std::move(*body);
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

}  // namespace vectors

namespace {

// The sets

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
  policy.previous = policy_hash(policy.encode());
  policy.number = 3;
  policy.confined = {40, 50};
  add();
  return list;
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

// New nodes that begin with the hub's snapshots, and offices that let go of closed years.
#include "node/snapshots.h"

#include "node/hub_key.h"
#include "node/pruning.h"
#include "node/settling.h"
#include "node/store/conflicts.h"
#include "node/store/peers.h"
#include "sync/merge.h"
#include "sync/snapshot_parcel.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;

sync::SnapshotParcel closed_parcel(const std::string& body, const crypto::Signature& signature) {
  const auto find = [](const Hash&) -> std::optional<std::pair<crypto::Salt, std::string>> {
    return std::nullopt;
  };
  return *sync::make_parcel(sync::cut_body(body, 1), signature, find);
}

/// Two desks of one office with a past: edits, a conflict, a removal, a revival.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& desk = city.enrol(kOffice, "第二工位");
  std::vector<Outcome> compounds;

  Scene() {
    settle();
    for (int i = 0; i < 7; ++i) {
      compounds.push_back(put(office, "compound", compound("41070200390100" + std::to_string(i))));
      edit(office, "compound", compounds.back(), R"({"lift_count":)" + std::to_string(i) + "}");
    }
    settle();
    edit(office, "compound", compounds[0], R"({"name":"甲名"})");
    edit(desk, "compound", compounds[0], R"({"name":"乙名"})");
    remove(hub, "compound", compounds[6]);
    edit(desk, "compound", compounds[2], R"({"name":"桌上改名"})");
    settle();
  }
  void settle() {
    for (int i = 0; i < 2; ++i) {
      for (auto* node : {&office, &desk}) exchange(*node, hub);
    }
  }
  void make() {
    const auto made = node::make_snapshots(*hub, {}, 1);
    REQUIRE(made);
    REQUIRE(made->size() >= 1);
  }
};

std::int64_t parts(Node& node) { return number(node, "SELECT count(*) FROM log WHERE kind = 4"); }
std::int64_t sets_of(Node& node, Node& author) {
  return number(node,
                "SELECT count(*) FROM log l JOIN feed f ON f.id = l.feed JOIN author a ON a.id = "
                "f.author WHERE l.kind = 1 AND f.audience = 0 AND a.author = x'" +
                    crypto::to_hex(author->identity().author.view()) + "'");
}
Json conflicts(Node& node) { return store::list_conflicts(node->store())["items"]; }

/// An inspection with a note, which goes along, and a signer, whom only the office knows.
Outcome put_inspection(Node& node) {
  return put(node, "inspection",
             R"({"compound":"410702003901001","kind":"routine","template":["t",1],
    "inspectors":["J001","J002"],"started_at":"2025-05-01T09:00","ended_at":"2025-05-01T10:00",
    "results":{"F01":"ok"},"status":"submitted","note":"三号楼电梯","site_signer":"签字人丁"})");
}

/// The snapshot parts that the hub hands this node.
std::vector<sync::Object> parts_for(Node& hub, Node& reader) {
  auto page = hub->page(reader->identity().certificate, {}, true, true);
  REQUIRE(page);
  std::erase_if(page->objects,
                [](const auto& object) { return object.kind != sync::ObjectKind::snapshot; });
  return std::move(page->objects);
}

}  // namespace

TEST_CASE(
    "snapshot: a new office begins with it, shows what the others show, and goes on behind it",
    "[node][I2][I3][I4]") {
  Scene s;
  s.make();
  auto& fresh = s.city.enrol(kOffice, "新机");
  exchange(fresh, s.hub);
  CHECK(parts(fresh) >= 1);
  CHECK(sets_of(fresh, s.office) == 0);
  CHECK(export_all(fresh) == export_all(s.desk));
  REQUIRE(conflicts(fresh).size() == 1);
  CHECK(conflicts(fresh)[0]["winner"]["version"] == conflicts(s.desk)[0]["winner"]["version"]);
  CHECK(conflicts(fresh)[0]["winner"]["node"] == conflicts(s.desk)[0]["winner"]["node"]);
  CHECK(faults(fresh) == std::vector<std::string>{});
  CHECK(exchange(fresh, s.hub).round_trips == 1);

  // Both sides go on: what comes behind the snapshot is ordinary change sets.
  edit(s.office, "compound", s.compounds[3], R"({"name":"后来"})");
  edit(fresh, "compound", s.compounds[2], R"({"lift_count":42})");
  s.settle();
  exchange(fresh, s.hub);
  s.settle();
  CHECK(field(fresh, "compound", s.compounds[3], "name") == "后来");
  CHECK(field(fresh, "compound", s.compounds[2], "name") == "桌上改名");
  CHECK(export_all(fresh) == export_all(s.desk));
  CHECK(export_all(s.office) == export_all(s.desk));
  for (auto* node : {&s.hub, &s.office, &s.desk, &fresh}) {
    CHECK(faults(*node) == std::vector<std::string>{});
  }
  const auto before = dump(fresh);
  fresh->store().rebuild({});
  CHECK(dump(fresh) == before);
}

TEST_CASE("snapshot: notes and attachments come along, and the parts are proven with them",
          "[node][I6][I8][I10]") {
  Scene s;
  const auto inspection = put_inspection(s.office);
  const auto picture = name_of(photo(20'000, 4));
  put_photo(s.office, photo(20'000, 4));
  put_finding(s.office, {picture});
  s.settle();
  s.make();
  auto& fresh = s.city.enrol(kOffice, "新机");
  exchange(fresh, s.hub);
  REQUIRE(parts(fresh) >= 1);
  CHECK(field(fresh, "inspection", inspection, "note") == "三号楼电梯");
  CHECK(field(fresh, "inspection", inspection, "site_signer") == R"({"withheld":true})");
  const auto refers = "SELECT count(*) FROM blob_ref WHERE hash = x'" + hex(picture) + "'";
  CHECK(number(fresh, refers) == 1);
  CHECK(number(fresh,
               "SELECT count(*) FROM blob_ref r JOIN author a ON a.id = r.author WHERE "
               "a.author = x'" +
                   crypto::to_hex(s.office->identity().author.view()) + "'") == 1);
  CHECK(faults(fresh) == std::vector<std::string>{});
}

TEST_CASE("snapshot: the past of a record says where it was condensed", "[node]") {
  Scene s;
  s.make();
  auto& fresh = s.city.enrol(kOffice, "新机");
  exchange(fresh, s.hub);
  edit(fresh, "compound", s.compounds[4], R"({"lift_count":9})");
  const auto past =
      store::record_history(fresh->store(), "compound", s.compounds[4].scope, s.compounds[4].id);
  REQUIRE(past);
  REQUIRE((*past)["items"].size() == 2);
  CHECK((*past)["items"][0]["kind"] == "condensed");
  CHECK((*past)["items"][0]["node"] == s.hub->identity().name);
  CHECK((*past)["items"][1]["kind"] == "put");
}

TEST_CASE("snapshot: a conflict that came with one is settled like any other", "[node][I4]") {
  Scene s;
  s.make();
  auto& fresh = s.city.enrol(kOffice, "新机");
  exchange(fresh, s.hub);
  const auto conflict = conflicts(fresh).at(0);
  const auto loser = conflict["losers"][0]["version"].get<std::string>();
  const auto settled = node::settle(*fresh, conflict["conflict"].get<std::string>(),
                                    {{"take", loser}}, conflict["seen"].get<std::string>(), false);
  REQUIRE(settled);
  CHECK(settled->faults.empty());
  exchange(fresh, s.hub);
  s.settle();
  for (auto* node : {&s.hub, &s.office, &s.desk, &fresh}) CHECK(conflicts(*node).empty());
  CHECK(export_all(fresh) == export_all(s.desk));
}

TEST_CASE("snapshot: a line that is cut at every answer still brings all of it, once",
          "[node][I1][I9]") {
  Scene s;
  std::vector<node::Wish> wishes;  // Enough for several parts.
  for (int i = 0; i < 30000; ++i) {
    const auto number = crypto::to_hex(crypto::random<Hash>().view()).substr(0, 32);
    wishes.push_back(
        wish("building", R"({"compound":"410702003901000","building_no":")" + number + "\"}"));
  }
  REQUIRE(s.office->put(wishes));
  s.settle();
  s.make();
  auto& fresh = s.city.enrol(kOffice, "新机");
  int answers = 0;
  for (int tries = 0; tries < 200; ++tries) {
    const auto done =
        try_exchange(fresh, s.hub, {.answer = [&](std::string&) { return ++answers % 2 == 0; }});
    fresh.close();
    fresh.open();
    if (done) break;
  }
  exchange(fresh, s.hub);
  CHECK(parts(fresh) > 2);
  CHECK(number(fresh, "SELECT count(*) = count(DISTINCT hash) FROM log WHERE kind = 4") == 1);
  CHECK(export_all(fresh) == export_all(s.desk));
  CHECK(faults(fresh) == std::vector<std::string>{});
}

TEST_CASE("snapshot: nobody gets one of a scope that it may not read", "[node][I6]") {
  Scene s;
  s.make();
  auto& stranger = s.city.enrol(kOtherOffice, "样例社区");
  exchange(stranger, s.hub);
  CHECK(number(stranger,
               "SELECT count(*) FROM log l JOIN scope s ON s.id = l.scope WHERE l.kind = 4 AND "
               "s.path GLOB '" +
                   std::string(kOffice) + "*' AND l.audience = 0") == 0);
  CHECK(faults(stranger) == std::vector<std::string>{});
}

TEST_CASE("snapshot: a relay that began with one hands it on", "[node][I3]") {
  Scene s;
  s.make();
  auto& relay = s.city.enrol(kStreet, "示例街道", crypto::Role::street);
  exchange(relay, s.hub);
  REQUIRE(parts(relay) >= 1);
  auto& fresh = s.city.enrol(kOffice, "新机", crypto::Role::office, &relay);
  exchange(relay, s.hub);
  exchange(fresh, relay);
  CHECK(export_all(fresh) == export_all(s.desk));
  edit(s.office, "compound", s.compounds[5], R"({"name":"经中继"})");
  s.settle();
  exchange(relay, s.hub);
  exchange(fresh, relay);
  CHECK(field(fresh, "compound", s.compounds[5], "name") == "经中继");
  CHECK(faults(relay) == std::vector<std::string>{});
  CHECK(faults(fresh) == std::vector<std::string>{});
}

TEST_CASE("snapshot: one signed by a key that its reader hasn't heard of isn't lost to it",
          "[node][I3]") {
  Scene s;
  auto& relay = s.city.enrol(kStreet, "示例街道", crypto::Role::street);
  auto& fresh = s.city.enrol(kOffice, "新机", crypto::Role::office, &relay);
  const auto root = crypto::SigningKey::load(s.hub.dir / "root.key");
  REQUIRE(root);
  REQUIRE(node::replace_hub_key(*s.hub, *root, false));
  s.make();
  REQUIRE(node::take_hello(*relay.replica, node::hello(*s.hub.replica)));
  const bool greeted = GENERATE(true, false);
  CAPTURE(greeted);
  for (int i = 0; i < 2; ++i) exchange(relay, s.hub);
  CHECK(parts(relay) >= 1);
  CHECK(sets_of(relay, s.office) == 0);
  // The greeting shows the hub's new certificate as well; without it the parts wait for that.
  if (greeted) REQUIRE(node::take_hello(*fresh.replica, node::hello(*relay.replica)));
  exchange(fresh, relay);
  CHECK(parts(fresh) == parts(relay));
  CHECK(export_all(fresh) == export_all(s.desk));
  CHECK(number(fresh, "SELECT count(*) FROM waiting") == 0);
  CHECK(faults(fresh) == std::vector<std::string>{});
}

TEST_CASE("snapshot: what waited for numbers that it covers waits no more", "[node][I1][I5]") {
  Scene s;
  auto& fresh = s.city.enrol(kOffice, "新机");
  exchange(fresh, s.hub);
  const auto read_to = s.office->arrival();
  for (int i = 1; i < 5; ++i)
    edit(s.office, "compound", s.compounds[1], R"({"lift_count":)" + std::to_string(20 + i) + "}");
  // Neither the first nor the last of them comes by itself.
  const auto third = store::parcel_at(s.office->store().database(), read_to + 3);
  CHECK(take(fresh, {{sync::ObjectKind::parcel, third}}, s.hub) == std::vector<std::string>{"gap"});
  s.settle();
  s.make();
  REQUIRE(node::ask_for_snapshots(*fresh));
  for (auto& part : parts_for(s.hub, fresh)) take(fresh, {std::move(part)}, s.hub);
  CHECK(parts(fresh) > 0);
  CHECK(number(fresh, "SELECT count(*) FROM waiting") == 0);
  exchange(fresh, s.hub);
  CHECK(export_all(fresh) == export_all(s.desk));
  CHECK(faults(fresh) == std::vector<std::string>{});
}

TEST_CASE("snapshot: parts that the hub didn't sign so are refused, each for its reason",
          "[node][I5]") {
  Scene s;
  s.make();
  auto& fresh = s.city.enrol(kOffice, "新机");
  const auto good = parts_for(s.hub, fresh);
  REQUIRE(good.size() >= 1);
  const auto parcel = *sync::SnapshotParcel::decode(good[0].bytes);
  const auto resigned = [&](const std::string& body, const crypto::SigningKey& key) {
    return sync::Object{sync::ObjectKind::snapshot,
                        closed_parcel(body, key.sign(crypto::kDomainSnapshot, body)).encode()};
  };
  auto part = sync::open_parcel(parcel)->part;

  auto flipped = parcel;
  flipped.signature.data[0] ^= 1;
  auto by_office = part;
  by_office.certificate = fresh->identity().certificate;
  auto broken = part;
  broken.records[0].state += '\0';
  auto cut = good[0];
  cut.bytes.resize(cut.bytes.size() / 2);
  const auto what = take(fresh,
                         {{sync::ObjectKind::snapshot, flipped.encode()},
                          resigned(by_office.encode(), fresh->key()),
                          resigned(part.encode(), s.office->key()),
                          resigned(broken.encode(), s.hub->key()),
                          cut,
                          good[0]},
                         s.hub);
  CHECK(what == std::vector<std::string>{"bad_signature", "forbidden", "bad_signature", "malformed",
                                         "malformed", "accepted"});
  CHECK(take(fresh, {good[0]}, s.hub) == std::vector<std::string>{"replay"});
  CHECK(take(s.hub, {good[0]}, s.office) == std::vector<std::string>{"forbidden"});
}

TEST_CASE("prune: an office lets go of closed years and shows, proves and counts the same",
          "[node][I2][I3][I5][I7]") {
  Scene s;
  s.city.time += 400 * kDay;  // 2027: last year is closed.
  const auto late = put(s.office, "compound", compound("410702003901099"));
  s.settle();
  const auto before = node::beginning_of_year(2027);
  const auto plan = node::plan_pruning(*s.office, before);
  REQUIRE(plan);
  CHECK(plan->sets == 0);
  CHECK(plan->without_snapshot > 0);
  CHECK(node::prune(*s.hub, before).error().code == Errc::forbidden);
  CHECK(node::prune(*s.office, before)->sets == 0);

  s.make();
  REQUIRE(node::ask_for_snapshots(*s.office));
  exchange(s.office, s.hub);
  const auto everything = export_all(s.office);
  const auto open = conflicts(s.office).size();
  const auto figures = rows(s.office, "SELECT * FROM aggregate ORDER BY 1, 2, 3, 4, 5, 6, 7");
  const auto sets = sets_of(s.office, s.office);
  const auto gone = node::prune(*s.office, before);
  REQUIRE(gone);
  CHECK(gone->faults.empty());
  CHECK(gone->sets > 0);
  CHECK(gone->without_snapshot == 0);
  CHECK(sets_of(s.office, s.office) < sets);
  CHECK(sets_of(s.office, s.office) >= 1);  // This year's stay.
  CHECK(export_all(s.office) == everything);
  CHECK(conflicts(s.office).size() == open);
  CHECK(rows(s.office, "SELECT * FROM aggregate ORDER BY 1, 2, 3, 4, 5, 6, 7") == figures);
  CHECK(faults(s.office) == std::vector<std::string>{});
  CHECK(exchange(s.office, s.hub).round_trips == 1);

  // Life goes on: old records are edited here and elsewhere, and nothing is asked for twice.
  edit(s.office, "compound", s.compounds[3], R"({"name":"清理以后"})");
  edit(s.desk, "compound", s.compounds[3], R"({"lift_count":77})");
  edit(s.office, "compound", late, R"({"lift_count":1})");
  s.settle();
  CHECK(field(s.hub, "compound", s.compounds[3], "name") == "清理以后");
  CHECK(export_all(s.office) == export_all(s.desk));
  s.office.close();
  s.office.open();
  for (auto* node : {&s.hub, &s.office, &s.desk}) {
    CHECK(faults(*node) == std::vector<std::string>{});
  }
  CHECK(number(s.office, "SELECT count(*) FROM quarantine") == 0);
  CHECK(number(s.office, "SELECT count(*) FROM waiting") == 0);
}

TEST_CASE("prune: twice, a year later, with the newer snapshot in the older one's place",
          "[node][I3][I10]") {
  Scene s;
  const auto inspection = put_inspection(s.office);
  const auto picture = name_of(photo(20'000, 4));
  put_photo(s.office, photo(20'000, 4));
  put_finding(s.office, {picture});
  s.settle();
  for (int year = 2027; year <= 2028; ++year) {
    s.city.time += 366 * kDay;
    s.make();
    REQUIRE(node::ask_for_snapshots(*s.office));
    exchange(s.office, s.hub);
    const auto gone = node::prune(*s.office, node::beginning_of_year(year));
    REQUIRE(gone);
    CHECK(gone->faults.empty());
    CHECK(gone->sets > 0);
    CHECK(faults(s.office) == std::vector<std::string>{});
    edit(s.office, "compound", s.compounds[2], R"({"lift_count":)" + std::to_string(year) + "}");
    s.settle();
    // What the hub never had is still here: it went over from the change set to the snapshot, and
    // from that to the next.
    CHECK(field(s.office, "inspection", inspection, "site_signer") == "签字人丁");
    CHECK(field(s.office, "inspection", inspection, "note") == "三号楼电梯");
    CHECK(number(s.office, "SELECT count(*) FROM blob_ref WHERE hash = x'" + hex(picture) + "'") ==
          1);
    CHECK(get(s.office, "compound", s.compounds[2])["fields"] ==
          get(s.desk, "compound", s.compounds[2])["fields"]);
    CHECK(faults(s.office) == std::vector<std::string>{});
  }
  CHECK(number(s.office,
               "SELECT count(DISTINCT last_stamp) FROM log WHERE kind = 4 AND audience = "
               "0 AND scope = (SELECT id FROM scope WHERE path = '" +
                   std::string(kOffice) + "')") == 1);
}

TEST_CASE("prune: what the hub hasn't confirmed stays", "[node][I1]") {
  Scene s;
  s.make();
  const auto mine = put(s.office, "compound", compound("410702003901098"));
  s.city.time += 400 * kDay;
  REQUIRE(node::ask_for_snapshots(*s.office));
  // Its certificate is as good as ever; only nothing has been pushed yet.
  for (auto& part : parts_for(s.hub, s.office)) take(s.office, {std::move(part)}, s.hub);
  const auto gone = node::prune(*s.office, node::beginning_of_year(2027));
  REQUIRE(gone);
  CHECK(gone->sets > 0);
  CHECK(gone->unconfirmed >= 1);
  s.settle();
  CHECK_FALSE(get(s.hub, "compound", mine).is_null());
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("prune: a snapshot that says otherwise than the change sets here is refused",
          "[node][I5]") {
  Scene s;
  s.make();
  s.city.time += 400 * kDay;
  REQUIRE(node::ask_for_snapshots(*s.office));
  auto good = parts_for(s.hub, s.office);
  for (auto& object : good) {
    const auto parcel = *sync::SnapshotParcel::decode(object.bytes);
    auto part = sync::open_parcel(parcel)->part;
    if (part.scope != kOffice || part.records.size() < 2) continue;
    std::swap(part.records[0].state, part.records[1].state);
    const auto body = part.encode();
    const auto forged = closed_parcel(body, s.hub->key().sign(crypto::kDomainSnapshot, body));
    CHECK(take(s.office, {{sync::ObjectKind::snapshot, forged.encode()}}, s.hub) ==
          std::vector<std::string>{"fork"});
  }
  CHECK(parts(s.office) == 0);
  CHECK(node::prune(*s.office, node::beginning_of_year(2027))->sets == 0);
}

TEST_CASE("prune: which years are closed", "[node]") {
  const sync::Micros now = 1'767'225'600'000'000;  // 2026-01-01T08:00 in Xinxiang.
  CHECK(*node::closed_year(now, {}) == 2026);
  CHECK(*node::closed_year(now, 2025) == 2025);
  CHECK(node::closed_year(now, 2027).error().code == Errc::bad_value);
  CHECK(node::closed_year(now, "2025").error().code == Errc::bad_value);
  CHECK(node::year_of(node::beginning_of_year(2026)) == 2026);
  CHECK(node::year_of(node::beginning_of_year(2026) - 1) == 2025);
}

}  // namespace linli::test

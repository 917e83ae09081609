// Conflicts are kept, shown, and settled by changes that sync; all nodes end with the same.
#include "node/settling.h"

#include "node/erasing.h"
#include "node/store/conflicts.h"
#include "node/store/own_sets.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";
const char* const kInspection = R"({"kind":"routine","compound":"410702003901001",
  "company":"91350100M000100Y43","template":["t",1],"inspectors":["J001","J002"],
  "started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00","results":{"F01":"ok","C01":"fail"},
  "note":"楼道里有一辆旧自行车","status":"submitted"})";

/// A hub and two offices of one community that hold one compound.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& a = city.enrol(kOffice, "社区甲");
  Node& b = city.enrol(kOffice, "社区乙");
  Outcome place;

  Scene() {
    exchange(a, hub);
    place = put(a, "compound", compound(kCode));
    meet();
  }
  void meet() {
    for (int i = 0; i < 3; ++i) {
      exchange(a, hub);
      exchange(b, hub);
    }
  }
  void agree() {
    meet();
    const auto all = export_all(hub);
    const auto open = items(hub).dump();
    for (auto* node : {&a, &b}) {
      CHECK(export_all(*node) == all);
      CHECK(items(*node).dump() == open);
    }
    for (auto* node : {&hub, &a, &b}) {
      CHECK((*node)->store().compare_projections({}).value() == std::vector<std::string>{});
      CHECK(faults(*node).empty());
      CHECK(number(*node, "SELECT count(*) FROM quarantine") == 0);
    }
  }
  static Json items(Node& node) { return store::find_conflicts(node->store(), {})->at("items"); }
  static Json only(Node& node) {
    const auto all = items(node);
    REQUIRE(all.size() == 1);
    return all[0];
  }
  /// Both edit one field apart, and meet.
  Json names_apart() {
    edit(a, "compound", place, R"({"name":"甲的名"})");
    edit(b, "compound", place, R"({"name":"乙的名"})");
    meet();
    return only(hub);
  }
};

/// "settled", or the first fault: "stale conflict".
std::string settled(Node& node, const Json& conflict, const Json& how, bool dry_run = false) {
  const auto done = node::settle(*node, conflict["conflict"].get<std::string>(), how,
                                 conflict["seen"].get<std::string>(), dry_run);
  if (!done) return std::string(info(done.error().code).name) + " " + done.error().field;
  if (done->faults.empty()) return done->settled["done"].get<std::string>();
  const auto& fault = done->faults.front();
  return std::string(info(fault.code).name) + " " + fault.field;
}

Json take(const Json& version) { return {{"take", version["version"]}}; }

Json history(Node& node, std::string_view type, const Outcome& record) {
  return store::record_history(node->store(), type, record.scope, record.id)->at("items");
}

}  // namespace

TEST_CASE("settle: who writes the same apart disagrees with nobody", "[node][I3][I4]") {
  Scene s;
  const std::string same = R"({"name":"同名小区"})";
  const auto lost_of = [](Node& node) {
    return store::own_sets_summary(node->store(), node->identity().author)["lost"];
  };
  SECTION("two: nothing is listed, both stand, and who goes on settles nothing") {
    edit(s.a, "compound", s.place, same);
    edit(s.b, "compound", s.place, same);
    s.agree();
    for (auto* node : {&s.hub, &s.a, &s.b}) {
      CHECK(s.items(*node) == Json::array());
      CHECK(get(*node, "compound", s.place)["conflicts"] == 0);
      CHECK(lost_of(*node) == 0);
      const auto past = history(*node, "compound", s.place);
      REQUIRE(past.size() == 3);
      CHECK(past[1]["became"] == "stands");
      CHECK(past[2]["became"] == "stands");
    }
    edit(s.b, "compound", s.place, R"({"name":"再改"})");
    s.agree();
    const auto past = history(s.a, "compound", s.place);
    CHECK(past[1]["became"] == "superseded");
    CHECK(past[2]["became"] == "superseded");
    CHECK_FALSE(past[3]["cells"][0].contains("settled"));
    CHECK(s.items(s.a) == Json::array());
  }
  SECTION("a third who writes something else makes it a conflict of all, and lost alone") {
    auto& c = s.city.enrol(kOffice, "社区丙");
    exchange(c, s.hub);
    edit(c, "compound", s.place, R"({"name":"丙的名"})");
    edit(s.a, "compound", s.place, same);
    edit(s.b, "compound", s.place, same);
    exchange(c, s.hub);
    s.agree();
    exchange(c, s.hub);
    CHECK(s.only(s.hub)["losers"].size() == 2);
    CHECK(s.only(c) == s.only(s.a));
    CHECK(lost_of(s.a) == 0);
    CHECK(lost_of(s.b) == 0);
    CHECK(lost_of(c) == 1);
    CHECK(settled(s.a, s.only(s.a), {{"keep", true}}) == "settled");
    s.agree();
    CHECK(s.items(s.b) == Json::array());
  }
  SECTION("what is committed differs for everybody: who lacks the values couldn't tell") {
    const auto made = put(s.a, "inspection", kInspection);
    s.meet();
    edit(s.a, "inspection", made, R"({"note":"同一句话"})");
    edit(s.b, "inspection", made, R"({"note":"同一句话"})");
    s.agree();
    CHECK(s.only(s.hub)["fields"] == Json{"note"});
  }
  SECTION("a database of before is made anew") {
    edit(s.a, "compound", s.place, same);
    edit(s.b, "compound", s.place, same);
    s.meet();
    const auto want = dump(s.b);
    s.b.close();
    execute(s.b, "INSERT INTO conflict(rec, n) SELECT rec, 1 FROM record_state");
    execute(s.b, "UPDATE meta SET value = 'of before' WHERE key = 'projection'");
    s.b.open();
    CHECK(dump(s.b) == want);
    CHECK(store::conflict_count(s.b->store()) == 0);
  }
}

TEST_CASE("settle: a conflict says who, where and when, and keeping what stands settles it",
          "[node][I4]") {
  Scene s;
  const auto conflict = s.names_apart();
  CHECK(conflict["severity"] == "conflict");
  CHECK(conflict["fields"] == Json{"name"});
  CHECK(conflict["winner"]["fields"]["name"] == "乙的名");
  CHECK(conflict["winner"]["node"] == "社区乙");
  REQUIRE(conflict["losers"].size() == 1);
  const auto& lost = conflict["losers"][0];
  CHECK(lost["fields"]["name"] == "甲的名");
  CHECK(lost["node"] == "社区甲");
  CHECK(lost["role"] == "office");
  CHECK(lost["certificate"] == crypto::to_hex(s.a->identity().certificate.view()));
  CHECK(lost["set"].get<std::string>().size() == 64);
  CHECK(*store::get_conflict(s.a->store(), conflict["conflict"].get<std::string>()) == conflict);

  const auto before = s.hub->arrival();
  CHECK(settled(s.hub, conflict, {{"keep", true}}, true) == "would_settle");
  CHECK(s.hub->arrival() == before);
  CHECK(settled(s.hub, conflict, {{"keep", true}}) == "settled");
  CHECK(s.items(s.hub).empty());
  CHECK(settled(s.hub, conflict, {{"keep", true}}) == "settled_before");
  CHECK(settled(s.hub, conflict, take(lost)) == "not_found conflict");
  s.agree();
  CHECK(s.items(s.a).empty());
  CHECK(field(s.a, "compound", s.place, "name") == "乙的名");

  const auto past = history(s.a, "compound", s.place);
  CHECK(past == history(s.a, "compound", s.place));
  REQUIRE(past.size() == 4);
  CHECK(past[1]["became"] == "superseded");
  CHECK(past[1]["cells"][0]["by"]["node"] == s.hub->identity().name);
  CHECK(past[3]["became"] == "stands");
  CHECK(past[3]["cells"][0]["settled"].size() == 2);
  CHECK(past[3]["origin"] == "conflict: keep");
  CHECK(past[3]["safe_since"].is_string());
}

TEST_CASE("settle: what lost is reinstated, or a third value takes its place", "[node][I4]") {
  Scene s;
  auto conflict = s.names_apart();
  SECTION("reinstated") {
    CHECK(history(s.a, "compound", s.place)[1]["became"] == "lost");
    CHECK(settled(s.a, conflict, take(conflict["losers"][0])) == "settled");
    s.agree();
    CHECK(field(s.b, "compound", s.place, "name") == "甲的名");
  }
  SECTION("a third value") {
    CHECK(settled(s.b, conflict, {{"value", {{"name", "第三名"}}}}) == "settled");
    CHECK(settled(s.b, conflict, {{"value", {{"name", "第三名"}}}}) == "settled_before");
    CHECK(settled(s.b, conflict, {{"value", {{"name", "第四名"}}}}) == "not_found conflict");
    s.agree();
    CHECK(field(s.a, "compound", s.place, "name") == "第三名");
  }
  SECTION("a field's bare value") {
    CHECK(settled(s.b, conflict, {{"value", "第三名"}}) == "settled");
    CHECK(field(s.b, "compound", s.place, "name") == "第三名");
  }
  CHECK(s.items(s.b).empty());
}

TEST_CASE("settle: two fields of the same two edits are settled each for itself", "[node][I4]") {
  Scene s;
  edit(s.a, "compound", s.place, R"({"name":"甲的名","address":"甲路1号"})");
  edit(s.b, "compound", s.place, R"({"name":"乙的名","address":"乙路1号"})");
  s.meet();
  const auto both = s.items(s.hub);
  REQUIRE(both.size() == 2);
  for (const auto& conflict : both) {
    CHECK(settled(s.hub, conflict, take(conflict["losers"][0])) == "settled");
    CHECK(settled(s.hub, conflict, take(conflict["losers"][0])) == "settled_before");
  }
  CHECK(s.items(s.hub).empty());
  s.agree();
  CHECK(field(s.a, "compound", s.place, "name") == "甲的名");
  CHECK(field(s.a, "compound", s.place, "address") == "甲路1号");
}

TEST_CASE("settle: two who settle it differently converge, whichever comes first",
          "[node][I3][I4]") {
  for (const bool a_first : {true, false}) {
    Scene s;
    const auto conflict = s.names_apart();
    auto& first = a_first ? s.a : s.b;
    auto& second = a_first ? s.b : s.a;
    CHECK(settled(first, conflict, {{"keep", true}}) == "settled");
    CHECK(settled(second, conflict, take(conflict["losers"][0])) == "settled");
    exchange(first, s.hub);
    exchange(second, s.hub);
    s.agree();
    const auto again = s.only(s.hub);
    CHECK(again["conflict"] == conflict["conflict"]);
    CHECK(again["seen"] != conflict["seen"]);
    CHECK(again["winner"]["fields"]["name"] == "甲的名");  // The later of the two.
    CHECK(settled(s.hub, again, {{"keep", true}}) == "settled");
    s.agree();
    CHECK(s.items(s.a).empty());
  }
}

TEST_CASE("settle: a version that came meanwhile is never settled unseen", "[node][I4]") {
  Scene s;
  auto& c = s.city.enrol(kOffice, "社区丙");
  exchange(c, s.hub);
  edit(c, "compound", s.place, R"({"name":"丙的名"})");
  const auto conflict = s.names_apart();
  exchange(c, s.hub);
  const auto done = node::settle(*s.hub, conflict["conflict"].get<std::string>(), {{"keep", true}},
                                 conflict["seen"].get<std::string>());
  REQUIRE(done.has_value());
  REQUIRE(done->faults.size() == 1);
  CHECK(done->faults[0].code == Errc::stale);
  CHECK(done->conflict["losers"].size() == 2);
  CHECK(settled(s.hub, done->conflict, {{"keep", true}}) == "settled");
  exchange(c, s.hub);
  s.agree();
  CHECK(export_all(c) == export_all(s.hub));
}

TEST_CASE("settle: wrong requests are named, and change nothing", "[node]") {
  Scene s;
  const auto conflict = s.names_apart();
  const auto before = s.hub->arrival();
  CHECK(settled(s.hub, conflict, take({{"version", "0011223344556677.1.0"}})) == "not_found take");
  CHECK(settled(s.hub, conflict, {{"value", {{"lift_count", 3}}}}) == "bad_value lift_count");
  CHECK(settled(s.hub, conflict, {{"value", {{"colour", 3}}}}) == "unknown_field colour");
  CHECK(settled(s.hub, conflict, {{"value", {{"name", 3}}}}) == "bad_value name");
  CHECK(settled(s.hub, conflict, {{"keep", false}}) == "bad_value keep");
  CHECK(settled(s.hub, conflict, {{"keep", true}, {"value", "x"}}) == "bad_usage ");
  CHECK(settled(s.hub, conflict, Json::object()) == "bad_usage ");
  CHECK(settled(s.hub, conflict, {{"drop", true}}) == "unknown_field drop");
  CHECK(settled(s.hub, conflict, Json::array()) == "bad_value ");
  auto wrong = conflict;
  wrong["seen"] = "";
  CHECK(settled(s.hub, wrong, {{"keep", true}}) == "bad_usage seen");
  for (const char* address : {"", "20", "20.3.", "x.y.z", "11.3v.zz", "99999999999.1.00"}) {
    wrong["conflict"] = address;
    CHECK(settled(s.hub, wrong, {{"keep", true}}) == "bad_value conflict");
  }
  auto elsewhere = conflict["conflict"].get<std::string>();
  elsewhere.back() = elsewhere.back() == '0' ? '1' : '0';
  CHECK(store::get_conflict(s.hub->store(), elsewhere).error().code == Errc::not_found);
  CHECK(s.hub->arrival() == before);
  CHECK(s.only(s.hub) == conflict);
  // What a node may not write it may not settle.
  auto& other = s.city.enrol(kOtherOffice, "别的社区");
  exchange(other, s.hub);
  CHECK(settled(other, conflict, {{"keep", true}}) == "not_found conflict");
  auto& device = s.city.enrol(kOffice, "平板", crypto::Role::device, &s.a);
  exchange(device, s.a);
  CHECK(settled(device, conflict, {{"keep", true}}) == "forbidden ");
}

TEST_CASE("settle: edits that met a delete, it stands, or the record comes back with them",
          "[node][I4]") {
  Scene s;
  edit(s.a, "compound", s.place, R"({"lift_count":9})");
  remove(s.hub, "compound", s.place);
  s.meet();
  const auto conflict = s.only(s.b);
  CHECK(conflict["severity"] == "delete");
  CHECK(conflict["winner"]["removal"] == true);
  CHECK(conflict["losers"][0]["fields"]["lift_count"] == 9);
  CHECK(get(s.b, "compound", s.place)["removed"] == true);
  SECTION("it stands") {
    CHECK(settled(s.a, conflict, {{"keep", true}}) == "forbidden ");  // The authority deletes.
    CHECK(settled(s.hub, conflict, {{"keep", true}}) == "settled");
    s.agree();
    CHECK(get(s.a, "compound", s.place)["removed"] == true);
  }
  SECTION("it comes back") {
    CHECK(settled(s.a, conflict, take(conflict["losers"][0])) == "settled");
    s.agree();
    CHECK(field(s.b, "compound", s.place, "lift_count") == "9");
    CHECK(field(s.b, "compound", s.place, "name") == "示例小区");
    CHECK(field(s.b, "compound", s.place, "status") == "in_service");
    const auto past = history(s.b, "compound", s.place);
    CHECK(past.back()["life"] == 1);
    CHECK(past.front()["became"] == "ended");
  }
  CHECK(s.items(s.b).empty());
}

TEST_CASE("settle: a state moved by two, either is kept or taken, with its group", "[node][I4]") {
  Scene s;
  const auto made = put(s.a, "inspection", kInspection);
  s.meet();
  edit(s.a, "inspection", made, R"({"status":"returned","return_reason":"补签字"})");
  edit(s.b, "inspection", made, R"({"status":"reviewed"})");
  s.meet();
  const auto conflict = s.only(s.b);
  CHECK(conflict["winner"]["fields"]["status"] == "returned");
  CHECK(conflict["losers"][0]["move"] == Json{{"from", "submitted"}, {"to", "reviewed"}});
  SECTION("kept") {
    CHECK(settled(s.b, conflict, {{"keep", true}}) == "settled");
    s.agree();
    CHECK(field(s.a, "inspection", made, "status") == "returned");
    CHECK(field(s.a, "inspection", made, "return_reason") == "补签字");
  }
  SECTION("taken") {
    CHECK(settled(s.b, conflict, take(conflict["losers"][0])) == "settled");
    s.agree();
    CHECK(field(s.a, "inspection", made, "status") == "reviewed");
    CHECK(field(s.a, "inspection", made, "return_reason") == "-");
    edit(s.a, "inspection", made, R"({"status":"closed"})");
    s.agree();
  }
  SECTION("moved on") {
    CHECK(settled(s.b, conflict, {{"value", {{"status", "planned"}}}}) == "bad_move status");
    CHECK(settled(s.b, conflict,
                  {{"value", {{"status", "submitted"}, {"return_reason", nullptr}}}}) == "settled");
    s.agree();
    CHECK(field(s.a, "inspection", made, "status") == "submitted");
  }
  CHECK(s.items(s.hub).empty());
}

TEST_CASE("settle: a void move is acknowledged, or made again from where the record stands",
          "[node][I4]") {
  Scene s;
  const auto made = put(s.a, "inspection", kInspection);
  auto pen = Pen::of(s.a, kOffice);
  const sync::VersionId born{pen.feed.id(pen.city), pen.seq, 0};
  s.meet();
  // No honest node names a state that the version it stands on doesn't have.
  const auto move = sync::encode_move({5, 6});
  auto set = pen.write([&](sync::ChangeSet& change_set) {
    auto& change = change_set.changes[0];
    change.type = type_of("inspection").number;
    change.id = made.id;
    change.fields = {{type_of("inspection").field("status")->number, move}};
    change.base.all = {born};
  });
  REQUIRE(take(s.hub, {set}, s.a) == std::vector<std::string>{"accepted"});
  exchange(s.b, s.hub);
  const auto conflict = s.only(s.b);
  CHECK(conflict["severity"] == "void_move");
  CHECK(conflict["losers"][0]["move"] == Json{{"from", "reviewed"}, {"to", "closed"}});
  SECTION("acknowledged") {
    CHECK(settled(s.b, conflict, {{"keep", true}}) == "settled");
    CHECK(field(s.b, "inspection", made, "status") == "submitted");
  }
  SECTION("made again") {
    CHECK(settled(s.b, conflict, take(conflict["losers"][0])) == "settled");
    CHECK(field(s.b, "inspection", made, "status") == "closed");
  }
  CHECK(s.items(s.b).empty());
  exchange(s.b, s.hub);
  CHECK(s.items(s.hub).empty());
  CHECK(export_all(s.b) == export_all(s.hub));
}

TEST_CASE("settle: committed values are committed to anew where they may be read, and only there",
          "[node][I10]") {
  Scene s;
  const auto made = put(s.a, "inspection", kInspection);
  s.meet();
  edit(s.a, "inspection", made, R"({"note":"备注甲甲","site_signer":"签字人甲"})");
  edit(s.b, "inspection", made, R"({"note":"备注乙乙","site_signer":"签字人乙"})");
  s.meet();
  // The hub carries personal values for nobody: each office holds its own only.
  auto all = s.items(s.a);
  REQUIRE(all.size() == 2);
  const bool signer_first = all[0]["fields"][0] == "site_signer";
  const auto signer = all[signer_first ? 0 : 1], note = all[signer_first ? 1 : 0];
  CHECK(signer["losers"][0]["fields"]["site_signer"] == "签字人甲");
  CHECK(signer["winner"]["fields"]["site_signer"]["withheld"] == true);
  CHECK(note["winner"]["fields"]["note"] == "备注乙乙");
  const auto mine = take(signer["losers"][0]);
  CHECK(settled(s.hub, signer, {{"keep", true}}) == "forbidden site_signer");
  CHECK(settled(s.hub, signer, mine) == "forbidden site_signer");
  CHECK(settled(s.a, signer, {{"keep", true}}) == "forbidden site_signer");
  CHECK(settled(s.b, signer, mine) == "forbidden site_signer");
  CHECK(settled(s.a, signer, mine) == "settled");
  CHECK(settled(s.b, note, take(note["losers"][0])) == "settled");
  s.meet();
  CHECK(s.items(s.hub).empty());
  CHECK(field(s.a, "inspection", made, "site_signer") == "签字人甲");
  for (auto* node : {&s.hub, &s.a, &s.b}) {
    CHECK(field(*node, "inspection", made, "note") == "备注甲甲");
    CHECK(faults(*node).empty());
  }
  CHECK_FALSE(files_hold(s.hub, "签字人"));
  // A fresh salt: the same value isn't to be known again by its commitment.
  CHECK(number(s.b,
               "SELECT count(DISTINCT commitment) FROM opening WHERE value = "
               "CAST('\x6C备注甲甲' AS BLOB)") == 2);
}

TEST_CASE("settle: what comes back with an erased value keeps its other values",
          "[node][I4][I10]") {
  Scene s;
  const auto made = put(s.a, "inspection", kInspection);
  edit(s.a, "inspection", made, R"({"note":"备注甲甲","site_signer":"签字人甲"})");
  s.meet();
  edit(s.a, "inspection", made, R"({"results":{"F01":"ok","C01":"ok"}})");
  remove(s.hub, "inspection", made);
  s.meet();
  const auto conflict = s.only(s.a);
  const node::ErasureRequest wanted{&type_of("inspection"), made.scope, made.id,
                                    {"site_signer"},        "request",  {}};
  REQUIRE(node::erase(*s.a, {wanted}));
  CHECK(settled(s.a, s.only(s.a), take(conflict["losers"][0])) == "settled");
  s.meet();
  for (auto* node : {&s.hub, &s.a, &s.b}) {
    CHECK(field(*node, "inspection", made, "note") == "备注甲甲");
    CHECK(faults(*node) == std::vector<std::string>{});
  }
}

TEST_CASE("parallel: edits of different fields by two who didn't know of each other are listed",
          "[node][I4]") {
  Scene s;
  const auto parallel = [&](Node& node) {
    return store::find_conflicts(node->store(), {.severity = "parallel", .now = node->now()})
        ->at("items");
  };
  edit(s.a, "compound", s.place, R"({"lift_count":9})");
  s.meet();
  edit(s.b, "compound", s.place, R"({"parking_count":210})");  // Knows: it has seen the receipt.
  s.meet();
  CHECK(parallel(s.hub).empty());
  edit(s.a, "compound", s.place, R"({"name":"甲的名"})");
  edit(s.b, "compound", s.place, R"({"charging_point_count":33})");
  s.meet();
  CHECK(s.items(s.hub).empty());
  for (auto* node : {&s.hub, &s.a, &s.b}) {
    const auto items = parallel(*node);
    REQUIRE(items.size() == 1);
    REQUIRE(items[0]["edits"].size() == 2);
    CHECK(items[0]["edits"][0]["fields"]["name"] == "甲的名");
    CHECK(items[0]["edits"][1]["fields"]["charging_point_count"] == 33);
  }
  s.city.time += 40LL * 24 * 3600 * 1'000'000;
  CHECK(parallel(s.hub).empty());
}

}  // namespace linli::test

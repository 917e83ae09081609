// Erasing for good: gone from every disk that hears of it, refused wherever it comes back from, and
// everything else goes on holding.
#include "node/erasing.h"

#include <fstream>

#include "crypto/cbor.h"
#include "node/backup.h"
#include "node/bundles.h"
#include "node/pruning.h"
#include "node/settling.h"
#include "node/snapshots.h"
#include "node/store/erasures.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

// Made up, so that a search through the files finds them. (The index has pieces of three letters.)
constexpr const char* kSigner = "Qianziren-Wu-0001";
constexpr const char* kNote = "Beizhu mentionsperson0002 here";
constexpr const char* kNoteWord = "mentionsperson0002";

std::string inspection_json(const std::string& signer, const std::string& note) {
  return R"({"compound":"410702003901001","kind":"routine","template":["t",1],
    "inspectors":["J001","J002"],"started_at":"2025-05-01T09:00","ended_at":"2025-05-01T10:00",
    "results":{"F01":"ok"},"status":"submitted","note":")" +
         note + R"(","site_signer":")" + signer + R"("})";
}

node::ErasureRequest request_for(const Outcome& record, std::vector<std::string> fields,
                                 const char* type = "inspection") {
  return {&type_of(type), record.scope, record.id, std::move(fields), "request", {}};
}

void erase(Node& node, const Outcome& record, const std::vector<std::string>& fields,
           const char* type = "inspection") {
  const auto done = node::erase(*node, {request_for(record, fields, type)});
  if (!done) FAIL(describe(done.error()));
  CHECK(refusal(done->outcomes.front()) == "");
  CHECK(done->cleared);
}

/// Nothing of it is on this node's disk, and all that can be checked holds.
void check_clean(Node& node, const std::vector<std::string>& gone) {
  INFO(node->identity().name);
  REQUIRE(node->finish_erasing().value_or(false));
  for (const auto& value : gone) {
    INFO(value);
    CHECK_FALSE(files_hold(node, value));
  }
  CHECK(faults(node) == std::vector<std::string>{});
  const auto differences = node->store().compare_projections({});
  REQUIRE(differences);
  CHECK(*differences == std::vector<std::string>{});
}

/// An office with a second desk, a street and the hub; all have met.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  Node& office = city.enrol(kOffice, "示例社区");
  Node& desk = city.enrol(kOffice, "第二工位");
  Outcome record;

  Scene() {
    settle();
    put(office, "compound", compound("410702003901001"));
    settle();
    record = put(office, "inspection", inspection_json(kSigner, kNote));
    settle();
  }
  void settle() {
    for (int i = 0; i < 2; ++i) {
      for (auto* node : {&street, &office, &desk}) exchange(*node, hub);
    }
  }
  std::vector<Node*> all() { return {&hub, &street, &office, &desk}; }
};

/// What the node hands out of its whole log, as it would to the reader.
std::vector<sync::Object> pages_for(Node& node, Node& reader) {
  auto page = node->page(reader->identity().certificate, {}, true);
  REQUIRE(page);
  return std::move(page->objects);
}

std::string shown(Node& node, const Outcome& record, const char* name,
                  const char* type = "inspection") {
  const auto json = get(node, type, record);
  return json.is_null() ? "?" : json["fields"].value(name, Json()).dump();
}
const std::string kErased = R"({"erased":true})";

}  // namespace

TEST_CASE("erase: the value goes from the author and from everybody who hears of it",
          "[node][I10][I2][I3][I7]") {
  Scene s;
  edit(s.office, "inspection", s.record, R"({"site_signer":"Qianziren-Wu-0003"})");
  s.settle();
  REQUIRE(files_hold(s.desk, kNoteWord));     // Old versions are kept, until they are erased.
  REQUIRE_FALSE(files_hold(s.hub, kSigner));  // Without the right it never had it.
  REQUIRE(files_hold(s.hub, kNoteWord));
  REQUIRE((*store::search_records(s.hub->store(), kNoteWord, 5))["items"].size() == 1);
  const auto figures = dump(s.hub);

  erase(s.office, s.record, {"site_signer", "note"});
  CHECK(shown(s.office, s.record, "site_signer") == kErased);
  check_clean(s.office, {kSigner, "Qianziren-Wu-0003", kNoteWord});
  s.settle();
  for (auto* node : s.all()) {
    CHECK(shown(*node, s.record, "site_signer") == kErased);
    CHECK(shown(*node, s.record, "note") == kErased);
    CHECK((*store::search_records((*node)->store(), kNoteWord, 5))["items"].empty());
    check_clean(*node, {kSigner, "Qianziren-Wu-0003", kNoteWord});
  }
  CHECK(export_all(s.desk) == export_all(s.office));
  // A record without a rule broken, and with every figure as it was.
  CHECK(get(s.hub, "inspection", s.record)["invalid"].empty());
  CHECK(rows(s.hub, "SELECT group_concat(n) FROM (SELECT n FROM aggregate ORDER BY 1)") != "");
  s.hub->store().rebuild({});
  CHECK(shown(s.hub, s.record, "note") == kErased);
  const auto history =
      store::record_history(s.office->store(), "inspection", s.record.scope, s.record.id);
  REQUIRE(history);
  CHECK(history->dump().find(kSigner) == std::string::npos);
  CHECK((*history)["items"].back()["kind"] == "erase");
  // It is no version of any field: nothing came after it, or won over it.
  CHECK((*history)["items"].back()["became"] == "stands");
  CHECK((*history)["items"].back()["cells"].empty());
  CHECK((*history)["items"].back()["origin"] == "erase: request");
}

TEST_CASE("erase: figures stay what they were", "[node][I10][I7]") {
  Scene s;
  const auto figures = [&](Node& node) {
    return rows(node, "SELECT measure, day, dim1, dim2, n FROM aggregate ORDER BY 1, 2, 3, 4, 5");
  };
  const auto before = figures(s.hub);
  REQUIRE(before != "");
  erase(s.office, s.record, {"site_signer", "note", "location"});
  s.settle();
  CHECK(figures(s.hub) == before);
}

TEST_CASE("erase: what comes back later from others is not taken", "[node][I10][I3]") {
  Scene s;
  // Three who still have it: a page in flight, a stick, and a desk that was away.
  const auto in_flight = pages_for(s.office, s.street);
  const auto stick = s.city.folder.path() / "stick";
  erase(s.office, s.record, {"site_signer", "note"});
  for (int i = 0; i < 2; ++i) exchange(s.street, s.hub), exchange(s.office, s.hub);
  exchange(s.street, s.hub);
  check_clean(s.street, {kSigner, kNoteWord});
  (void)take(s.street, in_flight, s.office);
  check_clean(s.street, {kSigner, kNoteWord});
  CHECK(shown(s.street, s.record, "note") == kErased);
  // The desk hears of it, and brings what it had.
  const auto of_desk = pages_for(s.desk, s.street);
  s.settle();
  check_clean(s.desk, {kSigner, kNoteWord});
  (void)take(s.hub, of_desk, s.desk);
  check_clean(s.hub, {kSigner, kNoteWord});
}

TEST_CASE("erase: one who begins with what was on the way before it loses it as it hears of it",
          "[node][I10]") {
  Scene s;
  auto& fresh = s.city.enrol(kOffice, "新机");
  const auto in_flight = pages_for(s.office, s.desk);
  erase(s.office, s.record, {"site_signer", "note"});
  s.settle();
  (void)take(fresh, in_flight, s.desk);
  REQUIRE(files_hold(fresh, kSigner));
  for (int i = 0; i < 2; ++i) exchange(fresh, s.hub);
  check_clean(fresh, {kSigner, kNoteWord});
  CHECK(export_all(fresh) == export_all(s.office));
}

TEST_CASE("erase: an erasure that comes before what it erases makes no record, and holds",
          "[node][I10][I3]") {
  Scene s;
  auto& fresh = s.city.enrol(kOffice, "新机");
  const auto before = pages_for(s.office, s.desk);
  // By another author, so that the two come in any order.
  exchange(s.desk, s.hub);
  erase(s.desk, s.record, {"site_signer"});
  const auto all = pages_for(s.desk, s.office);
  std::vector<sync::Object> of_desk;
  for (const auto& object : all) {
    const auto parcel = sync::Parcel::decode(object.bytes);
    if (object.kind != sync::ObjectKind::parcel || !parcel) continue;
    const auto set = sync::decode_change_set(parcel->body);
    if (set && set->feed.author == s.desk->identity().author) of_desk.push_back(object);
  }
  REQUIRE(!of_desk.empty());
  (void)take(fresh, of_desk, s.desk);
  CHECK(get(fresh, "inspection", s.record).is_null());
  (void)take(fresh, before, s.office);
  CHECK(shown(fresh, s.record, "site_signer") == kErased);
  check_clean(fresh, {kSigner});
  CHECK(export_all(fresh) == export_all(s.desk));
}

TEST_CASE("erase: the losers of a conflict go, too", "[node][I10][I4]") {
  Scene s;
  edit(s.office, "inspection", s.record, R"({"note":"losingword0004 here"})");
  edit(s.desk, "inspection", s.record, R"({"note":"winningword0005 here"})");
  s.settle();
  REQUIRE(get(s.office, "inspection", s.record)["conflicts"] == 1);
  REQUIRE(files_hold(s.hub, "losingword0004"));
  const auto plan =
      node::plan_erasure(*s.office, type_of("inspection"), s.record.scope, s.record.id, {"note"});
  REQUIRE(plan);
  CHECK((*plan)["fields"][0]["versions"] == 3);
  CHECK((*plan)["fields"][0]["held"] == 3);
  CHECK((*plan)["nodes"].size() == 4);
  erase(s.office, s.record, {"note"});
  s.settle();
  for (auto* node : s.all()) {
    check_clean(*node, {"losingword0004", "winningword0005", kNoteWord});
    CHECK(shown(*node, s.record, "note") == kErased);
    const auto open = store::list_conflicts((*node)->store())["items"];
    REQUIRE(open.size() == 1);  // That two wrote is no secret; what they wrote is gone.
    CHECK(open[0]["losers"][0]["fields"]["note"].dump() == kErased);
  }
}

TEST_CASE("erase: who may not is refused by reason, here and by every receiver",
          "[node][I10][I5]") {
  Scene s;
  const auto refused = [&](Node& node, const Outcome& record, std::vector<std::string> fields,
                           const char* type = "inspection") {
    const auto done = node::erase(*node, {request_for(record, std::move(fields), type)});
    REQUIRE(done);
    return refusal(done->outcomes.front());
  };
  CHECK(refused(s.office, s.record, {"kind"}) == "forbidden kind");
  CHECK(refused(s.office, s.record, {"nothing"}) == "unknown_field nothing");
  CHECK(refused(s.office, s.record, {}) == "missing_field fields");
  auto unknown = s.record;
  unknown.id = crypto::random<sync::RecordId>();
  CHECK(refused(s.office, unknown, {"note"}) == "not_found id");
  auto& company = s.city.enrol(kOffice, "样例物业", crypto::Role::company);
  exchange(company, s.hub);
  s.settle();
  CHECK(refused(company, s.record, {"note"}) == "forbidden");
  const auto origin = node::erasure_origin("because");
  CHECK(origin.error().code == Errc::bad_value);

  // The company signs one all the same.
  auto pen = Pen::of(company, kOffice);
  const auto values = store::committed_in(
      s.office->store().log(), s.office->store().projector(),
      *s.office->store().projector().table(72)->find(
          s.office->store().database(), s.office->store().log().scope(kOffice), s.record.id),
      {14});
  std::string list;
  const auto object = pen.write([&](sync::ChangeSet& set) {
    cbor::Writer w;
    w.array(1);
    w.bytes(values.at(14).begin()->view());
    list = w.take();
    auto& change = set.changes.front();
    change.type = 72;
    change.id = s.record.id;
    change.kind = sync::ChangeKind::erase;
    change.fields = {{14, list}};
  });
  CHECK(take(s.office, {object}, company) == std::vector<std::string>{"forbidden"});
  CHECK(shown(s.office, s.record, "note") != kErased);
}

TEST_CASE("erase: a commitment listed under another record destroys nothing", "[node][I10][I5]") {
  Scene s;
  const auto other = put(s.office, "inspection", inspection_json("Ling-0006", "another note0007"));
  auto& projector = s.office->store().projector();
  auto& db = s.office->store().database();
  const auto row =
      projector.table(72)->find(db, s.office->store().log().scope(kOffice), s.record.id);
  const auto values = store::committed_in(s.office->store().log(), projector, *row, {14});
  s.settle();
  auto pen = Pen::of(s.desk, kOffice);
  std::string list;
  const auto object = pen.write([&](sync::ChangeSet& set) {
    cbor::Writer w;
    w.array(1);
    w.bytes(values.at(14).begin()->view());
    list = w.take();
    auto& change = set.changes.front();
    change.type = 72;
    change.id = other.id;
    change.kind = sync::ChangeKind::erase;
    change.fields = {{14, list}};
  });
  CHECK(take(s.office, {object}, s.desk) == std::vector<std::string>{"accepted"});
  CHECK(shown(s.office, s.record, "note").find(kNoteWord) != std::string::npos);
  CHECK(shown(s.office, other, "note").find("note0007") != std::string::npos);
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("erase: a record goes on living: what is erased stays so in a group written anew",
          "[node][I10]") {
  Scene s;
  const auto other = put(s.office, "inspection", inspection_json("x", "besides"));
  edit(s.office, "inspection", other,
       R"({"status":"returned","return_reason":"reasonword0008 here"})");
  REQUIRE(shown(s.office, other, "return_reason").find("0008") != std::string::npos);
  erase(s.office, other, {"return_reason", "note", "site_signer"});
  check_clean(s.office, {"reasonword0008"});
  // Of the group of the erased value: the value goes along as what it is.
  edit(s.office, "inspection", other, R"({"status":"submitted"})");
  CHECK(shown(s.office, other, "return_reason") == kErased);
  // A new value is a new one.
  erase(s.office, s.record, {"note", "site_signer"});
  edit(s.office, "inspection", s.record, R"({"note":"清理后重写"})");
  CHECK(shown(s.office, s.record, "note") == "\"清理后重写\"");
  s.settle();
  CHECK(shown(s.desk, other, "return_reason") == kErased);
  CHECK(export_all(s.desk) == export_all(s.office));
  check_clean(s.desk, {"reasonword0008"});
}

TEST_CASE("erase: a photo goes from the disk unless another record shows it",
          "[node][I10][blobs]") {
  Scene s;
  const auto alone = put_photo(s.office, photo(5'000, 1));
  const auto shared = put_photo(s.office, photo(6'000, 2));
  const auto finding = put_finding(s.office, {alone, shared});
  const auto other = put_finding(s.office, {shared});
  const auto plan =
      node::plan_erasure(*s.office, type_of("finding"), finding.scope, finding.id, {"photos"});
  REQUIRE(plan);
  REQUIRE((*plan)["attachments"].size() == 1);
  CHECK((*plan)["attachments"][0]["hash"] == hex(alone));
  erase(s.office, finding, {"photos"}, "finding");
  CHECK_FALSE(holds(s.office, alone));
  CHECK_FALSE(fs::exists(s.office->blobs().file(alone)));
  CHECK(holds(s.office, shared));
  CHECK(shown(s.office, other, "photos", "finding").find(hex(shared)) != std::string::npos);
  check_clean(s.office, {});
}

TEST_CASE("erase: snapshots say what was erased, and hand none of it on", "[node][I10]") {
  Scene s;
  const auto make = [&] {
    const auto made = node::make_snapshots(*s.hub, {}, 1);
    REQUIRE(made);
    REQUIRE(!made->empty());
  };
  make();  // One that was made before the erasure, and stays beside it.
  erase(s.office, s.record, {"site_signer", "note"});
  s.settle();
  auto& early = s.city.enrol(kOffice, "新机甲");
  for (int i = 0; i < 2; ++i) exchange(early, s.hub);
  CHECK(shown(early, s.record, "note") == kErased);
  check_clean(early, {kNoteWord});
  make();
  const auto in_flight = pages_for(s.desk, s.office);
  auto& late = s.city.enrol(kOffice, "新机乙");
  for (int i = 0; i < 2; ++i) exchange(late, s.hub);
  REQUIRE(number(late, "SELECT count(*) FROM log WHERE kind = 4") > 0);
  REQUIRE(number(late, "SELECT count(*) FROM erased") > 0);
  CHECK(shown(late, s.record, "note") == kErased);
  check_clean(late, {kSigner, kNoteWord});
  CHECK(export_all(late) == export_all(s.office));
}

TEST_CASE("erase: a snapshot alone is word enough for who was away", "[node][I10]") {
  Scene s;
  // It has the values, and asks for snapshots before it hears of the erasure itself.
  erase(s.office, s.record, {"site_signer", "note"});
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  REQUIRE(node::make_snapshots(*s.hub, {}, 1));
  REQUIRE(files_hold(s.desk, kNoteWord));
  REQUIRE(node::ask_for_snapshots(*s.desk));
  for (int i = 0; i < 3; ++i) exchange(s.desk, s.hub);
  REQUIRE(number(s.desk, "SELECT count(*) FROM log WHERE kind = 4") > 0);
  CHECK(shown(s.desk, s.record, "site_signer") == kErased);
  check_clean(s.desk, {kSigner, kNoteWord});
  const auto pruned = node::prune(*s.desk, node::beginning_of_year(2027));
  REQUIRE(pruned);
  CHECK(shown(s.desk, s.record, "site_signer") == kErased);
  check_clean(s.desk, {kSigner, kNoteWord});
}

TEST_CASE("erase: a backup made before erases again", "[node][I10]") {
  Scene s;
  const auto file = s.city.folder.path() / "backup";
  REQUIRE(node::back_up(s.office.dir, file, 1));
  erase(s.office, s.record, {"site_signer", "note"});
  s.settle();
  s.office.close();
  SECTION("as soon as it meets anybody") {
    fs::remove_all(s.office.dir);
    REQUIRE(node::restore(file, s.office.dir, s.office.clock));
    s.office.open();
    REQUIRE(files_hold(s.office, kSigner));
    for (int i = 0; i < 2; ++i) exchange(s.office, s.hub);
  }
  SECTION("at once, with the folder before") {
    const auto before = s.city.folder.path() / "before";
    fs::rename(s.office.dir, before);
    REQUIRE(node::restore(file, s.office.dir, s.office.clock, before));
    s.office.open();
  }
  check_clean(s.office, {kSigner, kNoteWord});
  s.settle();
  CHECK(shown(s.office, s.record, "note") == kErased);
  check_clean(s.office, {kSigner, kNoteWord});
  for (auto* node : s.all()) check_clean(*node, {kSigner, kNoteWord});
}

TEST_CASE("erase: what an older version took is carried out after the upgrade", "[node][I10][I8]") {
  Scene s;
  const auto opening =
      "INSERT OR REPLACE INTO opening SELECT * FROM temp_opening; DROP TABLE temp_opening";
  s.desk.close();
  execute(
      s.desk,
      "CREATE TABLE temp_opening AS SELECT * FROM opening; UPDATE temp_opening SET salt = salt");
  s.desk.open();
  erase(s.office, s.record, {"site_signer", "note"});
  s.settle();
  REQUIRE(shown(s.desk, s.record, "note") == kErased);
  s.desk.close();
  // As format 6 would have it: the erasure in the log, the values beside it.
  execute(s.desk, opening + std::string("; UPDATE meta SET value = 6 WHERE key = 'format'"));
  execute(s.desk,
          "DROP TABLE erased; ALTER TABLE invite DROP COLUMN actor; "
          "UPDATE meta SET value = 6 WHERE key = 'format'");
  REQUIRE(files_hold(s.desk, kNoteWord));
  s.desk.open();
  CHECK(shown(s.desk, s.record, "note") == kErased);
  check_clean(s.desk, {kSigner, kNoteWord});
}

TEST_CASE("erase: what waits or is kept as evidence is stripped", "[node][I10]") {
  Scene s;
  // A set behind a gap, with a value in it: it waits at the street.
  edit(s.office, "inspection", s.record, R"({"note":"gapword0009"})");
  edit(s.office, "inspection", s.record, R"({"note":"waitword0010 here"})");
  auto objects = pages_for(s.office, s.street);
  std::vector<sync::Object> last;
  for (auto& object : objects) {
    if (object.bytes.find("waitword0010") != std::string::npos) last.push_back(object);
  }
  REQUIRE(last.size() == 1);
  CHECK(take(s.street, last, s.office) == std::vector<std::string>{"gap"});
  REQUIRE(files_hold(s.street, "waitword0010"));
  // The erasure comes from the desk, which has all of it.
  exchange(s.office, s.hub), exchange(s.desk, s.hub);
  erase(s.desk, s.record, {"note"});
  const auto all = pages_for(s.desk, s.street);
  std::vector<sync::Object> of_desk;
  for (const auto& object : all) {
    if (object.kind != sync::ObjectKind::parcel) continue;
    const auto parcel = sync::Parcel::decode(object.bytes);
    const auto set = sync::decode_change_set(parcel->body);
    if (set && set->feed.author == s.desk->identity().author) of_desk.push_back(object);
  }
  (void)take(s.street, of_desk, s.desk);
  CHECK(number(s.street, "SELECT count(*) FROM waiting") == 1);
  check_clean(s.street, {"waitword0010", kNoteWord});
  s.settle();
  CHECK(shown(s.street, s.record, "note") == kErased);
  for (auto* node : s.all()) check_clean(*node, {"waitword0010", "gapword0009", kNoteWord});
}

TEST_CASE("erase: what only waits is cleared from the disk as well", "[node][I10]") {
  Scene s;
  put(s.office, "inspection", inspection_json("x", "before"));  // The gap.
  const auto made = put(s.office, "inspection", inspection_json("x", "onlywaits0011 here"));
  std::vector<sync::Object> last;
  for (auto& object : pages_for(s.office, s.street)) {
    if (object.bytes.find("onlywaits0011") != std::string::npos) last.push_back(object);
  }
  CHECK(take(s.street, last, s.office) == std::vector<std::string>{"gap"});
  REQUIRE(files_hold(s.street, "onlywaits0011"));
  exchange(s.office, s.hub), exchange(s.desk, s.hub);
  erase(s.desk, made, {"note"});
  std::vector<sync::Object> of_desk;
  for (const auto& object : pages_for(s.desk, s.street)) {
    if (object.kind != sync::ObjectKind::parcel) continue;
    const auto set = sync::decode_change_set(sync::Parcel::decode(object.bytes)->body);
    if (set && set->feed.author == s.desk->identity().author) of_desk.push_back(object);
  }
  (void)take(s.street, of_desk, s.desk);
  CHECK(number(s.street, "SELECT count(*) FROM waiting") == 1);
  check_clean(s.street, {"onlywaits0011"});
  s.settle();
  for (auto* node : s.all()) check_clean(*node, {"onlywaits0011"});
}

TEST_CASE("erase: what waited and was no news leaves nothing behind either", "[node][I10]") {
  // The set waits, comes again by a snapshot and is dropped; only then the erasure is heard of.
  Scene s;
  put(s.office, "inspection", inspection_json("x", "before"));
  const auto made = put(s.office, "inspection", inspection_json("x", "droppedword0012 here"));
  std::vector<sync::Object> last;
  for (auto& object : pages_for(s.office, s.street)) {
    if (object.bytes.find("droppedword0012") != std::string::npos) last.push_back(object);
  }
  CHECK(take(s.street, last, s.office) == std::vector<std::string>{"gap"});
  REQUIRE(s.street->write([&]() -> Result<void> {
    s.street->store().database().execute("DELETE FROM waiting");
    return {};
  }));
  REQUIRE(files_hold(s.street, "droppedword0012"));
  exchange(s.office, s.hub), exchange(s.desk, s.hub);
  erase(s.desk, made, {"note"});
  s.settle();
  check_clean(s.street, {"droppedword0012"});
}

}  // namespace linli::test

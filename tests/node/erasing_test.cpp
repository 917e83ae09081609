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
#include "tests/node/erasing_scene.h"

namespace linli::test {

TEST_CASE("erase: the value goes from the author and from everybody who hears of it",
          "[node][I10][I2][I3][I7]") {
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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

}  // namespace linli::test

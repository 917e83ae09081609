// Erasing where what was written stands elsewhere than in the log: in snapshots, in backups, under
// an older version, among what waits.
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

TEST_CASE("erase: snapshots say what was erased, and hand none of it on", "[node][I10]") {
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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
    REQUIRE(node::restore(file, s.office.dir, s.office.clock, {.before = before}));
    s.office.open();
  }
  check_clean(s.office, {kSigner, kNoteWord});
  s.settle();
  CHECK(shown(s.office, s.record, "note") == kErased);
  check_clean(s.office, {kSigner, kNoteWord});
  for (auto* node : s.all()) check_clean(*node, {kSigner, kNoteWord});
}

TEST_CASE("erase: what an older version took is carried out after the upgrade", "[node][I10][I8]") {
  ErasingScene s;
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
          "DROP TABLE erased; DROP TABLE own_left; ALTER TABLE invite DROP COLUMN actor; "
          "UPDATE meta SET value = 6 WHERE key = 'format'");
  REQUIRE(files_hold(s.desk, kNoteWord));
  s.desk.open();
  CHECK(shown(s.desk, s.record, "note") == kErased);
  check_clean(s.desk, {kSigner, kNoteWord});
}

TEST_CASE("erase: what waits or is kept as evidence is stripped", "[node][I10]") {
  ErasingScene s;
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
  ErasingScene s;
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
  ErasingScene s;
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

// Search over a node's records: filters, fields, marks, erasing, and stores of an older version.
#include "crypto/cbor.h"
#include "node/erasing.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";
// Three characters that are in no other text, and what they are read like.
constexpr const char* kRare = "龘靐龖";
constexpr const char* kRareRead = "dabingda";

std::string inspection_json(const std::string& note, const std::string& day = "2025-05-01") {
  return R"({"compound":"410702003901001","kind":"routine","template":["t",1],
    "inspectors":["J001","J002"],"started_at":")" +
         day + R"(T09:00","ended_at":")" + day + R"(T10:00","results":{"F01":"ok"},
    "status":"submitted","site_signer":"签字人甲乙","note":")" +
         note + R"("})";
}

/// An office with a compound in 重庆路 and two inspections.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome place, first, second;

  Scene() {
    exchange(office, hub);
    place = put(office, "compound", compound(kCode, R"({"address":"重庆路12号"})"));
    first = put(office, "inspection", inspection_json("3号楼電梯困人，B2-017已停用"));
    second = put(office, "inspection", inspection_json("水泵正常，見重庆路口", "2025-06-01"));
  }
  Json search(store::SearchRequest request) {
    const auto found = store::search_records(office->store(), request);
    if (!found) FAIL(describe(found.error()));
    return *found;
  }
  std::vector<std::string> ids(store::SearchRequest request) {
    std::vector<std::string> ids;
    const auto found = search(std::move(request));
    for (const auto& item : found["items"]) ids.push_back(item["id"]);
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  std::string refusal(store::SearchRequest request) {
    const auto found = store::search_records(office->store(), request);
    return found ? "" : std::string(info(found.error().code).name) + ' ' + found.error().field;
  }
};

std::vector<std::string> ids_of(const std::vector<Outcome>& outcomes) {
  std::vector<std::string> ids;
  for (const auto& each : outcomes) ids.push_back(sync::to_text(each.id));
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

TEST_CASE("searching: by parts of words and pinyin, with marks in the original text", "[node]") {
  Scene s;
  for (const auto* typed : {"电梯", "梯", "017", "楼电", "dianti", "dtkr", "b2-0", "困人 3号楼"}) {
    INFO(typed);
    CHECK(s.ids({.text = typed}) == ids_of({s.first}));
  }
  CHECK(s.ids({.text = "chongqinglu"}) == ids_of({s.place, s.second}));
  CHECK(s.ids({.text = "签字人"}).empty());  // Personal: never found (I10).
  CHECK(s.ids({.text = "qianzi"}).empty());
  const auto found = s.search({.text = "dianti"});
  const auto& item = found["items"][0];
  CHECK(item["snippet"] == "3号楼電梯困人，B2-017已停用");
  CHECK(item["marks"] == Json::parse("[[3,5]]"));
  CHECK(item["highlights"] == Json::parse(R"([{"field":"note","ranges":[[3,5]]}])"));
  CHECK(found["near"] == false);
  CHECK(found["next_cursor"].is_null());
  CHECK(s.search({.text = "dianit"})["near"] == true);
}

TEST_CASE("searching: only of a type, below a scope, of a time, with a field's value", "[node]") {
  Scene s;
  const std::string both = "重庆路";
  CHECK(s.ids({.text = both, .type = "compound"}) == ids_of({s.place}));
  CHECK(s.ids({.text = both, .scope = kDistrict}) == ids_of({s.place, s.second}));
  CHECK(s.ids({.text = both, .scope = "410700/410703"}).empty());
  CHECK(s.ids({.text = both, .from = "2026-01-01", .to = "2026-01-02"}) ==
        ids_of({s.place, s.second}));
  CHECK(s.ids({.text = both, .from = "2026-01-02"}).empty());
  CHECK(s.ids({.text = both, .to = "2026-01-01"}).empty());
  CHECK(s.ids({.text = both, .where = {{"status", "submitted"}}}) == ids_of({s.second}));
  CHECK(s.ids({.text = "人", .where = {{"started_at", "2025-05-01..2025-05-01"}}}) ==
        ids_of({s.first}));
  CHECK(s.ids({.text = "人", .where = {{"started_at", "2025-05-02.."}}}).empty());
  CHECK(s.ids({.text = both, .where = {{"note", "見重慶"}}}) == ids_of({s.second}));
  CHECK(s.ids({.text = both, .where = {{"地址", "12号"}}}) == ids_of({s.place}));
  CHECK(s.ids({.text = both, .where = {{"compound", sync::to_text(s.place.id)}}}) ==
        ids_of({s.second}));
  // In the words themselves.
  CHECK(s.ids({.text = "地址:重庆路"}) == ids_of({s.place}));
  CHECK(s.ids({.text = "address：chongqing"}) == ids_of({s.place}));
  CHECK(s.ids({.text = "\"地址:重庆路\""}).empty());

  CHECK(s.refusal({.text = both, .type = "x"}) == "unknown_type type");
  CHECK(s.refusal({.text = both, .from = "gestern"}) == "bad_value from");
  CHECK(s.refusal({.text = both, .where = {{"x", "y"}}}) == "unknown_field x");
  CHECK(s.refusal({.text = both, .where = {{"started_at", "x..y"}}}) == "bad_value started_at");
  CHECK(s.refusal({.text = both, .where = {{"site_signer", "签字人甲乙"}}}) ==
        "forbidden site_signer");
  CHECK(s.refusal({.text = both, .limit = 0}) == "bad_value limit");
}

TEST_CASE("searching: pages belong to their words and filters", "[node]") {
  Scene s;
  const auto first = s.search({.text = "重庆路", .limit = 1});
  REQUIRE(first["next_cursor"].is_string());
  const std::string cursor = first["next_cursor"];
  const auto second = s.search({.text = "重庆路", .cursor = cursor, .limit = 1});
  CHECK(second["next_cursor"].is_null());
  CHECK(first["items"][0]["id"] != second["items"][0]["id"]);
  CHECK(s.refusal({.text = "重庆路", .type = "compound", .cursor = cursor}) == "bad_value cursor");
  CHECK(s.refusal({.text = "重庆", .cursor = cursor}) == "bad_value cursor");
}

TEST_CASE("searching: an edit is found by what it says now, and no more by what it said",
          "[node][I2]") {
  Scene s;
  edit(s.office, "inspection", s.first, R"({"note":"灭火器过期"})");
  CHECK(s.ids({.text = "电梯"}).empty());
  CHECK(s.ids({.text = "dtkr"}).empty());
  CHECK(s.ids({.text = "miehuoqi"}) == ids_of({s.first}));
  edit(s.office, "inspection", s.first, R"({"ended_at":"2025-05-01T11:00"})");
  CHECK(s.ids({.text = "灭火器"}) == ids_of({s.first}));
  remove(s.office, "inspection", s.second);
  CHECK(s.ids({.text = "水泵"}).empty());
  const auto differences = s.office->store().compare_projections({});
  REQUIRE(differences);
  CHECK(*differences == std::vector<std::string>{});
}

TEST_CASE("searching: an erased value leaves neither tokens nor pinyin on the disk",
          "[node][I10]") {
  Scene s;
  const auto record = put(s.office, "inspection", inspection_json(std::string("楼道") + kRare));
  exchange(s.office, s.hub);
  const std::string pair = std::string(kRare).substr(0, 6);
  const auto terms = [&](Node& node) {
    auto db = store::Database::open(node.dir / "linli.db", store::Access::write);
    REQUIRE(db);
    (*db)->execute(
        "CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'search_erasable', 'row')");
    auto found = (*db)->prepare("SELECT count(*) FROM temp.terms WHERE term GLOB '*龘*'");
    REQUIRE(found.step());
    return found.integer(0);
  };
  for (auto* node : {&s.office, &s.hub}) {
    CHECK((*store::search_records((*node)->store(), kRareRead, 5))["items"].size() == 1);
    CHECK(files_hold(*node, pair));
    CHECK(terms(*node) > 0);
  }
  REQUIRE(s.ids({.text = kRare}) == ids_of({record}));
  const auto done = node::erase(
      *s.office, {{&type_of("inspection"), record.scope, record.id, {"note"}, "request", {}}});
  REQUIRE(done);
  exchange(s.office, s.hub);
  for (auto* node : {&s.office, &s.hub}) {
    REQUIRE((*node)->finish_erasing().value_or(false));
    for (const auto* typed : {kRare, kRareRead, "dbd", "龘"}) {
      CHECK((*store::search_records((*node)->store(), typed, 5))["items"].empty());
    }
    CHECK_FALSE(files_hold(*node, pair));
    const auto differences = (*node)->store().compare_projections({});
    REQUIRE(differences);
    CHECK(*differences == std::vector<std::string>{});
    CHECK(number(*node, "SELECT count(*) FROM search_pinyin_erasable WHERE gram GLOB '*龘*'") == 0);
    CHECK(terms(*node) == 0);
  }
}

TEST_CASE("searching: a store of the version before gets its indexes at its next opening",
          "[node][I8]") {
  Scene s;
  s.office.close();
  {
    auto db = store::Database::open(s.office.dir / "linli.db", store::Access::write);
    REQUIRE(db);
    (*db)->execute(
        "DROP TABLE search; DROP TABLE search_erasable; DROP TABLE search_pinyin;"
        "DROP TABLE search_pinyin_erasable;"
        "CREATE VIRTUAL TABLE search USING fts5(text, content='', tokenize='linli');"
        "CREATE VIRTUAL TABLE search_erasable USING fts5(text, content='', tokenize='linli');"
        "INSERT INTO search(rowid, text) VALUES (1, '旧');"
        "UPDATE meta SET value = 'of the version before' WHERE key = 'projection'");
  }
  REQUIRE_FALSE(store::Store::open(s.office.dir / "linli.db", store::Access::read));
  s.office.open();
  CHECK(s.ids({.text = "dianti"}) == ids_of({s.first}));
  CHECK(s.ids({.text = "旧"}).empty());
  const auto differences = s.office->store().compare_projections({});
  REQUIRE(differences);
  CHECK(*differences == std::vector<std::string>{});
}

}  // namespace linli::test

// Search as the API and the command line see it, over rows that stand in a store.
#include <algorithm>
#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "node/store/reading.h"
#include "tests/store/scratch.h"

using namespace linli;
using namespace linli::store;
using model::Json;

namespace {

using Shown = std::vector<std::string>;

constexpr std::int64_t kMayFirst = 1'746'061'200'000;   // 2025-05-01T09:00 local.
constexpr std::int64_t kJuneFirst = 1'748'739'600'000;  // 2025-06-01T09:00 local.

/// Rows and index entries without the change sets that they would come from.
struct Scene {
  tests::ScratchFolder folder;
  std::filesystem::path file = folder.path() / "linli.db";
  std::unique_ptr<Store> store = std::move(*Store::create(file));
  std::int64_t made = 0;

  void add(const char* type_name, const std::map<std::string, std::string>& texts,
           const std::map<std::string, std::int64_t>& numbers = {}) {
    auto& db = store->database();
    Transaction transaction(db);
    const auto& type = *model::schema().type(type_name);
    std::map<std::uint32_t, std::string> fields;
    for (const auto& [name, text] : texts) {
      fields[type.field(name)->number] = cbor::encode_text(text);
    }
    for (const auto& [name, number] : numbers) {
      const auto* field = type.field(name);
      fields[field->number] = field->type == model::FieldType::state
                                  ? sync::encode_move({-1, number})
                                  : cbor::encode_int(number);
    }
    Row row;
    row.rec = ++made * kTypesMax + type.number;
    row.scope = store->log().scope("410700/410702");
    row.record.id = sync::new_record_id(1'700'000'000'000'000 + made);
    std::vector<sync::FieldValue> values;
    for (const auto& [number, value] : fields) values.push_back({number, value});
    store->projector().table(type.number)->insert(db, row, values);
    SearchIndex index(db);
    index.insert(row.rec, search_text({&type, {}, row.record.id, false, values}));
    index.flush();
    transaction.commit();
  }
  /// What is shown of each hit; or why it was refused.
  Shown search(const SearchRequest& request) {
    const auto found = search_records(*store, request);
    if (!found) return {std::string(info(found.error().code).name) + ' ' + found.error().field};
    Shown shown;
    for (const auto& item : (*found)["items"]) shown.push_back(item["snippet"]);
    std::sort(shown.begin(), shown.end());
    return shown;
  }
};

const std::string kFirst = "3号楼電梯困人，B2-017已停用", kSecond = "水泵正常，見重庆路口",
                  kPlace = "重庆路12号";

void fill(Scene& s) {
  s.add("compound", {{"name", "阳光小区"}, {"address", kPlace}});
  s.add("inspection", {{"note", kFirst}, {"site_signer", "签字人甲"}},
        {{"started_at", kMayFirst}, {"status", 2}});
  s.add("inspection", {{"note", kSecond}}, {{"started_at", kJuneFirst}, {"status", 3}});
}

}  // namespace

TEST_CASE("search_records: shows what it found, with marks in the original text", "[store]") {
  Scene s;
  fill(s);
  for (const auto* typed : {"电梯", "梯", "017", "楼电", "dianti", "dtkr", "困人 3号楼"}) {
    INFO(typed);
    CHECK(s.search({.text = typed}) == Shown{kFirst});
  }
  CHECK(s.search({.text = "chongqinglu"}) == Shown{kSecond, kPlace});
  for (const auto* typed : {"签字人", "qianzi"}) CHECK(s.search({.text = typed}).empty());  // I10
  const auto found = *search_records(*s.store, {.text = "dianti"});
  const auto& item = found["items"][0];
  CHECK(item["type"] == "inspection");
  CHECK(item["scope"] == "410700/410702");
  CHECK(item["marks"] == Json::parse("[[3,5]]"));
  CHECK(item["highlights"] == Json::parse(R"([{"field":"note","ranges":[[3,5]]}])"));
  CHECK(found["near"] == false);
  CHECK(found["next_cursor"].is_null());
  CHECK((*search_records(*s.store, {.text = "dianit"}))["near"] == true);
}

TEST_CASE("search_records: filters by type and scope and field", "[store]") {
  Scene s;
  fill(s);
  const std::string both = "重庆路";
  CHECK(s.search({.text = both, .type = "compound"}) == Shown{kPlace});
  CHECK(s.search({.text = both, .scope = "410700"}) == Shown{kSecond, kPlace});
  CHECK(s.search({.text = both, .scope = "410701"}).empty());
  CHECK(s.search({.text = both, .where = {{"status", "submitted"}}}) == Shown{kSecond});
  CHECK(s.search({.text = both, .where = {{"note", "見重慶"}}}) == Shown{kSecond});
  CHECK(s.search({.text = both, .where = {{"地址", "12号"}}}) == Shown{kPlace});
  for (const auto* day : {"2025-05-01", "2025-05-01..2025-05-01", "..2025-05-01", "2025-04-30.."}) {
    INFO(day);
    CHECK(s.search({.text = "人", .where = {{"started_at", day}}}) == Shown{kFirst});
  }
  CHECK(s.search({.text = "人", .where = {{"started_at", "2025-05-02.."}}}).empty());
  CHECK(s.search({.text = "地址:重庆路"}) == Shown{kPlace});
  CHECK(s.search({.text = "address：chongqing"}) == Shown{kPlace});
  CHECK(s.search({.text = "\"地址:重庆路\""}).empty());
}

TEST_CASE("search_records: says what is wrong with a question", "[store]") {
  Scene s;
  fill(s);
  const auto refused = [&](const SearchRequest& request) { return s.search(request).at(0); };
  CHECK(refused({.text = "x", .type = "nix"}) == "unknown_type type");
  CHECK(refused({.text = "x", .from = "gestern"}) == "bad_value from");
  CHECK(refused({.text = "x", .where = {{"nix", "y"}}}) == "unknown_field nix");
  CHECK(refused({.text = "x", .where = {{"started_at", "x..y"}}}) == "bad_value started_at");
  CHECK(refused({.text = "x", .where = {{"site_signer", "签字人甲"}}}) == "forbidden site_signer");
  CHECK(refused({.text = "x", .limit = 0}) == "bad_value limit");
  CHECK(refused({.text = "\xff"}) == "bad_utf8 q");
  const auto page = *search_records(*s.store, {.text = "重庆路", .limit = 1});
  const std::string cursor = page["next_cursor"];
  CHECK(s.search({.text = "重庆路", .cursor = cursor, .limit = 1}).size() == 1);
  CHECK(refused({.text = "重庆路", .type = "compound", .cursor = cursor}) == "bad_value cursor");
  CHECK(refused({.text = "重庆", .cursor = cursor}) == "bad_value cursor");
}

TEST_CASE("store: the search of a version before is made anew at the next opening", "[store][I8]") {
  Scene s;
  const auto differences = [&] {
    const auto found = s.store->compare_projections({});
    REQUIRE(found);
    return *found;
  };
  CHECK(differences().empty());
  s.store->database().execute("INSERT INTO search(rowid, text) VALUES (4242, '自行车')");
  CHECK(differences().size() == 1);
  s.store->database().execute(
      "DROP TABLE search; DROP TABLE search_erasable; DROP TABLE search_pinyin;"
      "DROP TABLE search_pinyin_erasable;"
      "CREATE VIRTUAL TABLE search USING fts5(text, content='', tokenize='linli');"
      "CREATE VIRTUAL TABLE search_erasable USING fts5(text, content='', tokenize='linli');"
      "INSERT INTO search(rowid, text) VALUES (1, '旧');"
      "UPDATE meta SET value = 'of the version before' WHERE key = 'projection'");
  s.store.reset();
  REQUIRE_FALSE(Store::open(s.file, Access::read));
  auto opened = Store::open(s.file, Access::write);
  REQUIRE(opened);
  s.store = std::move(*opened);
  CHECK(s.search({.text = "旧"}).empty());
  CHECK(differences().empty());
}

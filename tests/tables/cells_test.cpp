#include "node/tables/cells.h"

#include "node/tables/cell_dates.h"
#include "tests/model/fixture.h"
#include "tests/tables/table.h"

namespace linli::tables::test {
namespace {

const model::Field& field_of(const char* type, std::string_view name) {
  const auto* field = model::test::type_of(type).field(name);
  REQUIRE(field != nullptr);
  return *field;
}

/// The value as JSON text, "-" for nothing, or the Chinese fault.
std::string read(const model::Field& field, const std::string& text, int places = 0,
                 Cell::Kind kind = Cell::Kind::text) {
  auto reading = read_cell(field, places, {kind, text});
  if (reading.fault) {
    CHECK_FALSE(reading.fault->en.empty());
    return reading.fault->zh;
  }
  return reading.value ? reading.value->dump() : "-";
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("cells: dates in every way that people write them", "[tables]") {
  const auto& day = field_of("service_contract", "start_on");
  for (const auto* text :
       {"2024-03-05", "2024/3/5", "2024.3.5", "2024年3月5日", "2024年03月05日", "20240305",
        "２０２４－０３－０５", "45356", "2024-03-05 00:00:00", "2024年3月5号"}) {
    CAPTURE(text);
    CHECK(read(day, text) == "\"2024-03-05\"");
  }
  CHECK(read_cell(day, 0, {Cell::Kind::number, "45356", true}).value == Json("2024-03-05"));
  CHECK(read_cell(day, 0, {Cell::Kind::number, "43894", true, true}).value == Json("2024-03-05"));
  CHECK(has(read(day, "2024", 0, Cell::Kind::number), "应为日期"));
}

TEST_CASE("cells: 30 February is refused by its name", "[tables]") {
  const auto& day = field_of("service_contract", "start_on");
  CHECK(read(day, "2024-02-30") == "2024 年 2 月没有 30 日");
  CHECK(read(day, "2023/2/29") == "2023 年 2 月没有 29 日");
  CHECK(read(day, "2024年13月1日") == "一年没有第 13 个月");
  CHECK(has(read(day, "昨天"), "应为日期"));
  CHECK(has(read(day, "2024-03-05 09:30"), "不填时刻"));
  CHECK(has(read(day, "05/03/2024"), "应为日期"));
}

TEST_CASE("cells: times are local and come back", "[tables]") {
  const auto& at = field_of("session", "starts_at");
  for (const auto* text :
       {"2023-05-27 09:00", "2023/5/27 9:00", "2023年5月27日9时", "2023-05-27T01:00:00Z",
        "2023-05-27T09:00:00+08:00", "2023年5月27日 9:00:00"}) {
    CAPTURE(text);
    CHECK(read(at, text) == "\"2023-05-27T01:00:00.000Z\"");
  }
  CHECK(read_cell(at, 0, {Cell::Kind::number, "45073.375", true}).value ==
        Json("2023-05-27T01:00:00.000Z"));
  CHECK(has(read(at, "2023-05-27"), "还缺时刻"));
  CHECK(has(read(at, "2023-05-27 25:00"), "没有这个时刻"));
  for (const std::int64_t ms : {0L, 1'685'149'200'000L, 1'685'149'215'000L, 1'685'149'215'250L}) {
    Why why;
    CHECK(read_instant(instant_cell(ms), why) == ms);
  }
}

TEST_CASE("cells: money in the unit of its heading and never rounded", "[tables]") {
  const auto& fen = field_of("disclosure", "opening_fen");
  CHECK(read(fen, "1,234.50", 2) == "123450");
  CHECK(read(fen, "¥1234.5元", 2) == "123450");
  CHECK(read(fen, "１２３４．５", 2) == "123450");
  CHECK(read(fen, "123450", 0) == "123450");
  CHECK(read(fen, "1.5", 6) == "1500000");  // 万元
  CHECK(has(read(fen, "12.345", 2), "小数最多 2 位"));
  CHECK(has(read(fen, "12.345", 2), "不会四舍五入"));
  // 10^19 fen.
  CHECK(has(read(fen, "10000000000000000000", 0), "不得大于"));
  CHECK(has(read(fen, "100000000000000000.00", 2), "不得大于 10000000000000.00元"));
  CHECK(has(read(fen, "一百", 2), "应为数字"));
  CHECK(read(fen, "12.050000000000001", 2, Cell::Kind::number) == "1205");
}

TEST_CASE("cells: choices by label or code and a wrong one names the others", "[tables]") {
  const auto& kind = field_of("compound", "kind");
  const auto& first = kind.values.front();
  const auto code = Json(first.code).dump();
  CHECK(read(kind, std::string(first.label.zh)) == code);
  CHECK(read(kind, std::string(first.label.en)) == code);
  CHECK(read(kind, " " + std::string(first.code) + " ") == code);
  CHECK(has(read(kind, "宫殿"), std::string(first.label.zh).c_str()));
  const auto& old = field_of("compound", "is_old");
  for (const auto* yes : {"是", "有", "TRUE", "yes", "1", "√"}) CHECK(read(old, yes) == "true");
  for (const auto* no : {"否", "无", "false", "No", "0", "×"}) CHECK(read(old, no) == "false");
  CHECK(has(read(old, "也许"), "“是”或“否”"));
}

TEST_CASE("cells: references by id or natural key or with a scope", "[tables]") {
  const auto& compound = field_of("building", "compound");
  CHECK(read(compound, "410702003901001") == "\"410702003901001\"");
  CHECK(read(compound, "0190a0a0-0000-7000-8000-0000000000a1") ==
        "\"0190a0a0-0000-7000-8000-0000000000a1\"");
  CHECK(read(compound, "410702003901001@410700/410702") ==
        R"({"scope":"410700/410702","key":"410702003901001"})");
  const auto& session = field_of("attendance", "session");
  CHECK(read(session, "pm/2023/1") == R"(["pm",2023,1])");
  CHECK(has(read(session, "pm"), "/"));
  const auto& contract = field_of("service_standard", "contract");
  CHECK(read(contract, "410702003901001/91350100M000100Y43/2023-01-01") ==
        R"(["410702003901001","91350100M000100Y43","2023-01-01"])");
  CHECK(has(read(field_of("finding", "inspection"), "abc"), "记录编号"));
  const auto& about = field_of("feedback", "about");
  CHECK(has(read(about, "x"), "写明类别"));
}

TEST_CASE("cells: lists between any separators and JSON where an item holds one", "[tables]") {
  const auto& aliases = field_of("compound", "aliases");
  CHECK(read(aliases, "甲、乙；丙;丁\n戊") == R"(["甲","乙","丙","丁","戊"])");
  CHECK(read(aliases, R"(["甲、乙","丙"])") == R"(["甲、乙","丙"])");
  const auto back = [&](const Json& list) {
    return read(aliases, cell_text(aliases, 0, list, {"410700", "410700"}).text);
  };
  for (const auto* list : {R"(["甲"])", R"(["甲","乙"])", R"(["甲、乙","丙;丁"])", R"(["[甲"])"}) {
    CHECK(back(Json::parse(list)) == list);
  }
}

TEST_CASE("cells: long numbers that a spreadsheet cut are refused", "[tables]") {
  const auto& code = field_of("compound", "compound_code");
  CHECK(has(read(code, "4.10702E+14"), "截短"));
  CHECK(read(code, "410702003901001", 0, Cell::Kind::number) == "\"410702003901001\"");
  CHECK(has(read(code, "410702003901001000", 0, Cell::Kind::number), "截短"));
}

TEST_CASE("cells: what isn't shown is left alone and what shall be cleared says so", "[tables]") {
  const auto& phone = field_of("staff", "phone");
  for (const auto* text : {"(无权查看)", "（无权查看）", "(已清除)", "(密封)"}) {
    const auto reading = read_cell(phone, 0, {Cell::Kind::text, text});
    CHECK((reading.withheld && !reading.value));
  }
  CHECK(read(phone, "(清空)") == "null");
  CHECK(cell_text(phone, 0, Json{{"withheld", true}}, {}).text == "(无权查看)");
  CHECK(cell_text(phone, 0, Json{{"withheld", true}, {"erased", true}}, {}).text == "(已清除)");
}

}  // namespace linli::tables::test

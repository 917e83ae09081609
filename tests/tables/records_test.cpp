#include "node/tables/records.h"

#include "tests/model/fixture.h"
#include "tests/tables/table.h"

namespace linli::tables::test {

using model::test::type_of;

TEST_CASE("records: a title above the headings does no harm", "[tables]") {
  FromCsv from(type_of("building"),
               "新乡市楼栋登记表\n填表单位：示例社区,,2024\n小区,building_no\n4107,3\n");
  CHECK(from.records->header_problems().empty());
  const auto all = from.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].row() == 4);
  CHECK(all[0].json["building_no"] == "3");
}

TEST_CASE("records: lines follow in rows of their own", "[tables]") {
  const auto& type = type_of("disclosure");
  const std::string head = "小区,kind,period,revision,lines.code,lines.amount_fen\n";
  SECTION("with nothing else in them") {
    FromCsv from(type, head + "c,k,2023-Q2,1,a,1\n,,,,b,2\nc,k,2023-Q3,1,a,5\n");
    const auto all = from.all();
    REQUIRE(all.size() == 2);
    CHECK(all[0].json["lines"].dump() ==
          R"([{"code":"a","amount_fen":1},{"code":"b","amount_fen":2}])");
    CHECK(all[1].json["lines"].size() == 1);
  }
  SECTION("with the whole key repeated") {
    FromCsv from(type, head + "c,k,2023-Q2,1,a,1\nc,k,2023-Q2,1,b,2\nc,k,2023-Q2,2,a,5\n");
    const auto all = from.all();
    REQUIRE(all.size() == 2);
    CHECK(all[0].json["lines"].size() == 2);
  }
  SECTION("a fault in a line has that line's row and column") {
    FromCsv from(type, head + "c,k,2023-Q2,1,a,1\n,,,,b,2\n");
    const auto all = from.all();
    const auto problem = from.records->place(
        all[0], {"lines.1.amount_fen", Errc::bad_rule, "合计不符", "doesn't add up"});
    CHECK(problem.row == 3);
    CHECK(problem.column == 5);
    CHECK(problem.heading == "lines.amount_fen");
    CHECK(problem.value == "2");
    CHECK(problem_text(problem, true) == "第 3 行 F 列“lines.amount_fen”：合计不符（填的是 2）");
  }
}

TEST_CASE("records: each bad cell is named and the others are read", "[tables]") {
  FromCsv from(type_of("building"), "小区,building_no,floors_above,is_highrise\nc,3,很多,也许\n");
  const auto all = from.all();
  REQUIRE(all.size() == 1);
  REQUIRE(all[0].problems.size() == 2);
  CHECK(all[0].problems[0].column == 2);
  CHECK(all[0].problems[0].value == "很多");
  CHECK(all[0].problems[1].field == "is_highrise");
  CHECK(all[0].json["building_no"] == "3");
}

TEST_CASE("records: a missing column and a cell without a heading are named", "[tables]") {
  FromCsv from(type_of("building"), "小区,building_no\nc,3,extra\n");
  const auto all = from.all();
  REQUIRE(all[0].problems.size() == 1);
  CHECK(all[0].problems[0].column == 2);
  const auto missing =
      from.records->place(all[0], {"floors_above", Errc::missing_field, "缺", "is required"});
  CHECK(missing.column == kNoColumn);
  CHECK_FALSE(missing.heading.empty());
}

TEST_CASE("records: an empty table is an error and one of headings only has no record",
          "[tables]") {
  const auto input = input_of("\n\n");
  auto reader = read_csv(*input);
  REQUIRE(reader.has_value());
  CHECK(TableRecords::open(**reader, type_of("building")).error().code == Errc::bad_input);
  FromCsv from(type_of("building"), "小区,building_no\n");
  CHECK(from.all().empty());
}

TEST_CASE("records: invisible characters are the model's to refuse, whole names are shown",
          "[tables]") {
  FromCsv from(type_of("building"), "小区,building_no\nc,3\u200b\n");
  const auto draft =
      model::read_draft(type_of("building"), from.all()[0].json, model::test::frame());
  REQUIRE_FALSE(draft.has_value());
  CHECK(model::test::faulty(draft.error(), "building_no"));
}

}  // namespace linli::tables::test

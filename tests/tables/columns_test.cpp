#include "node/tables/columns.h"

#include <set>

#include "tests/model/fixture.h"
#include "tests/tables/table.h"

namespace linli::tables::test {

TEST_CASE("columns: every heading that is written is read as the same column", "[tables]") {
  for (const auto& type : model::schema().types) {
    std::set<std::string> headings;
    for (const auto& column : columns_of(type)) {
      INFO(type.name << ": " << column.heading);
      CHECK(headings.insert(folded_heading(column.heading)).second);
      const auto again = read_heading(type, column.heading);
      CHECK_FALSE(again.fault.has_value());
      CHECK(again.column.use == column.use);
      CHECK(again.column.field == column.field);
      CHECK(again.column.item == column.item);
      CHECK(again.column.places == column.places);
    }
  }
}

TEST_CASE("columns: every field is found by its name", "[tables]") {
  for (const auto& type : model::schema().types) {
    for (const auto& field : type.fields) {
      INFO(type.name << "." << field.name);
      const auto found = read_heading(type, std::string(field.name));
      CHECK((found.column.field == &field && !found.fault && found.column.places == 0));
      for (const auto& item : field.columns) {
        const auto one = read_heading(type, std::string(field.name) + "." + std::string(item.name));
        CHECK((one.column.item == &item && !one.fault));
      }
    }
  }
}

TEST_CASE("columns: money says its unit", "[tables]") {
  const auto& type = model::test::type_of("disclosure");
  const auto* fen = type.field("opening_fen");
  const std::string label(fen->label.zh);
  CHECK(read_heading(type, label + "（元）").column.places == 2);
  CHECK(read_heading(type, label + "(元)").column.places == 2);
  CHECK(read_heading(type, label + " (分)").column.places == 0);
  CHECK(read_heading(type, label + "（万元）").column.places == 6);
  CHECK(read_heading(type, std::string(fen->label.en) + " (yuan)").column.places == 2);
  const auto bare = read_heading(type, label);
  REQUIRE(bare.fault.has_value());
  CHECK(bare.fault->zh.find("请在表头写明单位") != std::string::npos);
  CHECK(read_heading(type, label + "（米）").fault.has_value());
}

TEST_CASE("columns: unknown headings and doubles are named and a map settles them", "[tables]") {
  const auto& type = model::test::type_of("building");
  const Row row{1,
                1,
                {{Cell::Kind::text, "小区"},
                 {Cell::Kind::text, "楼号X"},
                 {Cell::Kind::text, "备忘"},
                 {Cell::Kind::text, "compound"}},
                {}};
  const auto header = read_header(type, row);
  REQUIRE(header.faults.size() == 3);
  CHECK(header.faults[0].column == 1);
  CHECK(header.faults[2].column == 3);
  const auto mended = read_header(type, row, {{"楼号X", "building_no"}, {"C", ""}, {"D", ""}});
  CHECK(mended.faults.empty());
  CHECK(mended.columns[1].field == type.field("building_no"));
  CHECK(mended.columns[2].use == Column::Use::none);
}

TEST_CASE("columns: letters as a spreadsheet has them", "[tables]") {
  for (const std::size_t n : {0ul, 25ul, 26ul, 701ul, 702ul, 16'383ul}) {
    CHECK(column_of_letters(column_letters(n)) == n);
  }
  CHECK(column_letters(26) == "AA");
  CHECK(column_letters(16'383) == "XFD");
  CHECK_FALSE(column_of_letters("XFE").has_value());
  CHECK_FALSE(column_of_letters("").has_value());
}

}  // namespace linli::tables::test

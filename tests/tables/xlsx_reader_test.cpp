#include "node/tables/xlsx_reader.h"

#include "node/tables/xlsx_parts.h"
#include "tests/tables/table.h"
#include "tests/tables/zip.h"

namespace linli::tables::test {
namespace {

/// Its rows, or the error that reading ended with.
struct Read {
  std::vector<Row> rows;
  std::optional<Error> error;
};
Read read(const std::string& bytes, const std::string& sheet = {}) {
  Read out;
  const auto input = input_of(bytes);
  auto reader = read_xlsx(*input, sheet);
  if (!reader) {
    out.error = reader.error();
    return out;
  }
  for (;;) {
    auto row = (*reader)->next();
    if (!row) {
      out.error = row.error();
      return out;
    }
    if (!*row) return out;
    out.rows.push_back(std::move(**row));
  }
}

Read read_rows(const std::string& rows, const std::string& properties = {}) {
  return read(zipped(workbook(rows, properties)));
}

Parts with(Parts parts, const std::string& name, const std::string& content) {
  for (auto& part : parts) {
    if (part.first == name) part.second = content;
  }
  return parts;
}

}  // namespace

TEST_CASE("xlsx: cells of every kind, where they stand", "[tables]") {
  const auto got = read_rows(
      "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"D2\" t=\"s\"><v>1</v></c></row>"
      "<row><c><v>1.5</v></c><c t=\"b\"><v>1</v></c><c "
      "t=\"inlineStr\"><is><t>x&lt;y_x000D_</t></is></c>"
      "<c s=\"1\"><v>45356</v></c><c s=\"2\"><v>45356.375</v></c><c "
      "t=\"str\"><f>A1</f><v>算</v></c></row>");
  REQUIRE(got.rows.size() == 2);
  CHECK(got.rows[0].number == 2);
  CHECK(texts_of(got.rows[0]) == std::vector<std::string>{"", "甲", "", "乙 丙"});
  CHECK(got.rows[1].number == 3);
  const auto& cells = got.rows[1].cells;
  REQUIRE(cells.size() == 6);
  CHECK((cells[0].kind == Cell::Kind::number && !cells[0].date));
  CHECK(cells[1].kind == Cell::Kind::boolean);
  CHECK(cells[2].text == "x<y\r");
  CHECK((cells[3].date && cells[4].date && !cells[4].dates_from_1904));
  CHECK(cells[5].text == "算");
  CHECK(read_rows("<row><c s=\"1\"><v>1</v></c></row>", "date1904=\"1\"")
            .rows[0]
            .cells[0]
            .dates_from_1904);
}

TEST_CASE("xlsx: the sheet is the first that is shown, or the one that is named", "[tables]") {
  const auto bytes = zipped(workbook("<row><c><v>1</v></c></row>"));
  CHECK(read(bytes).rows[0].cells[0].text == "1");
  CHECK(read(bytes, "藏").rows[0].cells[0].text == "二");
  const auto none = read(bytes, "无");
  REQUIRE(none.error.has_value());
  CHECK(none.error->detail.find("表") != std::string::npos);
}

TEST_CASE("xlsx: formulas that went wrong or have no result are named", "[tables]") {
  const auto got = read_rows(
      "<row><c t=\"e\"><v>#N/A</v></c><c><f>1+1</f></c><c><v>3</v></c><c "
      "t=\"s\"><v>99</v></c></row>");
  REQUIRE(got.rows.size() == 1);
  REQUIRE(got.rows[0].faults.size() == 3);
  CHECK(got.rows[0].faults[0].zh.find("#N/A") != std::string::npos);
  CHECK(got.rows[0].faults[1].column == 1);
  CHECK(got.rows[0].cells[2].text == "3");
}

TEST_CASE("xlsx: what is no workbook is refused with a reason", "[tables]") {
  const auto good = zipped(workbook("<row><c><v>1</v></c></row>"));
  CHECK(read("").error->code == Errc::bad_input);
  CHECK(read("PK\x03\x04 and nothing").error->code == Errc::bad_input);
  CHECK(read(good.substr(0, good.size() / 2)).error->code == Errc::bad_input);
  CHECK(read(zipped({{"a.txt", "x"}})).error->code == Errc::bad_input);
  const auto rows = workbook("<row><c><v>1</v>");  // Cut off.
  CHECK(read(zipped(rows)).error->code == Errc::bad_input);
  for (std::size_t i = 0; i < good.size(); i += 7) {  // Damage never gets further than an error.
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x5A);
    (void)read(bad);
  }
}

TEST_CASE("xlsx: no entity is ever expanded or looked up", "[tables][I9]") {
  const std::string laughs =
      "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
      "<worksheet><sheetData><row><c t=\"str\"><v>&b;</v></c></row></sheetData></worksheet>";
  const std::string outside =
      "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>"
      "<worksheet><sheetData><row><c t=\"str\"><v>&a;</v></c></row></sheetData></worksheet>";
  for (const auto& sheet : {laughs, outside}) {
    const auto got = read(zipped(with(workbook(""), "xl/worksheets/sheet1.xml", sheet)));
    CHECK(got.rows.empty());
    REQUIRE(got.error.has_value());
    CHECK(got.error->code == Errc::bad_input);
  }
}

TEST_CASE("xlsx: what unpacks to far more than a table is refused", "[tables][I9]") {
  const std::string bomb(64u << 20, ' ');
  const auto got = read(zipped(workbook("<row><c><v>1</v></c></row>" + bomb)));
  REQUIRE(got.error.has_value());
  CHECK(got.error->code == Errc::too_large);
  const std::string texts = "<sst><si><t>" + std::string(70u << 20, 'x') + "</t></si></sst>";
  const auto many = read(zipped(with(workbook(""), "xl/sharedStrings.xml", texts)));
  REQUIRE(many.error.has_value());
  CHECK(many.error->code == Errc::too_large);
}

TEST_CASE("xlsx: a row beyond 1 MiB is refused alone and places out of order end it",
          "[tables][I9]") {
  const std::string big(2u << 20, 'x');
  const auto got =
      read_rows("<row><c t=\"str\"><v>" + big + "</v></c></row><row><c><v>2</v></c></row>");
  REQUIRE(got.rows.size() == 2);
  CHECK(got.rows[0].faults.at(0).code == Errc::too_large);
  CHECK(got.rows[1].cells[0].text == "2");
  CHECK(read_rows("<row r=\"3\"><c><v>1</v></c></row><row r=\"2\"><c><v>1</v></c></row>").error);
  CHECK(read_rows("<row><c r=\"ZZZZ1\"><v>1</v></c></row>").error);
  CHECK(read_rows("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>").rows[0].cells.size() == 16'384);
}

TEST_CASE("xlsx: which number formats are dates", "[tables]") {
  for (const auto* date :
       {"yyyy-mm-dd", "m/d/yy h:mm", "[$-804]yyyy\"年\"m\"月\"d\"日\"", "h:mm", "[h]:mm"}) {
    CHECK(is_date_format(date));
  }
  for (const auto* none :
       {"General", "0.00", "[Red]#,##0", "\"day\"0", "0\\d", "@", "", "[unclosed"}) {
    CHECK_FALSE(is_date_format(none));
  }
}

TEST_CASE("tables: an old .xls file or a locked one says what to do", "[tables]") {
  const auto input = input_of("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more");
  const auto opened = open_table(*input, {});
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().detail.find("另存为") != std::string::npos);
}

}  // namespace linli::tables::test

#include "node/tables/csv_reader.h"

#include "node/model/csv_text.h"
#include "tests/tables/table.h"

namespace linli::tables::test {

using Texts = std::vector<std::string>;

TEST_CASE("csv: quotes and line ends within them and every kind of line end", "[tables]") {
  const auto rows = rows_of_csv("a,\"b \"\"x\"\"\",c\r\n\"1\n2\",,\"\"\r\n\r\n  \"q\" ,5\n6");
  REQUIRE(rows.size() == 4);
  CHECK(texts_of(rows[0]) == Texts{"a", "b \"x\"", "c"});
  CHECK(texts_of(rows[1]) == Texts{"1\n2"});
  CHECK(texts_of(rows[2]) == Texts{"q", "5"});
  CHECK(texts_of(rows[3]) == Texts{"6"});
  // Rows as a spreadsheet counts them, lines as an editor does; the empty row counts.
  CHECK((rows[1].number == 2 && rows[1].line == 2));
  CHECK((rows[2].number == 4 && rows[2].line == 5));
}

TEST_CASE("csv: the separator is the one that the headings have", "[tables]") {
  CHECK(texts_of(rows_of_csv("a;b;\"c,d\"\n1;2,5;3\n")[1]) == Texts{"1", "2,5", "3"});
  CHECK(texts_of(rows_of_csv("a\tb\n1,5\t2\n")[1]) == Texts{"1,5", "2"});
  CHECK(texts_of(rows_of_csv("名称\n一,二\n")[1]) == Texts{"一", "二"});
}

TEST_CASE("csv: a broken quote spoils its line and no other", "[tables]") {
  const auto rows = rows_of_csv("a,b\n1,\"open\n3,4\n5,\"x\"y\n7,8\n");
  REQUIRE(rows.size() == 5);
  CHECK((rows[1].faults.size() == 1 && rows[1].faults[0].column == 1));
  CHECK(rows[1].faults[0].code == Errc::bad_input);
  CHECK(texts_of(rows[2]) == Texts{"3", "4"});
  CHECK(rows[3].faults.size() == 1);
  CHECK(texts_of(rows[4]) == Texts{"7", "8"});
  CHECK(rows[4].number == 5);
}

TEST_CASE("csv: a quote that is never closed costs no more than its line", "[tables]") {
  std::string bytes = "a,b\n1,\"open\n";
  for (int i = 0; i < 100'000; ++i) bytes += std::to_string(i) + ",x\n";
  const auto rows = rows_of_csv(bytes);
  CHECK(rows.size() == 100'002);
  CHECK(rows[1].faults.size() == 1);
  CHECK(rows[100'001].faults.empty());
}

TEST_CASE("csv: a row beyond 1 MiB is refused alone", "[tables][I9]") {
  const auto rows = rows_of_csv("a,b\n1," + std::string(3u << 20, 'x') + "\n3,4\n");
  REQUIRE(rows.size() == 3);
  REQUIRE(rows[1].faults.size() == 1);
  CHECK(rows[1].faults[0].code == Errc::too_large);
  CHECK(texts_of(rows[2]) == Texts{"3", "4"});
}

TEST_CASE("csv: a byte that is no text is named by its row and column", "[tables]") {
  std::string form;
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += "\xC3\xFB\xB3\xC6,2,3\n";
  const auto rows = rows_of_csv(bytes + "1,\xFF\xFF,3\n4,5,6\n", {}, &form);
  CHECK(form == "CSV GB18030");
  REQUIRE(rows.size() == 22);
  CHECK(rows[0].cells[0].text == "名称");
  REQUIRE(rows[20].faults.size() == 1);
  CHECK((rows[20].faults[0].column == 1 && rows[20].faults[0].code == Errc::bad_utf8));
  CHECK(rows[21].faults.empty());
}

TEST_CASE("csv: GB18030 characters whose second byte is a letter or digit keep their cells",
          "[tables]") {
  // 丂 is 81 40, 亐 is 81 81; the four-byte ones hold the digits 0 to 9.
  const auto rows =
      rows_of_csv("\x81\x40,\x81\x5C,\x95\x34\xB2\x35\n\x81\x7C,b,c\n", {Encoding::gb18030});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].cells.size() == 3);
  CHECK(rows[0].cells[0].text == "丂");
  CHECK(rows[0].cells[2].text == "𠮷");
}

TEST_CASE("csv: it reads the same again", "[tables]") {
  const auto input = input_of(
      "\xEF\xBB\xBF"
      "a,b\n1,2\n");
  auto reader = read_csv(*input);
  REQUIRE(reader.has_value());
  for (int i = 0; i < 2; ++i) {
    const auto row = (*reader)->next();
    CHECK(texts_of(**row) == Texts{"a", "b"});
    REQUIRE((*reader)->rewind().has_value());
  }
}

TEST_CASE("csv: what looks like a formula is a text, both ways", "[tables]") {
  for (const std::string text :
       {"=1+1", "+86 1", "-x", "@a", "\tx", "＝1", "'", "'=1", "it's", ""}) {
    CAPTURE(text);
    const auto kept = model::guarded(text);
    if (!text.empty() && text != "it's") CHECK(kept.starts_with('\''));
    CHECK(model::unguarded(kept) == text);
  }
  CHECK(model::unguarded("'tis") == "'tis");
  CHECK(model::csv_quoted("a;b") == "\"a;b\"");
  CHECK(rows_of_csv("a\n'=1\n")[1].cells[0].text == "=1");
}

}  // namespace linli::tables::test

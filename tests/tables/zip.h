// tests/tables/zip.h: .xlsx files put together by hand, also such as no spreadsheet writes.
#pragma once

#include <zip.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace linli::tables::test {

using Parts = std::vector<std::pair<std::string, std::string>>;

inline std::string zipped(const Parts& parts) {
  zip_error_t error;
  zip_error_init(&error);
  auto* source = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(source);
  auto* archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error);
  REQUIRE(archive != nullptr);
  for (const auto& [name, content] : parts) {
    auto* part = zip_source_buffer(archive, content.data(), content.size(), 0);
    REQUIRE(zip_file_add(archive, name.c_str(), part, 0) >= 0);
  }
  REQUIRE(zip_close(archive) == 0);
  REQUIRE(zip_source_open(source) == 0);
  zip_stat_t about;
  zip_source_stat(source, &about);
  std::string bytes(about.size, '\0');
  REQUIRE(zip_source_read(source, bytes.data(), bytes.size()) ==
          static_cast<zip_int64_t>(bytes.size()));
  zip_source_close(source);
  zip_source_free(source);
  return bytes;
}

/// A workbook of one sheet whose rows are given as XML.
inline Parts workbook(const std::string& rows, const std::string& properties = {}) {
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  return {
      {"xl/_rels/workbook.xml.rels",
       head + "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\"/>"
              "<Relationship Id=\"r2\" Target=\"/xl/worksheets/sheet2.xml\"/></Relationships>"},
      {"xl/workbook.xml", head + "<workbook xmlns:r=\"urn:r\"><workbookPr " + properties +
                              "/><sheets><sheet name=\"藏\" state=\"hidden\" r:id=\"r2\"/>"
                              "<sheet name=\"表\" r:id=\"r1\"/></sheets></workbook>"},
      {"xl/styles.xml",
       head + "<styleSheet><numFmts><numFmt numFmtId=\"164\" "
              "formatCode=\"yyyy&quot;年&quot;m\"/></numFmts>"
              "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs>"
              "</styleSheet>"},
      {"xl/sharedStrings.xml",
       head + "<sst><si><t>甲</t></si><si><r><t>乙</t></r><r><t xml:space=\"preserve\"> 丙</t></r>"
              "<rPh><t>bing</t></rPh></si></sst>"},
      {"xl/worksheets/sheet1.xml",
       head + "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"},
      {"xl/worksheets/sheet2.xml",
       head +
           "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>二</t></is></c></row></sheetData>"
           "</worksheet>"}};
}

}  // namespace linli::tables::test

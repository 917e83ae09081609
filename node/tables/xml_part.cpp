#include "node/tables/xml_part.h"

#include <expat.h>

#include <array>

#include "node/tables/zip_archive.h"

namespace linli::tables {
namespace {

constexpr int kDepthMax = 64;

std::string_view local_name(std::string_view name) {
  const auto colon = name.find(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

}  // namespace

std::string_view XmlEvents::Attributes::operator[](std::string_view name) const {
  for (const char** at = list_; at[0]; at += 2) {
    if (local_name(at[0]) == name) return at[1];
  }
  return {};
}

struct XmlReader::Hooks {
  static void XMLCALL begin(void* self, const char* name, const char** attributes) {
    auto& reader = *static_cast<XmlReader*>(self);
    if (++reader.depth_ > kDepthMax) return refuse(reader);
    reader.events_.begin(local_name(name), XmlEvents::Attributes(attributes));
  }
  static void XMLCALL end(void* self, const char* name) {
    auto& reader = *static_cast<XmlReader*>(self);
    --reader.depth_;
    reader.events_.end(local_name(name));
  }
  static void XMLCALL text(void* self, const char* text, int size) {
    static_cast<XmlReader*>(self)->events_.text({text, static_cast<std::size_t>(size)});
  }
  static void XMLCALL doctype(void* self, const char*, const char*, const char*, int) {
    refuse(*static_cast<XmlReader*>(self));
  }
  static void refuse(XmlReader& reader) {
    reader.refused_ = true;
    XML_StopParser(reader.parser_, XML_FALSE);
  }
};

XmlReader::XmlReader(XmlEvents& events) : events_(events), parser_(XML_ParserCreate("UTF-8")) {
  ensure(parser_ != nullptr, "memory for an XML parser");
  XML_SetUserData(parser_, this);
  XML_SetElementHandler(parser_, Hooks::begin, Hooks::end);
  XML_SetCharacterDataHandler(parser_, Hooks::text);
  XML_SetStartDoctypeDeclHandler(parser_, Hooks::doctype);
}

XmlReader::~XmlReader() { XML_ParserFree(parser_); }

Result<void> XmlReader::feed(std::string_view bytes, bool last) {
  const auto done = XML_Parse(parser_, bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
  if (done == XML_STATUS_OK) return {};
  const std::string why = refused_ ? "an XML part that no spreadsheet writes"
                                   : std::string(XML_ErrorString(XML_GetErrorCode(parser_)));
  return fail(Errc::bad_input,
              "XLSX 文件内容有误，请在表格软件中打开后另存 the .xlsx file can't be read (" + why +
                  "): open it in a spreadsheet and save it again");
}

Result<void> read_xml(ZipPart& part, XmlEvents& events) {
  XmlReader reader(events);
  std::array<char, 1u << 14> piece;
  for (;;) {
    const auto got = part.read(piece.data(), piece.size());
    if (!got) return fail(got.error());
    if (auto fed = reader.feed({piece.data(), *got}, *got == 0); !fed) return fed;
    if (*got == 0) return {};
  }
}

}  // namespace linli::tables

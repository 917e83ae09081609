#include "node/tables/xlsx_parts.h"

#include <algorithm>
#include <map>

#include "node/tables/text_encoding.h"
#include "node/tables/xml_part.h"

namespace linli::tables {
namespace {

using Attributes = XmlEvents::Attributes;

constexpr std::size_t kSheetsMax = 1000;

/// An absolute target, or one beside the workbook.
std::string part_of(std::string_view target) {
  if (target.starts_with('/')) return std::string(target.substr(1));
  return "xl/" + std::string(target);
}

class Relations final : public XmlEvents {
 public:
  std::map<std::string, std::string> targets;
  void begin(std::string_view name, const Attributes& given) override {
    if (name != "Relationship" || given["TargetMode"] == "External") return;
    if (targets.size() < kSheetsMax) {
      targets[std::string(given["Id"])] = part_of(given["Target"]);
    }
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}
};

class Sheets final : public XmlEvents {
 public:
  Sheets(Workbook& book, const Relations& relations) : book_(book), relations_(relations) {}
  void begin(std::string_view name, const Attributes& given) override {
    if (name == "workbookPr") {
      const auto from_1904 = given["date1904"];
      book_.dates_from_1904 = from_1904 == "1" || from_1904 == "true";
    }
    if (name != "sheet" || book_.sheets.size() >= kSheetsMax) return;
    const auto target = relations_.targets.find(std::string(given["id"]));
    if (target == relations_.targets.end()) return;
    const auto state = given["state"];
    book_.sheets.push_back(
        {std::string(given["name"]), target->second, state == "hidden" || state == "veryHidden"});
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}

 private:
  Workbook& book_;
  const Relations& relations_;
};

/// Numbers of formats that need no declaration; those of Chinese calendars among them.
bool is_known_date(int format) {
  return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) ||
         (format >= 45 && format <= 47) || (format >= 50 && format <= 58);
}

int number_of(std::string_view text) {
  int n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || n > 1'000'000) return -1;
    n = n * 10 + (c - '0');
  }
  return text.empty() ? -1 : n;
}

class Styles final : public XmlEvents {
 public:
  std::vector<bool> dates;
  void begin(std::string_view name, const Attributes& given) override {
    constexpr std::size_t kStylesMax = 65'536;
    if (name == "numFmt" && formats_.size() < kStylesMax) {
      formats_[number_of(given["numFmtId"])] = is_date_format(given["formatCode"]);
    }
    if (name == "cellXfs") inside_ = true;
    if (name != "xf" || !inside_ || dates.size() >= kStylesMax) return;
    const int format = number_of(given["numFmtId"]);
    const auto own = formats_.find(format);
    dates.push_back(own == formats_.end() ? is_known_date(format) : own->second);
  }
  void end(std::string_view name) override {
    if (name == "cellXfs") inside_ = false;
  }
  void text(std::string_view) override {}

 private:
  std::map<int, bool> formats_;
  bool inside_ = false;
};

class Texts final : public XmlEvents {
 public:
  Texts(std::string& bytes, std::vector<std::uint32_t>& ends) : bytes_(bytes), ends_(ends) {}
  bool too_many = false;

  void begin(std::string_view name, const Attributes&) override {
    if (name == "si") item_.clear();
    if (name == "rPh") ++sounds_;  // How it is read aloud isn't part of it.
    if (name == "t") open_ = sounds_ == 0;
  }
  void end(std::string_view name) override {
    if (name == "rPh") --sounds_;
    if (name == "t") open_ = false;
    if (name != "si" || too_many) return;
    bytes_ += without_escapes(item_);
    too_many = bytes_.size() > SharedTexts::kBytesMax || ends_.size() >= SharedTexts::kTextsMax;
    ends_.push_back(static_cast<std::uint32_t>(std::min<std::size_t>(bytes_.size(), UINT32_MAX)));
  }
  void text(std::string_view text) override {
    if (!open_ || too_many) return;
    item_ += text;
    too_many = item_.size() > SharedTexts::kBytesMax;
  }

 private:
  std::string& bytes_;
  std::vector<std::uint32_t>& ends_;
  std::string item_;
  bool open_ = false;
  int sounds_ = 0;
};

constexpr std::uint64_t kSmallPartMax = 16u << 20;

Result<void> read_small(ZipArchive& archive, const std::string& name, XmlEvents& events) {
  const auto bytes = archive.whole(name, kSmallPartMax);
  if (!bytes) return fail(bytes.error());
  return XmlReader(events).feed(*bytes, true);
}

}  // namespace

Result<Workbook> read_workbook(ZipArchive& archive) {
  Relations relations;
  Workbook book;
  Sheets sheets(book, relations);
  auto read = read_small(archive, "xl/_rels/workbook.xml.rels", relations);
  if (read) read = read_small(archive, "xl/workbook.xml", sheets);
  if (!read && read.error().code != Errc::not_found) return fail(read.error());
  if (book.sheets.empty()) {
    return fail(Errc::bad_input,
                "这不是 XLSX 表格，或其中没有工作表 this is no .xlsx workbook, or "
                "it has no sheet");
  }
  return book;
}

bool is_date_format(std::string_view format) {
  bool quoted = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    if (quoted) {
      quoted = c != '"';
      continue;
    }
    if (c == '"') {
      quoted = true;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {  // A colour, a language, a condition; [h] counts hours.
      const auto close = format.find(']', i);
      if (close == format.npos) return false;
      i = close;
    } else if (format.substr(i, 7) == "General") {
      i += 6;
    } else if (std::string_view("ymdhsYMDHS").find(c) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

Result<std::vector<bool>> read_date_styles(ZipArchive& archive) {
  Styles styles;
  if (!archive.has("xl/styles.xml")) return styles.dates;
  if (auto read = read_small(archive, "xl/styles.xml", styles); !read) return fail(read.error());
  return styles.dates;
}

Result<void> SharedTexts::read(ZipArchive& archive) {
  constexpr const char* kName = "xl/sharedStrings.xml";
  if (!archive.has(kName)) return {};
  auto part = archive.part(kName);
  if (!part) return fail(part.error());
  Texts texts(bytes_, ends_);
  if (auto read = read_xml(**part, texts); !read) return read;
  if (!texts.too_many) return {};
  return fail(Errc::too_large,
              "XLSX 文件的文字过多（超过 64 MiB），请另存为 CSV 再导入 the .xlsx file has more "
              "than 64 MiB of text: save it as CSV");
}

std::string_view SharedTexts::operator[](std::size_t number) const {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(bytes_).substr(begin, ends_[number] - begin);
}

std::string without_escapes(std::string_view text) {
  if (text.find("_x") == text.npos) return std::string(text);
  constexpr std::size_t kEscapeSize = 7;  // _xHHHH_
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const auto part = text.substr(i, kEscapeSize);
    std::uint32_t code = 0;
    bool escape = part.size() == kEscapeSize && part.starts_with("_x") && part.back() == '_';
    for (std::size_t k = 2; escape && k < kEscapeSize - 1; ++k) {
      const char c = part[k];
      const bool number = c >= '0' && c <= '9';
      const bool letter = (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
      escape = number || letter;
      code = code * 16 + static_cast<std::uint32_t>(number ? c - '0' : (c | 32) - 'a' + 10);
    }
    if (!escape || (code >= 0xD800 && code < 0xE000)) {
      plain += text[i++];
      continue;
    }
    append_utf8(plain, code);
    i += kEscapeSize;
  }
  return plain;
}

}  // namespace linli::tables

// export: all records of a type, for programs (NDJSON) or spreadsheets (CSV).
#include <algorithm>

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/noted.h"
#include "node/store/reading.h"

namespace linli::app {
namespace {

/// A spreadsheet would run a text that begins like a formula; with an apostrophe it shows it.
std::string guarded(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
    text.insert(0, "'");
  }
  return text;
}

/// RFC 4180.
std::string quoted(std::string text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string cell(const model::Field& field, const Json& value) {
  using model::FieldType;
  if (value.is_null()) return {};
  if (value.is_number()) return value.dump();  // A number begins with its own sign, no formula.
  switch (field.type) {
    case FieldType::choice:
    case FieldType::state:
    case FieldType::boolean:
    case FieldType::instant:
    case FieldType::texts:
    case FieldType::choices:
    case FieldType::ref:
    case FieldType::refs:
      return guarded(shown(field, value));
    default:
      return guarded(value.is_string() ? value.get<std::string>() : value.dump());
  }
}

void print_csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + quoted(cells[i]);
  std::fputs((line + "\r\n").c_str(), stdout);
}

Result<void> export_csv(store::Store& store, const model::RecordType& type) {
  std::fputs("\xEF\xBB\xBF", stdout);  // So that spreadsheets read it as UTF-8.
  std::vector<std::string> headings{"编号", "范围"};
  for (const auto& field : type.fields) {
    const auto unit = unit_text(field.unit);
    headings.push_back(std::string(field.label.zh) + (unit.empty() ? "" : "（" + unit + "）"));
  }
  print_csv_line(headings);
  return store::export_records(store, type.name, [&](const Json& record) {
    std::vector<std::string> cells{record.value("id", ""), record.value("scope", "")};
    for (const auto& field : type.fields) {
      const auto value = record.find(std::string(field.name));
      cells.push_back(value == record.end() ? "" : cell(field, *value));
    }
    print_csv_line(cells);
  });
}

bool has_personal(const model::RecordType& type) {
  return std::any_of(type.fields.begin(), type.fields.end(), [](const auto& field) {
    return field.protection == model::Protection::personal;
  });
}

}  // namespace

int export_records(const ExportOptions& options) {
  const auto type = type_named(options.type);
  if (!type) return refuse(type.error());
  const auto format = options.json ? std::string("ndjson") : options.format;
  if (format != "ndjson" && format != "csv") {
    return refuse(Errc::bad_usage, "--format is csv or ndjson, not " + harmless(format));
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  // Noted first: what was cut off was shown all the same.
  Looking looking(options.data, **type, "export");
  Result<void> noted;
  const auto look = [&](const Json& record) {
    const auto id = sync::record_id(record.value("id", ""));
    if (noted && id) noted = looking.at(*id, record);
  };
  const auto done = [&]() -> Result<void> {
    if (has_personal(**type)) {
      if (auto looked = store::export_records(**store, options.type, look); !looked) return looked;
      if (noted) noted = looking.done();
      if (!noted) return noted;
    }
    if (format == "csv") return export_csv(**store, **type);
    return store::export_records(**store, options.type,
                                 [](const Json& record) { print_json(record); });
  }();
  if (!done) return refuse(done.error());
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    return refuse(Errc::io, "couldn't write all of it to stdout");
  }
  return 0;
}

}  // namespace linli::app

// export: all records of a type, for programs (NDJSON) or spreadsheets (CSV, XLSX), as import takes
// them again; or an empty table to fill in.
#include <unistd.h>

#include <algorithm>
#include <array>

#include "node/app/console.h"
#include "node/app/noted.h"
#include "node/app/out_file.h"
#include "node/app/tables.h"
#include "node/store/reading.h"

namespace linli::app {
namespace {

bool has_personal(const model::RecordType& type) {
  return std::any_of(type.fields.begin(), type.fields.end(), [](const auto& field) {
    return field.protection == model::Protection::personal;
  });
}

std::string city_of(const Json& record) {
  const auto scope = record.value("scope", std::string());
  return scope.substr(0, scope.find('/'));
}

/// Of a record that another one refers to; its key is never a personal value.
Json fields_of(store::Store& store, const std::string& type, const std::string& scope,
               const std::string& id) {
  const auto parsed = sync::record_id(id);
  if (!parsed) return {};
  auto record = store::get_record(store, type, scope, *parsed);
  return record ? (*record)["fields"] : Json();
}

/// Every record into the rows of a table.
Result<void> write_rows(store::Store& store, const model::RecordType& type,
                        tables::RowWriter& writer) {
  std::optional<tables::TableWriter> table;
  Result<void> written;
  const auto begin = [&](std::string city) {
    table.emplace(type, std::move(city), writer,
                  [&store](const auto& of, const auto& scope, const auto& id) {
                    return fields_of(store, of, scope, id);
                  });
    written = table->headings();
  };
  auto read = store::export_records(store, type.name, [&](const Json& record) {
    if (!table) begin(city_of(record));
    if (written) written = table->record(record);
  });
  if (!read) return read;
  if (!table) begin({});
  if (!written) return written;
  return writer.finish();
}

/// For a library that wants a file: one without a name that lasts, then copied to where it belongs.
Result<void> copy_out(const std::filesystem::path& from, const tables::Sink& sink) {
  auto* file = std::fopen(from.c_str(), "rbe");
  if (!file) return fail(Errc::io, "can't read " + from.string());
  std::array<char, 1u << 16> piece;
  Result<void> copied;
  for (std::size_t got = 0;
       copied && (got = std::fread(piece.data(), 1, piece.size(), file)) > 0;) {
    copied = sink({piece.data(), got});
  }
  std::fclose(file);
  return copied;
}

class Export {
 public:
  Export(const ExportOptions& options, const model::RecordType& type, OutFile& out)
      : options_(options), type_(type), out_(out) {}

  Result<void> blank() {
    if (options_.format == "csv") return tables::write_csv_template(type_, out_.sink());
    return into_xlsx([this](const auto& file) { return tables::write_xlsx_template(type_, file); });
  }

  Result<void> records(store::Store& store) {
    if (options_.format == "csv") {
      return write_rows(store, type_, *tables::write_csv(out_.sink()));
    }
    if (options_.format == "xlsx") {
      return into_xlsx([&](const auto& file) -> Result<void> {
        auto writer = tables::write_xlsx(file, std::string(type_.label.zh));
        if (!writer) return fail(writer.error());
        return write_rows(store, type_, **writer);
      });
    }
    const auto sink = out_.sink();
    Result<void> written;
    auto read = store::export_records(store, type_.name, [&](const Json& record) {
      if (written)
        written = sink(record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    });
    return read ? written : read;
  }

 private:
  template <class Write>
  Result<void> into_xlsx(const Write& write) {
    if (!out_.temporary().empty()) return write(out_.temporary());
    auto folder = (options_.data / ".export-XXXXXX").string();
    if (!::mkdtemp(folder.data())) return fail(Errc::io, "can't make a folder in " + folder);
    const std::filesystem::path file = std::filesystem::path(folder) / "table.xlsx";
    auto written = write(file);
    if (written) written = copy_out(file, out_.sink());
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return written;
  }

  const ExportOptions& options_;
  const model::RecordType& type_;
  OutFile& out_;
};

Result<void> look_first(store::Store& store, const ExportOptions& options,
                        const model::RecordType& type) {
  Looking looking(options.data, type, "export");
  Result<void> noted;
  auto looked = store::export_records(store, options.type, [&](const Json& record) {
    const auto id = sync::record_id(record.value("id", ""));
    if (noted && id) noted = looking.at(*id, record);
  });
  if (!looked) return looked;
  if (noted) noted = looking.done();
  return noted;
}

Result<void> exported(const ExportOptions& options, const model::RecordType& type) {
  auto out = OutFile::open(options.out);
  if (!out) return fail(out.error());
  Export work(options, type, *out);
  if (options.blank) {
    if (auto written = work.blank(); !written) return written;
    return out->finish();
  }
  auto store = open_to_read(options.data);
  if (!store) return fail(store.error());
  // Noted first: what was cut off was shown all the same.
  if (has_personal(type)) {
    if (auto noted = look_first(**store, options, type); !noted) return noted;
  }
  if (auto written = work.records(**store); !written) return written;
  return out->finish();
}

}  // namespace

int export_records(const ExportOptions& given) {
  auto options = given;
  const auto type = type_named(options.type);
  if (!type) return refuse(type.error());
  if (options.json) options.format = "ndjson";
  const bool table = options.format == "csv" || options.format == "xlsx";
  if (!table && (options.format != "ndjson" || options.blank)) {
    return refuse(Errc::bad_usage,
                  "--format is csv, xlsx or ndjson, not " + harmless(options.format));
  }
  if (options.format == "xlsx" && options.out == "-" && ::isatty(STDOUT_FILENO) != 0) {
    return refuse(Errc::bad_usage, "XLSX 不能显示在屏幕上，请加 --out 文件 give --out FILE");
  }
  if (auto done = exported(options, **type); !done) return refuse(done.error());
  return 0;
}

}  // namespace linli::app

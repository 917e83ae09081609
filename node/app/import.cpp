// import: a spreadsheet's rows become records, by the same road as `records put`.
#include <cerrno>
#include <cstring>
#include <memory>

#include "api/import_notes.h"
#include "node/app/out_file.h"
#include "node/app/tables.h"
#include "node/app/writer.h"
#include "node/outcomes.h"
#include "node/tables/importing.h"
#include "node/tables/ndjson_records.h"
#include "node/tables/rejects.h"
#include "node/tables/table_file.h"

namespace linli::app {
namespace {

using tables::Problem;
using tables::TableRecord;

constexpr std::size_t kProblemsShown = 200;

Errc code_named(const std::string& name) {
  for (const auto& row : errc_table()) {
    if (row.name == name) return row.code;
  }
  return Errc::bad_value;
}

model::Fault fault_of(const Json& json) {
  return {json.value("field", ""), code_named(json.value("code", "")), json.value("zh", ""),
          json.value("en", "")};
}

tables::Landed landed_of(LineOutcome outcome) {
  tables::Landed landed{
      std::move(outcome.done), std::move(outcome.id), std::move(outcome.scope), {}, 0};
  for (const auto& fault : outcome.faults) landed.faults.push_back(fault_of(fault));
  landed.settled = outcome.settled;
  return landed;
}

tables::Land through(Writer& writer, const model::RecordType& type, const ImportOptions& options) {
  return [&writer, &type, &options](
             const std::vector<Json>& records,
             const tables::LandHow& how) -> Result<std::vector<tables::Landed>> {
    std::vector<Line> lines(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      lines[i] = {i + 1, records[i].dump(-1, ' ', false, Json::error_handler_t::replace),
                  records[i]};
    }
    node::PutOptions put;
    put.dry_run = how.dry_run;
    put.all_or_nothing = how.together;
    put.update = options.update;
    put.origin = "linli import";
    auto outcomes = writer.put(type, lines, put);
    if (!outcomes) return fail(outcomes.error());
    std::vector<tables::Landed> landed;
    for (auto& outcome : *outcomes) landed.push_back(landed_of(std::move(outcome)));
    return landed;
  };
}

/// Says on stderr and stdout what happens, and keeps what was refused.
class Listener final : public tables::ImportListener {
 public:
  Listener(const ImportOptions& options, tables::Rejects* rejects)
      : options_(options), rejects_(rejects), progress_("导入 importing, KiB") {}

  void refused(const TableRecord& record, const std::vector<Problem>& problems) override {
    if (rejects_ && !failed_) {
      if (auto kept = rejects_->add(record, problems); !kept) failed_ = kept.error();
    }
    if (options_.json) {
      Json json{{"row", record.row()}, {"problems", Json::array()}};
      for (const auto& problem : problems) json["problems"].push_back(problem_json(problem));
      print_json(json);
      return;
    }
    for (const auto& problem : problems) say(problem);
  }

  void landed(const TableRecord& record, const tables::Landed& landed) override {
    if (!options_.json) return;
    Json json{
        {"row", record.row()}, {"id", landed.id}, {"scope", landed.scope}, {"done", landed.done}};
    if (landed.settled > 0) json["settled"] = landed.settled;
    if (options_.dry_run) json["dry_run"] = true;
    print_json(json);
  }

  void progress(std::uint64_t done, std::uint64_t total) override {
    constexpr std::uint64_t kKib = 1024;
    flush();
    progress_.show(static_cast<std::int64_t>(done / kKib), static_cast<std::int64_t>(total / kKib));
  }

  void resumed(const tables::ImportNotes::Progress& from) override {
    const auto checked = std::to_string(from.checked), written = std::to_string(from.written);
    if (chinese()) {
      note("接着上次中断的导入：文件没有变，" +
           (from.all_checked ? std::string("已全部检查") : "已检查 " + checked + " 条") +
           "，已处理 " + written + " 条，从下一条继续");
    } else {
      note("going on with an import that was cut off, of this very file: " +
           (from.all_checked ? std::string("all records") : checked + " records") + " checked, " +
           written + " dealt with");
    }
  }

  void say(const Problem& problem) {
    if (++shown_ <= kProblemsShown) {
      note(harmless(problem_text(problem, chinese())));
    } else if (shown_ == kProblemsShown + 1) {
      note(chinese() ? "……其余的不再列出；用 --rejects 文件 或 --json 查看全部"
                     : "… more than these; --rejects FILE or --json has all of them");
    }
  }

  [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }

 private:
  const ImportOptions& options_;
  tables::Rejects* rejects_;
  ProgressLine progress_;
  std::size_t shown_ = 0;
  std::optional<Error> failed_;
};

Result<std::map<std::string, std::string>> map_of(const ImportOptions& options) {
  std::map<std::string, std::string> map;
  for (const auto& one : options.map) {
    const auto equals = one.rfind('=');
    if (equals == 0 || equals == one.npos) {
      return fail(Errc::bad_usage,
                  "--map 写作 表头=字段 is written HEADING=FIELD, not " + harmless(one));
    }
    map[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return map;
}

std::string_view done_words(const std::string& done, bool zh) {
  if (!zh) return done;
  if (done == "created") return "新增";
  if (done == "changed") return "修改";
  return done == "unchanged" ? "未变" : std::string_view(done);
}

std::string words_of(const tables::ImportReport& report, const ImportOptions& options) {
  const bool zh = chinese();
  const auto count = [](std::size_t n) { return std::to_string(n); };
  std::string text;
  if (report.nothing_went_in && !options.dry_run) {
    text = zh ? "一条也没有写入：" + count(report.refused) + " 条有错（共 " +
                    count(report.records) + " 条）。改好再导入，或用 --skip-bad 只写入没有错的"
              : "nothing went in: " + count(report.refused) + " of " + count(report.records) +
                    " are wrong; mend them, or let the others in with --skip-bad";
  } else {
    text = zh ? (options.dry_run ? "可导入 " : "导入 ") + count(report.accepted()) + " 条，有错 " +
                    count(report.refused) + " 条"
              : count(report.accepted()) + (options.dry_run ? " would be" : "") + " accepted, " +
                    count(report.refused) + " refused";
    std::string parts;
    for (const auto& [name, n] : report.done) {
      if (!parts.empty()) parts += zh ? "，" : ", ";
      parts += count(n) + " " + std::string(done_words(name, zh));
    }
    if (!parts.empty()) text += " (" + parts + ")";
  }
  if (report.earlier > 0 && !report.nothing_went_in) {
    text += zh ? "；另有 " + count(report.earlier) + " 条上次已处理"
               : "; " + count(report.earlier) + " more by the run before";
  }
  if (report.settled > 0) text += "；" + node::settled_text(report.settled, options.dry_run);
  if (report.withheld > 0) {
    text += zh ? "；" + count(report.withheld) + " 格是没有导出的值，保持原样"
               : "; " + count(report.withheld) +
                     " cells stand for values that weren't shown: left as they are";
  }
  return text;
}

int ended(const tables::ImportReport& report, const ImportOptions& options,
          const tables::ImportOptions& how) {
  if (options.json) print_json({{"summary", report_json(report, how)}});
  flush();
  if (report.broke_off) {
    const auto code = refuse(*report.broke_off);
    note(words_of(report, options));
    return code;
  }
  note(words_of(report, options));
  return report.refused > 0 ? info(Errc::bad_input).exit_code : 0;
}

bool is_ndjson(const ImportOptions& options) {
  if (options.format != "auto") return options.format == "ndjson";
  return options.file.ends_with(".ndjson") || options.file.ends_with(".jsonl");
}

/// Kept in the folder while a long file goes in, so that it goes on there when it is cut off.
Result<api::KeptImportNotes> notes_of(const ImportOptions& options, tables::Input& input) {
  constexpr std::uint64_t kLong = 256u << 10;
  if (options.dry_run || input.size() < kLong) return api::KeptImportNotes();
  const Json how{LINLI_VERSION, options.type,   options.format,   options.encoding,  options.sheet,
                 options.map,   options.update, options.skip_bad, is_ndjson(options)};
  const auto what = api::hash_of_input(input, how.dump());
  if (!what) return fail(what.error());
  return api::KeptImportNotes(options.data / "imports.db", *what, sync::SystemClock().now());
}

/// Writes refused rows: a workbook where the file is called one, else CSV. Errors: bad_usage (a
/// workbook to stdout or a pipe), io.
Result<std::unique_ptr<tables::RowWriter>> reject_rows(OutFile& file, const std::string& name,
                                                       const model::RecordType& type) {
  if (!name.ends_with(".xlsx")) return tables::write_csv(file.sink());
  if (file.temporary().empty()) {
    return fail(Errc::bad_usage,
                "XLSX 只能写成普通文件 a workbook is written to a regular file: " + harmless(name));
  }
  return tables::write_xlsx(file.temporary(), std::string(type.label.zh));
}

/// A source of records, with what it reads from.
struct Opened {
  api::KeptImportNotes notes;
  std::unique_ptr<tables::Input> input;
  std::unique_ptr<tables::RowReader> rows;
  std::unique_ptr<tables::RecordSource> records;
  tables::Row headings = {1, 0, {{tables::Cell::Kind::text, "JSON"}}, {}};
};

Result<Opened> open_source(const ImportOptions& options, const model::RecordType& type,
                           Listener& listener) {
  Opened opened;
  auto input = tables::open_input(options.file);
  if (!input) return fail(input.error());
  opened.input = std::move(*input);
  auto notes = notes_of(options, *opened.input);
  if (!notes) return fail(notes.error());
  opened.notes = std::move(*notes);
  if (is_ndjson(options)) {
    opened.records = std::make_unique<tables::NdjsonRecords>(*opened.input);
    return opened;
  }
  const auto map = map_of(options);
  if (!map) return fail(map.error());
  auto rows = tables::open_table(*opened.input, {options.format, options.encoding, options.sheet});
  if (!rows) return fail(rows.error());
  opened.rows = std::move(*rows);
  auto records = tables::TableRecords::open(*opened.rows, type, *map);
  if (!records) return fail(records.error());
  const auto& problems = (*records)->header_problems();
  if (!problems.empty()) {
    for (const auto& problem : problems) {
      if (options.json) print_json(problem_json(problem));
      if (!options.json) listener.say(problem);
    }
    return fail(Errc::bad_input,
                "表头有误，一条也没有读入 the headings are wrong: nothing was read");
  }
  if (!options.json) note(opened.rows->form());
  opened.headings = (*records)->heading_row();
  opened.records = std::move(*records);
  return opened;
}

}  // namespace

int import_records(const ImportOptions& options) {
  const auto type = type_named(options.type);
  if (!type) return refuse(type.error());
  if (options.dry_run && options.skip_bad) {
    return refuse(Errc::bad_usage,
                  "--dry-run 与 --skip-bad 只用其一 give --dry-run or --skip-bad, not both");
  }
  std::optional<OutFile> reject_file;
  std::unique_ptr<tables::RowWriter> reject_writer;
  std::optional<tables::Rejects> rejects;
  if (!options.rejects.empty()) {
    auto opened = OutFile::open(options.rejects);
    if (!opened) return refuse(opened.error());
    reject_file = std::move(*opened);
    auto rows = reject_rows(*reject_file, options.rejects, **type);
    if (!rows) return refuse(rows.error());
    reject_writer = std::move(*rows);
  }
  Listener before(options, nullptr);
  auto source = open_source(options, **type, before);
  if (!source) return refuse(source.error());
  if (reject_writer) rejects.emplace(source->headings, *reject_writer);
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto writer = writer_through(*door);
  tables::ImportOptions how;
  how.dry_run = options.dry_run;
  how.skip_bad = options.skip_bad;
  how.update = options.update;
  how.name_rows = (*type)->key.empty();
  Listener listener(options, rejects ? &*rejects : nullptr);
  const auto report = tables::import_table(*source->records, through(*writer, **type, options), how,
                                           source->notes, listener);
  const auto code = ended(report, options, how);
  auto kept = listener.failed() ? Result<void>(fail(*listener.failed())) : Result<void>{};
  if (reject_writer && kept) kept = reject_writer->finish();
  if (reject_file && kept) kept = reject_file->finish();
  if (!kept) return refuse(kept.error());
  return code;
}

}  // namespace linli::app

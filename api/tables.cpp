// Spreadsheets in and out: the same reading, the same report and the same files as the commands.
#include "api/tables.h"

#include <algorithm>

#include "api/codings.h"
#include "api/company_view.h"
#include "api/import_notes.h"
#include "api/naming.h"
#include "api/problem.h"
#include "api/table_files.h"
#include "node/lines.h"
#include "node/outcomes.h"
#include "node/tables/importing.h"
#include "node/tables/ndjson_records.h"
#include "node/tables/rejects.h"
#include "node/tables/table_file.h"
#include "node/tables/table_writer.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;
using tables::Problem;
using tables::TableRecord;

constexpr const char* kNdjson = "application/x-ndjson";
constexpr std::size_t kProblemsMax = 1000;
constexpr int kTablesMax = 4;

// ---- In
// ------------------------------------------------------------------------------------------

/// Collects the report that is answered.
class Report final : public tables::ImportListener {
 public:
  Json problems = Json::array();
  std::size_t left_out = 0;

  void refused(const TableRecord&, const std::vector<Problem>& found) override {
    for (const auto& problem : found) add(problem);
  }
  void landed(const TableRecord&, const tables::Landed&) override {}
  void progress(std::uint64_t, std::uint64_t) override {}
  void resumed(const tables::ImportNotes::Progress&) override {}
  void add(const Problem& problem) {
    if (problems.size() < kProblemsMax) {
      problems.push_back(problem_json(problem));
    } else {
      ++left_out;
    }
  }
};

/// Through the replica, without what a company may not touch.
class Landing {
 public:
  Landing(Context& context, const Request& request, const model::RecordType& type, bool update)
      : context_(context),
        view_(context, request),
        type_(type),
        update_(update),
        scope_(request.get_param_value("scope")) {
    by_ = context.door.caller(request).by();
  }

  Result<std::vector<tables::Landed>> operator()(const std::vector<Json>& records,
                                                 const tables::LandHow& how) {
    std::vector<tables::Landed> landed(records.size());
    std::vector<node::Wish> wishes;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < records.size(); ++i) {
      auto wish = node::wish_of_line(type_, records[i]);
      node::stand_in(scope_, wish);
      if (auto why = view_.refusal(wish)) {
        landed[i].done = "refused";
        landed[i].faults.push_back(
            {"", why->code, std::string(info(why->code).zh) + "：" + why->detail, why->detail});
        continue;
      }
      places.push_back(i);
      wishes.push_back(std::move(wish));
    }
    // One that is refused here spoils all of them, too: then the others are only tried.
    const bool spoilt = how.together && wishes.size() < records.size();
    node::PutOptions options{.dry_run = how.dry_run || spoilt,
                             .all_or_nothing = how.together && !spoilt,
                             .update = update_,
                             .origin = "import",
                             .by = by_};
    const auto outcomes = context_.replica.put(wishes, options);
    if (!outcomes) return fail(outcomes.error());
    for (std::size_t k = 0; k < places.size(); ++k) {
      const auto& outcome = (*outcomes)[k];
      auto& one = landed[places[k]];
      one = {std::string(spoilt ? "refused" : node::done_name(outcome.done)),
             {},
             outcome.scope,
             outcome.faults,
             spoilt ? 0 : outcome.settled};
      if (!outcome.id.is_zero()) one.id = to_text(outcome.id);
    }
    return landed;
  }

 private:
  Context& context_;
  CompanyView view_;
  const model::RecordType& type_;
  const bool update_;
  const std::string scope_;  ///< Of rows that name none.
  node::By by_;
};

/// Heading=field, repeatable.
std::map<std::string, std::string> map_in(const Request& request) {
  std::map<std::string, std::string> map;
  for (std::size_t i = 0; i < request.get_param_value_count("map"); ++i) {
    const auto one = request.get_param_value("map", i);
    const auto equals = one.rfind('=');
    if (equals != one.npos && equals > 0) map[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return map;
}

struct Opened {
  std::unique_ptr<const std::string> body;  ///< What the others read.
  std::unique_ptr<tables::Input> input;
  std::unique_ptr<tables::RowReader> rows;
  std::unique_ptr<tables::RecordSource> records;
  std::vector<Problem> header_problems;
  std::optional<tables::Row> headings;  ///< Of a table; lines of NDJSON have none.
  std::string form;
};

Result<Opened> open_body(const Request& request, const model::RecordType& type) {
  const auto content = request.get_header_value("Content-Type");
  const auto is = [&content](const char* kind) { return content.rfind(kind, 0) == 0; };
  auto body = plain_body(request);
  if (!body) return fail(body.error());
  Opened opened;
  opened.body = std::make_unique<const std::string>(std::move(*body));
  opened.input = tables::input_of(*opened.body);
  if (is(kNdjson)) {
    opened.records = std::make_unique<tables::NdjsonRecords>(*opened.input);
    opened.form = "NDJSON";
    return opened;
  }
  if (!is(kCsv) && !is(kXlsx)) {
    return fail(Errc::bad_usage,
                std::string("send it as Content-Type: ") + kCsv + ", " + kXlsx + " or " + kNdjson);
  }
  tables::TableFile file{.format = is(kCsv) ? "csv" : "xlsx",
                         .sheet = request.get_param_value("sheet")};
  if (request.has_param("encoding")) file.encoding = request.get_param_value("encoding");
  auto rows = tables::open_table(*opened.input, file);
  if (!rows) return fail(rows.error());
  opened.rows = std::move(*rows);
  opened.form = opened.rows->form();
  auto records = tables::TableRecords::open(*opened.rows, type, map_in(request));
  if (!records) return fail(records.error());
  opened.header_problems = (*records)->header_problems();
  opened.headings = (*records)->heading_row();
  opened.records = std::move(*records);
  return opened;
}

/// Keeps the rows that are refused, each with its reasons behind it.
class RefusedRows final : public tables::ImportListener {
 public:
  RefusedRows(const tables::Row& headings, tables::RowWriter& writer)
      : rejects_(headings, writer) {}
  void refused(const TableRecord& record, const std::vector<Problem>& found) override {
    if (written) written = rejects_.add(record, found);
  }
  void landed(const TableRecord&, const tables::Landed&) override {}
  void progress(std::uint64_t, std::uint64_t) override {}
  void resumed(const tables::ImportNotes::Progress&) override {}
  [[nodiscard]] std::size_t count() const { return rejects_.count(); }

  Result<void> written;

 private:
  tables::Rejects rejects_;
};

/// The rows that would be refused, as a table to mend and import again: nothing goes in. 204: there
/// are none.
void send_rejects(Context& context, const Request& request, Response& response,
                  const model::RecordType& type, Opened& opened, bool xlsx) {
  if (!opened.headings) {
    return refuse(
        request, response,
        {Errc::bad_usage,
         "NDJSON 没有表头：有误的行号见 problems NDJSON has no headings: the report names "
         "its lines",
         "rejects"});
  }
  if (!opened.header_problems.empty()) {
    return refuse(
        request, response,
        {Errc::bad_input, tables::problem_text(opened.header_problems.front(), true), {}});
  }
  tables::ImportOptions options;
  options.dry_run = true;
  options.update = request.get_param_value("update") == "1";
  options.name_rows = type.key.empty();
  std::size_t count = 0;
  const auto fill = [&](tables::RowWriter& writer) -> Result<void> {
    RefusedRows heard(*opened.headings, writer);
    Landing landing(context, request, type, options.update);
    KeptImportNotes notes;
    const auto report =
        tables::import_table(*opened.records, std::ref(landing), options, notes, heard);
    if (report.broke_off && report.records == 0) return fail(*report.broke_off);
    count = heard.count();
    return heard.written ? writer.finish() : heard.written;
  };
  auto file = xlsx ? xlsx_file(context,
                               [&](const auto& path) -> Result<void> {
                                 auto writer = tables::write_xlsx(path, "待改 to mend");
                                 if (!writer) return fail(writer.error());
                                 return fill(**writer);
                               })
                   : csv_file([&](const auto& sink) { return fill(*tables::write_csv(sink)); });
  if (!file) return refuse(request, response, file.error());
  if (count > 0) {
    return send_table(response, *file,
                      std::string(type.name) + "-rejects." + (xlsx ? "xlsx" : "csv"), xlsx);
  }
  std::fclose(*file);
  response.status = 204;
}

/// 200: what is good is in, or would be. Else something is wrong, and nothing went in.
void import_body(Context& context, const Request& request, Response& response) {
  const auto* type = type_in(request, response);
  if (!type) return;
  auto opened = open_body(request, *type);
  if (!opened) return refuse(request, response, opened.error());
  if (request.has_param("rejects")) {
    const auto form = request.get_param_value("rejects");
    if (form != "csv" && form != "xlsx") {
      return refuse(request, response, {Errc::bad_value, "rejects is csv or xlsx", "rejects"});
    }
    return send_rejects(context, request, response, *type, *opened, form == "xlsx");
  }
  tables::ImportOptions options;
  options.dry_run = request.get_param_value("dry_run") == "1";
  options.skip_bad = !options.dry_run && request.get_param_value("skip_bad") == "1";
  options.update = request.get_param_value("update") == "1";
  options.name_rows = type->key.empty();
  Report heard;
  tables::ImportReport report;
  for (const auto& problem : opened->header_problems) heard.add(problem);
  if (opened->header_problems.empty()) {
    Landing landing(context, request, *type, options.update);
    KeptImportNotes notes;
    report = tables::import_table(*opened->records, std::ref(landing), options, notes, heard);
    // What broke off before anything was known is an error like any other.
    if (report.broke_off && report.records == 0) {
      return refuse(request, response, *report.broke_off);
    }
  } else {
    report.nothing_went_in = true;
  }
  auto json = report_json(report, options);
  json["form"] = opened->form;
  json["problems"] = std::move(heard.problems);
  if (heard.left_out > 0) json["problems_left_out"] = heard.left_out;
  if (!report.nothing_went_in || options.dry_run) return answer(response, json);
  // A problem document like any other, with the report in it.
  refuse(request, response, {Errc::bad_input, "nothing went in: see problems", {}});
  auto problem = Json::parse(response.body);
  for (auto& [name, member] : json.items()) problem[name] = std::move(member);
  const auto kind = response.get_header_value("Content-Type");
  response.set_content(problem.dump(-1, ' ', false, Json::error_handler_t::replace), kind);
}

// ---- Out
// -----------------------------------------------------------------------------------------

/// Records of a type as this caller is shown them.
class Shown {
 public:
  Shown(Context& context, const Request& request, const model::RecordType& type)
      : context_(context), request_(request), type_(type), view_(context, request) {}

  Result<void> write(tables::RowWriter& writer) {
    tables::TableWriter table(type_, context_.replica.identity().city_scope, writer,
                              [this](const auto& type, const auto& scope, const auto& id) {
                                return fields_of(type, scope, id);
                              });
    auto written = table.headings();
    auto read =
        store::export_records(context_.replica.store(), type_.name, [&](const Json& record) {
          auto shown = record;
          view_.withhold(type_, shown, record);
          if (const auto id = sync::record_id(record.value("id", "")))
            seen_.look(type_, *id, shown);
          if (written) written = table.record(shown);
        });
    if (!read) return read;
    return written ? writer.finish() : written;
  }
  /// Before it is sent: what is cut off was shown all the same.
  void note() { note_seen(context_, request_, type_.name, seen_, "export"); }

 private:
  /// Of a record that another one refers to; its key is never a personal value.
  [[nodiscard]] Json fields_of(const std::string& type, const std::string& scope,
                               const std::string& id) const {
    const auto parsed = sync::record_id(id);
    if (!parsed) return {};
    auto record = store::get_record(context_.replica.store(), type, scope, *parsed);
    return record ? (*record)["fields"] : Json();
  }

  Context& context_;
  const Request& request_;
  const model::RecordType& type_;
  CompanyView view_;
  node::Seen seen_;
};

void export_type(Context& context, const Request& request, Response& response) {
  const auto* type = type_in(request, response);
  if (!type) return;
  const auto format = request.has_param("format") ? request.get_param_value("format") : "csv";
  if (format != "csv" && format != "xlsx") {
    return refuse(request, response, {Errc::bad_value, "format is csv or xlsx", "format"});
  }
  const bool blank = request.get_param_value("template") == "1";
  Shown shown(context, request, *type);
  const bool xlsx = format == "xlsx";
  auto file = xlsx
                  ? xlsx_file(context,
                              [&](const auto& path) -> Result<void> {
                                if (blank) return tables::write_xlsx_template(*type, path);
                                auto writer = tables::write_xlsx(path, std::string(type->label.zh));
                                if (!writer) return fail(writer.error());
                                return shown.write(**writer);
                              })
                  : csv_file([&](const auto& sink) {
                      return blank ? tables::write_csv_template(*type, sink)
                                   : shown.write(*tables::write_csv(sink));
                    });
  if (!file) return refuse(request, response, file.error());
  if (!blank) shown.note();
  send_table(response, *file, std::string(type->name) + "." + format, xlsx);
}

}  // namespace

void add_table_routes(httplib::Server& server, Context& context) {
  // Each may take seconds and some 100 MB.
  const auto taken = std::make_shared<std::atomic<int>>(0);
  const auto a_few = [&context, taken](auto handler) {
    return [&context, taken, handler](const Request& q, Response& s) {
      const Place place(*taken, kTablesMax);
      if (!place) return refuse(q, s, {Errc::slow_down, "too many tables at once", {}});
      handler(context, q, s);
    };
  };
  const std::string many = R"(/api/v1/records/([a-z_]+))";
  server.Post(many + "/import", a_few(import_body));
  server.Get(many + "/export", a_few(export_type));
}

}  // namespace linli::api

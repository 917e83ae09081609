// stats: a figure, who has reported for it, what was approved of it, and what stands behind it.
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/out_file.h"
#include "node/app/stats_shown.h"
#include "node/model/period_figures.h"
#include "node/stat_xlsx.h"
#include "node/store/provenance.h"
#include "node/store/reading.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    if (end > at) parts.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

int list_all_stats(bool json) {
  const auto stats = store::list_stats();
  if (json) {
    print_json(stats);
    return 0;
  }
  Table table({"名称", "指标", "分组", "口径"});
  for (const auto& item : stats["items"]) {
    std::string dims = item.value("dim1", "");
    if (const auto second = item.value("dim2", ""); !second.empty()) dims += "," + second;
    table.add({item.value("name", ""), item["label"].value("zh", ""), dims,
               item["definition"].value("zh", "")});
  }
  table.print(60);
  print("分组还有 also: district, street, community, compound, month, day");
  return 0;
}

Result<store::StatRequest> asked(const StatsOptions& options) {
  store::StatRequest request;
  request.name = options.name;
  request.by = split(options.by);
  request.from = options.from;
  request.to = options.to;
  request.today = options.today;
  request.scope = options.scope;
  request.now = sync::SystemClock().now();
  if (options.period.empty()) return request;
  const auto days = model::days_of_period(options.period);
  if (!days) {
    return fail(Errc::bad_usage,
                "期次应形如 2023-05、2023-Q2、2023-H1、2023 a period is written so", "period");
  }
  request.from = model::day_text(days->from);
  request.to = model::day_text(days->to);
  return request;
}

Result<store::Only> only_of(const StatsOptions& options) {
  store::Only only;
  for (const auto& text : options.only) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      return fail(Errc::bad_usage, "写作 分组=值 it is written SPLIT=VALUE", "only");
    }
    only.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return only;
}

int write_out(const std::string& bytes, const std::string& out) {
  const bool screen = out.empty() || out == "-";
  auto file = OutFile::open(screen ? "-" : out, OutFile::For::all);
  if (!file) return refuse(file.error());
  auto written = file->sink()(bytes);
  if (written) written = file->finish();
  if (!written) return refuse(written.error());
  if (!screen) note("已写入 written: " + harmless(out));
  return 0;
}

int write_table(const Json& stat, const StatsOptions& options) {
  const auto table = store::stat_table(stat);
  if (options.format == "csv") return write_out(store::csv_of(table), options.out);
  const auto bytes = node::xlsx_of(table);
  return bytes ? write_out(*bytes, options.out) : refuse(bytes.error());
}

int show_why(store::Store& store, const store::StatRequest& request, const StatsOptions& options) {
  const auto only = only_of(options);
  if (!only) return refuse(only.error());
  store::ProvenanceRequest wish;
  wish.stat = request;
  wish.only = *only;
  wish.at = options.at;
  wish.records = options.why;
  wish.cursor = options.cursor;
  wish.limit = options.limit;
  Result<Json> found = [&] {
    ProgressLine progress("重算 computing");
    return store::read_provenance(
        store, wish, [&](std::int64_t done, std::int64_t total) { progress.show(done, total); });
  }();
  if (!found) return refuse(found.error());
  if (options.json) {
    print_json(*found);
  } else {
    print_provenance(*found, options.why);
  }
  return 0;
}

}  // namespace

int stats(const StatsOptions& options) {
  if (options.name.empty()) return list_all_stats(options.json);
  if (!options.format.empty() && options.format != "csv" && options.format != "xlsx") {
    return refuse(Errc::bad_usage, "--format is csv or xlsx, not " + harmless(options.format),
                  "format");
  }
  const auto request = asked(options);
  if (!request) return refuse(request.error());
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  if (options.why || options.at != 0) return show_why(**store, *request, options);
  const auto stat = store::read_stat(**store, *request);
  if (!stat) return refuse(stat.error());
  if (!options.format.empty()) return write_table(*stat, options);
  if (options.json) {
    print_json(*stat);
  } else {
    print_stat(*stat);
  }
  return 0;
}

}  // namespace linli::app

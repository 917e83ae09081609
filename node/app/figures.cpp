// figures: what is submitted for a period, checked by the district and approved by the city.
#include "node/app/commands.h"
#include "node/app/stats_shown.h"
#include "node/app/writer.h"
#include "node/store/period_figures.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

const model::RecordType& type() { return *model::schema().type(model::kTypePeriodFigures); }

/// The record that the options name: by its id, or by set, period and scope.
struct Named {
  std::string scope;
  sync::RecordId id{};
};
Result<Named> named(store::Store& store, const FiguresOptions& options) {
  if (!options.id.empty()) {
    const auto id = sync::record_id(options.id);
    if (!id) return fail(Errc::bad_usage, "不是记录编号 not a record id", "id");
    if (!options.scope.empty()) return Named{options.scope, *id};
    auto scope = store::scope_of(store, "period_figures", *id);
    if (!scope) return fail(scope.error());
    return Named{std::move(*scope), *id};
  }
  if (options.set.empty() || options.period.empty() || options.scope.empty()) {
    return fail(Errc::bad_usage,
                "写明编号，或 --set、--period 和 --scope name it by its id, or by --set, --period "
                "and --scope",
                "id");
  }
  const auto id = store::find_figures(store, {options.set, options.scope, options.period, 0});
  if (!id) return fail(id.error());
  return Named{options.scope, *id};
}

/// Puts one record, through the running node if there is one.
int put(const FiguresOptions& options, const Json& fields, const std::string& done) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  node::PutOptions how;
  how.update = true;
  how.dry_run = options.dry_run;
  how.origin = "linli figures";
  std::vector<Line> lines(1);
  lines.front().number = 1;
  lines.front().text = fields.dump();
  lines.front().json = fields;
  auto outcomes = writer_through(*door)->put(type(), lines, how);
  if (!outcomes) return refuse(outcomes.error());
  const auto& outcome = outcomes->front();
  if (!outcome.faults.empty()) {
    int code = 1;
    for (const auto& fault : outcome.faults) {
      code = refuse(Errc::bad_input, fault.value("zh", "") + " " + fault.value("en", ""),
                    fault.value("field", ""));
    }
    return code;
  }
  if (options.json) {
    Json json{{"id", outcome.id}, {"scope", outcome.scope}, {"done", outcome.done}};
    if (options.dry_run) json["dry_run"] = true;
    json["record"] = fields;
    print_json(json);
  } else {
    print(outcome.id);
    note((options.dry_run ? "（只检查，未写入 nothing was written）" : "") + done);
  }
  return 0;
}

void print_differences(const Json& review) {
  for (const auto& figure : review["figures"]) {
    const auto& difference = figure["correction"];
    const bool same = difference["numerator"] == 0 &&
                      (difference["denominator"].is_null() || difference["denominator"] == 0);
    if (same) continue;
    note("  " + figure["label"].value("zh", "") + "：上报 submitted " +
         parts_text(figure["submitted"]) + "，本机现计 here " + parts_text(figure["here"]));
  }
}

/// Moves it on, unless this node counts something else and nobody says why that is all right.
int pass(const FiguresOptions& options, const char* to, const char* field,
         const std::string& done) {
  Json fields;
  {
    auto store = open_to_read(options.data);
    if (!store) return refuse(store.error());
    const auto which = named(**store, options);
    if (!which) return refuse(which.error());
    const auto review = store::review_figures(**store, which->scope, which->id, false);
    if (!review) return refuse(review.error());
    if ((*review)["same"] != true && options.despite.empty()) {
      print_differences(*review);
      return refuse(Errc::stale,
                    "本机现计与上报数不一致：退回重报（linli figures return），或用 --despite 说明"
                    "原因 this node counts something else: return it, or say --despite WHY");
    }
    const auto& record = (*review)["record"]["fields"];
    fields = {{"id", sync::to_text(which->id)},
              {"scope", which->scope},
              {"status", to},
              {field, record["digest"]}};
    if (!options.doc.empty()) fields["approval_doc"] = options.doc;
    if (!options.despite.empty()) fields["despite_reason"] = options.despite;
  }
  return put(options, fields, done);
}

}  // namespace

int submit_figures(const FiguresOptions& options) {
  if (options.set.empty() || options.period.empty()) {
    return refuse(Errc::bad_usage, "须写明 --set 和 --period which --set, of which --period?");
  }
  const sync::SystemClock clock;
  Json record;
  {
    auto store = open_to_read(options.data);
    if (!store) return refuse(store.error());
    auto made = store::figures_to_submit(**store,
                                         {options.set, options.scope, options.period, clock.now()});
    if (!made) return refuse(made.error());
    record = std::move(*made);
  }
  if (!options.json) {
    Table table({"指标", "数字"});
    for (auto figure : record["figures"]) {
      if (!figure.contains("denominator")) figure["denominator"] = nullptr;
      const auto* statistic = model::schema().statistic(figure.value("statistic", ""));
      table.add({std::string(statistic->label.zh), parts_text(figure)});
    }
    table.print(40);
    print("依据记录 records：" + record["records"].dump() + "；已报社区 reported：" +
          record["reported"].dump() + " / " + record["communities"].dump());
  }
  return put(options, record, "已上报 submitted");
}

int check_figures(const FiguresOptions& options) {
  return pass(options, "checked", "checked_digest", "已审核 checked");
}

int approve_figures(const FiguresOptions& options) {
  return pass(
      options, "approved", "approved_digest",
      "已批准；之后到达的数据作为更正列在旁边 approved: what comes later is shown beside it");
}

int return_figures(const FiguresOptions& options) {
  if (options.reason.empty()) {
    return refuse(Errc::bad_usage, "退回须用 --reason 说明原因 say --reason WHY", "reason");
  }
  Json fields;
  {
    auto store = open_to_read(options.data);
    if (!store) return refuse(store.error());
    const auto which = named(**store, options);
    if (!which) return refuse(which.error());
    fields = {{"id", sync::to_text(which->id)}, {"scope", which->scope},
              {"status", "returned"},           {"return_reason", options.reason},
              {"checked_digest", nullptr},      {"despite_reason", nullptr}};
  }
  return put(options, fields, "已退回 returned");
}

int list_figures(const FiguresOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  store::RecordQuery query{.type = "period_figures"};
  query.scope = options.scope;
  query.limit = options.limit;
  query.newest_first = true;
  if (!options.period.empty()) query.where.emplace_back("period", options.period);
  if (!options.set.empty()) query.where.emplace_back("set", options.set);
  if (!options.state.empty()) query.where.emplace_back("status", options.state);
  auto page = store::list_records(**store, query);
  if (!page) return refuse(page.error());
  for (auto& item : page->items) item["fields"].erase("included");  // Long, and for programs.
  if (options.json) {
    print_json({{"items", page->items}});
    return 0;
  }
  Table table({"编号", "范围", "指标集", "期次", "状态", "冲突", "已报社区"});
  for (const auto& item : page->items) {
    const auto& fields = item["fields"];
    table.add({item.value("id", ""), item.value("scope", ""), fields.value("set", ""),
               fields.value("period", ""), shown(*type().field("status"), fields["status"]),
               item["conflicts"].dump(),
               fields.value("reported", Json()).dump() + "/" +
                   fields.value("communities", Json()).dump()});
  }
  table.print(44);
  return 0;
}

int show_figures(const FiguresOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto which = named(**store, options);
  if (!which) return refuse(which.error());
  Result<Json> review = [&] {
    ProgressLine progress("重算 computing");
    return store::review_figures(
        **store, which->scope, which->id, options.recompute,
        [&](std::int64_t done, std::int64_t total) { progress.show(done, total); });
  }();
  if (!review) return refuse(review.error());
  if (options.json) {
    print_json(*review);
  } else {
    print_review(*review);
  }
  return 0;
}

}  // namespace linli::app

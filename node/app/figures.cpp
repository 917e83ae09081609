// stats, search, conflicts: what people ask the records.
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/store/reading.h"
#include "node/store/search_marks.h"
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

std::string zh(const Json& label) { return label.is_object() ? label.value("zh", "") : ""; }

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
    table.add({item.value("name", ""), zh(item["label"]), dims, zh(item["definition"])});
  }
  table.print(60);
  print("分组还有 also: district, street, community, compound, month, day");
  return 0;
}

std::string key_text(const Json& key) {
  if (key.is_object()) return key.value("name", key.value("code", ""));
  return key.is_string() ? key.get<std::string>() : key.dump();
}

std::string heading_of(std::string_view by) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"district", "区县"},        {"street", "街道"},  {"community", "社区"},
      {"compound", "小区"},        {"month", "月份"},   {"day", "日期"},
      {"severity", "严重程度"},    {"company", "企业"}, {"campaign", "专项行动"},
      {"credit_rule", "评分规则"}, {"kind", "类别"},    {"days", "天数"},
      {"course_kind", "课程类别"}};
  for (const auto& [name, text] : kNames) {
    if (name == by) return std::string(text);
  }
  return std::string(by);
}

void print_freshness(const Json& freshness) {
  const auto& communities = freshness["communities"];
  if (communities.empty()) {
    print("还没有社区接入。 No community has joined yet.");
    return;
  }
  constexpr std::size_t kShownMax = 12;
  std::vector<const Json*> late;
  std::size_t reported = 0;
  for (const auto& community : communities) {
    if (community["last_report"].is_null()) {
      late.push_back(&community);
    } else {
      ++reported;
    }
  }
  print("数据新鲜度：" + std::to_string(communities.size()) + " 个社区，" +
        std::to_string(reported) + " 个报过；最早一次上报 " +
        (freshness["oldest"].is_null() ? "—（有社区从未上报）"
                                       : local_time(freshness["oldest"].get<std::string>())));
  for (std::size_t i = 0; i < late.size() && i < kShownMax; ++i) {
    print("  从未上报：" + harmless(late[i]->value("name", "")) + "（" +
          late[i]->value("scope", "") + "）");
  }
  if (late.size() > kShownMax) {
    print("  … 还有 " + std::to_string(late.size() - kShownMax) + " 个");
  }
}

void print_stat(const Json& stat) {
  print(zh(stat["label"]) + "  " + stat.value("from", "") + " 至 " + stat.value("to", "") +
        "（不含）  " + zh(stat["definition"]));
  const auto figure = stat.value("figure", "number");
  const bool ratio = !stat["total"]["denominator"].is_null();
  std::vector<std::string> headings;
  for (const auto& by : stat["by"]) headings.push_back(heading_of(by.get<std::string>()));
  headings.emplace_back("值");
  if (ratio) headings.insert(headings.end(), {"分子", "分母"});
  Table table(std::move(headings));
  const auto add = [&](std::vector<std::string> keys, const Json& value) {
    keys.push_back(shown_figure(figure, value));
    if (ratio) {
      keys.push_back(value["numerator"].dump());
      keys.push_back(value["denominator"].dump());
    }
    table.add(std::move(keys));
  };
  for (const auto& row : stat["rows"]) {
    std::vector<std::string> keys;
    for (const auto& by : stat["by"]) keys.push_back(key_text(row["keys"][by.get<std::string>()]));
    if (!keys.empty()) add(std::move(keys), row);
  }
  std::vector<std::string> total(stat["by"].size());
  if (!total.empty()) total.front() = "合计";
  add(std::move(total), stat["total"]);
  table.print();
  print_freshness(stat["freshness"]);
}

/// With what was found between 【 and 】.
std::string marked(const Json& item) {
  store::Snippet snippet{item.value("snippet", ""), {}};
  for (const auto& mark : item["marks"]) {
    snippet.marks.push_back({mark[0].get<std::size_t>(), mark[1].get<std::size_t>()});
  }
  return store::emphasised(snippet, "【", "】");
}

void print_found(const Json& found) {
  if (found["items"].empty()) return print("没有找到。 Nothing found.");
  if (found["near"] == true) {
    note("没有完全相符的，以下是拼音相近的。 Nothing as typed; these are read nearly so.");
  }
  Table table({"类型", "编号", "名称", "片段"});
  for (const auto& item : found["items"]) {
    const auto* type = model::schema().type(item.value("type", ""));
    table.add({type ? std::string(type->label.zh) : item.value("type", ""), item.value("id", ""),
               item.value("title", ""), marked(item)});
  }
  table.print(60);
  if (const auto& next = found["next_cursor"]; next.is_string()) {
    print("还有更多 more: --cursor " + next.get<std::string>());
  }
}

}  // namespace

int stats(const StatsOptions& options) {
  if (options.name.empty()) return list_all_stats(options.json);
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  store::StatRequest request;
  request.name = options.name;
  request.by = split(options.by);
  request.from = options.from;
  request.to = options.to;
  request.scope = options.scope;
  request.now = sync::SystemClock().now();
  const auto stat = store::read_stat(**store, request);
  if (!stat) return refuse(stat.error());
  if (options.json) {
    print_json(*stat);
  } else {
    print_stat(*stat);
  }
  return 0;
}

int search(const SearchOptions& options) {
  store::SearchRequest request{options.text, options.type, options.scope,  options.from,
                               options.to,   {},           options.cursor, options.limit};
  for (const auto& where : options.where) {
    const auto equals = where.find('=');
    if (equals == std::string::npos) {
      return refuse(Errc::bad_usage, "条件写作 字段=值 a filter is written FIELD=VALUE", "where");
    }
    request.where.emplace_back(where.substr(0, equals), where.substr(equals + 1));
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto found = store::search_records(**store, request);
  if (!found) return refuse(found.error());
  if (options.json) {
    print_json(*found);
  } else {
    print_found(*found);
  }
  return 0;
}

}  // namespace linli::app

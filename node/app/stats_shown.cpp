#include "node/app/stats_shown.h"

#include "node/app/console.h"
#include "node/store/stat_table.h"

namespace linli::app {
namespace {

constexpr std::size_t kShownMax = 12;

std::string zh(const Json& label) { return label.is_object() ? label.value("zh", "") : ""; }

std::string when(const Json& instant) {
  return instant.is_string() ? local_time(instant.get<std::string>()) : "—";
}

/// "3 个超过一天、1 个超过一周、2 个从未上报"; empty: all are fresh.
std::string ages_text(const Json& ages) {
  std::string text;
  const auto add = [&](const char* age, const char* words) {
    const auto n = ages.value(age, std::int64_t{0});
    if (n != 0) text += (text.empty() ? "" : "、") + std::to_string(n) + " 个" + words;
  };
  add("day", "数据超过一天");
  add("week", "数据超过一周");
  add("never", "从未上报");
  return text;
}

void print_reporting(const Json& freshness) {
  if (!freshness.contains("reporting")) return;
  const auto& reporting = freshness["reporting"];
  const auto of = reporting["denominator"].get<std::int64_t>();
  if (of == 0) return print("还没有社区接入。 No community has joined yet.");
  print("报送率 reporting：" + reporting["numerator"].dump() + " / " + std::to_string(of) +
        " 个社区已报全本期（" + shown_figure("percent", reporting) + "）" +
        (reporting["partly"] == 0 ? "" : "，" + reporting["partly"].dump() + " 个报了一部分") +
        (reporting["none"] == 0 ? "" : "，" + reporting["none"].dump() + " 个未报"));
}

void print_ages(const Json& freshness) {
  const auto old = ages_text(freshness["ages"]);
  print("数据新鲜度 freshness：" + (old.empty() ? "全部在一天以内" : old) + "；最早一次上报 " +
        (freshness["oldest"].is_null() ? "—（有社区从未上报）" : when(freshness["oldest"])));
}

void print_communities(const Json& communities) {
  std::size_t shown = 0;
  for (const auto& community : communities) {
    if (community.value("age", "") == "fresh" && community.value("period", "") == "complete") {
      continue;
    }
    if (++shown > kShownMax) continue;
    const auto& last = community["last_report"];
    print("  " + std::string(last.is_null() ? "从未上报" : "最近上报 " + when(last)) + "：" +
          harmless(community.value("name", "")) + "（" + community.value("scope", "") + "）");
  }
  if (shown > kShownMax) print("  … 还有 " + std::to_string(shown - kShownMax) + " 个");
}

void print_approved(const Json& approved) {
  if (!approved.is_object()) return;
  print("已批准 approved（" + approved.value("period", "") + "，指标集 " +
        harmless(approved.value("set", "")) + "）：" + parts_text(approved) + "；现计 now " +
        parts_text(approved["now"]) + "；更正 correction " +
        parts_text(approved["correction"], true) + "（按 " + approved.value("as_of", "") +
        " 时点）");
  if (approved.contains("later")) print_later(approved["later"]);
}

std::string contribution_text(const Json& c) {
  auto text = c.value("measure", "") + " " + (c["n"] < 0 ? "" : "+") + c["n"].dump() + " @" +
              c.value("day", "");
  for (const char* dim : {"dim1", "dim2"}) {
    if (c.contains(dim)) text += " " + harmless(c[dim].get<std::string>());
  }
  return text;
}

std::string contributions_text(const Json& list) {
  std::string text;
  for (const auto& c : list) text += (text.empty() ? "" : "；") + contribution_text(c);
  return text.empty() ? "—" : text;
}

void print_nodes(const Json& nodes) {
  std::string names;
  std::size_t shown = 0;
  for (const auto& node : nodes["included"]) {
    if (++shown > kShownMax) continue;
    names += (names.empty() ? "" : "、") + harmless(node.value("name", "")) + "（" +
             node["sets"].dump() + " 组，至 " + when(node["until"]) + "）";
  }
  if (shown > kShownMax) names += " … 共 " + std::to_string(shown) + " 个";
  print("计入的节点 nodes included：" + (names.empty() ? "无" : names));
  constexpr std::pair<const char*, const char*> kLists[] = {{"missing", "缺报 missing："},
                                                            {"late", "迟报 late："}};
  for (const auto& [key, words] : kLists) {
    if (nodes[key].empty()) continue;
    print(words + std::to_string(nodes[key].size()) + " 个社区");
    print_communities(nodes[key]);
  }
}

}  // namespace

std::string parts_text(const Json& parts, bool difference) {
  const auto& n = parts["numerator"];
  auto text = (difference && n > 0 ? "+" : "") + n.dump();
  const auto& d = parts["denominator"];
  if (!d.is_null()) text += " / " + std::string(difference && d > 0 ? "+" : "") + d.dump();
  return text;
}

void print_later(const Json& later) {
  if (!later.is_object()) return;
  if (later["items"].empty()) {
    return print("  没有迟到的记录改变它 no later record changes it");
  }
  print("  之后到达的记录 records that came later:");
  for (const auto& item : later["items"]) {
    print("  · " + harmless(item.value("title", "")) + " " + item.value("type", "") + " " +
          item.value("id", "") + "  " + when(item["at"]) + "  " +
          harmless(item["node"].is_string() ? item["node"].get<std::string>() : "—"));
    print("      原 before: " + contributions_text(item["before"]) +
          "  现 now: " + contributions_text(item["now"]));
  }
  if (later["more"] != 0) print("  … 还有 " + later["more"].dump() + " 条 more");
  if (later["looked_at_all"] == false) print("  变更太多，只查看了一部分 too many to look at all");
}

void print_stat(const Json& stat) {
  print(zh(stat["label"]) + "  " + stat.value("from", "") + " 至 " + stat.value("to", "") +
        "（不含）  " + zh(stat["definition"]));
  const auto figure = stat.value("figure", "number");
  const auto unit = stat.value("unit", Json::object()).value("zh", std::string());
  const bool ratio = !stat["total"]["denominator"].is_null();
  bool beside = false;
  for (const auto& row : stat["rows"]) beside |= row.contains("approved");
  std::vector<std::string> headings;
  for (const auto& by : stat["by"]) {
    headings.push_back(store::heading_of_split(by.get<std::string>()));
  }
  headings.emplace_back("值");
  if (ratio) {
    headings.push_back(store::part_heading(stat, "numerator"));
    headings.push_back(store::part_heading(stat, "denominator"));
  }
  if (beside) headings.insert(headings.end(), {"已批准", "更正"});
  Table table(std::move(headings));
  const auto add = [&](std::vector<std::string> keys, const Json& value) {
    keys.push_back(shown_figure(figure, value) + (figure == "per_unit" ? unit : ""));
    if (ratio) {
      for (const char* part : {"numerator", "denominator"}) {
        const auto cell = store::part_cell(stat, part, value[part]);
        keys.push_back(cell.is_string() ? cell.get<std::string>() : cell.dump());
      }
    }
    if (beside) {
      const bool has = value.contains("approved");
      keys.push_back(has ? parts_text(value["approved"]) : "");
      keys.push_back(has ? parts_text(value["approved"]["correction"], true) : "");
    }
    table.add(std::move(keys));
  };
  for (const auto& row : stat["rows"]) {
    std::vector<std::string> keys;
    for (const auto& by : stat["by"]) {
      keys.push_back(harmless(store::text_of_key(row, by.get<std::string>())));
    }
    if (!keys.empty()) add(std::move(keys), row);
  }
  std::vector<std::string> total(stat["by"].size());
  if (!total.empty()) total.front() = "合计";
  add(std::move(total), stat["total"]);
  table.print();
  print_approved(stat["approved"]);
  const auto& freshness = stat["freshness"];
  print_reporting(freshness);
  if (freshness["communities"].empty()) return;
  print_ages(freshness);
  print_communities(freshness["communities"]);
}

void print_provenance(const Json& found, bool records) {
  const auto& figure = found["figure"];
  const auto& position = found["position"];
  print(figure.value("statistic", "") + "  " + figure.value("from", "") + " 至 " +
        figure.value("to", "") + "（不含）  today " + figure.value("today", "") +
        (figure.value("scope", "").empty() ? "" : "  " + figure.value("scope", "")));
  print("数字 figure：" + parts_text(figure["total"]) + "    依据记录 records：" +
        figure["records"].dump());
  print("摘要 digest：" + found.value("digest", ""));
  print("日志位置 position：" + position["arrival"].dump() +
        (position["newest"] == true ? "（最新）" : "") + "  链 chain " +
        (position["chain"].is_string() ? position["chain"].get<std::string>() : "—") +
        (position["history"].is_null() ? "" : "  历史 history " + position["history"].dump()));
  print("待处理冲突 open conflicts：这些记录上 " + found["conflicts"]["behind"].dump() +
        "，同类其他记录上 " + found["conflicts"]["beside"].dump() + "；不合规未计 invalid " +
        found["invalid"].dump() + "；暂扣未计的变更组 held " + found["held"].dump());
  print_nodes(found["nodes"]);
  print_reporting(found["freshness"]);
  if (!records) return;
  Table table({"记录", "类型", "编号", "位置", "节点", "计入"});
  for (const auto& item : found["items"]) {
    table.add({std::string(item["conflict"] == true ? "⚠ " : "") + item.value("title", ""),
               item.value("type", ""), item.value("id", ""), item["arrival"].dump(),
               item["node"].is_string() ? item["node"].get<std::string>() : "—",
               contributions_text(item["contributions"])});
  }
  table.print(40);
  if (found["next_cursor"].is_string()) {
    print("还有更多 more: --cursor " + found["next_cursor"].get<std::string>());
  }
  print("再算一次 again: linli stats " + figure.value("statistic", "") + " --from " +
        figure.value("from", "") + " --to " + figure.value("to", "") + " --today " +
        figure.value("today", "") + " --at " + position["arrival"].dump() + " --why");
}

void print_review(const Json& review) {
  const auto& fields = review["record"]["fields"];
  print(harmless(fields.value("set", "")) + " " + fields.value("period", "") + "  " +
        review["record"].value("scope", "") + "  " + review["record"].value("id", ""));
  print("状态 state：" + fields.value("status", "") + "    时点 as of " +
        fields.value("as_of", "") + "    摘要 digest " + fields.value("digest", ""));
  if (fields["status"] == "returned" && fields["return_reason"].is_string()) {
    print("退回原因 returned：" + harmless(fields["return_reason"].get<std::string>()));
  }
  Table table({"指标", "上报", "本机现计", "更正"});
  for (const auto& figure : review["figures"]) {
    table.add({zh(figure["label"]), parts_text(figure["submitted"]), parts_text(figure["here"]),
               parts_text(figure["correction"], true)});
  }
  table.print(40);
  print(review["same"] == true ? "与本机现计一致 the same is counted here today"
                               : "与本机现计不一致 something else is counted here today");
  print_later(review["later"]);
  if (review.contains("recomputed")) {
    print(review["recomputed"]["same"] == true
              ? "按上报时所含变更重算：一致 computed again from what was included: the same"
              : "按上报时所含变更重算：不一致 computed again from what was included: differs");
  }
}

}  // namespace linli::app

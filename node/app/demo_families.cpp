// What the demo's city does besides: assemblies and ballots, certificates, a draw, a month's
// figures, so that every statistic has something to show.
#include "node/app/demo_samples.h"
#include "node/app/demo_story.h"

namespace linli::app {
namespace {

constexpr const char* kInspectors = "SJ-01,SJ-02,SJ-03,SJ-04";

void put(DemoNode& node, const std::vector<Batch>& batches) {
  for (const auto& batch : batches) {
    std::vector<std::string> arguments{"records", "put", batch.type, "-"};
    if (batch.update) arguments.emplace_back("--update");
    (void)node.linli(std::move(arguments), batch.ndjson);
  }
}

std::string last_month(std::int64_t today) {
  const auto now = model::civil_from_day(today);
  return model::day_text(model::day_from_civil(now.year, now.month, 1) - 1).substr(0, 7);
}

/// Counts the vote that the community's ballots are of, and keeps the result as it was published.
void count_vote(DemoNode& node, const std::string& compound, const std::string& day) {
  const auto assemblies =
      node.linli_json({"records", "list", "assembly", "--where", "kind=extraordinary"})["items"];
  for (const auto& assembly : assemblies) {
    const auto tallies =
        node.linli({"votes", "count", assembly.value("id", ""), "--record", "--counter",
                    "样例计票人甲", "--counter", "样例计票人乙", "--supervisor", "示例社区"});
    std::string published;
    for (std::size_t at = 0; at < tallies.size();) {
      const auto end = std::min(tallies.find('\n', at), tallies.size());
      auto tally = Json::parse(tallies.substr(at, end - at), nullptr, false);
      at = end + 1;
      if (!tally.is_object()) continue;
      tally["status"] = "published";
      tally["published_on"] = day;
      add(published, tally);
    }
    expect(!published.empty(), "no vote was counted for " + compound);
    (void)node.linli({"records", "put", "tally", "-"}, published);
  }
}

}  // namespace

void Story::put_city_samples() {
  put(*hub_, demo_samples(city_, "city", {.community = 0, .today = today_}));
}

void Story::put_office_samples(DemoNode& node, std::size_t community) {
  const auto file = home_ / "scratch" / "agreement.txt";
  write_file(file, "示例：调解协议书（演示用，非真实文件）\n");
  const auto stored = node.linli_json({"blobs", "put", file.string()});
  put(node,
      demo_samples(city_, "office",
                   {.community = community, .today = today_, .file = stored.value("hash", "")}));
  count_vote(node, compound_code(city_.communities[community], 1), model::day_text(today_ - 30));
}

void Story::superiors() {
  chapter("上级：街道、市局的工作", "What the street and the bureau add");
  for (std::size_t i = 0; i < city_.communities.size(); ++i) {
    put(*hub_, demo_samples(city_, "hub", {.community = i, .today = today_, .scoped = true}));
  }
  const auto& first = city_.communities.front();
  const auto scope = first.scope.substr(0, first.scope.rfind('/'));
  others_.push_back(join("street", "示例街道办事处", scope, "street"));
  auto& street = *others_.back();
  (void)street.linli({"sync"});
  put(street, demo_samples(city_, "street", {.community = 0, .today = today_, .scoped = true}));
  (void)street.linli({"sync"});

  const auto year = model::day_text(today_ - 40).substr(0, 4);
  const auto issued = hub_->linli_json(
      {"certificates", "issue", "--course", "certified", "--year", year, "--no", "1"})["items"];
  const auto valid = std::count_if(issued.begin(), issued.end(),
                                   [](const Json& one) { return one["number"].is_string(); });
  print("   街道审查候选人、备案业委会；市局给 " + std::to_string(valid) + " 人发证，编号自动。");
  const auto drawn = hub_->linli_json(
      {"draw", "make", "--code", "SSJ-1", "--title", "双随机检查（示例）", "--seed",
       "示例种子 02 07 13 21 24 30 + 05", "--seed-source", "示例，非真实开奖", "--inspectors",
       kInspectors, "--count", "5", "--template", "standard/1", "--planned-on",
       model::day_text(today_ + 7)})["visits"];
  print("   按公布的种子抽出 " + std::to_string(drawn.size()) + " 个小区，已列入检查计划。");
  const auto period = last_month(today_);
  (void)hub_->linli({"figures", "submit", "--set", "monthly", "--period", period});
  for (const std::string step : {"check", "approve"}) {
    (void)hub_->linli(
        {"figures", step, "--set", "monthly", "--period", period, "--scope", city_.scope});
  }
  print("   " + period + " 月报已上报、审核、批准；之后到达的数据列为更正。");
}

}  // namespace linli::app

// credit: the companies' credit scores, derived from the records of this node line by line.
#include "node/app/credit.h"

#include "node/app/console.h"
#include "node/store/credit.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

using namespace model::credit;

std::int64_t today() { return model::local_day_of_ms(sync::SystemClock().now() / 1000); }

std::string grade_text(const Score& score) {
  if (!score.band) return "不评级 none";
  const auto& list = score.band->list;
  return score.band->code + (list == "red"     ? " 红榜 red list"
                             : list == "black" ? " 黑榜 black list"
                                               : "");
}

void print_one(const Scored& one) {
  print(harmless(one.name) + "  " + one.uscc);
  for (const auto& line : one.score.lines) {
    const auto basis = line.basis.empty() ? std::string() : "  [" + harmless(line.basis) + "]";
    const auto event = line.event.empty() ? std::string() : "  " + line.event;
    print("  " + harmless(chinese() ? line.zh : line.en) + basis + event);
  }
}

void print_all(const Scores& scores, std::int64_t day) {
  print("标准 scale：" + harmless(scores.scale.name) + "，" + model::day_text(day));
  Table table({"企业 company", "代码 code", "得分 score", "等级 grade"});
  for (const auto& one : scores.companies) {
    table.add({harmless(one.name), one.uscc, points_text(one.score.points), grade_text(one.score)});
  }
  table.print();
}

}  // namespace

int credit(const CreditOptions& options) {
  const auto day = options.at.empty() ? std::optional(today()) : model::parse_day(options.at);
  if (!day) {
    return refuse(Errc::bad_usage, "日期写作 2024-06-30 a day is written 2024-06-30", "at");
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto uscc = options.uscc.empty() ? std::nullopt : std::optional(options.uscc);
  const auto held = store::held_credit(**store, uscc);
  if (!held) return refuse(held.error());
  const auto scores = scores_of(*held, *day);
  if (!scores) return refuse(scores.error());
  if (options.json) {
    print_json(uscc ? to_json(*scores, scores->companies.front()) : to_json(*scores, *day));
  } else if (uscc) {
    print_one(scores->companies.front());
  } else {
    print_all(*scores, *day);
  }
  return 0;
}

}  // namespace linli::app

// The derivation of a credit score in words, line by line.
#include "node/model/credit_score.h"
#include "node/model/record.h"

namespace linli::model::credit {

std::string points_text(std::int64_t tenths) {
  const auto size = tenths < 0 ? -tenths : tenths;
  return (tenths < 0 ? "-" : "") + std::to_string(size / 10) + "." + std::to_string(size % 10);
}

namespace {

void say(Score& score, std::string_view code, std::string zh, std::string en,
         std::optional<std::int64_t> points = {}, std::string basis = {}) {
  score.lines.push_back({code, std::move(zh), std::move(en), std::move(basis), points, {}});
}

std::string signed_points(const Event& event) {
  return (event.kind == Kind::bad ? "-" : "+") + points_text(event.points);
}

struct Words {
  std::string zh, en;
};

/// "规则 X（2024-01-01 起施行）": which rule, and in force from when to when.
Words rule_words(const Event& event) {
  if (!event.rule) return {"（规则记录不在本机）", " (the rule's record isn't here)"};
  const auto& rule = *event.rule;
  const auto from = day_text(rule.from);
  Words words;
  if (rule.to) {
    words.zh = "规则 " + rule.code + "，" + from + " 至 " + day_text(*rule.to) + " 施行";
    words.en = "rule " + rule.code + ", in force " + from + " to " + day_text(*rule.to);
  } else {
    words.zh = "规则 " + rule.code + "，" + from + " 起施行";
    words.en = "rule " + rule.code + ", in force from " + from;
  }
  if (rule.points != event.points) {
    words.zh += "；规则现为 " + points_text(rule.points) + " 分，按认定时的分值计";
    words.en += "; the rule says " + points_text(rule.points) + " now, what was decided counts";
  }
  return words;
}

void add_event(Score& score, const Score::Item& item) {
  const auto& event = item.event;
  const auto rule = rule_words(event);
  const auto what = event.rule ? event.rule->name : std::string();
  const bool counts = item.standing == Standing::counts;
  const auto day = day_text(event.occurred);
  auto zh = day + " " + what + "：" + signed_points(event) + " 分（" + rule.zh + "；有效期至 " +
            day_text(event.valid_until) + "）";
  auto en = day + " " + what + ": " + signed_points(event) + " (" + rule.en + "; valid until " +
            day_text(event.valid_until) + ")";
  if (event.repaired && counts) {
    zh += "，" + day_text(*event.repaired) + " 起已修复";
    en += ", repaired from " + day_text(*event.repaired) + " on";
  }
  if (!counts) {
    zh += "，不计：" + std::string(zh_of(item.standing));
    en += ", doesn't count: " + std::string(name_of(item.standing));
    if (item.standing == Standing::repaired) {
      zh += "（" + day_text(*event.repaired) + "）";
      en += " (" + day_text(*event.repaired) + ")";
    }
  }
  const auto points = event.kind == Kind::bad ? -event.points : event.points;
  score.lines.push_back({"event", std::move(zh), std::move(en),
                         event.rule ? event.rule->basis : std::string(), counts ? points : 0,
                         event.id});
}

void add_sum(Score& score, std::string_view code, const Words& label, const Sums& sums,
             const std::optional<std::int64_t>& max, bool minus) {
  const auto all = points_text(sums.all);
  auto zh = label.zh + "合计 " + all + " 分";
  auto en = label.en + ": " + all;
  if (max && sums.all > *max) {
    zh += "，上限 " + points_text(*max) + " 分，计 " + points_text(sums.counted) + " 分";
    en += ", at most " + points_text(*max) + ": " + points_text(sums.counted);
  }
  say(score, code, std::move(zh), std::move(en), minus ? -sums.counted : sums.counted);
}

void add_grade(Score& score, const Scale& scale) {
  if (!score.band) {
    const auto lowest = scale.bands.empty() ? 0 : scale.bands.back().from;
    return say(score, "grade", "低于 " + points_text(lowest) + " 分，不评级",
               "below " + points_text(lowest) + ": no grade", {}, scale.basis);
  }
  const auto& band = *score.band;
  auto zh = "不低于 " + points_text(band.from) + " 分，等级 " + band.code;
  auto en = "at least " + points_text(band.from) + ": grade " + band.code;
  if (!band.name.empty()) zh += " " + band.name;
  if (band.list == "red") {
    zh += "，列入红榜";
    en += ", on the red list";
  } else if (band.list == "black") {
    zh += "，列入黑榜";
    en += ", on the black list";
  }
  say(score, "grade", std::move(zh), std::move(en), {}, scale.basis);
}

}  // namespace

void add_lines(Score& score, const Scale& scale) {
  const bool year = scale.period == Period::calendar_year;
  const auto from = day_text(score.from), day = day_text(score.day);
  say(score, "period",
      "评分期 " + from + " 至 " + day + (year ? "（自然年）" : "（最近十二个月）") + "，标准“" +
          scale.name + "”" + day_text(scale.in_force_from) + " 起施行",
      std::string(year ? "calendar year, " : "the last twelve months, ") + from + " to " + day +
          ", by the scale in force from " + day_text(scale.in_force_from),
      {}, scale.basis);
  say(score, "base", "基础分 " + points_text(score.base), "base " + points_text(score.base),
      score.base);
  for (const auto& item : score.items) {
    // What lies before the period is another period's story.
    if (item.standing != Standing::before_period) add_event(score, item);
  }
  add_sum(score, "basic", {"基本信息加分", "basic"}, score.basic, scale.basic_max, false);
  add_sum(score, "good", {"良好信息加分", "good"}, score.good, scale.good_max, false);
  add_sum(score, "bad", {"不良信息减分", "bad"}, score.bad, {}, true);
  const auto sum = points_text(score.base) + " + " + points_text(score.basic.counted) + " + " +
                   points_text(score.good.counted) + " - " + points_text(score.bad.counted) +
                   " = " + points_text(score.points);
  say(score, "score", "得分 " + sum, "score " + sum, score.points);
  add_grade(score, scale);
}

}  // namespace linli::model::credit

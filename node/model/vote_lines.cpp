#include "node/model/vote_lines.h"

#include <algorithm>
#include <array>

namespace linli::model::votes {

namespace {

std::string grouped(std::int64_t n) {
  auto text = std::to_string(n < 0 ? -n : n);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return (n < 0 ? "-" : "") + text;
}

std::string metres(std::int64_t dm2) {
  const auto cents = (dm2 < 0 ? -dm2 : dm2) % 100;
  return grouped(dm2 / 100) + (cents < 10 ? ".0" : ".") + std::to_string(cents);
}

std::string zh_amount(const Amount& amount) {
  return "面积 " + metres(amount.area) + " ㎡、" + grouped(amount.heads) + " 人";
}
std::string en_amount(const Amount& amount) {
  return metres(amount.area) + " m², " + grouped(amount.heads) + " heads";
}

/// "3 × 40,000.00 = 120,000.00"
std::string term(std::int64_t times, std::int64_t n, bool area) {
  const auto written = [area](std::int64_t value) { return area ? metres(value) : grouped(value); };
  if (times == 1) return written(n);
  return std::to_string(times) + " × " + written(n) + " = " + written(times * n);
}

std::string formula(const Comparison& c) {
  using Is = Comparison::Is;
  const bool holds = c.holds();
  const std::string_view sign = c.is == Is::more    ? (holds ? " > " : " ≤ ")
                                : c.is == Is::equal ? (holds ? " = " : " ≠ ")
                                                    : (holds ? " ≥ " : " < ");
  return term(c.left_times, c.left, c.area) + std::string(sign) +
         term(c.right_times, c.right, c.area);
}

struct Condition {
  std::string_view code, zh, en, article;
  Comparison comparison;
};

Line line_of(const Condition& condition) {
  const auto sum = formula(condition.comparison);
  const bool holds = condition.comparison.holds();
  return {condition.code, std::string(condition.zh) + "：" + sum + (holds ? "，达到" : "，未达到"),
          std::string(condition.en) + ": " + sum + (holds ? ", reached" : ", not reached"),
          condition.article, condition.comparison};
}

bool add(Tally& tally, const Condition& condition) {
  tally.lines.push_back(line_of(condition));
  if (condition.comparison.holds()) return true;
  tally.failed.push_back(condition.code);
  return false;
}

void say(Tally& tally, std::string_view code, std::string zh, std::string en,
         std::string_view article = {}) {
  tally.lines.push_back({code, std::move(zh), std::move(en), article, {}});
}

constexpr std::string_view kQuorum = "民法典278条2款 CC 278(2)";
constexpr std::string_view kUnanimous = "民法典279条、建筑物区分所有权解释11条 CC 279, SPC 11";

std::string_view article_of(Threshold threshold) {
  return threshold == Threshold::special ? "民法典278条1款6–8项、2款 CC 278(1)(6)–(8), (2)"
         : threshold == Threshold::unanimous ? kUnanimous
                                             : kQuorum;
}

/// The approval of one option, by area and by heads.
std::array<Condition, 2> approval(Threshold threshold, const Amount& total, const Amount& part,
                                  const Amount& agree) {
  using Is = Comparison::Is;
  const auto article = article_of(threshold);
  switch (threshold) {
    case Threshold::special:
      return {{{"approve_area",
                "同意面积（四分之三以上）",
                "Agreeing area (three quarters or more)",
                article,
                {4, agree.area, 3, part.area, Is::at_least, true}},
               {"approve_heads",
                "同意人数（四分之三以上）",
                "Agreeing heads (three quarters or more)",
                article,
                {4, agree.heads, 3, part.heads, Is::at_least, false}}}};
    case Threshold::unanimous:
      return {{{"approve_area",
                "同意面积（全部）",
                "Agreeing area (all)",
                article,
                {1, agree.area, 1, total.area, Is::equal, true}},
               {"approve_heads",
                "同意人数（全部）",
                "Agreeing heads (all)",
                article,
                {1, agree.heads, 1, total.heads, Is::equal, false}}}};
    case Threshold::ordinary:
      break;
  }
  return {{{"approve_area",
            "同意面积（过半数）",
            "Agreeing area (more than half)",
            article,
            {2, agree.area, 1, part.area, Is::more, true}},
           {"approve_heads",
            "同意人数（过半数）",
            "Agreeing heads (more than half)",
            article,
            {2, agree.heads, 1, part.heads, Is::more, false}}}};
}

}  // namespace

std::string square_metres(std::int64_t dm2) { return metres(dm2) + " ㎡"; }

// ---- Names -------------------------------------------------------------------------------------

namespace {

struct Name {
  std::string_view code, zh;
};
constexpr std::array<Name, 9> kStandings = {{{"counts", "有效"},
                                             {"not_returned", "未收回"},
                                             {"invalid", "无效票"},
                                             {"not_in_snapshot", "不在业主名册快照内"},
                                             {"unattested", "无签字或无委托书"},
                                             {"early", "早于表决开始"},
                                             {"late", "晚于表决截止"},
                                             {"contested", "同一户重复或矛盾，待核实"},
                                             {"unreadable", "本机无权读取"}}};
constexpr std::array<Name, 5> kOutcomes = {{{"", ""},
                                            {"passed", "通过"},
                                            {"rejected", "未通过"},
                                            {"no_quorum", "参与不足，表决不成立"},
                                            {"pending", "待定"}}};

}  // namespace

std::string_view name_of(Standing s) { return kStandings.at(static_cast<std::size_t>(s)).code; }
std::string_view zh_of(Standing s) { return kStandings.at(static_cast<std::size_t>(s)).zh; }
std::string_view name_of(Outcome o) { return kOutcomes.at(static_cast<std::size_t>(o)).code; }
std::string_view zh_of(Outcome o) { return kOutcomes.at(static_cast<std::size_t>(o)).zh; }
std::string_view name_of(Threshold threshold) {
  return threshold == Threshold::special     ? "special"
         : threshold == Threshold::unanimous ? "unanimous"
                                             : "ordinary";
}
std::string_view name_of(Elected::Result result) {
  return result == Elected::Result::elected   ? "elected"
         : result == Elected::Result::run_off ? "run_off"
                                              : "not_elected";
}

// ---- Lines -------------------------------------------------------------------------------------

namespace lines {

namespace {

std::string zh_base(const Base& base) {
  if (base.building.empty()) return "全体";
  return base.building + " 号楼" +
         (base.stair_unit.empty() ? std::string() : base.stair_unit + " 单元");
}
std::string en_base(const Base& base) {
  if (base.building.empty()) return "all owners";
  return "building " + base.building +
         (base.stair_unit.empty() ? std::string() : ", stair unit " + base.stair_unit);
}

}  // namespace

void add_sums(Tally& tally, const Matter& matter, const Vote& vote) {
  const bool parking = vote.register_.parking_counted;
  say(tally, "base",
      "基数（" + zh_base(matter.base) + "，业主名册快照，" + (parking ? "车位计入" : "车位不计入") +
          "）：" + zh_amount(tally.total),
      "Base (" + en_base(matter.base) + ", register of the day, parking " +
          (parking ? "counted" : "not counted") + "): " + en_amount(tally.total),
      "建筑物区分所有权解释8、9条 SPC 8, 9");
  say(tally, "took_part", "参与表决（有效且按时收回的表决票）：" + zh_amount(tally.part),
      "Took part (valid ballots returned in time): " + en_amount(tally.part), kQuorum);
  if (matter.candidates.empty()) {
    say(tally, "choices",
        "同意 " + zh_amount(tally.agree) + "；反对 " + zh_amount(tally.disagree) + "；弃权 " +
            zh_amount(tally.abstain),
        "Agree " + en_amount(tally.agree) + "; disagree " + en_amount(tally.disagree) +
            "; abstain " + en_amount(tally.abstain));
  }
  if (tally.blank != Amount{}) {
    const bool counted = vote.rules.blank_takes_part;
    say(tally, "blank",
        "其中空白 " + zh_amount(tally.blank) + (counted ? "（算参与，按弃权计）" : "（不算参与）"),
        "Of these left blank " + en_amount(tally.blank) +
            (counted ? " (took part, as an abstention)" : " (didn't take part)"));
  }
  if (tally.invalid != Amount{}) {
    say(tally, "invalid", "无效票（不算参与）：" + zh_amount(tally.invalid),
        "Invalid (didn't take part): " + en_amount(tally.invalid));
  }
  if (tally.contested != Amount{}) {
    say(tally, "contested", "同一户重复或矛盾的票（核实前不计入）：" + zh_amount(tally.contested),
        "Contested, of one unit twice (out until reviewed): " + en_amount(tally.contested));
  }
  if (tally.late_ballots > 0) {
    say(tally, "late", "截止后收回的票 " + grouped(tally.late_ballots) + " 张：留存，不计入",
        grouped(tally.late_ballots) + " ballots came after the end: kept, not counted");
  }
}

bool add_quorum(Tally& tally) {
  using Is = Comparison::Is;
  const bool area = add(tally, {"quorum_area",
                                "参与面积（三分之二以上）",
                                "Area that took part (two thirds or more)",
                                kQuorum,
                                {3, tally.part.area, 2, tally.total.area, Is::at_least, true}});
  const bool heads = add(tally, {"quorum_heads",
                                 "参与人数（三分之二以上）",
                                 "Heads that took part (two thirds or more)",
                                 kQuorum,
                                 {3, tally.part.heads, 2, tally.total.heads, Is::at_least, false}});
  return area && heads;
}

void add_conditions(Tally& tally) {
  if (tally.threshold != Threshold::unanimous && !add_quorum(tally)) {
    return say(tally, "approval_not_looked_at", "参与不足三分之二，不再看同意比例",
               "Fewer than two thirds took part: the approval isn't looked at", kQuorum);
  }
  for (const auto& condition : approval(tally.threshold, tally.total, tally.part, tally.agree)) {
    add(tally, condition);
  }
}

void add_strict(Tally& tally) {
  auto alone = tally;
  alone.lines.clear();
  add_conditions(alone);
  say(tally, "strict", "只按民法典278条（未表态者不算参与）：" + std::string(zh_of(*tally.strict)),
      "By CC 278 alone (the silent take no part): " + std::string(name_of(*tally.strict)), kQuorum);
  for (auto& line : alone.lines) tally.lines.push_back(std::move(line));
}

void add_silent(Tally& tally) {
  say(tally, "silent",
      "已送达未表态者按本小区规约随多数（从众条款）：加 " + zh_amount(tally.silent) +
          "，参与变为 " + zh_amount(tally.part) + "，同意变为 " + zh_amount(tally.agree),
      "Delivered and silent follow the majority, as this compound's rules say: " +
          en_amount(tally.silent) + " more; took part " + en_amount(tally.part) + ", agree " +
          en_amount(tally.agree),
      "业主大会和业主委员会指导规则26条 GR 26");
  say(tally, "disputed_rule",
      "注意：从众条款在民法典施行后是否有效存在争议，请同时看上面的严格结果",
      "Warning: whether such a rule survives CC 278 is disputed; see the strict outcome above");
}

void add_no_majority(Tally& tally) {
  say(tally, "silent", "没有在面积和人数上都居首的选项，未表态者不计入",
      "No choice leads both by area and by heads: the silent aren't added",
      "业主大会和业主委员会指导规则26条 GR 26");
}

void add_election(Tally& tally, const Matter& matter, const Rules& rules) {
  for (const auto& candidate : tally.election) {
    for (auto condition : approval(Threshold::ordinary, tally.total, tally.part, candidate.agree)) {
      auto line = line_of(condition);
      line.zh = "候选人 " + candidate.head + " " + line.zh;
      line.en = "Candidate " + candidate.head + ", " + line.en;
      tally.lines.push_back(std::move(line));
    }
    const auto place = "第 " + std::to_string(candidate.rank) + " 名，";
    const auto result = candidate.result;
    say(tally, "candidate",
        "候选人 " + candidate.head + "：" + place +
            (result == Elected::Result::elected   ? "当选"
             : result == Elected::Result::run_off ? "得票完全相同，须再次投票"
                                                  : "未当选"),
        "Candidate " + candidate.head + ": rank " + std::to_string(candidate.rank) + ", " +
            std::string(name_of(result)));
  }
  const bool tied = std::any_of(tally.election.begin(), tally.election.end(), [](const Elected& c) {
    return c.result == Elected::Result::run_off;
  });
  if (tied) {
    const bool lot = rules.tie == TieRule::lot;
    say(tally, "tie",
        lot ? "人数和面积都相同：按本小区选举办法抽签决定"
            : "人数和面积都相同：在相同者之间再次投票",
        lot ? "Equal in heads and area: by lot, as the election method says"
            : "Equal in heads and area: a run-off between them");
  }
  if (tally.seats_open > 0) {
    say(tally, "seats_open",
        "应选 " + std::to_string(matter.seats) + " 人，尚缺 " + std::to_string(tally.seats_open) +
            " 人",
        std::to_string(tally.seats_open) + " of " + std::to_string(matter.seats) +
            " seats stay open");
  }
  if (tally.too_few) {
    say(tally, "too_few",
        "当选人数少于业主委员会最少 " + std::to_string(rules.seats_min) + " 人，备案前须补选",
        "Fewer elected than the " + std::to_string(rules.seats_min) +
            " that a committee needs: a by-election before filing",
        "业主大会和业主委员会指导规则31条 GR 31");
  }
}

void add_outcome(Tally& tally, bool contested_open, std::int64_t unreadable) {
  if (tally.boxes_missing > 0) {
    say(tally, "pending_boxes",
        "还有 " + grouped(tally.boxes_missing) + " 个票箱未报齐，不能定结果",
        grouped(tally.boxes_missing) + " ballot boxes haven't reported: no outcome before they do");
  }
  if (unreadable > 0) {
    say(tally, "pending_unreadable",
        "有 " + grouped(unreadable) + " 张票的内容本机无权读取，请在社区或街道的节点计票",
        grouped(unreadable) +
            " ballots are withheld from this node: count at the community's or "
            "the street's");
  }
  if (contested_open) {
    say(tally, "pending_contested", "待核实的票可能改变结果：请先核实",
        "Contested ballots could change the outcome: review them first");
  }
  if (tally.outcome == Outcome::pending) {
    say(tally, "so_far", "目前为止：" + std::string(zh_of(tally.so_far)),
        "So far: " + std::string(name_of(tally.so_far)));
  }
  say(tally, "outcome", "结果：" + std::string(zh_of(tally.outcome)),
      "Outcome: " + std::string(name_of(tally.outcome)), article_of(tally.threshold));
}

}  // namespace lines

// ---- Smaller votes -----------------------------------------------------------------------------

namespace {

Ruling ruling(const std::vector<Condition>& conditions, std::string_view code, std::string_view zh,
              std::string_view en) {
  Ruling result{true, {}};
  for (const auto& condition : conditions) {
    result.lines.push_back(line_of(condition));
    result.good = result.good && condition.comparison.holds();
  }
  result.lines.push_back({code,
                          std::string(zh) + (result.good ? "：成立" : "：不成立"),
                          std::string(en) + (result.good ? ": yes" : ": no"),
                          {},
                          {}});
  return result;
}

}  // namespace

Ruling proposal(const Amount& total, const Amount& signed_by, ProposalBasis basis) {
  using Is = Comparison::Is;
  std::vector<Condition> conditions{{"proposal_heads",
                                     "提议人数（百分之二十以上）",
                                     "Proposing heads (a fifth or more)",
                                     "河南省物业管理条例24条(2017) HN 24",
                                     {5, signed_by.heads, 1, total.heads, Is::at_least, false}}};
  if (basis == ProposalBasis::heads_and_area) {
    conditions.push_back({"proposal_area",
                          "提议面积（百分之二十以上）",
                          "Proposing area (a fifth or more)",
                          "业主大会和业主委员会指导规则21条 GR 21",
                          {5, signed_by.area, 1, total.area, Is::at_least, true}});
  }
  return ruling(conditions, "outcome", "提议召开临时业主大会会议",
                "An extraordinary assembly is to be convened");
}

Ruling committee_decision(std::int64_t members, std::int64_t present, std::int64_t agree,
                          CommitteeShare share) {
  using Is = Comparison::Is;
  constexpr std::string_view kArticle = "河南省物业管理条例28条(2017) HN 28";
  const bool half = share == CommitteeShare::half;
  return ruling({{"present",
                  "出席委员（过半数）",
                  "Members present (more than half)",
                  kArticle,
                  {2, present, 1, members, Is::more, false}},
                 {"agree",
                  half ? "同意委员（全体的半数以上）" : "同意委员（全体的过半数）",
                  half ? "Members who agree (half of all or more)"
                       : "Members who agree (more than half of all)",
                  kArticle,
                  {2, agree, 1, members, half ? Is::at_least : Is::more, false}}},
                "outcome", "业主委员会决定", "The committee has decided");
}

}  // namespace linli::model::votes

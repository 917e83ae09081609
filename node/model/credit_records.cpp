#include "node/model/credit_records.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "node/model/credit.h"

namespace linli::model::credit {

namespace {

using RuleKey = std::pair<std::string, sync::RecordId>;  ///< Scope and id.

std::map<RuleKey, Rule> rules_of(const std::vector<Record>& records) {
  using namespace credit_rule_field;
  std::map<RuleKey, Rule> rules;
  for (const auto& record : records) {
    const ViewOf view(record);
    rules[{record.scope, record.id}] = {
        std::string(view->text(kCode)),          std::string(view->text(kName)),
        std::string(view->text(kBasis)),         view->integer(kPoints).value_or(0),
        view->integer(kInForceFrom).value_or(0), view->integer(kInForceTo)};
  }
  return rules;
}

std::optional<Scale> scale_of(const Record& record) {
  using namespace credit_scale_field;
  const ViewOf view(record);
  const auto from = view->integer(kInForceFrom);
  if (record.removed || !from || view->state(kStatus) != kCreditPublished) return {};
  Scale scale;
  scale.name = view->text(kName);
  scale.basis = view->text(kBasis);
  scale.in_force_from = *from;
  const bool rolling = view->integer(kPeriod) == kCreditTwelveMonths;
  scale.period = rolling ? Period::twelve_months : Period::calendar_year;
  scale.base = view->integer(kBase).value_or(0);
  scale.basic_max = view->integer(kBasicMax);
  scale.good_max = view->integer(kGoodMax);
  const auto bands = view->rows(kBands);
  for (const auto& columns : bands) {
    const auto band = row_view(columns);
    scale.bands.push_back({std::string(band.text(credit_band::kCode)),
                           std::string(band.text(credit_band::kName)),
                           band.integer(credit_band::kFrom).value_or(0),
                           std::string(code_of(kCreditLists, band.integer(credit_band::kList)))});
  }
  return scale;
}

Event event_of(const Record& record, const std::map<RuleKey, Rule>& rules) {
  using namespace credit_event_field;
  const ViewOf view(record);
  Event event;
  event.id = sync::to_text(record.id);
  const auto kind = view->integer(kKind).value_or(0);
  event.kind = kind == kCreditBasic ? Kind::basic : kind == kCreditGood ? Kind::good : Kind::bad;
  event.points = view->integer(kPoints).value_or(0);
  event.occurred = view->integer(kOccurredOn).value_or(0);
  event.valid_until = view->integer(kValidUntil).value_or(0);
  const auto status = view->state(kStatus).value_or(kCreditProposed);
  if (const auto* field = record.type->field(kStatus))
    event.status = code_of(field->values, status);
  if (credit_was_confirmed(status)) event.decided = view->integer(kDecidedOn);
  if (status == kCreditCancelled) event.cancelled = view->integer(kCancelledOn).value_or(0);
  if (status == kCreditRepaired) event.repaired = view->integer(kRepairedOn);
  event.invalid = !check(*view).empty();
  const auto ref = view->ref(kRule);
  const auto rule = ref ? rules.find({ref->scope, ref->id}) : rules.end();
  if (rule != rules.end()) event.rule = rule->second;
  return event;
}

std::string_view kind_code(Kind kind) {
  return code_of(kCreditKinds, static_cast<std::int64_t>(kind));
}

Json scale_json(const Scale& scale) {
  return {{"name", scale.name},
          {"in_force_from", day_text(scale.in_force_from)},
          {"basis", scale.basis},
          {"period", code_of(kCreditPeriods, static_cast<std::int64_t>(scale.period))}};
}

void add_grade(Json& json, const Score& score) {
  json["points"] = score.points;
  json["points_text"] = points_text(score.points);
  json["grade"] = score.band ? Json(score.band->code) : Json(nullptr);
  json["list"] = score.band && !score.band->list.empty() ? score.band->list : "none";
}

}  // namespace

Result<Scores> scores_of(const Held& held, std::int64_t day) {
  std::vector<Scale> scales;
  for (const auto& record : held.scales) {
    if (auto scale = scale_of(record)) scales.push_back(*std::move(scale));
  }
  const auto scale = scale_on(scales, day);
  if (!scale) {
    return fail(Errc::not_found,
                "没有在 " + day_text(day) +
                    " 施行的信用等级标准：请市局发布 credit_scale 记录 no credit scale is in force "
                    "on that day: the bureau publishes one as a credit_scale record",
                "at");
  }
  const auto rules = rules_of(held.rules);
  std::map<sync::RecordId, std::vector<Event>> events;
  for (const auto& record : held.events) {
    const auto company = ViewOf(record)->ref(credit_event_field::kCompany);
    if (record.removed || !company) continue;
    events[company->id].push_back(event_of(record, rules));
  }
  Scores scores{*scale, {}};
  for (const auto& record : held.companies) {
    const ViewOf view(record);
    scores.companies.push_back({sync::to_text(record.id), std::string(view->text(1)),
                                std::string(view->text(2)),
                                score_of(std::move(events[record.id]), *scale, day)});
  }
  std::sort(scores.companies.begin(), scores.companies.end(), [](const auto& a, const auto& b) {
    return std::tie(b.score.points, a.uscc, a.id) < std::tie(a.score.points, b.uscc, b.id);
  });
  return scores;
}

Json to_json(const Scores& scores, const Scored& one) {
  const auto& score = one.score;
  Json json;
  json["company"] = {{"id", one.id}, {"uscc", one.uscc}, {"name", one.name}};
  json["at"] = day_text(score.day);
  json["from"] = day_text(score.from);
  json["scale"] = scale_json(scores.scale);
  json["base"] = score.base;
  json["basic"] = score.basic.counted;
  json["good"] = score.good.counted;
  json["bad"] = score.bad.counted;
  add_grade(json, score);
  json["lines"] = Json::array();
  for (const auto& line : score.lines) {
    Json shown{{"code", line.code}, {"zh", line.zh}, {"en", line.en}, {"basis", line.basis}};
    shown["points"] = line.points ? Json(*line.points) : Json(nullptr);
    if (!line.event.empty()) shown["event"] = line.event;
    json["lines"].push_back(std::move(shown));
  }
  json["events"] = Json::array();
  for (const auto& item : score.items) {
    const auto& event = item.event;
    json["events"].push_back({{"id", event.id},
                              {"rule", event.rule ? Json(event.rule->code) : Json(nullptr)},
                              {"kind", kind_code(event.kind)},
                              {"points", event.points},
                              {"occurred_on", day_text(event.occurred)},
                              {"valid_until", day_text(event.valid_until)},
                              {"status", event.status},
                              {"standing", name_of(item.standing)},
                              {"zh", zh_of(item.standing)}});
  }
  return json;
}

Json to_json(const Scores& scores, std::int64_t day) {
  Json json;
  json["at"] = day_text(day);
  json["scale"] = scale_json(scores.scale);
  std::map<std::string, std::int64_t> of_grade;  // "": none
  Json items = Json::array();
  for (const auto& one : scores.companies) {
    ++of_grade[one.score.band ? one.score.band->code : std::string()];
    Json item{{"uscc", one.uscc}, {"name", one.name}};
    add_grade(item, one.score);
    item["events"] = std::count_if(one.score.items.begin(), one.score.items.end(),
                                   [](const auto& i) { return i.standing == Standing::counts; });
    items.push_back(std::move(item));
  }
  json["grades"] = Json::array();
  for (const auto& band : scores.scale.bands) {
    json["grades"].push_back({{"grade", band.code},
                              {"list", band.list.empty() ? "none" : band.list},
                              {"from_points", band.from},
                              {"companies", of_grade[band.code]}});
  }
  json["grades"].push_back({{"grade", nullptr},
                            {"list", "none"},
                            {"from_points", nullptr},
                            {"companies", of_grade[std::string()]}});
  json["items"] = std::move(items);
  return json;
}

}  // namespace linli::model::credit

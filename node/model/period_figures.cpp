// Figures of a period: which ones are reported (a set of the bureau's), and their way up the tree
// (domain, conventions: statistics). A street submits, its district checks, the city approves.
#include "node/model/period_figures.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/json.h"
#include "node/model/rules.h"

namespace linli::model {

namespace {

// ---- Which figures -----------------------------------------------------------------------------

namespace set_field {
constexpr std::uint32_t kCode = 1, kStatistics = 3, kPeriods = 4;
}

constexpr Choice kPeriodsReported[] = {{2, "month", {"月", "Month"}},
                                       {3, "quarter", {"季度", "Quarter"}},
                                       {4, "half_year", {"半年", "Half-year"}},
                                       {5, "year", {"年", "Year"}}};

/// Looked at where it is written only: a node of another version may know other statistics.
void set_authoring_faults(const RecordView& record, const Lookup&, const Moment&,
                          std::vector<Fault>& faults) {
  const auto names = record.texts(set_field::kStatistics);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto where = "statistics." + std::to_string(i);
    if (!schema().statistic(names[i])) {
      add_fault(faults, where, Errc::bad_value,
                "没有这个指标：" + std::string(names[i]) + "；`linli stats` 列出全部",
                "no statistic is called " + std::string(names[i]) + "; `linli stats` lists them");
    }
    if (std::count(names.begin(), names.end(), names[i]) > 1) {
      add_fault(faults, where, Errc::bad_value, "重复", "is named twice");
    }
  }
}

RecordType figure_set() {
  using namespace set_field;
  return {.number = kTypeFigureSet,
          .name = "figure_set",
          .label = {"上报指标集", "Set of figures"},
          .home = Home::city,
          .key = {"code"},
          .audience = sync::Audience::below,
          .fields = {text(kCode, "code", {"代码", "Code"}, 60).required().plain(kReasonCode),
                     text(2, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
                     texts(kStatistics, "statistics", {"指标", "Statistics"})
                         .range(1, 100)
                         .required()
                         .plain(kReasonCode),
                     choices(kPeriods, "periods", {"周期", "Periods"}, kPeriodsReported).required(),
                     text(5, "basis_doc", {"文件", "Document"}).plain(kReasonPublished)},
          .title = "name",
          .writers = kHub,
          .removers = kHub,
          .authoring_faults = set_authoring_faults};
}

// ---- The figures -------------------------------------------------------------------------------

constexpr std::uint32_t kGroupState = 60001, kGroupFigures = 60002;

constexpr Choice kFiguresStates[] = {{1, "submitted", {"已上报", "Submitted"}},
                                     {2, "returned", {"已退回", "Returned"}},
                                     {3, "checked", {"已审核", "Checked"}},
                                     {4, "approved", {"已批准", "Approved"}}};

FiguresState status_of(const RecordView& record) {
  return static_cast<FiguresState>(
      record.state(period_figures_field::kStatus)
          .value_or(static_cast<std::int64_t>(FiguresState::submitted)));
}

/// A step names what it saw by its digest: figures that were changed behind it stand out.
void step_fault(const RecordView& record, std::uint32_t field, std::string_view name,
                std::vector<Fault>& faults) {
  if (record.text(field) == record.text(period_figures_field::kDigest)) return;
  add_fault(faults, name, Errc::bad_rule, "与所载数字的摘要不符：审批之后数字被改动",
            "isn't the digest of these figures: they were changed behind this step");
}

void period_figures_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace period_figures_field;
  if (!days_of_period(record.text(kPeriod))) {
    add_fault(faults, "period", Errc::bad_value, "期次应形如 2023-05、2023-Q2、2023-H1、2023",
              "is written 2023-05, 2023-Q2, 2023-H1 or 2023");
  }
  const auto as_of = record.integer(kAsOf);
  if (as_of && record.text(kDigest) != period_figures_digest(record.text(kSet), record.scope,
                                                             record.text(kPeriod), *as_of,
                                                             figures_in(record))) {
    add_fault(faults, "digest", Errc::bad_rule, "与所载数字不符", "isn't that of these figures");
  }
  const auto status = status_of(record);
  if (status == FiguresState::returned) {
    need(record, kReturnReason, "return_reason", faults, "退回须填原因", "must say why");
  }
  if (status == FiguresState::checked || status == FiguresState::approved) {
    step_fault(record, kCheckedDigest, "checked_digest", faults);
  }
  if (status == FiguresState::approved) {
    step_fault(record, kApprovedDigest, "approved_digest", faults);
  }
}

void period_figures_authoring_faults(const RecordView& record, const Lookup& lookup,
                                     const Moment& moment, std::vector<Fault>& faults) {
  using namespace period_figures_field;
  const auto days = days_of_period(record.text(kPeriod));
  if (days && days->to > moment.today) {
    add_fault(faults, "period", Errc::bad_rule, "该期尚未结束，结束后再上报",
              "isn't over yet: submit it when it is");
  }
  const auto city = record.scope.substr(0, record.scope.find('/'));
  const auto& type = *schema().type(kTypeFigureSet);
  const auto set =
      lookup.find(kTypeFigureSet, city,
                  derived_id(type, lookup.city(), city, {cbor::encode_text(record.text(kSet))}));
  if (!set || set->removed) {
    return add_fault(faults, "set", Errc::not_found,
                     "没有这个指标集；`linli records list figure_set` 列出市局已发布的",
                     "no such set; `linli records list figure_set` shows those of the bureau");
  }
  // Who moves its state judges what was submitted, by the set of then.
  if (status_of(record) != FiguresState::submitted) return;
  const auto figures = figures_in(record);
  for (const auto name : ViewOf(*set)->texts(set_field::kStatistics)) {
    const bool given = std::any_of(figures.begin(), figures.end(),
                                   [name](const auto& f) { return f.statistic == name; });
    if (given) continue;
    add_fault(faults, "figures", Errc::missing_field, "缺少指标：" + std::string(name),
              "lacks " + std::string(name));
  }
}

std::vector<Field> period_figures_fields() {
  using namespace period_figures_field;
  const std::vector<Field> columns = {
      text(kStatistic, "statistic", {"指标", "Statistic"}, 60).required(),
      integer(kNumerator, "numerator", {"分子", "Numerator"}, Unit::none)
          .range(INT64_MIN, INT64_MAX)
          .required(),
      integer(kDenominator, "denominator", {"分母", "Denominator"}, Unit::none)
          .range(INT64_MIN, INT64_MAX)};
  return {
      text(kSet, "set", {"指标集", "Set"}, 60).required().plain(kReasonCode).found(),
      text(kPeriod, "period", {"期次", "Period"}, 10).required().plain(kReasonCode).found(),
      date(kAsOf, "as_of", {"时点指标的日期", "Day of what is as of a day"})
          .required()
          .grouped(kGroupFigures),
      rows(kFigures, "figures", {"数字", "Figures"}, columns)
          .required()
          .plain(kReasonPublished)
          .grouped(kGroupFigures),
      text(kDigest, "digest", {"摘要", "Digest"}, 64)
          .required()
          .plain(kReasonCode)
          .grouped(kGroupFigures),
      text(kNode, "node", {"统计节点", "Node that counted"}, 64)
          .plain(kReasonCode)
          .grouped(kGroupFigures),
      integer(kArrival, "arrival", {"该节点的日志位置", "Position in that node's log"}, Unit::none)
          .grouped(kGroupFigures),
      text(kChain, "chain", {"该位置的链值", "Chain value there"}, 64)
          .plain(kReasonCode)
          .grouped(kGroupFigures),
      integer(kRecords, "records", {"所依据的记录数", "Records behind them"})
          .grouped(kGroupFigures),
      Declare(kIncluded, "included", FieldType::bytes, {"所含变更的范围", "Change sets included"})
          .grouped(kGroupFigures),
      integer(kCommunities, "communities", {"应报社区数", "Communities that report"})
          .grouped(kGroupFigures),
      integer(kReported, "reported", {"已报社区数", "Of these reported"}).grouped(kGroupFigures),
      state(kStatus, "status", {"状态", "State"}, kFiguresStates).grouped(kGroupState),
      text(kReturnReason, "return_reason", {"退回原因", "Why returned"}, 1000)
          .conditional()
          .erasable()
          .grouped(kGroupState),
      text(kCheckedDigest, "checked_digest", {"审核所见摘要", "Digest that was checked"}, 64)
          .conditional()
          .plain(kReasonCode)
          .grouped(kGroupState),
      text(kApprovedDigest, "approved_digest", {"批准所见摘要", "Digest that was approved"}, 64)
          .conditional()
          .plain(kReasonCode)
          .grouped(kGroupState),
      text(kApprovalDoc, "approval_doc", {"批准文号", "Document of the approval"})
          .plain(kReasonPublished)
          .grouped(kGroupState),
      text(kDespite, "despite_reason", {"数字不一致仍通过的原因", "Why, although figures differ"},
           1000)
          .erasable()
          .grouped(kGroupState)};
}

/// One a period, set and unit: the unit is the scope that it lives in.
RecordType period_figures() {
  return {.number = kTypePeriodFigures,
          .name = "period_figures",
          .label = {"期间数字", "Figures of a period"},
          .key = {"set", "period"},
          .fields = period_figures_fields(),
          .title = "period",
          .writers = kSuperiors,
          .removers = kHub,
          .state = "status",
          .moves = {{"", "submitted", kSuperiors},
                    {"submitted", "returned", kAuthority, 1},
                    {"returned", "submitted", kSuperiors},
                    {"submitted", "checked", kAuthority},
                    {"checked", "returned", kHub, 1},
                    {"checked", "approved", kHub}},
          // What somebody looked at is what is passed on; a correction is shown beside it.
          .frozen = {"submitted", "checked", "approved"},
          .indexes = {{"period", "set"}},
          .faults = period_figures_faults,
          .authoring_faults = period_figures_authoring_faults};
}

}  // namespace

std::optional<PeriodDays> days_of_period(std::string_view text) {
  const auto period = parse_period(text);
  if (!period || period->kind == PeriodKind::standing || period->kind == PeriodKind::event) {
    return {};
  }
  return PeriodDays{period->from, period->to + 1};
}

std::string period_figures_digest(std::string_view set, std::string_view scope,
                                  std::string_view period, std::int64_t as_of,
                                  const std::vector<PeriodFigure>& figures) {
  Json list = Json::array();
  for (const auto& figure : figures) {
    list.push_back({{"statistic", figure.statistic},
                    {"numerator", figure.numerator},
                    {"denominator", figure.denominator ? Json(*figure.denominator) : Json()}});
  }
  Json json;
  json["set"] = set;
  json["scope"] = scope;
  json["period"] = period;
  json["as_of"] = day_text(as_of);
  json["figures"] = std::move(list);
  // Total on whatever a peer signed: text that isn't UTF-8 is replaced.
  const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return crypto::to_hex(crypto::hash({"linli/period-figures/1", text}).view());
}

std::vector<PeriodFigure> figures_in(const RecordView& record) {
  using namespace period_figures_field;
  std::vector<PeriodFigure> figures;
  for (const auto& columns : record.rows(kFigures)) {
    const auto row = row_view(columns);
    figures.push_back({std::string(row.text(kStatistic)), row.integer(kNumerator).value_or(0),
                       row.integer(kDenominator)});
  }
  return figures;
}

void add_period_figures(Schema& schema) {
  schema.types.push_back(period_figures());
  schema.types.push_back(figure_set());
}

}  // namespace linli::model

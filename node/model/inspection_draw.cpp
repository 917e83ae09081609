#include "node/model/inspection_draw.h"

#include <algorithm>
#include <set>

#include "crypto/cbor.h"
#include "node/model/draw.h"

namespace linli::model {

namespace {

constexpr Choice kDrawStates[] = {{1, "drawn", {"已抽取", "Drawn"}},
                                  {2, "cancelled", {"已作废", "Cancelled"}}};
constexpr std::int64_t kCancelled = 2;
constexpr std::uint32_t kGroupState = 60001;
constexpr std::int64_t kInspectorsMax = 1000, kEachDefault = 2, kEachMax = 10;

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

/// What follows from the record's own fields; nothing while they make no sense.
std::vector<DrawnVisit> visits_of(const RecordView& record) {
  using namespace draw_field;
  const auto count = record.integer(kCount).value_or(0), each = record.integer(kEach).value_or(0);
  const auto seed = record.text(kSeed);
  if (count < 1 || count > kDrawPoolMax || each < 1 || each > kEachMax || seed.empty()) return {};
  return draw_visits(strings(record.texts(kCompounds)), static_cast<std::size_t>(count),
                     strings(record.texts(kInspectorPool)), static_cast<std::size_t>(each), seed);
}

std::string encoded(const std::vector<DrawnVisit>& visits) {
  cbor::Writer w;
  w.array(visits.size());
  for (const auto& visit : visits) {
    w.map(2);
    w.uint(draw_field::kDrawnCompound);
    w.text(visit.compound);
    w.uint(draw_field::kDrawnInspectors);
    w.array(visit.inspectors.size());
    for (const auto& inspector : visit.inspectors) w.text(inspector);
  }
  return w.take();
}

Result<void> derive(Record& record, const Lookup&, const Moment&) {
  using namespace draw_field;
  if (!record.get(kEach)) record.set(kEach, cbor::encode_int(kEachDefault));
  const auto visits = visits_of(*ViewOf(record));
  if (!visits.empty()) record.set(kDrawn, encoded(visits));
  return {};
}

void names_one_twice(const RecordView& record, std::uint32_t field, std::string_view name,
                     std::vector<Fault>& faults) {
  std::set<std::string_view> seen;
  for (const auto one : record.texts(field)) {
    if (seen.insert(one).second) continue;
    add_fault(faults, name, Errc::bad_rule, "“" + std::string(one) + "”重复列入，中签机会不均",
              std::string(one) + " is in the pool twice: its chance would be greater");
  }
}

void faults_of(const RecordView& record, std::vector<Fault>& faults) {
  using namespace draw_field;
  names_one_twice(record, kCompounds, "compounds", faults);
  names_one_twice(record, kInspectorPool, "inspectors", faults);
  const auto count = record.integer(kCount), each = record.integer(kEach);
  const auto compounds = static_cast<std::int64_t>(record.texts(kCompounds).size());
  const auto inspectors = static_cast<std::int64_t>(record.texts(kInspectorPool).size());
  if (count && *count > compounds) {
    add_fault(faults, "compound_count", Errc::bad_rule,
              "超过备选小区数（" + std::to_string(compounds) + "）",
              "is more than the pool has (" + std::to_string(compounds) + ")");
  }
  if (each && *each > inspectors) {
    add_fault(faults, "inspectors_each", Errc::bad_rule,
              "超过备选检查人员数（" + std::to_string(inspectors) + "）",
              "is more than the pool has (" + std::to_string(inspectors) + ")");
  }
  if (record.state(kStatus) == kCancelled) {
    need(record, kReason, "status_reason", faults, "作废须说明原因", "is required: why?");
  }
  // Every node draws again: a list that somebody typed is seen everywhere.
  const auto visits = visits_of(record);
  const auto drawn = record.raw(kDrawn);
  if (visits.empty() ? drawn.has_value() : drawn != std::string_view(encoded(visits))) {
    add_fault(faults, "drawn", Errc::bad_rule, "名单与按种子重抽的结果不一致",
              "isn't the list that follows from the seed");
  }
}

void authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                      std::vector<Fault>& faults) {
  using namespace draw_field;
  constexpr std::uint32_t kFromOn = 5, kToOn = 6;
  const auto campaign = followed(lookup, record, kCampaign);
  const auto planned = record.integer(kPlannedOn);
  if (!campaign || !planned) return;
  const ViewOf view(*campaign);
  const auto from = view->integer(kFromOn), to = view->integer(kToOn);
  if (from && to && *planned >= *from && *planned <= *to) return;
  add_fault(faults, "planned_on", Errc::bad_rule, "不在专项行动期间内", "isn't in the campaign");
}

std::vector<Field> fields() {
  using namespace draw_field;
  return {text(kCode, "code", {"编号", "Code"}, 40).required().plain(kReasonCode).found(),
          text(kTitle, "title", {"名称", "Title"}).required().plain(kReasonPublished).found(),
          text(kSeed, "seed", {"随机种子", "Seed"}, 120)
              .required()
              .plain(kReasonPublished)
              .hint({"事先无人知晓、事后人人可查的号码，如某期彩票开奖号码",
                     "A number that nobody knew before and everybody can look up"}),
          text(kSeedSource, "seed_source", {"种子出处", "Where the seed is published"})
              .required()
              .plain(kReasonPublished),
          texts(kCompounds, "compounds", {"备选小区编码", "Codes of the compounds to draw from"})
              .required()
              .plain(kReasonCode)
              .range(1, kDrawPoolMax),
          texts(kInspectorPool, "inspectors", {"备选检查人员编号", "Numbers of the inspectors"})
              .required()
              .plain("duty numbers, no names: figures count by them")
              .range(1, kInspectorsMax),
          integer(kCount, "compound_count", {"抽取小区数", "Compounds to draw"})
              .range(1, kDrawPoolMax)
              .required(),
          // [D] Two pairs of eyes: as every random inspection needs.
          integer(kEach, "inspectors_each", {"每个小区检查人数", "Inspectors for each"})
              .range(kEachDefault, kEachMax)
              .required()
              .hint({"不填则为2人", "2, if left out"}),
          ref(kTemplate, "template", {"检查表", "Checklist"}, {"template"}).required(),
          ref(kCampaign, "campaign", {"专项行动", "Campaign"}, {"campaign"}),
          date(kPlannedOn, "planned_on", {"计划检查日期", "Planned on"}).required(),
          rows(kDrawn, "drawn", {"抽取结果", "Drawn"},
               {text(kDrawnCompound, "compound", {"小区编码", "Compound's code"}, 60).required(),
                texts(kDrawnInspectors, "inspectors", {"检查人员编号", "Inspectors' numbers"})
                    .required()})
              .range(1, kDrawPoolMax)
              .plain(kReasonPublished)
              .derived(),
          state(kStatus, "status", {"状态", "State"}, kDrawStates).grouped(kGroupState),
          text(kReason, "status_reason", {"作废原因", "Why cancelled"})
              .conditional()
              .plain(kReasonPublished)
              .grouped(kGroupState)};
}

RecordType inspection_draw() {
  return {.number = kTypeInspectionDraw,
          .name = "inspection_draw",
          .label = {"双随机抽取", "Draw of inspections"},
          .key = {"code"},
          // Published: whoever was drawn may do it again.
          .audience = sync::Audience::below,
          .fields = fields(),
          .title = "title",
          .writers = kSuperiors,
          .removers = kHub,
          .state = "status",
          .moves = {{"", "drawn", kSuperiors}, {"drawn", "cancelled", kSuperiors, 1}},
          // Another draw is another record: nobody draws until the list suits.
          .frozen = {"drawn", "cancelled"},
          .derive = derive,
          .faults = faults_of,
          .authoring_faults = authoring_faults};
}

}  // namespace

bool was_drawn(const RecordView& draw, std::string_view compound_code) {
  const auto rows = draw.rows(draw_field::kDrawn);
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return row_view(row).text(draw_field::kDrawnCompound) == compound_code;
  });
}

void add_inspection_draw(Schema& schema) { schema.types.push_back(inspection_draw()); }

}  // namespace linli::model

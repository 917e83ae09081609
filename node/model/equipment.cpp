// Common equipment of compounds (domain 2.1): lifts, fire systems, pumps; who maintains each, and
// by when it is inspected next. Due days are recorded, never computed: the calendar of inspections
// and tests is the authority's, and changes [U15].
#include "node/model/declare.h"
#include "node/model/organisation.h"

namespace linli::model {

namespace {

constexpr Choice kEquipmentKinds[] = {
    {1, "lift", {"电梯", "Lift"}},
    {2, "fire_system", {"消防设施", "Fire system"}},
    {3, "pump", {"水泵", "Pump"}},
    {4, "power", {"供配电", "Power"}},
    {5, "secondary_water", {"二次供水", "Secondary water supply"}},
    {6, "gate", {"门禁道闸", "Gate"}},
    {7, "cctv", {"视频监控", "CCTV"}},
    {8, "charging", {"充电设施", "Charging"}}};

namespace field {
constexpr std::uint32_t kCompound = 2, kKind = 3, kLastServiceOn = 8, kNextInspectionDueOn = 9,
                        kStatus = 10;
}
enum State : std::int64_t { kInUse = 1 };
constexpr Choice kStates[] = {{kInUse, "in_use", {"在用", "In use"}},
                              {2, "stopped", {"停用", "Out of use"}},
                              {3, "scrapped", {"报废", "Scrapped"}}};

void authoring_faults(const RecordView& record, const Lookup&, const Moment& moment,
                      std::vector<Fault>& faults) {
  future_fault(record, field::kLastServiceOn, moment.today, faults);
}

void contribute(const RecordView& record, std::span<const RecordView>,
                std::vector<Contribution>& out) {
  const auto due = record.integer(field::kNextInspectionDueOn);
  if (record.removed || !due || record.state(field::kStatus) != kInUse) return;
  out.push_back({.measure = "equipment_due",
                 .day = *due,
                 .unit = record.ref_id(field::kCompound),
                 .dim1 = std::string(code_of(kEquipmentKinds, record.integer(field::kKind)))});
}

}  // namespace

RecordType equipment() {
  const RoleMask enterers = kOffices | kCompanyRole;
  return {
      .number = 19,
      .name = "equipment",
      .label = {"设施设备", "Equipment"},
      .key = {"device_no"},
      .fields = {text(1, "device_no", {"设备编号", "Device number"}, 60)
                     .required()
                     .plain(kReasonCode)
                     .found()
                     .hint({"电梯填使用登记编号", "Of a lift: its use-registration number"}),
                 ref(field::kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
                 choice(field::kKind, "kind", {"类别", "Kind"}, kEquipmentKinds).required(),
                 text(4, "place", {"位置", "Place"}).plain(kReasonPlace).found(),
                 text(5, "maintainer", {"维保单位", "Maintainer"})
                     .required()
                     .plain(kReasonOrganisation)
                     .found(),
                 text(6, "maintainer_licence", {"维保资质编号", "Maintainer's licence"}, 60)
                     .required()
                     .plain(kReasonCode),
                 text(7, "maintainer_phone", {"维保电话", "Maintainer's phone"}, 40)
                     .required()
                     .plain(kReasonOrganisation),
                 date(field::kLastServiceOn, "last_service_on",
                      {"上次维保日期", "Last serviced on"}),
                 date(field::kNextInspectionDueOn, "next_inspection_due_on",
                      {"下次检验日期", "Next inspection due on"}),
                 state(field::kStatus, "status", {"状态", "State"}, kStates)},
      .title = "device_no",
      .writers = enterers,
      .removers = kOffices,
      .state = "status",
      .moves = {{"", "in_use", enterers},
                {"", "stopped", enterers},
                {"in_use", "stopped", enterers},
                {"stopped", "in_use", enterers},
                {"in_use", "scrapped", enterers, 1},
                {"stopped", "scrapped", enterers, 1}},
      .frozen = {"scrapped"},
      .indexes = {{"compound"}, {"next_inspection_due_on"}},
      .authoring_faults = authoring_faults,
      .contribute = contribute,
      .measures = {"equipment_due"}};
}

void add_equipment_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "organisation";
    s.dim1 = "kind";
    statistics.push_back(s);
  };
  add({.name = "equipment_overdue",
       .label = {"检验逾期设备", "Equipment whose inspection is overdue"},
       .numerator = {.measure = "equipment_due", .over = Over::before_today},
       .definition = {"下次检验日期早于今日的在用设备",
                      "In use, and due to be inspected before today"}});
  add({.name = "equipment_expiring",
       .label = {"30日内须检验设备", "Equipment to be inspected within 30 days"},
       .numerator = {.measure = "equipment_due", .over = Over::next_days, .days = 30},
       .definition = {"今日起30日内须检验的在用设备",
                      "In use, and due to be inspected within 30 days"}});
}

}  // namespace linli::model

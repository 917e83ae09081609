// What a reviewed inspection must show: see items_to_show in node/model/inspection.h.
#include <set>

#include "node/authoring.h"
#include "node/model/inspection.h"
#include "node/store/named_by.h"

namespace linli::node {

namespace {

/// Reviewed, or closed after that.
bool is_reviewed(std::optional<std::int64_t> status) {
  return status == model::kInspectionReviewed || status == model::kInspectionClosed;
}

bool of_inspection(const Record& finding, const Record& inspection) {
  const auto ref = model::ViewOf(finding)->ref(model::finding_field::kInspection);
  return ref && ref->id == inspection.id && ref->scope == inspection.scope;
}

}  // namespace

/// Who hands in an inspection writes its findings afterwards; who reviews it looks whether they
/// came. A finding that an older phone wrote without a photo is one all the same.
void Replica::Authoring::check_shown(const Record& record, std::optional<std::int64_t> before,
                                     std::vector<Fault>& faults) const {
  using namespace model;
  if (record.type->name != "inspection" || is_reviewed(before)) return;
  const ViewOf inspection(record);
  if (!is_reviewed(inspection->state(inspection_field::kStatus))) return;
  const auto of = inspection->ref(inspection_field::kTemplate);
  const auto checklist = of ? follow(*of) : std::nullopt;
  if (!checklist) return;
  auto missing = items_to_show(*inspection, *ViewOf(*checklist));
  if (missing.empty()) return;
  const auto* finding = schema().type("finding");
  const auto* table = replica.store_->projector().table(finding->number);
  std::set<std::string> there;
  const auto look = [&](const Record& one) {
    if (!one.removed) there.emplace(ViewOf(one)->text(finding_field::kItemCode));
  };
  for (const auto& row :
       store::records_naming(replica.store_->database(), log(), *table,
                             *finding->field("inspection"), record.scope, record.id)) {
    look(row.record);
  }
  for (const auto& [key, one] : pending) {
    if (key.first == finding->number && of_inspection(one, record)) look(one);
  }
  std::erase_if(missing, [&](const std::string& code) { return there.contains(code); });
  if (missing.empty()) return;
  std::string zh, en;
  for (const auto& code : missing) {
    zh += (zh.empty() ? "" : "、") + code;
    en += (en.empty() ? "" : ", ") + code;
  }
  faults.push_back(fault(Errc::bad_rule, "results",
                         "第 " + zh +
                             " 项不合格，检查表要求拍照：请在审核前登记这些项的问题并附照片，"
                             "或退回检查人员",
                         "the checklist wants photos of what failed (" + en +
                             "): record findings of these items first, or return the inspection"));
}

}  // namespace linli::node

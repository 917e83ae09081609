// Parent links with their time. A unit's own record says where it hung at first; a link says where
// it hangs from a day on. No record is rewritten: scope is identity, the tree is its own business.
#include "node/model/org_link.h"

namespace linli::model {

namespace {

constexpr Choice kLinkKinds[] = {{1, "move", {"划转", "Moved"}},
                                 {2, "merge", {"合并", "Merged into"}},
                                 {3, "split", {"析出", "Split off"}}};

void org_link_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace org_link_field;
  const auto from = record.integer(kValidFrom), to = record.integer(kValidTo);
  if (from && to && *to <= *from) {
    add_fault(faults, "valid_to", Errc::bad_rule, "失效日期须晚于生效日期",
              "is the first day without it: must be after valid_from");
  }
  const auto unit = record.ref(kUnit), parent = record.ref(kParent);
  if (unit && parent && unit->type == parent->type && unit->id == parent->id) {
    add_fault(faults, "parent", Errc::bad_rule, "不能隶属于自身", "can't hang under itself");
  }
}

/// Merging joins two of one level; everything else hangs under something higher.
void level_faults(const RecordView& link, const RecordView& unit, const RecordView& parent,
                  std::vector<Fault>& faults) {
  const auto level = unit.integer(org_unit_field::kLevel).value_or(0);
  const auto above = parent.integer(org_unit_field::kLevel).value_or(0);
  const bool merge = link.integer(org_link_field::kKind) == kLinkMerge;
  if (merge && above != level) {
    add_fault(faults, "parent", Errc::bad_rule, "只能并入同级机构",
              "a unit is merged into one of its own level");
  }
  if (!merge && above >= level) {
    add_fault(faults, "parent", Errc::bad_rule, "上级机构的层级须高于本机构",
              "must be of a level above the unit's");
  }
}

void org_link_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                               std::vector<Fault>& faults) {
  using namespace org_link_field;
  const auto ref = record.ref(kUnit);
  const auto unit = ref ? lookup.follow(*ref) : std::nullopt;
  const auto parent = followed(lookup, record, kParent);
  if (!unit || !parent) return;  // authoring refuses what refers to nothing
  const ViewOf above(*parent);
  if (ref->type == kTypeOrgUnit) return level_faults(record, *ViewOf(*unit), *above, faults);
  if (above->integer(org_unit_field::kLevel) != kLevelCommunity) {
    add_fault(faults, "parent", Errc::bad_rule, "小区须隶属于社区",
              "a compound hangs under a community");
  }
  if (record.integer(kKind) == kLinkMerge) {
    add_fault(faults, "kind", Errc::bad_rule, "小区只能划转，不能并入机构",
              "a compound is moved: only units are merged");
  }
}

RecordType org_link() {
  using namespace org_link_field;
  return {
      .number = kTypeOrgLink,
      .name = "org_link",
      .label = {"隶属关系", "Parent link"},
      .home = Home::city,
      .key = {"unit", "valid_from"},
      .audience = sync::Audience::below,
      .fields = {ref(kUnit, "unit", {"机构或小区", "Unit or compound"}, {"org_unit", "compound"})
                     .required(),
                 date(kValidFrom, "valid_from", {"生效日期", "Valid from"}).required(),
                 ref(kParent, "parent", {"上级机构", "Unit above"}, {"org_unit"})
                     .required()
                     .hint({"合并时填并入的同级机构", "Of a merger: the unit it went into"}),
                 date(kValidTo, "valid_to", {"失效日期(不含)", "Valid to (not included)"}),
                 choice(kKind, "kind", {"变更类型", "Kind"}, kLinkKinds).required(),
                 text(kBasisDoc, "basis_doc", {"批准文件", "Document"})
                     .required()
                     .plain(kReasonPublished)
                     .found(),
                 text(7, "note", {"说明", "Note"}, 1000).plain(kReasonPublished)},
      .title = "basis_doc",
      .writers = kHub,
      .removers = kHub,
      .indexes = {{"unit", "valid_from"}},
      .faults = org_link_faults,
      .authoring_faults = org_link_authoring_faults};
}

}  // namespace

void add_org_link(Schema& schema) { schema.types.push_back(org_link()); }

}  // namespace linli::model

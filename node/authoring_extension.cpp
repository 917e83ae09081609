// A notice's approved extension reaches the findings that it names: their deadline is what the
// figures go by (domain 2.6: fixed by due_on, approved extension included).
#include "crypto/cbor.h"
#include "node/authoring.h"
#include "node/model/inspection.h"

namespace linli::node {

namespace {

bool ended(const Record& finding) {
  const auto status = model::ViewOf(finding)->state(model::finding_field::kStatus);
  return status == model::kFindingClosed || status == model::kFindingWithdrawn;
}

}  // namespace

Result<void> Replica::Authoring::carry_extension(const Draft& draft, std::size_t at) {
  using namespace model;
  const auto* given = draft.fields.get(notice_field::kExtendedDueOn);
  if (draft.type->name != "notice" || !given || !outcomes[at].faults.empty()) return {};
  const auto notice = find(draft.type->number, draft.scope, *draft.id);
  if (!notice) return {};
  const ViewOf view(*notice);
  const auto until = view->integer(notice_field::kExtendedDueOn);
  const auto status = view->state(notice_field::kStatus).value_or(kNoticeDrafted);
  // Asked for isn't granted.
  if (!until || status < kNoticeExtended || !view->has(notice_field::kApprovedBy)) return {};
  const auto granted = outcomes[at];
  for (const auto& ref : view->refs(notice_field::kFindings)) {
    const auto finding = follow(ref);
    if (!finding || finding->removed || ended(*finding)) continue;
    // One that has a longer time already keeps it.
    if (ViewOf(*finding)->integer(finding_field::kDueOn).value_or(INT64_MAX) >= *until) continue;
    Draft longer{finding->type, ref.scope, ref.id, false, {}, {}};
    longer.fields.set(finding_field::kDueOn, cbor::encode_int(*until));
    auto row = stored(*finding->type, ref.scope, ref.id);
    if (!row) return fail(row.error());
    if (auto changed = change(longer, at, std::move(*row)); !changed) return changed;
    // What can't be changed (a merge broke it, and it is shown as invalid) is in no figure either:
    // the notice stands all the same.
    outcomes[at] = granted;
  }
  return {};
}

}  // namespace linli::node

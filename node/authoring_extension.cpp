// A notice's extension (domain 2.6): granted once, by who stands above its issuer; and it reaches
// the findings that the notice names: their deadline is what the figures go by (fixed by due_on,
// approved extension included).
#include "crypto/cbor.h"
#include "node/authoring.h"
#include "node/model/inspection.h"

namespace linli::node {

namespace {

bool ended(const Record& finding) {
  const auto status = model::ViewOf(finding)->state(model::finding_field::kStatus);
  return status == model::kFindingClosed || status == model::kFindingWithdrawn;
}

/// Until when a notice was given longer, if it was; what is asked for isn't granted.
std::optional<std::int64_t> granted_until(const Record& notice) {
  using namespace model;
  const ViewOf view(notice);
  const auto status = view->state(notice_field::kStatus).value_or(kNoticeDrafted);
  if (status < kNoticeExtended || !view->has(notice_field::kApprovedBy)) return std::nullopt;
  return view->integer(notice_field::kExtendedDueOn);
}

/// Was a notice's answer there before anybody had granted more time?
bool was_answered(const Record& notice) {
  const auto status = model::ViewOf(notice)->state(model::notice_field::kStatus);
  return status.value_or(model::kNoticeDrafted) >= model::kNoticeAnswered;
}

bool stands_above(const std::string& scope, std::string_view other) {
  return other.size() > scope.size() && other.starts_with(scope + "/");
}

}  // namespace

void Replica::Authoring::name_issuer(Record& record, const Record& before) const {
  using namespace model;
  if (record.type->name != "notice") return;
  const auto issued = [](const Record& notice) {
    const auto status = ViewOf(notice)->state(notice_field::kStatus);
    return status.value_or(kNoticeDrafted) >= kNoticeIssued;
  };
  if (issued(record) && !issued(before)) {
    record.set(notice_field::kIssuer, cbor::encode_text(replica.identity().scope));
  }
}

/// [D] Once, by the issuer's superior: an office that could extend its own notices would have no
/// deadline at all. Above the city there is no node: what the province says is entered at the hub.
void Replica::Authoring::check_extension(const Record& record, const Record& before,
                                         std::vector<Fault>& faults) const {
  using namespace model;
  if (record.type->name != "notice") return;
  const auto until = granted_until(record), then = granted_until(before);
  if (until == then) return;
  if (then || was_answered(before)) {
    faults.push_back(fault(Errc::bad_rule, "extended_due_on", "延期只能批准一次，且须在回复之前",
                           "an extension is granted once, and before the notice is answered"));
    return;
  }
  const ViewOf view(record);
  const auto named = view->text(notice_field::kIssuer);
  // One that an older program issued: where it stands is whose it is.
  const auto issuer = named.empty() ? std::string_view(record.scope) : named;
  if (own.role == crypto::Role::hub || stands_above(replica.identity().scope, issuer)) return;
  faults.push_back(fault(Errc::forbidden, "extended_due_on",
                         "延期须由签发机关的上级批准，签发机关不能自行延期",
                         "the issuer's superior grants it: an office can't extend its own notice"));
}

void Replica::Authoring::check_due(const Draft& draft, const std::optional<store::Row>& row,
                                   std::vector<Fault>& faults) const {
  using namespace model;
  const auto* given = draft.fields.get(finding_field::kDueOn);
  if (draft.type->name != "finding" || !given || !row || row->record.removed) return;
  const ViewOf then(row->record), wanted(draft.fields);
  const auto due = then->integer(finding_field::kDueOn);
  const auto status = then->state(finding_field::kStatus).value_or(kFindingOpen);
  if (status == kFindingOpen || !due) return;
  const auto later = wanted->integer(finding_field::kDueOn);
  if (later && *later <= *due) return;
  faults.push_back(fault(Errc::bad_rule, "due_on",
                         "已通知企业，整改期限只能随通知书延期（由上级批准）",
                         "its company was told: only its notice's extension, granted from above, "
                         "makes it due later"));
}

Result<void> Replica::Authoring::carry_extension(const Draft& draft, std::size_t at) {
  using namespace model;
  const auto* given = draft.fields.get(notice_field::kExtendedDueOn);
  if (draft.type->name != "notice" || !given || !outcomes[at].faults.empty()) return {};
  const auto notice = find(draft.type->number, draft.scope, *draft.id);
  if (!notice) return {};
  const ViewOf view(*notice);
  const auto until = granted_until(*notice);
  if (!until) return {};
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

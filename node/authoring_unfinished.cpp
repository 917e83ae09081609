// What can't be ended yet: see node/model/unfinished.h.
#include <set>

#include "node/authoring.h"
#include "node/model/unfinished.h"
#include "node/store/named_by.h"

namespace linli::node {

namespace {

bool names(const Record& part, const Field& by, const Record& whole) {
  const auto ref = model::ViewOf(part)->ref(by.number);
  return ref && ref->id == whole.id && ref->scope == whole.scope;
}

}  // namespace

void Replica::Authoring::check_unfinished(const Record& record, std::vector<Fault>& faults) const {
  for (const auto& rule : model::unfinished_rules()) {
    if (!ends(rule, record)) continue;
    const auto* part = model::schema().type(rule.part);
    const auto* by = part->field(rule.by);
    const auto* table = replica.store_->projector().table(part->number);
    std::set<Place> open_ones;
    for (const auto& row : store::records_naming(replica.store_->database(), log(), *table, *by,
                                                 record.scope, record.id)) {
      if (is_open(rule, row.record)) open_ones.emplace(row.record.scope, row.record.id);
    }
    // What this very request makes of them isn't projected yet, and comes first.
    for (const auto& [key, one] : pending) {
      if (key.first != part->number) continue;
      open_ones.erase(key.second);
      if (is_open(rule, one) && names(one, *by, record)) open_ones.insert(key.second);
    }
    if (open_ones.empty()) continue;
    const auto n = std::to_string(open_ones.size());
    faults.push_back(fault(Errc::bad_rule, std::string(record.type->state),
                           n + std::string(rule.zh), n + " " + std::string(rule.en)));
  }
}

}  // namespace linli::node

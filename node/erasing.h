// node/erasing.h: destroying personal values for good (I10), and saying beforehand what would go.
//
// Asked for by Wish::Kind::erase; what it does at every node that takes the change:
// store/erasures.h.
#pragma once

#include "node/replica.h"

namespace linli::node {

/// Why something is erased, as it may be signed along: codes, nothing that could name a person.
/// What a person says more about it goes into the audit log of this node only.
inline constexpr std::string_view kErasureCodes[] = {"request", "retention", "mistake", "order"};
/// The `origin` of such a change set: "erase: request". Errors: bad_value (no such code).
[[nodiscard]] Result<std::string> erasure_origin(std::string_view code);

/// One record's fields, to be erased for a person or by a rule.
struct ErasureRequest {
  const model::RecordType* type = nullptr;
  std::string scope;
  sync::RecordId id{};
  std::vector<std::string> fields;
  std::string code = "request";
  By by = {};
};
struct ErasureDone {
  std::vector<Outcome> outcomes;  ///< In the order of the requests; `changed`: erased.
  /// Nothing of it is left on this disk. False: somebody reads an older state; it follows.
  bool cleared = false;
};
/// Erases, each for itself, and clears the disk before it answers; `dry_run`: says what would be
/// refused. All requests have one code and one person. Errors: as Replica::put; bad_value (the
/// code).
[[nodiscard]] Result<ErasureDone> erase(Replica& replica,
                                        const std::vector<ErasureRequest>& requests,
                                        bool dry_run = false);

/// What was asked for, or why not.
struct ErasureAnswer {
  std::vector<model::Fault> faults;
  Json json;
};
/// One record: the plan, and unless `dry_run` what became of it: {…plan, dry_run, done ("erased",
/// "unchanged"), cleared}.
[[nodiscard]] Result<ErasureAnswer> erase_record(Replica& replica, const ErasureRequest& request,
                                                 bool dry_run);

/// What erasing these fields of a record would do, and where: {type, id, scope, fields[{name,
/// label, versions (how many values it ever had that aren't erased), held (of those here)}],
/// attachments
/// [{hash, size}] that nothing else refers to, nodes[{name, role, scope}] that may hold the
/// values}. Empty `fields`: all of the record that can be erased. Errors: not_found, unknown_field,
/// forbidden (a field that stands in signed bytes).
[[nodiscard]] Result<Json> plan_erasure(Replica& replica, const model::RecordType& type,
                                        const std::string& scope, const sync::RecordId& id,
                                        const std::vector<std::string>& fields);

}  // namespace linli::node

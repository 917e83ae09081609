// node/store/org_tree.h: the organisation's tree as a node holds it, and statistics that follow it.
#pragma once

#include "node/model/org_tree.h"
#include "node/store/aggregates.h"
#include "node/store/database.h"

namespace linli::store {

/// Units, compounds and parent links that aren't removed.
[[nodiscard]] model::OrgTree load_org_tree(Database& db);

/// What a question about a place asks for: everything that hangs at or below a unit, or, where the
/// tree knows none (below communities), stands at or below a path. Refers to its tree.
class AskedPlace {
 public:
  AskedPlace(const model::OrgTree& tree, std::string scope);
  /// Does a figure about `unit` (a compound's id, or empty) that stands in the scope `path` belong
  /// to it on `day`?
  [[nodiscard]] bool holds(std::string_view unit, std::string_view path, std::int64_t day) const;
  /// Does what hangs under these units, or stands at this path?
  [[nodiscard]] bool holds(const std::vector<const model::OrgUnit*>& above,
                           std::string_view path) const;
  [[nodiscard]] bool is_unit() const { return unit_ != nullptr; }

 private:
  const model::OrgTree& tree_;
  const model::OrgUnit* unit_;
  std::string scope_;
};

/// As read_statistic (aggregates.h), with places as they hung then: what a window counts by the
/// tree of its own day, stocks by the tree of their last day, as-of figures by today's. What a
/// window counts only within a stock (compounds in service that were inspected) is counted where
/// the stock has it, so that no place has more inspected than there are. A figure
/// about a compound stands where the compound is, every other one where its scope is; both are
/// called by the path of their birth. `query.scope` names a unit: everything that hung below it.
[[nodiscard]] Result<StatAnswer> read_statistic(Database& db, const StatQuery& query,
                                                const model::OrgTree& tree);

}  // namespace linli::store

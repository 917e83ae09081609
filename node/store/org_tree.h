// node/store/org_tree.h: the organisation's tree as a node holds it, and statistics that follow it.
#pragma once

#include "node/model/org_tree.h"
#include "node/store/aggregates.h"
#include "node/store/database.h"

namespace linli::store {

/// Units, compounds and parent links that aren't removed.
[[nodiscard]] model::OrgTree load_org_tree(Database& db);

/// As read_statistic (aggregates.h), with places as they hung then: what a window counts by the
/// tree of its own day, stocks by the tree of their last day, as-of figures by today's. A figure
/// about a compound stands where the compound is, every other one where its scope is; both are
/// called by the path of their birth. `query.scope` names a unit: everything that hung below it.
[[nodiscard]] Result<StatAnswer> read_statistic(Database& db, const StatQuery& query,
                                                const model::OrgTree& tree);

}  // namespace linli::store

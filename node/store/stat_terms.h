// node/store/stat_terms.h: one term of a statistic, read. For this folder's reading of statistics.
#pragma once

#include "node/store/stat_split.h"

namespace linli::model {
class OrgTree;
}

namespace linli::store::statistics {

using Keys = std::vector<std::string>;

/// What a term comes to: by row, and over everything.
struct Figures {
  std::map<Keys, std::int64_t> rows;
  std::int64_t total = 0;
};

/// One pass over the maintained sums of a term, period by period: each row finds its group, and its
/// key in that group; at a period's end the groups are counted. With a tree, places stand where it
/// has them. Errors: too_large.
[[nodiscard]] Result<Figures> read_term(Database& db, const StatQuery& query, const Term& term,
                                        Split split, const model::OrgTree* tree);

}  // namespace linli::store::statistics

// node/store/contributors.h: which records a figure is made of, counted anew from the records.
//
// The same function as the projector's (the type's `contribute`), over the records as they stand,
// and nothing of the maintained sums: so it both explains a figure and checks it (I7).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "node/store/aggregates.h"
#include "node/store/org_tree.h"
#include "node/store/table.h"

namespace linli::store {

/// A record with what it adds. `row.record.scope` is filled.
struct Contributor {
  const Row& row;
  const std::vector<model::Contribution>& contributions;
};
/// Calls `each` for every record of a type that counts, with those that add nothing too, in the
/// light of its peers. Records of one type come in no particular order. Cost: the whole type, or
/// of a type without peers those in `scopes` (empty: all).
void each_contributor(Database& db, const model::RecordType& type,
                      const std::vector<std::int64_t>& scopes,
                      const std::function<void(const Contributor&)>& each);

/// One value of what a figure was split by: {"severity", "major"}, {"month", "2023-05"},
/// {"compound", its id in hex}. Places are asked for by StatQuery::scope.
using Only = std::vector<std::pair<std::string, std::string>>;

/// Which contributions make up a figure. Places are asked for as read_statistic does (org_tree.h):
/// by the organisation's tree of the day.
class FigureParts {
 public:
  /// Errors: bad_value (an `only` that the statistic isn't split by, or of another shape).
  [[nodiscard]] static Result<FigureParts> of(Database& db, const StatQuery& query,
                                              const Only& only);

  /// Names of the terms ("numerator", "denominator", "within") that a contribution of this scope
  /// counts in; empty: in none.
  [[nodiscard]] std::vector<std::string_view> terms_of(std::int64_t scope,
                                                       const model::Contribution& c) const;
  /// The types that feed these terms, ascending by number.
  [[nodiscard]] const std::vector<const model::RecordType*>& types() const { return types_; }
  /// Where its records can stand, to be given to each_contributor: empty: anywhere.
  [[nodiscard]] const std::vector<std::int64_t>& reach() const { return reach_; }
  /// The scopes that hang there today, and those below its path; empty: all.
  [[nodiscard]] const std::vector<std::int64_t>& scopes() const { return scopes_; }
  [[nodiscard]] bool in_scope(std::int64_t scope) const;

 private:
  struct Part {
    std::string_view name;
    model::Term term;
    std::int64_t from = 0, to = 0;  ///< Its days.
    bool split = true;              ///< By dims: a term that stands whole isn't.
  };
  void follow(Database& db, const std::string& scope, std::int64_t today);
  [[nodiscard]] bool is_there(std::int64_t scope, const model::Contribution& c,
                              const Part& part) const;

  std::vector<Part> parts_;
  std::vector<const model::RecordType*> types_;
  std::vector<std::int64_t> scopes_, reach_;
  std::map<std::int64_t, std::string> paths_;  ///< Of all scopes.
  std::shared_ptr<const model::OrgTree> tree_;
  std::optional<AskedPlace> asked_;  ///< Nothing: everywhere.
  std::int64_t today_ = 0;
  std::optional<std::string> unit_, dim1_, dim2_;
};

/// The sums that the records add up to, against the maintained ones: what differs, at most 20 of
/// them; empty: nothing. Each says measure, day, scope and both numbers.
[[nodiscard]] std::vector<std::string> recount_differences(Database& db);

}  // namespace linli::store

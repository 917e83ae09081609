// node/store/search_filters.h: which of the records that words find are wanted.
#pragma once

#include <map>
#include <set>

#include "node/store/folding.h"
#include "node/store/reading.h"

namespace linli::store {

class SearchFilters {
 public:
  /// Errors: unknown_type; unknown_field (no wanted type has it); bad_value (a day, a value that no
  /// wanted type's field takes); forbidden (a personal field).
  [[nodiscard]] static Result<SearchFilters> of(Store& store, Database& db,
                                                const SearchRequest& request);
  [[nodiscard]] bool wants_type(std::uint32_t type) const;
  /// By its scope's number, and the newest change that touched it.
  [[nodiscard]] bool wants(Database& db, std::int64_t rec, std::int64_t scope,
                           std::int64_t latest) const;
  [[nodiscard]] bool asks_fields() const { return !conditions_.empty(); }
  /// Of a type that is wanted.
  [[nodiscard]] bool wants(const model::RecordView& record) const;

 private:
  /// What one field must hold: a text somewhere in it, a number or day within bounds, or a value.
  struct Condition {
    const model::Field* field = nullptr;
    std::u32string part;
    std::optional<std::pair<std::int64_t, std::int64_t>> bounds;
    std::string value;
    [[nodiscard]] bool holds(const model::RecordView& record) const;
  };
  [[nodiscard]] static Result<Condition> condition(const model::Field& field,
                                                   const std::string& text);
  [[nodiscard]] Result<void> add_where(const std::string& name, const std::string& text);

  std::optional<std::uint32_t> type_;
  std::optional<std::set<std::int64_t>> scopes_;
  std::optional<std::int64_t> from_, to_;                       ///< Local days, [from, to).
  std::map<std::uint32_t, std::vector<Condition>> conditions_;  ///< By type; others aren't wanted.
};

}  // namespace linli::store

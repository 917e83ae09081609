// node/store/stat_places.h: the organisation's places as a statistic sees them. For this folder's
// reading of statistics.
#pragma once

#include "node/store/org_tree.h"
#include "node/store/stat_split.h"

namespace linli::store::statistics {

/// The organisation's places: which rows are asked for, and how they are called. With a tree they
/// follow it, as it stands on a day; between two days on which something moves lies one epoch.
class Places {
 public:
  Places(Database& db, const std::string& scope, const Split& split, const model::OrgTree* tree)
      : all_(scope.empty()), tree_(tree) {
    wanted_ = {split.has(By::district), split.has(By::street), split.has(By::community)};
    active_ = !all_ || split.by_place();
    if (!active_) return;
    if (tree_) asked_.emplace(*tree_, scope);
    // '0' follows '/': everything between begins with "scope/". What moved may stand elsewhere.
    auto& rows = db.cached(
        "SELECT id, path, district, street, community FROM scope"
        " WHERE ?1 = '' OR path = ?1 OR (path > ?1 || '/' AND path < ?1 || '0')");
    rows.bind_text(1, tree_ ? std::string_view{} : std::string_view(scope));
    while (rows.step()) {
      const auto id = static_cast<std::size_t>(rows.integer(0));
      if (id >= scopes_.size()) scopes_.resize(id + 1);
      scopes_[id].path = rows.text(1);
      scopes_[id].names = {std::string(rows.text(2)), std::string(rows.text(3)),
                           std::string(rows.text(4))};
    }
  }

  [[nodiscard]] bool all() const { return all_; }
  [[nodiscard]] bool active() const { return active_; }
  /// Do rows stand where their compound is?
  [[nodiscard]] bool by_unit() const { return active_ && tree_ && !tree_->compounds().empty(); }
  [[nodiscard]] std::size_t epoch(std::int64_t day) const {
    return active_ && tree_ ? tree_->epoch(day) : 0;
  }
  /// The first day of the epoch after the one of `day`; nothing: it is the last.
  [[nodiscard]] std::optional<std::int64_t> next_change(std::int64_t day) const {
    if (!active_ || !tree_) return {};
    const auto at = tree_->epoch(day);
    const auto& changes = tree_->changes();
    return at < changes.size() ? std::optional(changes[at]) : std::nullopt;
  }

  static constexpr std::int32_t kOutside = -1;
  /// Which of the `names` a row belongs to in the epoch of `day`; kOutside: it wasn't asked for.
  [[nodiscard]] std::int32_t group(std::int64_t day, std::int64_t scope, std::string_view unit) {
    const auto epoch = this->epoch(day);
    if (epoch >= epochs_.size()) epochs_.resize(epoch + 1);
    if (by_unit() && !unit.empty()) {
      auto& units = epochs_[epoch].units;
      auto found = units.find(unit);
      if (found == units.end()) {
        found = units.emplace(std::string(unit), group_of_unit(unit, day)).first;
      }
      if (found->second != kUnknown) return found->second;
    }
    const auto id = static_cast<std::size_t>(scope);
    if (id >= scopes_.size()) return kOutside;
    auto& known = epochs_[epoch].scopes;
    if (known.size() < scopes_.size()) known.resize(scopes_.size(), kUnknown);
    if (known[id] == kUnknown) known[id] = group_of_scope(scopes_[id], day);
    return known[id];
  }
  using Names = std::array<std::string, 3>;  ///< District, street, community, if split by them.
  [[nodiscard]] const Names& names(std::int32_t group) const {
    static const Names none;
    return group < 0 ? none : names_[static_cast<std::size_t>(group)];
  }

 private:
  static constexpr std::int32_t kUnknown = -2;
  struct ScopeRow {
    std::string path;
    Names names;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Epoch {
    std::vector<std::int32_t> scopes;  ///< By scope.
    std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> units;
  };

  [[nodiscard]] std::int32_t group_of_unit(std::string_view unit, std::int64_t day) {
    // Below a community the tree has no units: there the path itself is asked for.
    if (!all_ && !asked_->is_unit()) return kUnknown;
    const auto place = tree_->place_of_compound(unit, day);
    if (!place) return kUnknown;
    return asked_for(place->above, {}) ? group_of(place->names) : kOutside;
  }

  [[nodiscard]] std::int32_t group_of_scope(const ScopeRow& scope, std::int64_t day) {
    if (scope.path.empty()) return kOutside;  // no such scope among those asked for
    if (!tree_) return group_of(scope.names);
    const auto place = tree_->place_of_scope(scope.path, day);
    return asked_for(place.above, scope.path) ? group_of(place.names) : kOutside;
  }

  [[nodiscard]] bool asked_for(const std::vector<const model::OrgUnit*>& above,
                               std::string_view path) const {
    return all_ || asked_->holds(above, path);
  }

  std::int32_t group_of(const Names& names) {
    Names key;
    for (std::size_t i = 0; i < key.size(); ++i) {
      if (wanted_[i]) key[i] = names[i];
    }
    const auto next = static_cast<std::int32_t>(names_.size());
    const auto [found, added] = known_.try_emplace(key, next);
    if (added) names_.push_back(std::move(key));
    return found->second;
  }

  bool all_, active_ = false;
  const model::OrgTree* tree_;
  std::optional<AskedPlace> asked_;  ///< With a tree.
  std::array<bool, 3> wanted_{};
  std::vector<ScopeRow> scopes_;
  std::vector<Epoch> epochs_;
  std::vector<Names> names_;
  std::map<Names, std::int32_t> known_;
};

}  // namespace linli::store::statistics

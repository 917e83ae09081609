// node/model/org_tree.h: the organisation as it stood on any day, from units, compounds and links.
// Pure and total: dangling parents, loops and contradicting links give an answer, the same
// everywhere. Identity stays: a unit is named by the path that it was born with.
//
// On a day, a unit hangs where the link says that is in force (the one that began last; of equal
// ones the greater parent id); without one, where its own record says. A unit that was merged
// stands for the one it went into.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "node/model/record.h"

namespace linli::model {

struct OrgUnit {
  sync::RecordId id{};
  std::string code, name;
  std::int64_t level = 0;  ///< OrgLevel.
  std::optional<sync::RecordId> parent = {};
  std::optional<std::int64_t> valid_from = {}, valid_to = {};
  std::vector<std::string> former_codes = {}, former_names = {};
};
struct OrgCompound {
  sync::RecordId id{};
  std::string code, name;
  std::string scope;  ///< Where its record stands.
  std::optional<sync::RecordId> community = {};
};
struct OrgLink {
  sync::RecordId child{}, parent{};
  std::int64_t from = 0;
  std::optional<std::int64_t> to = {};  ///< First day without it.
  std::int64_t kind = 0;                ///< OrgLinkKind.
  std::string basis = {};
};

class OrgTree {
 public:
  OrgTree() = default;
  OrgTree(std::vector<OrgUnit> units, std::vector<OrgCompound> compounds,
          std::vector<OrgLink> links);

  [[nodiscard]] const std::vector<OrgUnit>& units() const { return units_; }
  [[nodiscard]] const std::vector<OrgCompound>& compounds() const { return compounds_; }
  [[nodiscard]] std::vector<OrgLink> links() const;  ///< Those that are ever in force.
  [[nodiscard]] const OrgUnit* unit(const sync::RecordId& id) const;
  /// By the code it has, else by one that it had (the unit with the smallest code of these).
  [[nodiscard]] const OrgUnit* unit(std::string_view code) const;
  [[nodiscard]] const OrgCompound* compound(const sync::RecordId& id) const;
  [[nodiscard]] const OrgCompound* compound(std::string_view code) const;

  /// The path of the unit's birth, "410700/410702/410702003": names it in figures, whatever it
  /// hangs under today. Nothing: what is above it isn't known up to a city.
  [[nodiscard]] std::optional<std::string> path(const OrgUnit& unit) const;
  [[nodiscard]] const OrgLink* link_on(const sync::RecordId& child, std::int64_t day) const;
  /// What it hangs under on `day`, nearest first; a unit itself leads. Ends at what isn't known,
  /// or where it would repeat.
  [[nodiscard]] std::vector<const OrgUnit*> above(const sync::RecordId& child,
                                                  std::int64_t day) const;
  /// Units and compounds that hang directly under `unit` on `day`, by code. Not those that have
  /// been merged into another, nor units that have ended or not begun.
  [[nodiscard]] std::vector<const OrgUnit*> units_under(const OrgUnit& unit,
                                                        std::int64_t day) const;
  [[nodiscard]] std::vector<const OrgCompound*> compounds_under(const OrgUnit& unit,
                                                                std::int64_t day) const;
  /// Has it begun, not ended, and not been merged into another?
  [[nodiscard]] bool stands(const OrgUnit& unit, std::int64_t day) const;

  /// Days on which a link begins or ends, ascending: between two of them nothing moves.
  [[nodiscard]] const std::vector<std::int64_t>& changes() const { return changes_; }
  /// How many of them have come by `day`.
  [[nodiscard]] std::size_t epoch(std::int64_t day) const;

  /// Where a figure belongs on a day: by the compound it is about, else by the scope it stands in.
  struct Place {
    std::array<std::string, 3> names;   ///< Paths of district, street, community; may be empty.
    std::vector<const OrgUnit*> above;  ///< Known units, nearest first.
  };
  [[nodiscard]] std::optional<Place> place_of_compound(std::string_view id16,
                                                       std::int64_t day) const;
  [[nodiscard]] Place place_of_scope(std::string_view path, std::int64_t day) const;

 private:
  [[nodiscard]] Place place(std::vector<const OrgUnit*> above) const;

  std::vector<OrgUnit> units_;
  std::vector<OrgCompound> compounds_;
  std::map<sync::RecordId, std::size_t> by_id_, compound_by_id_;
  std::map<std::string, std::size_t, std::less<>> by_code_, by_former_, compound_by_code_;
  std::map<sync::RecordId, std::vector<OrgLink>> links_;  ///< By child, latest `from` first.
  std::vector<std::int64_t> changes_;
};

}  // namespace linli::model

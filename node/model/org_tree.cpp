#include "node/model/org_tree.h"

#include <algorithm>
#include <tuple>

#include "node/model/org_link.h"

namespace linli::model {

namespace {

constexpr std::size_t kStepsMax = 32;  ///< Far above any real depth: loops end.

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

/// The first `count` segments of a path that has at least so many; else nothing.
std::string prefix_of(std::string_view path, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (end == std::string_view::npos) return {};
    end = path.find('/', i == 0 ? 0 : end + 1);
  }
  return std::string(path.substr(0, end));
}

/// Of district, street, community: which of them is this level? 3: none.
std::size_t slot_of(std::int64_t level) {
  return level >= kLevelDistrict && level <= kLevelCommunity
             ? static_cast<std::size_t>(level - kLevelDistrict)
             : 3;
}

}  // namespace

OrgTree::OrgTree(std::vector<OrgUnit> units, std::vector<OrgCompound> compounds,
                 std::vector<OrgLink> links)
    : units_(std::move(units)), compounds_(std::move(compounds)) {
  const auto by_code = [](const auto& a, const auto& b) {
    return std::tie(a.code, a.id) < std::tie(b.code, b.id);
  };
  std::sort(units_.begin(), units_.end(), by_code);
  std::sort(compounds_.begin(), compounds_.end(), by_code);
  for (std::size_t i = 0; i < units_.size(); ++i) {
    by_id_.emplace(units_[i].id, i);
    by_code_.emplace(units_[i].code, i);
    for (const auto& code : units_[i].former_codes) by_former_.emplace(code, i);
  }
  for (std::size_t i = 0; i < compounds_.size(); ++i) {
    compound_by_id_.emplace(compounds_[i].id, i);
    compound_by_code_.emplace(compounds_[i].code, i);
  }
  for (auto& link : links) {
    if (link.to && *link.to <= link.from) continue;  // never in force
    changes_.push_back(link.from);
    if (link.to) changes_.push_back(*link.to);
    links_[link.child].push_back(std::move(link));
  }
  for (auto& [child, of_child] : links_) {
    std::sort(of_child.begin(), of_child.end(), [](const OrgLink& a, const OrgLink& b) {
      return std::tie(b.from, b.parent, b.kind) < std::tie(a.from, a.parent, a.kind);
    });
  }
  std::sort(changes_.begin(), changes_.end());
  changes_.erase(std::unique(changes_.begin(), changes_.end()), changes_.end());
}

std::vector<OrgLink> OrgTree::links() const {
  std::vector<OrgLink> all;
  for (const auto& [child, of_child] : links_) {
    all.insert(all.end(), of_child.begin(), of_child.end());
  }
  return all;
}

const OrgUnit* OrgTree::unit(const sync::RecordId& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &units_[found->second];
}

const OrgUnit* OrgTree::unit(std::string_view code) const {
  if (const auto found = by_code_.find(code); found != by_code_.end()) {
    return &units_[found->second];
  }
  const auto former = by_former_.find(code);
  return former == by_former_.end() ? nullptr : &units_[former->second];
}

const OrgCompound* OrgTree::compound(const sync::RecordId& id) const {
  const auto found = compound_by_id_.find(id);
  return found == compound_by_id_.end() ? nullptr : &compounds_[found->second];
}

const OrgCompound* OrgTree::compound(std::string_view code) const {
  const auto found = compound_by_code_.find(code);
  return found == compound_by_code_.end() ? nullptr : &compounds_[found->second];
}

std::optional<std::string> OrgTree::path(const OrgUnit& unit) const {
  std::string path = unit.code;
  const auto* at = &unit;
  for (std::size_t step = 0; at->level > kLevelCity; ++step) {
    at = at->parent && step < kStepsMax ? this->unit(*at->parent) : nullptr;
    if (!at) return {};
    path = at->code + "/" + path;
  }
  return path;
}

const OrgLink* OrgTree::link_on(const sync::RecordId& child, std::int64_t day) const {
  const auto found = links_.find(child);
  if (found == links_.end()) return nullptr;
  for (const auto& link : found->second) {
    if (link.from <= day && (!link.to || day < *link.to)) return &link;
  }
  return nullptr;
}

std::vector<const OrgUnit*> OrgTree::above(const sync::RecordId& child, std::int64_t day) const {
  std::vector<const OrgUnit*> chain;
  const auto* at = unit(child);
  if (!at) {
    const auto* lot = compound(child);
    const auto* link = lot ? link_on(child, day) : nullptr;
    if (link) at = unit(link->parent);
    if (!at && lot && lot->community) at = unit(*lot->community);
  }
  while (at && chain.size() < kStepsMax) {
    if (std::find(chain.begin(), chain.end(), at) != chain.end()) break;
    chain.push_back(at);
    const auto* link = link_on(at->id, day);
    const auto* next = link ? unit(link->parent) : nullptr;
    if (!next && at->parent) next = unit(*at->parent);
    at = next;
  }
  return chain;
}

bool OrgTree::stands(const OrgUnit& unit, std::int64_t day) const {
  if (unit.valid_from && day < *unit.valid_from) return false;
  if (unit.valid_to && day >= *unit.valid_to) return false;
  const auto* link = link_on(unit.id, day);
  return !link || link->kind != kLinkMerge;
}

std::vector<const OrgUnit*> OrgTree::units_under(const OrgUnit& unit, std::int64_t day) const {
  std::vector<const OrgUnit*> under;
  for (const auto& one : units_) {
    if (!stands(one, day)) continue;
    const auto chain = above(one.id, day);
    // A parent that was merged stands for the one it went into.
    const auto next = std::find_if(chain.begin() + 1, chain.end(),
                                   [&](const OrgUnit* u) { return stands(*u, day); });
    if (next != chain.end() && *next == &unit) under.push_back(&one);
  }
  return under;
}

std::vector<const OrgCompound*> OrgTree::compounds_under(const OrgUnit& unit,
                                                         std::int64_t day) const {
  std::vector<const OrgCompound*> under;
  for (const auto& one : compounds_) {
    const auto chain = above(one.id, day);
    const auto next =
        std::find_if(chain.begin(), chain.end(), [&](const OrgUnit* u) { return stands(*u, day); });
    if (next != chain.end() && *next == &unit) under.push_back(&one);
  }
  return under;
}

std::size_t OrgTree::epoch(std::int64_t day) const {
  return static_cast<std::size_t>(std::upper_bound(changes_.begin(), changes_.end(), day) -
                                  changes_.begin());
}

OrgTree::Place OrgTree::place(std::vector<const OrgUnit*> above) const {
  Place place;
  // Later ones are nearer to the root: a unit that was merged gives way to the one it went into.
  for (const auto* unit : above) {
    const auto slot = slot_of(unit->level);
    if (slot < place.names.size()) place.names[slot] = path(*unit).value_or(unit->code);
  }
  place.above = std::move(above);
  return place;
}

std::optional<OrgTree::Place> OrgTree::place_of_compound(std::string_view id16,
                                                         std::int64_t day) const {
  if (id16.size() != sync::RecordId::size()) return {};
  const auto id = sync::RecordId::of(id16);
  if (!compound(id)) return {};
  auto chain = above(id, day);
  if (chain.empty()) return {};  // its community isn't known here
  return place(std::move(chain));
}

OrgTree::Place OrgTree::place_of_scope(std::string_view path, std::int64_t day) const {
  const auto segments = segments_of(path);
  for (std::size_t i = segments.size(); i-- > 0;) {
    std::vector<const OrgUnit*> chain;
    std::size_t known = i;  // positions up to here are the tree's
    if (const auto* here = unit(segments[i])) {
      chain = above(here->id, day);
    } else if (const auto* lot = compound(segments[i])) {
      chain = above(lot->id, day);
      known = 3;
    }
    if (chain.empty()) continue;
    auto found = place(std::move(chain));
    // Below what is known the path itself says where it is: district, street, community.
    for (std::size_t slot = 0; slot < found.names.size(); ++slot) {
      const auto position = slot + 1;
      if (position > known && found.names[slot].empty()) {
        found.names[slot] = prefix_of(path, position + 1);
      }
    }
    return found;
  }
  Place fallback;
  for (std::size_t slot = 0; slot < fallback.names.size(); ++slot) {
    fallback.names[slot] = prefix_of(path, slot + 2);
  }
  return fallback;
}

}  // namespace linli::model

// node/model/org_link.h: where a unit or a compound hangs, from when to when (domain 1: streets
// split, communities merge, compounds move). How the links add up to a tree: org_tree.h.
// For this folder's .cpp and for node/store/org_tree.cpp.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

inline constexpr std::uint32_t kTypeOrgUnit = 10, kTypeCompound = 11, kTypeOrgLink = 17;

namespace org_unit_field {
inline constexpr std::uint32_t kCode = 1, kLevel = 2, kName = 3, kShortName = 4, kFormerCodes = 5,
                               kFormerNames = 6, kParent = 8, kValidFrom = 9, kValidTo = 10;
}
enum OrgLevel : std::int64_t {
  kLevelProvince = 1,
  kLevelCity = 2,
  kLevelDistrict = 3,
  kLevelStreet = 4,
  kLevelCommunity = 5,
};

namespace org_link_field {
inline constexpr std::uint32_t kUnit = 1, kValidFrom = 2, kParent = 3, kValidTo = 4, kKind = 5,
                               kBasisDoc = 6;
}
enum OrgLinkKind : std::int64_t { kLinkMove = 1, kLinkMerge = 2, kLinkSplit = 3 };

/// The family, for schema.cpp.
void add_org_link(Schema& schema);

}  // namespace linli::model

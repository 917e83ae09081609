// node/app/organisation.h: what `linli org` is asked for.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct OrgTreeOptions : Common {
  std::string at;          ///< A day; empty: today.
  bool compounds = false;  ///< With the compounds of each unit.
};
struct OrgMoveOptions : Common {
  std::string unit, to;  ///< Codes.
  std::string from;      ///< First day of it.
  std::string doc;       ///< The document that ordered it.
  bool dry_run = false;  ///< Says what would change; writes nothing.
};
[[nodiscard]] int show_org_tree(const OrgTreeOptions& options);
[[nodiscard]] int move_org_unit(const OrgMoveOptions& options);
[[nodiscard]] int merge_org_unit(const OrgMoveOptions& options);

}  // namespace linli::app

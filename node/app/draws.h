// node/app/draws.h: what `linli draw` is asked for.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct DrawOptions : Common {
  std::string code, title, seed, seed_source;
  std::string pool_scope;                          ///< Empty: this node's.
  std::vector<std::string> compounds, inspectors;  ///< Compounds empty: all in service there.
  std::string checklist;                           ///< CODE/VERSION
  std::string campaign, planned_on;
  std::int64_t count = 0, each = 2;
  bool dry_run = false;
};
struct DrawShowOptions : Common {
  std::string code, scope;
};
[[nodiscard]] int draw_inspections(const DrawOptions& options);
/// Exit code 1: the list isn't the one that follows from the seed.
[[nodiscard]] int show_draw(const DrawShowOptions& options);

}  // namespace linli::app

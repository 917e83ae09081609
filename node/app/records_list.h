// node/app/records_list.h: records list.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct ListOptions : Common {
  std::string type, scope, cursor;
  std::string since;               ///< A position (node/store/changes.h); empty: a page of all.
  std::vector<std::string> where;  ///< FIELD=VALUE
  std::size_t limit = 50;
  bool removed = false, newest_first = false;
};
[[nodiscard]] int list_records(const ListOptions& options);

}  // namespace linli::app

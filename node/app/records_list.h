// node/app/records_list.h: records list.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct ListSinceOptions : ListOptions {
  std::string since;  ///< A position (node/store/changes.h); empty: a page of all.
};
[[nodiscard]] int list_records(const ListSinceOptions& options);

}  // namespace linli::app

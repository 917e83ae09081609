// node/told_acts.h: what somebody did, as the audit log's readers read it, in both languages.
#pragma once

#include <string>
#include <string_view>

namespace linli::node {

struct ActLabel {
  std::string zh, en;
};
/// Of an entry's `act` (store/audit.h); one that this version doesn't know is called as it is.
[[nodiscard]] ActLabel told_act(std::string_view act);

}  // namespace linli::node

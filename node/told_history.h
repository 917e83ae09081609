// node/told_history.h: what is wrong with the hub's history, as a person reads it in Chinese.
#pragma once

#include <string>
#include <string_view>

namespace linli::node {

/// `detail` of a fault that is kept (store/history.h), which is in English, in Chinese. One that an
/// older or a newer version wrote in other words is answered in general ones.
[[nodiscard]] std::string told_history(std::string_view detail);

}  // namespace linli::node

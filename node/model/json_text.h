// node/model/json_text.h: JSON as somebody else wrote it, read with bounds.
#pragma once

#include "node/model/json.h"

namespace linli::model {

/// Far above any record's; deeper JSON is an attack on recursive readers.
inline constexpr int kJsonDepthMax = 32;

/// Brackets that are open at the deepest place, strings left aside. Reads what isn't JSON as well.
[[nodiscard]] int json_depth(std::string_view text);

/// One JSON value and nothing behind it. Depth is looked at before it is parsed: the stack is
/// finite. The fault names no field: bad_utf8; bad_input (too deep; broken, with the byte; a number
/// beyond any range).
[[nodiscard]] tl::expected<Json, Fault> read_json(std::string_view text);

}  // namespace linli::model

// node/tables/cell_lists.h: choices, references and lists within a cell, both ways (cells.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/model/json.h"
#include "node/tables/place.h"

namespace linli::tables {

using model::Json;

/// The cell's text as JSON, if it begins with `opening` ('[' or '{') and is JSON; at most 32 deep.
[[nodiscard]] std::optional<Json> json_of(std::string_view text, char opening);

/// Items between 、 ； ; and line ends, without spaces around; empty ones left out.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

/// One choice, reference, text or hash. Nothing: `zh` and `en` say what was expected.
[[nodiscard]] std::optional<Json> item_value(const model::Field& field, const std::string& text,
                                             std::string& zh, std::string& en);
/// "F01=合格、F02=不合格".
[[nodiscard]] std::optional<Json> marks_value(const model::Field& field, std::string_view text,
                                              std::string& zh, std::string& en);

/// The other way: one item, and all of them with 、 between; JSON where an item holds a separator.
[[nodiscard]] std::string item_text(const model::Field& field, const Json& item,
                                    const Place& place);
[[nodiscard]] std::string list_text(const model::Field& field, const Json& list,
                                    const Place& place);
[[nodiscard]] std::string marks_text(const model::Field& field, const Json& marks);

}  // namespace linli::tables

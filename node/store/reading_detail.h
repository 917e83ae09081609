// node/store/reading_detail.h: pieces that the reading files share. Not for others.
#pragma once

#include "node/store/reading.h"

namespace linli::store::reading {

[[nodiscard]] std::string path_of(store::Database& db, std::int64_t scope);
[[nodiscard]] std::int64_t scope_number(store::Database& db, std::string_view path);  ///< -1: none.
[[nodiscard]] std::string time_text(sync::Micros at);
/// A record's name for people; follows refs up to `depth` deep.
[[nodiscard]] std::string title_of(store::Store& store, store::Database& db,
                                   const model::Record& record, int depth);
[[nodiscard]] model::Json record_json(store::Store& store, store::Database& db, store::Row& row);

}  // namespace linli::store::reading

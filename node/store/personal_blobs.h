// node/store/personal_blobs.h: attachments that say something of people: signatures, proxies'
// papers.
#pragma once

#include "node/store/blobs.h"

namespace linli::store {

/// Types of records that name it in a personal field, whatever else names it. Empty: none does.
[[nodiscard]] std::vector<std::uint32_t> personal_in(Database& db, const Hash& hash);

}  // namespace linli::store

// sync/exchange_detail.h: what both sides of an exchange share (messages.cpp, blobs.cpp,
// client.cpp, server.cpp).
#pragma once

#include <optional>
#include <string>

#include "sync/exchange.h"

namespace linli::sync {

/// At most 200 bytes of valid UTF-8, a hint for people: what a detail quotes may come from
/// anywhere.
[[nodiscard]] std::string clip(std::string_view detail);

/// What is wrong with an object before anybody looks into it.
[[nodiscard]] std::optional<Verdict> refuse_outright(const Object& object, std::size_t index);

}  // namespace linli::sync

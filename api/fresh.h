// api/fresh.h: answers that a reader may hold already: ETag, If-None-Match, how long to keep them.
#pragma once

#include <httplib.h>

#include "node/model/json.h"

namespace linli::api {

/// For who is logged in: kept by their own browser only, which asks each time whether it holds.
inline constexpr const char* kOwnOnly = "private, no-cache";
/// For everybody: not even asked again within five minutes, and shown for a day while it asks.
inline constexpr const char* kForAll = "public, max-age=300, stale-while-revalidate=86400";

/// The tag of what is answered, quoted.
[[nodiscard]] std::string tag_of(const model::Json& json);
/// Does the reader say that it holds what has this tag? Weak tags count as the same (RFC 9110,
/// 13.1.2).
[[nodiscard]] bool holds(const httplib::Request& request, std::string_view tag);
/// The answer with its tag; 304 without a body where the reader holds it.
void answer_tagged(const httplib::Request& request, httplib::Response& response,
                   const model::Json& json, const std::string& tag, const char* cache);

}  // namespace linli::api

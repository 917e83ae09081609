// api/bodies.h: request bodies that must be read, or the line hung up.
#pragma once

#include <httplib.h>

#include "crypto/result.h"

namespace linli::api {

/// Reads what is left of a body, up to `limit` bytes, and forgets it. Left on the line it would be
/// taken for the next request, written by whoever wrote the body. False: the line broke, or it
/// doesn't end.
[[nodiscard]] bool drain(const httplib::Request& request, const httplib::ContentReader& body,
                         std::uint64_t limit);

/// Answers, then hangs up: on a slow line nobody shall go on sending what isn't wanted.
void last_words(httplib::Response& response, std::string text, const char* type, int status);

/// Drains the body and refuses the request; hangs up where the body is longer than `limit`.
void refuse_body(const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader& body, const Error& error, std::uint64_t limit);

/// Is its length not told beforehand? Only routes that take their body piece by piece can bound
/// such a one: the library would keep all of it in memory.
[[nodiscard]] bool is_unsized(const httplib::Request& request);

}  // namespace linli::api

// api/codings.h: bodies that are gzip- or zstd-coded on their way (RFC 9110, 8.4 and 12.5.3).
//
// The HTTP library would code as it likes (Brotli at its slowest), heed no q-values, and decode
// what is sent here without a bound: 8 MiB can become gigabytes. So it is told of no coding.
#pragma once

#include <httplib.h>

#include "crypto/result.h"

namespace linli::api {

/// Smaller answers go as they are: a coding saves less than its headers cost.
inline constexpr std::size_t kCodedFrom = 700;
/// A decoded body is at most as large as a plain one may be.
inline constexpr std::size_t kDecodedBytesMax = (8u << 20) + 4096;

/// Which coding this Accept-Encoding asks for: "zstd", "gzip", or "" for none. Of equals zstd.
[[nodiscard]] std::string_view coding_for(std::string_view accept_encoding);

/// Before routing: keeps the codings of the request from the library, for the two below.
void take_codings(httplib::Request& request);
/// How much the answer is wanted in this coding, "zstd", "gzip" or "br", in thousandths; 0: it
/// isn't taken. For what lies here packed already.
[[nodiscard]] int wish_for(const httplib::Request& request, std::string_view coding);
/// Does the request's body come coded?
[[nodiscard]] bool is_coded(const httplib::Request& request);
/// The body as it was before it was coded. Errors: too_large (noticed while decoding), bad_input
/// (not what its coding says, or cut off), bad_usage (another coding than gzip or zstd, or
/// several).
[[nodiscard]] Result<std::string> plain_body(const httplib::Request& request);
/// After routing: codes the answer, if its reader wants that and it is worth it.
void code_answer(const httplib::Request& request, httplib::Response& response);

// The two codings. Encoding never fails but for want of memory.
[[nodiscard]] std::string encoded(std::string_view coding, std::string_view plain);
[[nodiscard]] Result<std::string> decoded(std::string_view coding, std::string_view body,
                                          std::size_t most);

}  // namespace linli::api

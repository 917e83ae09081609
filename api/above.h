// api/above.h: questions that only the hub can answer, handed on by who stands below it.
#pragma once

#include "api/context.h"

namespace linli::api {

/// This node keeps no history (`own` is not_found): the upstream is asked in the same words, and
/// its answer, which proves itself, is given as it came; at most `limit` bytes of it. False: there
/// is nobody to ask, or this node should have known.
[[nodiscard]] bool asked_above(Context& context, const httplib::Request& request,
                               httplib::Response& response, const Error& own, std::size_t limit,
                               const char* type);

}  // namespace linli::api

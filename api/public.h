// api/public.h: the owner's notice board without a login.
#pragma once

#include "api/context.h"

namespace linli::api {

/// What is bounded about it, for all addresses that are listened on together.
struct BoardLimits {
  /// Questions of one address, and of everybody, since somebody reads each of them.
  Pace questions{{.burst = 5, .a_second = 1.0 / 600}};
  Pace all_questions{{.burst = 100, .a_second = 1.0 / 60}};
  std::atomic<int> proofs{0};  ///< Being put together.
};

/// `limits` outlives the server.
void add_public_routes(httplib::Server& server, Context& context, BoardLimits& limits);

}  // namespace linli::api

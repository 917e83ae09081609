// api/worklist.h: an inspector's day in one answer (node/store/worklist.h).
#pragma once

#include "api/context.h"

namespace linli::api {

void add_worklist_routes(httplib::Server& server, Context& context);

}  // namespace linli::api

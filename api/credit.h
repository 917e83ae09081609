// api/credit.h: routes of credit.cpp.
#pragma once

#include "api/context.h"

namespace linli::api {

void add_credit_routes(httplib::Server& server, Context& context);

}  // namespace linli::api

// api/organisation.h: routes of organisation.cpp.
#pragma once

#include "api/context.h"

namespace linli::api {

void add_organisation_routes(httplib::Server& server, Context& context);

}  // namespace linli::api

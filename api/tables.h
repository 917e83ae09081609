// api/tables.h: spreadsheets in and out.
#pragma once

#include "api/context.h"

namespace linli::api {

/// /api/v1/records/T/import and export; at most four at once.
void add_table_routes(httplib::Server& server, Context& context);

}  // namespace linli::api

// api/qr_route.h: GET /api/v1/qr?text=…: a QR code for pages that print one.
#pragma once

#include <httplib.h>

namespace linli::api {

void add_qr_routes(httplib::Server& server);

}  // namespace linli::api

// A text as a QR code for pages that print one. What is secret doesn't come this way (it would
// stand in an address): invitations bring their picture with them.
#include "api/qr_route.h"

#include "api/problem.h"
#include "api/qr.h"

namespace linli::api {

void add_qr_routes(httplib::Server& server) {
  server.Get("/api/v1/qr", [](const httplib::Request& q, httplib::Response& s) {
    const auto picture = qr_svg(q.get_param_value("text"));
    if (!picture) return refuse(q, s, picture.error());
    s.set_content(*picture, "image/svg+xml");
  });
}

}  // namespace linli::api

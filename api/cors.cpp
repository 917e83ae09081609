#include "api/cors.h"

#include "api/door.h"

namespace linli::api {

bool answers_pages_from_elsewhere(const httplib::Request& request, httplib::Response& response) {
  if (!Door::is_for_nodes(request) || !request.has_header("Origin")) return false;
  response.set_header("Access-Control-Allow-Origin", "*");
  response.set_header("Access-Control-Expose-Headers",
                      "Retry-After, Upload-Offset, Content-Range, ETag");
  if (request.method != "OPTIONS") return false;
  response.set_header("Access-Control-Allow-Methods", "GET, POST, PUT");
  response.set_header("Access-Control-Allow-Headers",
                      "Authorization, Content-Type, Content-Range, Linli-Request, Range");
  response.set_header("Access-Control-Max-Age", "86400");
  // From a page of the internet to an office's address in its own network.
  if (request.has_header("Access-Control-Request-Private-Network")) {
    response.set_header("Access-Control-Allow-Private-Network", "true");
  }
  response.status = 204;
  return true;
}

}  // namespace linli::api

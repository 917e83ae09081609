// Anybody may ask whether a training certificate holds, by the number on it: who hires a manager,
// owners, other offices. It says of which course and until when, and not whose it is.
#include "node/store/certificates.h"

#include "api/context.h"
#include "api/problem.h"
#include "crypto/cbor.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr std::size_t kNumberBytesMax = 40 * 4;  ///< 40 characters, as the field has.

/// GET /api/v1/public/certificates/{number}: see store::check_certificate.
void check(Context& context, const Request& request, Response& response) {
  const auto number = request.matches[1].str();
  if (number.size() > kNumberBytesMax || !cbor::valid_utf8(number)) {
    return refuse(request, response,
                  {Errc::bad_value, "编号最多40个字 a number has at most 40 characters", "number"});
  }
  const auto today = model::local_day_of_ms(context.replica.now() / 1000);
  // What holds today is withdrawn tomorrow: nobody on the way keeps it.
  response.set_header("Cache-Control", "no-store");
  answer(response, store::check_certificate(context.replica.store(), number, today));
}

}  // namespace

void add_certificate_routes(httplib::Server& server, Context& context) {
  server.Get("/api/v1/public/certificates/(.+)",
             [&context](const Request& q, Response& s) { check(context, q, s); });
}

}  // namespace linli::api

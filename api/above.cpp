#include "api/above.h"

#include "api/problem.h"
#include "node/pinning.h"
#include "node/store/history.h"

namespace linli::api {

bool asked_above(Context& context, const httplib::Request& request, httplib::Response& response,
                 const Error& own, std::size_t limit, const char* type) {
  if (own.code != Errc::not_found || !context.agent) return false;
  const auto url = context.agent->state().url;
  if (url.empty()) return false;
  {
    auto lease = context.replica.store().read();
    if (store::history_size(*lease) != 0) return false;
  }
  node::HttpClient above(url);
  node::pin_to_known(context.replica, above);
  above.set_timeout(std::chrono::seconds(10));
  above.set_limit(limit);
  const auto answer = above.send(request.method, request.target, request.body,
                                 request.get_header_value("Content-Type"));
  if (!answer) {
    refuse(request, response, answer.error());
    return true;
  }
  response.status = answer->status;
  response.set_content(answer->body, type);
  return true;
}

}  // namespace linli::api

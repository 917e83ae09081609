#include "api/fresh.h"

#include "api/problem.h"
#include "crypto/hash.h"

namespace linli::api {

std::string tag_of(const model::Json& json) {
  const auto text = json.dump(-1, ' ', false, model::Json::error_handler_t::replace);
  return '"' + crypto::to_hex(crypto::hash({text}).view().substr(0, 8)) + '"';
}

bool holds(const httplib::Request& request, std::string_view tag) {
  const auto held = request.get_header_value("If-None-Match");
  std::string_view rest = held;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    auto one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

void answer_tagged(const httplib::Request& request, httplib::Response& response,
                   const model::Json& json, const std::string& tag, const char* cache) {
  response.set_header("ETag", tag);
  response.set_header("Cache-Control", cache);
  if (holds(request, tag)) {
    response.status = 304;
    return;
  }
  answer(response, json);
}

}  // namespace linli::api

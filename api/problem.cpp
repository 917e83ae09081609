#include "api/problem.h"

#include "api/codings.h"
#include "node/model/json_text.h"

namespace linli::api {

using model::Json;

namespace {

bool wants_english(const httplib::Request& request) {
  return request.get_header_value("Accept-Language").rfind("en", 0) == 0;
}

Json problem(const httplib::Request& request, Errc code, const std::string& detail) {
  const auto& known = info(code);
  Json json;
  json["type"] = "urn:linli:error:" + std::string(known.name);
  json["title"] = wants_english(request) ? known.en : known.zh;
  json["status"] = known.http_status;
  json["code"] = known.name;
  json["detail"] = detail;
  return json;
}

void send(httplib::Response& response, const Json& json) {
  response.status = json["status"].get<int>();
  // Peers' bytes may stand in a detail: whatever isn't UTF-8 is replaced, never an exception.
  response.set_content(json.dump(-1, ' ', false, Json::error_handler_t::replace),
                       "application/problem+json");
  if (response.status == 503 || response.status == 429) response.set_header("Retry-After", "2");
}

}  // namespace

Json faults_json(const std::vector<model::Fault>& faults) {
  auto list = Json::array();
  for (const auto& fault : faults) {
    list.push_back({{"field", fault.field},
                    {"code", info(fault.code).name},
                    {"zh", fault.zh},
                    {"en", fault.en}});
  }
  return list;
}

void refuse(const httplib::Request& request, httplib::Response& response, const Error& error) {
  auto json = problem(request, error.code, error.detail);
  if (!error.field.empty()) json["field"] = error.field;
  // A Range is of what was asked for: the library would cut the reason down to it.
  const_cast<httplib::Request&>(request).ranges.clear();
  send(response, json);
}

void refuse_for_now(const httplib::Request& request, httplib::Response& response,
                    const std::string& detail, std::chrono::seconds come_again) {
  refuse(request, response, {Errc::slow_down, detail, {}});
  response.headers.erase("Retry-After");  // It is a multimap.
  response.set_header("Retry-After", std::to_string(come_again.count()));
}

void refuse(const httplib::Request& request, httplib::Response& response,
            const std::vector<model::Fault>& faults) {
  refuse(request, response, faults, nullptr);
}

void refuse(const httplib::Request& request, httplib::Response& response,
            const std::vector<model::Fault>& faults, const Json& now, const Json& yours) {
  const auto& first = faults.front();
  auto json = problem(request, first.code, wants_english(request) ? first.en : first.zh);
  json["faults"] = faults_json(faults);
  if (!now.is_null()) json["now"] = now;
  if (!yours.is_null()) json["yours"] = yours;
  send(response, json);
}

void answer(httplib::Response& response, const Json& json, int status) {
  response.status = status;
  response.set_content(json.dump(-1, ' ', false, Json::error_handler_t::replace),
                       "application/json");
}

Result<Json> json_body(const httplib::Request& request) {
  const auto type = request.get_header_value("Content-Type");
  if (type.rfind("application/json", 0) != 0) {
    return fail(
        Errc::bad_usage,
        "须以 Content-Type: application/json 发送 send it as Content-Type: application/json");
  }
  const auto body = plain_body(request);
  if (!body) return fail(body.error());
  auto json = model::read_json(*body);
  if (!json) return fail(json.error().code, json.error().zh + " " + json.error().en);
  return *std::move(json);
}

}  // namespace linli::api

#include "api/problem.h"

#include "api/codings.h"
#include "crypto/cbor.h"

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

Result<Json> parse_json(std::string_view text, const std::string& what) {
  if (!cbor::valid_utf8(text)) return fail(Errc::bad_utf8, what + " isn't UTF-8");
  // Deep nesting is refused before it is parsed: no record needs it, and the stack is finite.
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  if (deepest > cbor::kDepthMax) {
    return fail(Errc::bad_input,
                what + " is nested deeper than " + std::to_string(cbor::kDepthMax));
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    return fail(Errc::bad_input, what + " is no JSON: it breaks at byte " + std::to_string(e.byte));
  } catch (const Json::exception& e) {
    return fail(Errc::bad_input, what + " is no JSON: " + std::string(e.what()));
  }
}

Result<Json> json_body(const httplib::Request& request) {
  const auto type = request.get_header_value("Content-Type");
  if (type.rfind("application/json", 0) != 0) {
    return fail(Errc::bad_usage, "send it as Content-Type: application/json");
  }
  const auto body = plain_body(request);
  if (!body) return fail(body.error());
  return parse_json(*body, "the body");
}

}  // namespace linli::api

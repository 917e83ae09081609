// api/problem.h: errors as RFC 9457 problem documents, in the caller's language.
#pragma once

#include <httplib.h>

#include <chrono>

#include "node/model/json.h"

namespace linli::api {

/// {type: "urn:linli:error:<code>", title, status, code, detail, ? faults[{field, code, zh, en}]}
/// with the status that the error table gives. Chinese unless the caller asks for English first.
void refuse(const httplib::Request& request, httplib::Response& response, const Error& error);
void refuse(const httplib::Request& request, httplib::Response& response,
            const std::vector<model::Fault>& faults);
/// slow_down, with when to come again.
void refuse_for_now(const httplib::Request& request, httplib::Response& response,
                    const std::string& detail, std::chrono::seconds come_again);
/// The same, with what is there now (null: nothing to show) as member `now`, and what was sent as
/// member `yours`, so that a person sees both sides of a lost update.
void refuse(const httplib::Request& request, httplib::Response& response,
            const std::vector<model::Fault>& faults, const model::Json& now,
            const model::Json& yours = nullptr);

[[nodiscard]] model::Json faults_json(const std::vector<model::Fault>& faults);
void answer(httplib::Response& response, const model::Json& json, int status = 200);

/// A request's body as JSON. Errors: bad_usage (another content type), bad_utf8, bad_input (names
/// the byte where it breaks).
[[nodiscard]] Result<model::Json> json_body(const httplib::Request& request);

}  // namespace linli::api

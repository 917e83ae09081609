#include "node/admitting_json.h"

#include "node/model/values.h"

namespace linli::node {
namespace {

constexpr std::int64_t kDay = 24 * 3600;

std::string text_of(const Json& json, const char* name) {
  return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
}

Result<std::string> request_of(Replica& issuer, const Json& asked) {
  if (const auto id = text_of(asked, "id"); !id.empty()) {
    auto waiting = pending_named(issuer, id);
    if (!waiting) return fail(waiting.error());
    return std::move(waiting->request);
  }
  return letter_of(kRequestPrefix, text_of(asked, "request"));
}

Result<Decision> decision_of(const Json& asked) {
  Decision decision;
  const auto role = crypto::role_named(text_of(asked, "role"));
  if (!role) return fail(Errc::bad_value, "没有这种角色 no such role", "role");
  decision.place = {*role, text_of(asked, "scope"), text_of(asked, "name")};
  decision.words = text_of(asked, "words");
  if (asked.contains("expires_s")) {
    const auto& seconds = asked["expires_s"];
    if (!seconds.is_number_integer() || seconds < 60 || seconds > 366 * kDay) {
      return fail(Errc::bad_value, "有效期须在 60 秒至一年之间 60 s to a year", "expires_s");
    }
    decision.valid = std::chrono::seconds(seconds.get<std::int64_t>());
  }
  return decision;
}

Json ids_json(const std::vector<crypto::AuthorId>& authors) {
  auto list = Json::array();
  for (const auto& author : authors) list.push_back(crypto::to_hex(author.view()));
  return list;
}

}  // namespace

Json words_json(const crypto::Words& words) { return {{"zh", words.zh()}, {"en", words.en()}}; }

Json admissions_json(Replica& issuer) {
  auto items = Json::array();
  for (const auto& one : pending(issuer)) {
    items.push_back({{"id", crypto::to_hex(one.id.view())},
                     {"name", one.name},
                     {"words", words_json(one.words)},
                     {"arrived", model::instant_text(one.arrived / 1000)}});
  }
  return {{"words", words_json(issuer_of(issuer).words())}, {"items", std::move(items)}};
}

Result<Pending> pending_named(Replica& issuer, const std::string& id) {
  std::vector<Pending> found;
  for (auto& one : pending(issuer)) {
    if (id.size() >= 6 && crypto::to_hex(one.id.view()).starts_with(id)) {
      found.push_back(std::move(one));
    }
  }
  if (found.empty())
    return fail(Errc::not_found, "这里没有这份待办申请 no such request waits here", "id");
  if (found.size() > 1)
    return fail(Errc::bad_usage, "不止一份以此开头，请多写几位 several begin so: give more of it",
                "id");
  return std::move(found.front());
}

Result<Json> admit_json(Replica& issuer, const Json& asked, const By& by) {
  if (!asked.is_object()) return fail(Errc::bad_value, "须为对象 an object is expected");
  const auto request = request_of(issuer, asked);
  if (!request) return fail(request.error());
  auto decision = decision_of(asked);
  if (!decision) return fail(decision.error());
  decision->by = by;
  const auto read = JoinRequest::decode(*request);
  if (!read) return fail(read.error());
  if (decision->place.name.empty()) decision->place.name = read->name;
  const auto decided = admit(issuer, *request, *decision);
  if (!decided) return fail(decided.error());
  return Json{{"id", crypto::to_hex(crypto::author_of(read->signing_key).view())},
              {"answer", letter_text(kAdmissionPrefix, decided->admission)},
              {"replaces", ids_json(decided->replaces)}};
}

}  // namespace linli::node

// Reading what is disclosed, and asking a question.
#include "api/public.h"

#include "api/fresh.h"
#include "api/idempotency.h"
#include "api/problem.h"
#include "api/public_proof.h"
#include "node/store/public_board.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr std::size_t kQuestionMax = 1000;  ///< Characters: two pages by hand.
constexpr std::size_t kNameMax = 60;        ///< As the record has it.

constexpr const char* kNoticeZh =
    "您的姓名和联系方式只供社区和物业答复您，不会公开，办结后按规定期限删除。您同意公开的，"
    "提问和答复经社区审核后公开，不含您的姓名；请不要在提问中写他人的姓名、电话和房号。"
    "您可以随时向社区要求查询、更正或删除。";
constexpr const char* kNoticeEn =
    "Your name and contact serve only to answer you: they are not published, and are deleted when "
    "the time set for them is over. If you agree, question and answer are shown after the "
    "community office has looked at them, without your name; please write no one else's name, "
    "phone or room. You may ask the office at any time what is held of you, and to correct or "
    "delete it.";

/// Has this node a board? The hub has everything, and an office is where its owners ask; relays
/// between them would show the same a third time, and a device is in somebody's pocket.
bool has_board(Context& context) {
  const auto& me = context.replica.identity();
  const auto setting = store::public_board_setting(context.replica.store(), me.city, me.city_scope);
  const bool first = me.role == crypto::Role::hub || me.role == crypto::Role::office;
  const bool relay = me.role == crypto::Role::district || me.role == crypto::Role::street;
  return (setting >= 1 && first) || (setting >= 2 && relay);
}

std::optional<sync::RecordId> id_in(const Request& request, Response& response) {
  const auto id = sync::record_id(request.matches[1].str());
  if (id) return *id;
  refuse(request, response, {Errc::bad_value, "not a record id", "id"});
  return std::nullopt;
}

void send(const Request& request, Response& response, const Result<Json>& json) {
  if (!json) return refuse(request, response, json.error());
  answer_tagged(request, response, *json, tag_of(*json), kForAll);
}

Json limits() { return {{"text", kQuestionMax}, {"name", kNameMax}, {"contact", kNameMax}}; }

void about(Context& context, const Request& request, Response& response) {
  const auto& me = context.replica.identity();
  send(request, response,
       Json{{"name", me.name},
            {"role", crypto::name_of(me.role)},
            {"scope", me.scope},
            {"city", crypto::to_hex(me.city.view())},
            {"privacy", {{"zh", kNoticeZh}, {"en", kNoticeEn}}},
            {"limits", limits()}});
}

void find(Context& context, const Request& request, Response& response) {
  std::size_t limit = 20;
  if (request.has_param("limit")) {
    limit = static_cast<std::size_t>(
        std::strtoull(request.get_param_value("limit").c_str(), nullptr, 10));
  }
  send(request, response,
       store::find_public_compounds(context.replica.store(), request.get_param_value("q"),
                                    request.get_param_value("cursor"), limit));
}

void disclosure(Context& context, const Request& request, Response& response) {
  const auto id = id_in(request, response);
  if (!id) return;
  auto json = store::public_disclosure(context.replica.store(), *id);
  if (json) {
    const auto link = [](Json& one) {
      one["proof"] = "/api/v1/public/disclosures/" + one["id"].get<std::string>() + "/proof";
    };
    link(*json);
    for (auto& earlier : (*json)["earlier"]) link(earlier);
  }
  send(request, response, json);
}

// ---- Asking -------------------------------------------------------------------------------------

std::size_t characters(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

/// Reads a question member by member, and says everything that is wrong with it at once.
class Question {
 public:
  explicit Question(const Json& json) : json_(json) {
    if (!json.is_object()) {
      fault("", Errc::bad_input, "应为一个对象", "must be an object");
      return;
    }
    for (const auto& [name, value] : json.items()) {
      if (name != "compound" && name != "disclosure" && name != "text" && name != "about_kind" &&
          name != "rating" && name != "name" && name != "contact" && name != "show") {
        fault(name, Errc::unknown_field, "没有这一项", "there is no such member");
      }
    }
  }

  [[nodiscard]] std::string text(const char* name, std::size_t most, bool required) {
    const auto at = member(name);
    if (at.is_null()) {
      if (required) fault(name, Errc::missing_field, "必填", "is required");
      return {};
    }
    if (!at.is_string()) {
      fault(name, Errc::bad_value, "应为文字", "must be text");
      return {};
    }
    auto value = at.get<std::string>();
    if (value.find_first_not_of(" \t\r\n") == std::string::npos) {
      if (required) fault(name, Errc::missing_field, "不能为空", "is empty");
      return {};
    }
    if (const auto n = characters(value); n > most) {
      fault(name, Errc::bad_value,
            "最多 " + std::to_string(most) + " 字，现有 " + std::to_string(n) + " 字",
            "at most " + std::to_string(most) + " characters, has " + std::to_string(n));
    }
    return value;
  }
  [[nodiscard]] std::optional<sync::RecordId> id(const char* name, bool required) {
    const auto value = text(name, 36, required);
    if (value.empty()) return std::nullopt;
    const auto id = sync::record_id(value);
    if (id) return *id;
    fault(name, Errc::bad_value, "应为记录编号", "must be a record id");
    return std::nullopt;
  }
  [[nodiscard]] bool flag(const char* name, bool otherwise) {
    const auto at = member(name);
    if (at.is_null()) return otherwise;
    if (!at.is_boolean()) fault(name, Errc::bad_value, "应为是或否", "must be true or false");
    return at.is_boolean() ? at.get<bool>() : otherwise;
  }
  [[nodiscard]] Json member(const char* name) const {
    const auto at = json_.is_object() ? json_.find(name) : json_.end();
    return at == json_.end() ? Json(nullptr) : *at;
  }
  void fault(const std::string& field, Errc code, std::string zh, std::string en) {
    faults_.push_back({field, code, std::move(zh), std::move(en)});
  }
  [[nodiscard]] const std::vector<model::Fault>& faults() const { return faults_; }

 private:
  const Json& json_;
  std::vector<model::Fault> faults_;
};

Json ref_to(const char* type, const std::string& scope, const sync::RecordId& id) {
  return {{"type", type}, {"scope", scope}, {"id", to_text(id)}};
}

/// What is to be written; nothing: `question` says what is wrong.
std::optional<node::Wish> wish_of(Context& context, Question& question) {
  const auto compound = question.id("compound", true);
  const auto disclosure = question.id("disclosure", false);
  const auto text = question.text("text", kQuestionMax, true);
  const auto name = question.text("name", kNameMax, false);
  const auto contact = question.text("contact", kNameMax, false);
  const bool show = question.flag("show", true);
  auto& store = context.replica.store();
  const auto scope = compound ? store::scope_of(store, "compound", *compound)
                              : Result<std::string>(fail(Errc::not_found));
  if (compound && !scope) {
    question.fault("compound", Errc::dangling_reference, "本节点没有这个小区",
                   "no such compound here");
  }
  const auto disclosed = disclosure ? store::scope_of_public_disclosure(store, *disclosure)
                                    : Result<std::string>(fail(Errc::not_found));
  if (disclosure && !disclosed) {
    question.fault("disclosure", Errc::dangling_reference, "没有这份已公示的信息",
                   "no such published disclosure here");
  }
  if (!question.faults().empty()) return std::nullopt;
  const auto now = context.replica.now() / 1000;
  Json fields{{"compound", ref_to("compound", *scope, *compound)},
              {"about_kind", disclosure ? "disclosure" : "service"},
              {"text", text},
              {"author", name.empty() ? "匿名业主" : name},
              {"received_at", model::instant_text(now)},
              {"publicity", show ? "agreed" : "private"},
              {"status", "received"}};
  if (disclosure) fields["about"] = ref_to("disclosure", *disclosed, *disclosure);
  if (!contact.empty()) fields["contact"] = contact;
  // What they may be, the record's own rules say.
  for (const auto* member : {"about_kind", "rating"}) {
    if (auto value = question.member(member); !value.is_null()) fields[member] = std::move(value);
  }
  return node::Wish{.type = model::schema().type("feedback"),
                    .fields = std::move(fields),
                    .id = {},
                    .scope = *scope,
                    .if_version = {}};
}

/// One who asks again and again waits, and so does everybody if the whole town asks at once.
std::optional<std::chrono::seconds> must_wait(Context& context, BoardLimits& limits,
                                              const Request& request) {
  const auto now = Pace::Clock::now();
  const auto own = limits.questions.wait(network_of(context.door.caller(request).address), now);
  if (own.count() > 0) return own;
  const auto all = limits.all_questions.wait("", now);
  return all.count() > 0 ? std::optional(all) : std::nullopt;
}

void ask(Context& context, BoardLimits& limits, const Request& request, Response& response) {
  response.set_header("Cache-Control", "no-store");
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto key = key_in(request, Caller{});  // Whoever is logged in asks as anybody.
  if (!key) return refuse(request, response, key.error());
  Question question(*json);
  auto wish = wish_of(context, question);
  if (!wish) return refuse(request, response, question.faults());
  if (!key->empty()) {
    wish->id = id_of_key(context.replica, *wish->type, "public " + *key);
    // Asked again under the same key it is the same question, received when it was received first;
    // whose answer was lost doesn't wait to hear so.
    if (auto held = store::public_question(context.replica.store(), *wish->id)) {
      return answer(response, *held);
    }
    wish->create_only = true;
  }
  if (const auto wait = must_wait(context, limits, request)) {
    return refuse_for_now(request, response,
                          "提问过于频繁，请稍后再试 too many questions: wait a moment", *wait);
  }
  const auto outcomes = context.replica.put({std::move(*wish)}, {.origin = "notice board"});
  if (!outcomes) return refuse(request, response, outcomes.error());
  const auto& outcome = outcomes->front();
  if (!outcome.faults.empty()) return refuse(request, response, outcome.faults);
  auto told = store::public_question(context.replica.store(), outcome.id);
  if (!told) return refuse(request, response, told.error());
  response.set_header("Location", "/api/v1/public/questions/" + to_text(outcome.id));
  answer(response, *told, 201);
}

}  // namespace

void add_public_routes(httplib::Server& server, Context& context, BoardLimits& limits) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) {
      if (has_board(context)) return handler(context, q, s);
      refuse(q, s, {Errc::not_found, "本节点不设业主公示栏 this node has no notice board", {}});
    };
  };
  const std::string base = "/api/v1/public/", one = R"(/([0-9a-fA-F-]{36}))";
  server.Get(base + "about", with(about));
  server.Get(base + "compounds", with(find));
  server.Get(base + "compounds" + one, with([](Context& c, const Request& q, Response& s) {
               const auto id = id_in(q, s);
               if (id) send(q, s, store::public_compound(c.replica.store(), *id));
             }));
  server.Get(base + "compounds" + one + "/questions",
             with([](Context& c, const Request& q, Response& s) {
               const auto id = id_in(q, s);
               if (id) send(q, s, store::public_questions(c.replica.store(), *id));
             }));
  server.Get(base + "disclosures" + one, with(disclosure));
  server.Get(base + "disclosures" + one + "/proof",
             with([&limits](Context& c, const Request& q, Response& s) {
               if (const auto id = id_in(q, s)) send_public_proof(c, limits, q, s, *id);
             }));
  server.Post(base + "questions",
              with([&limits](Context& c, const Request& q, Response& s) { ask(c, limits, q, s); }));
  server.Get(base + "questions" + one, with([](Context& c, const Request& q, Response& s) {
               const auto id = id_in(q, s);
               if (!id) return;
               const auto json = store::public_question(c.replica.store(), *id);
               if (!json) return refuse(q, s, json.error());
               answer_tagged(q, s, *json, tag_of(*json), kOwnOnly);
             }));
}

}  // namespace linli::api

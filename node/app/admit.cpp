// admit; nodes pending, admit, refuse: a person decides about machines that ask to join.
#include "node/admitting_json.h"
#include "node/app/commands.h"
#include "node/app/letters.h"
#include "node/app/noted.h"
#include "node/app/terminal.h"
#include "node/app/writer.h"

namespace linli::app {
namespace {

Result<Json> asked(Door& door, const std::string& method, const std::string& path,
                   const Json& body = nullptr) {
  const auto text = body.is_null() ? "" : body.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto answer = ask(*door.node, method, path, text, text.empty() ? "" : "application/json");
  if (!answer) return fail(answer.error());
  auto json = Json::parse(*answer, nullptr, false);
  if (!json.is_object())
    return fail(Errc::internal, "读不懂运行中节点的答复 the running node's answer can't be read");
  return json;
}

Result<Json> who_waits(Door& door) {
  if (door.replica) return node::admissions_json(*door.replica);
  return asked(door, "GET", "/api/v1/admissions");
}

std::string zh_of(const Json& item) {
  return item.contains("words") ? item["words"].value("zh", "") : "";
}

/// Both sides' words belong on one screen: the person reads one group out and hears the other.
void print_words_of_this_node(const Json& waiting) {
  note("本节点核对词，请念给对方 this node's words, to read out:\n    " + zh_of(waiting) +
       "\n    " + waiting["words"].value("en", ""));
}

std::string joined(const Json& ids) {
  std::string text;
  for (const auto& id : ids) text += " " + id.get<std::string>().substr(0, 12);
  return text;
}

int decide(const AdmitOptions& options, Door& door, Json body, const crypto::Words& words,
           const std::string& called) {
  const auto valid = period(options.expires);
  if (!valid) {
    return refuse(Errc::bad_usage,
                  "有效期须为数字加 s、m、h 或 d，如 30d --expires is a number with s, m, h or "
                  "d, at most 366d: 30d");
  }
  const auto waiting = who_waits(door);
  if (!waiting) return refuse(waiting.error());
  if (options.words.empty()) print_words_of_this_node(*waiting);
  const auto whose =
      "申请单位自称 it calls itself: " + harmless(called) + "\n对方核对词 its words:";
  if (auto same = compare_words(words, options.words, whose); !same) return refuse(same.error());
  body["role"] = options.role;
  body["scope"] = options.scope;
  body["name"] = options.name.empty() ? called : options.name;
  body["words"] = words.zh();
  body["expires_s"] = valid->count();
  const auto decided = door.replica ? node::admit_json(*door.replica, body)
                                    : asked(door, "POST", "/api/v1/admissions", body);
  if (!decided) return refuse(decided.error());
  if (door.replica) {
    const Noted act{.act = "admit", .what = decided->value("id", "")};
    if (auto noted = note_act(options.data, act); !noted) return refuse(noted.error());
  }
  const auto replaces = decided->value("replaces", Json::array());
  const bool letter = body.contains("request");
  if (letter) {
    const auto text = "邻里接入答复 Linli admission: " + harmless(body.value("name", "")) + "\n" +
                      decided->value("answer", "");
    if (auto kept = write_letter(options.out, text); !kept) return refuse(kept.error());
  }
  if (options.json && !(letter && options.out == "-")) {
    print_json(
        {{"id", decided->value("id", "")}, {"words", (*waiting)["words"]}, {"replaces", replaces}});
  } else if (!letter || options.out != "-") {
    print("已批准 admitted: " + harmless(body.value("name", "")));
    if (letter) print("答复已写入 " + options.out + "，请发给对方；对方会核对本节点的词。");
  }
  if (!replaces.empty()) {
    note("linli: 同名同范围的旧节点将标为已更换 older nodes of this name are listed as replaced:" +
         joined(replaces));
  }
  return 0;
}

}  // namespace

int admit_file(const AdmitOptions& options) {
  const auto text = read_letter(options.request);
  if (!text) return refuse(text.error());
  const auto bytes = node::letter_of(node::kRequestPrefix, *text);
  if (!bytes) return refuse(bytes.error());
  const auto request = node::JoinRequest::decode(*bytes);
  if (!request) return refuse(request.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  return decide(options, *door, {{"request", node::letter_text(node::kRequestPrefix, *bytes)}},
                request->words(), request->name);
}

int admit_pending(const AdmitOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto waiting = who_waits(*door);
  if (!waiting) return refuse(waiting.error());
  const Json* meant = nullptr;
  for (const auto& item : (*waiting)["items"]) {
    if (options.request.size() < 6 || !item.value("id", "").starts_with(options.request)) continue;
    if (meant)
      return refuse(Errc::bad_usage,
                    "有几份以此开头，请多写几位 several begin so: give more of it");
    meant = &item;
  }
  if (!meant)
    return refuse(Errc::not_found,
                  "这里没有这份待办的申请，见 linli nodes pending no such request waits here: "
                  "`linli nodes pending`");
  const auto words = crypto::Words::read(zh_of(*meant));
  if (!words) return refuse(words.error());
  return decide(options, *door, {{"id", meant->value("id", "")}}, *words, meant->value("name", ""));
}

int list_pending(const PendingOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto waiting = who_waits(*door);
  if (!waiting) return refuse(waiting.error());
  if (options.json) {
    print_json(*waiting);
    return 0;
  }
  print("本节点核对词 this node's words: " + zh_of(*waiting));
  const auto& items = (*waiting)["items"];
  if (items.empty()) {
    print("没有待批准的接入申请。 Nobody asks to join.");
    return 0;
  }
  Table table({"编号", "自称", "核对词", "申请时间"});
  for (const auto& item : items) {
    table.add({item.value("id", "").substr(0, 12), harmless(item.value("name", "")), zh_of(item),
               local_time(item.value("arrived", ""))});
  }
  table.print(48);
  return 0;
}

int turn_away(const TurnAwayOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  std::string id;
  if (door->replica) {
    const auto waiting = node::pending_named(*door->replica, options.id);
    if (!waiting) return refuse(waiting.error());
    id = crypto::to_hex(waiting->id.view());
    if (auto done = node::refuse_request(*door->replica, waiting->id); !done) {
      return refuse(done.error());
    }
    if (auto noted = note_act(options.data, {.act = "refuse", .what = id}); !noted) {
      return refuse(noted.error());
    }
  } else {
    const auto done = asked(*door, "DELETE", "/api/v1/admissions/" + percent_encoded(options.id));
    if (!done) return refuse(done.error());
    id = done->value("refused", "");
  }
  if (options.json) print_json({{"refused", id}});
  if (!options.json) print("已拒绝 refused: " + id.substr(0, 12));
  return 0;
}

}  // namespace linli::app

// init, invite: how a city begins, and how it lets others in.
#include <unistd.h>

#include <cstdlib>

#include "api/qr.h"
#include "node/app/commands.h"
#include "node/app/letters.h"
#include "node/app/noted.h"
#include "node/app/writer.h"
#include "node/enrolment.h"

namespace linli::app {
namespace {

/// Colours where a terminal shows them; else what most terminals are: dark.
api::Ink ink_of(const std::string& asked) {
  if (asked == "colour") return api::Ink::coloured;
  if (asked == "light") return api::Ink::on_light;
  if (asked == "dark") return api::Ink::on_dark;
  const char* kind = std::getenv("TERM");
  const bool plain = !kind || std::string_view(kind) == "dumb" || std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && !plain ? api::Ink::coloured : api::Ink::on_dark;
}

}  // namespace

int init(const InitOptions& options) {
  if (options.role != "hub") {
    return refuse(Errc::bad_usage,
                  "只有中心能建立城市，其他节点请用 linli join only a hub founds a city; other "
                  "nodes use `linli join`",
                  "role");
  }
  const sync::SystemClock clock;
  auto founded = node::found_city(options.data, {options.name, options.scope, clock.now()}, clock);
  if (!founded) return refuse(founded.error());
  const auto root_key = node::DataDir(options.data).root_key().string();
  if (options.json) {
    print_json(Json{{"name", options.name}, {"scope", options.scope}, {"root_key", root_key}});
    return 0;
  }
  print("已建立 " + options.name + "（" + options.scope + "）");
  print("市根密钥：" + root_key + "，请在其他单位接入之前移到不联网的安全处保存。");
  print("The city is founded. Move its root key to a safe place that no network reaches.");
  return 0;
}

int invite(const InviteOptions& options) {
  const auto role = crypto::role_named(options.role);
  if (!role) {
    return refuse(Errc::bad_usage,
                  "角色须为 district、street、office、device、company、auditor 之一 role: one of "
                  "district, street, office, device, company, auditor; not " +
                      harmless(options.role));
  }
  const auto valid = period(options.expires);
  if (!valid) {
    return refuse(Errc::bad_usage,
                  "期限写作数字加 s、m、h 或 d，60s 至 366d，如 7d --expires is a number with s, "
                  "m, h or d, 60s to 366d: 7d");
  }
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  std::string line;
  if (door->replica) {
    const auto made =
        node::invite(*door->replica, {*role, options.scope, options.name, options.url, *valid});
    if (!made) return refuse(made.error());
    line = made->line();
    const auto what = options.name + ", " + options.role + ", " + options.scope;
    if (auto noted = note_act(options.data, {.act = "invite", .what = what}); !noted) {
      return refuse(noted.error());
    }
  } else {
    const Json body{{"role", options.role},
                    {"scope", options.scope},
                    {"name", options.name},
                    {"expires_s", valid->count()},
                    {"url", options.url}};
    const auto answer =
        ask(*door->node, "POST", "/api/v1/invites",
            body.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json");
    if (!answer) return refuse(answer.error());
    const auto json = Json::parse(*answer, nullptr, false);
    line = json.is_object() ? json.value("line", "") : "";
    if (line.empty())
      return refuse(Errc::internal,
                    "读不懂运行中节点的答复 the running node's answer can't be read");
  }
  if (!options.svg.empty()) {
    const auto picture = api::qr_svg(line);
    if (!picture) return refuse(picture.error());
    if (auto kept = write_letter(options.svg.string(), *picture, true); !kept) {
      return refuse(kept.error());
    }
  }
  std::string drawn;
  if (options.qr) {
    auto lines = api::qr_lines(line, ink_of(options.ink));
    if (!lines) return refuse(lines.error());
    drawn = std::move(*lines);
  }
  if (options.json) {
    print_json(Json{{"line", line},
                    {"role", options.role},
                    {"scope", options.scope},
                    {"name", options.name},
                    {"expires_s", valid->count()}});
  } else {
    print(line);
    if (!drawn.empty()) print(drawn);
  }
  return 0;
}

}  // namespace linli::app

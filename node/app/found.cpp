// init, invite, join: how a city begins, and how a node joins it.
#include "node/app/commands.h"
#include "node/app/noted.h"
#include "node/app/writer.h"
#include "node/enrolment.h"
#include "node/exchange.h"
#include "node/upstream.h"

namespace linli::app {
int init(const InitOptions& options) {
  if (options.role != "hub") {
    return refuse(Errc::bad_usage, "only a hub founds a city; other nodes use `linli join`",
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
                  "role: one of district, street, office, device, company, auditor; not " +
                      harmless(options.role));
  }
  const auto valid = period(options.expires);
  if (!valid) {
    return refuse(Errc::bad_usage, "--expires is a number with s, m, h or d, at most 366d: 7d");
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
    if (line.empty()) return refuse(Errc::internal, "the running node's answer can't be read");
  }
  if (options.json) {
    print_json(Json{{"line", line},
                    {"role", options.role},
                    {"scope", options.scope},
                    {"name", options.name},
                    {"expires_s", valid->count()}});
  } else {
    print(line);
  }
  return 0;
}

int join(const JoinOptions& options) {
  const auto invite = node::Invite::parse(options.invite);
  if (!invite) return refuse(invite.error());
  const sync::SystemClock clock;
  if (auto joined = node::join(options.data, *invite, options.hub, clock); !joined) {
    return refuse(joined.error());
  }
  auto replica = node::Replica::open(options.data, clock);
  if (!replica) return refuse(replica.error());
  const auto& own = (*replica)->identity();
  const auto url = node::upstream(**replica);
  Json answer{{"name", own.name},
              {"scope", own.scope},
              {"role", crypto::name_of(own.role)},
              {"upstream", url ? Json(*url) : Json(nullptr)},
              {"received", nullptr}};
  std::optional<Error> failed;
  if (url) {
    node::HttpClient upstream(*url);
    ProgressLine progress("接收 receiving");
    node::Portions portions;
    auto report = node::exchange_through_cuts(
        **replica, upstream, portions, [&](const auto& so_far, std::uint64_t left) {
          progress.show(static_cast<std::int64_t>(so_far.received),
                        static_cast<std::int64_t>(so_far.received + left));
        });
    if (report) answer["received"] = report->received;
    if (!report) failed = report.error();
  }
  if (options.json) {
    print_json(answer);
  } else {
    print("已接入：" + own.name + "（" + own.scope + "）");
    if (!failed) print("已收到上级数据 " + answer["received"].dump() + " 份。 Joined.");
  }
  // It is a member already; a line that fails now costs nothing but a later `linli sync`.
  if (failed)
    note("linli: joined, but the first sync failed: " + describe(*failed) +
         "; try `linli sync` later");
  return 0;
}

}  // namespace linli::app

// sync pause|resume|metered, upstream set|show|clear: settings of the sync agent, through the node
// that runs or in the folder itself.
#include "node/app/commands.h"
#include "node/app/writer.h"
#include "node/upstream.h"

namespace linli::app {
namespace {

/// What to ask of a running node, and what to do where none runs.
struct Setting {
  std::string path;
  Json body;
  std::function<Result<void>(node::Replica&)> here;
};

/// Answers with {addresses, metered, paused}.
Result<Json> apply(const std::filesystem::path& data, const Setting& setting) {
  const sync::SystemClock clock;
  auto door = open_door(data, clock);
  if (!door) return fail(door.error());
  if (door->node) {
    const auto answer =
        ask(*door->node, "POST", setting.path, setting.body.dump(), "application/json");
    if (!answer) return fail(answer.error());
    auto json = Json::parse(*answer, nullptr, false);
    if (!json.is_object()) return fail(Errc::internal, "the running node's answer can't be read");
    return json;
  }
  if (auto done = setting.here(*door->replica); !done) return fail(done.error());
  const auto now = node::sync_settings(*door->replica);
  return Json{
      {"addresses", now.upstreams}, {"metered", now.metered}, {"paused", now.paused(clock.now())}};
}

int say(const Common& options, const Setting& setting, const std::string& done) {
  const auto json = apply(options.data, setting);
  if (!json) return refuse(json.error());
  if (options.json) {
    print_json(*json);
  } else {
    print(done);
  }
  return 0;
}

Setting addresses(const std::vector<std::string>& urls) {
  return {"/api/v1/agent/upstream", Json{{"urls", urls}},
          [urls](node::Replica& replica) { return node::set_upstreams(replica, urls); }};
}

}  // namespace

int sync_pause(const SyncPauseOptions& options) {
  std::optional<std::chrono::seconds> time;
  if (!options.time.empty()) {
    time = period(options.time);
    if (!time) {
      return refuse(Errc::bad_usage, "--for is a number with s, m, h or d, at most 366d: 2h");
    }
  }
  const Setting setting{
      "/api/v1/agent/pause", time ? Json{{"for_s", time->count()}} : Json::object(),
      [time](node::Replica& replica) {
        return node::pause_sync(
            replica, time ? replica.now() + time->count() * 1'000'000 : node::kUntilResumed);
      }};
  return say(options, setting,
             time ? "后台同步已暂停 " + shown_period(*time) + " paused"
                  : "后台同步已暂停，恢复：linli sync resume (paused until resumed)");
}

int sync_resume(const SyncResumeOptions& options) {
  return say(options,
             {"/api/v1/agent/resume", Json::object(),
              [](node::Replica& replica) { return node::resume_sync(replica); }},
             "后台同步已恢复 resumed");
}

int sync_metered(const SyncMeteredOptions& options) {
  const bool on = options.on == "on";
  return say(options,
             {"/api/v1/agent/metered",
              {{"on", on}},
              [on](node::Replica& replica) { return node::set_metered(replica, on); }},
             on ? "已按计费线路处理：先传记录，照片暂缓 metered: records go, photos wait"
                : "已按不限流量处理 not metered");
}

int upstream_set(const UpstreamSetOptions& options) {
  std::vector<std::string> urls{options.url};
  urls.insert(urls.end(), options.also.begin(), options.also.end());
  return say(options, addresses(urls), "上级地址已设定 set: " + options.url);
}

int upstream_clear(const UpstreamOptions& options) {
  return say(options, addresses({}), "已不再联网同步 no upstream any more");
}

int upstream_show(const UpstreamOptions& options) {
  const auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto urls = node::sync_settings(**store).upstreams;
  if (options.json) {
    print_json(Json{{"addresses", urls}});
    return 0;
  }
  if (urls.empty()) print("没有上级地址 no upstream");
  for (const auto& url : urls) print(url);
  return 0;
}

}  // namespace linli::app

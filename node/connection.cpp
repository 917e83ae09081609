#include "node/connection.h"

#include "node/last_found.h"
#include "node/store/news.h"

namespace linli::node {
namespace {

Json instant(sync::Micros at) {
  return at > 0 ? Json(model::instant_text(at / 1000)) : Json(nullptr);
}

Json paused(const SyncSettings& settings, sync::Micros now) {
  if (!settings.paused(now)) return nullptr;
  const auto until = *settings.paused_until;
  return {{"until", until == kUntilResumed ? Json(nullptr) : instant(until)}};
}

/// While an exchange is under way: what there was when it began, and came since, without what went
/// over. What is remembered of the peer, and its receipts, come along at moments of their own.
std::uint64_t left_to_send(Replica& replica, const Agent::State& state) {
  if (!state.progress) return to_send(replica, state.peer);
  const auto& progress = *state.progress;
  const auto trust = replica.trust();  // Held: what find() answers with lives in it.
  const auto* above =
      state.peer.is_zero() ? nullptr : trust->book.find(trust->book.newest_after(state.peer));
  auto lease = replica.store().read();
  const auto since =
      above ? store::waiting_for(*lease, *above, progress.reached) : std::uint64_t{0};
  const auto all = progress.had_to_send + since;
  return all - std::min(all, progress.so_far.sent);
}

Json request_json(const HttpClient::UnderWay& request) {
  return {{"bytes", request.bytes}, {"gone", request.gone}, {"came", request.came}};
}

double seconds_in(Agent::Wait time) { return static_cast<double>(time.count()) / 1000; }

/// The first bytes only fill what stands between: after a second they tell of the line.
bool request_tells(const Agent::Progress& progress) {
  return progress.request && progress.running >= std::chrono::seconds(1);
}

/// By the objects that went over until the last answer; where that tells nothing, or less, by what
/// is left of the request under way.
Json seconds_left(const Agent::Progress& progress, std::uint64_t left_to_send, double speed) {
  std::optional<double> left;
  const auto objects = static_cast<double>(progress.so_far.sent + progress.so_far.received);
  const auto seconds = seconds_in(progress.passed);
  if (seconds > 0 && objects > 0) {
    const auto all = static_cast<double>(left_to_send + progress.to_fetch) * seconds / objects;
    left = std::max(0.0, all - seconds_in(progress.running - progress.passed));
  }
  if (request_tells(progress) && progress.request->gone > 0 && speed > 0) {
    const auto& request = *progress.request;
    left = std::max(left.value_or(0), static_cast<double>(request.bytes - request.gone) / speed);
  }
  return left ? Json(std::int64_t(*left)) : Json(nullptr);
}

Json exchange_json(const Agent::Progress& progress, std::uint64_t left_to_send) {
  const auto& moved = progress.so_far;
  const auto& request = progress.request;
  const bool tells = request_tells(progress);
  const auto seconds = seconds_in(tells ? progress.running : progress.passed);
  const auto objects = static_cast<double>(moved.sent + moved.received);
  Json json{{"sent", moved.sent}, {"received", moved.received}, {"to_fetch", progress.to_fetch}};
  const auto bytes = static_cast<double>(moved.bytes_out + moved.bytes_in +
                                         (tells ? request->gone + request->came : 0));
  const bool known = progress.passed.count() > 0 && objects > 0;
  const auto speed = seconds > 0 ? bytes / seconds : 0;
  json["bytes_per_s"] = seconds > 0 ? Json(std::int64_t(speed)) : Json(nullptr);
  json["records_per_s"] =
      known ? Json(std::int64_t(objects / seconds_in(progress.passed))) : Json(nullptr);
  json["seconds_left"] = seconds_left(progress, left_to_send, speed);
  json["request"] = request ? request_json(*request) : Json(nullptr);
  return json;
}

/// As this process compared them, or the one before.
Json clock(Replica& replica, const Agent::State& state) {
  if (state.clock) return clock_json(state.clock, state.compared);
  const auto last = last_found(replica);
  return clock_json(last.clock, last.compared);
}

/// An upstream said so, or it stands in what came from there.
bool is_revoked(const Replica& replica, const Agent::State& state) {
  const auto trust = replica.trust();
  return state.revoked || trust->book.revoked(*trust->book.find(replica.identity().certificate));
}

/// Whoever was shut out for good isn't "offline": no line and no waiting mends that.
std::string_view mode_told(std::string_view mode, bool revoked) {
  const bool rests = mode == "paused" || mode == "stopped" || mode == "none";
  return revoked && !rests ? "revoked" : mode;
}

Json told(Replica& replica, const Agent::State& state, std::string_view mode) {
  if (state.url.empty()) return nullptr;
  const auto left = left_to_send(replica, state);
  const bool revoked = is_revoked(replica, state);
  Json json;
  json["url"] = state.url;
  json["addresses"] = state.settings.upstreams;
  json["state"] = state.ok ? "ok" : "offline";
  json["mode"] = mode_told(mode, revoked);
  json["offline_since"] = instant(state.offline_since);
  json["next_try"] = instant(state.next_try);
  json["last_contact"] = instant(state.last_contact);
  json["last_error"] = state.last_error;
  json["last_error_code"] = state.last_code ? Json(info(*state.last_code).name) : Json(nullptr);
  json["revoked"] = revoked;
  json["elsewhere"] = paths_elsewhere(replica, state.peer);
  json["to_send"] = left;
  json["exchange"] = state.progress ? exchange_json(*state.progress, left) : Json(nullptr);
  json["metered"] = state.settings.metered;
  json["paused"] = paused(state.settings, replica.now());
  json["clock"] = clock(replica, state);
  json["flagged_sets"] = state.flagged;
  json["total"] = {{"sent", state.total.sent},           {"refused", state.total.refused},
                   {"received", state.total.received},   {"round_trips", state.total.round_trips},
                   {"bytes_out", state.total.bytes_out}, {"bytes_in", state.total.bytes_in}};
  return json;
}

}  // namespace

Json clock_json(const std::optional<ClockDifference>& clock, sync::Micros compared) {
  if (!clock) return nullptr;
  return {{"ahead_ms", clock->ahead / 1000},
          {"doubt_ms", clock->doubt / 1000},
          {"wrong", clock_is_wrong(*clock)},
          {"compared", instant(compared)}};
}

Json exchange_json(Replica& replica, const ExchangeReport& report, const Hash& peer, Json clock) {
  Json refusals = Json::array();
  for (const auto& verdict : report.refusals) {
    if (!verdict.refused) continue;
    refusals.push_back({{"code", info(*verdict.refused).name}, {"detail", verdict.detail}});
  }
  return {{"sent", report.sent},
          {"refused", report.refused},
          {"received", report.received},
          {"round_trips", report.round_trips},
          {"bytes_out", report.bytes_out},
          {"bytes_in", report.bytes_in},
          {"refusals", std::move(refusals)},
          {"elsewhere", paths_elsewhere(replica, peer)},
          {"clock", std::move(clock)}};
}

std::vector<std::string> connection_warnings(Replica& replica, const Agent& agent) {
  const auto state = agent.state();
  std::vector<std::string> warnings;
  if (is_revoked(replica, state)) warnings.emplace_back("key_revoked");
  const auto compared = clock(replica, state);
  if (compared.is_object() && compared["wrong"] == true) warnings.emplace_back("clock_wrong");
  return warnings;
}

Json connection(Replica& replica, const Agent& agent) {
  const auto state = agent.state();
  return told(replica, state, Agent::name_of(state.mode));
}

Json connection(Replica& replica) {
  Agent::State state;
  state.settings = sync_settings(replica);
  if (state.settings.upstreams.empty()) return nullptr;
  state.url = state.settings.upstreams.front();
  state.revoked = last_found(replica).revoked;
  if (const auto peer = peer_at(replica, state.url)) {
    state.peer = *peer;
    const auto trust = replica.trust();
    const auto* certificate = trust->book.find(*peer);
    if (certificate) state.last_contact = replica.last_contact(certificate->subject);
  }
  {
    auto lease = replica.store().read();
    state.flagged = store::flagged_sets(*lease, replica.identity().author);
  }
  return told(replica, state, "stopped");
}

}  // namespace linli::node

#include "node/connection.h"

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

/// Exactly what a push would carry, apart from what went over since it began.
std::uint64_t to_send(Replica& replica, const Agent::State& state) {
  const auto trust = replica.trust();
  const auto* own = trust->book.find(replica.identity().certificate);
  const auto peer = state.peer.is_zero() ? own->issuer : state.peer;
  const auto* certificate = trust->book.find(peer);
  const auto memory = replica.peer(peer);
  if (!certificate || !memory) return 0;
  auto lease = replica.store().read();
  const auto waiting = store::waiting_for(*lease, *certificate, memory->pushed);
  const auto gone = state.progress ? state.progress->so_far.sent : 0;
  return waiting - std::min(waiting, gone);
}

Json exchange_json(const Agent::Progress& progress, std::uint64_t left_to_send) {
  const auto& moved = progress.so_far;
  const auto seconds = static_cast<double>(progress.passed.count()) / 1000;
  const auto objects = static_cast<double>(moved.sent + moved.received);
  const auto left = static_cast<double>(left_to_send + progress.to_fetch);
  Json json{{"sent", moved.sent}, {"received", moved.received}, {"to_fetch", progress.to_fetch}};
  const bool known = seconds > 0 && objects > 0;
  const auto bytes = static_cast<double>(moved.bytes_out + moved.bytes_in);
  json["bytes_per_s"] = seconds > 0 ? Json(std::int64_t(bytes / seconds)) : Json(nullptr);
  json["records_per_s"] = known ? Json(std::int64_t(objects / seconds)) : Json(nullptr);
  json["seconds_left"] = known ? Json(std::int64_t(left * seconds / objects)) : Json(nullptr);
  return json;
}

Json told(Replica& replica, const Agent::State& state, std::string_view mode) {
  if (state.url.empty()) return nullptr;
  const auto left = to_send(replica, state);
  Json json;
  json["url"] = state.url;
  json["addresses"] = state.settings.upstreams;
  json["state"] = state.ok ? "ok" : "offline";
  json["mode"] = mode;
  json["offline_since"] = instant(state.offline_since);
  json["next_try"] = instant(state.next_try);
  json["last_contact"] = instant(state.last_contact);
  json["last_error"] = state.last_error;
  json["elsewhere"] = paths_elsewhere(replica, state.peer);
  json["to_send"] = left;
  json["exchange"] = state.progress ? exchange_json(*state.progress, left) : Json(nullptr);
  json["metered"] = state.settings.metered;
  json["paused"] = paused(state.settings, replica.now());
  json["clock"] = nullptr;
  if (state.clock) {
    json["clock"] = {{"ahead_ms", state.clock->ahead / 1000},
                     {"doubt_ms", state.clock->doubt / 1000},
                     {"wrong", clock_is_wrong(*state.clock)}};
  }
  json["flagged_sets"] = state.flagged;
  json["total"] = {{"sent", state.total.sent},           {"refused", state.total.refused},
                   {"received", state.total.received},   {"round_trips", state.total.round_trips},
                   {"bytes_out", state.total.bytes_out}, {"bytes_in", state.total.bytes_in}};
  return json;
}

}  // namespace

Json connection(Replica& replica, const Agent& agent) {
  const auto state = agent.state();
  return told(replica, state, Agent::name_of(state.mode));
}

Json connection(Replica& replica) {
  Agent::State state;
  state.settings = sync_settings(replica);
  if (state.settings.upstreams.empty()) return nullptr;
  state.url = state.settings.upstreams.front();
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

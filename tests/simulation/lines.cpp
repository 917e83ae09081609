// Lines and meetings: what a request goes through on its way, and the agent that sends it.
#include <algorithm>

#include "tests/simulation/randomness.h"
#include "tests/simulation/world.h"

namespace linli::simulation {
namespace {

constexpr Micros kTimeout = 60 * kSecond;
constexpr Micros kFirstWait = 2 * kMinute, kLongestWait = 3 * kHour;

struct Quality {
  unsigned lost = 0;      ///< Percent of messages, each way.
  unsigned repeated = 0;  ///< Percent of requests that arrive a second time, later.
  unsigned damaged = 0;
  Micros delay = 40'000;
  Micros per_byte = 1;
};

Quality quality_of(std::int64_t line, Chance& chance) {
  switch (line) {
    case kLossy:
      return {.lost = 25, .repeated = 10, .delay = 300'000, .per_byte = 20};
    case kSlow:
      return {
          .lost = 2, .delay = 600'000, .per_byte = 160 + static_cast<Micros>(chance.below(6000))};
    case kRepeating:
      return {.repeated = 50, .delay = 100'000};
    case kDamaging:
      return {.damaged = 20};
    default:
      return {.lost = 1, .repeated = 1};
  }
}

}  // namespace

/// What api/sync.cpp does with a request. Nothing: no answer leaves the machine.
std::optional<std::string> World::deliver(Node& server, const std::string& body, int& status) {
  if (!server.up()) return std::nullopt;
  status = 200;
  const auto asked = sync::unpack(body);
  if (!asked) {
    status = info(asked.error().code).http_status;
    return std::string();
  }
  auto& replica = *server.replica;
  const auto trust = replica.trust();
  const auto said = server.server->answer(*asked, trust->book, replica.now());
  if (!said.error && !server.answered_requests.insert(crypto::hash({asked->body})).second) {
    broken("I5", server.number, "answered one request twice: whoever recorded it can play it back");
  }
  if (!said.error) {
    if (const auto request = sync::Request::decode(asked->body)) {
      replica.contact(request->certificate, replica.now());
    }
  }
  auto wire = sync::pack(said.encode(), replica.key(), crypto::kDomainResponse);
  if (!survived(server)) return std::nullopt;
  return wire;
}

/// A request that somebody gave up waiting for, or that the network repeats, arrives later.
void World::deliver_late(Node& server, const std::string& body, Chance& chance) {
  const auto later = static_cast<Micros>(chance.below(static_cast<std::size_t>(6 * kHour)));
  schedule(time_ + later, [this, &server, body] {
    ++counts.late;
    int status = 0;
    const Draws draws(static_cast<std::uint64_t>(time_));
    const auto answer = deliver(server, body, status);
    say("late request at node " + std::to_string(server.number) + (answer ? "" : ", nobody there"));
  });
}

Result<node::HttpAnswer> World::carry(Node& client, Node& server, const std::string& sent,
                                      Chance& chance) {
  const auto lost = [](const char* why) { return fail(Errc::unreachable, why); };
  const auto quality = quiet_ ? Quality{} : quality_of(client.line, chance);
  auto body = sent;
  const auto under_way = [&](std::size_t bytes) {
    return quality.delay / 2 +
           static_cast<Micros>(chance.below(static_cast<std::size_t>(quality.delay))) +
           static_cast<Micros>(bytes) * quality.per_byte;
  };
  if (client.line == kDown) return pass(5 * kSecond), lost("the line is down");
  const auto there = under_way(body.size());
  if (there > kTimeout) return pass(kTimeout), lost("too slow");
  if (chance.percent(quality.damaged))
    body[chance.below(body.size())] ^= static_cast<char>(1 << chance.below(8));
  if (chance.percent(quality.repeated)) deliver_late(server, body, chance);
  if (chance.percent(quality.lost)) {
    if (chance.percent(40)) deliver_late(server, body, chance);
    return pass(kTimeout), lost("no answer");
  }
  pass(there);
  if (client.disk.stopped()) return lost("the power is gone");
  if (!server.up()) return pass(5 * kSecond), lost("nobody answers");
  if (!quiet_ && chance.percent(2)) return node::HttpAnswer{503, {}, {}, body.size(), 0};
  int status = 0;
  auto answer = deliver(server, body, status);
  if (!answer || client.line == kHalfOpen) return pass(kTimeout), lost("no answer");
  const auto back = under_way(answer->size());
  if (back > kTimeout || chance.percent(quality.lost)) return pass(kTimeout), lost("no answer");
  if (!answer->empty() && chance.percent(quality.damaged)) {
    (*answer)[chance.below(answer->size())] ^= static_cast<char>(1 << chance.below(8));
  }
  pass(back);
  if (client.disk.stopped()) return lost("the power is gone");
  const auto size = answer->size();
  return node::HttpAnswer{status, std::move(*answer), {}, body.size(), size};
}

/// Whom to expect there: as over HTTP who answered before; else it says so itself. Zero: nobody.
Hash World::upstream_of(Node& client, Node& server) {
  if (client.replica->trust()->book.find(client.upstream)) return client.upstream;
  if (!server.up()) return {};
  const auto met = node::take_hello(*client.replica, node::hello(*server.replica));
  return met && !client.disk.stopped() ? *met : Hash{};
}

Result<node::ExchangeReport> World::exchange(Node& client, Chance& chance) {
  auto& server = *nodes_[static_cast<std::size_t>(client.place.upstream)];
  const node::Post post = [&](const std::string& body) {
    return carry(client, server, body, chance);
  };
  client.in_exchange = true;
  Result<node::ExchangeReport> report = fail(Errc::internal);
  try {
    auto peer = upstream_of(client, server);
    report = node::exchange(*client.replica, post, {}, peer);
    if (!report && report.error().code == Errc::unknown_certificate && server.up()) {
      // As over HTTP: who isn't known introduces itself.
      const auto met = node::take_hello(*server.replica, node::hello(*client.replica));
      if (survived(server) && met) report = node::exchange(*client.replica, post, {}, peer);
    }
    if (!report && report.error().code == Errc::revoked && server.up()) {
      // And who is refused for good asks for the newest certificate of who refuses it.
      const auto met = node::take_hello(*client.replica, node::hello(*server.replica));
      if (survived(client) && met && *met != peer) {
        peer = *met;
        report = node::exchange(*client.replica, post, {}, peer);
      }
    }
    if (report) client.upstream = peer;
  } catch (const Broken&) {
    client.in_exchange = false;
    throw;
  } catch (const std::exception& e) {
    // The agent's thread would end here, and the process with it.
    if (!client.disk.stopped()) broken("agent", client.number, std::string("throws ") + e.what());
    report = fail(Errc::io, e.what());
  }
  client.in_exchange = false;
  if (!report && report.error().code == Errc::cloned && survived(client)) {
    // A disk put back twice looks like a second machine; a person knows that there is none.
    say("somebody says that node " + std::to_string(client.number) + " is the only one");
    (void)client.replica->go_on_alone().has_value();
  }
  ++counts.exchanges;
  if (report) {
    counts.objects += report->sent + report->received;
    server.unmet = false;
  } else {
    ++counts.failed_exchanges;
  }
  survived(client);
  return report;
}

/// One turn of the agent.
void World::poll(Node& node, Chance& chance) {
  if (time_ < node.quiet_until) return;
  const auto report = exchange(node, chance);
  const auto name = "node " + std::to_string(node.number);
  if (report) {
    node.failures = 0;
    say(name + " sent " + std::to_string(report->sent) + " received " +
        std::to_string(report->received) + " trips " + std::to_string(report->round_trips));
    for (const auto& refusal : report->refusals) {
      say(name + " was refused: " +
          std::string(refusal.refused ? info(*refusal.refused).name : "nothing") + " " +
          refusal.detail);
    }
    return;
  }
  // Twice as long each time, with full jitter.
  const auto longest = std::min(kLongestWait, kFirstWait << std::min(node.failures++, 10));
  node.quiet_until = time_ + static_cast<Micros>(chance.below(static_cast<std::size_t>(longest)));
  say(name + " failed: " + describe(report.error()));
}

/// Objects by hand, past every line: some of them, and as they come out of the bag.
void World::carry_stick(Node& from, Node& to, Chance& chance) {
  if (&from == &to || !from.up() || from.in_exchange) return;
  const auto reader = to.replica->identity().certificate;
  auto page = from.replica->page(reader, {}, true);
  if (!page) return;  // It doesn't know the other's certificate, or its disk fails.
  std::vector<sync::Object> objects;
  for (auto& object : page->objects) {
    if (!chance.percent(60)) continue;
    const auto at = static_cast<std::ptrdiff_t>(chance.below(objects.size() + 1));
    objects.insert(objects.begin() + at, std::move(object));
  }
  const auto carried = objects.size();
  const auto verdicts = to.replica->take_from(std::move(objects), from.replica->identity().author);
  say("node " + std::to_string(to.number) + " is brought " + std::to_string(carried) +
      " objects: " +
      (verdicts ? std::to_string(verdicts->size()) + " with a word" : describe(verdicts.error())));
  survived(to);
  survived(from);
}

void World::join(Node& node) {
  if (node.enrolled) return;
  auto& issuer = *nodes_[static_cast<std::size_t>(node.place.upstream)];
  if (!issuer.up() || issuer.in_exchange) {
    return schedule(time_ + kHour, [this, &node] { join(node); });
  }
  node::Offer offer;
  offer.role = node.place.role;
  offer.scope = node.place.scope;
  offer.name = "节点" + std::to_string(node.number);
  const auto invite = node::invite(*issuer.replica, offer);
  const auto retry = [&] { schedule(time_ + kHour, [this, &node] { join(node); }); };
  if (!survived(issuer) || !invite) return retry();
  const node::Post ask = [&](const std::string& body) -> Result<node::HttpAnswer> {
    if (!issuer.up()) return fail(Errc::unreachable);
    auto answer = node::enrol(*issuer.replica, body);
    if (!survived(issuer)) return fail(Errc::unreachable);
    if (!answer) return node::HttpAnswer{info(answer.error().code).http_status, "{}", {}, 0, 0};
    return node::HttpAnswer{200, std::move(*answer), {}, 0, 0};
  };
  // A newcomer's clock is set by hand on that day.
  node.clock.offset = issuer.clock.now() - time_;
  const auto joined = node::join(node.dir, *invite, "http://upstream", ask, node.clock);
  say("node " + std::to_string(node.number) +
      (joined ? " joined" : " didn't join: " + describe(joined.error())));
  if (!joined) return retry();
  node.enrolled = true;
  open(node);
}

}  // namespace linli::simulation

#include "node/exchange.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "crypto/cbor.h"
#include "node/history_watch.h"
#include "node/holdings.h"
#include "node/issuing.h"
#include "node/pinning.h"
#include "node/upstream.h"

namespace linli::node {
namespace {

constexpr std::size_t kHelloBytesMax = 64u << 10;
constexpr std::size_t kAnswerBytesMax = sync::kBatchBytesMax + 4096;
constexpr sync::Micros kKeepEvery = 5'000'000;
constexpr const char* kWireType = "application/vnd.linli+cbor";

Result<std::vector<std::string>> decode_hello(std::string_view bytes) {
  cbor::Reader r(bytes);
  std::vector<std::string> chain;
  const auto count = r.array();
  for (std::size_t i = 0; i < count && r.ok(); ++i) chain.emplace_back(r.bytes());
  if (auto done = r.finish(); !done) return fail(done.error());
  if (chain.empty()) return fail(Errc::malformed, "no certificate in it");
  return chain;
}

/// Who issued our own certificate: the upstream of a node that knows no other.
Result<Hash> issuer_of(const Replica& replica) {
  const auto trust = replica.trust();
  const auto* own = trust->book.find(replica.identity().certificate);
  // By the key that it has now.
  if (trust->book.find(own->issuer)) return trust->book.newest_after(own->issuer);
  return fail(Errc::not_found, "this node has no upstream: it is the hub");
}

/// Is it a certificate that may be talked with? Who holds a key that was ended isn't who it was.
bool is_good(const Trust& trust, const Hash& certificate) {
  const auto* held = trust.book.find(certificate);
  return held && !trust.book.revoked(*held);
}

bool is_busy(const HttpAnswer& answer) { return answer.status == 429 || answer.status == 503; }

/// What isn't a node says so in a page for people: a portal that wants a login, a proxy.
Result<void> is_a_node(const HttpClient& client, const HttpAnswer& answer) {
  const auto type = answer.headers.find("content-type");
  if (type == answer.headers.end() || !type->second.starts_with("text/html")) return {};
  return fail(
      Errc::unreachable,
      "在 " + client.url() +
          " 应答的不是邻里节点，而是一个网页：可能是上网认证页或代理；请先完成上网登录，或核"
          "对地址 not a node but a web page answers there: sign in to the network or let the "
          "proxy pass this address, or correct it");
}

/// Asks who answers there. The answer to the first request proves it; this only says which proof
/// to expect.
Result<Hash> meet(Replica& replica, HttpClient& client, Findings& found) {
  client.set_limit(kHelloBytesMax);
  client.meet();
  const auto answer = client.send("GET", "/api/v1/sync/hello");
  if (!answer) return fail(answer.error());
  if (is_busy(*answer)) {
    found.retry_after = answer->retry_after();
    return fail(Errc::slow_down, "the upstream is busy");
  }
  if (answer->status == 404 && !client.is_https()) {
    return issuer_of(replica);  // A version that doesn't say hello.
  }
  if (answer->status != 200) {
    return fail(Errc::unreachable, client.url() + " answered " + std::to_string(answer->status) +
                                       " when asked who it is");
  }
  if (auto node = is_a_node(client, *answer); !node) return fail(node.error());
  const auto peer = take_hello(replica, answer->body);
  if (!peer) return fail(peer.error().code, client.url() + ": " + peer.error().detail);
  const auto trust = replica.trust();
  const auto* certificate = trust->book.find(*peer);
  if (!certificate || !may_be_upstream(replica, *certificate)) {
    return fail(Errc::stranger,
                client.url() +
                    " 是本市的节点，但不在本机之上，不能作上级；请用 linli upstream set 改设 is a "
                    "node of this city, but none above this one: set another upstream");
  }
  // Not what it showed, which may be an older one whose key somebody else has by now.
  const auto newest = trust->book.newest_after(*peer);
  if (auto pinned = pin_met(client, trust->book.find(newest)->tls_key); !pinned) {
    return fail(pinned.error());
  }
  return peer;
}

/// An upstream that never heard of us: whoever enrolled us is gone, and told nobody.
Result<void> introduce(Replica& replica, HttpClient& client, Findings& found) {
  client.set_limit(kHelloBytesMax);
  const auto answer = client.send("POST", "/api/v1/sync/hello", hello(replica), kWireType);
  if (!answer) return fail(answer.error());
  if (answer->status == 200) return {};
  if (is_busy(*answer)) {
    found.retry_after = answer->retry_after();
    return fail(Errc::slow_down, "the upstream is busy");
  }
  return fail(Errc::unknown_certificate, client.url() + " doesn't know this node");
}

/// Keeps the surest of the differences between the clocks.
void compare_clocks(std::optional<ClockDifference>& known, sync::Micros asked,
                    sync::Micros answered, sync::Micros theirs) {
  const auto doubt = std::max<sync::Micros>(0, answered - asked) / 2;
  if (!known || doubt < known->doubt) known = ClockDifference{asked + doubt - theirs, doubt};
}

/// Nothing: it is an answer to a sync request.
std::optional<Error> refusal_of(const HttpAnswer& answer, Findings& findings) {
  if (answer.status == 200) return std::nullopt;
  if (is_busy(answer)) {
    findings.retry_after = answer.retry_after();
    return Error{Errc::slow_down, "the upstream is busy", {}};
  }
  return Error{
      Errc::unreachable, "it answered " + std::to_string(answer.status) + " to a sync request", {}};
}

std::size_t bytes_of(const std::vector<sync::Object>& objects) {
  std::size_t bytes = 0;
  for (const auto& object : objects) bytes += object.bytes.size();
  return bytes;
}

Portions::Took passed(sync::Micros from, sync::Micros to) {
  return std::chrono::duration_cast<Portions::Took>(std::chrono::microseconds(to - from));
}

bool worth_keeping(const sync::PeerMemory& now, const sync::PeerMemory& before) {
  return now.pushed != before.pushed || now.pushed_epoch != before.pushed_epoch ||
         now.session != before.session || now.pulled.arrival != before.pulled.arrival ||
         now.pulled.epoch != before.pulled.epoch || now.pulled.mark != before.pulled.mark ||
         now.regive != before.regive;
}

/// It says that it doesn't work where, by what we hold of it, it does: it has moved, and who reads
/// nothing there any more hears of that in no other way.
bool has_moved(const Replica& replica, const Hash& peer,
               const std::vector<std::string>& elsewhere) {
  const auto trust = replica.trust();
  const auto* held = trust->book.find(trust->book.newest_after(peer));
  return held && std::any_of(elsewhere.begin(), elsewhere.end(),
                             [&](const std::string& path) { return held->covers(path); });
}

/// What went over is there, whatever the history says: a fault of it is told, and stops nothing.
void demand_proof(Replica& replica, HttpClient& client) {
  const auto watched = watch_history(replica, client);
  if (watched) return;
  const auto code = watched.error().code;
  // A fault was told where it was found, once.
  if (code == Errc::fork || code == Errc::altered) return;
  // So was that nothing was shown.
  const bool told = code == Errc::unreachable || code == Errc::not_found;
  spdlog::log(told ? spdlog::level::debug : spdlog::level::warn,
              "the hub's history wasn't proven: {}", describe(watched.error()));
}

/// So that anybody can show that nothing was kept from this node.
void ask_what_the_hub_holds(Replica& replica, HttpClient& client) {
  const auto asked = ask_holdings_daily(replica, client);
  if (!asked) spdlog::debug("what the hub holds wasn't said: {}", describe(asked.error()));
}

}  // namespace

bool clock_is_wrong(const ClockDifference& difference) {
  return std::abs(difference.ahead) - difference.doubt > kClockOffMax;
}

std::string hello(const Replica& replica) {
  const auto trust = replica.trust();
  const auto chain = chain_to(trust->book, replica.identity().certificate);
  cbor::Writer w;
  w.array(chain.size());
  for (const auto& link : chain) w.bytes(link);
  return w.take();
}

Result<Hash> take_hello(Replica& replica, std::string_view bytes) {
  const auto chain = decode_hello(bytes);
  if (!chain) return fail(chain.error());
  if (auto known = replica.adopt(*chain); !known) {
    return fail(Errc::stranger, "not a node of this city: " + describe(known.error()));
  }
  return crypto::certificate_hash(crypto::SignedBody::decode(chain->back())->body);
}

void ExchangeReport::add(const ExchangeReport& more) {
  sent += more.sent;
  refused += more.refused;
  received += more.received;
  round_trips += more.round_trips;
  bytes_out += more.bytes_out;
  bytes_in += more.bytes_in;
  refusals.insert(refusals.end(), more.refusals.begin(), more.refusals.end());
}

Result<ExchangeReport> exchange_through_cuts(Replica& replica, HttpClient& client,
                                             Portions& portions, const ExchangeProgress& progress,
                                             Findings* findings,
                                             const std::function<bool()>& stop) {
  constexpr int kTriesMax = 4;  // In a row without progress.
  constexpr auto kFirstPause = std::chrono::milliseconds(50);
  Findings unwanted;
  auto& found = findings ? *findings : unwanted;
  ExchangeReport all;
  const ExchangeProgress tell = [&](const ExchangeReport& so_far, std::uint64_t remaining) {
    if (!progress) return;
    auto sum = all;
    sum.add(so_far);
    progress(sum, remaining);
  };
  bool begun = false;
  for (int vain = 0;;) {
    found.so_far = {};
    found.got_on = false;
    const auto report = exchange(replica, client, tell, &found, &portions);
    all.add(report ? *report : found.so_far);
    vain = found.got_on ? 0 : vain + 1;
    begun = begun || found.got_on;
    found.so_far = all;
    found.got_on = begun;
    if (report) return all;
    // Who never answered in the first place is down: that is for others to wait for.
    const bool cut = report.error().code == Errc::unreachable && begun;
    if (!cut || vain == kTriesMax || (stop && stop())) return report;
    client.close();
    if (vain > 0) std::this_thread::sleep_for(kFirstPause * (1 << 2 * (vain - 1)));
  }
}

Result<ExchangeReport> exchange(Replica& replica, HttpClient& client,
                                const ExchangeProgress& progress, Findings* findings,
                                Portions* portions) {
  if (auto any = issuer_of(replica); !any) return fail(any.error());
  Findings unwanted;
  if (!findings) findings = &unwanted;
  const Post send = [&client](const std::string& body) {
    client.set_limit(kAnswerBytesMax);
    auto answer = client.send("POST", "/api/v1/sync", body, kWireType);
    if (!answer) return answer;
    if (auto node = is_a_node(client, *answer); !node) answer = fail(node.error());
    return answer;
  };
  auto known = peer_at(replica, client.url());
  if (known && !is_good(*replica.trust(), *known)) known.reset();
  // Without a certified key it is met anew: it may have one by now.
  if (known && !pin_to(replica, client, *known)) known.reset();
  auto peer = known ? Result<Hash>(*known) : meet(replica, client, *findings);
  if (!peer) return fail(peer.error());
  auto report = exchange(replica, send, progress, *peer, findings, portions);
  const bool other_key = !report && report.error().code == Errc::wrong_key;
  if (!report && known && (other_key || report.error().code == Errc::bad_signature)) {
    // Another node answers there now, or it has another key: the one before was replaced.
    peer = meet(replica, client, *findings);
    if (!peer) return fail(peer.error());
    if (other_key || *peer != *known)
      report = exchange(replica, send, progress, *peer, findings, portions);
  }
  if (!report && report.error().code == Errc::unknown_certificate) {
    const auto introduced = introduce(replica, client, *findings);
    if (introduced) report = exchange(replica, send, progress, *peer, findings, portions);
    if (!introduced && introduced.error().code == Errc::slow_down) {
      return fail(introduced.error());
    }
  }
  if (!report && report.error().code == Errc::revoked) {
    // Who is refused for good hears of no newer certificate of who refuses it, by which that may
    // read what was passed over: it is asked for it.
    const auto met = meet(replica, client, *findings);
    if (met && *met != *peer) {
      peer = met;
      report = exchange(replica, send, progress, *peer, findings, portions);
    }
  }
  if (report && has_moved(replica, *peer, findings->elsewhere)) {
    // It may not be met as an upstream any more; but it is known where it works now.
    const auto met = meet(replica, client, *findings);
    if (!met) spdlog::debug("the upstream works elsewhere now: {}", describe(met.error()));
  }
  if (report && known != *peer) {
    if (auto kept = remember_peer_at(replica, client.url(), *peer); !kept)
      return fail(kept.error());
  }
  if (report) {
    demand_proof(replica, client);
    ask_what_the_hub_holds(replica, client);
  }
  return report;
}

namespace {

/// How far we have read stays true where nothing took that back: what came is here.
Result<void> keep_place(Replica& replica, const sync::PeerMemory& before,
                        const sync::PeerMemory& now) {
  auto kept = replica.peer(now.certificate);
  if (!kept) return fail(kept.error());
  const auto same = [](const sync::Cursor& a, const sync::Cursor& b) {
    return a.epoch == b.epoch && a.arrival == b.arrival && a.mark == b.mark;
  };
  if (before.pulled.epoch == 0 || !same(kept->pulled, before.pulled)) return {};
  kept->pulled = now.pulled;
  return replica.remember(*kept);
}

/// Holds one exchange, and adds to the report. True: it showed that a disk was put back, and what
/// is missing or was written again goes over in the next one.
Result<bool> hold(Replica& replica, const Post& send, const ExchangeProgress& progress,
                  const Hash& peer, Findings& found, Portions* portions, ExchangeReport& report) {
  const auto issuer = issuer_of(replica);
  if (!issuer) return fail(issuer.error());
  found.peer = peer.is_zero() ? *issuer : peer;
  const auto trust = replica.trust();  // Held: what find() answers with lives in it.
  const auto* above = trust->book.find(found.peer);
  if (!above) return fail(Errc::unknown_certificate, "the upstream's certificate isn't here");
  if (const auto* why = trust->book.revoked(*above)) {
    return fail(Errc::revoked, "the key that answers there was ended: " + *why);
  }
  if (replica.cloned()) {
    return fail(Errc::cloned, "another machine writes with this node's key: see `linli doctor`");
  }
  const auto taken_back = replica.peers_taken_back();
  const auto kept = replica.peer(found.peer);
  if (!kept) return fail(kept.error());
  const auto& memory = *kept;
  sync::Client talk(replica, memory, replica.identity().city, replica.identity().certificate);
  if (portions) talk.set_portion(portions->size());
  auto request = talk.begin();
  if (!request) return fail(request.error());
  const auto before = report;
  auto kept_at = replica.now();
  std::optional<Error> failed;
  std::vector<std::string> newer;
  for (std::optional<sync::Request> next = std::move(*request); next && !failed;) {
    const auto body = next->encode();
    const auto wire = sync::pack(body, replica.key(), crypto::kDomainRequest);
    const auto asked_at = replica.now();
    auto answer = send(wire);
    const auto answered_at = replica.now();
    ++report.round_trips;
    if (!answer) {
      failed = answer.error();
      if (portions) portions->cut(bytes_of(next->objects), passed(asked_at, answered_at));
      break;
    }
    report.bytes_out += answer->bytes_out;
    report.bytes_in += answer->bytes_in;
    if ((failed = refusal_of(*answer, found))) break;
    auto response = sync::open_response(answer->body, above->signing_key);
    if (!response) {
      failed = response.error();
      break;
    }
    if (portions) {
      portions->arrived(std::max(bytes_of(next->objects), bytes_of(response->objects)),
                        passed(asked_at, answered_at));
      talk.set_portion(portions->size());
    }
    compare_clocks(found.clock, asked_at, answered_at, response->time);
    auto step = talk.take(*response, crypto::hash({body}));
    if (!response->notice.newer.empty()) newer = response->notice.newer;
    if (next->pull && !response->error) found.elsewhere = response->notice.elsewhere;
    report.sent = before.sent + talk.progress().sent;
    report.refused = before.refused + talk.progress().refused;
    report.received = before.received + talk.progress().received;
    if (!step) {
      failed = step.error();
      break;
    }
    if (progress) progress(report, talk.progress().remaining);
    // A long exchange is remembered now and then: the program may be killed at any time.
    if (replica.now() - kept_at > kKeepEvery && talk.peer_ahead().empty() &&
        replica.peers_taken_back() == taken_back && worth_keeping(talk.memory(), memory)) {
      if (auto written = replica.remember(talk.memory()); !written) return fail(written.error());
      kept_at = replica.now();
    }
    if (step->done) break;
    next = std::move(step->next);
  }
  const auto refusals = talk.refusals();
  report.refusals.insert(report.refusals.end(), refusals.begin(), refusals.end());
  found.so_far = report;
  if (auto noted = replica.note_refusals(found.peer, refusals); !noted) {
    return fail(noted.error());
  }
  if (auto known = newer.empty() ? Result<void>() : replica.adopt(newer); !known) {
    spdlog::warn("the upstream shows a newer certificate of this node that isn't taken: {}",
                 describe(known.error()));
  }
  const auto& now = talk.memory();
  found.got_on = found.got_on || worth_keeping(now, memory);
  const bool begun_anew = !talk.peer_ahead().empty() || replica.peers_taken_back() != taken_back;
  const auto known = replica.began_since(talk.peer_ahead());
  if (!known) return fail(known.error());
  if (*known && replica.peers_taken_back() == taken_back) {
    // Whose key or certificate has ended gets nothing back, and would begin anew for ever; but it
    // hands over what it wrote since.
    if (auto written = replica.remember(now, false); !written) return fail(written.error());
  } else if (!talk.peer_ahead().empty()) {
    // Instead of remembering this exchange: the next one begins anew, and would find it out again.
    spdlog::warn(
        "the upstream knows more of our own feeds than we do: what is missing is fetched, "
        "and a new incarnation begins unless it came meanwhile");
    if (auto begun = replica.succeed("peer_ahead", talk.peer_ahead()); !begun) {
      return fail(begun.error());
    }
  } else if (begun_anew) {
    // What came, or who else read here, showed that this disk was put back, or another node's, or
    // brought a new certificate: what this exchange reached is no longer true.
    spdlog::info("what peers are known to hold was taken back: the next exchange asks them anew");
    if (auto place = keep_place(replica, memory, now); !place) return fail(place.error());
  } else if (worth_keeping(now, memory) || now.counter % 64 == 0) {
    // Kept however it ended: what went through need not go again. A mere poll writes nothing.
    if (auto written = replica.remember(now); !written) return fail(written.error());
  } else {
    replica.count(now);
  }
  if (failed) return fail(*failed);
  replica.contact(found.peer, replica.now());
  if (begun_anew) return true;
  const auto newest = replica.arrival();
  // What a branch says leaves the log only when it was handed on.
  if (!talk.push_halted()) {
    if (auto settled = replica.settle_branches(); !settled) return fail(settled.error());
  }
  if (auto again = replica.write_again(); !again) return fail(again.error());
  const bool wrote_again = replica.arrival() > newest;
  if (auto left = replica.leave_what_was_lost(); !left) return fail(left.error());
  return wrote_again;
}

}  // namespace

Result<ExchangeReport> exchange(Replica& replica, const Post& send,
                                const ExchangeProgress& progress, const Hash& peer,
                                Findings* findings, Portions* portions) {
  constexpr int kInARow = 4;  // A disk that was put back is found out, brought up, and heard out.
  Findings unwanted;
  ExchangeReport report;
  for (int i = 0; i < kInARow; ++i) {
    const auto more =
        hold(replica, send, progress, peer, findings ? *findings : unwanted, portions, report);
    if (!more) return fail(more.error());
    if (!*more) break;
  }
  return report;
}

}  // namespace linli::node

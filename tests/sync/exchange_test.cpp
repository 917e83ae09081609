#include "sync/exchange.h"

#include <zstd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "crypto/cbor.h"
#include "tests/support/seed.h"
#include "tests/support/sim_node.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test;

namespace {

struct Pair {
  explicit Pair(std::size_t devices = 2) : city(devices) {}
  /// Devices that have met the hub once, so that a session runs.
  void meet() {
    REQUIRE(exchange(device, hub).finished);
    REQUIRE(exchange(other, hub).finished);
  }
  void write(int n) {
    for (int i = 0; i < n; ++i) device.write('A', 1, i);
  }

  Micros now = 1'700'000'000'000'000;
  SimCity city;
  SimNode hub{city, 0, now}, device{city, 1, now}, other{city, 2, now};
};

bool once(bool& done) { return !std::exchange(done, true); }

crypto::SignedBody signed_by(const crypto::SigningKey& key, const Request& request) {
  const auto body = request.encode();
  return {body, key.sign(crypto::kDomainRequest, body)};
}

std::string without_key_0(const std::string& body) {  // a map of the other keys
  std::string out = body;
  out[0] = static_cast<char>(out[0] - 1);
  return out.erase(1, 2);
}

}  // namespace

// What goes over the line

TEST_CASE("exchange: nothing new costs one round trip and few bytes", "[sync][I9]") {
  Pair p;
  p.write(3);
  p.meet();
  const Outcome outcome = exchange(p.device, p.hub);
  CHECK(outcome.finished);
  CHECK(outcome.progress.round_trips == 1);
  CHECK(outcome.progress.bytes_out <= 200);
  CHECK(outcome.progress.bytes_in <= 200);
}

TEST_CASE("exchange: one round trip pushes and pulls", "[sync][I9]") {
  Pair p;
  p.hub.gives_receipts = true;
  p.meet();
  p.write(5);
  const Outcome outcome = exchange(p.device, p.hub);
  CHECK(outcome.progress.round_trips == 1);
  CHECK(outcome.progress.sent == 5);
  CHECK(outcome.progress.received == 5);  // the hub's receipts, in the same answer
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: more than fits a batch takes several, in order", "[sync][I9]") {
  Pair p;
  p.meet();
  p.write(40);
  p.device.page_bytes = p.hub.page_bytes = 1500;
  const Outcome pushed = exchange(p.device, p.hub);
  CHECK(pushed.finished);
  CHECK(pushed.progress.round_trips > 3);
  CHECK(pushed.refusals.empty());
  const Outcome pulled = exchange(p.other, p.hub);
  CHECK(pulled.progress.received == 40);
  const auto looked_through = p.other.disk.memory.pushed;  // without a round trip for it
  CHECK(looked_through > 30);
  CHECK(pulled.progress.round_trips > 3);
  CHECK(p.other.shown() == p.device.shown());
}

TEST_CASE("exchange: a dropped batch loses nothing", "[sync][I1]") {
  Pair p;
  p.meet();
  p.write(30);
  p.device.page_bytes = 1000;
  Line line;
  int left = 2;
  line.lose_request = [&] { return left-- == 0; };  // the third
  CHECK_FALSE(exchange(p.device, p.hub, line).finished);
  const auto held = p.hub.sets().size();
  CHECK(held > 0);
  CHECK(held < 30);
  const Outcome again = exchange(p.device, p.hub);
  CHECK(again.finished);
  CHECK(again.progress.sent == 30 - held);  // only what wasn't answered
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: after a lost answer everything is sent again, as replays", "[sync][I1][I5]") {
  Pair p;
  p.meet();
  p.write(3);
  Line line;
  line.lose_answer = [] { return true; };
  CHECK_FALSE(exchange(p.device, p.hub, line).finished);
  CHECK(p.hub.sets().size() == 3);  // it arrived
  const Outcome again = exchange(p.device, p.hub);
  CHECK(again.finished);
  CHECK(again.progress.sent == 3);
  CHECK(again.refusals.empty());  // a replay is no refusal
  CHECK(p.hub.sets().size() == 3);
}

TEST_CASE("exchange: a request that is delivered twice counts once", "[sync][I5]") {
  Pair p;
  p.meet();
  p.write(2);
  Line line;
  bool repeated = false;
  line.repeat_request = [&] { return once(repeated); };  // and only the second answer comes
  const Outcome outcome = exchange(p.device, p.hub, line);
  CHECK(outcome.finished);
  CHECK(p.hub.sets().size() == 2);
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: one refused object doesn't block those behind it", "[sync][I5]") {
  Pair p;
  p.meet();
  p.write(5);
  auto& bytes = p.device.disk.log[4].object.bytes;
  bytes.back() = static_cast<char>(bytes.back() ^ 1);  // the signature of the last
  p.device.disk.log[1].object.bytes = "no parcel";     // so that those behind it wait
  const Outcome outcome = exchange(p.device, p.hub);
  CHECK(outcome.finished);
  REQUIRE(outcome.refusals.size() == 4);
  CHECK(outcome.refusals[0].refused == Errc::malformed);
  CHECK(outcome.refusals[0].arrival == 2);
  CHECK(outcome.refusals[1].refused == Errc::gap);
  CHECK(outcome.refusals[3].refused == Errc::bad_signature);
  CHECK(outcome.refusals[3].arrival == 5);
  CHECK(p.hub.disk.waiting.size() == 2);
  const Outcome next = exchange(p.device, p.hub);  // and they aren't sent for ever
  CHECK(next.progress.sent == 0);
  CHECK(next.progress.round_trips == 1);
}

TEST_CASE("exchange: a passing trouble with one object holds back that one and what follows",
          "[sync][I1]") {
  const auto code = GENERATE(Errc::io, Errc::disk_full, Errc::slow_down, Errc::internal);
  Pair p;
  p.meet();
  p.write(5);
  p.hub.refuse = [&](std::size_t i) { return i == 2 ? std::optional(code) : std::nullopt; };
  const Outcome troubled = exchange(p.device, p.hub);
  CHECK(troubled.finished);
  REQUIRE(troubled.refusals.size() == 1);
  CHECK(troubled.refusals[0].refused == code);
  CHECK(troubled.progress.sent == 2);
  p.hub.refuse = [](std::size_t) { return std::nullopt; };
  const Outcome again = exchange(p.device, p.hub);
  CHECK(again.progress.sent == 3);
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: what the hub can't give doesn't keep it from taking", "[sync][I1]") {
  Pair p;
  p.meet();
  p.write(2);
  p.hub.trouble = [](std::string_view call) {
    return call == "page" ? std::optional(Errc::corrupt) : std::nullopt;
  };
  const Outcome outcome = exchange(p.device, p.hub);
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == Errc::corrupt);
  CHECK(p.hub.sets().size() == 2);
}

TEST_CASE("exchange: the hub's page or our own disk fails and still all is handed over",
          "[sync][I1]") {
  Pair p;
  p.meet();
  p.write(40);
  p.device.page_bytes = 1'000;
  const bool at_hub = GENERATE(true, false);
  (at_hub ? p.hub : p.device).trouble = [at_hub](std::string_view call) {
    return call == (at_hub ? "page" : "take") ? std::optional(Errc::disk_full) : std::nullopt;
  };
  p.other.write('Z', 1, 5);
  REQUIRE(exchange(p.other, p.hub).finished == !at_hub);
  const Outcome outcome = exchange(p.device, p.hub);
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == Errc::disk_full);
  CHECK(outcome.progress.round_trips > 5);
  CHECK(p.hub.sets().size() == 41);
  CHECK(p.device.disk.memory.pushed == 0);  // Nothing behind it was read: it counts as given later.
  (at_hub ? p.hub : p.device).trouble = [](std::string_view) { return std::nullopt; };
  CHECK(exchange(p.device, p.hub).finished);
  CHECK(p.device.disk.memory.pushed >= 40);
}

TEST_CASE("exchange: what isn't durable here isn't counted as pulled", "[sync][I1]") {
  Pair p;
  p.meet();
  p.write(3);
  REQUIRE(exchange(p.device, p.hub).finished);
  const auto before = p.other.disk.memory.pulled.arrival;
  SECTION("the whole take fails") {
    p.other.trouble = [](std::string_view call) {
      return call == "take" ? std::optional(Errc::disk_full) : std::nullopt;
    };
  }
  SECTION("one object fails") {
    p.other.refuse = [](std::size_t i) { return i == 1 ? std::optional(Errc::io) : std::nullopt; };
  }
  REQUIRE(exchange(p.other, p.hub).error);
  CHECK(p.other.disk.memory.pulled.arrival == before);
  p.other.trouble = [](std::string_view) { return std::nullopt; };
  p.other.refuse = [](std::size_t) { return std::nullopt; };
  CHECK(exchange(p.other, p.hub).finished);
  CHECK(p.other.shown() == p.device.shown());
}

TEST_CASE("exchange: a bug behind the shelf is answered, not thrown", "[sync]") {
  Pair p;
  p.meet();
  p.write(1);
  p.hub.trouble = [](std::string_view call) -> std::optional<Errc> {
    ensure(call != "take", "a bug");
    return std::nullopt;
  };
  const Outcome outcome = exchange(p.device, p.hub);
  REQUIRE(outcome.error);
  CHECK(outcome.error->code == Errc::internal);
  CHECK(p.device.disk.memory.pushed == 0);  // and nothing counts as taken
}

TEST_CASE("exchange: what was taken by an answer without a page is given again", "[sync][I9]") {
  Pair p;
  p.meet();
  const auto before = p.hub.disk;
  p.write(1);
  p.hub.trouble = [](std::string_view call) -> std::optional<Errc> {
    return call == "page" ? std::optional(Errc::io) : std::nullopt;
  };
  CHECK(exchange(p.device, p.hub).error->code == Errc::io);
  CHECK(p.hub.sets().size() == 1);
  // The disk is put back to before it, and somebody else's set gets its arrival number: no cursor
  // could tell.
  p.hub.disk = before;
  p.hub.restart();
  p.hub.trouble = [](std::string_view) { return std::nullopt; };
  p.other.write(9, 1, 5);
  CHECK(exchange(p.other, p.hub).finished);
  CHECK(exchange(p.device, p.hub).finished);
  CHECK(p.hub.sets().size() == 2);
}

// Restarts, restores, rollbacks

TEST_CASE("exchange: a hub that restarted costs a handshake and loses nothing", "[sync][I1][I9]") {
  Pair p;
  p.write(2);
  p.meet();
  p.hub.restart();
  p.write(1);
  const Outcome outcome = exchange(p.device, p.hub);
  CHECK(outcome.finished);
  CHECK(outcome.progress.round_trips == 3);  // refused; asks; pushes
  CHECK(outcome.progress.sent == 1);
  CHECK(outcome.peer_ahead.empty());
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: a first request that will be refused carries nothing", "[sync][I9]") {
  Pair p;
  p.write(500);
  const Outcome outcome = exchange(p.device, p.hub);
  CHECK(outcome.progress.sent == 500);
  CHECK(outcome.progress.round_trips == 3);  // refused; asks; pushes
  PeerMemory fresh;
  fresh.certificate = p.city.members[0].hash;
  Client client{p.device, fresh, p.city.id, p.city.members[1].hash};
  CHECK(client.begin()->objects.empty());
}

TEST_CASE("exchange: a long exchange survives restarts of the hub on the way", "[sync][I1]") {
  Pair p;
  p.write(30);
  p.device.page_bytes = 500;
  Line line;
  int trips = 0;
  line.lose_request = [&] {
    if (++trips % 4 == 0) p.hub.restart();
    return false;
  };
  CHECK(exchange(p.device, p.hub, line).finished);
  CHECK(trips > 16);
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: a restored hub is given what it lost, and not all there is",
          "[sync][I1][I9]") {
  Pair p;
  p.write(50);
  p.meet();
  const auto backup = p.hub.disk;
  p.write(4);
  p.meet();
  p.write(1);
  p.hub.restore(backup);
  const Outcome outcome = exchange(p.device, p.hub);
  CHECK(outcome.finished);
  CHECK(outcome.progress.round_trips == 4);  // refused; asks, sees; asks all; pushes
  CHECK(outcome.progress.sent == 5);
  CHECK(outcome.progress.received == 0);
  CHECK(p.hub.shown() == p.device.shown());
  CHECK(exchange(p.device, p.hub).progress.round_trips == 1);

  const Outcome reader = exchange(p.other, p.hub);  // has the four; gets what's behind the backup
  CHECK(reader.finished);
  CHECK(reader.progress.received <= 5);
  CHECK(p.other.shown() == p.device.shown());
}

TEST_CASE("exchange: a hub restored to before we met gets everything", "[sync][I1]") {
  Pair p;
  const auto backup = p.hub.disk;
  p.write(5);
  p.meet();
  p.hub.restore(backup);
  CHECK(exchange(p.device, p.hub).progress.sent == 5);
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: a hub whose disk was rolled back silently is noticed", "[sync][I1]") {
  Pair p;
  p.write(3);
  p.meet();
  const auto snapshot = p.hub.disk;
  p.write(2);
  p.meet();
  p.hub.disk = snapshot;  // the same epoch, and no restart
  SECTION("at once") {}
  SECTION("even if the line drops before it was asked about") {
    Line line;
    int left = 1;
    line.lose_request = [&] { return left-- == 0; };
    CHECK_FALSE(exchange(p.device, p.hub, line).finished);
  }
  CHECK(exchange(p.device, p.hub).finished);
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: a rolled-back disk is noticed before it pushes a fork", "[sync][I5]") {
  Pair p;
  p.write(3);
  p.meet();
  const auto snapshot = p.device.disk;
  p.write(2);
  REQUIRE(exchange(p.device, p.hub).finished);
  const auto at_hub = p.hub.sets();
  p.device.disk = snapshot;
  const bool hub_restarts = GENERATE(false, true);  // either way: by session, or by counter
  if (hub_restarts) p.hub.restart();
  SECTION("and gets its own sets back") {
    const Outcome outcome = exchange(p.device, p.hub);
    CHECK(outcome.finished);
    REQUIRE(outcome.peer_ahead.size() == 1);
    CHECK(outcome.peer_ahead[0].seq == 5);
    CHECK(p.device.sets() == at_hub);
    p.device.raise_incarnation();
    p.write(1);
    const Outcome next = exchange(p.device, p.hub);
    CHECK(next.progress.round_trips == 1);
    CHECK(next.refusals.empty());
    CHECK(p.hub.shown() == p.device.shown());
  }
  SECTION("even if the line drops in the middle") {
    p.hub.page_bytes = 100;
    Line line;
    int left = 2;
    line.lose_answer = [&] { return left-- == 0; };
    CHECK_FALSE(exchange(p.device, p.hub, line).finished);
    CHECK(exchange(p.device, p.hub).finished);
    CHECK(p.device.sets() == at_hub);
  }
  SECTION("even if the hub is busy after it has said so, and the counter gets ahead meanwhile") {
    Line line;
    int left = 1;
    line.lose_request = [&] { return left-- == 0; };
    CHECK_FALSE(exchange(p.device, p.hub, line).finished);
    p.now += 1'000'000;
    p.write(1);
    const Outcome outcome = exchange(p.device, p.hub);
    CHECK(outcome.peer_ahead.size() == 1);
    CHECK(p.hub.sets() == at_hub);
  }
  SECTION("though it had written on, with fewer, as many or more numbers") {
    p.now += 1'000'000;
    p.write(GENERATE(1, 2, 3));
    const Outcome outcome = exchange(p.device, p.hub);
    CHECK(outcome.finished);
    CHECK(outcome.peer_ahead.size() == 1);
    CHECK(outcome.progress.sent == 0);
    CHECK(p.hub.sets() == at_hub);
  }
}

TEST_CASE("exchange: a blank disk gets back what its device once wrote", "[sync][I1]") {
  Pair p;
  p.write(9);
  p.meet();
  SimNode blank{p.city, 1, p.now};
  p.hub.page_bytes = 500;
  Line line;
  int left = 2;
  line.lose_answer = [&] { return left-- == 0; };
  CHECK_FALSE(exchange(blank, p.hub, line).finished);
  CHECK(blank.sets().size() < 9);
  CHECK(exchange(blank, p.hub).finished);
  CHECK(blank.shown() == p.hub.shown());
}

// Who may ask

TEST_CASE("exchange: a recorded request can't be played back", "[sync][I5]") {
  Pair p;
  p.meet();
  p.write(1);
  Line line;
  REQUIRE(exchange(p.device, p.hub, line).finished);
  const auto key = p.city.members[0].key.public_key();
  const auto again = open_response(p.hub.serve(line.requests.back()), key);
  REQUIRE(again.has_value());
  CHECK(again->error == Errc::unauthorised);
  CHECK(again->objects.empty());
  p.hub.restart();
  CHECK(open_response(p.hub.serve(line.requests.back()), key)->error == Errc::unauthorised);
}

TEST_CASE("exchange: each who may not ask is refused with a reason of its own", "[sync][I5][I6]") {
  Pair p;
  p.device.write('A', 1, 1);
  p.meet();
  Server server{p.hub, p.city.id};
  const auto& me = p.city.members[1];
  Request request;
  request.city = p.city.id;
  request.certificate = me.hash;
  request.session = server.answer(signed_by(me.key, request), *p.city.book, 1).session;
  request.counter = 5;
  request.include_own = true;
  auto message = signed_by(me.key, request);
  std::optional<Errc> want;
  SECTION("a good one is answered") {}
  SECTION("another city") {
    request.city.data[0] ^= 1;
    message = signed_by(me.key, request);
    want = Errc::other_city;
  }
  SECTION("an unknown certificate") {
    request.certificate.data[0] ^= 1;
    message = signed_by(me.key, request);
    want = Errc::unknown_certificate;
  }
  SECTION("another's key") {
    message = signed_by(p.city.members[2].key, request);
    want = Errc::bad_signature;
  }
  SECTION("signed as something else") {
    message.signature = me.key.sign(crypto::kDomainChangeSet, message.body);
    want = Errc::bad_signature;
  }
  SECTION("another session") {
    request.session.data[0] ^= 1;
    message = signed_by(me.key, request);
    want = Errc::unauthorised;
  }
  SECTION("no session") {
    request.session = {};
    message = signed_by(me.key, request);
    want = Errc::unauthorised;
  }
  SECTION("not CBOR") {
    message.body = "?";
    want = Errc::malformed;
  }
  SECTION("without a required key") {
    message.body = without_key_0(message.body);
    want = Errc::malformed;
  }
  SECTION("a later protocol") {
    request.protocol = 2;
    message = signed_by(me.key, request);
    want = Errc::newer_version;
  }
  SECTION("a critical key that isn't known") {
    message.body[0] = static_cast<char>(message.body[0] + 1);
    message.body += "\x20\x01";  // -1: 1
    want = Errc::unknown_critical;
  }
  const Response response = server.answer(message, *p.city.book, 77);
  CHECK(response.error == want);
  CHECK(response.objects.empty() == want.has_value());
  CHECK(response.request == crypto::hash({message.body}));
  CHECK(response.time == 77);
  if (!want) CHECK(response.counter == 0);
}

TEST_CASE("exchange: who only pushes gets no objects and keeps its cursor", "[sync]") {
  Pair p;
  p.write(3);
  p.meet();
  Server server{p.hub, p.city.id};
  const auto& me = p.city.members[2];
  Request request;
  request.city = p.city.id;
  request.certificate = me.hash;
  request.pull = false;
  request.cursor = {p.hub.disk.epoch, me.hash, 2};
  request.session = server.answer(signed_by(me.key, request), *p.city.book, 1).session;
  request.counter = 1;
  const Response response = server.answer(signed_by(me.key, request), *p.city.book, 1);
  CHECK_FALSE(response.error);
  CHECK(response.objects.empty());
  CHECK(response.cursor.epoch == p.hub.disk.epoch);
  CHECK(response.cursor.arrival == 2);
}

TEST_CASE("exchange: a new session asks about our own feeds only", "[sync][I9]") {
  Pair p;
  p.write(1);
  p.other.write('B', 1, 1);
  REQUIRE(p.device.take({p.other.disk.log[0].object}, p.city.members[2].hash)->empty());
  REQUIRE(p.device.own_feeds(p.city.members[0].hash, false)->size() ==
          2);  // it carries the other's
  const auto asked = [&](PeerMemory memory) {
    Client client{p.device, memory, p.city.id, p.city.members[1].hash};
    Response response;
    response.request = crypto::hash({client.begin()->encode()});
    response.session = crypto::random<Nonce>();
    response.error = Errc::unauthorised;
    const auto step = client.take(response, response.request);
    REQUIRE(step.has_value());
    CHECK(step->next->include_own);
    return step->next->ask.size();
  };
  auto met = p.device.disk.memory;
  met.pushed_epoch = p.hub.disk.epoch;
  CHECK(asked(met) == 1);
  // Who was never met may have all of it from others.
  CHECK(asked(p.device.disk.memory) == 2);
}

TEST_CASE("exchange: a hub restored in the middle is given what it took before", "[sync][I1]") {
  Pair p;
  for (int i = 0; i < 30; ++i) p.other.write('B', 2, i);
  p.meet();
  p.write(2);
  const auto backup = p.hub.disk;
  p.device.disk.memory.pulled.arrival = 0;
  p.hub.page_bytes = 1000;
  Line line;
  int trips = 0;
  line.lose_request = [&] {
    if (++trips == 4) p.hub.restore(backup);
    return false;
  };
  CHECK(exchange(p.device, p.hub, line).finished);
  CHECK(trips > 6);
  CHECK(p.hub.shown() == p.device.shown());
}

TEST_CASE("exchange: unknown other keys are passed over", "[sync][I8]") {
  Request request;
  request.counter = 1;
  std::string body = request.encode();
  body[0] = static_cast<char>(body[0] + 1);
  body += "\x18\x63\x81\xF6";  // 99: [null]
  CHECK(Request::decode(body).has_value());
  Response response;
  response.detail = "x";
  body = response.encode();
  body[0] = static_cast<char>(body[0] + 1);
  body += "\x18\x63\x81\xF6";
  CHECK(Response::decode(body).has_value());
}

TEST_CASE("exchange: objects that can't be any are refused one by one", "[sync][I5]") {
  Pair p;
  p.device.write('A', 1, 1);
  Server server{p.hub, p.city.id};
  const auto& me = p.city.members[1];
  Request request;
  request.city = p.city.id;
  request.certificate = me.hash;
  request.session = server.answer(signed_by(me.key, request), *p.city.book, 1).session;
  request.counter = 1;
  request.objects = {Object{static_cast<ObjectKind>(77), "x"},
                     Object{ObjectKind::parcel, std::string(kObjectBytesMax + 1, 'x')},
                     Object{ObjectKind::parcel, "junk"}, p.device.disk.log[0].object};
  const auto sent = Request::decode(request.encode());
  REQUIRE(sent.has_value());
  const Response response = server.answer(signed_by(me.key, *sent), *p.city.book, 1);
  CHECK_FALSE(response.error);
  REQUIRE(response.verdicts.size() == 3);
  CHECK(response.verdicts[0].refused == Errc::malformed);
  CHECK(response.verdicts[1].refused == Errc::too_large);
  CHECK(response.verdicts[2].index == 2);
  CHECK(response.verdicts[2].refused == Errc::malformed);
  CHECK(p.hub.sets().size() == 1);
}

TEST_CASE("exchange: a server answers many threads, and each counter once", "[sync]") {
  Pair p;
  Server server{p.hub, p.city.id};
  const auto& me = p.city.members[1];
  Request request;
  request.city = p.city.id;
  request.certificate = me.hash;
  request.pull = false;
  request.session = server.answer(signed_by(me.key, request), *p.city.book, 1).session;
  std::vector<crypto::SignedBody> messages;
  for (request.counter = 1; request.counter <= 50; ++request.counter)
    messages.push_back(signed_by(me.key, request));
  std::vector<int> answered(4);
  std::vector<std::thread> threads;
  for (int& count : answered)
    threads.emplace_back([&] {
      for (const auto& m : messages) count += !server.answer(m, *p.city.book, 1).error;
    });
  for (auto& t : threads) t.join();
  int all = 0;
  for (const int count : answered) all += count;
  CHECK(all >= 1);
  CHECK(all <= 50);
}

// What a client must not believe

TEST_CASE("exchange: a client isn't led on by a server that contradicts itself", "[sync]") {
  Pair p;
  p.meet();
  p.write(1);
  Client client{p.device, p.device.disk.memory, p.city.id, p.city.members[1].hash};
  const auto request = client.begin();
  REQUIRE(request.has_value());
  const auto hash = crypto::hash({request->encode()});
  Response response;
  response.request = hash;
  response.session = request->session;
  response.cursor = request->cursor;
  Errc want = Errc::malformed;
  SECTION("another request's answer") {
    response.request.data[0] ^= 1;
    want = Errc::bad_input;
  }
  SECTION("no cursor") { response.cursor = {}; }
  SECTION("a verdict on what wasn't sent") {
    response.verdicts.push_back(Verdict{1, Errc::fork, "", 0});
  }
  SECTION("more, but nothing comes") { response.more = true; }
  const auto step = client.take(response, hash);
  REQUIRE_FALSE(step.has_value());
  CHECK(step.error().code == want);
}

TEST_CASE("exchange: a client doesn't shake hands for ever", "[sync]") {
  Pair p;
  Client client{p.device, p.device.disk.memory, p.city.id, p.city.members[1].hash};
  auto request = client.begin();
  REQUIRE(request.has_value());
  for (int trips = 0;; ++trips) {
    REQUIRE(trips < 10);
    Response response;
    response.request = crypto::hash({request->encode()});
    response.session = crypto::random<Nonce>();
    response.error = Errc::unauthorised;
    auto step = client.take(response, response.request);
    if (!step) {
      CHECK(step.error().code == Errc::unauthorised);
      return;
    }
    request = *step->next;
  }
}

// Bytes

TEST_CASE("exchange: messages are read back as they were written", "[sync]") {
  Request q;
  q.city = crypto::random<Hash>();
  q.certificate = crypto::random<Hash>();
  q.session = crypto::random<Nonce>();
  q.counter = 7;
  q.cursor = {3, GENERATE(true, false) ? q.certificate : crypto::random<Hash>(), 12};
  q.include_own = true;
  q.pull = false;
  q.ask = {crypto::random<FeedId>(), crypto::random<FeedId>()};
  q.objects = {{ObjectKind::parcel, "a"}, {ObjectKind::receipt, ""}};
  const auto request = Request::decode(q.encode());
  REQUIRE(request.has_value());
  CHECK(request->encode() == q.encode());
  CHECK(request->cursor.certificate == q.cursor.certificate);
  CHECK(request->ask == q.ask);
  CHECK_FALSE(request->pull);
  CHECK(request->objects.size() == 2);

  Response a;
  a.request = crypto::random<Hash>();
  a.session = crypto::random<Nonce>();
  a.time = 5;
  a.error = Errc::slow_down;
  a.detail = std::string(300, 'd') + "\xFF";
  a.counter = 9;
  a.verdicts = {{0, Errc::fork, "because", 0}, {9, std::nullopt, "", 0}};
  a.frontiers = {{crypto::random<FeedId>(), 4, crypto::random<Hash>()}};
  a.objects = {{ObjectKind::parcel, "a"}};
  a.cursor = {3, crypto::random<Hash>(), 12};
  a.more = true;
  a.remaining = 8;
  const auto response = Response::decode(a.encode());
  REQUIRE(response.has_value());
  CHECK(response->encode() == a.encode());
  CHECK(response->error == Errc::slow_down);
  CHECK(response->detail.size() == 200);
  CHECK(response->verdicts[0].refused == Errc::fork);
  CHECK(response->frontiers[0].seq == 4);

  const std::string body = GENERATE_COPY(q.encode(), a.encode());
  for (std::size_t i = 0; i < body.size(); ++i) {
    CHECK_FALSE(Request::decode(body.substr(0, i)).has_value());
    CHECK_FALSE(Response::decode(body.substr(0, i)).has_value());
    std::string changed = body;
    changed[i] = static_cast<char>(changed[i] ^ 0x15);
    if (const auto other = Request::decode(changed)) CHECK(other->encode() == changed);
    if (const auto other = Response::decode(changed); other && !other->error)
      CHECK(other->encode() == changed);
  }
}

TEST_CASE("exchange: who asks for a portion gets about that much, and the rest is still there",
          "[sync][I9]") {
  Pair p;
  p.meet();
  p.write(40);
  REQUIRE(exchange(p.device, p.hub).finished);
  const auto& reader = p.city.members[2];
  Client talk(p.other, p.other.disk.memory, p.city.id, reader.hash);
  talk.set_portion(2'000);
  auto request = talk.begin();
  REQUIRE(request.has_value());
  CHECK(request->portion == 2'000);
  CHECK(Request::decode(request->encode())->portion == 2'000);
  std::size_t answers = 0, objects = 0;
  for (std::optional<Request> next = *request; next; ++answers) {
    const auto body = next->encode();
    const auto said = unpack(p.hub.serve(pack(body, reader.key, crypto::kDomainRequest)));
    const auto response = Response::decode(said->body);
    REQUIRE(response.has_value());
    std::size_t bytes = 0, last = 0;
    for (const auto& object : response->objects) bytes += last = object.bytes.size();
    CHECK(bytes - last < 2'000);
    objects += response->objects.size();
    auto step = talk.take(*response, crypto::hash({body}));
    REQUIRE(step.has_value());
    next = std::move(step->next);
  }
  CHECK(objects == 40);
  CHECK(answers > 3);
  CHECK(p.other.shown() == p.device.shown());
}

TEST_CASE("exchange: a whole batch is asked for without a word", "[sync][I9]") {
  Request q;
  q.counter = 1;
  const auto plain = q.encode();
  q.portion = 0;
  CHECK(q.encode() == plain);
  // Zero is the default, and a default is left out.
  auto spelled = plain;
  spelled[0] = static_cast<char>(spelled[0] + 1);
  CHECK_FALSE(Request::decode(spelled + std::string("\x0b\x00", 2)).has_value());
  CHECK(Request::decode(spelled + std::string("\x0b\x01", 2))->portion == 1);
}

TEST_CASE("exchange: lists over their limits are refused", "[sync][I9]") {
  Request q;
  q.counter = 1;
  SECTION("objects") { q.objects.resize(kBatchObjectsMax + 1); }
  SECTION("frontiers asked for") { q.ask.resize(kAskMax + 1); }
  SECTION("bytes") {
    q.objects.resize(6);
    for (auto& object : q.objects) object.bytes.resize(kObjectBytesMax);
  }
  const auto decoded = Request::decode(q.encode());
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().code == Errc::too_large);
}

TEST_CASE("exchange: a refusal that only a newer node knows waits for the upgrade", "[sync][I8]") {
  Response a;
  a.error = Errc::fork;
  std::string body = a.encode();
  const auto at = body.find("fork");
  REQUIRE(at != std::string::npos);
  body.replace(at, 4, "frok");
  CHECK(Response::decode(body)->error == Errc::unknown_critical);
}

TEST_CASE("exchange: what is packed is unpacked, within bounds", "[sync][I9]") {
  const auto key = crypto::SigningKey::generate();
  const auto body = GENERATE(std::string("short"), std::string(100'000, 'x'));
  const auto wire = pack(body, key, crypto::kDomainRequest);
  CHECK(wire.size() < 300);
  const auto back = unpack(wire);
  REQUIRE(back.has_value());
  CHECK(back->body == body);
  CHECK(crypto::verify(key.public_key(), crypto::kDomainRequest, back->body, back->signature));
  for (std::size_t i = 0; i < wire.size(); ++i) CHECK_FALSE(unpack(wire.substr(0, i)).has_value());
  CHECK_FALSE(unpack(wire + "x").has_value());
  CHECK_FALSE(unpack("\x02" + wire.substr(1)).has_value());

  Response response;
  const auto answer = pack(response.encode(), key, crypto::kDomainResponse);
  CHECK(open_response(answer, key.public_key()).has_value());
  const auto stranger = crypto::SigningKey::generate();
  CHECK(open_response(answer, stranger.public_key()).error().code == Errc::bad_signature);
}

TEST_CASE("exchange: a bomb is stopped while it is decompressed", "[sync][I9]") {
  const std::string zeros(64u << 20, '\0');
  const auto bomb = compress(zeros);
  CHECK(bomb.size() < 10'000);
  const auto stopped = decompress(bomb, kBatchBytesMax);
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == Errc::too_large);
  CHECK(unpack('\x01' + bomb).error().code == Errc::too_large);
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);  // a reader would set 128 MiB aside
  std::string wide(1000, '\0');
  ZSTD_inBuffer in{"x", 1, 0};
  ZSTD_outBuffer out{wide.data(), wide.size(), 0};
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  CHECK(decompress(std::string_view(wide).substr(0, out.pos), 1000).error().code ==
        Errc::too_large);
  const std::string exact(1000, 'x');
  CHECK(decompress(compress(exact), 1000).has_value());
  CHECK_FALSE(decompress(compress(exact), 999).has_value());
}

TEST_CASE("exchange: the example of EXCHANGE.md is what is written", "[sync]") {
  Request q;
  q.city.data.fill(1);
  q.certificate.data.fill(2);
  q.session.data.fill(3);
  q.counter = 7;
  q.cursor = {9, q.certificate, 1000, {}};
  const auto fill = [](const char* byte, int n) {
    std::string hex;
    for (int i = 0; i < n; ++i) hex += byte;
    return hex;
  };
  CHECK(crypto::to_hex(q.encode()) == "a60001015820" + fill("01", 32) + "025820" + fill("02", 32) +
                                          "0350" + fill("03", 16) + "0407" + "0583091903e840");
}

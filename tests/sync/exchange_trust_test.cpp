// What neither side of an exchange takes on trust: who asks, what is sent, what is answered.
#include <catch2/catch.hpp>
#include <thread>

#include "crypto/cbor.h"
#include "sync/exchange.h"
#include "tests/support/device_pair.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test;

namespace {

std::string without_key_0(const std::string& body) {  // a map of the other keys
  std::string out = body;
  out[0] = static_cast<char>(out[0] - 1);
  return out.erase(1, 2);
}

}  // namespace

// Who may ask

TEST_CASE("exchange: a recorded request can't be played back", "[sync][I5]") {
  Pair p;
  p.meet();
  p.write(1);
  LossyLine line;
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

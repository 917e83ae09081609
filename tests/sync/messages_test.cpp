// What requests and responses say, byte by byte.
#include <catch2/catch.hpp>

#include "sync/exchange.h"
#include "tests/support/device_pair.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test;

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

#include "sync/exchange.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/device_pair.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test;

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
  LossyLine line;
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
  LossyLine line;
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
  LossyLine line;
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

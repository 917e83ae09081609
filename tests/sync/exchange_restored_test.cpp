// Restarts, restores, rollbacks: what an exchange makes of a node that forgot.
#include <algorithm>
#include <catch2/catch.hpp>

#include "sync/exchange.h"
#include "tests/support/device_pair.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test;

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
  LossyLine line;
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
    LossyLine line;
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
    LossyLine line;
    int left = 2;
    line.lose_answer = [&] { return left-- == 0; };
    CHECK_FALSE(exchange(p.device, p.hub, line).finished);
    CHECK(exchange(p.device, p.hub).finished);
    CHECK(p.device.sets() == at_hub);
  }
  SECTION("even if the hub is busy after it has said so, and the counter gets ahead meanwhile") {
    LossyLine line;
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
  LossyLine line;
  int left = 2;
  line.lose_answer = [&] { return left-- == 0; };
  CHECK_FALSE(exchange(blank, p.hub, line).finished);
  CHECK(blank.sets().size() < 9);
  CHECK(exchange(blank, p.hub).finished);
  CHECK(blank.shown() == p.hub.shown());
}

TEST_CASE("exchange: a hub restored in the middle is given what it took before", "[sync][I1]") {
  Pair p;
  for (int i = 0; i < 30; ++i) p.other.write('B', 2, i);
  p.meet();
  p.write(2);
  const auto backup = p.hub.disk;
  p.device.disk.memory.pulled.arrival = 0;
  p.hub.page_bytes = 1000;
  LossyLine line;
  int trips = 0;
  line.lose_request = [&] {
    if (++trips == 4) p.hub.restore(backup);
    return false;
  };
  CHECK(exchange(p.device, p.hub, line).finished);
  CHECK(trips > 6);
  CHECK(p.hub.shown() == p.device.shown());
}

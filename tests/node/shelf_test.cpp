// Two real nodes and the line between them: what goes over it, and what must not.
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";

std::string inspection(const std::string& note, const std::string& signer) {
  return R"({"kind":"routine","compound":"410702003901001","template":["t",1],
    "inspectors":["J001","J002"],"started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00",
    "results":{"F01":"ok"},"site_signer":")" +
         signer + R"(","note":")" + note + R"(","status":"submitted"})";
}

}  // namespace

TEST_CASE("exchange: two nodes come to hold the same, and receipts confirm it", "[node][I3]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  CHECK(exchange(office, hub).received > 0);
  CHECK(number(office, "SELECT count(*) FROM r_org_unit") == 7);
  const auto made = put(office, "compound", compound(kCode));
  const auto waiting = [&] { return store::waiting(office->store(), office->identity().author); };
  CHECK(waiting()["sets"] == 1);
  CHECK(get(office, "compound", made)["confirmed"] == false);
  CHECK(exchange(office, hub).sent == 1);
  exchange(office, hub);
  CHECK(waiting()["sets"] == 0);
  CHECK_FALSE(waiting()["confirmed_until"].is_null());
  CHECK(get(office, "compound", made)["confirmed"] == true);
  CHECK(export_all(office) == export_all(hub));
  CHECK(get(hub, "compound", made)["fields"] == get(office, "compound", made)["fields"]);
  CHECK(faults(office).empty());
  CHECK(faults(hub).empty());
}

TEST_CASE("exchange: nothing new costs one round trip and a few hundred bytes", "[node][I9]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  std::vector<node::Wish> wishes;
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  exchange(office, hub);
  exchange(office, hub);
  const auto quiet = exchange(office, hub);
  CHECK(quiet.round_trips == 1);
  CHECK(quiet.sent == 0);
  CHECK(quiet.received == 0);
  CHECK(quiet.bytes_out + quiet.bytes_in < 700);
  // After a restart on either side once more, to begin a session.
  hub.close();
  hub.open();
  CHECK(exchange(office, hub).round_trips <= 3);
  CHECK(exchange(office, hub).round_trips == 1);
  office.close();
  office.open();
  CHECK(exchange(office, hub).round_trips <= 3);
  CHECK(exchange(office, hub).round_trips == 1);
  // However often it asks: a poll writes nothing, and forgets nothing that the next one needs.
  const auto writes = number(office, "PRAGMA data_version");
  for (int i = 0; i < 5; ++i) CHECK(exchange(office, hub).round_trips == 1);
  CHECK(number(office, "PRAGMA data_version") == writes);
}

TEST_CASE("exchange: many sets go over in pages, and a lost answer costs nothing", "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  std::vector<Outcome> made;
  for (int i = 0; i < 30; ++i) {
    made.push_back(
        put(office, "building",
            R"({"compound":"410702003901001","building_no":")" + std::to_string(i) + R"("})"));
  }
  int answers = 0;
  const auto cut =
      try_exchange(office, hub, {.ask = {}, .answer = [&](std::string&) { return ++answers > 1; }});
  CHECK(cut.error().code == Errc::unreachable);
  exchange(office, hub);
  CHECK(number(hub, "SELECT count(*) FROM r_building") == 30);
  CHECK(number(hub, "SELECT count(*) FROM quarantine") == 0);
  exchange(office, hub);
  CHECK(export_all(office) == export_all(hub));
}

TEST_CASE("exchange: an answer or request that was changed on the way changes nothing",
          "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  const auto before = std::pair{dump(office), dump(hub)};
  const auto flip = [](std::string& wire) {
    wire[wire.size() / 2] = static_cast<char>(wire[wire.size() / 2] ^ 4);
    return true;
  };
  CHECK_FALSE(try_exchange(office, hub, {.ask = flip, .answer = {}}).has_value());
  CHECK(std::pair{dump(office), dump(hub)} == before);
  std::string recorded;
  CHECK_FALSE(try_exchange(office, hub,
                           {.ask =
                                [&](std::string& wire) {
                                  recorded = wire;
                                  return true;
                                },
                            .answer = flip})
                  .has_value());
  exchange(office, hub);
  // Played back, a recorded request isn't answered with anybody's records.
  const auto played = sync::unpack(recorded);
  const auto said = hub.server->answer(*played, hub->trust()->book, hub->now());
  CHECK(said.error == Errc::unauthorised);
  CHECK(said.objects.empty());
}

TEST_CASE("personal values: they stay away from the hub, erasable text arrives and is found",
          "[node][I6][I10]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& sibling = city.enrol(kOffice, "示例社区分点");
  exchange(office, hub);
  exchange(sibling, hub);
  put(office, "compound", compound(kCode));
  const auto made = put(office, "inspection", inspection("楼道里有旧自行车", "签字人甲乙丙"));
  exchange(office, hub);
  exchange(office, hub);
  CHECK(field(office, "inspection", made, "site_signer") == "签字人甲乙丙");
  CHECK(field(hub, "inspection", made, "site_signer") == R"({"withheld":true})");
  CHECK(field(hub, "inspection", made, "note") == "楼道里有旧自行车");
  CHECK((*store::search_records(hub->store(), "自行车", 5))["items"].size() == 1);
  // In no file of the hub, in any way it might be stored.
  hub.close();
  CHECK_FALSE(files_hold(hub, "签字人甲乙丙"));
  CHECK_FALSE(files_hold(hub, "甲乙丙"));
  office.close();
  CHECK(files_hold(office, "签字人甲乙丙"));  // the search does find what is there
  office.open();
  hub.open();
  // Another node of the same community gets all that the hub may pass on.
  exchange(sibling, hub);
  CHECK(field(sibling, "inspection", made, "note") == "楼道里有旧自行车");
  CHECK(field(sibling, "inspection", made, "site_signer") == R"({"withheld":true})");
  // And straight from the office, which may hand it on, it gets the value as well.
  const auto page = office->page(sibling->identity().certificate, {}, true);
  REQUIRE(page.has_value());
  for (const auto& became : take(sibling, page->objects, office)) {
    CHECK((became == "replay" || became == "accepted"));
  }
  CHECK(field(sibling, "inspection", made, "site_signer") == "签字人甲乙丙");
  for (auto* node : {&office, &hub, &sibling}) CHECK(faults(*node).empty());
}

TEST_CASE("scope: an office never receives another office's sets", "[node][I6]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  auto& district = city.enrol(kDistrict, "红旗区住建局", crypto::Role::district);
  for (auto* node : {&office, &other, &district}) exchange(*node, hub);
  const auto made = put(office, "compound", compound(kCode, R"({"name":"只在本社区"})"));
  exchange(office, hub);
  // Enforced where it leaves: not one object for the other office names the scope.
  const auto offered = hub->page(other->identity().certificate, {}, true);
  REQUIRE(offered.has_value());
  REQUIRE_FALSE(offered->objects.empty());
  for (const auto& object : offered->objects) {
    CHECK(object.bytes.find("410702003901/") == std::string::npos);
    CHECK(object.bytes.find(kOffice) == std::string::npos);
    CHECK(object.bytes.find("只在本社区") == std::string::npos);
  }
  exchange(other, hub);
  CHECK(get(other, "compound", made).is_null());
  other.close();
  CHECK_FALSE(files_hold(other, kOffice));
  other.open();
  exchange(district, hub);
  CHECK(field(district, "compound", made, "name") == "只在本社区");
  // A stranger to this city gets nothing at all.
  CHECK(hub->page(crypto::hash({"nobody"}), {}, true).error().code == Errc::unknown_certificate);
}

TEST_CASE("conflict: concurrent edits of one field have one winner everywhere", "[node][I3][I4]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto made = put(office, "compound", compound(kCode));
  exchange(office, hub);
  exchange(office, hub);
  edit(office, "compound", made, R"({"name":"社区的叫法","lift_count":5})");
  edit(hub, "compound", made, R"({"name":"市里的叫法","parking_count":7})");
  exchange(office, hub);
  exchange(office, hub);
  for (auto* node : {&office, &hub}) {
    // The later edit wins; the other fields merge without a word.
    CHECK(field(*node, "compound", made, "name") == "市里的叫法");
    CHECK(field(*node, "compound", made, "lift_count") == "5");
    CHECK(field(*node, "compound", made, "parking_count") == "7");
    CHECK(get(*node, "compound", made)["conflicts"] == 1);
    const auto conflicts = store::list_conflicts((*node)->store())["items"];
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0]["fields"] == Json::array({"name"}));
    REQUIRE(conflicts[0]["losers"].size() == 1);
    CHECK(conflicts[0]["losers"][0]["fields"]["name"] == "社区的叫法");
    CHECK(conflicts[0]["losers"][0]["node"] == "示例社区");
  }
  CHECK(export_all(office) == export_all(hub));
  // Whoever saw both and writes settles it, everywhere.
  edit(office, "compound", made, R"({"name":"商定的叫法"})");
  exchange(office, hub);
  exchange(office, hub);
  for (auto* node : {&office, &hub}) {
    CHECK(field(*node, "compound", made, "name") == "商定的叫法");
    CHECK(store::list_conflicts((*node)->store())["items"].empty());
    CHECK(faults(*node).empty());
  }
}

TEST_CASE("conflict: an edit that meets a delete surfaces on both sides", "[node][I4]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto made = put(office, "compound", compound(kCode));
  exchange(office, hub);
  exchange(office, hub);
  remove(hub, "compound", made);
  edit(office, "compound", made, R"({"name":"还在用"})");
  exchange(office, hub);
  exchange(office, hub);
  for (auto* node : {&office, &hub}) {
    CHECK(get(*node, "compound", made)["removed"] == true);
    const auto conflicts = store::list_conflicts((*node)->store())["items"];
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0]["cell"] == 0);
    CHECK(conflicts[0]["losers"][0]["fields"]["name"] == "还在用");
    CHECK(faults(*node).empty());
  }
  CHECK(export_all(office) == export_all(hub));
}

TEST_CASE("concurrent moves: the rank decides alike on both sides, the other is listed",
          "[node][I3][I4]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  const auto made = put(office, "inspection", inspection("备注", "某人"));
  exchange(office, hub);
  exchange(office, hub);
  edit(hub, "inspection", made, R"({"status":"returned","return_reason":"缺照片"})");
  edit(office, "inspection", made, R"({"status":"reviewed"})");
  exchange(office, hub);
  exchange(office, hub);
  for (auto* node : {&office, &hub}) {
    CHECK(field(*node, "inspection", made, "status") == "returned");
    CHECK(get(*node, "inspection", made)["conflicts"] == 1);
    CHECK(faults(*node).empty());
  }
}

TEST_CASE("http: enrolment and exchange over real sockets do the same", "[node][I3]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  Serving serving(hub);
  node::HttpClient client(serving.url());
  REQUIRE(node::exchange(*office, client).has_value());
  put(office, "compound", compound(kCode));
  const auto pushed = node::exchange(*office, client);
  REQUIRE(pushed.has_value());
  CHECK(pushed->sent == 1);
  REQUIRE(node::exchange(*office, client).has_value());
  const auto quiet = node::exchange(*office, client);
  REQUIRE(quiet.has_value());
  CHECK(quiet->round_trips == 1);
  CHECK(export_all(office) == export_all(hub));
  CHECK(store::waiting(office->store(), office->identity().author)["sets"] == 0);
  node::HttpClient nobody("http://127.0.0.1:1");
  CHECK(node::exchange(*office, nobody).error().code == Errc::unreachable);
  CHECK(node::exchange(*hub, client).error().code == Errc::not_found);
}

TEST_CASE("agent: a change made here is at the hub within moments, also after an outage",
          "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  const auto until = [](auto condition) {
    for (int i = 0; i < 400; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  using std::chrono::milliseconds;
  auto serving = std::make_unique<Serving>(hub);
  const auto url = serving->url();
  node::Agent agent(*office, {milliseconds(100), milliseconds(20), milliseconds(100)}, url);
  CHECK(until([&] { return number(office, "SELECT count(*) FROM r_org_unit") == 7; }));
  const auto made = put(office, "compound", compound(kCode));
  CHECK(until([&] { return field(hub, "compound", made, "name") == "示例小区"; }));
  CHECK(until([&] { return get(office, "compound", made)["confirmed"] == true; }));
  CHECK(agent.state().ok);
  serving.reset();
  CHECK(until([&] { return !agent.state().ok; }));
  CHECK_FALSE(agent.state().last_error.empty());
  CHECK(agent.state().last_contact > 0);
}

}  // namespace linli::test

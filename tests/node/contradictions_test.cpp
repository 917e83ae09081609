// Receipts of the hub that contradict each other, after its disk and others' were put back together
// with their marks: who hears of the lost branch, whose word counts, and what stops nobody.
#include <future>

#include "node/hub_key.h"
#include "tests/support/disks.h"
#include "tests/support/sticks.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {
std::string of_office(const char* code) {
  return compound(code, R"({"scope":")" + std::string(kOffice) + R"("})");
}
void direct(Node& client, Node& server) {
  const node::Post send = [&](const std::string& body) -> Result<node::HttpAnswer> {
    const auto asked = sync::unpack(body);
    const auto known = server->trust();
    const auto said = server.server->answer(*asked, known->book, server->now());
    node::HttpAnswer answer{200, {}, {}, body.size(), 0};
    answer.body = sync::pack(said.encode(), server->key(), crypto::kDomainResponse);
    return answer;
  };
  const auto done =
      node::exchange(*client, send, {}, server->identity().certificate, nullptr, nullptr);
  if (!done) FAIL(describe(done.error()));
}
void meet(Node& client, Node& server) {
  const Serving serving(server);
  node::HttpClient line(serving.url());
  const auto talked = node::exchange(*client, line);
  if (!talked) FAIL(describe(talked.error()));
}
bool shows(Node& n, const Outcome& r) { return field(n, "compound", r, "name") == "示例小区"; }
void agreed(const std::vector<Node*>& nodes) {
  for (auto* node : nodes) {
    CHECK(number(*node, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
    CHECK(number(*node, "SELECT count(*) FROM aside") == 0);
    CHECK(number(*node, "SELECT count(*) FROM waiting") == 0);
    CHECK((export_all(*node) == export_all(*nodes.front())));
    CHECK(faults(*node) == std::vector<std::string>{});
  }
}
}  // namespace

TEST_CASE(
    "contradictions: within one epoch the later receipt counts, whose set is not the hub's own",
    "[node][I1][I3][I5]") {
  RelayedCity c;
  c.bring_up();
  direct(c.office, c.hub);
  const Copy hub_then(c.city, c.hub);
  const Copy office_then(c.city, c.office);
  const auto lost = put(c.office, "compound", compound("410702003901009"));
  c.bring_up();
  exchange(c.office, c.street);
  hub_then.put_back(true);
  office_then.put_back(true);
  const auto anew = put(c.office, "compound", compound("410702003901008"));
  direct(c.office, c.hub);
  direct(c.office, c.hub);
  for (int i = 0; i < 6; ++i) {
    exchange(c.street, c.hub);
    exchange(c.office, c.street);
  }
  for (auto* n : {&c.hub, &c.street, &c.office}) {
    CHECK(shows(*n, lost));
    CHECK(shows(*n, anew));
  }
  agreed({&c.hub, &c.street, &c.office});
}

TEST_CASE("contradictions: what the hub writes again keeps its personal values", "[node][I1]") {
  RelayedCity c;
  c.bring_up();
  const Copy hub_then(c.city, c.hub);
  const Copy street_then(c.city, c.street);
  const auto lost = put(
      c.hub, "staff",
      R"({"company":"91350100M000100Y43","staff_no":"A001","name":"张三","role":"cleaner","from_on":"2025-01-01","scope":")" +
          std::string(kOffice) + R"("})");
  exchange(c.street, c.hub);
  exchange(c.office, c.street);
  REQUIRE(field(c.office, "staff", lost, "name") == "张三");
  hub_then.put_back(true);
  street_then.put_back(true);
  const auto anew = put(c.hub, "compound", of_office("410702003901008"));
  exchange(c.street, c.hub);
  for (int i = 0; i < 6; ++i) {
    exchange(c.office, c.street);
    exchange(c.street, c.hub);
  }
  for (auto* n : {&c.hub, &c.street, &c.office}) {
    CHECK(field(*n, "staff", lost, "name") == "张三");
    CHECK(shows(*n, anew));
  }
  agreed({&c.hub, &c.street, &c.office});
}

TEST_CASE("contradictions: all of a lost branch gets past a relay that holds the other one",
          "[node][I1][I3]") {
  RelayedCity c;
  c.bring_up();
  const Copy hub_then(c.city, c.hub);
  const Copy street_then(c.city, c.street);
  const std::vector lost{put(c.hub, "compound", of_office("410702003901009")),
                         put(c.hub, "compound", of_office("410702003901006")),
                         put(c.hub, "compound", of_office("410702003901005"))};
  exchange(c.street, c.hub);
  exchange(c.office, c.street);
  hub_then.put_back(true);
  street_then.put_back(true);
  const auto anew = put(c.hub, "compound", of_office("410702003901008"));
  exchange(c.street, c.hub);
  for (int i = 0; i < 6; ++i) {
    exchange(c.office, c.street);
    exchange(c.street, c.hub);
  }
  for (auto* n : {&c.hub, &c.street, &c.office}) {
    for (auto& l : lost) CHECK(shows(*n, l));
    CHECK(shows(*n, anew));
  }
  agreed({&c.hub, &c.street, &c.office});
}

TEST_CASE("contradictions: a phone below is the only one left with a lost branch of its office",
          "[node][I1][I3]") {
  RelayedCity c;
  c.bring_up();
  auto& phone = c.city.enrol(kOffice, "示例手机", crypto::Role::device, &c.office);
  const auto all = [&](int n) {
    for (int i = 0; i < n; ++i) {
      exchange(phone, c.office);
      exchange(c.office, c.street);
      exchange(c.street, c.hub);
    }
  };
  all(4);
  const Copy hub_then(c.city, c.hub);
  const Copy street_then(c.city, c.street);
  const Copy office_then(c.city, c.office);
  const auto lost = put(c.office, "compound", compound("410702003901009"));
  const auto lost2 = put(c.office, "compound", compound("410702003901006"));
  all(4);
  hub_then.put_back(true);
  street_then.put_back(true);
  office_then.put_back(true);
  const auto anew = put(c.office, "compound", compound("410702003901008"));
  for (int i = 0; i < 3; ++i) {
    exchange(c.office, c.street);
    exchange(c.street, c.hub);
  }
  all(8);
  for (auto* n : {&c.hub, &c.street, &c.office, &phone}) {
    CHECK(shows(*n, lost));
    CHECK(shows(*n, lost2));
    CHECK(shows(*n, anew));
  }
  agreed({&c.hub, &c.street, &c.office, &phone});
}

TEST_CASE("contradictions: what the hub writes again may be held back and stops nobody",
          "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound("410702003901001"));
  const auto made = put(office, "inspection", R"({"kind":"routine","compound":"410702003901001",
  "template":["t",1],"inspectors":["J001","J002"],"started_at":"2025-12-01T09:00",
  "ended_at":"2025-12-01T10:00","results":{"F01":"ok"},"note":"自行车","status":"submitted"})");
  for (int i = 0; i < 3; ++i) exchange(office, hub);
  const Copy copy(city, hub);
  edit(hub, "inspection", made, R"({"note":"两辆自行车"})");
  const auto lost = put(hub, "compound", of_office("410702003901006"));
  for (int i = 0; i < 2; ++i) exchange(office, hub);
  copy.put_back(true);
  edit(hub, "inspection", made, R"({"status":"reviewed"})");
  for (int i = 0; i < 4; ++i) {
    const auto report = try_exchange(office, hub);
    if (!report) FAIL_CHECK(describe(report.error()));
  }
  const auto later = put(office, "compound", compound("410702003901007"));
  for (int i = 0; i < 3; ++i) (void)try_exchange(office, hub);
  CHECK(shows(hub, later));
  CHECK(shows(hub, lost));
  CHECK(number(hub, "SELECT count(*) FROM log WHERE standing = 1") == 1);
  agreed({&hub, &office});
}

TEST_CASE("contradictions: a hub key that was ended takes nothing back", "[node][I1]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  auto pen = Pen::of(office, kOffice);
  const auto first = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  exchange(office, street);
  REQUIRE(hub->succeed("restored", {}));
  for (int i = 0; i < 3; ++i) c.bring_up();
  const auto stolen = crypto::SigningKey::load(hub.dir / "node.key");
  const auto certificate = hub->identity().certificate;
  const sync::Seen head{*hub->epoch(), 1, crypto::hash({"no such tree"}), hub->now()};
  auto root = crypto::SigningKey::load(hub.dir / "root.key");
  REQUIRE(node::replace_hub_key(*hub, *root, true));
  for (int i = 0; i < 3; ++i) {
    meet(office, street);
    meet(street, hub);
  }
  REQUIRE(street->trust()->revocations.of(stolen->public_key()));
  const auto evil = pen.write();
  const auto set = sync::change_set_hash(sync::Parcel::decode(evil.bytes)->body);
  const sync::Receipt receipt{.city = hub->identity().city,
                              .certificate = certificate,
                              .feed = pen.feed.id(hub->identity().city),
                              .scope = pen.feed.scope,
                              .audience = pen.feed.audience,
                              .from = pen.seq,
                              .to = pen.seq,
                              .last = set,
                              .clock_flagged = {},
                              .checkpoint = head};
  const auto body = receipt.encode();
  const sync::Object word{
      sync::ObjectKind::receipt,
      crypto::SignedBody{body, stolen->sign(crypto::kDomainReceipt, body)}.encode()};
  CHECK(take(street, {evil, word}, office) == std::vector<std::string>{"fork", "fork"});
  REQUIRE(street->settle_branches());
  CHECK(shows(street, first));
  CHECK(export_all(street).find("手写") == std::string::npos);
}

TEST_CASE("contradictions: a lost set comes in the very commit that takes its number",
          "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  for (int i = 0; i < 3; ++i) exchange(office, hub);
  const Copy copy(city, hub);
  const auto lost = put(hub, "compound", of_office("410702003901006"));
  const auto page = hub->page(office->identity().certificate, {}, false, false, 1 << 20);
  REQUIRE(page);
  std::vector<sync::Object> sets;
  for (const auto& o : page->objects)
    if (o.kind == sync::ObjectKind::parcel) sets = {o};
  copy.put_back(true);
  std::promise<void> entered, go;
  auto gate = go.get_future().share();
  std::thread block([&] {
    (void)hub->write([&]() -> Result<void> {
      entered.set_value();
      gate.wait();
      return {};
    });
  });
  entered.get_future().wait();
  std::optional<Result<std::vector<Outcome>>> anew;
  std::thread writer([&] { anew = hub->put({wish("compound", of_office("410702003901008"))}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  std::thread taker([&] { (void)hub->take(sets, office->identity().certificate); });
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  go.set_value();
  block.join();
  writer.join();
  taker.join();
  REQUIRE(*anew);
  for (int i = 0; i < 4; ++i) exchange(office, hub);
  for (auto* n : {&hub, &office}) {
    CHECK(shows(*n, lost));
    CHECK(shows(*n, (**anew)[0]));
  }
  agreed({&hub, &office});
}
}  // namespace linli::test

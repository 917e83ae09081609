// Disks that were put back from a copy, behind everybody's back or not, and machines that were
// copied.
#include "node/issuing.h"
#include "node/renewal.h"
#include "tests/support/disks.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

/// The change sets of an author that count at a node.
std::string sets_of(Node& node, const crypto::AuthorId& author) {
  auto lease = node->store().read();
  auto s = lease->prepare(
      "SELECT group_concat(hex(hash)) FROM (SELECT l.hash FROM log l JOIN feed f ON f.id = l.feed "
      "JOIN author a ON a.id = f.author WHERE l.kind = 1 AND a.author = ?1 ORDER BY l.hash)");
  s.bind_blob(1, author.view());
  return s.step() ? std::string(s.text(0)) : std::string();
}

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& other = city.enrol(kOtherOffice, "样例社区");
  fs::path copy = city.folder.path() / "copy";
  Scene() { settle(); }
  void settle() {
    for (int i = 0; i < 3; ++i) {
      exchange(office, hub);
      exchange(other, hub);
    }
  }
  /// A phone below the office, which has read what is there.
  Node& add_phone() {
    auto& phone = city.enrol(kOffice, "示例手机", crypto::Role::device, &office);
    exchange(phone, office);
    return phone;
  }
  struct Behind {
    Node &relay, &desk;
  };
  /// A second desk of the office, behind a street that relays.
  Behind add_desk() {
    auto& relay = city.enrol(kStreet, "示例街道", crypto::Role::street);
    exchange(relay, hub);
    auto& desk = city.enrol(kOffice, "第二工位", crypto::Role::office, &relay);
    exchange(desk, relay);
    return {relay, desk};
  }
  void back_up(Node& node) {
    node.close();
    copy_folder(node.dir, copy);
    node.open();
  }
  void put_back(Node& node, bool mark) {
    node.close();
    copy_folder(copy, node.dir, mark);
    node.open();
  }
};

}  // namespace

TEST_CASE("restored hub: it gets back what it lost, its own work and receipts included",
          "[node][I1][I3]") {
  Scene s;
  s.back_up(s.hub);
  const bool mark = GENERATE(true, false);
  CAPTURE(mark);
  const auto from_hub = put(
      s.hub, "org_unit",
      R"({"code":"410702003902","level":"community","name":"后来的社区","code_authority":"stats","parent":"410702003","valid_from":"2023-01-01"})");
  const auto mine = put(s.office, "compound", compound("410702003901001"));
  s.settle();
  const auto receipts = number(s.hub, "SELECT count(*) FROM log WHERE kind = 2");
  const auto everything = export_all(s.hub);
  s.put_back(s.hub, !mark);
  CHECK(get(s.hub, "compound", mine).is_null());
  s.settle();
  CHECK(export_all(s.hub) == everything);
  CHECK(field(s.hub, "org_unit", from_hub, "name") == "后来的社区");
  CHECK(number(s.hub, "SELECT count(*) FROM log WHERE kind = 2") >= receipts);
  CHECK(number(s.hub, "SELECT count(*) FROM quarantine") == 0);
  CHECK(exchange(s.office, s.hub).round_trips == 1);
  CHECK(exchange(s.other, s.hub).round_trips == 1);
  for (auto* node : {&s.hub, &s.office, &s.other})
    CHECK(faults(*node) == std::vector<std::string>{});
  CHECK(field(s.office, "org_unit", from_hub, "name") == "后来的社区");
}

TEST_CASE("restored hub: what others brought after the rollback doesn't hide it from its readers",
          "[node][I1][I3]") {
  Scene s;
  s.back_up(s.hub);
  const auto a = put(s.office, "compound", compound("410702003901001"));
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  s.put_back(s.hub, true);  // The mark goes back too: nothing here knows.
  // The other office fills the log again, past the number that the first one has read to.
  for (int i = 1; i < 9; ++i) {
    put(s.other, "compound", compound("41070300190100" + std::to_string(i)));
    exchange(s.other, s.hub);
  }
  const auto epoch = s.hub->epoch();
  s.settle();
  CHECK(*s.hub->epoch() != *epoch);
  CHECK(field(s.hub, "compound", a, "name") == "示例小区");
  CHECK(faults(s.hub) == std::vector<std::string>{});
  CHECK(store::waiting(s.office->store(), s.office->identity().author)["sets"] == 0);
}

TEST_CASE("cursor: one that the node never gave is refused, and reading begins anew",
          "[node][I5]") {
  Scene s;
  auto memory = *s.office->peer(s.hub->identity().certificate);
  REQUIRE(memory.pulled.arrival > 0);
  auto forged = memory.pulled;
  forged.arrival += 1'000'000;
  const auto reader = s.office->identity().certificate;
  CHECK(s.hub->page(reader, forged, false).error().code == Errc::bad_cursor);
  forged = memory.pulled;
  forged.mark.back() = static_cast<char>(forged.mark.back() ^ 1);
  CHECK(s.hub->page(reader, forged, false).error().code == Errc::bad_cursor);
  forged = memory.pulled;
  forged.epoch += 1;
  CHECK(s.hub->page(reader, forged, false).error().code == Errc::bad_cursor);
  // Another reader can't use it either.
  CHECK(s.hub->page(s.other->identity().certificate, memory.pulled, false).error().code ==
        Errc::bad_cursor);
  const auto epoch = *s.hub->epoch();
  memory.pulled.mark = std::string(24, 'x');
  REQUIRE(s.office->remember(memory));
  const auto report = exchange(s.office, s.hub);
  CHECK(report.received > 0);
  CHECK(*s.hub->epoch() == epoch);
  CHECK(exchange(s.office, s.hub).received == 0);
}

TEST_CASE("rolled back with its mark, and written before the first contact: no fork, nothing lost",
          "[node][I1][I4][I5]") {
  Scene s;
  const auto kept = put(s.office, "compound", compound("410702003901001"));
  s.settle();
  s.back_up(s.office);
  const auto lost = put(s.office, "compound", compound("410702003901002"));
  edit(s.office, "compound", kept, R"({"name":"拷贝之后"})");
  s.settle();
  s.put_back(s.office, true);
  CHECK_FALSE(s.office->was_rolled_back());
  // The same numbers once more, with other content.
  const auto early = put(s.office, "compound", compound("410702003901003"));
  edit(s.office, "compound", early, R"({"name":"早写的"})");
  edit(s.office, "compound", kept, R"({"address":"新址"})");
  s.settle();
  CHECK(field(s.office, "compound", lost, "name") == "示例小区");
  CHECK(field(s.office, "compound", early, "name") == "早写的");
  CHECK(field(s.hub, "compound", early, "name") == "早写的");
  CHECK(field(s.hub, "compound", kept, "name") == "拷贝之后");
  CHECK(field(s.hub, "compound", kept, "address") == "新址");
  CHECK(number(s.hub, "SELECT count(*) FROM quarantine") == 0);
  CHECK(number(s.office, "SELECT count(*) FROM quarantine WHERE reason <> 'written_again'") == 0);
  CHECK(number(s.office, "SELECT count(*) FROM aside") == 0);
  CHECK(store::waiting(s.office->store(), s.office->identity().author)["sets"] == 0);
  CHECK(faults(s.office) == std::vector<std::string>{});
  CHECK(faults(s.hub) == std::vector<std::string>{});
}

TEST_CASE("restored desk: what a relay gives back before the hub confirms it stays in its place",
          "[node][I1]") {
  Scene s;
  auto [relay, desk] = s.add_desk();
  (void)put(desk, "compound", compound("410702003901001"));
  exchange(desk, relay);
  exchange(relay, s.hub);
  exchange(desk, relay);
  s.back_up(desk);
  const auto lost = put(desk, "compound", compound("410702003901002"));
  exchange(desk, relay);
  const bool mark = GENERATE(true, false);
  CAPTURE(mark);
  s.put_back(desk, !mark);
  exchange(desk, relay);
  CHECK(field(desk, "compound", lost, "name") == "示例小区");
  CHECK(number(desk, "SELECT count(*) FROM aside") == 0);
  CHECK(number(desk, "SELECT count(*) FROM quarantine") == 0);
  CHECK(exchange(desk, relay).round_trips == 1);
}

TEST_CASE("restored office: the same copy put back twice is noticed twice", "[node][I5]") {
  Scene s;
  s.back_up(s.office);
  const auto lost = put(s.office, "compound", compound("410702003901001"));
  s.settle();
  s.put_back(s.office, false);
  CHECK(s.office->was_rolled_back());
  s.put_back(s.office, false);
  CHECK(s.office->was_rolled_back());
  (void)put(s.office, "compound", compound("410702003901002"));
  s.settle();
  CHECK(field(s.office, "compound", lost, "name") == "示例小区");
  CHECK(number(s.office, "SELECT count(*) FROM quarantine") == 0);
  CHECK(number(s.hub, "SELECT count(*) FROM quarantine") == 0);
}

TEST_CASE("two branches of a feed: what was written again isn't taken back from its readers",
          "[node][I1][I5]") {
  Scene s;
  auto [relay, desk] = s.add_desk();
  auto& phone = s.city.enrol(kOffice, "示例手机", crypto::Role::device, &desk);
  exchange(phone, desk);
  s.back_up(desk);
  const auto first = put(desk, "compound", compound("410702003901001"));
  exchange(desk, relay);  // Which hasn't told the hub.
  s.put_back(desk, true);
  const auto second = put(desk, "compound", compound("410702003901002"));
  exchange(phone, desk);
  exchange(desk, relay);
  for (int i = 0; i < 3; ++i) {
    exchange(phone, desk);
    exchange(desk, relay);
    exchange(relay, s.hub);
  }
  const auto at_hub = sets_of(s.hub, desk->identity().author);
  for (auto* node : {&s.hub, &relay, &desk, &phone}) {
    CHECK(field(*node, "compound", first, "name") == "示例小区");
    CHECK(field(*node, "compound", second, "name") == "示例小区");
    CHECK(sets_of(*node, desk->identity().author) == at_hub);
    CHECK(faults(*node) == std::vector<std::string>{});
  }
  CHECK(number(desk, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
}

TEST_CASE("two branches of a feed: the confirmed one counts, and the other is written again",
          "[node][I1][I3][I5]") {
  Scene s;
  auto& phone = s.add_phone();
  s.settle();
  s.back_up(s.office);
  // Only the phone hears of this …
  const auto lost = put(s.office, "compound", compound("410702003901001"));
  exchange(phone, s.office);
  s.put_back(s.office, true);
  // … and meanwhile the same numbers are given once more, and confirmed.
  const auto early = put(s.office, "compound", compound("410702003901002"));
  edit(s.office, "compound", early, R"({"name":"早写的"})");
  const bool confirmed = GENERATE(true, false);
  CAPTURE(confirmed);
  if (confirmed) s.settle();
  for (int i = 0; i < 4; ++i) {
    exchange(phone, s.office);
    s.settle();
  }
  for (auto* node : {&s.hub, &s.office, &phone}) {
    CHECK(field(*node, "compound", lost, "name") == "示例小区");
    CHECK(field(*node, "compound", early, "name") == "早写的");
    CHECK(faults(*node) == std::vector<std::string>{});
    CHECK(number(*node, "SELECT count(*) FROM waiting") == 0);
    CHECK(number(*node, "SELECT count(*) FROM aside") == 0);
    CHECK(number(*node,
                 "SELECT count(*) FROM quarantine WHERE reason NOT IN ('fork', 'written_again')") ==
          0);
  }
  CHECK(export_all(s.hub).find("410702003901001") != std::string::npos);
  const auto heads =
      "SELECT hex(feed), tip_seq, hex(tip_hash) FROM feed WHERE scope = (SELECT id "
      "FROM scope WHERE path = '" +
      std::string(kOffice) + "') ORDER BY 1";
  CHECK(rows(phone, heads) == rows(s.office, heads));
  CHECK(rows(s.hub, heads) == rows(s.office, heads));
  CHECK(exchange(phone, s.office).round_trips == 1);
  CHECK(exchange(s.office, s.hub).round_trips == 1);
}

TEST_CASE("two branches of a feed: what stood behind the confirmed part stays what it was",
          "[node][I1][I5]") {
  Scene s;
  auto& phone = s.add_phone();
  s.settle();
  s.back_up(s.office);
  const auto lost = put(s.office, "compound", compound("410702003901001"));
  exchange(phone, s.office);
  s.put_back(s.office, true);
  const auto confirmed = put(s.office, "compound", compound("410702003901002"));
  exchange(s.office, s.hub);
  const auto behind = put(s.office, "compound", compound("410702003901003"));
  for (int i = 0; i < 4; ++i) {
    exchange(phone, s.office);
    s.settle();
  }
  for (auto* node : {&s.hub, &s.office, &phone}) {
    for (const auto* record : {&lost, &confirmed, &behind}) {
      CHECK(field(*node, "compound", *record, "name") == "示例小区");
    }
    CHECK(sets_of(*node, s.office->identity().author) ==
          sets_of(s.hub, s.office->identity().author));
    CHECK(number(*node, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
    CHECK(faults(*node) == std::vector<std::string>{});
  }
}

TEST_CASE("restored or rolled back: a receipt for what it has forgotten brings it back",
          "[node][I1]") {
  Scene s;
  auto& third = s.city.enrol(kOffice, "第三台");
  exchange(third, s.hub);
  s.settle();
  s.back_up(s.hub);
  const auto hub_copy = s.city.folder.path() / "hub-copy";
  fs::rename(s.copy, hub_copy);
  s.back_up(s.office);
  const auto lost = put(s.office, "compound", compound("410702003901001"));
  s.settle();
  for (int i = 0; i < 2; ++i) exchange(third, s.hub);
  REQUIRE(field(third, "compound", lost, "name") == "示例小区");
  // With its mark it goes on as if nothing had been; without it begins a new incarnation, of which
  // the feed that the receipt names isn't.
  const bool with_mark = GENERATE(true, false);
  CAPTURE(with_mark);
  s.put_back(s.office, with_mark);
  // The hub was restored as well, and has nothing to show when the office asks …
  s.hub.close();
  copy_folder(hub_copy, s.hub.dir, false);
  s.hub.open();
  exchange(s.office, s.hub);
  CHECK(get(s.office, "compound", lost).is_null());
  // … but somebody brings it, and the hub's receipt for it gets around.
  for (int i = 0; i < 2; ++i) {
    exchange(third, s.hub);
    exchange(s.office, s.hub);
  }
  CHECK(field(s.hub, "compound", lost, "name") == "示例小区");
  CHECK(field(s.office, "compound", lost, "name") == "示例小区");
  CHECK(number(s.office, "SELECT count(*) FROM waiting") == 0);
}

TEST_CASE("rolled back: what a revoked desk had handed over comes again, once", "[node][I1][I5]") {
  Scene s;
  auto& desk = s.city.enrol(kOffice, "第二工位", crypto::Role::office, &s.office);
  exchange(desk, s.office);
  REQUIRE(s.office->revoke(desk->identity().author, "丢失"));
  s.back_up(s.office);
  put(desk, "compound", compound("410702003901001"));
  (void)try_exchange(desk, s.office);
  REQUIRE(held(s.office) == 1);
  s.put_back(s.office, true);  // With its mark, and no reader whose cursor shows it.
  REQUIRE(held(s.office) == 0);
  put(desk, "compound", compound("410702003901002"));
  for (int i = 0; i < 2; ++i) (void)try_exchange(desk, s.office);
  CHECK(held(s.office) == 2);
  CHECK(number(s.office, "SELECT count(*) FROM waiting") == 0);
  const auto refused = try_exchange(desk, s.office);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::revoked);
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("rolled back: a certificate that its issuer has forgotten is published again",
          "[node][I1][I3]") {
  Scene s;
  s.back_up(s.office);
  auto& phone = s.add_phone();
  s.put_back(s.office, true);
  REQUIRE(try_exchange(phone, s.office).error().code == Errc::unknown_certificate);
  REQUIRE(node::take_hello(*s.office.replica, node::hello(*phone.replica)));
  auto pen = Pen::of(phone, kOffice);
  pen.policy = s.hub->trust()->newest_policy;
  const auto set = pen.write([](sync::ChangeSet& made) { made.changes[0].type = 73; });
  REQUIRE(s.office->take({set}, phone->identity().certificate)->empty());
  s.settle();
  CHECK(number(s.hub, "SELECT count(*) FROM r_finding") == 1);
  CHECK(number(s.hub, "SELECT count(*) FROM waiting") == 0);
  CHECK(faults(s.hub) == std::vector<std::string>{});
}

TEST_CASE("cursor: one that ends at an entry that is gone goes on safely after a restore",
          "[node][I3]") {
  Scene s;
  auto& phone = s.add_phone();
  s.settle();
  const auto a = put(s.office, "compound", compound("410702003901001"));
  exchange(s.office, s.hub);
  s.back_up(s.office);
  const auto b = put(s.office, "compound", compound("410702003901002"));
  s.settle();
  for (int i = 0; i < 2; ++i) exchange(phone, s.office);
  s.put_back(s.office, false);
  // What it writes before the first contact may stand where the phone's cursor doesn't look.
  const auto c = put(s.office, "compound", compound("410702003901003"));
  for (int i = 0; i < 2; ++i) s.settle();
  for (int i = 0; i < 2; ++i) exchange(phone, s.office);
  for (const auto* record : {&a, &b, &c}) {
    CHECK(field(phone, "compound", *record, "name") == "示例小区");
  }
  CHECK(number(phone, "SELECT count(*) FROM waiting") == 0);
}

TEST_CASE("cloned machine: told apart and stopped, with nothing lost on either", "[node][I1][I5]") {
  Scene s;
  s.back_up(s.office);
  auto twin = std::make_unique<Node>(s.city.folder.path() / "twin", s.city.time);
  copy_folder(s.copy, twin->dir);
  twin->open();
  s.city.time += 3600LL * 1'000'000;
  const auto a = put(s.office, "compound", compound("410702003901001"));
  const auto b = put(*twin, "compound", compound("410702003901002"));
  exchange(s.office, s.hub);
  for (int i = 0; i < 2; ++i) (void)try_exchange(*twin, s.hub).has_value();
  const auto c = put(s.office, "compound", compound("410702003901003"));
  for (int i = 0; i < 2; ++i) {
    (void)try_exchange(s.office, s.hub).has_value();
    (void)try_exchange(*twin, s.hub).has_value();
  }
  CHECK((s.office->cloned() || (*twin)->cloned()));
  for (const auto* record : {&a, &b, &c}) {
    CHECK(field(s.hub, "compound", *record, "name") == "示例小区");
  }
  CHECK(number(s.hub, "SELECT count(*) FROM quarantine WHERE reason <> 'written_again'") == 0);
  auto& stopped = s.office->cloned() ? s.office : *twin;
  const auto refused = stopped->put({wish("compound", compound("410702003901004"))});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::cloned);
  CHECK(try_exchange(stopped, s.hub).error().code == Errc::cloned);
  stopped.close();
  stopped.open();
  CHECK(stopped->cloned());
  // A person says that the other one is gone.
  (&stopped == &s.office ? *twin : s.office).close();
  REQUIRE(stopped->go_on_alone());
  for (int i = 0; i < 2; ++i) exchange(stopped, s.hub);
  const auto d = put(stopped, "compound", compound("410702003901005"));
  exchange(stopped, s.hub);
  CHECK(field(s.hub, "compound", d, "name") == "示例小区");
  CHECK(faults(s.hub) == std::vector<std::string>{});
  if (!twin->replica) return;
  twin->close();
}

TEST_CASE("restored hub: what an office handed over under an ended certificate is offered again",
          "[node][I1]") {
  Scene s;
  s.city.time += 6LL * 365 * 24 * 3600 * 1'000'000;
  s.back_up(s.hub);
  (void)put(s.office, "compound", compound("410702003901001"));
  for (int i = 0; i < 2; ++i) (void)try_exchange(s.office, s.hub).has_value();
  REQUIRE(held(s.hub) == 1);
  s.put_back(s.hub, true);
  const auto renewed = node::renew_node(*s.hub, s.office->identity().author, {});
  REQUIRE(renewed);
  REQUIRE(s.office->adopt(node::chain_to(s.hub->trust()->book, *renewed)));
  const auto later = put(s.office, "compound", compound("410702003901002"));
  for (int i = 0; i < 3; ++i) (void)try_exchange(s.office, s.hub).has_value();
  CHECK(field(s.hub, "compound", later, "name") == "示例小区");
  CHECK(number(s.hub, "SELECT count(*) FROM waiting") == 0);
  CHECK(number(s.office, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
  CHECK(faults(s.hub) == std::vector<std::string>{});
}

TEST_CASE(
    "restored laptop: though its key was ended it hands over what it wrote since, and settles",
    "[node][I1][I9]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  (void)put(office, "compound", compound("410702003901001"));
  c.bring_up();
  exchange(office, street);
  office.close();
  const auto copy = city.folder.path() / "copy";
  copy_folder(office.dir, copy);
  office.open();
  (void)put(office, "compound", compound("410702003901002"));
  c.bring_up();
  REQUIRE(hub->revoke(office->identity().author, "丢失"));
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  const bool mark = GENERATE(true, false);
  CAPTURE(mark);
  office.close();
  copy_folder(copy, office.dir, !mark);
  office.open();
  for (int i = 0; i < 2; ++i) (void)try_exchange(office, street).has_value();
  (void)put(office, "compound", compound("410702003901003"));
  for (int i = 0; i < 2; ++i) (void)try_exchange(office, street).has_value();
  const auto* incarnation = "SELECT value FROM meta WHERE key = 'incarnation'";
  const auto settled = number(office, incarnation);
  for (int i = 0; i < 3; ++i) {
    CHECK(try_exchange(office, street).error().code == Errc::revoked);
  }
  CHECK(number(office, incarnation) == settled);
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  CHECK(held(hub) == 1);
  CHECK(faults(office) == std::vector<std::string>{});
}

}  // namespace linli::test

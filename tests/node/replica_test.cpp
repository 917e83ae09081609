// A node's life: opening, restarting, and what it refuses to open.
#include <sys/stat.h>

#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";

Errc refused_to_open(Node& node) {
  auto opened = Replica::open(node.dir, node.clock);
  REQUIRE_FALSE(opened.has_value());
  return opened.error().code;
}

}  // namespace

TEST_CASE("restart: everything that was answered is there after reopening", "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto made = put(office, "compound", compound(kCode));
  edit(office, "compound", made, R"({"name":"新名小区"})");
  exchange(office, hub);
  const auto before = std::pair{dump(office), dump(hub)};
  const auto records = export_all(office);
  const auto arrival = office->arrival();
  for (auto* node : {&office, &hub}) {
    node->close();
    node->open();
  }
  CHECK(std::pair{dump(office), dump(hub)} == before);
  CHECK(export_all(office) == records);
  CHECK(office->arrival() == arrival);
  CHECK_FALSE(office->was_rolled_back());
  CHECK(office->identity().role == crypto::Role::office);
  CHECK(office->identity().scope == kOffice);
  CHECK(office->identity().name == "示例社区");
  CHECK(office->trust()->newest_policy == hub->trust()->newest_policy);
  // And it goes on where it was: the next edit extends the feed, the exchange goes on behind it.
  edit(office, "compound", made, R"({"name":"第三名小区"})");
  CHECK(exchange(office, hub).sent == 1);
  CHECK(field(hub, "compound", made, "name") == "第三名小区");
  CHECK(faults(office).empty());
  CHECK(faults(hub).empty());
}

TEST_CASE("open: one process at a time, and only what is a node's folder", "[node]") {
  City city(false);
  auto& hub = city.hub();
  CHECK(refused_to_open(hub) == Errc::data_dir_in_use);
  hub.close();

  Node nowhere(city.folder.path() / "nowhere", city.time);
  CHECK(refused_to_open(nowhere) == Errc::not_a_data_dir);
  std::filesystem::create_directories(nowhere.dir);
  CHECK(refused_to_open(nowhere) == Errc::not_a_data_dir);

  SECTION("a newer version's data") {
    execute(hub, "UPDATE meta SET value = value + 1 WHERE key = 'format'");
    CHECK(refused_to_open(hub) == Errc::newer_version);
  }
  SECTION("a key that others may read") {
    REQUIRE(::chmod((hub.dir / "node.key").c_str(), 0640) == 0);
    CHECK(refused_to_open(hub) == Errc::forbidden);
  }
  SECTION("another node's key") {
    std::filesystem::remove(hub.dir / "node.key");
    REQUIRE(crypto::SigningKey::generate().save(hub.dir / "node.key").has_value());
    CHECK(refused_to_open(hub) == Errc::corrupt);
  }
  SECTION("no database at all") {
    std::ofstream(hub.dir / "linli.db", std::ios::trunc) << "this was a database once, was it not";
    for (const auto* name : {"linli.db-wal", "linli.db-shm"}) {
      std::filesystem::remove(hub.dir / name);
    }
    CHECK(refused_to_open(hub) == Errc::corrupt);
  }
  SECTION("and the right one again") {
    hub.open();
    CHECK(hub->identity().role == crypto::Role::hub);
  }
}

TEST_CASE("found: leaves a folder alone that holds something else", "[node]") {
  City city(false);
  CHECK(node::found_city(city.hub().dir, {"x", kCity, 0}, city.hub().clock).error().code ==
        Errc::bad_usage);
  const auto other = city.folder.path() / "photos";
  std::filesystem::create_directories(other);
  std::ofstream(other / "cat.jpg") << "meow";
  CHECK(node::found_city(other, {"x", kCity, 0}, city.hub().clock).error().code ==
        Errc::not_a_data_dir);
  CHECK(std::filesystem::exists(other / "cat.jpg"));
  const auto bad = city.folder.path() / "bad";
  CHECK(node::found_city(bad, {"x", "410700/410702", 0}, city.hub().clock).error().code ==
        Errc::bad_value);
  CHECK(node::found_city(bad, {"", kCity, 0}, city.hub().clock).error().code == Errc::bad_value);
  CHECK_FALSE(std::filesystem::exists(bad));
}

TEST_CASE("enrol: an invite counts once, in time, for whom it was made", "[node][I5]") {
  City city(false);
  auto& hub = city.hub();
  node::Offer offer;
  offer.scope = kOffice;
  offer.name = "示例社区";
  const auto invite = node::invite(*hub, offer);
  REQUIRE(invite.has_value());
  CHECK(node::Invite::parse(invite->line())->secret == invite->secret);
  const auto key = crypto::SigningKey::generate(), other = crypto::SigningKey::generate();
  const auto ask = [&](const sync::Nonce& secret, const crypto::SigningKey& with) {
    const node::EnrolRequest request{secret, with.public_key(), with.sealing_key()};
    return node::enrol(*hub, request.encode(with));
  };
  CHECK(ask(crypto::random<sync::Nonce>(), key).error().code == Errc::unauthorised);
  const auto first = ask(invite->secret, key);
  REQUIRE(first.has_value());
  CHECK(ask(invite->secret, key).value() == *first);  // the answer was lost: ask again
  CHECK(ask(invite->secret, other).error().code == Errc::unauthorised);
  // Whoever names a key has to hold it.
  const node::EnrolRequest borrowed{invite->secret, key.public_key(), key.sealing_key()};
  CHECK(node::enrol(*hub, borrowed.encode(other)).error().code == Errc::bad_signature);
  CHECK(node::enrol(*hub, "junk").error().code == Errc::malformed);

  offer.valid = std::chrono::seconds(60);
  const auto late = node::invite(*hub, offer);
  city.time += 61'000'000;
  CHECK(ask(late->secret, other).error().code == Errc::expired);

  offer.scope = "410800";
  CHECK(node::invite(*hub, offer).error().code == Errc::out_of_scope);
  offer.scope = "Not A Scope";
  CHECK(node::invite(*hub, offer).error().code == Errc::bad_value);
  offer.scope = kOffice;
  offer.role = crypto::Role::hub;
  CHECK(node::invite(*hub, offer).error().code == Errc::bad_value);
  offer.role = crypto::Role::office;
  offer.name.clear();
  CHECK(node::invite(*hub, offer).error().code == Errc::bad_value);
}

TEST_CASE("join: a refusal leaves nothing behind and silence only the key", "[node]") {
  City city(false), other(false);
  node::Offer offer;
  offer.scope = kOffice;
  offer.name = "示例社区";
  auto invite = *node::invite(*city.hub(), offer);
  const auto dir = city.folder.path() / "newcomer";
  HandClock clock(city.time);
  {
    Serving wrong(other.hub());
    CHECK(node::join(dir, invite, wrong.url(), clock).error().code == Errc::unauthorised);
  }
  CHECK_FALSE(std::filesystem::exists(dir));
  CHECK(node::join(dir, invite, "", clock).error().code == Errc::bad_usage);
  CHECK_FALSE(std::filesystem::exists(dir));
  {
    // The right secret at a hub that isn't the one the invite pins.
    Serving right(city.hub());
    auto pinned_elsewhere = invite;
    pinned_elsewhere.city = other.hub()->identity().city;
    CHECK(node::join(dir, pinned_elsewhere, right.url(), clock).error().code == Errc::stranger);
    // The hub may have used the invite up for this key, so it is kept.
    CHECK(node::join(dir, invite, "http://127.0.0.1:1", clock).error().code == Errc::unreachable);
    CHECK(std::filesystem::exists(dir / "node.key"));
    REQUIRE(node::join(dir, invite, right.url(), clock));
  }
}

TEST_CASE("rebuild: the projections come out identical", "[node][I8]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto made = put(office, "compound", compound(kCode));
  exchange(office, hub);
  edit(office, "compound", made, R"({"name":"一","lift_count":1})");
  edit(hub, "compound", made, R"({"name":"二","parking_count":2})");
  exchange(office, hub);
  exchange(office, hub);
  const auto removed = put(office, "compound", compound("410702003901002"));
  exchange(office, hub);
  remove(hub, "compound", removed);
  exchange(office, hub);
  for (auto* node : {&office, &hub}) {
    const auto before = dump(*node);
    CHECK(faults(*node).empty());
    node->close();
    execute(*node, "UPDATE meta SET value = 'an older version' WHERE key = 'projection'");
    node->open();
    CHECK(dump(*node) == before);
    CHECK(faults(*node).empty());
    CHECK((*store::search_records((*node)->store(), "一 OR 二", 5)).contains("items"));
  }
}

TEST_CASE("rolled-back disk: no fork, and the lost sets come back from the hub", "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto kept = put(office, "compound", compound(kCode));
  exchange(office, hub);

  const bool whole = GENERATE(true, false);
  CAPTURE(whole);
  office.close();
  const auto copy = city.folder.path() / "copy";
  std::filesystem::copy(office.dir, copy);
  office.open();
  const auto lost = put(office, "compound", compound("410702003901002"));
  edit(office, "compound", kept, R"({"name":"拷贝之后"})");
  exchange(office, hub);
  office.close();
  for (const auto& entry : std::filesystem::directory_iterator(copy)) {
    // With the folder the mark goes back as well; with the database alone it tells at once.
    if (!whole && entry.path().filename() == "mark") continue;
    std::filesystem::copy(entry.path(), office.dir / entry.path().filename(),
                          std::filesystem::copy_options::overwrite_existing);
  }
  for (const auto* name : {"linli.db-wal", "linli.db-shm"}) {
    if (!std::filesystem::exists(copy / name)) std::filesystem::remove(office.dir / name);
  }
  office.open();
  CHECK(office->was_rolled_back() == !whole);
  CHECK(get(office, "compound", lost).is_null());
  // With the database alone even work before the first contact is safe: it is in a new incarnation.
  Outcome early;
  if (!whole) early = put(office, "compound", compound("410702003901003"));
  exchange(office, hub);
  exchange(office, hub);
  CHECK(field(office, "compound", lost, "name") == "示例小区");
  CHECK(field(office, "compound", kept, "name") == "拷贝之后");
  const auto later = put(office, "compound", compound("410702003901004"));
  edit(office, "compound", kept, R"({"name":"恢复之后"})");
  exchange(office, hub);
  exchange(office, hub);
  CHECK(field(hub, "compound", later, "name") == "示例小区");
  CHECK(field(hub, "compound", kept, "name") == "恢复之后");
  if (!whole) CHECK(field(hub, "compound", early, "name") == "示例小区");
  CHECK(number(hub, "SELECT count(*) FROM quarantine") == 0);
  CHECK(number(office, "SELECT count(*) FROM quarantine") == 0);
  CHECK(number(hub, "SELECT count(*) FROM conflict") == 0);
  CHECK(store::waiting(office->store(), office->identity().author)["sets"] == 0);
  CHECK(export_all(office) == export_all(hub));
  CHECK(number(office,
               "SELECT count(DISTINCT incarnation) FROM feed JOIN author a ON a.id = "
               "feed.author WHERE a.author = (SELECT author FROM author WHERE id = "
               "feed.author) AND feed.author IN (SELECT author FROM log WHERE peer = 0)") >= 2);
  CHECK(faults(office).empty());
  CHECK(faults(hub).empty());
}

}  // namespace linli::test

// Offices whose scopes grow, shrink and move.
#include "node/scopes.h"

#include <algorithm>

#include "node/store/own_sets.h"
#include "node/store/peers.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& other = city.enrol(kOtherOffice, "样例社区");
  Scene() {
    exchange(office, hub);
    exchange(other, hub);
  }
  void change(Node& node, std::vector<std::string> add, std::vector<std::string> remove) {
    const auto done =
        node::change_scopes(*hub, node->identity().author, {std::move(add), std::move(remove)});
    if (!done) FAIL(describe(done.error()));
  }
};

bool brings(const sync::Shelf::Page& page, const Outcome& record) {
  return std::any_of(page.objects.begin(), page.objects.end(), [&](const sync::Object& object) {
    const auto parcel = sync::Parcel::decode(object.bytes);
    if (!parcel || object.kind != sync::ObjectKind::parcel) return false;
    const auto set = sync::decode_change_set(parcel->body);
    return set && std::any_of(set->changes.begin(), set->changes.end(),
                              [&](const auto& change) { return change.id == record.id; });
  });
}

std::int64_t entries_in(Node& node, const std::string& scope) {
  return number(node, "SELECT count(*) FROM log l JOIN scope s ON s.id = l.scope WHERE s.path = '" +
                          scope + "'");
}

}  // namespace

TEST_CASE("scope: what an office gains comes from the beginning, and nothing else again",
          "[node][I6][I9]") {
  Scene s;
  const auto record = put(s.other, "compound", compound("410703001901001"));
  for (int i = 2; i < 9; ++i) {
    put(s.office, "compound", compound("41070200390100" + std::to_string(i)));
  }
  exchange(s.other, s.hub);
  exchange(s.office, s.hub);
  CHECK(entries_in(s.office, kOtherOffice) == 0);
  s.change(s.office, {kOtherOffice}, {});
  exchange(s.office, s.hub);  // Learns of it …
  CHECK(s.office->trust()->book.find(s.office->identity().certificate)->covers(kOtherOffice));
  const auto report = exchange(s.office, s.hub);  // … and catches up.
  CHECK(field(s.office, "compound", record, "name") == "示例小区");
  const auto there = entries_in(s.office, kOtherOffice);
  CHECK(there > 0);
  CHECK(report.received <= static_cast<std::uint64_t>(there) + 2);
  CHECK(exchange(s.office, s.hub).received == 0);
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("scope: an office that loses one keeps what the hub lacks, then drops exactly that",
          "[node][I6][I1]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  exchange(s.office, s.hub);
  const auto mine = put(s.office, "compound", compound("410702003901001"));
  put(s.other, "compound", compound("410703001901001"));
  exchange(s.other, s.hub);
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  CHECK(entries_in(s.office, kOtherOffice) > 0);
  s.change(s.office, {}, {kOtherOffice});
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  CHECK(entries_in(s.office, kOtherOffice) == 0);
  CHECK(entries_in(s.office, kOffice) > 0);
  CHECK(field(s.office, "compound", mine, "name") == "示例小区");
  CHECK(faults(s.office) == std::vector<std::string>{});
  CHECK_FALSE(files_hold(s.office, "410703001901001"));
  // It goes on writing, and gets it all back when the scope returns: no number is used twice.
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  CHECK(entries_in(s.office, kOtherOffice) > 0);
  put(s.office, "compound", compound("410702003901003"));
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  CHECK(number(s.hub, "SELECT count(*) FROM quarantine") == 0);
  CHECK(export_all(s.office) != "");
  CHECK(faults(s.office) == std::vector<std::string>{});
  CHECK(faults(s.hub) == std::vector<std::string>{});
}

TEST_CASE("scope: work not sent when an office moves is held, approved, and counted once",
          "[node][I1][I5]") {
  Scene s;
  const auto late = put(s.office, "compound", compound("410702003901001"));
  s.change(s.office, {std::string(kStreet) + "/410702003902"}, {kOffice});
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  CHECK(get(s.hub, "compound", late).is_null());
  auto lease = s.hub->store().read();
  auto held = lease->prepare("SELECT hash FROM log WHERE standing = 1");
  REQUIRE(held.step());
  const auto set = Hash::of(held.blob(0));
  held.reset();
  REQUIRE(s.hub->approve(set, "搬迁"));
  CHECK(field(s.hub, "compound", late, "name") == "示例小区");
  CHECK(number(s.hub, "SELECT count(*) FROM r_compound WHERE (_flags & 1) = 0") == 1);
  CHECK(s.office->identity().scope == std::string(kStreet) + "/410702003902");
  CHECK(faults(s.hub) == std::vector<std::string>{});
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("scope: what an upstream lost and got back is offered to it again", "[node][I1][I9]") {
  City city;
  auto& hub = city.hub();
  auto& district = city.enrol("410700/410702", "示例区", crypto::Role::district);
  exchange(district, hub);
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street, &district);
  exchange(district, hub);
  exchange(street, district);
  auto& office = city.enrol(kOffice, "示例社区", crypto::Role::office, &street);
  const auto settle = [&] {
    for (int i = 0; i < 3; ++i) {
      exchange(office, street);
      exchange(street, district);
      exchange(district, hub);
    }
  };
  settle();
  const auto change = [&](std::vector<std::string> add, std::vector<std::string> remove) {
    const node::ScopeChange scopes{std::move(add), std::move(remove)};
    REQUIRE(node::change_scopes(*hub, district->identity().author, scopes));
    for (int i = 0; i < 3; ++i) exchange(district, hub);
  };
  change({std::string(kStreet)}, {"410700/410702"});
  change({std::string(kStreet) + "/410702003902"}, {std::string(kStreet)});
  put(office, "compound", compound("410702003901001"));
  exchange(office, street);
  exchange(street, district);  // Which may not read it, so that it is passed over.
  CHECK(entries_in(district, kOffice) == 0);
  change({"410700/410702"}, {std::string(kStreet) + "/410702003902"});
  settle();
  CHECK(number(hub, "SELECT count(*) FROM r_compound WHERE (_flags & 1) = 0") == 1);
  CHECK(number(office, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
  for (auto* node : {&district, &street, &office}) {
    CHECK(faults(*node) == std::vector<std::string>{});
  }
}

TEST_CASE(
    "scope: what a relay couldn't read goes to it, though it shows its new certificate itself",
    "[node][I1][I6]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  const auto change = [&](std::vector<std::string> add, std::vector<std::string> remove) {
    const node::ScopeChange scopes{std::move(add), std::move(remove)};
    REQUIRE(node::change_scopes(*hub, street->identity().author, scopes));
    for (int i = 0; i < 2; ++i) exchange(street, hub);
  };
  const auto elsewhere = std::string(kStreet) + "/410702003902";
  change({elsewhere}, {std::string(kStreet)});
  // Which has let go of what it knew of the office, as of all else there.
  REQUIRE(node::take_hello(*street.replica, node::hello(*office.replica)));
  for (int i = 0; i < 2; ++i) exchange(office, street);
  const auto record = put(office, "compound", compound("410702003901001"));
  exchange(office, street);  // Which may not read it, so that it is passed over.
  REQUIRE(entries_in(street, kOffice) == 0);
  change({std::string(kStreet)}, {elsewhere});
  // By a greeting, before the change set that brings it.
  REQUIRE(node::take_hello(*office.replica, node::hello(*street.replica)));
  for (int i = 0; i < 2; ++i) exchange(office, street);
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  CHECK(field(hub, "compound", record, "name") == "示例小区");
  CHECK(number(office, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") <= 1);
  for (auto* node : {&hub, &street, &office}) CHECK(faults(*node) == std::vector<std::string>{});
}

TEST_CASE("scope: what was sent from a scope after it was lost is let go of once it is confirmed",
          "[node][I6]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  REQUIRE(s.office->trust()->book.find(s.office->identity().certificate)->covers(kOtherOffice));
  auto there = wish("compound", compound("410703001901001"));
  there.scope = kOtherOffice;
  const auto wrote = s.office->put({there});
  REQUIRE((wrote && wrote->front().faults.empty()));
  s.change(s.office, {}, {kOtherOffice});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  CHECK(entries_in(s.office, kOtherOffice) == 0);
  CHECK(number(s.hub, "SELECT count(*) FROM log WHERE standing = 1") == 1);
  CHECK(number(s.office, "SELECT count(*) FROM waiting") == 0);
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("scope: own work of a scope that was lost is still told of, with the hub's word on it",
          "[node][I4][I6]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  const auto put_there = [&](const char* code) {
    auto there = wish("compound", compound(code));
    there.scope = kOtherOffice;
    const auto wrote = s.office->put({there});
    REQUIRE((wrote && wrote->front().faults.empty()));
  };
  const auto own = [&](const char* state) {
    const auto found =
        store::own_sets(s.office->store(), {.self = s.office->identity().author, .state = state});
    REQUIRE(found.has_value());
    return (*found)["items"];
  };
  const auto count = [&](const char* state) {
    return store::own_sets_summary(s.office->store(), s.office->identity().author)[state];
  };
  put_there("410703001901001");
  exchange(s.office, s.hub);
  const auto safe = own("safe");
  REQUIRE(safe.size() == 1);
  put_there("410703001901002");
  s.change(s.office, {}, {kOtherOffice});  // Which the second one comes after.
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  REQUIRE(entries_in(s.office, kOtherOffice) == 0);
  const auto kept = own("let_go");
  REQUIRE(kept.size() == 1);
  for (const char* name : {"set", "scope", "feed", "seq", "at", "safe_since", "position"}) {
    CHECK(kept[0][name] == safe[0][name]);
  }
  CHECK(kept[0]["let_go"].is_string());
  CHECK(kept[0]["changes"].empty());
  const auto held = own("held");
  REQUIRE(held.size() == 1);
  CHECK(held[0]["seq"] == 2);
  CHECK(held[0]["scope"] == kOtherOffice);
  CHECK(held[0]["held"] == "out_of_scope");
  CHECK(held[0]["held_by"]["node"] == "新乡市住房和城乡建设局");
  CHECK(held[0]["let_go"].is_string());
  CHECK(own("").size() == 2);
  CHECK((count("let_go") == 1 && count("held") == 1 && count("safe") == 0));
  CHECK(own("waiting").empty());
  s.office.close();
  s.office.open();
  s.office->store().rebuild({});
  CHECK(own("").size() == 2);
  CHECK(faults(s.office) == std::vector<std::string>{});
  // With the scope the sets themselves come back, and are told of once.
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  REQUIRE(entries_in(s.office, kOtherOffice) > 0);
  CHECK(own("let_go").empty());
  CHECK((own("safe").size() == 1 && own("held").size() == 1));
  CHECK((count("let_go") == 0 && count("held") == 1 && count("safe") == 1));
}

TEST_CASE("scope: with its clock a year behind an office isn't taken for two when a scope returns",
          "[node][I1]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  auto there = wish("compound", compound("410703001901001"));
  there.scope = kOtherOffice;
  REQUIRE(s.office->put({there})->front().faults.empty());
  for (int i = 0; i < 2; ++i) exchange(s.office, s.hub);
  s.city.time -= 365LL * 24 * 3600 * 1'000'000;
  s.change(s.office, {}, {kOtherOffice});
  for (int i = 0; i < 2; ++i) exchange(s.office, s.hub);
  CHECK(entries_in(s.office, kOtherOffice) == 0);
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  CHECK(entries_in(s.office, kOtherOffice) > 0);
  put(s.office, "compound", compound("410702003901001"));
  CHECK(exchange(s.office, s.hub).sent == 1);
}

TEST_CASE("scope: what waits for a scope that was lost waits no more", "[node][I6]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 3; ++i) exchange(s.office, s.hub);
  (void)put(s.other, "compound", compound("410703001901001"));
  (void)put(s.other, "compound", compound("410703001901002"));
  const auto second = store::parcel_at(s.other->store().database(), s.other->arrival());
  CHECK(take(s.office, {{sync::ObjectKind::parcel, second}}, s.hub) ==
        std::vector<std::string>{"gap"});
  CHECK(number(s.office, "SELECT count(*) FROM waiting") == 1);
  s.change(s.office, {}, {kOtherOffice});
  for (int i = 0; i < 2; ++i) exchange(s.office, s.hub);
  CHECK(number(s.office, "SELECT count(*) FROM waiting") == 0);
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("scope: a write that fails on a disk that can't be read either is an answer",
          "[node][I1]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  exchange(s.office, s.hub);
  auto& db = s.office->store().database();
  const auto failed = s.office->write([&]() -> Result<void> {
    const auto reads_fail = [](void* handle) {
      auto* of = static_cast<sqlite3*>(handle);
      for (auto* at = sqlite3_next_stmt(of, nullptr); at; at = sqlite3_next_stmt(of, at)) {
        const std::string_view sql = sqlite3_sql(at);
        if (sqlite3_stmt_busy(at) && sql.starts_with("SELECT")) return 1;
      }
      return 0;
    };
    sqlite3_progress_handler(db.handle(), 1, reads_fail, db.handle());
    return fail(Errc::io, "the disk");
  });
  CHECK_FALSE(failed);
  sqlite3_progress_handler(db.handle(), 0, nullptr, nullptr);
  put(s.office, "compound", compound("410702003901001"));
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("scope: changes that make no sense are refused and change nothing", "[node][I5]") {
  Scene s;
  const auto id = s.office->identity().author;
  const auto code = [&](const crypto::AuthorId& who, node::ScopeChange change) {
    const auto done = node::change_scopes(*s.hub, who, change);
    return done ? std::string("done") : std::string(info(done.error().code).name);
  };
  CHECK(code(crypto::AuthorId{}, {{kOffice}, {}}) == "not_found");
  CHECK(code(s.hub->identity().author, {{kOffice}, {}}) == "forbidden");
  CHECK(code(id, {{}, {kOffice}}) == "bad_value");
  CHECK(code(id, {{"Not A Path"}, {}}) == "bad_value");
  CHECK(code(id, {{}, {kOtherOffice}}) == "bad_value");
  CHECK(code(id, {{"410800/1"}, {}}) == "out_of_scope");
  const auto certificates = s.hub->trust()->book.all().size();
  const auto dry = node::change_scopes(*s.hub, id, {{kOtherOffice}, {}}, true);
  REQUIRE(dry);
  CHECK(dry->size() == 2);
  CHECK(s.hub->trust()->book.all().size() == certificates);
}

TEST_CASE("scope: who lost one reads nothing of it with the certificate from before",
          "[node][I6]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 2; ++i) exchange(s.office, s.hub);
  const auto before = s.office->identity().certificate;
  s.change(s.office, {}, {kOtherOffice});
  const auto record = put(s.other, "compound", compound("410703001901001"));
  exchange(s.other, s.hub);
  // It keeps the certificate, which hasn't ended and whose key is good.
  const auto page = s.hub->page(before, {}, true);
  REQUIRE(page);
  bool learns = false;
  CHECK_FALSE(brings(*page, record));
  for (const auto& object : page->objects) {
    const auto parcel = sync::Parcel::decode(object.bytes);
    if (!parcel || object.kind != sync::ObjectKind::parcel) continue;
    const auto set = sync::decode_change_set(parcel->body);
    REQUIRE(set);
    CHECK((set->feed.scope != kOtherOffice || set->feed.audience == sync::Audience::below));
    for (const auto& change : set->changes) {
      learns = learns || change.type == sync::kTypeCertificate;
    }
  }
  CHECK(learns);  // Among what it still gets is the certificate that it has now.
  exchange(s.office, s.hub);
  CHECK(s.office->identity().certificate != before);
  CHECK(faults(s.office) == std::vector<std::string>{});
}

TEST_CASE("scope: what was left out between two certificates comes with the later one",
          "[node][I6][I3]") {
  Scene s;
  s.change(s.office, {kOtherOffice}, {});
  for (int i = 0; i < 2; ++i) exchange(s.office, s.hub);
  const auto first = s.office->identity().certificate;
  s.change(s.office, {}, {kOtherOffice});
  const auto record = put(s.other, "compound", compound("410703001901001"));
  exchange(s.other, s.hub);
  // It hasn't heard of the change and shows the first one: the record is left out, …
  const auto without = s.hub->page(first, {}, true);
  REQUIRE(without);
  CHECK_FALSE(without->more);
  CHECK_FALSE(brings(*without, record));
  // … and its cursor stands behind it when it has the scope again.
  s.change(s.office, {kOtherOffice}, {});
  const auto last = s.hub->trust()->book.newest_after(first);
  REQUIRE(last != first);
  const auto with = s.hub->page(last, without->cursor, true);
  REQUIRE(with);
  CHECK(brings(*with, record));
}

}  // namespace linli::test

// What arrives from elsewhere: each set judged for itself, kept with its reason, and stopping
// nobody.
#include "crypto/cbor.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";

/// A city with an office that has written something, and the hub to send it to.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Scene() { exchange(office, hub); }
};

std::string evidence(Node& node) { return rows(node, "SELECT reason FROM quarantine ORDER BY id"); }
std::string waiting(Node& node) { return rows(node, "SELECT reason FROM waiting ORDER BY id"); }

sync::Object altered(const sync::Object& object, bool signature) {
  auto parcel = *sync::Parcel::decode(object.bytes);
  if (signature) {
    parcel.signature.data[7] ^= 1;
  } else {
    // The last bytes of the body are the record's fields: still the right layout, another value.
    parcel.body.back() = static_cast<char>(parcel.body.back() ^ 1);
  }
  return {sync::ObjectKind::parcel, parcel.encode()};
}

}  // namespace

TEST_CASE("take: every bad set has a verdict of its own and stops nobody beside it", "[node][I5]") {
  Scene s;
  City elsewhere(false);
  auto good = Pen::of(s.office, kOffice);
  const auto first = good.write(), second = good.write();

  auto outside = Pen::of(s.office, kOtherOffice);
  auto rightless = Pen::of(s.office, kOffice, sync::Audience::below);
  auto stranger = Pen::of(s.office, kOffice);
  const auto strange_key = crypto::SigningKey::generate();
  stranger.key = &strange_key;
  stranger.certificate = crypto::hash({"no certificate of this city"});
  stranger.feed.author = crypto::author_of(strange_key.public_key());
  auto foreign = Pen::of(s.office, kOffice, sync::Audience::everyone);
  foreign.city = elsewhere.hub()->identity().city;
  auto impostor = Pen::of(s.office, kOffice, sync::Audience::everyone);
  impostor.feed.author = s.hub->identity().author;
  auto unruly = Pen::of(s.office, kOffice, sync::Audience::everyone);
  auto moved = Pen::of(s.office, kOffice, sync::Audience::everyone);

  std::vector<sync::Object> objects{
      first,
      altered(second, false),
      altered(second, true),
      outside.write(),
      rightless.write([](sync::ChangeSet& set) { set.changes[0].type = 10; }),  // an org_unit
      stranger.write(),
      foreign.write(),
      impostor.write(),
      unruly.write([](sync::ChangeSet& set) { set.policy = crypto::hash({"no such policy"}); }),
      moved.write([](sync::ChangeSet& set) {
        static const auto retired = sync::encode_move({-1, 5});
        set.changes[0].type = 11;
        set.changes[0].fields = {{27, retired}};
      }),
      {sync::ObjectKind::parcel, "junk"},
      {sync::ObjectKind::receipt, "junk"},
      first,
      second};
  const std::vector<std::string> expected{"accepted",     "bad_signature", "bad_signature",
                                          "out_of_scope", "forbidden",     "unknown_certificate",
                                          "other_city",   "forbidden",     "unknown_policy",
                                          "bad_move",     "malformed",     "malformed",
                                          "replay",       "accepted"};
  CHECK(take(s.hub, objects, s.office) == expected);
  CHECK(evidence(s.hub) ==
        "bad_signature\nbad_signature\nout_of_scope\nforbidden\nother_city\nforbidden\nbad_move\n");
  CHECK(waiting(s.hub) == "unknown_certificate\nunknown_policy\n");
  CHECK(number(s.hub, "SELECT count(*) FROM r_building") == 2);
  // Sent again, nothing is kept twice and nothing changes.
  const auto before = dump(s.hub);
  auto again = expected;
  again.front() = again.back() = "replay";
  CHECK(take(s.hub, objects, s.office) == again);
  CHECK(number(s.hub, "SELECT count(*) FROM quarantine") == 7);
  CHECK(number(s.hub, "SELECT count(*) FROM waiting") == 2);
  CHECK(dump(s.hub) == before);
  CHECK(faults(s.hub).empty());
  CHECK(store::waiting(s.hub->store(), s.hub->identity().author)["quarantined"] == 7);
}

TEST_CASE("take: a flipped copy that comes first doesn't keep out the true one", "[node][I5]") {
  Scene s;
  auto pen = Pen::of(s.office, kOffice);
  const auto first = pen.write(), second = pen.write();
  // The flipped signature leaves the body, and so the name, as it is.
  CHECK(take(s.hub, {first, altered(second, true)}, s.office) ==
        std::vector<std::string>{"accepted", "bad_signature"});
  CHECK(take(s.hub, {second}, s.office) == std::vector<std::string>{"accepted"});
  // Nor does the evidence stand under the true one's name.
  CHECK(number(s.hub, "SELECT count(*) FROM quarantine q JOIN log l ON l.hash = q.hash") == 0);
}

TEST_CASE("take: a set after a gap waits, and goes in when the missing one has come",
          "[node][I4][I5]") {
  Scene s;
  auto pen = Pen::of(s.office, kOffice);
  std::vector<sync::Object> sets;
  for (int i = 0; i < 5; ++i) sets.push_back(pen.write());
  CHECK(take(s.hub, {sets[2], sets[4], sets[1], sets[3]}, s.office) ==
        std::vector<std::string>(4, "gap"));
  CHECK(number(s.hub, "SELECT count(*) FROM r_building") == 0);
  CHECK(store::waiting(s.hub->store(), s.hub->identity().author)["held_back"] == 4);
  s.hub.close();
  s.hub.open();
  CHECK(take(s.hub, {sets[0]}, s.office) == std::vector<std::string>{"accepted"});
  CHECK(number(s.hub, "SELECT count(*) FROM r_building") == 5);
  CHECK(waiting(s.hub).empty());
  CHECK(faults(s.hub).empty());
}

TEST_CASE("take: of a fork one branch stands and the other is evidence", "[node][I5]") {
  Scene s;
  auto pen = Pen::of(s.office, kOffice);
  const auto first = pen.write();
  auto clone = pen;
  const auto second = pen.write(), other = clone.write(), third = pen.write(),
             other_third = clone.write();
  CHECK(take(s.hub, {first, second, other, other_third, third}, s.office) ==
        std::vector<std::string>{"accepted", "accepted", "fork", "fork", "accepted"});
  CHECK(evidence(s.hub) == "fork\nfork\n");
  CHECK(number(s.hub, "SELECT count(*) FROM r_building") == 3);
  CHECK(faults(s.hub).empty());
}

TEST_CASE("take: stamps that go back are refused", "[node][I5]") {
  Scene s;
  auto pen = Pen::of(s.office, kOffice);
  const auto first = pen.write();
  pen.stamp -= 1'000'000;
  CHECK(take(s.hub, {first, pen.write()}, s.office) ==
        std::vector<std::string>{"accepted", "malformed"});
  CHECK(evidence(s.hub) == "malformed\n");
}

TEST_CASE("take: what waits for a certificate goes in when the certificate comes", "[node][I5]") {
  Scene s;
  // Enrolled by the office, while the hub doesn't know it yet.
  auto& device = s.city.enrol(kOffice, "平板", crypto::Role::device, &s.office);
  auto pen = Pen::of(device, kOffice);
  pen.policy = s.hub->trust()->newest_policy;
  const auto set = pen.write([](sync::ChangeSet& made) { made.changes[0].type = 73; });
  CHECK(take(s.hub, {set}, s.office) == std::vector<std::string>{"unknown_certificate"});
  exchange(s.office, s.hub);
  CHECK(waiting(s.hub).empty());
  CHECK(number(s.hub, "SELECT count(*) FROM r_finding") == 1);
  CHECK(faults(s.hub).empty());
}

TEST_CASE("take: a value that doesn't fit its commitment is dropped, the set isn't",
          "[node][I5][I10]") {
  Scene s;
  put(s.office, "compound", compound(kCode));
  put(s.office, "inspection", R"({"kind":"routine","compound":"410702003901001",
    "template":["t",1],"inspectors":["J001","J002"],"started_at":"2025-12-01T09:00",
    "ended_at":"2025-12-01T10:00","results":{"F01":"ok"},"note":"一辆旧自行车","status":"submitted"})");
  auto page = s.office->outgoing(s.hub->identity().certificate, 0, 0);
  REQUIRE(page.has_value());
  auto objects = page->objects;
  auto& last = objects.back();
  auto parcel = *sync::Parcel::decode(last.bytes);
  REQUIRE_FALSE(parcel.openings.empty());
  const auto honest = last;
  parcel.openings[0].value = cbor::encode_text("一辆新汽车");
  last.bytes = parcel.encode();
  const auto became = take(s.hub, objects, s.office);
  CHECK(became.back() == "accepted");
  CHECK(evidence(s.hub).empty());
  CHECK(rows(s.hub, "SELECT count(*) FROM r_inspection") == "1\n");
  CHECK((*store::search_records(s.hub->store(), "自行车", 5))["items"].empty());
  CHECK((*store::search_records(s.hub->store(), "新汽车", 5))["items"].empty());
  // It comes again, whole: the value is taken, the set is known.
  CHECK(take(s.hub, {honest}, s.office) == std::vector<std::string>{"replay"});
  CHECK((*store::search_records(s.hub->store(), "自行车", 5))["items"].size() == 1);
  CHECK(faults(s.hub).empty());
  CHECK(export_all(s.hub).find("旧自行车") != std::string::npos);
}

TEST_CASE("newer version: unknown types and fields are kept, forwarded and shown as they are",
          "[node][I8]") {
  Scene s;
  auto& sibling = s.city.enrol(kOffice, "示例社区分点");
  exchange(sibling, s.hub);
  // A policy of the newer version lets offices write the new type.
  auto policy = model::policy_of(model::schema(), 2, s.hub->trust()->newest_policy);
  sync::TypeRule rule;
  rule.type = 900;
  rule.writers = ~0u;
  policy.rules.push_back(rule);
  REQUIRE(s.hub->publish_policy(policy.encode()).has_value());
  exchange(s.office, s.hub);
  auto pen = Pen::of(s.office, kOffice);
  CHECK(pen.policy == sync::policy_hash(policy.encode()));
  const auto note = cbor::encode_text("来自未来");
  const auto new_type = pen.write([&](sync::ChangeSet& set) {
    set.changes[0].type = 900;
    set.changes[0].fields = {{7, note}};
  });
  const auto new_field = pen.write([&](sync::ChangeSet& set) {
    set.changes[0].fields.push_back({555, note});
  });
  REQUIRE(take(s.office, {new_type, new_field}, s.hub) == std::vector<std::string>(2, "accepted"));
  // Brought by the hub in this test, so it isn't sent back there: the hub gets it itself.
  REQUIRE(take(s.hub, {new_type, new_field}, s.office) == std::vector<std::string>(2, "accepted"));
  exchange(sibling, s.hub);
  for (auto* node : {&s.office, &s.hub, &sibling}) {
    // Byte for byte, wherever it went.
    const auto page = (*node)->page(s.office->identity().certificate, {}, true);
    REQUIRE(page.has_value());
    for (const auto& sent : {new_type, new_field}) {
      CHECK(std::any_of(page->objects.begin(), page->objects.end(),
                        [&](const auto& object) { return object.bytes == sent.bytes; }));
    }
    CHECK(number(*node, "SELECT count(*) FROM r_building WHERE _extra IS NOT NULL") == 1);
    CHECK(export_all(*node).find("#555") != std::string::npos);
    const auto before = dump(*node);
    node->close();
    execute(*node, "UPDATE meta SET value = 'older' WHERE key = 'projection'");
    node->open();
    CHECK(dump(*node) == before);
    CHECK(faults(*node).empty());
  }
}

TEST_CASE("newer version: a set with a critical key keeps its place and is forwarded unread",
          "[node][I8]") {
  Scene s;
  auto& street = s.city.enrol(kStreet, "东街街道", crypto::Role::street);
  auto pen = Pen::of(s.office, kOffice);
  auto parcel = *sync::Parcel::decode(pen.write().bytes);
  // One more entry in the map of its header, with a negative key.
  parcel.body[0] = static_cast<char>(parcel.body[0] + 1);
  parcel.body += "\x20\x01";
  parcel.signature = pen.key->sign(crypto::kDomainChangeSet, parcel.body);
  pen.prev = sync::change_set_hash(parcel.body);
  const sync::Object critical{sync::ObjectKind::parcel, parcel.encode()};
  CHECK(take(s.hub, {critical}, s.office) == std::vector<std::string>{"accepted"});
  CHECK(take(s.hub, {critical}, s.office) == std::vector<std::string>{"replay"});
  // What comes behind it counts.
  CHECK(take(s.hub, {pen.write()}, s.office) == std::vector<std::string>{"accepted"});
  CHECK(number(s.hub, "SELECT count(*) FROM log WHERE standing = 2") == 1);
  s.hub.close();
  s.hub.open();
  CHECK(number(s.hub, "SELECT count(*) FROM log WHERE standing = 2") == 1);
  exchange(street, s.hub);
  CHECK(number(street, "SELECT count(*) FROM log WHERE standing = 2") == 1);
  CHECK(faults(s.hub).empty());
  CHECK(faults(street).empty());
}

TEST_CASE("newer version: of one whose place can't be known nothing is lost either", "[node][I8]") {
  Scene s;
  auto pen = Pen::of(s.office, kOffice);
  auto parcel = *sync::Parcel::decode(pen.write().bytes);
  parcel.body[2] = 2;  // The suite.
  const sync::Object other{sync::ObjectKind::parcel, parcel.encode()};
  CHECK(take(s.hub, {other}, s.office) == std::vector<std::string>{"unknown_critical"});
  CHECK(waiting(s.hub) == "unknown_critical\n");
  s.hub.close();
  s.hub.open();
  CHECK(waiting(s.hub) == "unknown_critical\n");
}

TEST_CASE("waiting: what nobody vouches for is bounded by who brings it", "[node][I9]") {
  Scene s;
  const std::string much(400'000, 'x');
  const auto item = cbor::encode_text(much);
  std::vector<sync::Object> objects;
  // A new stranger each time: a bound on the author alone would never be reached.
  std::vector<crypto::SigningKey> keys;
  for (int i = 0; i < 60; ++i) {
    keys.push_back(crypto::SigningKey::generate());
    auto pen = Pen::of(s.office, kOffice);
    pen.key = &keys.back();
    pen.feed.author = crypto::author_of(keys.back().public_key());
    pen.certificate = crypto::hash({"unknown"});
    objects.push_back(pen.write([&](sync::ChangeSet& set) {
      set.changes[0].fields = {{2, item}};
    }));
  }
  take(s.hub, objects, s.office);
  CHECK(number(s.hub, "SELECT sum(length(bytes)) FROM waiting") <= 16 << 20);
}

TEST_CASE("certificates: one that was published can't be taken back by writing over it",
          "[node][I5]") {
  Scene s;
  auto& device = s.city.enrol(kOffice, "平板", crypto::Role::device, &s.office);
  const auto certificate = device->identity().certificate;
  exchange(s.office, s.hub);
  REQUIRE(s.hub->trust()->book.find(certificate));
  // The same record, written anew with something else in it, by one who may write certificates.
  auto pen = Pen::of(s.office, kOffice, sync::Audience::below);
  const auto junk = cbor::encode_bytes("nothing");
  const auto over = pen.write([&](sync::ChangeSet& set) {
    auto& change = set.changes[0];
    change.type = sync::kTypeCertificate;
    change.id = sync::RecordId::of(certificate.view().substr(0, 16));
    change.fields = {{1, junk}};
  });
  REQUIRE(take(s.hub, {over}, s.office) == std::vector<std::string>{"accepted"});
  REQUIRE(s.hub->trust()->book.find(certificate));
  s.hub.close();
  s.hub.open();
  CHECK(s.hub->trust()->book.find(certificate));
  CHECK(faults(s.hub).empty());
}

// ---- Clocks -------------------------------------------------------------------------------------

TEST_CASE("clock far ahead: flagged by the receipt, loses to honest edits, and is not lost",
          "[node][I3][I4]") {
  Scene s;
  const auto made = put(s.office, "compound", compound(kCode));
  exchange(s.office, s.hub);
  s.office.clock.ahead = 40LL * 24 * 3600 * 1'000'000;
  edit(s.office, "compound", made, R"({"name":"来自未来"})");
  edit(s.hub, "compound", made, R"({"name":"诚实"})");
  CHECK(field(s.office, "compound", made, "name") == "来自未来");
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  for (auto* node : {&s.office, &s.hub}) {
    CHECK(field(*node, "compound", made, "name") == "诚实");
    const auto conflicts = store::list_conflicts((*node)->store())["items"];
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0]["winner"]["fields"]["name"] == "诚实");
    REQUIRE(conflicts[0]["losers"].size() == 1);
    CHECK(conflicts[0]["losers"][0]["fields"]["name"] == "来自未来");
    CHECK(conflicts[0]["losers"][0]["trusted_clock"] == false);
    CHECK(faults(*node).empty());
  }
  CHECK(dump(s.hub).size() > 0);
  // It blocks nothing: with the clock set right again the office goes on.
  s.office.clock.ahead = 0;
  edit(s.office, "compound", made, R"({"name":"又对了"})");
  exchange(s.office, s.hub);
  exchange(s.office, s.hub);
  CHECK(field(s.hub, "compound", made, "name") == "又对了");
  CHECK(export_all(s.office) == export_all(s.hub));
  CHECK(store::waiting(s.office->store(), s.office->identity().author)["sets"] == 0);
  // A rebuild sees the flags as well.
  const auto before = dump(s.office);
  s.office.close();
  execute(s.office, "UPDATE meta SET value = 'older' WHERE key = 'projection'");
  s.office.open();
  CHECK(dump(s.office) == before);
}

TEST_CASE("clock far ahead: an invented checkpoint wins nothing either", "[node][I5]") {
  Scene s;
  const auto made = put(s.office, "compound", compound(kCode));
  exchange(s.office, s.hub);
  auto pen = Pen::of(s.office, kOffice);
  const auto name = cbor::encode_text("抢先");
  const auto claims = pen.write([&](sync::ChangeSet& set) {
    set.seen = sync::Seen{1, 1, {}, set.time_base + 30LL * 24 * 3600 * 1'000'000};
    set.changes[0].type = 11;
    set.changes[0].id = made.id;
    set.changes[0].fields = {{2, name}};
  });
  edit(s.hub, "compound", made, R"({"name":"诚实"})");
  REQUIRE(take(s.hub, {claims}, s.office) == std::vector<std::string>{"accepted"});
  CHECK(field(s.hub, "compound", made, "name") == "诚实");
  CHECK(number(s.hub, "SELECT count(*) FROM log WHERE trusted = 0") == 1);
}

}  // namespace linli::test

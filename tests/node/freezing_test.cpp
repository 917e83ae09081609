// What its state has closed isn't altered any more: not here, and not by what others send.
#include "node/freezing.h"

#include "crypto/cbor.h"
#include "sync/policy.h"
#include "tests/model/examples.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

const char* const kInspection = R"({"kind":"routine","compound":"410702003901001",
  "template":["t",1],"inspectors":["J001","J002"],"started_at":"2025-12-01T09:00",
  "ended_at":"2025-12-01T10:00","results":{"F01":"ok"},"note":"自行车","status":"submitted"})";

/// Two nodes of one office, both of which hold a submitted inspection.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& second = city.enrol(kOffice, "示例社区的另一台");
  Outcome made;

  Scene() {
    exchange(office, hub);
    put(office, "compound", compound("410702003901001"));
    made = put(office, "inspection", kInspection);
    settle();
  }
  void settle() {
    for (int i = 0; i < 2; ++i) {
      for (auto* node : {&office, &second}) (void)try_exchange(*node, hub);
    }
  }
  std::int64_t held(Node& node) {
    return number(node, "SELECT count(*) FROM log WHERE standing = 1");
  }
  void check_all(const std::string& note, std::int64_t waiting) {
    for (auto* node : {&hub, &office, &second}) {
      CAPTURE(node->dir);
      CHECK(field(*node, "inspection", made, "note") == note);
      CHECK(held(*node) == waiting);
      CHECK(faults(*node) == std::vector<std::string>{});
      const auto shown = dump(*node);
      (*node)->store().rebuild({});
      CHECK(dump(*node) == shown);
    }
  }
};

}  // namespace

TEST_CASE("frozen: an edit that reaches the hub after the closing counts nowhere until approved",
          "[node][I3]") {
  Scene s;
  edit(s.second, "inspection", s.made, R"({"note":"两辆自行车"})");  // Off line.
  edit(s.office, "inspection", s.made, R"({"status":"reviewed"})");
  exchange(s.office, s.hub);
  s.settle();
  s.check_all("自行车", 1);
  // Nothing is lost: a person who finds that it was right lets it in.
  const auto set = [&] {
    auto lease = s.hub->store().read();
    auto row = lease->prepare("SELECT hash FROM log WHERE standing = 1");
    REQUIRE(row.step());
    return Hash::of(row.blob(0));
  }();
  REQUIRE(s.hub->approve(set, "复核过"));
  s.settle();
  s.check_all("两辆自行车", 0);
}

TEST_CASE("frozen: an edit that the hub has before the closing stands", "[node][I3]") {
  Scene s;
  edit(s.second, "inspection", s.made, R"({"note":"两辆自行车"})");
  exchange(s.second, s.hub);
  edit(s.office, "inspection", s.made, R"({"status":"reviewed"})");
  s.settle();
  s.check_all("两辆自行车", 0);
}

TEST_CASE("frozen: a removal after the closing is held back and refused where it is written",
          "[node]") {
  Scene s;
  remove(s.second, "inspection", s.made);
  edit(s.office, "inspection", s.made, R"({"status":"reviewed"})");
  auto wanted = wish("inspection", "{}");
  wanted.kind = node::Wish::Kind::remove;
  wanted.id = s.made.id;
  wanted.scope = s.made.scope;
  const auto refused = s.office->put({wanted});
  REQUIRE(refused);
  CHECK(refusal(refused->front()) == "frozen");
  exchange(s.office, s.hub);
  s.settle();
  s.check_all("自行车", 1);
}

TEST_CASE("frozen: what closes a record and alters it afterwards in one set is seen", "[node]") {
  Scene s;
  const auto& type = type_of("inspection");
  const auto number_of = [&](std::string_view name) { return type.field(name)->number; };
  const auto state_of = [&](std::string_view code) {
    for (const auto& value : type.field(type.state)->values) {
      if (value.code == code) return value.number;
    }
    FAIL("no such state");
    return std::int64_t{0};
  };
  const auto close = sync::encode_move({state_of("submitted"), state_of("reviewed")});
  const auto other = cbor::encode_text("改过的");
  sync::ChangeSet set;
  set.feed.scope = s.made.scope;
  const auto change = [&](std::uint32_t field, std::string_view value) {
    sync::Change one;
    one.type = type.number;
    one.id = s.made.id;
    one.fields = {{field, value}};
    return one;
  };
  const auto judged = [&]() -> std::string {
    const auto why = node::alters_closed(s.hub->store(), set, {}, {});
    return why ? std::string(info(why->code).name) + " " + why->field : "";
  };
  const auto state = number_of("status"), note = number_of("note");
  set.changes = {change(note, other), change(state, close)};
  CHECK(judged().empty());
  set.changes = {change(state, close), change(note, other)};
  CHECK(judged() == "frozen note");
  // The next move is another matter.
  const auto shut = sync::encode_move({state_of("reviewed"), state_of("closed")});
  set.changes = {change(state, close), change(state, shut)};
  CHECK(judged().empty());
}

namespace {

/// Changes of a disclosure that hangs on the board already, as who holds an office's key could sign
/// them, judged at the hub.
struct Published {
  City city;
  Node& office = city.enrol(kOffice, "示例社区");
  const model::RecordType& type = type_of("disclosure");
  Outcome made;

  Published() {
    using namespace model::test;
    put(city.hub(), "disclosure_kind", std::string(kKind));
    exchange(office, city.hub());
    put(office, "compound", compound("410702003901001"));
    made = put(office, "disclosure", std::string(kDisclosure));
    exchange(office, city.hub());
    REQUIRE(field(city.hub(), "disclosure", made, "status") == "published");
  }
  [[nodiscard]] std::int64_t state_of(std::string_view code) const {
    for (const auto& value : type.field(type.state)->values) {
      if (value.code == code) return value.number;
    }
    return -1;
  }
  [[nodiscard]] std::string move(std::string_view from, std::string_view to) const {
    return sync::encode_move({from.empty() ? -1 : state_of(from), state_of(to)});
  }
  [[nodiscard]] sync::Change change(
      const std::vector<std::pair<std::string_view, std::string_view>>& fields) const {
    sync::Change one;
    one.type = type.number;
    one.id = made.id;
    for (const auto& [name, value] : fields) {
      one.fields.push_back({type.field(name)->number, value});
    }
    return one;
  }
  std::string judged(std::vector<sync::Change> changes) {
    sync::ChangeSet set;
    set.feed.scope = made.scope;
    set.changes = std::move(changes);
    const auto why = node::alters_closed(city.hub()->store(), set, {}, {});
    return why ? std::string(info(why->code).name) + " " + why->field : "";
  }
};

}  // namespace

TEST_CASE("frozen: a move that doesn't begin where the record stands opens nothing", "[node][I5]") {
  Published p;
  const auto note = cbor::encode_text("改过的");
  const auto alter = p.change({{"note", note}});
  sync::Change gone = p.change({});
  gone.kind = sync::ChangeKind::remove;
  for (const auto& made_up : {p.move("", "drafted"), p.move("checked", "returned"),
                              p.move("submitted", "returned"), p.move("drafted", "drafted")}) {
    CHECK(p.judged({p.change({{"status", made_up}})}) == "frozen status");
    CHECK(p.judged({p.change({{"status", made_up}}), alter}) == "frozen status");
    CHECK(p.judged({p.change({{"status", made_up}}), gone}) == "frozen status");
  }
  // The state said again, as who settles a conflict of its group does, moves nothing.
  const auto same = p.move("published", "published");
  CHECK(p.judged({p.change({{"status", same}})}).empty());
  CHECK(p.judged({p.change({{"status", same}}), alter}) == "frozen note");
}

TEST_CASE("frozen: what was said with the publishing stays, also when the state moves on",
          "[node][I5]") {
  Published p;
  const auto earlier = cbor::encode_int(1);
  const auto text = cbor::encode_text("与账目不符");
  const auto objected = p.move("published", "objected");
  CHECK(p.judged({p.change({{"published_at", earlier}})}) == "frozen published_at");
  CHECK(p.judged({p.change({{"objection", text}})}) == "frozen objection");
  CHECK(p.judged({p.change({{"status", objected}, {"objection", text}})}).empty());
  CHECK(p.judged(
            {p.change({{"status", objected}, {"published_at", earlier}, {"objection", text}})}) ==
        "frozen published_at");
  // And where it is written.
  const auto refused = [&](const char* json) {
    auto wanted = wish("disclosure", json);
    wanted.id = p.made.id;
    wanted.scope = p.made.scope;
    const auto outcome = p.office->put({wanted});
    REQUIRE(outcome);
    return refusal(outcome->front());
  };
  CHECK(refused(R"({"published_at":"2023-07-01T10:00"})") == "frozen published_at");
  CHECK(refused(R"({"objection":"无"})") == "frozen objection");
  CHECK(refused(R"({"status":"objected","objection":"与账目不符","channels":["web"]})") ==
        "frozen channels");
  CHECK(refused(R"({"status":"objected","objection":"与账目不符"})").empty());
}

TEST_CASE("frozen: what was approved is published later and when it was approved stays",
          "[node][I3]") {
  City city;
  auto& hub = city.hub();
  constexpr const char* kContract = R"({"compound":"410702003901001",
    "company":"91350100M000100Y43","start_on":"2025-01-01","kind":"ordinary","sign_on":"2024-12-01",
    "end_on":"2027-12-31","fee_mode":"lump_sum","fees":[{"use":"dwelling","price_e4":8950}],
    "status":"active","filed_on":"2024-12-10"})";
  const auto standard = [](int version, const char* more) {
    auto json = Json::parse(R"({"compound":"410702003901001","items":[{"domain":"cleaning",
      "subject":"楼道","metric":"清扫","comparator":"ge","target":3,"unit":"次",
      "frequency":"weekly"}],"contract":["410702003901001","91350100M000100Y43","2025-01-01"],
      "drafted_on":"2025-02-01","approved_on":"2025-03-01","approved_by":"示例局"})");
    json["version"] = version;
    json.update(Json::parse(more));
    return json.dump();
  };
  put(hub, "compound", compound("410702003901001"));
  put(hub, "service_contract", kContract);
  const auto one = put(hub, "service_standard", standard(1, R"({"status":"approved"})"));
  edit(hub, "service_standard", one, R"({"status":"published","published_on":"2025-03-05"})");
  edit(hub, "service_standard", one, R"({"status":"in_force","in_force_from":"2025-04-01"})");
  CHECK(field(hub, "service_standard", one, "in_force_from") == "2025-04-01");
  // Once it is there it stays as it is, whatever the state moves to.
  auto change = wish("service_standard", R"({"status":"superseded","superseded_on":"2025-12-01",
    "published_on":"2025-03-06"})");
  change.id = one.id;
  change.scope = one.scope;
  const auto refused = hub->put({change});
  REQUIRE(refused);
  CHECK(refusal(refused->front()) == "frozen published_on");
  // The whole way at once, too.
  const auto two = put(hub, "service_standard", standard(2, R"({"status":"in_force",
    "published_on":"2025-03-05","in_force_from":"2025-04-01"})"));
  CHECK(field(hub, "service_standard", two, "status") == "in_force");
  CHECK(faults(hub).empty());
}

}  // namespace linli::test

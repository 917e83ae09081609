// verify finds what was taken away, not only what was changed; says what helps, and that helps.
#include "node/erasing.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kInspection = R"({"kind":"routine","compound":"410702003901001",
  "template":["t",1],"inspectors":["J001","J002"],"started_at":"2025-12-01T09:00",
  "ended_at":"2025-12-01T10:00","results":{"F01":"ok"},"note":"自行车","status":"submitted"})";

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome made, inspection;
  Scene() {
    exchange(office, hub);
    made = put(office, "compound", compound("410702003901001"));
    inspection = put(office, "inspection", kInspection);
    settle();
  }
  void settle() {
    exchange(office, hub);
    exchange(office, hub);
  }
};

using Faults = std::vector<store::VerifyFault>;

Faults faults_of(Node& node) {
  node.close();
  auto store = store::Store::open(node.dir / "linli.db", store::Access::read);
  REQUIRE(store);
  auto report = store::verify(**store);
  if (!report) FAIL(describe(report.error()));
  return std::move(report->faults);
}

/// As after `linli rebuild`.
Faults faults_after_rebuild(Node& node) {
  node.open();
  node->store().rebuild({});
  return faults_of(node);
}

const store::VerifyFault* with(const Faults& faults, std::string_view word) {
  for (const auto& fault : faults) {
    if (fault.what.find(word) != std::string::npos) return &fault;
  }
  return nullptr;
}

bool advises(const Faults& faults, store::Remedy remedy) {
  return std::any_of(faults.begin(), faults.end(),
                     [&](const auto& fault) { return fault.remedy == remedy; });
}

}  // namespace

TEST_CASE("verify: a value that was lost is named and no rebuild is advised", "[node][I7][I10]") {
  Scene s;
  const auto set = "(SELECT max(arrival) FROM opening)";
  SECTION("where it was written") {
    s.office.close();
    execute(s.office, std::string("DELETE FROM opening WHERE arrival = ") + set);
    const auto faults = faults_of(s.office);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].remedy == store::Remedy::save_first);
    CHECK(faults[0].author == "示例社区");
    CHECK_FALSE(faults[0].change_set.empty());
    REQUIRE(faults[0].records.size() == 1);
    CHECK(faults[0].records[0].starts_with("inspection "));
    // Nor is it silent once somebody built anew.
    CHECK(advises(faults_after_rebuild(s.office), store::Remedy::save_first));
  }
  SECTION("where it came to") {
    s.hub.close();
    execute(s.hub, std::string("DELETE FROM opening WHERE arrival = ") + set);
    const auto faults = faults_of(s.hub);
    const auto* lost = with(faults, "value_without_opening");
    REQUIRE(lost);
    CHECK(lost->author == "示例社区");
    CHECK(lost->what.find("r_inspection.note") != std::string::npos);
    CHECK(lost->remedy == store::Remedy::restore);
    CHECK_FALSE(advises(faults, store::Remedy::rebuild));
  }
}

TEST_CASE("verify: leaves that are gone are missed at the hub and built anew", "[node][I5]") {
  Scene s;
  const auto* sql = GENERATE("DELETE FROM leaf", "DELETE FROM leaf WHERE position = 0",
                             "DELETE FROM leaf WHERE position = (SELECT max(position) FROM leaf)");
  CAPTURE(sql);
  REQUIRE(faults_of(s.hub).empty());
  execute(s.hub, sql);
  const auto faults = faults_of(s.hub);
  CHECK(with(faults, "history"));
  CHECK(advises(faults, store::Remedy::rebuild));
  CHECK(faults_after_rebuild(s.hub).empty());
}

TEST_CASE("verify: a table of erased values that forgot is missed and built anew", "[node][I10]") {
  Scene s;
  const auto done = node::erase(
      *s.office,
      {{&type_of("inspection"), s.inspection.scope, s.inspection.id, {"note"}, "request", {}}});
  REQUIRE(done);
  s.settle();
  for (auto* node : {&s.office, &s.hub}) {
    REQUIRE(faults_of(*node).empty());
    execute(*node, "DELETE FROM erased");
    const auto faults = faults_of(*node);
    REQUIRE(with(faults, "erased"));
    CHECK_FALSE(
        advises(faults, store::Remedy::save_first));  // Its opening isn't lost: it was erased.
    CHECK(faults_after_rebuild(*node).empty());
    node->open();
    CHECK(number(*node, "SELECT count(*) FROM erased") > 0);
  }
}

TEST_CASE("verify: the kept head of the history is there and is what was signed", "[node][I5]") {
  Scene s;
  {
    const Serving serving(s.hub);
    node::HttpClient line(serving.url());
    REQUIRE(node::exchange(*s.office, line));
  }
  REQUIRE(number(s.office, "SELECT count(*) FROM checkpoint") == 1);
  REQUIRE(faults_of(s.office).empty());
  execute(s.office, GENERATE("DELETE FROM checkpoint", "UPDATE checkpoint SET size = size - 1",
                             "UPDATE checkpoint SET note = replace(note, '410700', '410701')"));
  const auto faults = faults_of(s.office);
  REQUIRE(with(faults, "checkpoint"));
  CHECK(with(faults, "checkpoint")->remedy == store::Remedy::save_first);
}

TEST_CASE("verify: when something was confirmed and what waits is looked at too", "[node][I5]") {
  Scene s;
  s.office.close();
  SECTION("the time of a confirmation") {
    execute(s.office,
            "UPDATE feed SET receipted_at = receipted_at + 1000000 WHERE id = (SELECT max(f.id) "
            "FROM feed f JOIN log l ON l.feed = f.id WHERE l.kind = 2)");
    const auto faults = faults_of(s.office);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].what.starts_with("feed "));
    CHECK_FALSE(faults[0].author.empty());
  }
  SECTION("junk among what waits goes with a rebuild") {
    execute(s.office,
            "INSERT INTO waiting(hash, author, need, reason, peer, received, bytes) VALUES "
            "(zeroblob(32), zeroblob(16), x'00', 'gap', 1, 1, x'0102')");
    REQUIRE(with(faults_of(s.office), "waiting"));
    CHECK(faults_after_rebuild(s.office).empty());
  }
}

TEST_CASE("verify: what differs is named by its records and a broken index is built anew",
          "[node][I8]") {
  Scene s;
  s.office.close();
  SECTION("a record") {
    execute(s.office, "UPDATE r_compound SET name = 'x'");
    const auto faults = faults_of(s.office);
    const auto* fault = with(faults, "r_compound");
    REQUIRE(fault);
    CHECK(fault->records == std::vector<std::string>{"compound " + sync::to_text(s.made.id)});
  }
  SECTION("a table beside it") {
    execute(s.office,
            "UPDATE blob_ref SET arrival = 0; INSERT INTO conflict SELECT _rec, 1 FROM "
            "r_compound");
    const auto faults = faults_of(s.office);
    const auto* fault = with(faults, "conflict");
    REQUIRE(fault);
    CHECK(fault->records.size() == 1);
  }
  SECTION("an index that can't be read, or not even opened") {
    const std::string broken =
        GENERATE("UPDATE search_data SET block = x'00'", "DELETE FROM search_data WHERE id = 10",
                 "DROP TABLE search_config", "DROP TABLE search_idx");
    CAPTURE(broken);
    execute(s.office, broken + "; UPDATE meta SET value = value WHERE key = 'format'");
    const auto faults = faults_of(s.office);
    REQUIRE(with(faults, "search"));
    CHECK(advises(faults, store::Remedy::rebuild));
    CHECK(faults_after_rebuild(s.office).empty());
  }
}

}  // namespace linli::test

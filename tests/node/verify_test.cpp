// verify finds what isn't as it was signed, or doesn't add up to what is shown.
#include "tests/support/city.h"

namespace linli::test {
namespace {

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome made;
  Scene() {
    exchange(office, hub);
    made = put(office, "compound", compound("410702003901001"));
    exchange(office, hub);
    edit(office, "compound", made, R"({"name":"新名小区"})");
    put(office, "inspection", R"({"kind":"routine","compound":"410702003901001",
      "template":["t",1],"inspectors":["J001","J002"],"started_at":"2025-12-01T09:00",
      "ended_at":"2025-12-01T10:00","results":{"F01":"ok"},"note":"自行车","status":"submitted"})");
    exchange(office, hub);
    exchange(office, hub);
  }
};

bool any(const std::vector<std::string>& faults, std::string_view word) {
  return std::any_of(faults.begin(), faults.end(),
                     [&](const auto& fault) { return fault.find(word) != std::string::npos; });
}

/// One bit of a blob, flipped in the middle.
std::string flip(const std::string& column, const std::string& where) {
  const auto half = "length(" + column + ") / 2";
  return "UPDATE log SET " + column + " = CAST(substr(" + column + ", 1, " + half +
         ") || CASE substr(" + column + ", " + half +
         " + 1, 1) WHEN x'41' THEN x'42' ELSE x'41' END"
         " || substr(" +
         column + ", " + half + " + 2) AS BLOB) WHERE " + where;
}

}  // namespace

TEST_CASE("verify: holds for what honest nodes wrote, and counts it", "[node][I5][I7]") {
  Scene s;
  for (auto* node : {&s.hub, &s.office}) {
    const auto report = store::verify((*node)->store());
    REQUIRE(report.has_value());
    CHECK(report->faults.empty());
    CHECK(report->change_sets == number(*node, "SELECT count(*) FROM log WHERE kind = 1"));
    CHECK(report->receipts == number(*node, "SELECT count(*) FROM log WHERE kind = 2"));
    CHECK(report->changes > 10);
    CHECK(report->openings > 0);
    CHECK(report->certificates >= 2);
  }
}

TEST_CASE("verify: names whatever was changed in the files", "[node][I5][I7]") {
  struct Case {
    const char* name;
    std::string sql;
    const char* told;
  };
  const std::string own_last = "arrival = (SELECT max(arrival) FROM log WHERE kind = 1)";
  const auto t = GENERATE_COPY(values<Case>({
      {"a byte of a body", flip("body", own_last), "log "},
      {"a byte of an early body", flip("body", "arrival = 2"), "log "},
      {"a byte of a signature", flip("signature", own_last), "bad_signature"},
      {"a missing set in the middle", "DELETE FROM log WHERE arrival = 3", "log "},
      {"the missing newest set", "DELETE FROM log WHERE " + own_last, "end_otherwise"},
      {"a missing receipt",
       "DELETE FROM log WHERE arrival = (SELECT max(arrival) FROM log WHERE kind = 2)", "receipt"},
      {"a forged receipt", flip("body", "arrival = (SELECT max(arrival) FROM log WHERE kind = 2)"),
       "log "},
      {"a receipt signed by nobody",
       flip("signature", "arrival = (SELECT max(arrival) FROM log WHERE kind = 2)"), "receipt"},
      {"a set that is said to be flagged", "UPDATE log SET trusted = 0 WHERE " + own_last, "clock"},
      {"a value behind a commitment",
       "UPDATE opening SET value = x'6161' WHERE arrival = (SELECT max(arrival) FROM opening)",
       "value"},
      {"a record", "UPDATE r_compound SET name = 'x'", "r_compound"},
      {"a record's flags", "UPDATE r_compound SET _flags = _flags | 1", "r_compound"},
      {"a missing record", "DELETE FROM r_inspection", "r_inspection"},
      {"a sum", "UPDATE aggregate SET n = n + 1", "aggregate"},
      {"a month's sum", "UPDATE aggregate_month SET n = n + 1", "aggregate_month"},
      {"a merge state", "UPDATE record_state SET state = x'00'", "record_state"},
      {"an invented conflict", "INSERT INTO conflict VALUES (12345, 1)", "conflict"},
      {"the full text", "INSERT INTO search(rowid, text) VALUES (4242, '自行车')", "search"},
      {"a feed's end", "UPDATE feed SET tip_seq = tip_seq + 1", "feed"},
      {"a confirmation", "UPDATE feed SET receipted_seq = receipted_seq + 1", "receipt"},
  }));
  DYNAMIC_SECTION(t.name) {
    Scene s;
    auto& node = s.office;
    node.close();
    REQUIRE(faults(node).empty());
    execute(node, t.sql);
    const auto found = faults(node);
    CAPTURE(found);
    CHECK_FALSE(found.empty());
    CHECK(any(found, t.told));
  }
}

TEST_CASE("verify: says whose change set is broken and what it changed and what helps", "[node]") {
  Scene s;
  const auto newest = std::string("(SELECT max(arrival) FROM log WHERE kind = 1)");
  const auto report_of = [](Node& node) {
    node.close();
    auto store = store::Store::open(node.dir / "linli.db", store::Access::read);
    REQUIRE(store);
    auto report = store::verify(**store);
    REQUIRE(report);
    REQUIRE_FALSE(report->holds());
    return std::move(report->faults);
  };
  const auto of_the_set = [](const std::vector<store::VerifyFault>& faults) {
    const auto found = std::find_if(faults.begin(), faults.end(),
                                    [](const auto& fault) { return !fault.change_set.empty(); });
    REQUIRE(found != faults.end());
    return *found;
  };
  SECTION("what the hub has confirmed comes back") {
    const auto seq = number(s.office, "SELECT seq FROM log WHERE arrival = " + newest);
    s.office.close();
    execute(s.office, flip("body", "arrival = " + newest));
    const auto fault = of_the_set(report_of(s.office));
    CHECK(fault.author == "示例社区");
    CHECK(fault.remedy == store::Remedy::begin_anew);
    REQUIRE(fault.records.size() == 1);
    CHECK(fault.records[0].starts_with("inspection "));
    CHECK(fault.number == static_cast<std::uint64_t>(seq));
  }
  SECTION("what only this node has is to be looked for first") {
    edit(s.office, "compound", s.made, R"({"name":"又新名小区"})");
    s.office.close();
    execute(s.office, flip("signature", "arrival = " + newest));
    const auto fault = of_the_set(report_of(s.office));
    CHECK(fault.remedy == store::Remedy::save_first);
    REQUIRE(fault.records.size() == 1);
    CHECK(fault.records[0].starts_with("compound "));
  }
  SECTION("the hub restores its backup") {
    s.hub.close();
    execute(s.hub, flip("body", "arrival = " + newest));
    CHECK(of_the_set(report_of(s.hub)).remedy == store::Remedy::restore);
  }
  SECTION("where only the tables are wrong they are built anew") {
    s.office.close();
    execute(s.office, "UPDATE r_compound SET name = 'x'");
    for (const auto& fault : report_of(s.office)) CHECK(fault.remedy == store::Remedy::rebuild);
  }
}

TEST_CASE("verify: at the hub the tree over the log is proven as well", "[node][I5]") {
  Scene s;
  s.hub.close();
  SECTION("another tree") {
    execute(s.hub, "UPDATE meta SET value = x'820080' WHERE key = 'tree'");
    CHECK(any(faults(s.hub), "tree"));
  }
  SECTION("another leaf of the history") {
    execute(s.hub, "UPDATE leaf SET hash = zeroblob(32) WHERE position = 1");
    CHECK(any(faults(s.hub), "history 1"));
  }
  SECTION("a leaf of the history that is gone") {
    execute(s.hub, "DELETE FROM leaf WHERE position = 1");
    CHECK(any(faults(s.hub), "history"));
  }
  SECTION("an opening that was withheld is no fault") {
    // As if it never came: what is shown follows from what is here.
    execute(s.hub, "DELETE FROM opening WHERE arrival = (SELECT max(arrival) FROM opening)");
    CHECK(any(faults(s.hub), "value_without_opening"));
    s.hub.open();
    s.hub->store().rebuild({});
    s.hub.close();
    CHECK(faults(s.hub).empty());
  }
}

TEST_CASE("verify: receipts may have come in any order", "[node][I5]") {
  Scene s;
  const std::string several =
      "(SELECT feed FROM log WHERE kind = 2 GROUP BY feed HAVING count(*) > 1 LIMIT 1)";
  REQUIRE(number(s.office, "SELECT count(*) FROM log WHERE kind = 2 AND feed = " + several) > 1);
  s.office->store().database().execute(
      "UPDATE log SET arrival = arrival + 1000 WHERE arrival = "
      "(SELECT min(arrival) FROM log WHERE kind = 2 AND feed = " +
      several + ")");
  const auto report = store::verify(s.office->store());
  REQUIRE(report.has_value());
  CHECK(report->faults.empty());
}

}  // namespace linli::test

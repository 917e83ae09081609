// Numbers of documents: provisional where they are written, official where they are approved.
#include <set>

#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";
constexpr const char* kRule = R"({"record_type":"notice","issuer":"410700",
  "form":"新住建物改〔{year}〕{n}号","start":12})";

const char* const kInspection = R"({"kind":"patrol","compound":"410702003901001",
  "template":["t",1],"inspectors":["J001"],"started_at":"2025-12-01T09:00",
  "ended_at":"2025-12-01T10:00","results":{"C01":"fail"},"status":"submitted"})";

/// A finding of the office, to be named by notices.
Outcome finding(Node& office) {
  put(office, "compound", compound(kCode));
  const auto inspection = put(office, "inspection", kInspection);
  return put(office, "finding",
             Json{{"inspection", to_text(inspection.id)},
                  {"item_code", "C01"},
                  {"severity", "minor"},
                  {"description", "楼道有杂物"},
                  {"place", "3号楼"},
                  {"responsible", "company"},
                  {"status", "open"}}
                 .dump());
}

std::string notice(const Outcome& finding, const char* changes = "{}") {
  Json json{{"findings", Json::array({to_text(finding.id)})},
            {"addressee", "91350100M000100Y43"},
            {"issued_on", "2025-12-02"},
            {"due_on", "2025-12-20"},
            {"legal_basis", "条例"},
            {"status", "issued"}};
  json.update(Json::parse(changes));
  return json.dump();
}

/// Asks for the next official number; what was wrong, or "".
std::string number(Node& node, const Outcome& notice) {
  auto wanted = wish("notice", R"({"official_no":"auto"})");
  wanted.id = notice.id;
  wanted.scope = notice.scope;
  const auto outcomes = node->put({wanted});
  REQUIRE(outcomes.has_value());
  return refusal(outcomes->front());
}

}  // namespace

TEST_CASE("numbers: an office gives provisional ones and the hub the official ones in one sequence",
          "[node][numbers]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto found = finding(office);
  const auto mark = crypto::to_hex(office->identity().author.view()).substr(0, 4);
  const auto first = put(office, "notice", notice(found));
  const auto second = put(office, "notice", notice(found, R"({"provisional_no":"auto"})"));
  CHECK(field(office, "notice", first, "provisional_no") == "410702003901-" + mark + "-0001");
  CHECK(field(office, "notice", second, "provisional_no") == "410702003901-" + mark + "-0002");
  // One that was given by hand stays, and takes no number away.
  const auto by_hand = put(office, "notice", notice(found, R"({"provisional_no":"J-7"})"));
  CHECK(field(office, "notice", by_hand, "provisional_no") == "J-7");
  // An office keeps no sequence of the city.
  CHECK(number(office, first) != "");
  CHECK(field(office, "notice", first, "official_no") == "-");

  exchange(office, hub);
  CHECK(number(hub, first) == "not_found official_no");
  put(hub, "number_rule", kRule);
  CHECK(number(hub, second) == "");
  CHECK(number(hub, first) == "");
  CHECK(field(hub, "notice", second, "official_no") == "新住建物改〔2025〕12号");
  CHECK(field(hub, "notice", first, "official_no") == "新住建物改〔2025〕13号");
  // Asked again, it keeps what it has.
  CHECK(edit(hub, "notice", first, R"({"official_no":"auto"})").done == Outcome::Done::unchanged);
  // Of another year: another sequence.
  const auto next_year =
      put(office, "notice", notice(found, R"({"issued_on":"2026-01-01","due_on":"2026-01-15"})"));
  exchange(office, hub);
  CHECK(number(hub, next_year) == "");
  CHECK(field(hub, "notice", next_year, "official_no") == "新住建物改〔2026〕12号");
  exchange(office, hub);
  CHECK(field(office, "notice", first, "official_no") == "新住建物改〔2025〕13号");
}

TEST_CASE("numbers: many at once get one each", "[node][numbers]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto found = finding(office);
  std::vector<node::Wish> wishes;
  for (int i = 0; i < 30; ++i) wishes.push_back(wish("notice", notice(found)));
  const auto outcomes = office->put(wishes);
  REQUIRE(outcomes.has_value());
  std::set<std::string> numbers;
  for (const auto& outcome : *outcomes) {
    REQUIRE(outcome.faults.empty());
    numbers.insert(field(office, "notice", outcome, "provisional_no"));
  }
  CHECK(numbers.size() == 30);
  exchange(office, hub);
  put(hub, "number_rule", kRule);
  wishes.clear();
  for (const auto& outcome : *outcomes) {
    auto official = wish("notice", R"({"official_no":"auto"})");
    official.id = outcome.id;
    official.scope = outcome.scope;
    wishes.push_back(std::move(official));
  }
  const auto given = hub->put(wishes);
  REQUIRE(given.has_value());
  numbers.clear();
  for (const auto& outcome : *given) {
    REQUIRE(outcome.faults.empty());
    numbers.insert(field(hub, "notice", outcome, "official_no"));
  }
  CHECK(numbers.size() == 30);
}

}  // namespace linli::test

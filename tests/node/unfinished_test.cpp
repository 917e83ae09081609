// An inspection isn't closed over an open finding (node/model/unfinished.h).
#include "node/model/unfinished.h"

#include "tests/support/city.h"

namespace linli::test {
namespace {

const char* const kInspection = R"({"kind":"routine","compound":"410702003901001",
  "company":"91350100M000100Y43","template":["t",1],"inspectors":["J001","J002"],
  "started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00",
  "results":{"F01":"ok","C01":"fail"},"status":"reviewed"})";

Json finding(const Outcome& inspection, const char* changes) {
  auto json = Json::parse(R"({"item_code":"C01","severity":"minor","description":"楼道有杂物",
    "place":"3号楼","responsible":"company","status":"open"})");
  json["inspection"] = sync::to_text(inspection.id);
  json.update(Json::parse(changes));
  return json;
}

/// The fields that a change was refused for; empty: it was made.
std::string refused(const Outcome& outcome) {
  std::string all;
  for (const auto& fault : outcome.faults) all += fault.field + ": " + fault.en + "; ";
  return all;
}

node::Wish changing(const char* type, const Outcome& record, const char* json) {
  auto wanted = wish(type, json);
  wanted.id = record.id;
  wanted.scope = record.scope;
  return wanted;
}

std::string change(Node& node, const char* type, const Outcome& record, const char* json) {
  const auto outcomes = node->put({changing(type, record, json)});
  REQUIRE(outcomes.has_value());
  return refused((*outcomes)[0]);
}

constexpr const char* kFixed =
    R"({"status":"closed","fixed_on":"2025-12-02","closed_on":"2025-12-02"})";

}  // namespace

TEST_CASE("unfinished: the rules name types fields and states that there are", "[model]") {
  for (const auto& rule : model::unfinished_rules()) {
    const auto* whole = model::schema().type(rule.whole);
    const auto* part = model::schema().type(rule.part);
    REQUIRE(whole != nullptr);
    REQUIRE(part != nullptr);
    const auto* by = part->field(rule.by);
    REQUIRE(by != nullptr);
    CHECK(by->type == model::FieldType::ref);
    CHECK(by->targets == std::vector<std::string_view>{rule.whole});
    const auto known = [](const model::RecordType& type, std::string_view code) {
      const auto& values = type.field(type.state)->values;
      return std::any_of(values.begin(), values.end(),
                         [&](const auto& value) { return value.code == code; });
    };
    CHECK(known(*whole, rule.ending));
    for (const auto code : rule.ended) CHECK(known(*part, code));
  }
}

TEST_CASE("unfinished: an inspection with an open finding isn't closed", "[node][I2]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound("410702003901001"));
  const auto inspection = put(office, "inspection", kInspection);
  const auto first = put(office, "finding", finding(inspection, "{}").dump());
  const auto second = put(office, "finding", finding(inspection, "{}").dump());
  const auto other = put(office, "inspection", kInspection);
  put(office, "finding", finding(other, "{}").dump());  // keeps nothing but its own

  const char* const close = R"({"status":"closed"})";
  CHECK(change(office, "inspection", inspection, close) ==
        "status: 2 findings are still open: close them first; ");
  CHECK(change(office, "inspection", inspection, R"({"note":"改"})") != "");  // reviewed: frozen
  CHECK(change(office, "finding", first, kFixed) == "");
  CHECK(change(office, "inspection", inspection, close) ==
        "status: 1 findings are still open: close them first; ");
  CHECK(change(office, "finding", second, R"({"status":"withdrawn","withdrawn_reason":"重复"})") ==
        "");
  CHECK(change(office, "inspection", inspection, close) == "");

  // Nor does one come to be open afterwards; what is done with already may still be entered.
  const auto put_one = [&](const char* changes) {
    const auto outcomes = office->put({wish("finding", finding(inspection, changes).dump())});
    REQUIRE(outcomes.has_value());
    return refused((*outcomes)[0]);
  };
  CHECK(put_one("{}") == "inspection: is closed: an open finding needs an inspection of its own; ");
  CHECK(put_one(R"({"status":"closed","fixed_on":"2025-12-01","closed_on":"2025-12-01"})") == "");
}

TEST_CASE("unfinished: what one request does to the findings comes first", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound("410702003901001"));
  const auto inspection = put(office, "inspection", kInspection);
  const auto open = put(office, "finding", finding(inspection, "{}").dump());
  const auto closes = changing("inspection", inspection, R"({"status":"closed"})");

  // A finding that the same request brings keeps the inspection open …
  auto outcomes = office->put({changing("finding", open, kFixed),
                               wish("finding", finding(inspection, "{}").dump()), closes});
  REQUIRE(outcomes.has_value());
  CHECK(refused((*outcomes)[0]) == "");
  CHECK(refused((*outcomes)[2]) == "status: 1 findings are still open: close them first; ");
  // … and one that it closes doesn't.
  outcomes = office->put({changing("finding", (*outcomes)[1], kFixed), closes});
  REQUIRE(outcomes.has_value());
  CHECK(refused((*outcomes)[0]) == "");
  CHECK(refused((*outcomes)[1]) == "");
}

}  // namespace linli::test

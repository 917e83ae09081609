// Compounds that have a path of their own: a compound that moves takes its records along, and only
// its own.
#include "node/duties.h"
#include "node/scopes.h"
#include "node/store/org_moves.h"
#include "node/store/reading.h"
#include "tests/model/examples.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

constexpr const char* kHere = "410702003901001";
constexpr const char* kThere = "410702003901002";
const std::string kMoved = std::string(kOffice) + "/" + kHere;

std::string visit(const char* compound) {
  return Json{{"kind", "routine"},
              {"compound", compound},
              {"company", "91350100M000100Y43"},
              {"template", {"t", 1}},
              {"inspectors", {"J001", "J002"}},
              {"started_at", "2025-12-01T09:00"},
              {"ended_at", "2025-12-01T10:00"},
              {"results", {{"F01", "ok"}, {"C01", "fail"}}},
              {"status", "submitted"}}
      .dump();
}
std::string finding(const Outcome& visit) {
  return Json{{"inspection", sync::to_text(visit.id)},
              {"item_code", "C01"},
              {"severity", "general"},
              {"description", "楼道有杂物"},
              {"place", "3号楼"},
              {"responsible", "company"},
              {"due_on", "2025-12-10"},
              {"status", "open"}}
      .dump();
}
std::string notice(const Outcome& finding) {
  return Json{{"addressee", "91350100M000100Y43"},
              {"issued_on", "2025-12-02"},
              {"due_on", "2025-12-10"},
              {"legal_basis", "条例"},
              {"status", "served"},
              {"served_how", "signed"},
              {"served_at", "2025-12-02T15:00"},
              {"findings", {sync::to_text(finding.id)}}}
      .dump();
}

/// Two compounds of an office, each with its path, and a city where another office is.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& other = city.enrol(kOtherOffice, "样例社区");
  Scene() {
    put(hub, "rule_setting", R"({"code":"compound_paths","value":1})");
    meet();
    for (const auto* code : {kHere, kThere}) put(office, "compound", compound(code));
  }
  void meet() {
    for (int i = 0; i < 2; ++i) {
      exchange(office, hub);
      exchange(other, hub);
    }
  }
  void work(Node& node, const char* code) {
    const auto made = put(node, "inspection", visit(code));
    const auto found = put(node, "finding", finding(made));
    const auto told = put(node, "notice", notice(found));
    const auto path = std::string(kOffice) + "/" + code;
    for (const auto& one : {made, found, told}) CHECK(one.scope == path);
  }
};

/// How many compounds, inspections, findings and notices count at a path.
std::string shown(Node& node, const std::string& path) {
  std::string text;
  for (const std::string type : {"compound", "inspection", "finding", "notice"}) {
    text += std::to_string(number(node, "SELECT count(*) FROM r_" + type +
                                            " r JOIN scope s ON s.id = r._scope WHERE s.path = '" +
                                            path + "' AND r._flags & " +
                                            std::to_string(store::kRowHidden) + " = 0")) +
            " ";
  }
  return text;
}

}  // namespace

TEST_CASE("compound's path: what is recorded of it lives there, named by code or id alone",
          "[node][I6]") {
  Scene s;
  s.work(s.office, kHere);
  // One that is there already is changed where it is, and entering it again is no second one.
  const auto again = put(s.office, "compound", compound(kHere));
  CHECK(again.scope == kMoved);
  CHECK(shown(s.office, kMoved) == "1 1 1 1 ");
  CHECK(shown(s.office, kOffice) == "0 0 0 0 ");
}

TEST_CASE("compound's path: without the setting all lives at the office's", "[node]") {
  City city;
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, city.hub());
  CHECK(put(office, "compound", compound(kHere)).scope == kOffice);
  CHECK(put(office, "inspection", visit(kHere)).scope == kOffice);
  // A city that wants it from now on leaves what is there where it is.
  put(city.hub(), "rule_setting", R"({"code":"compound_paths","value":1})");
  exchange(office, city.hub());
  CHECK(put(office, "compound", compound(kHere)).scope == kOffice);
  CHECK(put(office, "inspection", visit(kHere)).scope == kOffice);
  CHECK(put(office, "compound", compound(kThere)).scope == std::string(kOffice) + "/" + kThere);
}

TEST_CASE("compound's path: one that moves takes its records along, and only its own",
          "[node][I1][I6]") {
  Scene s;
  for (const auto* code : {kHere, kThere}) s.work(s.office, code);
  s.meet();
  CHECK(shown(s.other, kMoved) == "0 0 0 0 ");
  const auto move = store::preview_move(
      s.hub->store(), {kHere, "410703001901", *model::parse_day("2026-01-01"), false, "文"},
      *model::parse_day("2026-01-01"));
  REQUIRE(move);
  put(s.hub, "org_link", (*move)["record"].dump());
  REQUIRE(node::change_scopes(*s.hub, s.other->identity().author, {{kMoved}, {}}));
  REQUIRE(node::change_scopes(*s.hub, s.office->identity().author, {{}, {kMoved}}));
  // What the office writes before it knows isn't lost: it waits for approval.
  const auto late = put(s.office, "inspection", visit(kHere));
  s.meet();
  CHECK(number(s.hub, "SELECT count(*) FROM r_inspection WHERE _id = x'" +
                          crypto::to_hex(late.id.view()) + "' AND _flags & " +
                          std::to_string(store::kRowHidden)) == 1);
  for (int i = 0; i < 2; ++i) s.meet();
  CHECK(shown(s.other, kMoved) == "1 1 1 1 ");
  CHECK(shown(s.other, std::string(kOffice) + "/" + kThere) == "0 0 0 0 ");
  CHECK(shown(s.office, kMoved) == "0 0 0 0 ");
  CHECK(shown(s.office, std::string(kOffice) + "/" + kThere) == "1 1 1 1 ");
  s.work(s.other, kHere);
  s.meet();
  CHECK(shown(s.other, kMoved) == "1 2 2 2 ");
  // The calendar of disclosures goes by it as well.
  put(s.hub, "disclosure_kind", std::string(model::test::kKind));
  s.meet();
  const auto today = *model::parse_day("2026-02-01");
  CHECK(node::expect_disclosures(*s.other, today) == std::size_t{1});
  CHECK(number(s.other,
               "SELECT count(*) FROM r_disclosure r JOIN scope s ON s.id = r._scope WHERE "
               "s.path = '" +
                   kMoved + "'") == 1);
  CHECK(node::expect_disclosures(*s.office, today) == std::size_t{1});
  const auto refused = s.office->put({wish("inspection", visit(kHere))});
  REQUIRE(refused);
  CHECK_FALSE(refused->front().faults.empty());
  for (auto* node : {&s.hub, &s.office, &s.other}) check_whole(*node);
}

}  // namespace linli::test

// How regularly demonstration sites meet: months with a meeting ÷ (sites × months), domain 2.2.
#include "tests/support/city.h"

namespace linli::test {
namespace {

struct Sites {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");

  Sites() {
    exchange(office, hub);
    for (const auto* code : {"410702003901001", "410702003901002", "410702003901003"}) {
      put(office, "compound", compound(code));
    }
    exchange(office, hub);
    site("410702003901001", "2024-12-01");
    site("410702003901002", "2025-02-10");
    exchange(office, hub);
  }

  void site(const char* code, const char* designated_on) {
    put(hub, "red_site",
        Json{{"scope", kOffice},
             {"compound", {{"key", code}, {"scope", kOffice}}},
             {"batch", 2024},
             {"grade", "city"},
             {"designated_on", designated_on},
             {"basis_doc", "新组通〔2021〕18号"},
             {"party_branch", "示例小区党支部"},
             {"status", "designated"}}
            .dump());
  }

  Outcome meeting(const char* code, const std::string& at) {
    return put(office, "joint_meeting",
               Json{{"kind", "compound_joint"},
                    {"compound", code},
                    {"planned_at", at},
                    {"held_at", at},
                    {"place", "党群服务中心"},
                    {"convener", "party_branch"},
                    {"chair", "己"},
                    {"topic", "例会"},
                    {"status", "held"}}
                   .dump());
  }

  Json ask(Node& node, const char* from, const char* to, std::vector<std::string> by = {},
           const char* name = "meeting_regularity") {
    const auto stat = store::read_stat(node->store(), {.name = name,
                                                       .by = std::move(by),
                                                       .from = from,
                                                       .to = to,
                                                       .today = {},
                                                       .scope = {},
                                                       .now = node->now()});
    REQUIRE(stat.has_value());
    return *stat;
  }
  std::string total(Node& node, const char* from, const char* to) {
    const auto stat = ask(node, from, to);
    return stat["total"]["numerator"].dump() + "/" + stat["total"]["denominator"].dump();
  }
};

}  // namespace

TEST_CASE("meeting regularity: a site that met once a year isn't regular", "[store][I7]") {
  Sites s;
  s.meeting("410702003901001", "2025-01-08T19:00");
  s.meeting("410702003901001", "2025-01-20T19:00");  // the same month once more
  s.meeting("410702003901001", "2025-03-08T19:00");
  s.meeting("410702003901002", "2025-03-09T19:00");
  s.meeting("410702003901003", "2025-03-10T19:00");  // no site

  CHECK(s.total(s.office, "2025-01-01", "2026-01-01") == "3/24");
  CHECK(s.total(s.office, "2025-03-01", "2025-04-01") == "2/2");
  CHECK(s.total(s.office, "2025-01-01", "2025-02-01") == "1/1");  // one site at its end
  CHECK(s.total(s.office, "2025-04-01", "2025-07-01") == "0/6");
  CHECK(s.total(s.office, "2025-01-31", "2025-02-02") == "0/2");  // touches two months
  CHECK(s.total(s.office, "2025-03-01", "2025-03-01") == "0/0");  // no day, no month

  // Month by month each row is its own month's; the whole is the window's.
  const auto months = s.ask(s.office, "2025-01-01", "2025-04-01", {"month"});
  std::map<std::string, std::string> rows;
  for (const auto& row : months["rows"]) {
    rows[row["keys"]["month"].get<std::string>()] =
        row["numerator"].dump() + "/" + row["denominator"].dump();
  }
  CHECK(rows == std::map<std::string, std::string>{
                    {"2025-01", "1/1"}, {"2025-02", "0/2"}, {"2025-03", "2/2"}});
  CHECK(months["total"]["numerator"] == 3);
  CHECK(months["total"]["denominator"] == 6);

  // By compound, and at the hub.
  exchange(s.office, s.hub);
  CHECK(s.total(s.hub, "2025-01-01", "2026-01-01") == "3/24");
  std::set<std::string> compounds;
  const auto by_compound = s.ask(s.hub, "2025-01-01", "2026-01-01", {"compound"});
  for (const auto& row : by_compound["rows"]) {
    compounds.insert(row["numerator"].dump() + "/" + row["denominator"].dump());
  }
  CHECK(compounds == std::set<std::string>{"2/12", "1/12"});
}

TEST_CASE("party presence: a sign-in at a meeting that wasn't held is no presence", "[store][I7]") {
  Sites s;
  const auto signs_in = [&](const Outcome& meeting, const char* kind) {
    put(s.office, "meeting_party",
        Json{{"meeting", sync::to_text(meeting.id)},
             {"party_kind", kind},
             {"org", std::string("示例") + kind},
             {"representative", "庚"},
             {"signed_in_at", "2025-03-08T19:00"}}
            .dump());
  };
  const auto held = s.meeting("410702003901001", "2025-03-08T19:00");
  const auto called_off = put(s.office, "joint_meeting",
                              R"({"kind":"compound_joint","compound":"410702003901001",
    "planned_at":"2025-03-08T20:00","place":"党群服务中心","convener":"party_branch","chair":"己",
    "topic":"例会","status":"planned"})");
  for (const auto* kind : {"party_branch", "residents_committee", "company", "owner_rep"}) {
    signs_in(held, kind);
    signs_in(called_off, kind);
  }
  for (const auto* name : {"party_presence", "meetings_valid"}) {
    const auto stat = s.ask(s.office, "2025-03-01", "2025-04-01", {}, name);
    CHECK(stat["total"]["numerator"] == 1);
    CHECK(stat["total"]["denominator"] == 1);
  }
}

}  // namespace linli::test

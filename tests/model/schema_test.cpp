#include "node/model/schema.h"

#include <set>

#include "tests/model/fixture.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

TEST_CASE("schema: the declarations have no mistakes", "[model]") {
  const auto mistakes = schema_mistakes(schema());
  for (const auto& mistake : mistakes) UNSCOPED_INFO(mistake);
  CHECK(mistakes.empty());
}

TEST_CASE("schema: mistakes are found", "[model]") {
  const auto broken = [](auto change) {
    Schema copy = schema();
    change(copy);
    return schema_mistakes(copy).size();
  };
  const auto type = [](Schema& s, std::string_view name) -> RecordType& {
    return const_cast<RecordType&>(*s.type(name));
  };
  const auto field = [&](Schema& s, std::string_view t, std::string_view f) -> Field& {
    return const_cast<Field&>(*type(s, t).field(f));
  };
  CHECK(broken([&](Schema& s) { field(s, "finding", "place").plain_reason = {}; }) > 0);
  CHECK(broken([&](Schema& s) { field(s, "staff", "name").searched = true; }) > 0);
  CHECK(broken([&](Schema& s) { type(s, "staff").key = {"company", "name"}; }) > 0);
  CHECK(broken([&](Schema& s) { type(s, "building").key = {"nothing"}; }) > 0);
  CHECK(broken([&](Schema& s) { field(s, "finding", "status").group = 5; }) > 0);
  CHECK(broken([&](Schema& s) { type(s, "finding").indexes.clear(); }) > 0);
  CHECK(broken([&](Schema& s) { type(s, "notice").measures.clear(); }) > 0);
  CHECK(broken([&](Schema& s) { type(s, "notice").frozen = {"nothing"}; }) > 0);
  CHECK(broken([&](Schema& s) { type(s, "notice").moves[0].to = "nothing"; }) > 0);
  CHECK(broken([&](Schema& s) { s.statistics[0].numerator.measure = "nothing"; }) > 0);
  CHECK(broken([&](Schema& s) { s.types.push_back(s.types[0]); }) > 0);
  CHECK(broken([&](Schema& s) { field(s, "finding", "severity").values.clear(); }) > 0);
  CHECK(broken([&](Schema& s) { field(s, "finding", "place").sealed = true; }) > 0);
  CHECK(broken([&](Schema& s) { type(s, "ballot").peers.clear(); }) > 0);
  CHECK(broken([&](Schema& s) { s.shared_measures.clear(); }) > 0);
}

TEST_CASE("schema: numbers of types are those that were given", "[model][I8]") {
  const std::vector<std::pair<std::string_view, std::uint32_t>> given = {
      {"certificate", 1},
      {"policy", 2},
      {"revocation", 3},
      {"retention_rule", 4},
      {"rule_setting", 5},
      {"calendar_year", 6},
      {"org_unit", 10},
      {"compound", 11},
      {"building", 12},
      {"company", 13},
      {"staff", 14},
      {"service_contract", 15},
      {"city_figure", 16},
      {"equipment", 19},
      {"course", 30},
      {"session", 31},
      {"enrolment", 32},
      {"attendance", 33},
      {"assessment", 34},
      {"training_certificate", 35},
      {"disclosure_kind", 50},
      {"disclosure", 51},
      {"service_standard", 52},
      {"feedback", 53},
      {"template", 70},
      {"campaign", 71},
      {"inspection", 72},
      {"finding", 73},
      {"notice", 74},
      {"rectification", 75},
      {"referral", 76},
      {"red_site", 120},
      {"site_review", 121},
      {"joint_meeting", 122},
      {"meeting_party", 123},
      {"matter", 124},
      {"followup", 125},
      {"joint_activity", 126},
      {"dispute", 130},
      {"dispute_action", 131},
      {"mediation", 132},
      {"return_visit", 133},
      {"vote_rules", 90},
      {"exclusive_part", 91},
      {"owner_share", 92},
      {"prep_group", 93},
      {"assembly", 94},
      {"register_snapshot", 95},
      {"ballot_matter", 96},
      {"candidate", 97},
      {"vetting", 98},
      {"ballot", 99},
      {"ballot_box", 100},
      {"tally", 101},
      {"committee", 102},
      {"committee_member", 103},
      {"committee_decision", 104},
      {"pmc", 105},
      {"number_rule", 7},
      {"org_link", 17},
      {"campaign_plan", 140},
      {"inspection_draw", 141},
      {"credit_rule", 150},
      {"credit_scale", 151},
      {"credit_event", 152},
      {"period_figures", 160},
      {"figure_set", 161}};
  CHECK(schema().types.size() == given.size());
  for (const auto& [name, number] : given) CHECK(type_of(name).number == number);
}

TEST_CASE("schema: the policy follows from the declarations", "[model]") {
  const auto policy = policy_of(schema(), 1, {});
  CHECK(policy.number == 1);
  CHECK(policy.rule(1) == nullptr);  // judged without a policy
  for (const auto& type : schema().types) {
    if (sync::founds_trust(type.number)) continue;
    const auto* rule = policy.rule(type.number);
    REQUIRE(rule != nullptr);
    CHECK(rule->writers == type.writers);
    CHECK(rule->moves.size() == type.moves.size());
    CHECK(rule->state_field.has_value() == !type.state.empty());
  }
  const auto again = sync::Policy::decode(policy.encode());
  REQUIRE(again.has_value());
  CHECK(again->encode() == policy.encode());
}

TEST_CASE("schema: a type for the street alone is confined by the policy", "[model][I10]") {
  // The register, its snapshots, ballots and their boxes.
  CHECK(policy_of(schema(), 1, {}).confined == std::vector<std::uint32_t>{91, 92, 95, 99, 100});
  Schema with = schema();
  const_cast<RecordType&>(*with.type("building")).audience = sync::Audience::street;
  CHECK(policy_of(with, 1, {}).confined == std::vector<std::uint32_t>{12, 91, 92, 95, 99, 100});
}

TEST_CASE("schema: hub, offices and devices can walk every life cycle", "[model]") {
  using crypto::Role;
  for (const auto& type : schema().types) {
    if (type.state.empty()) continue;
    RoleMask walkers = sync::mask(Role::hub) | sync::mask(Role::office) | sync::mask(Role::device);
    // Who may stand for a committee and what is filed, nobody decides but the street.
    const bool of_the_street = type.number >= 90;
    if (of_the_street) walkers |= sync::mask(Role::street);
    std::set<std::string_view> reached = {""};
    for (bool more = true; more;) {
      more = false;
      for (const auto& move : type.moves) {
        if (!(move.roles & walkers) || !reached.contains(move.from)) continue;
        more = reached.insert(move.to).second || more;
      }
    }
    for (const auto& value : type.field(type.state)->values) {
      INFO(type.name << "." << value.code);
      CHECK(reached.contains(value.code));
    }
  }
}

TEST_CASE("schema: only the city writes what holds for all", "[model]") {
  for (const auto name :
       {"course", "session", "template", "campaign", "org_unit", "disclosure_kind", "city_figure",
        "vote_rules", "credit_rule", "credit_scale", "org_link", "number_rule"}) {
    CHECK(type_of(name).writers == sync::mask(crypto::Role::hub));
  }
}

TEST_CASE("schema: a field's cell is its group, or itself, also when it is unknown", "[model]") {
  const auto& finding = type_of("finding");
  const auto cell = finding.cell_of(finding.field("status")->number);
  CHECK(cell >= 60000);
  CHECK(finding.cell_of(finding.field("closed_on")->number) == cell);
  CHECK(finding.cell_of(finding.field("place")->number) == finding.field("place")->number);
  CHECK(finding.cell_of(4242) == 4242);
}

TEST_CASE("schema: is told as JSON with every type, field and statistic", "[model]") {
  const auto json = schema_to_json(schema());
  CHECK(json["types"].size() == schema().types.size());
  CHECK(json["statistics"].size() == schema().statistics.size());
  for (std::size_t i = 0; i < schema().types.size(); ++i) {
    CHECK(json["types"][i]["fields"].size() == schema().types[i].fields.size());
  }
}

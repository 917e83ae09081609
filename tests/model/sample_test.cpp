// The sample data that `linli records put` loads: read, checked and counted as a node would.
#include <filesystem>
#include <fstream>

#include "node/model/credit_records.h"
#include "node/model/settings.h"
#include "node/model/vote_records.h"
#include "tests/model/fixture.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

std::vector<Record> load(std::string_view type, Shelf& shelf, std::string_view from = "sample",
                         std::string_view home = kCityScope) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../packaging" / from;
  std::ifstream file(folder / (std::string(type) + ".ndjson"));
  std::vector<Record> records;
  for (std::string line; std::getline(file, line);) {
    auto record = made(type, line, shelf);
    const auto faults = faults_of(record, shelf);
    INFO(line);
    INFO(told(faults));
    CHECK(faults.empty());
    CHECK(record.scope == home);
    shelf.put(record);
    records.push_back(std::move(record));
  }
  REQUIRE(!records.empty());
  return records;
}

}  // namespace

TEST_CASE("sample: every line loads without a fault, in the order given", "[model][sample]") {
  Shelf shelf;
  CHECK(load("org_unit", shelf).size() == 1 + 12 + 3 + 39 + 4);
  CHECK(load("company", shelf).size() == 4);
  CHECK(load("course", shelf).size() == 3);
  CHECK(load("session", shelf).size() == 4);
  CHECK(load("disclosure_kind", shelf).size() == 13);
  const auto checklist = load("template", shelf);
  const ViewOf view(checklist.front());
  CHECK(view->rows(view->type->field("items")->number).size() == 41);
  const auto figures = load("city_figure", shelf);
  CHECK(only(contributions(figures.front()), "city_figure").n == 101);
  CHECK(load("figure_set", shelf).size() == 1);
  CHECK(load("vote_rules", shelf).size() == 1);
  CHECK(load("campaign", shelf).size() == 2);
  CHECK(load("number_rule", shelf).size() == 2);
  CHECK(load("calendar_year", shelf).size() == 2);
  // Holidays that the State Council announced, and a Sunday that is worked for them.
  WorkingDays days(shelf, kCityScope);
  CHECK_FALSE(days.worked(parse_day("2026-02-23").value()));
  CHECK(days.worked(parse_day("2026-01-04").value()));
  CHECK(days.at_or_after(parse_day("2025-10-01").value()) == parse_day("2025-10-09").value());
  credit::Held held;
  held.rules = load("credit_rule", shelf);
  CHECK(held.rules.size() == 10);
  held.scales = load("credit_scale", shelf);
  held.companies = load("company", shelf);
  const auto scores = credit::scores_of(held, parse_day("2023-12-31").value());
  REQUIRE(scores);
  // Without events everybody stands where the scale begins.
  CHECK(scores->companies.front().score.points == 1000);
  CHECK(credit::to_json(*scores, 0)["grades"][0]["companies"] == 4);
}

TEST_CASE("sample: an assembly of an office loads and can be counted", "[model][sample][votes]") {
  Shelf shelf;
  (void)load("org_unit", shelf);
  votes::Held held;
  held.rules = load("vote_rules", shelf).front();
  const auto office = [&](std::string_view type) {
    return load(type, shelf, "sample-office", kOwnScope);
  };
  (void)office("compound");
  (void)office("exclusive_part");
  held.snapshot = office("register_snapshot").front();
  held.assembly = office("assembly").front();
  held.matters = office("ballot_matter");
  for (auto& ballot : office("ballot")) held.ballots.push_back({std::move(ballot)});
  held.boxes = office("ballot_box");
  auto counted = votes::count_votes(held);
  if (!counted) FAIL(describe(counted.error()));
  // Nine heads, of whom one returned two ballots: six count, and the two could change the outcome.
  const auto& use = counted->count.tallies[0];
  CHECK(use.total == votes::Amount{100'000, 9});
  CHECK(use.part == votes::Amount{70'000, 6});
  CHECK(use.contested == votes::Amount{10'000, 1});
  CHECK(use.outcome == votes::Outcome::passed);
  CHECK(counted->count.tallies[1].outcome == votes::Outcome::rejected);
}

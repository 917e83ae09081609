#include "node/model/period_figures.h"

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

Record with(std::string_view changes) {
  auto json = Json::parse(kPeriodFigures);
  json.update(Json::parse(changes));
  return made("period_figures", json.dump(), stocked());
}

std::vector<Fault> faults(std::string_view changes) { return faults_of(with(changes), stocked()); }

}  // namespace

TEST_CASE("period figures: a period's days are those of the calendar", "[model]") {
  const auto month = days_of_period("2024-02");
  REQUIRE(month.has_value());
  CHECK(day_text(month->from) == "2024-02-01");
  CHECK(day_text(month->to) == "2024-03-01");
  const auto quarter = days_of_period("2023-Q4");
  REQUIRE(quarter.has_value());
  CHECK(day_text(quarter->from) == "2023-10-01");
  CHECK(day_text(quarter->to) == "2024-01-01");
  CHECK(day_text(days_of_period("2023")->to) == "2024-01-01");
  for (const auto* none : {"v3", "2023-13", "flood", ""}) CHECK_FALSE(days_of_period(none));
}

TEST_CASE("period figures: each step names the figures that it saw", "[model]") {
  CHECK(faults("{}").empty());
  const auto digest = Json::parse(kPeriodFigures)["digest"].get<std::string>();
  CHECK(faulty(faults(R"({"status":"checked"})"), "checked_digest"));
  CHECK(faults(R"({"status":"checked","checked_digest":")" + digest + R"("})").empty());
  CHECK(faulty(faults(R"({"status":"approved","checked_digest":")" + digest + R"("})"),
               "approved_digest"));
  CHECK(faulty(faults(R"({"status":"returned"})"), "return_reason"));
  // Figures that are changed behind an approval are seen to be, on every node alike.
  const auto approved = R"({"status":"approved","checked_digest":")" + digest +
                        R"(","approved_digest":")" + digest +
                        R"(","figures":[{"statistic":"inspections","numerator":13},
          {"statistic":"rectified_on_time","numerator":7,"denominator":9}])";
  CHECK(faulty(faults(approved + "}"), "digest"));
  const std::vector<PeriodFigure> others{{"inspections", 13, {}}, {"rectified_on_time", 7, 9}};
  const auto another =
      period_figures_digest("monthly", kOwnScope, "2023-05", *parse_day("2023-06-01"), others);
  const auto with_digest = faults(approved + R"(,"digest":")" + another + R"("})");
  CHECK_FALSE(faulty(with_digest, "digest"));
  CHECK(faulty(with_digest, "checked_digest"));
  CHECK(faulty(with_digest, "approved_digest"));
}

TEST_CASE("period figures: all of the set and only of a period that is over", "[model]") {
  CHECK(faulty(faults(R"({"period":"2023-11"})"), "period"));
  CHECK(faulty(faults(R"({"set":"weekly"})"), "set"));
  CHECK(faulty(faults(R"({"figures":[{"statistic":"inspections","numerator":12}]})"), "figures"));
  auto set = Json::parse(kFigureSet);
  set["statistics"] = {"inspections", "nothing", "inspections"};
  const auto wrong = faults_of(made("figure_set", set.dump(), stocked()), stocked());
  CHECK(faulty(wrong, "statistics.0"));
  CHECK(faulty(wrong, "statistics.1"));
}

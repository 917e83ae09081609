#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
Record disclosure(std::string_view changes = "{}", const Shelf& shelf = stocked()) {
  return made("disclosure", with(kDisclosure, changes), shelf);
}
std::vector<Fault> faults(std::string_view changes, const Shelf& shelf = stocked()) {
  return faults_of(disclosure(changes, shelf), shelf);
}
}  // namespace

TEST_CASE("disclosure: dates and the kind's code are derived", "[model]") {
  const auto json = fields_to_json(*ViewOf(disclosure()));
  CHECK(json["period_from"] == "2023-04-01");
  CHECK(json["period_to"] == "2023-06-30");
  CHECK(json["due_on"] == "2023-07-31");
  CHECK(json["kind_code"] == "common_income");
  const auto lost = authored("disclosure", kDisclosure, Shelf());
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().code == Errc::dangling_reference);
}

TEST_CASE("disclosure: an event is due days after it", "[model]") {
  auto shelf = stocked();
  shelf.put(made("disclosure_kind", R"({"code":"emergency_repair","name":"n","content":"c",
    "basis":"b","periods":["event"],"due_days_after":7,"obliged":"company"})"));
  const auto record = disclosure(R"({"kind":"emergency_repair","period":"roof-1",
    "period_to":"2023-06-01"})",
                                 shelf);
  CHECK(fields_to_json(*ViewOf(record))["due_on"] == "2023-06-08");
  CHECK(faults_of(record, shelf).empty());
}

TEST_CASE("disclosure: opening + income − cost is closing, to the fen", "[model]") {
  CHECK(faults("{}").empty());
  CHECK(faulty(faults(R"({"closing_fen":170001})"), "closing_fen"));
  CHECK(faulty(faults(R"({"closing_fen":169999})"), "closing_fen"));
  CHECK(faulty(faults(R"({"opening_fen":null})"), "opening_fen"));
  CHECK(faults(R"({"opening_fen":-100000,"closing_fen":-30000})").empty());
  const auto line = [](const char* changes) {
    auto lines = Json::parse(kDisclosure)["lines"];
    lines[0].update(Json::parse(changes));
    return faults(Json{{"lines", lines}}.dump());
  };
  CHECK(line(R"({"unit_price_e4":2500025})").empty());                        // one fen off
  CHECK(faulty(line(R"({"unit_price_e4":2500026})"), "lines.0.amount_fen"));  // 1.04
  CHECK(faulty(line(R"({"direction":"info"})"), "closing_fen"));              // no income any more
  auto lines = Json::parse(kDisclosure)["lines"];
  lines[1].erase("amount_fen");
  CHECK(faulty(faults(Json{{"lines", lines}}.dump()), "lines.1.amount_fen"));
}

TEST_CASE("disclosure: published needs a channel, the board a photo", "[model]") {
  CHECK(faulty(faults(R"({"channels":null})"), "channels"));
  CHECK(faulty(faults(R"({"channels":["board","web"]})"), "board_photo"));
  const auto photo = Json{{"channels", {"board"}}, {"board_photo", std::string(64, 'a')}};
  CHECK(faults(photo.dump()).empty());
  CHECK(faulty(faults(R"({"published_at":null})"), "published_at"));
  CHECK(faulty(faults(R"({"published_at":"2029-01-01T00:00"})"), "published_at"));
  CHECK(faults(R"({"status":"checked","published_at":null,"channels":null})").empty());
  CHECK(faulty(faults(R"({"status":"returned"})"), "return_reason"));
  CHECK(faulty(faults(R"({"status":"objected"})"), "objection"));
  CHECK(faulty(faults(R"({"status":"answered","objection":"x"})"), "answer"));
}

TEST_CASE("disclosure: the period fits its kind and is over", "[model]") {
  CHECK(faulty(faults(R"({"period":"2023-Q5","due_on":"2023-07-31"})"), "period"));
  CHECK(faulty(faults(R"({"period":"2023-05"})"), "period"));  // a month, for a quarterly one
  CHECK(faulty(faults(R"({"period_to":"2023-06-29"})"), "period_to"));
  CHECK(faulty(faults(R"({"period":"2023-Q4"})"), "period"));  // today is 14 November
  CHECK(faults(R"({"period":"2023-Q4","status":"expected","published_at":null})").empty());
  CHECK(faults(R"({"period":"2023-Q3"})").empty());
}

TEST_CASE("disclosure: required lines, ledgers, and where the opening comes from", "[model]") {
  auto lines = Json::parse(kDisclosure)["lines"];
  lines[0]["code"] = "gate_ads";
  CHECK(faulty(faults(Json{{"lines", lines}}.dump()), "lines"));
  CHECK(faulty(faults(R"({"opening_fen":null,"closing_fen":null})"), "opening_fen"));
  CHECK(faulty(faults(R"({"lines":null})"), "lines"));
  CHECK(faulty(faults(R"({"prepared_by":null})"), "prepared_by"));
  auto shelf = stocked();
  const auto previous = disclosure(R"({"period":"2023-Q1","opening_fen":0,"closing_fen":70000})");
  shelf.put(previous);
  const auto following = [&](const char* opening, const char* closing, Json note) {
    return faults(Json{{"opening_fen", std::stoi(opening)},
                       {"closing_fen", std::stoi(closing)},
                       {"note", std::move(note)},
                       {"previous", sync::to_text(previous.id)}}
                      .dump(),
                  shelf);
  };
  CHECK(following("70000", "140000", nullptr).empty());
  CHECK(faulty(following("100000", "170000", nullptr), "note"));
  CHECK(following("100000", "170000", "更正").empty());
}

namespace {
/// A kind whose shares come to its total, as the bureau declares it.
constexpr const char* kApportionment = R"({"code":"utility_apportionment","name":"公共水电分摊",
  "content":"c","basis":"b","periods":["quarter"],"due_months_after":1,"due_day":10,
  "obliged":"company","lines":[
  {"code":"total","name":"合计","direction":"info","required":true},
  {"code":"share","name":"分摊","direction":"info","required":true,"part_of":"total"}]})";
Shelf apportioning() {
  auto shelf = stocked();
  shelf.put(made("disclosure_kind", kApportionment));
  return shelf;
}
Json shared(std::int64_t total, const std::vector<std::int64_t>& shares) {
  Json lines = Json::array();
  const auto add = [&](const char* code, std::int64_t fen) {
    lines.push_back({{"code", code}, {"direction", "info"}, {"name", code}, {"amount_fen", fen}});
  };
  add("total", total);
  for (const auto fen : shares) add("share", fen);
  return {{"kind", "utility_apportionment"},
          {"opening_fen", nullptr},
          {"closing_fen", nullptr},
          {"lines", lines}};
}
}  // namespace

TEST_CASE("disclosure: what is shared out comes to the total, to the fen", "[model]") {
  const auto shelf = apportioning();
  CHECK(faults(shared(10'000, {3'333, 3'333, 3'334}).dump(), shelf).empty());
  const auto off = faults(shared(10'000, {3'333, 3'333, 3'333}).dump(), shelf);
  REQUIRE(faulty(off, "lines.0.amount_fen"));
  CHECK(off.front().zh.find("9999") != std::string::npos);
  CHECK(faulty(faults(shared(9'999, {3'333, 3'333, 3'334}).dump(), shelf), "lines.0.amount_fen"));
  CHECK(faulty(faults(shared(10'000, {}).dump(), shelf), "lines"));  // no share at all
  constexpr auto kMost = 1'000'000'000'000'000;
  CHECK(faulty(faults(shared(kMost, std::vector<std::int64_t>(400, kMost)).dump(), shelf),
               "lines.0.amount_fen"));
  auto unsaid = shared(10'000, {10'000});
  unsaid["lines"][1].erase("amount_fen");
  CHECK(faulty(faults(unsaid.dump(), shelf), "lines.1.amount_fen"));
  // A draft may lack one of the two, but not contradict itself.
  auto draft = shared(10'000, {});
  draft.update(Json::parse(R"({"status":"drafted","published_at":null,"channels":null})"));
  CHECK(faults(draft.dump(), shelf).empty());
  draft["lines"] = shared(10'000, {9'999})["lines"];
  CHECK(faulty(faults(draft.dump(), shelf), "lines.0.amount_fen"));
}

TEST_CASE("disclosure: what is published isn't measured by a form that changed since", "[model]") {
  auto shelf = apportioning();
  auto json = shared(10'000, {9'000});
  const auto published = disclosure(json.dump(), shelf);
  REQUIRE(faulty(faults_of(published, shelf), "lines.0.amount_fen"));
  shelf.put(published);  // Of a time before the rule, or from a node of an older version.
  json.update(Json::parse(R"({"status":"objected","objection":"示例：合计不符"})"));
  CHECK(faults(json.dump(), shelf).empty());
}

TEST_CASE("disclosure: an objection is to be answered within the owners' working days", "[model]") {
  constexpr const char* kObjected = R"({"status":"objected","objection":"示例"})";
  auto shelf = stocked();
  const auto objected = disclosure(kObjected, shelf);
  const auto json = fields_to_json(*ViewOf(objected));
  CHECK(json["objected_on"] == "2023-11-14");    // today, a Tuesday
  CHECK(json["answer_due_on"] == "2023-11-21");  // five working days later
  CHECK(faults_of(objected, shelf).empty());
  CHECK(only(contributions(objected), "objections_open").day == parse_day("2023-11-21"));
  CHECK(only(contributions(objected), "objections_open").dim1 == "common_income");
  const auto given = with(kObjected, R"({"objected_on":"2023-11-01"})");
  CHECK(fields_to_json(*ViewOf(disclosure(given, shelf)))["answer_due_on"] == "2023-11-08");
  CHECK(faulty(faults(with(kObjected, R"({"objected_on":"2023-11-15"})")), "objected_on"));
  // Once it is answered nothing falls due; objected to again, it does from that day.
  const auto answered = disclosure(with(given, R"({"status":"answered","answer":"示例"})"), shelf);
  CHECK_FALSE(fed(contributions(answered), "objections_open"));
  shelf.put(answered);
  CHECK(fields_to_json(*ViewOf(disclosure(given, shelf)))["answer_due_on"] == "2023-11-21");
}

TEST_CASE("disclosure: a kind's shares name a sum among its lines", "[model]") {
  const auto of = [](const char* part_of) {
    auto json = Json::parse(kApportionment);
    json["lines"][1]["part_of"] = part_of;
    return faults_of(made("disclosure_kind", json.dump()));
  };
  CHECK(of("total").empty());
  CHECK(faulty(of("sum"), "lines.1.part_of"));
  CHECK(faulty(of("share"), "lines.1.part_of"));  // itself
}

TEST_CASE("disclosure: what it adds to the figures", "[model]") {
  const auto all = contributions(disclosure());
  CHECK(only(all, "disclosures_due").day == parse_day("2023-07-31"));
  CHECK(only(all, "disclosures_due").dim1 == "common_income");
  CHECK(fed(all, "disclosures_on_time"));
  CHECK(fed(all, "disclosures_published"));
  CHECK_FALSE(fed(all, "disclosures_open"));
  CHECK(only(all, "disclosure_lag").dim1 == "on_time");
  CHECK(only(all, "common_income_net").n == 90'000);  // handing over to the fund is no cost
  CHECK(only(all, "common_income_net").day == parse_day("2023-06-30"));
  CHECK(only(all, "common_income_to_fund").n == 20'000);

  const auto last = contributions(disclosure(R"({"published_at":"2023-07-31T23:59"})"));
  CHECK(fed(last, "disclosures_on_time"));
  const auto late = contributions(disclosure(R"({"published_at":"2023-08-01T00:00"})"));
  CHECK_FALSE(fed(late, "disclosures_on_time"));
  CHECK(only(late, "disclosure_lag").dim1 == "1-7");

  const auto open =
      contributions(disclosure(R"({"status":"drafted","published_at":null,"channels":null})"));
  CHECK(only(open, "disclosures_open").day == parse_day("2023-07-31"));
  CHECK_FALSE(fed(open, "disclosures_published"));
  CHECK_FALSE(fed(open, "common_income_net"));

  // The first revision stands for the duty, the last for the money.
  const auto superseded = contributions(disclosure(R"({"status":"superseded"})"));
  CHECK(fed(superseded, "disclosures_on_time"));
  CHECK_FALSE(fed(superseded, "common_income_net"));
  const auto second = contributions(disclosure(R"({"revision":2})"));
  CHECK_FALSE(fed(second, "disclosures_due"));
  CHECK(fed(second, "common_income_net"));
}

TEST_CASE("disclosure: fees due and received", "[model]") {
  auto shelf = stocked();
  shelf.put(made("disclosure_kind", R"({"code":"fee_collection","name":"n","content":"c",
    "basis":"b","periods":["half_year"],"due_months_after":1,"due_day":31,"obliged":"company"})"));
  const auto record = disclosure(R"({"kind":"fee_collection","period":"2023-H1",
    "opening_fen":null,"closing_fen":null,"lines":[
    {"code":"amount_due","direction":"info","name":"应收","amount_fen":1000},
    {"code":"amount_received","direction":"info","name":"实收","amount_fen":850}]})",
                                 shelf);
  CHECK(faults_of(record, shelf).empty());
  const auto all = contributions(record);
  CHECK(only(all, "fees_due").n == 1000);
  CHECK(only(all, "fees_received").n == 850);
  CHECK(only(all, "fees_due").dim1.size() == 36);  // by company
}

TEST_CASE("disclosure: of several revisions the latest tells the money and no other",
          "[model][I7]") {
  const auto first = disclosure(), second = disclosure(R"({"revision":2})");
  // Marking the first superseded is a step of its own: money counted twice until then.
  CHECK(fed(contributions(first), "common_income_net"));
  CHECK_FALSE(fed(contributions(first, {second}), "common_income_net"));
  CHECK_FALSE(fed(contributions(first, {second}), "common_income_to_fund"));
  CHECK(only(contributions(second, {first}), "common_income_net").n == 90'000);
  // What isn't published yet replaces nothing, nor does what was withdrawn again.
  const auto draft =
      disclosure(R"({"revision":2,"status":"drafted","published_at":null,"channels":null})");
  CHECK(fed(contributions(first, {draft}), "common_income_net"));
  CHECK(fed(contributions(first, {disclosure(R"({"revision":2,"status":"superseded"})")}),
            "common_income_net"));
  // Another kind for the same period is another disclosure.
  auto shelf = stocked();
  shelf.put(made("disclosure_kind", R"({"code":"parking_income","name":"n","content":"c",
    "basis":"b","periods":["quarter"],"due_months_after":1,"due_day":31,"obliged":"company"})"));
  CHECK(fed(contributions(first, {disclosure(R"({"kind":"parking_income","revision":2})", shelf)}),
            "common_income_net"));
  // One revision from two offices: one of the two records counts, whoever asks.
  auto elsewhere = first;
  elsewhere.scope = "410700/410702/410702003";
  CHECK(fed(contributions(first, {elsewhere}), "common_income_net") !=
        fed(contributions(elsewhere, {first}), "common_income_net"));
}

TEST_CASE("disclosure: a line that only tells what went to the fund is in no sum", "[model][I7]") {
  auto lines = Json::parse(kDisclosure)["lines"];
  for (auto& line : lines) {
    if (line["code"] == "to_fund") line["direction"] = "info";
  }
  const auto all = contributions(disclosure(Json{{"lines", lines}}.dump()));
  CHECK(only(all, "common_income_net").n == 90'000);
  CHECK(only(all, "common_income_to_fund").n == 20'000);
}

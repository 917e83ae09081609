#include "node/model/credit.h"

#include <rapidcheck/catch.h>

#include "node/model/credit_records.h"
#include "node/model/rules.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;
using credit::Event;
using credit::Kind;
using credit::Standing;

namespace {

std::int64_t day(const char* text) { return parse_day(text).value(); }

Record event_record(const char* changes = "{}", const Shelf& shelf = stocked()) {
  return made("credit_event", with(kCreditEvent, changes), shelf);
}
std::vector<Fault> event_faults(const char* changes) {
  const auto shelf = stocked();
  return faults_of(event_record(changes, shelf), shelf);
}
Json json_of(const Record& record) { return fields_to_json(*ViewOf(record)); }

credit::Scale scale(std::vector<credit::Band> bands = {{"AAA", "", 1000, "red"},
                                                       {"AA", "", 900, "none"},
                                                       {"C", "", 600, "black"}}) {
  credit::Scale s;
  s.name = "示例";
  s.in_force_from = day("2023-01-01");
  s.base = 1000;
  s.basic_max = 100;
  s.good_max = 40;
  s.bands = std::move(bands);
  return s;
}

Event event(Kind kind, std::int64_t points, const char* occurred = "2023-06-19") {
  Event e;
  e.id = occurred;
  e.kind = kind;
  e.points = points;
  e.occurred = day(occurred);
  e.valid_until = e.occurred + 365;
  e.decided = e.occurred + 10;
  return e;
}

constexpr const char* kAt = "2023-12-31";
credit::Score scored(std::vector<Event> events, const char* at = kAt) {
  return credit::score_of(std::move(events), scale(), day(at));
}

}  // namespace

// ---- Records -----------------------------------------------------------------------------------

TEST_CASE("credit: an event takes kind points and end from the rule that it names",
          "[model][credit]") {
  const auto json = json_of(event_record());
  CHECK(json["kind"] == "bad");
  CHECK(json["points"] == 30);
  CHECK(json["valid_until"] == "2024-06-19");    // twelve months, to the corresponding day
  CHECK(json["appeal_due_on"] == "2023-06-30");  // seven working days: the source is asked
  CHECK(json_of(event_record(R"({"source_check":null})"))["appeal_due_on"] == "2023-06-26");
  // Nobody types points, and without the rule there are none.
  CHECK_FALSE(authored("credit_event", with(kCreditEvent, R"({"points":10})"), stocked()));
  Shelf without;
  CHECK(authored("credit_event", kCreditEvent, without).error().code == Errc::dangling_reference);
}

TEST_CASE("credit: only bad information opens by itself", "[model][credit]") {
  const auto rule = [](const char* changes) {
    return faults_of(made("credit_rule", with(kCreditRule, changes)));
  };
  CHECK(rule(R"({"opens_on":"major_overdue"})").empty());
  CHECK(
      faulty(rule(R"({"opens_on":"major_overdue","kind":"good","repairable":false})"), "opens_on"));
}

TEST_CASE("credit: months end on the corresponding day or the month's last", "[model][credit]") {
  const auto later = [](const char* from, std::int64_t months) {
    return day_text(*months_later(day(from), months));
  };
  CHECK(later("2023-01-31", 1) == "2023-02-28");
  CHECK(later("2024-02-29", 12) == "2025-02-28");
  CHECK(later("2023-11-30", 3) == "2024-02-29");
  CHECK(later("2023-12-31", -12) == "2022-12-31");
  CHECK_FALSE(months_later(INT64_MAX, 12));
  CHECK_FALSE(months_later(0, INT64_MIN));
}

TEST_CASE("credit: rules of an event", "[model][credit]") {
  CHECK(event_faults("{}").empty());
  CHECK(event_faults(R"({"status":"proposed","notified_on":null,"appealed_on":null,
                         "decided_on":null})")
            .empty());
  struct Case {
    const char* changes;
    const char* field;
  };
  for (const auto& c : std::vector<Case>{
           {R"({"notified_on":null,"appealed_on":null})", "notified_on"},  // told first
           {R"({"decided_on":null})", "decided_on"},
           {R"({"notified_on":"2023-06-18"})", "notified_on"},  // before it happened
           {R"({"decided_on":"2023-06-18"})", "decided_on"},
           {R"({"status":"appealed","appealed_on":null})", "appealed_on"},
           {R"({"status":"cancelled","cancelled_on":"2023-07-01"})", "cancel_reason"},
           {R"({"status":"cancelled","cancel_reason":"申诉成立"})", "cancelled_on"},
           {R"({"status":"repaired","repaired_on":"2023-09-01"})", "repair_asked_on"},
           {R"({"status":"repaired","repair_asked_on":"2023-08-01"})", "repaired_on"},
           {R"({"occurred_on":"2022-12-31"})", "rule"},       // before the rule
           {R"({"decided_on":"2029-01-01"})", "decided_on"},  // in the future
       }) {
    INFO(c.changes);
    const auto faults = event_faults(c.changes);
    INFO(told(faults));
    CHECK(faulty(faults, c.field));
    for (const auto& fault : faults) {
      CHECK_FALSE(fault.zh.empty());
      CHECK_FALSE(fault.en.empty());
    }
  }
  CHECK(event_faults(R"({"status":"repaired","repair_asked_on":"2023-08-01",
                         "repaired_on":"2023-09-01"})")
            .empty());
  // Good information needs no warning, and can't be repaired.
  auto shelf = stocked();
  shelf.put(made("credit_rule", with(kCreditRule, R"({"kind":"good","repairable":null})"), shelf));
  const auto good = [&](const char* changes) {
    return faults_of(event_record(changes, shelf), shelf);
  };
  CHECK(good(R"({"notified_on":null,"appealed_on":null})").empty());
  CHECK(faulty(good(R"({"status":"repaired","repair_asked_on":"2023-08-01",
                        "repaired_on":"2023-09-01"})"),
               "status"));
}

TEST_CASE("credit: rules of rules and scales", "[model][credit]") {
  const auto rule = [](const char* changes) {
    return faults_of(made("credit_rule", with(kCreditRule, changes)));
  };
  CHECK(faulty(rule(R"({"kind":"good"})"), "repairable"));
  CHECK(faulty(rule(R"({"status":"retired"})"), "in_force_to"));
  CHECK(faulty(rule(R"({"in_force_to":"2022-12-31"})"), "in_force_to"));
  // Five years at most.
  CHECK_FALSE(authored("credit_rule", with(kCreditRule, R"({"valid_months":61})")));
  const auto scale_faults = [](const char* changes) {
    return faults_of(made("credit_scale", with(kCreditScale, changes)));
  };
  CHECK(faulty(scale_faults(R"({"bands":[{"code":"A","from_points":900},
                                         {"code":"B","from_points":900}]})"),
               "bands.1.from_points"));
  CHECK(faulty(scale_faults(R"({"bands":[{"code":"A","from_points":900},
                                         {"code":"A","from_points":800}]})"),
               "bands.1.code"));
  // A draft decides nothing.
  auto shelf = stocked();
  shelf.put(made("credit_rule", with(kCreditRule, R"({"status":"draft"})"), shelf));
  CHECK(faulty(faults_of(event_record("{}", shelf), shelf), "rule"));
}

TEST_CASE("credit: what an event adds to the figures", "[model][credit]") {
  const auto of = [](const char* changes) { return contributions(event_record(changes)); };
  const auto confirmed = of("{}");
  CHECK(only(confirmed, "credit_points").n == -30);
  CHECK(only(confirmed, "credit_points").day == day("2023-06-19"));
  CHECK(only(confirmed, "credit_events").dim1 == "bad");
  CHECK_FALSE(fed(confirmed, "credit_appeals_open"));
  const auto repaired = of(R"({"status":"repaired","repair_asked_on":"2023-08-01",
                               "repaired_on":"2023-09-01"})");
  CHECK_FALSE(fed(repaired, "credit_points"));
  CHECK(only(repaired, "credit_repairs").day == day("2023-09-01"));
  const auto appealed = of(R"({"status":"appealed","decided_on":null})");
  CHECK(only(appealed, "credit_appeals_open").day == day("2023-06-30"));
  CHECK_FALSE(fed(appealed, "credit_events"));
}

// ---- The score ---------------------------------------------------------------------------------

TEST_CASE("credit: base plus basic plus good minus bad, each capped by the scale",
          "[model][credit]") {
  const auto score =
      scored({event(Kind::basic, 80, "2023-02-01"), event(Kind::basic, 30, "2023-02-02"),
              event(Kind::good, 30, "2023-03-01"), event(Kind::bad, 50)});
  CHECK(score.basic.all == 110);
  CHECK(score.basic.counted == 100);
  CHECK(score.good.counted == 30);
  CHECK(score.bad.counted == 50);
  CHECK(score.points == 1000 + 100 + 30 - 50);
  CHECK(score.band->code == "AAA");
}

TEST_CASE("credit: a band includes its lower edge", "[model][credit]") {
  const auto grade = [](std::int64_t minus) {
    const auto score = scored({event(Kind::bad, minus)});
    return score.band ? score.band->code : std::string("none");
  };
  CHECK(grade(100) == "AA");
  CHECK(grade(101) == "C");
  CHECK(grade(400) == "C");  // 60.0: the edge [U7] is data, and belongs to the grade above it
  CHECK(grade(401) == "none");
}

TEST_CASE("credit: an event counts from its decision until it is repaired or has expired",
          "[model][credit]") {
  auto e = event(Kind::bad, 30);
  const auto at = [&](const char* when) { return scored({e}, when).items.front().standing; };
  CHECK(at("2023-06-28") == Standing::not_yet);  // decided on the 29th
  CHECK(at("2023-06-29") == Standing::counts);
  CHECK(at("2023-12-31") == Standing::counts);
  CHECK(at("2024-01-01") == Standing::before_period);  // another calendar year
  e.repaired = day("2023-09-01");
  CHECK(at("2023-08-31") == Standing::counts);
  CHECK(at("2023-09-01") == Standing::repaired);
  e.repaired.reset();
  e.valid_until = day("2023-10-01");
  CHECK(at("2023-10-01") == Standing::counts);
  CHECK(at("2023-10-02") == Standing::expired);
  e.cancelled = day("2023-11-01");
  CHECK(at("2023-08-31") == Standing::cancelled);  // it never counted
  e.cancelled.reset();
  e.decided.reset();
  CHECK(at("2023-10-01") == Standing::undecided);
}

TEST_CASE("credit: the last twelve months end on the day asked for", "[model][credit]") {
  CHECK(credit::period_start(credit::Period::calendar_year, day("2023-07-15")) ==
        day("2023-01-01"));
  CHECK(credit::period_start(credit::Period::twelve_months, day("2023-07-15")) ==
        day("2022-07-16"));
  CHECK(credit::period_start(credit::Period::twelve_months, day("2024-02-29")) ==
        day("2023-03-01"));
}

TEST_CASE("credit: every step is said, with article and rule", "[model][credit]") {
  auto e = event(Kind::bad, 30);
  e.rule = credit::Rule{"major_overdue", "较大问题逾期", "办法第3条", 50, day("2023-01-01"), {}};
  const auto score = scored({e});
  const auto line = std::find_if(score.lines.begin(), score.lines.end(),
                                 [](const auto& l) { return l.code == "event"; });
  REQUIRE(line != score.lines.end());
  CHECK(line->points == -30);
  CHECK(line->basis == "办法第3条");
  CHECK(line->zh.find("规则 major_overdue，2023-01-01 起施行") != std::string::npos);
  CHECK(line->zh.find("规则现为 5.0 分，按认定时的分值计") != std::string::npos);
  CHECK(line->en.find("valid until 2024-06-18") != std::string::npos);
  // The lines add up to the score.
  std::int64_t sum = 0;
  for (const auto& l : score.lines) {
    if (l.code == "base" || l.code == "basic" || l.code == "good" || l.code == "bad") {
      sum += *l.points;
    }
  }
  CHECK(sum == score.points);
  CHECK(score.lines.back().code == "grade");
}

TEST_CASE("credit: points are written with one decimal", "[model][credit]") {
  CHECK(credit::points_text(1005) == "100.5");
  CHECK(credit::points_text(-3) == "-0.3");
  CHECK(credit::points_text(0) == "0.0");
}

TEST_CASE("credit: the order of events and what doesn't count change nothing", "[model][credit]") {
  rc::prop("score", [] {
    std::vector<Event> events;
    const auto count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i) {
      Event e;
      e.id = std::to_string(i);
      e.kind = static_cast<Kind>(*rc::gen::inRange(1, 4));
      e.points = *rc::gen::inRange(1, 200);
      e.occurred = day("2023-01-01") + *rc::gen::inRange(-40, 400);
      e.valid_until = e.occurred + *rc::gen::inRange(0, 400);
      if (*rc::gen::arbitrary<bool>()) e.decided = e.occurred + *rc::gen::inRange(0, 30);
      if (*rc::gen::inRange(0, 5) == 0) e.repaired = e.occurred + *rc::gen::inRange(0, 300);
      if (*rc::gen::inRange(0, 8) == 0) e.cancelled = e.occurred;
      events.push_back(e);
    }
    const auto at = day("2023-01-01") + *rc::gen::inRange(0, 365);
    const auto score = credit::score_of(events, scale(), at);
    auto other = events;
    std::reverse(other.begin(), other.end());
    std::erase_if(other, [&](const Event& e) {
      return credit::standing_of(e, score.from, at) != Standing::counts;
    });
    RC_ASSERT(credit::score_of(other, scale(), at).points == score.points);
    // A bad event more never raises the score, a good one never lowers it.
    auto e = event(*rc::gen::element(Kind::bad, Kind::good), 10, "2023-01-01");
    e.decided = e.occurred;
    e.id = "more";
    auto more = events;
    more.push_back(e);
    const auto after = credit::score_of(more, scale(), at).points;
    const bool bad = e.kind == Kind::bad;
    const bool holds = bad ? after < score.points : after >= score.points;
    RC_ASSERT(holds);
  });
}

TEST_CASE("credit: scores of companies by their records, best first", "[model][credit]") {
  const auto shelf = stocked();
  credit::Held held;
  held.companies = {
      made("company", kCompany, shelf),
      made("company", with(kCompany, R"({"uscc":"91410700MA0000001W","name":"另一企业"})"), shelf)};
  held.rules = {made("credit_rule", kCreditRule, shelf)};
  held.scales = {made("credit_scale", kCreditScale, shelf)};
  held.events = {event_record()};
  const auto scores = credit::scores_of(held, day(kAt));
  REQUIRE(scores);
  REQUIRE(scores->companies.size() == 2);
  CHECK(scores->companies[0].uscc == "91410700MA0000001W");
  CHECK(scores->companies[0].score.points == 1000);
  CHECK(scores->companies[1].score.points == 970);
  const auto json = credit::to_json(*scores, scores->companies[1]);
  CHECK(json["points_text"] == "97.0");
  CHECK(json["grade"] == "AA");
  CHECK(json["events"][0]["rule"] == "major_overdue");
  CHECK(json["events"][0]["standing"] == "counts");
  const auto all = credit::to_json(*scores, day(kAt));
  CHECK(all["grades"][0]["companies"] == 1);
  CHECK(all["grades"][1]["companies"] == 1);
  CHECK(all["items"][0]["list"] == "red");
  // Before the scale, and by one that isn't published, there is no score.
  CHECK(credit::scores_of(held, day("2022-12-31")).error().code == Errc::not_found);
  held.scales = {made("credit_scale", with(kCreditScale, R"({"status":"draft"})"), shelf)};
  CHECK_FALSE(credit::scores_of(held, day(kAt)));
}

TEST_CASE("credit: an event that merged into nonsense doesn't count and is shown",
          "[model][credit]") {
  const auto shelf = stocked();
  credit::Held held;
  held.companies = {made("company", kCompany, shelf)};
  held.scales = {made("credit_scale", kCreditScale, shelf)};
  auto odd = event_record();
  odd.unset(credit_event_field::kNotifiedOn);  // confirmed, and nobody was told
  held.events = {odd};
  const auto scores = credit::scores_of(held, day(kAt));
  REQUIRE(scores);
  CHECK(scores->companies[0].score.points == 1000);
  CHECK(scores->companies[0].score.items[0].standing == Standing::invalid);
}

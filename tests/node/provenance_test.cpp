// What stands behind a figure, and the same figure again at an earlier position of the log.
#include "node/store/provenance.h"

#include "node/stat_xlsx.h"
#include "node/store/freshness.h"
#include "node/store/past_state.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";

std::string visit(const std::string& day, const std::string& changes = "{}") {
  auto json = Json::parse(R"({"kind":"routine","compound":"410702003901001","template":["t",1],
    "inspectors":["J001","J002"],"results":{"F01":"ok","C01":"ok"},"status":"submitted"})");
  json["started_at"] = day + "T09:00";
  json["ended_at"] = day + "T10:00";
  json.update(Json::parse(changes));
  return json.dump();
}

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& a = city.enrol(kOffice, "社区甲");
  Node& b = city.enrol(kOffice, "社区乙");
  Node& silent = city.enrol(kOtherOffice, "没来过的社区");

  Scene() {
    for (auto* office : {&a, &b}) exchange(*office, hub);
    put(a, "compound", compound(kCode));
    meet();
  }
  void meet() {
    for (int i = 0; i < 2; ++i) {
      for (auto* office : {&a, &b}) exchange(*office, hub);
    }
  }
};

store::ProvenanceRequest ask(Node& node, const char* name, const std::string& scope = "") {
  store::ProvenanceRequest request;
  request.stat.name = name;
  request.stat.from = "2025-12-01";
  request.stat.to = "2026-01-01";
  request.stat.today = "2026-01-01";
  request.stat.scope = scope;
  request.stat.now = node->now();
  return request;
}

Json why(Node& node, const store::ProvenanceRequest& request) {
  auto found = store::read_provenance(node->store(), request);
  if (!found) FAIL(describe(found.error()));
  return std::move(*found);
}

std::set<std::string> ids(const Json& found) {
  std::set<std::string> all;
  for (const auto& item : found["items"]) all.insert(item["id"].get<std::string>());
  return all;
}

}  // namespace

TEST_CASE("provenance: the records behind a figure and nothing else", "[node][I7]") {
  Scene s;
  const auto one = put(s.a, "inspection", visit("2025-12-03"));
  const auto two = put(s.b, "inspection", visit("2025-12-04", R"({"kind":"patrol"})"));
  put(s.a, "inspection", visit("2025-11-30"));                             // another month
  put(s.a, "inspection", visit("2025-12-05", R"({"status":"started"})"));  // not submitted
  s.meet();
  auto request = ask(s.hub, "inspections");
  const auto found = why(s.hub, request);
  CHECK(found["figure"]["total"]["numerator"] == 2);
  CHECK(found["figure"]["records"] == 2);
  CHECK(ids(found) == std::set{sync::to_text(one.id), sync::to_text(two.id)});
  CHECK(found["next_cursor"].is_null());
  const auto& item = found["items"][0];
  CHECK(item["contributions"][0]["term"] == "numerator");
  CHECK(item["contributions"][0]["measure"] == "inspections");
  CHECK(item["contributions"][0]["n"] == 1);
  CHECK(found["position"]["arrival"] == s.hub->arrival());
  CHECK(found["position"]["newest"] == true);
  CHECK(found["position"]["history"].is_number());

  // One cell of what it is split by; a page at a time.
  request.only = {{"kind", "patrol"}};
  CHECK(ids(why(s.hub, request)) == std::set{sync::to_text(two.id)});
  request.only = {{"month", "2025-11"}};
  CHECK(why(s.hub, request)["figure"]["records"] == 0);
  request.only = {{"severity", "major"}};
  CHECK_FALSE(store::read_provenance(s.hub->store(), request).has_value());
  request.only.clear();
  request.limit = 1;
  auto page = why(s.hub, request);
  CHECK(page["items"].size() == 1);
  request.cursor = page["next_cursor"].get<std::string>();
  const auto next = why(s.hub, request);
  CHECK(next["items"].size() == 1);
  CHECK(next["next_cursor"].is_null());
  CHECK(ids(page) != ids(next));
  CHECK(page["digest"] == next["digest"]);

  // Every statistic's own total is that of the records that are listed, where it is a sum.
  for (const auto& statistic : model::schema().statistics) {
    if (statistic.numerator.count != model::Count::sum) continue;
    auto any = ask(s.hub, statistic.name.data());
    any.stat.name = std::string(statistic.name);
    any.limit = 1000;
    const auto listed = why(s.hub, any);
    std::int64_t sum = 0;
    for (const auto& record : listed["items"]) {
      for (const auto& c : record["contributions"]) {
        sum += c["term"] == "numerator" ? c["n"].get<std::int64_t>() : 0;
      }
    }
    INFO(statistic.name);
    CHECK(sum == listed["figure"]["total"]["numerator"]);
  }
}

TEST_CASE("provenance: says who is in it and who is missing and what is in doubt", "[node][I7]") {
  Scene s;
  const auto one = put(s.a, "inspection", visit("2025-12-03"));
  s.meet();
  edit(s.a, "inspection", one, R"({"note":"甲"})");
  edit(s.b, "inspection", one, R"({"note":"乙"})");
  s.meet();
  const auto found = why(s.hub, ask(s.hub, "inspections"));
  CHECK(found["conflicts"]["behind"] == 1);
  CHECK(found["conflicts"]["beside"] == 0);
  CHECK(found["items"][0]["conflict"] == true);
  CHECK(found["items"][0]["node"].is_string());
  std::set<std::string> names;
  for (const auto& node : found["nodes"]["included"]) names.insert(node["name"].get<std::string>());
  CHECK(names.count("社区甲") == 1);
  CHECK(names.count("社区乙") == 1);
  REQUIRE(found["nodes"]["missing"].size() == 1);
  CHECK(found["nodes"]["missing"][0]["scope"] == kOtherOffice);
  CHECK(found["freshness"]["reporting"]["denominator"] == 2);
  CHECK(found["freshness"]["reporting"]["numerator"] == 1);
  // Another's conflict doesn't concern this place.
  const auto other = why(s.hub, ask(s.hub, "inspections", "410700/410703"));
  CHECK(other["conflicts"]["behind"] == 0);
  CHECK(other["figure"]["records"] == 0);
}

TEST_CASE("provenance: at a position of the log the same bytes again whatever came since",
          "[node][I7]") {
  Scene s;
  const auto one = put(s.a, "inspection", visit("2025-12-03"));
  put(s.b, "inspection", visit("2025-12-04"));
  s.meet();
  std::vector<store::ProvenanceRequest> questions;
  for (const auto* name : {"inspections", "inspection_coverage", "managed_coverage"}) {
    questions.push_back(ask(s.hub, name));
    questions.push_back(ask(s.hub, name, kOffice));
    questions.back().stat.by = {"community", "month"};
  }
  std::vector<std::string> then;
  for (const auto& question : questions) then.push_back(why(s.hub, question)["figure"].dump());
  const auto position = s.hub->arrival();

  put(s.a, "inspection", visit("2025-12-20"));
  edit(s.a, "inspection", one, R"({"kind":"patrol","note":"改"})");
  remove(s.b, "inspection", put(s.b, "inspection", visit("2025-12-21")));
  put(s.b, "compound", compound("410702003901002"));
  s.meet();
  s.hub.close();
  s.hub.open();
  std::size_t changed = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    changed += why(s.hub, questions[i])["figure"].dump() != then[i];
    auto again = questions[i];
    again.at = position;
    const auto found = why(s.hub, again);
    INFO(found.dump());
    CHECK(found["figure"].dump() == then[i]);
    CHECK(found["position"]["arrival"] == position);
    CHECK(found["position"]["newest"] == false);
    again.at = s.hub->arrival();
    CHECK(why(s.hub, again)["figure"].dump() == why(s.hub, questions[i])["figure"].dump());
  }
  CHECK(changed == questions.size());
  auto beyond = questions.front();
  beyond.at = s.hub->arrival() + 1;
  CHECK_FALSE(store::read_provenance(s.hub->store(), beyond).has_value());
}

TEST_CASE("provenance: a clock that a receipt flagged later is as it was at its time",
          "[node][I7]") {
  RelayedCity r;
  auto& b = r.city.enrol(kOffice, "社区乙", crypto::Role::office, &r.street);
  put(r.office, "compound", compound(kCode));
  const auto one = put(r.office, "inspection", visit("2025-12-03"));
  exchange(r.office, r.street);
  exchange(b, r.street);
  // Both write one cell; the clock of one is far ahead, and wins at the street until the hub's
  // receipt flags it.
  b.clock.ahead = 3600LL * 1'000'000;
  edit(r.office, "inspection", one, R"({"kind":"patrol"})");
  edit(b, "inspection", one, R"({"kind":"complaint"})");
  b.clock.ahead = 0;
  exchange(r.office, r.street);
  exchange(b, r.street);
  auto question = ask(r.street, "inspections");
  question.stat.by = {"kind"};
  const auto then = why(r.street, question)["figure"].dump();
  const auto position = r.street->arrival();
  for (int i = 0; i < 2; ++i) exchange(r.street, r.hub);
  const auto now = why(r.street, question)["figure"].dump();
  CHECK(now != then);
  question.at = position;
  CHECK(why(r.street, question)["figure"].dump() == then);
  question.at = r.street->arrival();
  CHECK(why(r.street, question)["figure"].dump() == now);
}

TEST_CASE("provenance: what figures include names them on every node alike", "[node][I7]") {
  Scene s;
  put(s.a, "inspection", visit("2025-12-03"));
  s.meet();
  store::Included included;
  {
    auto lease = s.a->store().read();
    included = store::included_now(*lease, kOffice);
  }
  CHECK(included.size() > 1);
  CHECK(*store::decode_included(store::encode_included(included)) == included);
  CHECK_FALSE(store::decode_included("\x81\x01").has_value());
  put(s.a, "inspection", visit("2025-12-04"));
  s.meet();
  const auto past = store::PastState::of(s.hub->store(), included, {});
  REQUIRE(past.has_value());
  const store::StatQuery query{
      model::schema().statistic("inspections"), {},
      *model::parse_day("2025-12-01"),          *model::parse_day("2026-01-01"),
      *model::parse_day("2026-01-01"),          kOffice};
  CHECK(store::read_statistic((*past)->db(), query)->total.numerator == 1);
  // Who hasn't got all of it says so.
  put(s.a, "inspection", visit("2025-12-05"));
  {
    auto lease = s.a->store().read();
    included = store::included_now(*lease, kOffice);
  }
  const auto lacking = store::PastState::of(s.hub->store(), included, {});
  REQUIRE_FALSE(lacking.has_value());
  CHECK(lacking.error().code == Errc::not_found);
}

TEST_CASE("freshness: by age and by how much of the period has been reported", "[node][I7]") {
  Scene s;
  constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;
  const auto fresh = [&](const char* from, const char* to) {
    auto lease = s.hub->store().read();
    return store::freshness_for(
        *lease, "", s.hub->now(),
        store::ReportingPeriod{*model::parse_day(from), *model::parse_day(to)});
  };
  // It is the first day of 2026: last month is complete of who was here.
  auto json = fresh("2025-12-01", "2026-01-01");
  CHECK(json["reporting"]["numerator"] == 1);
  CHECK(json["reporting"]["denominator"] == 2);
  CHECK(json["reporting"]["none"] == 1);
  CHECK(json["ages"]["fresh"] == 1);
  CHECK(json["ages"]["never"] == 1);
  CHECK(json["oldest"].is_null());
  s.city.time += 2 * kDay;
  json = fresh("2025-12-01", "2026-02-01");
  CHECK(json["ages"]["day"] == 1);
  CHECK(json["reporting"]["numerator"] == 0);
  CHECK(json["reporting"]["partly"] == 1);
  s.city.time += 8 * kDay;
  CHECK(fresh("2026-01-01", "2026-02-01")["ages"]["week"] == 1);
  put(s.a, "inspection", visit("2026-01-05"));
  exchange(s.a, s.hub);
  json = fresh("2026-01-01", "2026-02-01");
  CHECK(json["ages"]["fresh"] == 1);
  CHECK(json["reporting"]["numerator"] == 1);
}

TEST_CASE("freshness: an office below a street has reported when its data is here", "[node][I7]") {
  RelayedCity r;
  put(r.office, "compound", compound(kCode));
  r.bring_up();
  auto lease = r.hub->store().read();
  const auto json = store::freshness_for(*lease, "", r.hub->now(), std::nullopt);
  REQUIRE(json["communities"].size() == 1);
  CHECK(json["communities"][0]["age"] == "fresh");
  CHECK(json["communities"][0]["last_report"].is_string());
}

TEST_CASE("statistics: as a table for spreadsheets", "[node]") {
  Scene s;
  put(s.a, "inspection", visit("2025-12-03"));
  s.meet();
  store::StatRequest request;
  request.name = "inspection_coverage";
  request.by = {"community"};
  request.from = "2025-12-01";
  request.to = "2026-01-01";
  request.now = s.hub->now();
  const auto stat = store::read_stat(s.hub->store(), request);
  REQUIRE(stat.has_value());
  const auto table = store::stat_table(*stat);
  CHECK(table.headings == std::vector<std::string>{"社区", "值（%）", "分子", "分母"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0][1] == "100.0");
  CHECK(table.rows[1] == store::StatCells{"合计", "100.0", 1, 1});
  const auto csv = store::csv_of(table);
  CHECK(csv.rfind("\xEF\xBB\xBF", 0) == 0);
  CHECK(csv.find("合计,100.0,1,1\r\n") != std::string::npos);
  CHECK(csv.find("从未上报,") != std::string::npos);
  // A name can't become a formula, and a line stays a line.
  store::StatTable odd;
  odd.headings = {"=1+1", "a,\"b\""};
  odd.rows = {{"-5.0", "@SUM"}};
  const auto guarded = store::csv_of(odd);
  CHECK(guarded.find("'=1+1,\"a,\"\"b\"\"\"\r\n-5.0,'@SUM\r\n") != std::string::npos);
  const auto xlsx = node::xlsx_of(table);
  REQUIRE(xlsx.has_value());
  CHECK(xlsx->rfind("PK\x03\x04", 0) == 0);
}

}  // namespace linli::test

// What a checklist wants to see of a failed item (domain 2.6): a finding with a photo, before the
// inspection counts as reviewed.
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kChecklist = R"({"code":"p","version":1,"name":"须拍照","status":"published",
  "items":[
  {"item_code":"F06","domain":"fire","text":"通道","weight":5,"veto":true,
   "default_severity":"critical","photo_required":true},
  {"item_code":"C01","domain":"cleaning","text":"整洁","weight":1,"veto":false,
   "default_severity":"minor"}]})";
constexpr const char* kVisit = R"({"kind":"patrol","compound":"410702003901001",
  "template":["p",1],"inspectors":["J001"],"started_at":"2025-12-01T09:00",
  "ended_at":"2025-12-01T10:00","results":{"F06":"fail","C01":"fail"},"status":"submitted"})";
const std::string kPhoto(64, 'a');

Json finding(const Outcome& inspection, const char* item, bool photo) {
  Json json{{"inspection", sync::to_text(inspection.id)}, {"item_code", item}};
  json.update(Json::parse(R"({"severity":"minor","description":"堆放杂物","place":"3号楼",
    "responsible":"company","status":"open"})"));
  if (photo) json["photos"] = {kPhoto};
  return json;
}

struct Desk {
  City city;
  Node& office;
  Desk() : office((put(city.hub(), "template", kChecklist), city.enrol(kOffice, "示例社区"))) {
    exchange(office, city.hub());
    put(office, "compound", compound("410702003901001"));
  }
  /// Why a change wasn't made; empty: it was.
  std::string change(const char* type, const Outcome& record, const char* json) {
    auto wanted = wish(type, json);
    wanted.id = record.id;
    wanted.scope = record.scope;
    const auto outcomes = office->put({wanted});
    REQUIRE(outcomes);
    return refusal(outcomes->front());
  }
};

}  // namespace

TEST_CASE("checklist: a finding of an item that wants a photo is refused without one", "[node]") {
  Desk desk;
  const auto visit = put(desk.office, "inspection", kVisit);
  const auto bare = finding(visit, "F06", false).dump();
  const auto outcomes = desk.office->put({wish("finding", bare)});
  REQUIRE(outcomes);
  REQUIRE(refusal(outcomes->front()) == "missing_field photos");
  CHECK(outcomes->front().faults.front().zh.find("F06") != std::string::npos);
  const auto shown = put(desk.office, "finding", finding(visit, "F06", true).dump());
  put(desk.office, "finding", finding(visit, "C01", false).dump());
  CHECK(desk.change("finding", shown, R"({"photos":null})") == "missing_field photos");
  CHECK(desk.change("finding", shown, R"({"place":"4号楼"})").empty());
}

TEST_CASE("checklist: a review wants the findings of what failed and must be photographed",
          "[node]") {
  Desk desk;
  const auto visit = put(desk.office, "inspection", kVisit);
  const char* const kReviewed = R"({"status":"reviewed"})";
  CHECK(desk.change("inspection", visit, kReviewed) == "bad_rule results");
  CHECK(desk.change("inspection", visit, R"({"status":"returned","return_reason":"缺照片"})") ==
        "");
  CHECK(desk.change("inspection", visit, R"({"status":"submitted"})").empty());
  put(desk.office, "finding", finding(visit, "C01", false).dump());  // of another item
  CHECK(desk.change("inspection", visit, kReviewed) == "bad_rule results");

  // One request may bring both.
  auto reviews = wish("inspection", kReviewed);
  reviews.id = visit.id;
  reviews.scope = visit.scope;
  const auto outcomes =
      desk.office->put({wish("finding", finding(visit, "F06", true).dump()), reviews});
  REQUIRE(outcomes);
  CHECK(refusal((*outcomes)[0]).empty());
  CHECK(refusal((*outcomes)[1]).empty());

  // One that is written as reviewed at once can't have had findings before.
  auto at_once = Json::parse(kVisit);
  at_once["status"] = "reviewed";
  CHECK(refusal(desk.office, "inspection", at_once.dump()) == "bad_rule results");
  at_once["results"] = {{"F06", "ok"}, {"C01", "fail"}};
  CHECK(refusal(desk.office, "inspection", at_once.dump()).empty());
}

}  // namespace linli::test

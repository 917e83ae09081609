#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
Record standard(std::string_view changes = "{}") {
  return made("service_standard", with(kStandard, changes), stocked());
}
Record feedback(std::string_view changes = "{}", const Shelf& shelf = stocked()) {
  return made("feedback", with(kFeedback, changes), shelf);
}
std::vector<Fault> faults(const Record& record) { return faults_of(record, stocked()); }
std::int64_t day(const char* text) { return parse_day(text).value(); }
std::string value(const Record& record, const char* field) {
  return fields_to_json(*ViewOf(record)).value(field, "");
}
constexpr std::string_view kInForce = R"({"status":"in_force","approved_on":"2023-05-01",
  "approved_by":"红旗区住建局","published_on":"2023-05-10","in_force_from":"2023-06-01"})";
}  // namespace

TEST_CASE("service standard: is approved before it is published", "[model]") {
  CHECK(faults(standard()).empty());
  CHECK(faults(standard(kInForce)).empty());
  const auto published = faults(standard(R"({"status":"published"})"));
  CHECK(faulty(published, "approved_on"));
  CHECK(faulty(published, "approved_by"));
  CHECK(faulty(published, "published_on"));
  CHECK(
      faulty(faults(standard(with(kInForce, R"({"published_on":"2023-04-30"})"))), "published_on"));
  CHECK(faulty(faults(standard(with(kInForce, R"({"in_force_from":"2023-05-09"})"))),
               "in_force_from"));
  CHECK(faulty(faults(standard(R"({"status":"returned"})")), "return_reason"));
  // No move leads past the approval, and nobody below the district approves.
  for (const auto& move : type_of("service_standard").moves) {
    if (move.to == "published") CHECK(move.from == "approved");
    if (move.to == "approved") CHECK((move.roles & sync::mask(crypto::Role::office)) == 0);
  }
}

TEST_CASE("service standard: promises no less than the contract", "[model]") {
  const auto item = [](const char* comparator, int target, int contract) {
    Json row = {{"domain", "cleaning"},     {"subject", "楼道"},          {"metric", "清扫"},
                {"comparator", comparator}, {"target", target},           {"unit", "次"},
                {"frequency", "weekly"},    {"contract_target", contract}};
    return standard(Json{{"items", Json::array({row})}}.dump());
  };
  CHECK(faults(item("ge", 3, 3)).empty());
  CHECK(faults(item("ge", 4, 3)).empty());
  CHECK(faulty(faults(item("ge", 2, 3)), "items.0.target"));
  CHECK(faults(item("le", 30, 30)).empty());
  CHECK(faulty(faults(item("le", 31, 30)), "items.0.target"));
  CHECK(faulty(faults(item("eq", 2, 3)), "items.0.target"));
}

TEST_CASE("service standard: stands in the figures while it is in force", "[model]") {
  CHECK(contributions(standard()).empty());
  const auto now = contributions(standard(kInForce));
  CHECK(only(now, "standards_in_force").day == day("2023-06-01"));
  const auto then = contributions(
      standard(with(kInForce, R"({"status":"superseded","superseded_on":"2023-09-01"})")));
  CHECK(total(then, "standards_in_force") == 0);
  CHECK(then.back().day == day("2023-09-01"));
}

TEST_CASE("feedback: is to be answered within working days that the bureau sets", "[model]") {
  CHECK(value(feedback(), "reply_due_on") == "2023-09-29");  // five after Friday the 22nd
  auto shelf = stocked();
  shelf.put(made("rule_setting", R"({"code":"feedback_reply_working_days","value":2})"));
  CHECK(value(feedback("{}", shelf), "reply_due_on") == "2023-09-26");
}

TEST_CASE("feedback: each state says what it needs", "[model]") {
  CHECK(faults(feedback()).empty());
  CHECK(faulty(faults(feedback(R"({"status":"rejected"})")), "reason"));
  const auto answered = faults(feedback(R"({"status":"answered"})"));
  CHECK(faulty(answered, "reply"));
  CHECK(faulty(answered, "replied_on"));
  const auto* closed = R"({"status":"closed","reply":"已处理","replied_on":"2023-09-25"})";
  CHECK(faults(feedback(closed)).empty());
  CHECK(faulty(faults(feedback(with(closed, R"({"satisfied":false})"))), "matter"));
  CHECK(faults(feedback(with(closed, R"({"satisfied":false,"dispute":["petition","X-2023-001"]})")))
            .empty());
  CHECK(faulty(faults(feedback(with(closed, R"({"replied_on":"2023-09-21"})"))), "replied_on"));
  CHECK(faulty(faults(feedback(R"({"received_at":"2029-01-01T09:00"})")), "received_at"));
}

TEST_CASE("feedback: what it adds to the figures, and the owner's name isn't among it",
          "[model][I10]") {
  const auto open = contributions(feedback());
  CHECK(only(open, "feedback").dim1 == "service");
  CHECK(only(open, "feedback_unanswered").day == day("2023-09-29"));
  const auto* good = R"({"status":"confirmed","reply":"已处理","replied_on":"2023-09-29",
    "satisfied":true})";
  const auto all = contributions(feedback(good));
  CHECK(fed(all, "feedback_in_time"));
  CHECK(fed(all, "feedback_satisfied"));
  CHECK_FALSE(fed(all, "feedback_unanswered"));
  const auto late = contributions(feedback(with(good, R"({"replied_on":"2023-09-30"})")));
  CHECK_FALSE(fed(late, "feedback_in_time"));
  for (const auto& c : all) CHECK((c.dim1 + c.dim2 + c.key).find("寅") == std::string::npos);
  CHECK(contributions(feedback(R"({"status":"rejected","reason":"辱骂"})")).empty());
}

// certificates: is this training certificate good; and issuing those of a session.
#include "node/app/certificates.h"

#include "node/app/writer.h"
#include "node/store/certificates.h"
#include "node/store/reading.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

using Candidate = store::CertificateCandidate;

std::int64_t current_day() { return model::local_day_of_ms(sync::SystemClock().now() / 1000); }

Error not_a_day(std::string field) {
  return {Errc::bad_usage, "日期写作 2024-06-30 a day is written 2024-06-30", std::move(field)};
}

std::string verdict_text(const std::string& verdict) {
  if (verdict == "valid") return "有效 valid";
  if (verdict == "expired") return "已过期 expired";
  if (verdict == "withdrawn") return "已撤销 withdrawn";
  return "查无此证 unknown";
}

std::string reason_text(Candidate::Reason reason) {
  using Reason = Candidate::Reason;
  switch (reason) {
    case Reason::ready:
      return "可以发证 may have one";
    case Reason::has_one:
      return "已有证明 has one";
    case Reason::absent:
      return "签到无效 wasn't there for long enough";
    case Reason::two_sessions:
      return "同一时间在两个场次签到 signed in to two sessions at once";
    case Reason::not_assessed:
      return "尚未考核 wasn't assessed";
    case Reason::not_passed:
      break;
  }
  return "考核未合格 didn't pass";
}

std::string text_of(const Json& value) {
  return value.is_string() ? harmless(value.get<std::string>()) : "—";
}

/// What is to be put, and for whom it is.
struct Asked {
  std::vector<Line> lines;
  std::vector<const Candidate*> people;
};

Asked asked_of(const store::CertificateSession& session, const std::string& issued_on) {
  Asked asked;
  for (const auto& one : session.people) {
    if (one.reason != Candidate::Reason::ready) continue;
    auto record = one.record;
    if (!issued_on.empty()) record["issued_on"] = issued_on;
    asked.lines.push_back({asked.lines.size() + 1, record.dump(), record});
    asked.people.push_back(&one);
  }
  return asked;
}

/// The number that a record was given; empty in a dry run, which gives none.
std::string number_of(store::Store& store, const LineOutcome& outcome) {
  const auto id = sync::record_id(outcome.id);
  if (!id) return {};
  const auto record = store::get_record(store, "training_certificate", outcome.scope, *id);
  return record ? (*record)["fields"].value("cert_no", "") : std::string();
}

}  // namespace

int check_certificate(const CertificateCheckOptions& options) {
  const auto day = options.at.empty() ? std::optional(current_day()) : model::parse_day(options.at);
  if (!day) return refuse(not_a_day("at"));
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto found = store::check_certificate(**store, options.number, *day);
  const auto verdict = found.value("verdict", "");
  if (options.json) {
    print_json(found);
  } else {
    print(harmless(found.value("number", "")) + "：" + verdict_text(verdict));
    if (found["course"].is_object()) {
      print("  课程 course：" + text_of(found["course"]["name"]));
      print("  发证 issued：" + text_of(found["issued_on"]) + "，有效期至 valid until " +
            text_of(found["valid_until"]));
    }
  }
  return verdict == "valid" ? 0 : 1;
}

int issue_certificates(const CertificateIssueOptions& options) {
  if (!options.issued_on.empty() && !model::parse_day(options.issued_on)) {
    return refuse(not_a_day("issued-on"));
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto session =
      store::certificate_candidates(**store, options.course, options.year, options.no);
  if (!session) return refuse(session.error());
  const auto asked = asked_of(*session, options.issued_on);
  std::vector<LineOutcome> outcomes;
  if (!asked.lines.empty()) {
    const sync::SystemClock clock;
    auto door = open_door(options.data, clock);
    if (!door) return refuse(door.error());
    node::PutOptions put;
    put.dry_run = options.dry_run;
    put.all_or_nothing = true;
    put.origin = "linli certificates issue";
    const auto* type = model::schema().type("training_certificate");
    auto put_outcomes = writer_through(*door)->put(*type, asked.lines, put);
    if (!put_outcomes) return refuse(put_outcomes.error());
    outcomes = *std::move(put_outcomes);
  }
  Table table({"人员 person", "结果 result", "编号 number"});
  Json items = Json::array();
  std::size_t refused = 0, next = 0;
  for (const auto& one : session->people) {
    auto number = one.number;
    auto result = reason_text(one.reason);
    Json item{{"person", one.person}, {"reason", store::name_of(one.reason)}};
    if (one.reason == Candidate::Reason::ready) {
      const auto& outcome = outcomes[next++];
      if (!outcome.faults.empty()) {
        ++refused;
        const auto& fault = outcome.faults.front();
        result = fault.value("zh", "") + " " + fault.value("en", "");
      } else if (!options.dry_run && outcome.done != "refused") {
        number = number_of(**store, outcome);
        result = "已发证 issued";
        item["id"] = outcome.id;
      }
      item["faults"] = outcome.faults;
    }
    item["number"] = number.empty() ? Json() : Json(number);
    table.add({harmless(one.person.value("title", "")), harmless(result), harmless(number)});
    items.push_back(std::move(item));
  }
  if (options.json) {
    print_json(
        {{"course", session->course}, {"dry_run", options.dry_run}, {"items", std::move(items)}});
  } else {
    print(harmless(session->course) + "  " + harmless(session->topic));
    table.print(60);
    if (options.dry_run) note("未写入（试算） nothing was written: this was a dry run");
  }
  if (refused == 0) return 0;
  return refuse(Errc::bad_input, "一张也没有发：" + std::to_string(refused) +
                                     " 人不符合条件，见上 none was issued: see above");
}

}  // namespace linli::app

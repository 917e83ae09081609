#include "node/crediting.h"

#include <algorithm>
#include <map>

#include "crypto/cbor.h"
#include "node/model/rules.h"
#include "node/store/reading_all.h"

namespace linli::node {

namespace {

constexpr std::string_view kFailed = "reinspection_failed";

std::string code(const Json& fields, const char* name) {
  const auto value = fields.find(name);
  return value != fields.end() && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::int64_t> day(const Json& fields, const char* name) {
  const auto parsed = model::parse_day(code(fields, name));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

/// What isn't closed and may be a ground, each once: the years' closed ones aren't read again.
Result<std::vector<Json>> findings_of_concern(Replica& replica) {
  std::map<std::pair<std::string, std::string>, Json> findings;
  using Condition = std::pair<const char*, const char*>;
  for (const auto& [name, value] :
       {Condition("severity", "critical"), Condition("severity", "major"),
        Condition("first_reinspection", "partly"), Condition("first_reinspection", "not_fixed")}) {
    for (const auto* status :
         {"open", "noticed", "replied", "fixed", "not_fixed", "second_notice", "referred"}) {
      store::RecordQuery query;
      query.type = "finding";
      query.scope = replica.identity().scope;
      query.where = {{name, value}, {"status", status}};
      auto found = store::all_records(replica.store(), query);
      if (!found) return fail(found.error());
      for (auto& one : *found) {
        const std::pair key(code(one, "scope"), code(one, "id"));
        findings.insert_or_assign(key, std::move(one));
      }
    }
  }
  std::vector<Json> all;
  for (auto& [key, one] : findings) all.push_back(std::move(one));
  return all;
}

/// The rule that was in force on that day; the newest of several.
const Json* rule_for(const std::vector<Json>& rules, const CreditGround& ground) {
  const Json* best = nullptr;
  for (const auto& rule : rules) {
    const auto& fields = rule["fields"];
    const auto from = day(fields, "in_force_from"), to = day(fields, "in_force_to");
    if (code(fields, "opens_on") != ground.opens_on || code(fields, "status") != "published") {
      continue;
    }
    if (!from || *from > ground.occurred || (to && *to < ground.occurred)) continue;
    if (!best || *day((*best)["fields"], "in_force_from") < *from) best = &rule;
  }
  return best;
}

/// Has what would be proposed ended by now? Then nobody needs to decide it.
bool is_over(const Json& rule, const CreditGround& ground, std::int64_t today) {
  const auto months = rule["fields"].value("valid_months", std::int64_t{0});
  const auto until = model::months_later(ground.occurred, months);
  return !until || *until < today;
}

/// How many days a node of this role waits for those below it; nothing: it proposes none.
std::optional<std::int64_t> patience(crypto::Role role) {
  if (role == crypto::Role::street) return 0;
  if (role == crypto::Role::district) return 1;
  if (role == crypto::Role::hub) return 2;
  return {};
}

Json named(const Json& record, const char* type) {
  return {{"type", type}, {"scope", record["scope"]}, {"id", record["id"]}};
}

/// One id for one ground, whichever node proposes it: two that do so apart have made one record.
Wish proposal(const Replica& replica, const Json& finding, const CreditGround& ground,
              const Json& rule) {
  Wish wish;
  wish.type = model::schema().type("credit_event");
  wish.scope = code(finding, "scope");
  wish.create_only = true;
  wish.id = model::derived_id(
      *wish.type, replica.identity().city, wish.scope,
      {cbor::encode_text(code(finding, "id")), cbor::encode_text(ground.opens_on)});
  const auto& fields = finding["fields"];
  auto company = fields["company"];
  company.erase("title");  // Shown with it, and written without.
  wish.fields = {{"company", std::move(company)},
                 {"rule", named(rule, "credit_rule")},
                 {"occurred_on", model::day_text(ground.occurred)},
                 {"source", named(finding, "finding")},
                 {"decided_by", "district"},
                 {"status", "proposed"}};
  if (fields.contains("compound")) {
    wish.fields["compound"] = fields["compound"];
    wish.fields["compound"].erase("title");
  }
  return wish;
}

/// Has it come up before, by a node or by hand, under whichever version of the rule? One that
/// somebody deleted was looked at, too.
Result<bool> came_up(Replica& replica, const std::vector<Json>& rules, const Json& rule,
                     const Json& finding, const Wish& wish) {
  const auto there = store::get_record(replica.store(), wish.type->name, wish.scope, *wish.id);
  if (there) return true;
  if (there.error().code != Errc::not_found) return fail(there.error());
  store::RecordQuery query;
  query.type = wish.type->name;
  query.where = {{"source", code(finding, "id")}};
  query.removed = true;
  const auto events = store::all_records(replica.store(), query);
  if (!events) return fail(events.error());
  return std::any_of(events->begin(), events->end(), [&](const Json& event) {
    const auto of = event["fields"].value("rule", Json::object()).value("id", std::string());
    return std::any_of(rules.begin(), rules.end(), [&](const Json& other) {
      return code(other, "id") == of &&
             code(other["fields"], "code") == code(rule["fields"], "code");
    });
  });
}

}  // namespace

std::vector<CreditGround> credit_grounds(const Json& finding, std::int64_t today) {
  const auto status = code(finding, "status");
  const bool companys = finding.contains("company") && finding["company"].is_object();
  if (status == "withdrawn" || !companys || code(finding, "responsible") != "company") return {};
  std::vector<CreditGround> grounds;
  const auto first = code(finding, "first_reinspection");
  const auto reinspected = day(finding, "reinspected_on");
  if (reinspected && (first == "partly" || first == "not_fixed")) {
    grounds.push_back({kFailed, *reinspected});
  }
  const auto severity = code(finding, "severity");
  const auto due = day(finding, "due_on"), fixed = day(finding, "fixed_on");
  const bool grave = severity == "critical" || severity == "major";
  // What another department has taken over isn't waited for any more.
  const bool waits = !fixed && status != "referred" && status != "closed";
  if (!grave || !due || !((fixed && *fixed > *due) || (waits && today > *due))) return grounds;
  grounds.push_back({severity == "critical" ? "critical_overdue" : "major_overdue", *due + 1});
  return grounds;
}

Result<std::size_t> propose_credit(Replica& replica, std::int64_t today) {
  const auto wait = patience(replica.identity().role);
  if (!wait) return 0;
  store::RecordQuery of_rules;
  of_rules.type = "credit_rule";
  const auto rules = store::all_records(replica.store(), of_rules);
  if (!rules) return fail(rules.error());
  const bool any = std::any_of(rules->begin(), rules->end(), [](const Json& rule) {
    return rule["fields"].contains("opens_on");
  });
  if (!any) return 0;
  const auto findings = findings_of_concern(replica);
  if (!findings) return fail(findings.error());

  std::vector<Wish> wishes;
  for (const auto& finding : *findings) {
    for (const auto& ground : credit_grounds(finding["fields"], today)) {
      const auto* rule = rule_for(*rules, ground);
      if (ground.occurred + *wait > today || !rule || is_over(*rule, ground, today)) continue;
      auto wish = proposal(replica, finding, ground, *rule);
      const auto before = came_up(replica, *rules, *rule, finding, wish);
      if (!before) return fail(before.error());
      if (!*before) wishes.push_back(std::move(wish));
    }
  }
  if (wishes.empty()) return 0;
  const auto outcomes = replica.put(wishes, {.origin = "calendar"});
  if (!outcomes) return fail(outcomes.error());
  std::size_t made = 0;
  for (const auto& outcome : *outcomes) made += outcome.done == Outcome::Done::created ? 1 : 0;
  return made;
}

}  // namespace linli::node

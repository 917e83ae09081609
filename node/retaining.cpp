#include "node/retaining.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/audit.h"
#include "node/store/reading.h"
#include "node/store/still_held.h"

namespace linli::node {
namespace {

constexpr std::string_view kMetaRuns = "retention.runs";
constexpr std::string_view kMetaDay = "retention.day";
constexpr std::size_t kPage = 1000;

// Domain 2.8, of what there are record types for. [D]
std::vector<RetentionRule> defaults() {
  // What an owner chose, and on what paper, goes a year after the time to sue (SPC 12); the tally
  // stays. A rule of the city suspends it while a suit runs.
  return {{"ballot", "choices", {}, "returned_at", 2, "years", false, true},
          {"ballot", "signature", {}, "returned_at", 2, "years", false, true},
          {"ballot", "proxy", {}, "returned_at", 2, "years", false, true},
          {"ballot", "proxy_doc", {}, "returned_at", 2, "years", false, true},
          {"ballot", "delivery_evidence", {}, "returned_at", 2, "years", false, true},
          {"attendance", "signature", {}, "in_at", 3, "years", false, true},
          {"attendance", "photo", {}, "in_at", 3, "years", false, true},
          {"finding", "photos", "closed", "closed_on", 3, "years", false, true},
          {"rectification", "photos_after", {}, "done_on", 3, "years", false, true}};
}

std::string text_in(const Json& fields, const char* name) {
  const auto value = fields.find(name);
  return value != fields.end() && value->is_string() ? value->get<std::string>() : std::string();
}

Result<void> each_page(store::Store& store, store::RecordQuery query,
                       const std::function<Result<void>(const Json& items)>& found) {
  query.limit = kPage;
  for (;;) {
    auto page = store::list_records(store, query);
    if (!page) return fail(page.error());
    if (auto done = found(page->items); !done) return done;
    if (!page->next_cursor) return {};
    query.cursor = *page->next_cursor;
  }
}

/// The local day that a record's period begins on; nothing: the event hasn't happened.
std::optional<std::int64_t> day_of_event(const RetentionRule& rule, const Json& item) {
  const auto text = rule.after == "changed" ? item.value("changed_at", "")
                                            : text_in(item["fields"], rule.after.c_str());
  if (text.empty()) return std::nullopt;
  if (text.size() == 10) return model::parse_day(text);
  const auto ms = model::parse_instant(text);
  if (!ms) return std::nullopt;
  return model::local_day_of_ms(*ms);
}

/// Has its time come? What stands in the field now doesn't matter: earlier values are kept, too.
bool is_over(const RetentionRule& rule, const model::RecordType& type, const Json& item,
             std::int64_t today) {
  if (!rule.state.empty() && text_in(item["fields"], std::string(type.state).c_str()) != rule.state)
    return false;
  const auto day = day_of_event(rule, item);
  return day && last_day(rule, *day) < today;
}

/// Is anything there to erase, in this version or an earlier one?
Result<bool> holds(store::Store& store, const RetentionRule& rule, const model::RecordType& type,
                   const Json& item) {
  const auto value = item["fields"].find(rule.field);
  const bool stands = value != item["fields"].end() && !value->is_null() &&
                      !(value->is_object() && value->contains("erased"));
  if (stands) return true;
  return store::holds_unerased(store, type, item.value("scope", ""),
                               *sync::record_id(item.value("id", "")), rule.field);
}

/// Does this node answer for such records, and may it erase them?
class Answering {
 public:
  explicit Answering(const Replica& replica)
      : trust_(replica.trust()),
        own_(*trust_->book.find(replica.identity().certificate)),
        scope_(replica.identity().scope) {}

  [[nodiscard]] bool for_record(const model::RecordType& type, std::string_view scope) const {
    const auto role = sync::mask(own_.role);
    if ((type.writers & role) == 0 || !own_.covers(std::string(scope))) return false;
    // No node stands at a compound's own path, nor where an office that isn't any more was.
    if (own_.role == crypto::Role::office) return true;
    if (scope == scope_) return own_.role != crypto::Role::device;
    const bool no_office = (type.writers & sync::mask(crypto::Role::office)) == 0;
    return own_.role == crypto::Role::hub && no_office;
  }

 private:
  TrustPtr trust_;
  const crypto::Certificate& own_;
  std::string scope_;
};

struct Tally {
  std::int64_t due = 0, erased = 0, refused = 0;
};

Result<Tally> follow(Replica& replica, const RetentionRule& rule, std::int64_t today,
                     bool dry_run) {
  Tally tally;
  const auto* type = model::schema().type(rule.type);
  if (!type || rule.suspended) return tally;
  const Answering answering(replica);
  store::RecordQuery query;
  query.type = rule.type;
  query.removed = true;
  auto done = each_page(replica.store(), query, [&](const Json& items) -> Result<void> {
    std::vector<Wish> wishes;
    for (const auto& item : items) {
      const auto scope = item.value("scope", "");
      if (!answering.for_record(*type, scope) || !is_over(rule, *type, item, today)) continue;
      const auto held = holds(replica.store(), rule, *type, item);
      if (!held) return fail(held.error());
      if (!*held) continue;
      ++tally.due;
      Wish wish;
      wish.kind = Wish::Kind::erase;
      wish.type = type;
      wish.scope = scope;
      wish.id = *sync::record_id(item.value("id", ""));
      wish.erase = {rule.field};
      wishes.push_back(std::move(wish));
    }
    if (dry_run || wishes.empty()) return {};
    const auto outcomes = replica.put(wishes, {.origin = *erasure_origin("retention")});
    if (!outcomes) return fail(outcomes.error());
    for (const auto& outcome : *outcomes) {
      tally.erased += outcome.done == Outcome::Done::changed ? 1 : 0;
      tally.refused += outcome.faults.empty() ? 0 : 1;
    }
    return {};
  });
  if (!done) return fail(done.error());
  return tally;
}

Json kept_runs(store::Log& log) {
  const auto kept = log.meta(kMetaRuns);
  auto runs = kept ? Json::parse(*kept, nullptr, false) : Json::array();
  return runs.is_array() ? runs : Json::array();
}

Result<void> keep_run(Replica& replica, const Json& run, std::int64_t today) {
  return replica.write([&]() -> Result<void> {
    auto& log = replica.store().log();
    auto runs = kept_runs(log);
    runs.insert(runs.begin(), run);
    while (runs.size() > kRunsKept) runs.erase(runs.end() - 1);
    log.set_meta(kMetaRuns, runs.dump());
    log.set_meta_int(kMetaDay, today);
    return {};
  });
}

/// Into the audit log: how many of what, by which rule.
void note_run(const Replica& replica, const Json& run) {
  std::string what;
  for (const auto& item : run["items"]) {
    if (item["erased"] == 0) continue;
    what += (what.empty() ? "" : ", ") + item["type"].get<std::string>() + "." +
            item["field"].get<std::string>() + ": " + item["erased"].dump();
  }
  if (what.empty()) return;
  try {
    auto audit = Audit::open(replica.dir());
    if (!audit) throw store::DatabaseError(audit.error());
    (*audit)->append({.at = replica.now(),
                      .who = "保留期限 retention",
                      .act = "erase",
                      .what = what,
                      .origin = "console",
                      .why = "retention"});
  } catch (const store::DatabaseError& e) {
    spdlog::error("the audit log can't be written: {}", e.what());
  }
}

}  // namespace

Result<std::vector<RetentionRule>> retention_rules(store::Store& store) {
  std::map<std::pair<std::string, std::string>, RetentionRule> rules;
  for (auto& rule : defaults()) rules[{rule.type, rule.field}] = std::move(rule);
  store::RecordQuery query;
  query.type = "retention_rule";
  auto read = each_page(store, query, [&](const Json& items) -> Result<void> {
    for (const auto& item : items) {
      const auto& fields = item["fields"];
      RetentionRule rule{text_in(fields, "record_type"),
                         text_in(fields, "field"),
                         text_in(fields, "state"),
                         text_in(fields, "after"),
                         fields.value("period", std::int64_t{0}),
                         text_in(fields, "unit"),
                         fields.value("suspended", false),
                         false};
      // One that merged into something incomplete erases nothing, and says so in the report.
      if (rule.period < 1 || rule.unit.empty() || rule.after.empty()) rule.suspended = true;
      rules[{rule.type, rule.field}] = std::move(rule);
    }
    return {};
  });
  if (!read) return fail(read.error());
  std::vector<RetentionRule> list;
  for (auto& [key, rule] : rules) list.push_back(std::move(rule));
  return list;
}

std::int64_t last_day(const RetentionRule& rule, std::int64_t day) {
  if (rule.unit == "days") return day + rule.period;
  const auto from = model::civil_from_day(day);
  const auto months = rule.unit == "years" ? 12 * rule.period : rule.period;
  const auto month = from.year * 12 + (from.month - 1) + months;
  const auto year = static_cast<int>(month / 12);
  const auto of_year = static_cast<int>(month % 12) + 1;
  const auto next = model::day_from_civil(of_year == 12 ? year + 1 : year, of_year % 12 + 1, 1);
  const auto first = model::day_from_civil(year, of_year, 1);
  return std::min<std::int64_t>(first + from.day - 1, next - 1);
}

Result<std::int64_t> retention_day(Replica& replica) {
  const auto& me = replica.identity();
  const auto trust = replica.trust();
  const bool at_hub = trust->book.find(me.certificate)->role == crypto::Role::hub;
  sync::Micros shown = 0;
  auto read = replica.write([&]() -> Result<void> {
    shown = replica.store().log().time_by_others(me.author, at_hub);
    return {};
  });
  if (!read) return fail(read.error());
  auto now = replica.now();
  if (!at_hub || shown != 0) now = std::min(now, shown);
  return model::local_day_of_ms(now / 1000);
}

Result<Json> run_retention(Replica& replica, std::int64_t today, bool dry_run) {
  const auto rules = retention_rules(replica.store());
  if (!rules) return fail(rules.error());
  Json run{{"at", model::instant_text(replica.now() / 1000)},
           {"today", model::day_text(today)},
           {"dry_run", dry_run},
           {"items", Json::array()}};
  for (const auto& rule : *rules) {
    const auto tally = follow(replica, rule, today, dry_run);
    if (!tally) return fail(tally.error());
    run["items"].push_back({{"type", rule.type},
                            {"field", rule.field},
                            {"due", tally->due},
                            {"erased", tally->erased},
                            {"refused", tally->refused}});
  }
  if (dry_run) return run;
  const auto cleared = replica.finish_erasing();
  if (!cleared) return fail(cleared.error());
  run["cleared"] = *cleared;
  if (auto kept = keep_run(replica, run, today); !kept) return fail(kept.error());
  note_run(replica, run);
  return run;
}

Result<Json> retention_report(store::Store& store) {
  const auto rules = retention_rules(store);
  if (!rules) return fail(rules.error());
  Json report{{"rules", Json::array()}};
  for (const auto& rule : *rules) {
    report["rules"].push_back({{"type", rule.type},
                               {"field", rule.field},
                               {"state", rule.state},
                               {"after", rule.after},
                               {"period", rule.period},
                               {"unit", rule.unit},
                               {"suspended", rule.suspended},
                               {"default", rule.is_default}});
  }
  try {
    auto lease = store.read();
    store::Log log(*lease);
    report["runs"] = kept_runs(log);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  return report;
}

void retain_daily(Replica& replica) {
  const auto day = retention_day(replica);
  if (!day) return spdlog::warn("retention: {}", describe(day.error()));
  const auto today = *day;
  try {
    auto lease = replica.store().read();
    store::Log log(*lease);
    if (log.meta_int(kMetaDay, 0) >= today) return;
  } catch (const store::DatabaseError& e) {
    return spdlog::warn("retention: {}", describe(e.error()));
  }
  if (const auto run = run_retention(replica, today, false); !run) {
    spdlog::warn("retention: {}", describe(run.error()));
  }
}

}  // namespace linli::node

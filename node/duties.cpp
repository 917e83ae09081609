#include "node/duties.h"

#include <spdlog/spdlog.h>

#include <map>

#include "node/background.h"
#include "node/crediting.h"
#include "node/policy_renewal.h"
#include "node/retaining.h"
#include "node/snapshots.h"
#include "node/store/reading_all.h"

namespace linli::node {

std::string last_period(std::string_view kind, std::int64_t today) {
  const auto date = model::civil_from_day(today);
  const auto year = std::to_string(date.year);
  const auto before = std::to_string(date.year - 1);
  if (kind == "month") {
    if (date.month == 1) return before + "-12";
    const auto month = std::to_string(date.month - 1);
    return year + (month.size() == 1 ? "-0" : "-") + month;
  }
  if (kind == "quarter") {
    const auto quarter = (date.month - 1) / 3;  // Of this year, how many have ended.
    return quarter == 0 ? before + "-Q4" : year + "-Q" + std::to_string(quarter);
  }
  if (kind == "half_year") return date.month <= 6 ? before + "-H2" : year + "-H1";
  if (kind == "year") return before;
  return {};
}

namespace {

/// Those on this office's paths: a compound that moved may have brought its own.
Result<std::vector<Json>> all_of_ours(Replica& replica, const store::RecordQuery& query) {
  const auto items = store::all_records(replica.store(), query);
  if (!items) return items;
  const auto known = replica.trust();
  const auto* own = known->book.find(replica.identity().certificate);
  std::vector<Json> ours;
  for (const auto& one : *items) {
    if (own->covers(one["scope"].get_ref<const std::string&>())) ours.push_back(one);
  }
  return ours;
}

/// Who serves each compound of this office, by the compound's id; none where two contracts differ.
Result<std::map<std::string, Json>> companies_serving(Replica& replica) {
  std::map<std::string, Json> companies;
  for (const auto* status : {"active", "open_ended"}) {
    store::RecordQuery of_contracts;
    of_contracts.type = "service_contract";
    of_contracts.where = {{"status", status}};
    const auto contracts = all_of_ours(replica, of_contracts);
    if (!contracts) return fail(contracts.error());
    for (const auto& contract : *contracts) {
      auto company = contract["fields"].value("company", Json::object());
      company.erase("title");  // Shown with it, and written without.
      const auto compound = contract["fields"].value("compound", Json::object()).value("id", "");
      const auto [at, fresh] = companies.emplace(compound, company);
      if (!fresh && at->second != company) at->second = nullptr;
    }
  }
  return companies;
}

}  // namespace

Result<std::size_t> expect_disclosures(Replica& replica, std::int64_t today) {
  if (replica.identity().role != crypto::Role::office) return 0;
  store::RecordQuery of_kinds, of_compounds;
  of_kinds.type = "disclosure_kind";
  const auto kinds = store::all_records(replica.store(), of_kinds);
  if (!kinds) return fail(kinds.error());
  of_compounds.type = "compound";
  of_compounds.where = {{"management_mode", "company"}};
  const auto compounds = all_of_ours(replica, of_compounds);
  if (!compounds) return fail(compounds.error());
  const auto companies = companies_serving(replica);
  if (!companies) return fail(companies.error());

  const auto* type = model::schema().type("disclosure");
  std::vector<Wish> wishes;
  for (const auto& compound : *compounds) {
    for (const auto& kind : *kinds) {
      const auto& fields = kind["fields"];
      if (fields.value("obliged", "") != "company" || !fields.contains("due_day")) continue;
      for (const auto& code : fields["periods"]) {
        const auto period = last_period(code.get<std::string>(), today);
        if (period.empty()) continue;
        Wish wish;
        wish.type = type;
        wish.scope = compound["scope"].get<std::string>();
        wish.fields = {{"compound", compound["id"]},
                       {"kind", fields["code"]},
                       {"period", period},
                       {"revision", 1}};
        const auto serving = companies->find(compound["id"].get<std::string>());
        if (serving != companies->end() && serving->second.is_object()) {
          wish.fields["company"] = serving->second;
        }
        wishes.push_back(std::move(wish));
      }
    }
  }
  const auto outcomes = replica.put(wishes, {.origin = "calendar"});
  if (!outcomes) return fail(outcomes.error());
  std::size_t made = 0;
  for (const auto& outcome : *outcomes) made += outcome.done == Outcome::Done::created ? 1 : 0;
  return made;
}

namespace {

void write_down_disclosures(Replica& replica) {
  if (replica.identity().role != crypto::Role::office) return;
  const auto today = model::local_day_of_ms(replica.now() / 1000);
  if (const auto made = expect_disclosures(replica, today); !made) {
    spdlog::warn("the disclosure calendar: {}", describe(made.error()));
  } else if (*made > 0) {
    spdlog::info("the disclosure calendar wrote down {} disclosures that are due", *made);
  }
}

void propose_credit_events(Replica& replica) {
  const auto today = model::local_day_of_ms(replica.now() / 1000);
  if (const auto made = propose_credit(replica, today); !made) {
    spdlog::warn("proposing credit events: {}", describe(made.error()));
  } else if (*made > 0) {
    spdlog::info("proposed {} credit events that findings give rise to", *made);
  }
}

/// Below this many change sets a new node is as well served by the log itself.
constexpr std::int64_t kSetsWorthASnapshot = 500;

void make_due_snapshots(Replica& replica) {
  if (replica.identity().role != crypto::Role::hub) return;
  if (const auto made = make_snapshots(replica, {}, kSetsWorthASnapshot); !made) {
    spdlog::warn("snapshots: {}", describe(made.error()));
  } else if (!made->empty()) {
    spdlog::info("made {} snapshots", made->size());
  }
}

void renew_policy_aloud(Replica& replica) {
  if (const auto number = renew_policy(replica); !number) {
    spdlog::warn("the write policy of this version: {}", describe(number.error()));
  } else if (*number > 0) {
    spdlog::info("published the write policy of this version, number {}", *number);
  }
}

void collect_attachments(Replica& replica) {
  if (const auto gone = replica.blobs().collect(); !gone) {
    spdlog::warn("removing attachments: {}", describe(gone.error()));
  } else if (gone->blobs + gone->parts > 0) {
    spdlog::info("removed {} attachments and {} parts that nothing referred to", gone->blobs,
                 gone->parts);
  }
}

}  // namespace

Calendar::Calendar(Replica& replica) {
  thread_ = std::thread([this, &replica] {
    // At once: until then nobody may write records of a type that this version has added.
    survives("the write policy", [&] { renew_policy_aloud(replica); });
    std::unique_lock lock(guard_);
    // Not at once: an office that starts has people waiting, and perhaps a first sync to do.
    auto pause = std::chrono::seconds(60);
    while (!changed_.wait_for(lock, pause, [&] { return stopping_; })) {
      lock.unlock();
      for (const auto duty : {renew_policy_aloud, write_down_disclosures, propose_credit_events,
                              retain_daily, collect_attachments, make_due_snapshots}) {
        survives("what the calendar asks for", [&] { duty(replica); });
      }
      lock.lock();
      pause = std::chrono::hours(1);
    }
  });
}

Calendar::~Calendar() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace linli::node

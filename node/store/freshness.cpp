#include "node/store/freshness.h"

#include "crypto/cbor.h"
#include "node/store/reading_detail.h"
#include "node/store/stat_question.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr sync::Micros kHour = 3600LL * 1'000'000, kDay = 24 * kHour, kWeek = 7 * kDay;

sync::Micros instant_of_day(std::int64_t day) {
  return (day * 24 * 3600 * 1000 - model::kLocalOffsetMs) * 1000;
}

/// Until when each author's data is known here.
std::map<crypto::AuthorId, sync::Micros> heard_until(Database& db, sync::Micros now) {
  std::map<crypto::AuthorId, sync::Micros> until;
  auto seen =
      db.prepare("SELECT a.author, p.last_contact FROM peer p JOIN author a ON a.id = p.author");
  while (seen.step()) until[crypto::AuthorId::of(seen.blob(0))] = seen.integer(1);
  auto wrote = db.prepare(
      "SELECT a.author, max(f.tip_stamp) FROM feed f JOIN author a ON a.id = f.author GROUP BY 1");
  while (wrote.step()) {
    // A clock that is ahead makes nobody's data newer than now.
    auto& at = until[crypto::AuthorId::of(wrote.blob(0))];
    at = std::max(at, std::min(wrote.integer(1), now));
  }
  return until;
}

struct Community {
  sync::Micros until = 0;  ///< 0: it never reported.
  std::string name;
};

/// The communities that have an office, by their path.
std::map<std::string, Community> communities_in(Database& db, std::string_view scope,
                                                sync::Micros now) {
  const auto names = unit_names(db);
  const auto until = heard_until(db, now);
  std::map<std::string, Community> found;
  auto records = db.prepare("SELECT bytes FROM r_certificate ORDER BY _rec");
  while (records.step()) {
    cbor::Reader r(records.blob(0));
    const auto body = crypto::SignedBody::decode(r.bytes());
    if (!body) continue;
    const auto certificate = crypto::Certificate::decode(body->body);
    if (!certificate || certificate->role != crypto::Role::office) continue;
    const auto& path = certificate->paths.front();
    if (!scope.empty() && !crypto::scope_covers(scope, path)) continue;
    auto& community = found[path];
    const auto heard = until.find(certificate->subject);
    if (heard != until.end()) community.until = std::max(community.until, heard->second);
    const auto name = names.find(last_segment(path));
    community.name = name == names.end() ? certificate->name : name->second;
  }
  return found;
}

std::string_view age_of(sync::Micros until, sync::Micros now) {
  if (until == 0) return "never";
  const auto age = now - until;
  return age > kWeek ? "week" : age > kDay ? "day" : "fresh";
}

std::string_view covered(sync::Micros until, const ReportingPeriod& period, sync::Micros now) {
  if (until == 0) return "none";
  const auto end = instant_of_day(period.to);
  // Of a period that isn't over, nobody can have reported more than what is known by now.
  if (until >= (end <= now ? end : now - kDay)) return "complete";
  return until >= instant_of_day(period.from) ? "partly" : "none";
}

}  // namespace

Json freshness_for(Database& db, std::string_view scope, sync::Micros now,
                   const std::optional<ReportingPeriod>& period) {
  Json list = Json::array();
  Json ages{{"fresh", 0}, {"day", 0}, {"week", 0}, {"never", 0}};
  Json coverage{{"complete", 0}, {"partly", 0}, {"none", 0}};
  const auto count = [](Json& in, std::string_view name) {
    auto& n = in[std::string(name)];
    n = n.get<std::int64_t>() + 1;
  };
  std::optional<sync::Micros> oldest;
  bool all = true;
  for (const auto& [path, community] : communities_in(db, scope, now)) {
    const auto at = community.until;
    if (at == 0) all = false;
    if (at != 0 && (!oldest || at < *oldest)) oldest = at;
    const auto age = age_of(at, now);
    Json item{{"scope", path},
              {"name", community.name},
              {"last_report", at == 0 ? Json(nullptr) : Json(time_text(at))},
              {"age", age}};
    count(ages, age);
    if (period) {
      const auto how = covered(at, *period, now);
      item["period"] = how;
      count(coverage, how);
    }
    list.push_back(std::move(item));
  }
  Json json;
  json["asked_at"] = time_text(now);
  json["oldest"] = all && oldest ? Json(time_text(*oldest)) : Json(nullptr);
  json["ages"] = std::move(ages);
  if (period) {
    json["reporting"] = {
        {"numerator", coverage["complete"]},     {"denominator", list.size()},
        {"partly", coverage["partly"]},          {"none", coverage["none"]},
        {"from", model::day_text(period->from)}, {"to", model::day_text(period->to)}};
  }
  json["communities"] = std::move(list);
  return json;
}

Json freshness(store::Store& store, std::string_view scope, sync::Micros now) {
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  return freshness_for(*lease, scope, now, std::nullopt);
}

}  // namespace linli::store

// What is submitted is counted by read_statistic like any figure; here it is put into a record, and
// compared with what is counted later.
#include "node/store/period_figures.h"

#include <algorithm>
#include <set>

#include "crypto/cbor.h"
#include "node/store/contributors.h"
#include "node/store/freshness.h"
#include "node/store/own_sets.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;
using model::PeriodFigure;
using model::Statistic;

namespace {

namespace field = model::period_figures_field;

constexpr std::size_t kIncludedBytesMax = 200u << 10;
constexpr std::size_t kLaterShown = 50;

const Table& table_of_figures(Store& store) {
  return *store.projector().table(model::kTypePeriodFigures);
}

Error no_such_period() {
  return {Errc::bad_value, "期次应形如 2023-05、2023-Q2、2023-H1、2023 a period is written so",
          "period"};
}

/// The statistics that a set of the bureau names, in its order.
Result<std::vector<std::string>> named_in(Database& db, std::string_view set) {
  const Table table(*model::schema().type(model::kTypeFigureSet));
  auto rows = db.prepare(table.select() + " WHERE code = ?1 AND (_flags & 3) = 0 ORDER BY _rec");
  rows.bind_text(1, set);
  if (!rows.step()) {
    return fail(Errc::not_found,
                "没有这个指标集；`linli records list figure_set` 列出市局已发布的 no such set of "
                "figures is here",
                "set");
  }
  const auto row = table.read(rows);
  std::vector<std::string> names;
  const auto* statistics = table.type().field("statistics");
  for (const auto name : model::ViewOf(row.record)->texts(statistics->number)) {
    names.emplace_back(name);
  }
  return names;
}

/// Where the records of the node live whose folder this is.
Result<std::string> own_scope(Database& db) {
  Log log(db);
  const auto own = log.meta("certificate");
  for (const auto& bytes : log.anchors()) {
    const auto body = crypto::SignedBody::decode(bytes);
    if (!body || !own || crypto::certificate_hash(body->body).view() != *own) continue;
    const auto certificate = crypto::Certificate::decode(body->body);
    if (certificate) return certificate->paths.front();
  }
  return fail(Errc::corrupt, "this node's own certificate is missing");
}

/// One figure, over the whole of a scope.
Result<PeriodFigure> counted(Database& db, const Statistic& statistic, const std::string& scope,
                             const model::PeriodDays& days, std::int64_t as_of) {
  const auto answer = answer_question(db, {&statistic, {}, days.from, days.to, as_of, scope});
  if (!answer) return fail(answer.error());
  return PeriodFigure{std::string(statistic.name), answer->total.numerator,
                      answer->total.denominator};
}

Result<std::vector<PeriodFigure>> counted_all(Database& db, const std::vector<std::string>& names,
                                              const std::string& scope,
                                              const model::PeriodDays& days, std::int64_t as_of) {
  std::vector<PeriodFigure> figures;
  for (const auto& name : names) {
    const auto* statistic = model::schema().statistic(name);
    if (!statistic) {
      return fail(Errc::not_found,
                  "这个版本没有指标 " + name + "，请先升级 this version has no such statistic",
                  "figures");
    }
    auto figure = counted(db, *statistic, scope, days, as_of);
    if (!figure) return fail(figure.error());
    figures.push_back(std::move(*figure));
  }
  return figures;
}

Json figure_json(const PeriodFigure& figure) {
  return {{"numerator", figure.numerator},
          {"denominator", figure.denominator ? Json(*figure.denominator) : Json(nullptr)}};
}

/// now − then, by parts.
Json difference_json(const PeriodFigure& now, const PeriodFigure& then) {
  Json json{{"numerator", now.numerator - then.numerator}, {"denominator", nullptr}};
  if (now.denominator || then.denominator) {
    json["denominator"] = now.denominator.value_or(0) - then.denominator.value_or(0);
  }
  return json;
}

/// How many records are behind any of these figures.
Result<std::int64_t> records_behind(Database& db, const std::vector<std::string>& names,
                                    const std::string& scope, const model::PeriodDays& days,
                                    std::int64_t as_of) {
  std::set<std::int64_t> records;
  for (const auto& name : names) {
    const StatQuery query{model::schema().statistic(name), {}, days.from, days.to, as_of, scope};
    const auto parts = FigureParts::of(db, query, {});
    if (!parts) return fail(parts.error());
    for (const auto* type : parts->types()) {
      each_contributor(db, *type, parts->reach(), [&](const Contributor& one) {
        const bool in =
            std::any_of(one.contributions.begin(), one.contributions.end(),
                        [&](const auto& c) { return !parts->terms_of(one.row.scope, c).empty(); });
        if (in) records.insert(one.row.rec);
      });
    }
  }
  return static_cast<std::int64_t>(records.size());
}

/// What a record of the type says.
struct Said {
  std::string set, period, digest;
  std::int64_t as_of = 0;
  std::vector<PeriodFigure> figures;
  std::optional<Included> included;
  model::PeriodDays days;
};
Result<Said> said_in(const Row& row) {
  const model::ViewOf view(row.record);
  Said said;
  said.set = view->text(field::kSet);
  said.period = view->text(field::kPeriod);
  said.digest = view->text(field::kDigest);
  const auto days = model::days_of_period(said.period);
  if (!days) return fail(no_such_period());
  said.days = *days;
  said.as_of = view->integer(field::kAsOf).value_or(days->to);
  said.figures = model::figures_in(*view);
  const auto raw = view->raw(field::kIncluded);
  if (raw) {
    cbor::Reader r(*raw);
    auto included = decode_included(r.bytes());
    if (included) said.included = std::move(*included);
  }
  return said;
}

/// How these days are called, if they are a period's.
std::optional<std::string> period_of_days(std::int64_t from, std::int64_t to) {
  const auto month = model::day_text(from).substr(0, 7), year = month.substr(0, 4);
  const int number = model::civil_from_day(from).month;
  for (const auto& name : {month, year + "-Q" + std::to_string((number + 2) / 3),
                           year + "-H" + std::to_string((number + 5) / 6), year}) {
    const auto days = model::days_of_period(name);
    if (days && days->from == from && days->to == to) return name;
  }
  return std::nullopt;
}

std::vector<std::string> names_of(const std::vector<PeriodFigure>& figures) {
  std::vector<std::string> names;
  for (const auto& figure : figures) names.push_back(figure.statistic);
  return names;
}

}  // namespace

Result<Json> figures_to_submit(Store& store, const PeriodQuestion& question) {
  const auto days = model::days_of_period(question.period);
  if (!days) return fail(no_such_period());
  try {
    auto lease = store.read();
    auto& db = *lease;
    const Transaction snapshot(db, true);
    const auto names = named_in(db, question.set);
    if (!names) return fail(names.error());
    const auto own = question.scope.empty() ? own_scope(db) : Result<std::string>(question.scope);
    if (!own) return fail(own.error());
    const auto& scope = *own;
    const auto figures = counted_all(db, *names, scope, *days, days->to);
    if (!figures) return fail(figures.error());
    const auto records = records_behind(db, *names, scope, *days, days->to);
    if (!records) return fail(records.error());
    const auto self = own_author(db);
    if (!self) return fail(self.error());
    auto newest = db.prepare("SELECT arrival, chain FROM log ORDER BY arrival DESC LIMIT 1");
    const auto fresh =
        freshness_for(db, scope, question.now, ReportingPeriod{days->from, days->to});
    Json list = Json::array();
    for (const auto& figure : *figures) {
      Json item{{"statistic", figure.statistic}, {"numerator", figure.numerator}};
      if (figure.denominator) item["denominator"] = *figure.denominator;
      list.push_back(std::move(item));
    }
    Json json{{"scope", scope},
              {"set", question.set},
              {"period", question.period},
              {"as_of", model::day_text(days->to)},
              {"figures", std::move(list)},
              {"digest", model::period_figures_digest(question.set, scope, question.period,
                                                      days->to, *figures)},
              {"node", crypto::to_hex(self->view())}};
    if (newest.step()) {
      json["arrival"] = newest.integer(0);
      json["chain"] = crypto::to_hex(newest.blob(1));
    }
    json["records"] = *records;
    // Of a whole city it may be too long for one record: then the position here has to do.
    const auto included = encode_included(included_now(db, scope));
    if (included.size() <= kIncludedBytesMax) json["included"] = crypto::to_base64url(included);
    json["communities"] = fresh["reporting"]["denominator"];
    json["reported"] = fresh["reporting"]["numerator"];
    json["status"] = "submitted";
    // What was said of an earlier submission is over with it.
    for (const char* said : {"return_reason", "checked_digest", "despite_reason"}) {
      json[said] = nullptr;
    }
    return json;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<sync::RecordId> find_figures(Store& store, const PeriodQuestion& question) {
  try {
    auto lease = store.read();
    auto& db = *lease;
    const Transaction snapshot(db, true);
    const auto scope = scope_number(db, question.scope);
    auto rows = db.prepare("SELECT _id FROM " + table_of_figures(store).name() +
                           " WHERE _scope = ?1 AND \"set\" = ?2 AND period = ?3 AND "
                           "(_flags & 1) = 0");
    rows.bind(1, scope).bind_text(2, question.set).bind_text(3, question.period);
    if (rows.step()) return sync::RecordId::of(rows.blob(0));
    return fail(Errc::not_found,
                "没有上报过：`linli figures list` 列出已上报的 nothing was submitted for it");
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Json> review_figures(Store& store, const std::string& scope, const sync::RecordId& id,
                            bool recompute, const Progress& progress) {
  auto record = get_record(store, "period_figures", scope, id);
  if (!record) return fail(record.error());
  try {
    Json json;
    json["record"] = std::move(*record);
    std::optional<Said> said;
    {
      auto lease = store.read();
      auto& db = *lease;
      const Transaction snapshot(db, true);
      const auto row = table_of_figures(store).find(db, scope_number(db, scope), id);
      if (!row) return fail(Errc::not_found, "本机没有这条记录 no such record here");
      auto read = said_in(*row);
      if (!read) return fail(read.error());
      said = std::move(*read);
      const auto here = counted_all(db, names_of(said->figures), scope, said->days, said->as_of);
      if (!here) return fail(here.error());
      Json figures = Json::array();
      std::vector<const Statistic*> statistics;
      for (std::size_t i = 0; i < here->size(); ++i) {
        const auto& then = said->figures[i];
        const auto& now = (*here)[i];
        statistics.push_back(model::schema().statistic(then.statistic));
        figures.push_back(
            {{"statistic", then.statistic},
             {"label", {{"zh", statistics.back()->label.zh}, {"en", statistics.back()->label.en}}},
             {"submitted", figure_json(then)},
             {"here", figure_json(now)},
             {"correction", difference_json(now, then)}});
      }
      json["figures"] = std::move(figures);
      json["digest_here"] =
          model::period_figures_digest(said->set, scope, said->period, said->as_of, *here);
      json["same"] = json["digest_here"] == said->digest;
      json["later"] = said->included
                          ? later_records(store, db, statistics, scope, said->days.from,
                                          said->days.to, said->as_of, *said->included, kLaterShown)
                          : Json(nullptr);
    }
    if (!recompute) return json;
    if (!said->included) {
      return fail(Errc::not_found,
                  "该记录没有写明所含变更，不能重算 the record doesn't say which change sets it "
                  "includes",
                  "included");
    }
    const auto past = PastState::of(store, *said->included, progress);
    if (!past) return fail(past.error());
    const auto again =
        counted_all((*past)->db(), names_of(said->figures), scope, said->days, said->as_of);
    if (!again) return fail(again.error());
    const auto digest =
        model::period_figures_digest(said->set, scope, said->period, said->as_of, *again);
    json["recomputed"] = {{"same", digest == said->digest}, {"digest", digest}};
    return json;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

std::map<std::string, ApprovedFigure> approved_figures(Database& db, const Statistic& statistic,
                                                       std::int64_t from, std::int64_t to) {
  std::map<std::string, ApprovedFigure> found;
  const auto period = period_of_days(from, to);
  if (!period) return found;
  const Table table(*model::schema().type(model::kTypePeriodFigures));
  auto rows = db.prepare(table.select() +
                         " WHERE period = ?1 AND status = ?2 AND (_flags & 3) = 0 ORDER BY _rec");
  rows.bind_text(1, *period).bind(2, static_cast<std::int64_t>(model::FiguresState::approved));
  while (rows.step()) {
    const auto row = table.read(rows);
    const model::ViewOf view(row.record);
    for (const auto& figure : model::figures_in(*view)) {
      if (figure.statistic != statistic.name) continue;
      ApprovedFigure approved{row.record.id,
                              path_of(db, row.scope),
                              std::string(view->text(field::kSet)),
                              std::string(view->text(field::kPeriod)),
                              view->integer(field::kAsOf).value_or(to),
                              figure,
                              {}};
      if (const auto raw = view->raw(field::kIncluded)) {
        cbor::Reader r(*raw);
        approved.included = r.bytes();
      }
      auto scope = approved.scope;
      found.try_emplace(std::move(scope), std::move(approved));
    }
  }
  return found;
}

Result<Json> correction_of(Database& db, const Statistic& statistic, const ApprovedFigure& approved,
                           std::int64_t from, std::int64_t to) {
  const auto now = counted(db, statistic, approved.scope, {from, to}, approved.as_of);
  if (!now) return fail(now.error());
  auto json = figure_json(approved.figure);
  json["id"] = sync::to_text(approved.id);
  json["scope"] = approved.scope;
  json["set"] = approved.set;
  json["period"] = approved.period;
  json["as_of"] = model::day_text(approved.as_of);
  json["now"] = figure_json(*now);
  json["correction"] = difference_json(*now, approved.figure);
  return json;
}

}  // namespace linli::store

#include "node/store/provenance.h"

#include <algorithm>

#include "node/store/freshness.h"
#include "node/store/history.h"
#include "node/store/own_sets.h"
#include "node/store/past_state.h"
#include "node/store/people.h"
#include "node/store/reading_detail.h"
#include "node/store/stat_question.h"

namespace linli::store {

using namespace reading;
using model::Contribution;

namespace {

struct Behind {
  Row row;
  std::vector<std::pair<std::string_view, Contribution>> parts;  ///< Term, and what it adds there.
};

std::int64_t count_of(Database& db, const std::string& sql) {
  auto s = db.prepare(sql);
  return s.step() ? s.integer(0) : 0;
}

std::string in_scopes(const FigureParts& parts, const char* column) {
  if (parts.scopes().empty()) return "1";
  std::string list;
  for (const auto scope : parts.scopes()) list += (list.empty() ? "" : ",") + std::to_string(scope);
  return std::string(column) + " IN (" + list + ")";
}

/// One line of what the digest of the records covers.
std::string line_of(std::string_view term, const Contribution& c) {
  std::string line(term);
  for (const auto& part :
       {std::string(c.measure), model::day_text(bounded_day(c.day)), crypto::to_hex(c.unit), c.dim1,
        c.dim2, crypto::to_hex(c.key), std::to_string(c.n)}) {
    line += '\x1f' + part;
  }
  return line + '\x1e';
}

Json part_json(std::string_view term, const Contribution& c) {
  Json json{{"term", term},
            {"measure", c.measure},
            {"day", model::day_text(bounded_day(c.day))},
            {"n", c.n}};
  if (!c.unit.empty()) json["unit"] = crypto::to_hex(c.unit);
  if (!c.dim1.empty()) json["dim1"] = c.dim1;
  if (!c.dim2.empty()) json["dim2"] = c.dim2;
  if (!c.key.empty()) json["key"] = crypto::to_hex(c.key);
  return json;
}

Json row_json(const StatRow& row) {
  return {{"numerator", row.numerator},
          {"denominator", row.denominator ? Json(*row.denominator) : Json(nullptr)}};
}

/// One state of the records, and the log that it was made from.
class Opened {
 public:
  Opened(Store& store, Database& db, Database& log_db, const ProvenanceRequest& request,
         StatQuery query, FigureParts parts, std::int64_t arrival, bool newest)
      : store_(store),
        db_(db),
        log_db_(log_db),
        request_(request),
        query_(std::move(query)),
        parts_(std::move(parts)),
        arrival_(arrival),
        newest_(newest) {}

  [[nodiscard]] Result<Json> read(std::int64_t after) {
    const auto answer = answer_question(db_, query_);
    if (!answer) return fail(answer.error());
    find_conflicts();
    collect(after);
    Json json;
    json["figure"] = figure(*answer);
    json["digest"] = crypto::to_hex(
        crypto::hash(
            {"linli/figure/1", json["figure"].dump(-1, ' ', false, Json::error_handler_t::replace)})
            .view());
    json["position"] = position();
    if (request_.records) list(json);
    json["conflicts"] = {{"behind", behind_},
                         {"beside", static_cast<std::int64_t>(conflicts_.size()) - behind_}};
    json["invalid"] = invalid();
    json["held"] =
        count_of(log_db_, "SELECT count(*) FROM log WHERE standing > 0 AND standing = 1 AND " +
                              in_scopes(parts_, "scope"));
    nodes(json);
    return json;
  }

 private:
  /// Records of the feeding types within the scope that have open conflicts.
  void find_conflicts() {
    for (const auto* type : parts_.types()) {
      const Table table(*type);
      auto rows = db_.prepare("SELECT c.rec, r._scope FROM conflict c JOIN " + table.name() +
                              " r ON r._rec = c.rec");
      while (rows.step()) {
        if (parts_.in_scope(rows.integer(1))) conflicts_.insert(rows.integer(0));
      }
    }
  }

  void collect(std::int64_t after) {
    for (const auto* type : parts_.types()) {
      each_contributor(db_, *type, parts_.reach(),
                       [&](const Contributor& one) { take(one, after); });
    }
    std::sort(hashes_.begin(), hashes_.end());
    std::sort(page_.begin(), page_.end(), by_rec);
  }

  static bool by_rec(const Behind& a, const Behind& b) { return a.row.rec < b.row.rec; }

  void take(const Contributor& one, std::int64_t after) {
    std::string lines;
    std::vector<std::pair<std::string_view, Contribution>> parts;
    for (const auto& c : one.contributions) {
      for (const auto term : parts_.terms_of(one.row.scope, c)) {
        lines += line_of(term, c);
        parts.emplace_back(term, c);
      }
    }
    if (parts.empty()) return;
    const auto& record = one.row.record;
    hashes_.push_back(crypto::hash(
        {record.type->name, "\x1f", record.scope, "\x1f", record.id.view(), "\x1f", lines}));
    behind_ += conflicts_.contains(one.row.rec) ? 1 : 0;
    if (!request_.records || one.row.rec <= after) return;
    // The page is what comes first behind the cursor: more is never kept.
    page_.push_back({one.row, std::move(parts)});
    std::push_heap(page_.begin(), page_.end(), by_rec);
    if (page_.size() > request_.limit + 1) {
      std::pop_heap(page_.begin(), page_.end(), by_rec);
      page_.pop_back();
    }
  }

  [[nodiscard]] Json figure(const StatAnswer& answer) const {
    Json json;
    json["statistic"] = query_.statistic->name;
    json["from"] = model::day_text(query_.from);
    json["to"] = model::day_text(query_.to);
    json["today"] = model::day_text(query_.today);
    json["scope"] = query_.scope;
    json["by"] = query_.by;
    json["only"] = Json::array();
    for (const auto& [name, value] : request_.only) json["only"].push_back({name, value});
    Json rows = Json::array();
    for (const auto& row : answer.rows) {
      auto item = row_json(row);
      item["keys"] = row.keys;
      rows.push_back(std::move(item));
    }
    json["rows"] = std::move(rows);
    json["total"] = row_json(answer.total);
    json["records"] = hashes_.size();
    std::string all;
    all.reserve(hashes_.size() * crypto::Hash::size());
    for (const auto& hash : hashes_) all += hash.view();
    json["records_digest"] = crypto::to_hex(crypto::hash({"linli/figure-records/1", all}).view());
    return json;
  }

  [[nodiscard]] Json position() {
    Json json{{"arrival", arrival_}, {"newest", newest_}, {"chain", nullptr}};
    auto chain = log_db_.prepare("SELECT chain FROM main.log WHERE arrival = ?1");
    chain.bind(1, arrival_);
    if (chain.step()) json["chain"] = crypto::to_hex(chain.blob(0));
    Log log(log_db_);
    json["epoch"] = std::to_string(static_cast<std::uint64_t>(log.meta_int("epoch", 0)));
    const auto self = own_author(log_db_);
    json["node"] = self ? Json(crypto::to_hex(self->view())) : Json(nullptr);
    // How many change sets of the city's history are among them: at the hub, its leaves.
    const auto leaves =
        count_of(log_db_, "SELECT count(*) FROM leaf WHERE arrival <= " + std::to_string(arrival_));
    json["history"] = leaves > 0 ? Json(leaves) : Json(nullptr);
    return json;
  }

  void list(Json& json) {
    json["next_cursor"] = nullptr;
    if (page_.size() > request_.limit) {
      page_.pop_back();
      json["next_cursor"] = std::to_string(page_.back().row.rec);
    }
    const People people(log_db_);
    Json items = Json::array();
    for (const auto& behind : page_) items.push_back(item(behind, people));
    json["items"] = std::move(items);
  }

  [[nodiscard]] Json item(const Behind& behind, const People& people) {
    const auto& row = behind.row;
    const auto& record = row.record;
    Json json{{"type", record.type->name}, {"id", sync::to_text(record.id)},
              {"scope", record.scope},     {"title", title_of(store_, db_, record, 3)},
              {"arrival", row.latest},     {"at", nullptr},
              {"node", nullptr},           {"conflict", conflicts_.contains(row.rec)}};
    auto last = log_db_.prepare(
        "SELECT l.last_stamp, a.author FROM main.log l JOIN author a ON a.id = l.author "
        "WHERE l.arrival = ?1 AND l.kind = 1");
    last.bind(1, row.latest);
    if (last.step()) {
      json["at"] = time_text(last.integer(0));
      json["node"] = people.name_of(crypto::AuthorId::of(last.blob(1)));
    }
    Json parts = Json::array();
    for (const auto& part : behind.parts) parts.push_back(part_json(part.first, part.second));
    json["contributions"] = std::move(parts);
    return json;
  }

  [[nodiscard]] std::int64_t invalid() {
    std::int64_t n = 0;
    for (const auto* type : parts_.types()) {
      n += count_of(db_, "SELECT count(*) FROM " + Table(*type).name() +
                             " WHERE (_flags & 3) = 2 AND " + in_scopes(parts_, "_scope"));
    }
    return n;
  }

  void nodes(Json& json) {
    const People people(log_db_);
    Json included = Json::array();
    auto wrote = log_db_.prepare(
        "SELECT a.author, count(*), max(l.last_stamp) FROM log l JOIN author a ON a.id = l.author "
        "WHERE l.kind = 1 AND l.standing = 0 AND " +
        in_scopes(parts_, "l.scope") + " GROUP BY 1 ORDER BY 1");
    while (wrote.step()) {
      const auto author = crypto::AuthorId::of(wrote.blob(0));
      included.push_back({{"author", crypto::to_hex(author.view())},
                          {"name", people.name_of(author)},
                          {"sets", wrote.integer(1)},
                          {"until", time_text(wrote.integer(2))}});
    }
    auto fresh = freshness_for(log_db_, query_.scope, request_.stat.now,
                               ReportingPeriod{query_.from, query_.to});
    Json missing = Json::array(), late = Json::array();
    for (const auto& community : fresh["communities"]) {
      if (community["age"] == "never" || community["period"] == "none") {
        missing.push_back(community);
      } else if (community["period"] != "complete" || community["age"] != "fresh") {
        late.push_back(community);
      }
    }
    fresh.erase("communities");
    json["nodes"] = {{"included", std::move(included)},
                     {"missing", std::move(missing)},
                     {"late", std::move(late)}};
    json["freshness"] = std::move(fresh);
  }

  Store& store_;
  Database& db_;
  Database& log_db_;
  const ProvenanceRequest& request_;
  StatQuery query_;
  FigureParts parts_;
  std::int64_t arrival_;
  bool newest_;
  std::set<std::int64_t> conflicts_;  ///< Record numbers.
  std::int64_t behind_ = 0;
  std::vector<crypto::Hash> hashes_;
  std::vector<Behind> page_;
};

}  // namespace

Result<Json> read_provenance(Store& store, const ProvenanceRequest& request,
                             const Progress& progress) {
  const auto query = exact_question(request.stat);
  if (!query) return fail(query.error());
  if (request.limit < 1 || request.limit > 1000) {
    return fail(Errc::bad_value, "limit is 1 to 1000", "limit");
  }
  std::int64_t after = 0;
  if (!request.cursor.empty()) {
    char* end = nullptr;
    after = std::strtoll(request.cursor.c_str(), &end, 10);
    if (*end != '\0' || after < 0) {
      return fail(Errc::bad_value, "not a cursor of this list", "cursor");
    }
  }
  try {
    const auto told = [&](Database& db, Database& log_db, std::int64_t arrival,
                          bool newest) -> Result<Json> {
      auto parts = FigureParts::of(db, *query, request.only);
      if (!parts) return fail(parts.error());
      return Opened(store, db, log_db, request, *query, std::move(*parts), arrival, newest)
          .read(after);
    };
    if (request.at != 0) {
      const auto past = PastState::at(store, request.at, progress);
      if (!past) return fail(past.error());
      const auto newest = count_of((*past)->log_db(), "SELECT max(arrival) FROM main.log");
      return told((*past)->db(), (*past)->log_db(), request.at, newest == request.at);
    }
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    return told(*lease, *lease, count_of(*lease, "SELECT max(arrival) FROM log"), true);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store

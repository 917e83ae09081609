// Records: list, get, create, change, delete, history, and many at once.
#include <sstream>

#include "api/codings.h"
#include "api/company_view.h"
#include "api/context.h"
#include "api/fresh.h"
#include "api/idempotency.h"
#include "api/naming.h"
#include "api/problem.h"
#include "api/tables.h"
#include "node/lines.h"
#include "node/model/json_text.h"
#include "node/model/numbering.h"
#include "node/outcomes.h"
#include "node/store/changes.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr std::size_t kLineBytesMax = 1u << 20;
constexpr std::size_t kLinesMax = 20'000;

/// The record that a path names: its id, and its scope from ?scope= or as the only one with the id.
struct Named {
  sync::RecordId id{};
  std::string scope;
};
std::optional<Named> named(Context& context, const Request& request, Response& response) {
  const auto id = sync::record_id(request.matches[2].str());
  if (!id) {
    refuse(request, response, {Errc::bad_value, "not a record id", "id"});
    return std::nullopt;
  }
  if (request.has_param("scope")) return Named{*id, request.get_param_value("scope")};
  auto scope = store::scope_of(context.replica.store(), request.matches[1].str(), *id);
  if (!scope) {
    refuse(request, response, scope.error());
    return std::nullopt;
  }
  return Named{*id, std::move(*scope)};
}

/// `?fields=a,b`: only these, so that a list for a phone stays small. Nothing: all.
Result<std::vector<std::string>> wanted_fields(const Request& request,
                                               const model::RecordType& type) {
  std::vector<std::string> names;
  std::istringstream list(request.get_param_value("fields"));
  for (std::string name; std::getline(list, name, ',');) {
    if (!type.field(name)) {
      return fail(Errc::unknown_field, std::string(type.name) + " has no field " + name, "fields");
    }
    names.push_back(name);
  }
  return names;
}

void keep_only(const std::vector<std::string>& names, Json& record) {
  if (names.empty()) return;
  Json kept = Json::object();
  for (const auto& name : names) {
    if (record["fields"].contains(name)) kept[name] = std::move(record["fields"][name]);
  }
  record["fields"] = std::move(kept);
}

/// `settled`: open conflicts of it that this very change settled.
void send_record(Context& context, const Request& request, Response& response,
                 std::string_view type, const std::string& scope, const sync::RecordId& id,
                 int status, std::size_t settled = 0) {
  const auto wanted = wanted_fields(request, *model::schema().type(type));
  if (!wanted) return refuse(request, response, wanted.error());
  auto record = store::get_record(context.replica.store(), type, scope, id);
  if (!record) return refuse(request, response, record.error());
  CompanyView(context, request).withhold(*model::schema().type(type), *record);
  keep_only(*wanted, *record);
  node::Seen seen;
  seen.look(*model::schema().type(type), id, (*record)["fields"]);
  note_seen(context, request, type, seen);
  // Titles and confirmation change without the record: the tag is of what is sent.
  const auto text = record->dump();
  const auto tag = '"' + (*record)["version"].get<std::string>() + '-' +
                   crypto::to_hex(crypto::hash({text}).view().substr(0, 6)) + '"';
  response.set_header("ETag", tag);
  if (status == 200 && request.get_header_value("If-None-Match") == tag) {
    response.status = 304;
    return;
  }
  response.status = status;
  // Said once, and of the change: the tag stays that of the record.
  if (settled > 0) (*record)["settled"] = settled;
  response.set_content(settled > 0 ? record->dump() : text, "application/json");
}

/// The version in If-Match ("12" or "12-…"), if there is one.
std::optional<std::int64_t> if_match(const Request& request) {
  auto tag = request.get_header_value("If-Match");
  std::erase(tag, '"');
  if (tag.empty() || tag == "*") return std::nullopt;
  return std::strtoll(tag.c_str(), nullptr, 10);
}

void look(node::Seen& seen, const model::RecordType& type, const Json& item) {
  const auto id = sync::record_id(item.value("id", ""));
  if (id) seen.look(type, *id, item["fields"]);
}

/// What the parameters of a list ask for. Errors: forbidden (a company's filter).
Result<store::RecordQuery> query_of(const Request& request, const model::RecordType& type,
                                    const CompanyView& view) {
  store::RecordQuery query;
  query.type = std::string(type.name);
  for (const auto& [name, value] : request.params) {
    if (name == "fields" || name == "since") continue;
    if (auto why = view.refusal_of_filter(type, name)) return fail(*why);
    if (name == "limit") {
      query.limit = static_cast<std::size_t>(std::strtoull(value.c_str(), nullptr, 10));
    } else if (name == "cursor") {
      query.cursor = value;
    } else if (name == "scope") {
      query.scope = value;
    } else if (name == "order") {
      query.newest_first = value == "newest";
    } else if (name == "removed") {
      query.removed = value == "1";
    } else {
      query.where.emplace_back(name, value);
    }
  }
  return query;
}

/// A name or number that a list was asked by: that a record is listed tells it, shown or not.
void look_at_filters(node::Seen& seen, const Request& request, const model::RecordType& type,
                     const Json& item) {
  Json asked = Json::object();
  for (const auto& field : type.fields) {
    const std::string name(field.name);
    if (field.protection != model::Protection::personal || !request.has_param(name.c_str())) {
      continue;
    }
    asked[name] = item["fields"].value(name, Json());
  }
  const auto id = sync::record_id(item.value("id", ""));
  if (id) seen.look(type, *id, asked);
}

/// Records of a list, as this caller is shown them; noted.
void show(Context& context, const Request& request, const model::RecordType& type,
          const std::vector<std::string>& wanted, CompanyView& view, Json& items) {
  node::Seen seen;
  for (auto& item : items) {
    view.withhold(type, item);
    look_at_filters(seen, request, type, item);
    keep_only(wanted, item);
    look(seen, type, item);
  }
  note_seen(context, request, type.name, seen);
}

/// `?since=`: what a reader who holds the list has to put in and take out.
void list_changes(Context& context, const Request& request, Response& response,
                  const model::RecordType& type, const std::vector<std::string>& wanted,
                  CompanyView& view, const store::RecordQuery& query) {
  if (!query.cursor.empty() || query.newest_first) {
    return refuse(request, response,
                  {Errc::bad_usage, "since goes on by itself: without cursor and order", "since"});
  }
  auto changes = store::changed_records(context.replica.store(), query,
                                        request.get_param_value("since"), view.upsetting(type));
  if (!changes) return refuse(request, response, changes.error());
  show(context, request, type, wanted, view, changes->items);
  answer(response, {{"items", std::move(changes->items)},
                    {"next_cursor", nullptr},
                    {"since", changes->since},
                    {"gone", std::move(changes->gone)},
                    {"more", changes->more}});
}

void list(Context& context, const Request& request, Response& response) {
  const auto* type = type_in(request, response);
  if (!type) return;
  const auto wanted = wanted_fields(request, *type);
  if (!wanted) return refuse(request, response, wanted.error());
  CompanyView view(context, request);
  const auto query = query_of(request, *type, view);
  if (!query) return refuse(request, response, query.error());
  if (request.has_param("since")) {
    return list_changes(context, request, response, *type, *wanted, view, *query);
  }
  const auto since = store::position_now(context.replica.store());
  if (!since) return refuse(request, response, since.error());
  auto page = store::list_records(context.replica.store(), *query);
  if (!page) return refuse(request, response, page.error());
  show(context, request, *type, *wanted, view, page->items);
  Json json{{"items", std::move(page->items)},
            {"next_cursor", page->next_cursor ? Json(*page->next_cursor) : Json(nullptr)}};
  // The tag is of what is listed; where the reading stood goes on with every entry of the log.
  const auto tag = tag_of(json);
  json["since"] = *since;
  answer_tagged(request, response, json, tag, kOwnOnly);
}

/// A document whose provisional number the node would give: asked again under the same key, it has
/// the same number, and so is the same record.
void give_number(const node::Replica& replica, const model::RecordType& type,
                 const std::string& key, node::Wish& wish) {
  const auto* numbered = model::numbered(type.name);
  if (!numbered || numbered->provisional.empty() || !wish.fields.is_object()) return;
  const std::string name(numbered->provisional);
  if (wish.fields.contains("id") || wish.fields.value(name, Json()).is_string()) return;
  const auto given = wish.fields.value("scope", Json());
  const auto scope = !wish.scope.empty() ? wish.scope
                     : given.is_string() ? given.get<std::string>()
                                         : replica.identity().scope;
  const auto mark = sync::to_text(id_of_key(replica, type, key)).substr(0, 8);
  wish.fields[name] = model::provisional_prefix(scope, replica.identity().author) + "k" + mark;
}

node::PutOptions options_of(Context& context, const Request& request) {
  return {.origin = "api", .by = context.door.caller(request).by()};
}

/// A lost update gets both versions.
void refuse_lost_update(Context& context, const Request& request, Response& response,
                        const node::Outcome& outcome, const model::RecordType& type,
                        const Json& yours) {
  auto now = store::get_record(context.replica.store(), type.name, outcome.scope, outcome.id);
  if (!now) return refuse(request, response, outcome.faults);
  CompanyView(context, request).withhold(type, *now);
  node::Seen seen;
  look(seen, type, *now);
  note_seen(context, request, type.name, seen);
  refuse(request, response, outcome.faults, *now, yours);
}

void put_one(Context& context, const Request& request, Response& response, node::Wish wish,
             int status) {
  const auto* type = wish.type;
  const auto sent = wish.fields;
  const auto outcomes = context.replica.put({std::move(wish)}, options_of(context, request));
  if (!outcomes) return refuse(request, response, outcomes.error());
  const auto& outcome = outcomes->front();
  if (!outcome.faults.empty() && outcome.faults.front().code == Errc::stale) {
    return refuse_lost_update(context, request, response, outcome, *type, sent);
  }
  if (!outcome.faults.empty()) return refuse(request, response, outcome.faults);
  send_record(context, request, response, type->name, outcome.scope, outcome.id, status,
              outcome.settled);
}

void create(Context& context, const Request& request, Response& response) {
  const auto* type = type_in(request, response);
  if (!type) return;
  auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  node::Wish wish{
      .type = type, .fields = std::move(*json), .id = {}, .scope = {}, .if_version = {}};
  if (request.has_param("scope")) wish.scope = request.get_param_value("scope");
  CompanyView view(context, request);
  if (auto why = view.refusal(wish)) return refuse(request, response, *why);
  const auto key = key_in(request, context.door.caller(request));
  if (!key) return refuse(request, response, key.error());
  if (!key->empty() && type->key.empty() && wish.fields.is_object() &&
      !wish.fields.contains("id")) {
    wish.id = id_of_key(context.replica, *type, *key);
    wish.create_only = true;
  }
  if (!key->empty()) give_number(context.replica, *type, *key, wish);
  put_one(context, request, response, std::move(wish), 201);
}

void change(Context& context, const Request& request, Response& response) {
  const auto* type = type_in(request, response);
  if (!type) return;
  auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto record = named(context, request, response);
  if (!record) return;
  CompanyView view(context, request);
  node::Wish wish{.type = type,
                  .fields = std::move(*json),
                  .id = record->id,
                  .scope = record->scope,
                  .if_version = if_match(request)};
  auto why = view.refusal(*type, record->scope, record->id);
  if (!why) why = view.refusal(wish);
  if (why) return refuse(request, response, *why);
  put_one(context, request, response, std::move(wish), 200);
}

void remove(Context& context, const Request& request, Response& response) {
  const auto* type = type_in(request, response);
  if (!type) return;
  const auto record = named(context, request, response);
  if (!record) return;
  CompanyView view(context, request);
  if (auto why = view.refusal(*type, record->scope, record->id)) {
    return refuse(request, response, *why);
  }
  const auto outcomes = context.replica.put({{.kind = node::Wish::Kind::remove,
                                              .type = type,
                                              .fields = {},
                                              .id = record->id,
                                              .scope = record->scope,
                                              .if_version = if_match(request)}},
                                            options_of(context, request));
  if (!outcomes) return refuse(request, response, outcomes.error());
  if (!outcomes->front().faults.empty()) {
    return refuse(request, response, outcomes->front().faults);
  }
  response.status = 204;
}

/// NDJSON in, NDJSON out: a line answers a line; a bad one is named and the good ones go in.
void batch(Context& context, const Request& request, Response& response) {
  const auto content = request.get_header_value("Content-Type");
  if (content.rfind("application/x-ndjson", 0) != 0) {
    return refuse(request, response,
                  {Errc::bad_usage, "send it as Content-Type: application/x-ndjson", {}});
  }
  const auto name = request.get_param_value("type");
  const auto* type = model::schema().type(name);
  if (!type) {
    return refuse(request, response,
                  {Errc::unknown_type, "no record type is called " + name, "type"});
  }
  CompanyView view(context, request);
  auto options = options_of(context, request);
  options.dry_run = request.get_param_value("dry_run") == "1";
  options.all_or_nothing = request.get_param_value("all_or_nothing") == "1";
  options.update = request.get_param_value("update") == "1";
  options.origin = "batch";

  struct Line {
    std::size_t number;
    std::vector<model::Fault> faults;  ///< Of reading it.
    std::optional<std::size_t> wish;
  };
  const auto body = plain_body(request);
  if (!body) return refuse(request, response, body.error());
  std::vector<Line> lines;
  std::vector<node::Wish> wishes;
  std::size_t number = 0;
  for (std::size_t at = 0; at < body->size();) {
    auto end = body->find('\n', at);
    if (end == std::string::npos) end = body->size();
    const auto text = std::string_view(*body).substr(at, end - at);
    at = end + 1;
    ++number;
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (lines.size() >= kLinesMax) {
      return refuse(request, response, {Errc::too_large, "at most 20,000 lines at once", {}});
    }
    Line line{number, {}, {}};
    if (text.size() > kLineBytesMax) {
      line.faults.push_back({"", Errc::too_large, "这一行超过 1 MiB", "the line is over 1 MiB"});
    } else if (auto json = model::read_json(text); !json) {
      line.faults.push_back(std::move(json.error()));
    } else {
      auto wish = node::wish_of_line(*type, std::move(*json));
      node::stand_in(request.get_param_value("scope"), wish);
      if (auto why = view.refusal(wish)) {
        line.faults.push_back(
            {"", why->code, std::string(info(why->code).zh) + "：" + why->detail, why->detail});
      } else {
        line.wish = wishes.size();
        wishes.push_back(std::move(wish));
      }
    }
    lines.push_back(std::move(line));
  }
  const bool unreadable = std::any_of(lines.begin(), lines.end(),
                                      [](const auto& line) { return !line.faults.empty(); });
  // A line that can't be read spoils all of them, too: then this only says what else is wrong.
  const bool spoilt = options.all_or_nothing && unreadable;
  if (spoilt) options.dry_run = true;
  const auto outcomes = context.replica.put(wishes, options);
  if (!outcomes) return refuse(request, response, outcomes.error());
  std::string out;
  for (const auto& line : lines) {
    Json json;
    json["line"] = line.number;
    const auto* outcome = line.wish ? &(*outcomes)[*line.wish] : nullptr;
    const auto& faults = outcome ? outcome->faults : line.faults;
    if (outcome && faults.empty()) {
      json["id"] = to_text(outcome->id);
      json["scope"] = outcome->scope;
    }
    json["done"] = outcome && !spoilt ? node::done_name(outcome->done) : "refused";
    if (outcome && outcome->settled > 0 && !spoilt) json["settled"] = outcome->settled;
    if (!faults.empty()) json["faults"] = faults_json(faults);
    out += json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  }
  response.set_content(std::move(out), "application/x-ndjson");
}

/// Who wrote it stands there by name for accounts of this node, else by pseudonym.
void history(Context& context, const Request& request, Response& response) {
  const auto* type = type_in(request, response);
  if (!type) return;
  const auto record_at = named(context, request, response);
  if (!record_at) return;
  auto history =
      store::record_history(context.replica.store(), type->name, record_at->scope, record_at->id);
  if (!history) return refuse(request, response, history.error());
  node::Seen seen;
  CompanyView view(context, request);
  Json now;
  if (view.narrows()) {
    const auto record =
        store::get_record(context.replica.store(), type->name, record_at->scope, record_at->id);
    if (record) now = (*record)["fields"];
  }
  for (auto& item : (*history)["items"]) {
    view.withhold(*type, item["fields"], now);
    seen.look(*type, record_at->id, item["fields"]);
    name_actor(context.accounts, item);
    if (item.contains("approved")) name_actor(context.accounts, item["approved"]);
  }
  note_seen(context, request, type->name, seen, "history");
  answer(response, *history);
}

}  // namespace

void note_seen(Context& context, const Request& request, std::string_view type, node::Seen& seen,
               std::string act) {
  if (!seen.anything()) return;
  auto row = context.door.caller(request).entry(context.replica.now(), std::move(act));
  row.type = std::string(type);
  row.why = request.get_header_value("X-Linli-Why").substr(0, 200);
  seen.move_into(row);
  context.audit.note(std::move(row));
}

void add_record_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  const std::string many = R"(/api/v1/records/([a-z_]+))";
  const std::string one = many + R"(/([0-9a-fA-F-]{36}))";
  add_table_routes(server, context);
  server.Get(many, with(list));
  server.Post(many, with(create));
  server.Get(one, with([](Context& c, const Request& q, Response& s) {
               if (!type_in(q, s)) return;
               if (const auto record = named(c, q, s)) {
                 send_record(c, q, s, q.matches[1].str(), record->scope, record->id, 200);
               }
             }));
  server.Patch(one, with(change));
  server.Put(one, with(change));
  server.Delete(one, with(remove));
  server.Get(one + "/history", with(history));
  server.Post("/api/v1/batch", with(batch));
}

}  // namespace linli::api

#include "api/openapi.h"

#include <algorithm>

#include "api/shape.h"

namespace linli::api {
namespace {

using model::Json;

std::string text_of(const model::Label& label) {
  return std::string(label.zh) + " " + std::string(label.en);
}

bool is_media_type(std::string_view text) { return text.find('/') != std::string_view::npos; }

/// `text`: a shape, answered as JSON, or a media type whose content has its own description.
Json content_json(std::string_view text) {
  if (is_media_type(text)) {
    const bool words = text.starts_with("text/") || text.ends_with("ndjson");
    const Json schema = words ? Json{{"type", "string"}} : Json::object();
    return {{std::string(text), {{"schema", schema}}}};
  }
  return {{"application/json", {{"schema", schema_of_shape(text)}}}};
}

/// What stands in braces in a path.
void add_path_parameters(std::string_view path, Json& parameters) {
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    const auto name = path.substr(at + 1, path.find('}', at) - at - 1);
    parameters.push_back({{"name", name},
                          {"in", "path"},
                          {"required", true},
                          {"schema", schema_of_shape(name == "id" ? "id" : "text")}});
  }
}

void add_query_parameters(std::string_view query, Json& parameters) {
  if (query.empty()) return;
  const auto shape = schema_of_shape("{" + std::string(query) + "}");
  const auto required = shape.value("required", Json::array());
  for (const auto& [name, schema] : shape["properties"].items()) {
    const bool needed = std::find(required.begin(), required.end(), name) != required.end();
    Json one{{"name", name}, {"in", "query"}, {"required", needed}, {"schema", schema}};
    parameters.push_back(std::move(one));
  }
}

Json problem_answer() { return {{"$ref", "#/components/responses/Problem"}}; }

Json security_schemes() {
  return {
      {"session",
       {{"type", "apiKey"},
        {"in", "cookie"},
        {"name", "linli_session"},
        {"description",
         "登录后的会话 Cookie，实际名称为 linli_ 加节点编号；更改数据时另须 X-Linli-Csrf 请求头。"
         "The cookie of POST /api/v1/session; its real name is linli_ and digits of the node's "
         "author. Requests that change something also carry X-Linli-Csrf."}}},
      {"console",
       {{"type", "http"},
        {"scheme", "bearer"},
        {"description",
         "数据目录中 serve 文件的令牌，仅限本机。The token in the file `serve` of the data folder; "
         "from this machine only."}}}};
}

}  // namespace

Json operation_json(const Route& route) {
  Json json = Json::object();
  json["operationId"] = route.id;
  json["tags"] = Json::array({route.tag});
  json["summary"] = text_of(route.summary);
  Json parameters = Json::array();
  add_path_parameters(route.path, parameters);
  add_query_parameters(route.query, parameters);
  if (!parameters.empty()) json["parameters"] = std::move(parameters);
  if (!route.body.empty()) {
    json["requestBody"] = {{"required", true}, {"content", content_json(route.body)}};
  }
  Json answers = Json::object();
  if (route.answer.empty()) {
    answers["204"] = {{"description", "已完成 Done"}};
  } else {
    answers[std::to_string(route.status)] = {{"description", text_of(route.summary)},
                                             {"content", content_json(route.answer)}};
  }
  answers["4XX"] = problem_answer();
  answers["5XX"] = problem_answer();
  json["responses"] = std::move(answers);
  return json;
}

Json openapi(const model::Schema& schema) {
  Json json = Json::object();
  json["openapi"] = "3.1.0";
  json["info"] = {
      {"title", "Linli 邻里"},
      {"version", LINLI_VERSION},
      {"summary", "社区物业管理离线同步节点 An offline-first node for residential compounds"},
      {"description",
       "金额为整数分，面积为整数 0.01 m²，日期为当地日期，时刻为 UTC。错误为 RFC 9457 文档。"
       "Money in integer fen, areas in integer 0.01 m², dates local, instants UTC; errors are "
       "RFC 9457 documents in the caller's language."},
      {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  json["servers"] = Json::array({{{"url", "/"}, {"description", "本节点 This node"}}});
  json["security"] = Json::array({{{"session", Json::array()}}, {{"console", Json::array()}}});
  auto& listed = json["tags"] = Json::array();
  for (const auto& tag : tags()) {
    listed.push_back({{"name", tag.name}, {"description", text_of(tag.label)}});
  }
  auto& paths = json["paths"] = Json::object();
  for (const auto& table : {routes(), people_routes()}) {
    for (const auto& route : table) {
      paths[std::string(route.path)][std::string(route.method)] = operation_json(route);
    }
  }
  for (const auto& route : public_routes()) {
    auto operation = operation_json(route);
    operation["security"] = Json::array();  // Nobody logs in.
    paths[std::string(route.path)][std::string(route.method)] = std::move(operation);
  }
  auto& components = json["components"] = Json::object();
  components["securitySchemes"] = security_schemes();
  components["responses"]["Problem"] = {
      {"description", "出错 What was wrong, RFC 9457"},
      {"content",
       {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
  auto& schemas = components["schemas"] = Json::object();
  for (const auto& [name, shape] : shapes()) schemas[std::string(name)] = schema_of_shape(shape);
  for (const auto& [name, shape] : public_shapes()) {
    schemas[std::string(name)] = schema_of_shape(shape);
  }
  describe_records(schema, json);
  return json;
}

}  // namespace linli::api

// api/openapi.h: the contract of /api/v1, as an OpenAPI 3.1 document: records from the schema,
// everything else from tables (openapi_routes.cpp …) in the notation of shape.h.
#pragma once

#include <span>
#include <string_view>

#include "node/model/json.h"

namespace linli::api {

/// One route of the table. Its path as OpenAPI writes it: `/api/v1/conflicts/{conflict}`.
struct Route {
  std::string_view method;  ///< "get", "post", …
  std::string_view path;
  std::string_view id;  ///< operationId: unique, fixed for ever: clients call it by this name.
  std::string_view tag;
  model::Label summary;
  std::string_view query = {};  ///< Parameters, as members of an object: "limit?: int, q: text".
  std::string_view body = {};  ///< A shape (JSON), or a media type with a slash in it; empty: none.
  std::string_view answer = {};  ///< Likewise; empty: 204.
  int status = 200;              ///< Of a good answer with a body.
};
struct Shape {
  std::string_view name, shape;
};
struct Tag {
  std::string_view name;
  model::Label label;
};

[[nodiscard]] std::span<const Route> routes();         ///< openapi_routes.cpp
[[nodiscard]] std::span<const Route> people_routes();  ///< openapi_people.cpp: people and trust
[[nodiscard]] std::span<const Tag> tags();             ///< openapi_routes.cpp
[[nodiscard]] std::span<const Shape> shapes();  ///< openapi_answers.cpp: what the routes name
[[nodiscard]] std::span<const Route> public_routes();  ///< openapi_public.cpp: the notice board
[[nodiscard]] std::span<const Shape> public_shapes();  ///< openapi_public.cpp

/// Paths and shapes of a schema's record types, added to the document: openapi_records.cpp.
void describe_records(const model::Schema& schema, model::Json& document);

/// An operation of the document, with what is common to all: its answer and how errors look.
[[nodiscard]] model::Json operation_json(const Route& route);  ///< openapi.cpp

/// The whole document. Pure.
[[nodiscard]] model::Json openapi(const model::Schema& schema);

}  // namespace linli::api

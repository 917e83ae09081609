// api/shape.h: what a JSON value looks like, in one line, and as a JSON Schema for OpenAPI.
//
//   shape  = one *("|" one)
//   one    = "{" [member *("," member)] "}"     an object; members it doesn't name may come, too
//          | "[" shape "]"                       a list
//          | "<" shape ">"                       an object whose members all look so
//          | "'" code "'"                        this text
//          | word | Name                         word: see shape.cpp; Name: a shape with that name
//   member = name ["?"] ":" shape                "?": it may be missing
#pragma once

#include <string_view>

#include "node/model/json.h"

namespace linli::api {

/// The JSON Schema (draft 2020-12, as in OpenAPI 3.1) of a shape; a Name refers to
/// `#/components/schemas/Name`. A shape that isn't well formed is a mistake in this program: it
/// throws std::logic_error that says where.
[[nodiscard]] model::Json schema_of_shape(std::string_view shape);

}  // namespace linli::api

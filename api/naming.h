// api/naming.h: what a path names.
#pragma once

#include <httplib.h>

#include "node/model/schema.h"

namespace linli::api {

/// The record type that the path's first part names. Null: there is none, which is answered.
[[nodiscard]] const model::RecordType* type_in(const httplib::Request& request,
                                               httplib::Response& response);

}  // namespace linli::api

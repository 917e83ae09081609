// node/admitting_json.h: who asks to join and what was decided, as JSON: for the API, and for
// commands.
#pragma once

#include "node/admitting.h"
#include "node/model/json.h"

namespace linli::node {

using model::Json;

/// {words: {zh, en}: this node's own, items: [{id, name, words, arrived}]}
[[nodiscard]] Json admissions_json(Replica& issuer);
/// Of {request: a letter's text, or id: of one that waits; role, scope, name, words, ? expires_s}
/// makes {answer: a letter's text, id, replaces: [ids]}. Errors: missing_field, bad_value,
/// not_found; as admit.
[[nodiscard]] Result<Json> admit_json(Replica& issuer, const Json& asked, const By& by = {});
/// Of an id, or the beginning of one (6 digits at least), among those that wait. Errors: not_found,
/// bad_usage (several).
[[nodiscard]] Result<Pending> pending_named(Replica& issuer, const std::string& id);
[[nodiscard]] Json words_json(const crypto::Words& words);

}  // namespace linli::node

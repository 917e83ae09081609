// node/store/stat_question.h: a question to a statistic, as people ask it, made exact.
#pragma once

#include <map>

#include "node/store/aggregates.h"
#include "node/store/reading.h"

namespace linli::store {

/// With the days that it leaves out: the current year up to tomorrow, today by its `now`.
/// Errors: not_found (no such statistic), bad_value.
[[nodiscard]] Result<StatQuery> exact_question(const StatRequest& request);

/// The answer, as every reader of figures gives it. Errors: as read_statistic.
[[nodiscard]] Result<StatAnswer> answer_question(Database& db, const StatQuery& query);

/// Local numbers of a scope and of all below it, ascending; "": of all.
[[nodiscard]] std::vector<std::int64_t> scopes_within(Database& db, std::string_view scope);

/// Names of the city's units by their code, which is the last segment of a scope path.
[[nodiscard]] std::map<std::string, std::string> unit_names(Database& db);
[[nodiscard]] std::string last_segment(std::string_view path);

}  // namespace linli::store

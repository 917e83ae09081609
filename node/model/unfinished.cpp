#include "node/model/unfinished.h"

#include <algorithm>

namespace linli::model {

std::span<const Unfinished> unfinished_rules() {
  static const std::vector<Unfinished> rules{{.whole = "inspection",
                                              .ending = "closed",
                                              .part = "finding",
                                              .by = "inspection",
                                              .ended = {"closed", "withdrawn"},
                                              .zh = "个问题尚未销号，检查不能办结",
                                              .en = "findings are still open: close them first"}};
  return rules;
}

namespace {

/// Code of the state that a record is in; empty: none, or one of another version.
std::string_view state_of(const Record& record) {
  const auto* state = record.type->field(record.type->state);
  const auto at = state ? ViewOf(record)->state(state->number) : std::nullopt;
  if (!at) return {};
  const auto value = std::find_if(state->values.begin(), state->values.end(),
                                  [&](const Choice& known) { return known.number == *at; });
  return value == state->values.end() ? std::string_view() : value->code;
}

}  // namespace

bool ends(const Unfinished& rule, const Record& whole) {
  return whole.type->name == rule.whole && state_of(whole) == rule.ending;
}

bool is_open(const Unfinished& rule, const Record& part) {
  const auto state = state_of(part);
  return !part.removed &&
         std::find(rule.ended.begin(), rule.ended.end(), state) == rule.ended.end();
}

}  // namespace linli::model

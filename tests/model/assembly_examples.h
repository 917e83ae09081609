// tests/model/assembly_examples.h: what the tests of assemblies and of committees share.
#pragma once

#include <algorithm>

#include "tests/model/examples.h"

namespace linli::model::test {

/// The faults of an example with some members changed.
inline std::vector<Fault> faults(const char* type, std::string_view base, std::string_view changes,
                                 const Shelf& shelf = stocked()) {
  return faults_of(made(type, with(base, changes), shelf), shelf);
}
inline const Fault& fault_of(const std::vector<Fault>& all, std::string_view field) {
  const auto at =
      std::find_if(all.begin(), all.end(), [field](const Fault& f) { return f.field == field; });
  INFO(field << " among " << told(all));
  REQUIRE(at != all.end());
  return *at;
}
/// A shelf where the bureau has changed its rules.
inline Shelf ruled_by(std::string_view changes) {
  auto shelf = stocked();
  shelf.put(made("vote_rules", with(kVoteRules, changes), shelf));
  return shelf;
}
inline std::int64_t day(const char* text) { return *parse_day(text); }

}  // namespace linli::model::test

// node/app/demo_samples.h: records of every family for the demo, from templates (packaging/demo).
//
// A line of a template is {type, ? update, record}. In its texts stands what differs from place to
// place: {c1} a compound's code, {uscc1} the code of its company, {code}, {name}, {scope} of the
// community, {city}, {file} an attachment, {photo} a picture, {half} the half-year that ended last,
// {day-30} {at-30 09:00} {year-30} days before or after today, {id:NAME} a record's id. A text that
// begins with # becomes a number.
#pragma once

#include <string>
#include <vector>

#include "node/app/demo_city.h"

namespace linli::app {

/// Lines for one `records put`.
struct Batch {
  std::string type, ndjson;
  bool update = false;
};
struct SamplePlace {
  std::size_t community = 0;
  std::int64_t today = 0;
  std::string file = {};  ///< Hash of an attachment.
  bool scoped = false;    ///< Written by somebody above, into the community's scope.
};
/// The made-up picture of packaging/demo. Throws Unmet if this executable carries none.
[[nodiscard]] std::string_view demo_photo();
/// `name`: "city", "office", "hub", "street". In the template's order: what a record names comes
/// before it. Throws Unmet if a template can't be read.
[[nodiscard]] std::vector<Batch> demo_samples(const City& city, const std::string& name,
                                              const SamplePlace& place);

}  // namespace linli::app

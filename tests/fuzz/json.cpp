// Bodies of records, of every type: what a phone's app or an import may hand in.
#include "node/model/json.h"

#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::Hash city{};
  const model::Frame frame{city, "410700", "410700/410702", {}};
  const auto object = model::Json::parse(text(data, size), nullptr, false);
  if (object.is_discarded()) return 0;
  for (const auto& type : model::schema().types) {
    const auto draft = model::read_draft(type, object, frame);
    if (!draft) must(!draft.error().empty());
  }
  return 0;
}

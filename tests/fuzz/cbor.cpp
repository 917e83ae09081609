// The strict reader that all of the signed format stands on.
#include "crypto/cbor.h"

#include "sync/change_set.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto item = fuzz::text(data, size);
  (void)cbor::valid_utf8(item);
  if (!cbor::validate(item)) return 0;
  // One spelling of every value: a good item with a byte more or less is none.
  fuzz::must(!cbor::validate(item.substr(0, item.size() - 1)));
  fuzz::must(!cbor::validate(std::string(item) + '\0'));
  sync::each_commitment(item, [](std::string_view hash) { fuzz::must(hash.size() == 32); });
  return 0;
}

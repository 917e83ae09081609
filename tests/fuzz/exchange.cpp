// Batches: requests and answers of the exchange, as they stand on the wire and unpacked.
#include "sync/exchange.h"

#include "sync/blobs.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  (void)sync::unpack(bytes);
  round_trip<sync::Request>(bytes);
  round_trip<sync::Response>(bytes);
  round_trip<sync::BlobRequest>(bytes);
  round_trip<sync::BlobResponse>(bytes);
  return 0;
}

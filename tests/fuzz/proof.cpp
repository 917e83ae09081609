// Proof files, and the two texts of the history within and beside them (C2SP tlog-proof).
#include "sync/proof.h"

#include "crypto/tlog_proof.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  round_trip<crypto::TlogProof>(bytes);
  round_trip<crypto::TlogGrowth>(bytes);
  round_trip<sync::ProofFile>(bytes);
  // A city of which no signature can be good.
  must(!sync::check_proof(bytes, std::string(64, 'a')).has_value());
  return 0;
}

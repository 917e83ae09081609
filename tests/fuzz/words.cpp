// What is signed beside change sets: receipts, rulings, revocations, policies, tree heads, and
// lists of what a reader may hold.
#include "sync/fork_proof.h"
#include "sync/holdings.h"
#include "sync/policy.h"
#include "sync/receipt.h"
#include "sync/revocation.h"
#include "sync/ruling.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  round_trip<sync::LogTree>(bytes);
  round_trip<sync::Receipt>(bytes);
  round_trip<sync::Ruling>(bytes);
  round_trip<sync::Revocation>(bytes);
  round_trip<sync::Policy>(bytes);
  round_trip<sync::Holdings>(bytes);
  round_trip<sync::ForkProof>(bytes);
  (void)sync::decode_move(bytes);
  return 0;
}

// Parts of snapshots, and what a record adds up to within them.
#include "sync/snapshot.h"

#include "sync/merge.h"
#include "sync/snapshot_parcel.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  (void)sync::SnapshotPart::decode(bytes);
  round_trip<sync::SnapshotParcel>(bytes);
  round_trip<sync::RecordState>(bytes);
  return 0;
}

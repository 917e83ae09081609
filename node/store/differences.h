// node/store/differences.h: does what a node shows add up from its log, and if not, in which
// records? (I8)
#pragma once

#include "node/store/faults.h"
#include "node/store/store.h"

namespace linli::store {

/// Projects the log anew beside the store's file, and compares table by table. A table that differs
/// is one fault with the records that differ in it (at most kRecordsNamed); one that can't be read
/// is one as well. A record that shows a value whose opening the log has no more is a fault of its
/// own, of the change set that lists the commitment: a rebuild would lose the value for good, so
/// that it is advised for none of them then. Reads only. Errors: io, disk_full, corrupt (the log).
[[nodiscard]] Result<std::vector<VerifyFault>> differences(Store& store, const Progress& progress);

}  // namespace linli::store

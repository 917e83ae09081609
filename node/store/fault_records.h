// node/store/fault_records.h: the records that a fault concerns, where no change set tells.
#pragma once

#include "node/store/faults.h"

namespace linli::store {

/// The records that show an attachment, or that losing edits of theirs would.
void name_records_of(Database& db, const crypto::Hash& attachment, VerifyFault& fault);

}  // namespace linli::store

// node/held_export.h: change sets that are held back, as a bundle for a node above.
#pragma once

#include "node/bundles.h"

namespace linli::node {

/// Writes a bundle (sync/BUNDLE.md) with the change sets of these hashes that are held back or kept
/// as evidence here, or that an upstream holds back, and the rulings on them; none named: all. It
/// ends no stretch of the log, and `bundle import` takes it as any other: the recipient judges each
/// set for itself. Answers with {for, sets, rulings, evidence}. Errors: not_found (nothing of it is
/// here, or the recipient may read none of it); unknown_certificate; the sink's, the store's.
[[nodiscard]] Result<Json> export_held(Replica& replica, const Hash& recipient,
                                       const std::vector<Hash>& sets,
                                       const BundleExport::Sink& sink);

}  // namespace linli::node

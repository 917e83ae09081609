// node/condensing.h: a part of a snapshot on its way into the log.
#pragma once

#include "node/replica.h"
#include "node/store/projector.h"
#include "sync/snapshot_parcel.h"

namespace linli::node {

/// What the calling thread finds out before the writer's turn.
struct PreparedPart {
  sync::SnapshotPart part;
  crypto::Signature signature{};
  Hash hash{};
  std::string stored;                                         ///< The body as the log keeps it.
  std::vector<sync::PartValue> values;                        ///< Those that came opened.
  std::vector<std::optional<store::RecordPreview>> previews;  ///< Of its records.
  std::optional<Error> problem;
  std::string bytes;  ///< As it came: for when it has to wait.
};
[[nodiscard]] PreparedPart prepare_part(const std::string& bytes,
                                        const crypto::CertificateBook& book);

}  // namespace linli::node

// node/store/pending.h: machines that ask to join, until somebody decides. A short list, kept
// whole.
#pragma once

#include "node/store/log.h"

namespace linli::store {

struct PendingRow {
  crypto::PublicKey key{};
  std::string request;  ///< As it came, signed.
  sync::Micros arrived = 0;
  bool refused = false;   ///< Kept a while, so that the newcomer learns of it.
  std::string from = {};  ///< The network that it came from; may be empty.
};
/// In the order of their arrival. Errors in what was stored are an empty list.
[[nodiscard]] std::vector<PendingRow> load_pending(Log& log);
void save_pending(Log& log, const std::vector<PendingRow>& rows);

}  // namespace linli::store

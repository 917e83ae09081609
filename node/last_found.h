// node/last_found.h: what the last exchange found out, kept for who asks when no agent runs.
#pragma once

#include "node/exchange.h"

namespace linli::node {

struct LastFound {
  std::optional<ClockDifference> clock;
  sync::Micros compared = 0;  ///< When the clocks were; by ours. 0: never.
  bool revoked = false;       ///< An upstream said that this node's key was ended.
};

/// Did the upstream refuse this node because its key was ended? Not: the upstream's own was.
[[nodiscard]] bool says_revoked(const Replica& replica, const Result<ExchangeReport>& report,
                                const Findings& found);
/// Writes down what an exchange found, however it ended. That it couldn't be written is logged
/// only.
void keep_last_found(Replica& replica, const Result<ExchangeReport>& report, const Findings& found);
[[nodiscard]] LastFound last_found(Replica& replica);

}  // namespace linli::node

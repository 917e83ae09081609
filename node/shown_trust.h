// node/shown_trust.h: what is said of trust to people and programs, as JSON.
#pragma once

#include "node/model/json.h"
#include "sync/revocation.h"

namespace linli::node {

/// {key (hex), reason, stands (how many change sets lie before the line), feeds}.
[[nodiscard]] inline model::Json revocation_json(const sync::Revocation& revocation) {
  std::uint64_t stands = 0;
  for (const auto& cut : revocation.cuts) stands += cut.seq;
  return {{"key", crypto::to_hex(revocation.key.view())},
          {"reason", revocation.reason},
          {"stands", stands},
          {"feeds", revocation.cuts.size()}};
}

}  // namespace linli::node

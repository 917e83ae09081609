// node/told_faults.h: what verify found, as a person reads it, in both languages.
#pragma once

#include "node/model/schema.h"
#include "node/store/faults.h"

namespace linli::node {

/// Both languages of one sentence, made up as it is told.
struct Sentence {
  std::string zh, en;
};
/// Where and what: "日志第 12 条：…", "log entry 12: …".
[[nodiscard]] Sentence told(const store::VerifyFault& fault);
/// What to do.
[[nodiscard]] Sentence told(store::Remedy remedy);

}  // namespace linli::node

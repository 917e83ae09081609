// What a stated time is compared with: this machine's clock, or the hub's word of a later one.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/authoring.h"

namespace linli::node {

std::optional<sync::Seen> Replica::Authoring::newest_seen() const {
  const auto seen = log().meta("seen");
  if (!seen) return std::nullopt;
  cbor::Reader r(*seen);
  if (r.array() != 4) return std::nullopt;
  sync::Seen head;
  head.epoch = r.uint();
  head.size = r.uint();
  head.root = Hash::of(r.bytes(32));
  head.time = r.sint();
  return r.ok() ? std::optional(head) : std::nullopt;
}

/// With a clock that is behind, what happened today would lie in the future: but the hub's time is
/// past it. What even the hub's newest word doesn't reach is refused, and then the clock is named.
void Replica::Authoring::check_with_others(const RecordType& type, const model::RecordView& record,
                                           std::vector<Fault>& faults) {
  const auto seen = newest_seen();
  const bool behind = seen && seen->time > moment.now + sync::kStampAheadMax;
  const auto at = [](sync::Micros now) {
    return model::Moment{now, model::local_day_of_ms(now / 1000)};
  };
  const auto before = faults.size();
  type.authoring_faults(record, *this, behind ? at(seen->time) : moment, faults);
  if (!behind || faults.size() == before) return;
  // Which of them would pass later? Those are of the time.
  constexpr sync::Micros kTenYears = 3650LL * 86'400 * 1'000'000;
  std::vector<Fault> later;
  type.authoring_faults(record, *this, at(seen->time + kTenYears), later);
  for (auto i = before; i < faults.size(); ++i) {
    auto& fault = faults[i];
    const bool stays = std::any_of(later.begin(), later.end(), [&](const Fault& other) {
      return other.field == fault.field && other.code == fault.code && other.zh == fault.zh;
    });
    if (stays) continue;
    const auto clock = model::instant_text(moment.now / 1000);
    fault.zh += "；本机时钟（" + clock + "）落后于市级中心，请先校正";
    fault.en += "; this machine's clock (" + clock + ") is behind the hub's: set it right";
  }
}

}  // namespace linli::node

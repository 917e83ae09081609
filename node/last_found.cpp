#include "node/last_found.h"

#include <spdlog/spdlog.h>

#include <sstream>

namespace linli::node {
namespace {

constexpr std::string_view kClock = "sync.clock", kRevoked = "sync.revoked";

}  // namespace

bool says_revoked(const Replica& replica, const Result<ExchangeReport>& report,
                  const Findings& found) {
  if (report || report.error().code != Errc::revoked) return false;
  const auto trust = replica.trust();  // Held: what find() answers with lives in it.
  const auto* above = trust->book.find(found.peer);
  return !above || !trust->book.revoked(*above);
}

void keep_last_found(Replica& replica, const Result<ExchangeReport>& report,
                     const Findings& found) {
  const bool revoked = says_revoked(replica, report, found);
  const auto now = replica.now();
  const auto kept = replica.write([&]() -> Result<void> {
    auto& log = replica.store().log();
    if (found.clock) {
      log.set_meta(kClock, std::to_string(found.clock->ahead) + ' ' +
                               std::to_string(found.clock->doubt) + ' ' + std::to_string(now));
    }
    // Who couldn't be reached said nothing.
    if (report || revoked) log.set_meta(kRevoked, revoked ? "1" : "");
    return {};
  });
  if (!kept) spdlog::warn("what the exchange found wasn't kept: {}", describe(kept.error()));
}

LastFound last_found(Replica& replica) {
  auto lease = replica.store().read();
  store::Log log(*lease);
  LastFound last;
  last.revoked = log.meta(kRevoked).value_or("") == "1";
  std::istringstream text(log.meta(kClock).value_or(""));
  ClockDifference clock;
  if (text >> clock.ahead >> clock.doubt >> last.compared) last.clock = clock;
  return last;
}

}  // namespace linli::node

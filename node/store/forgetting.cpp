// What is remembered of peers and is no longer true (peers.h).
#include "node/store/peers.h"

namespace linli::store {

void forget_sessions(Log& log) { log.database().execute("UPDATE peer SET session = zeroblob(16)"); }

bool forget_pushed(Log& log, const crypto::AuthorId& subject) {
  auto s = log.database().prepare(
      "UPDATE peer SET pushed_epoch = ?2, session = zeroblob(16) WHERE author = ?1");
  s.bind(1, log.author(subject)).bind(2, static_cast<std::int64_t>(sync::kEpochLost)).run();
  return log.database().changes() > 0;
}

void forget_pulled(Log& log) {
  log.database().execute("UPDATE peer SET pulled_epoch = 0, pulled_arrival = 0, pulled_mark = x''");
}

void forget_exchanges(Log& log) {
  log.database().execute(
      "UPDATE peer SET pulled_epoch = 0, pulled_arrival = 0, pulled_mark = x'', pushed_epoch = 1, "
      "session = zeroblob(16)");
}

}  // namespace linli::store

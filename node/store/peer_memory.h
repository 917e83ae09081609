// node/store/peer_memory.h: what is remembered of each peer (I9).
#pragma once

#include <optional>
#include <vector>

#include "node/store/log.h"
#include "sync/exchange.h"

namespace linli::store {

/// All but the certificate; nothing: never met.
[[nodiscard]] std::optional<sync::PeerMemory> peer_memory(Database& db,
                                                          const crypto::AuthorId& subject);
void save_peer(Log& log, const crypto::AuthorId& subject, const sync::PeerMemory& memory,
               sync::Micros at);
/// The next exchange with every peer asks for what this node wrote itself, too.
void forget_sessions(Log& log);
/// The next exchange with this peer asks what it has, as if it had been put back, and offers
/// everything else again.
/// False: it isn't one that we remember.
bool forget_pushed(Log& log, const crypto::AuthorId& subject);
/// The next exchange with every peer reads from the beginning.
void forget_pulled(Log& log);
/// The next exchange with every peer begins anew: after this store was put back from a copy.
void forget_exchanges(Log& log);

struct Contact {
  crypto::AuthorId author{};
  crypto::Hash certificate{};
  sync::Micros at = 0;  ///< By our clock.
};
[[nodiscard]] std::vector<Contact> contacts(Database& db);
void save_contacts(Log& log, const std::vector<Contact>& contacts);

/// The last counter that we used in a session (EXCHANGE.md, Sessions).
struct Counted {
  crypto::AuthorId author{};
  sync::Nonce session{};
  std::uint64_t counter = 0;
};
/// Those of sessions that go on; of the rest nothing is worth keeping.
void save_counters(Log& log, const std::vector<Counted>& counted);

}  // namespace linli::store

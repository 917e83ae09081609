#include "node/cosigning.h"

#include "node/history.h"
#include "node/store/history.h"
#include "sync/history.h"

namespace linli::node {

std::string cosigned(const Replica& replica, std::string_view note) {
  const auto read = crypto::SignedNote::decode(note);
  ensure(read.has_value(), "cosigned: a note that was checked");
  const auto seconds = static_cast<std::uint64_t>(replica.now() / 1'000'000);
  const auto own = crypto::cosign(replica.key(), sync::witness_name(replica.identity().author),
                                  read->text, seconds);
  return std::string(note) + own.line();
}

Result<std::size_t> take_cosigned(Replica& replica, std::string_view note) {
  const auto read = crypto::SignedNote::decode(note);
  if (!read) return fail(read.error());
  const auto head = crypto::Checkpoint::decode(read->text);
  if (!head) return fail(head.error());
  // Only what this node would sign itself: the same text, byte for byte.
  const auto own = history_checkpoint(replica.store(), replica.key(), head->size);
  if (!own) return fail(own.error());
  if (head->size == 0 || crypto::SignedNote::decode(*own)->text != read->text) {
    return fail(Errc::not_found, "not a head of the history that is kept here");
  }
  const auto trust = replica.trust();
  const auto witnesses = sync::witnesses_of(*read, trust->book);
  if (!witnesses) return fail(witnesses.error());
  auto kept = replica.write([&]() -> Result<void> {
    auto& db = replica.store().log().database();
    for (const auto& witness : *witnesses) {
      store::save_cosignature(db, head->origin, head->size, witness.line.name, witness.line.line());
    }
    return {};
  });
  if (!kept) return fail(kept.error());
  return witnesses->size();
}

}  // namespace linli::node

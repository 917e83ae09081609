// node/store/words.h: receipts and rulings that leave the log: a key signed them after its end
// (sync/revocation.h), or a later word says otherwise.
#pragma once

#include <vector>

#include "node/store/log.h"
#include "sync/revocation.h"

namespace linli::store {

/// A receipt or ruling in the log, and the numbers of the feed that it speaks of.
struct Word {
  std::int64_t arrival = 0, feed = 0;
  std::uint64_t from = 0, to = 0;
};
/// Those of this key that lie beyond its last head. Nothing, without looking at the log, of a key
/// whose end names no head.
[[nodiscard]] std::vector<Word> words_beyond(Log& log, const crypto::CertificateBook& book,
                                             const sync::RevocationList& ends,
                                             const crypto::PublicKey& key);
/// Takes it out of the log. For the writer.
void forget_word(Log& log, std::int64_t arrival);
/// Takes out every word on numbers of a feed behind this one. For the writer.
void forget_words_behind(Log& log, const Feed& feed, std::uint64_t after);

}  // namespace linli::store

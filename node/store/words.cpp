#include "node/store/words.h"

#include <set>

#include "sync/receipt.h"
#include "sync/ruling.h"

namespace linli::store {
namespace {

struct Said {
  crypto::Hash certificate{};
  sync::Seen head;
  std::uint64_t from = 0, to = 0;
};

std::optional<Said> read_word(sync::ObjectKind kind, std::string_view body) {
  if (kind == sync::ObjectKind::receipt) {
    const auto receipt = sync::Receipt::decode(body);
    if (!receipt) return std::nullopt;
    return Said{receipt->certificate, receipt->checkpoint, receipt->from, receipt->to};
  }
  const auto ruling = sync::Ruling::decode(body);
  if (!ruling) return std::nullopt;
  // A ruling knows no head: only its time can tell.
  return Said{ruling->certificate, {0, 0, {}, ruling->time}, ruling->seq, ruling->seq};
}

}  // namespace

std::vector<Word> words_beyond(Log& log, const crypto::CertificateBook& book,
                               const sync::RevocationList& ends, const crypto::PublicKey& key) {
  std::vector<Word> words;
  const auto* end = ends.of(key);
  if (!end || !end->last_head) return words;
  std::set<std::int64_t> signers;
  for (const auto& [hash, certificate] : book.all()) {
    if (certificate->signing_key == key) signers.insert(log.author(certificate->subject));
  }
  for (const auto signer : signers) {
    auto rows = log.database().prepare(
        "SELECT arrival, kind, feed, body FROM log WHERE kind IN (2, 3) AND author = ?1");
    rows.bind(1, signer);
    while (rows.step()) {
      const auto said =
          read_word(static_cast<sync::ObjectKind>(rows.integer(1)), unpack_body(rows.blob(3)));
      const auto* certificate = said ? book.find(said->certificate) : nullptr;
      if (!certificate || !ends.against_word(*certificate, said->head)) continue;
      words.push_back({rows.integer(0), rows.integer(2), said->from, said->to});
    }
  }
  return words;
}

void forget_word(Log& log, std::int64_t arrival) {
  log.database().prepare("DELETE FROM log WHERE arrival = ?1").bind(1, arrival).run();
}

void forget_words_behind(Log& log, const Feed& feed, std::uint64_t after) {
  auto gone =
      log.database().prepare("DELETE FROM log WHERE feed = ?1 AND kind IN (2, 3) AND seq > ?2");
  gone.bind(1, feed.id).bind(2, static_cast<std::int64_t>(after)).run();
}

}  // namespace linli::store

// Keys that were revoked: the line, and what lies beyond it (sync/revocation.h).
#include <algorithm>

#include "crypto/cbor.h"
#include "node/intake.h"
#include "node/store/held.h"

namespace linli::node {

namespace {

std::set<crypto::AuthorId> holders_of(const crypto::CertificateBook& book,
                                      const std::set<crypto::PublicKey>& keys) {
  std::set<crypto::AuthorId> holders;
  for (const auto& [hash, certificate] : book.all()) {
    if (keys.contains(certificate->signing_key)) holders.insert(certificate->subject);
  }
  return holders;
}

}  // namespace

void Replica::end_key(Trust& trust, const crypto::PublicKey& key) {
  trust.book.mark_revoked(key, trust.revocations.of(key)->reason,
                          trust.revocations.ended_from_above(key));
  ended_keys_.insert(key);
}

/// Why a set lies beyond the end of its key; nothing: it doesn't, or the hub has taken its number.
std::optional<Error> Replica::end_of_key(const store::LoadedSet& loaded, const Hash& hash,
                                         std::uint64_t receipted) const {
  const auto& set = loaded.set;
  if (set.seq <= receipted) return std::nullopt;
  const auto* writer = trust_->book.find(set.certificate);
  if (!writer) return std::nullopt;
  const auto* word = trust_->revocations.against(*writer, loaded.feed, set.seq, hash);
  if (!word) return std::nullopt;
  return Error{Errc::revoked, "its author's key was revoked: " + word->reason, {}};
}

/// What stands or doesn't with the word on these keys. At the hub nothing does: it has taken what
/// it holds, and that stands; it says so on where whoever ended the key may not write.
void Replica::follow_end_of(const std::set<crypto::PublicKey>& keys) {
  if (receipting_) return gather_ends(keys);
  auto& log = store_->log();
  for (const auto& holder : holders_of(trust_->book, keys)) {
    for (auto* feed : log.feeds_of(holder)) {
      // The hub may have taken them while the word on the key wasn't known here, or held back.
      for (const auto seq : store::held_numbers(store_->database(), *feed, feed->receipted)) {
        follow_rulings(*feed, seq);
      }
      for (auto seq = feed->receipted + 1; seq <= feed->tip.seq; ++seq) follow_rulings(*feed, seq);
    }
  }
}

/// The hub has taken more of a feed: what was held back beyond the end of its key counts now,
/// unless the hub has said otherwise.
void Replica::follow_end(store::Feed& feed, std::uint64_t after, std::uint64_t to) {
  if (receipting_ || !has_ended(feed)) return;
  for (auto seq = after + 1; seq <= std::min(to, feed.tip.seq); ++seq) follow_rulings(feed, seq);
}

bool Replica::has_ended(const store::Feed& feed) const {
  const auto keys = trust_->revocations.keys();
  if (keys.empty()) return false;
  return holders_of(trust_->book, {keys.begin(), keys.end()}).contains(feed.name.author);
}

Result<sync::Revocation> Replica::revoke(const crypto::AuthorId& subject, const std::string& reason,
                                         bool dry_run, const By& by) {
  if (reason.empty() || reason.size() > sync::kRevocationReasonMax) {
    return fail(
        Errc::missing_field,
        "请写明理由，1 至 200 字节，它会一并签名 say why, in 1 to 200 bytes: it is signed along",
        "reason");
  }
  sync::Revocation made;
  auto done = write([&, this]() -> Result<void> {
    auto& log = store_->log();
    const auto newest = trust_->book.newest_of(subject);
    if (!newest)
      return fail(Errc::not_found, "本市没有这个编号的节点 no node of the city has this id");
    made = {.city = identity().city,
            .certificate = identity().certificate,
            .key = trust_->book.find(*newest)->signing_key,
            .cuts = {},
            .reason = reason,
            .time = clock_.now()};
    if (const auto* word = trust_->revocations.of(made.key)) {
      return fail(Errc::replay, "此密钥早已吊销 this key is revoked already: " + word->reason);
    }
    for (const auto* feed : log.feeds_of(subject)) {
      if (feed->tip.seq > 0) made.cuts.push_back({feed->feed, feed->tip.seq, feed->tip.hash});
    }
    if (made.cuts.size() > sync::kCutsMax)
      return fail(Errc::too_large, "它写的流太多 it writes too many feeds");
    std::sort(made.cuts.begin(), made.cuts.end(),
              [](const auto& a, const auto& b) { return a.feed < b.feed; });
    crypto::SignedBody body{made.encode(), {}};
    body.signature = key().sign(crypto::kDomainRevocation, body.body);
    if (auto fair = sync::judge_revocation(made, body.body, body.signature, trust_->book); !fair) {
      return fair;
    }
    const Founding founding{sync::kTypeRevocation, body.encode()};
    const auto scopes = scopes_for(founding);
    if (dry_run && !scopes.empty()) return {};
    return author_founding(founding, scopes, by);
  });
  if (!done) return fail(done.error());
  return made;
}

}  // namespace linli::node

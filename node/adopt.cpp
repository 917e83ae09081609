// Certificates that come from a peer itself, ahead of the change sets that will bring them.
#include <algorithm>

#include "node/issuing.h"
#include "node/replica.h"

namespace linli::node {

namespace {
constexpr std::size_t kChainMax = 16;  ///< More than a city has levels.
/// More than a street has machines: whoever may issue certificates could show us new ones for ever,
/// and each is kept.
constexpr std::size_t kShownBelowMax = 2000;
constexpr sync::Micros kHour = 3600LL * 1'000'000;

/// Why a certificate that a peer shows isn't taken. What comes in change sets is judged by the hub.
Result<void> check_shown(const crypto::CertificateBook& book, std::string_view body) {
  const auto shown = crypto::Certificate::decode(body);
  const auto* issuer = shown ? book.find(shown->issuer) : nullptr;
  if (!issuer) return {};
  if (book.is_rival(*shown)) {
    return fail(Errc::forbidden, "a certificate for the key of somebody whom others enrolled");
  }
  if (issuer->issuer == book.city()) return {};
  const auto all = book.all();
  const auto below = std::count_if(all.begin(), all.end(), [&](const auto& one) {
    const auto* above = book.find(one.second->issuer);
    return above && above->subject == issuer->subject;
  });
  if (static_cast<std::size_t>(below) < kShownBelowMax) return {};
  return fail(Errc::slow_down, issuer->name + " has certified more machines than it can have");
}

}  // namespace

/// Was one of these issued since this incarnation began? One that is enrolled is certified as of an
/// hour ago.
bool Replica::issued_since_it_began(const std::vector<std::string>& certificates) {
  const auto began = store_->log().meta_int("incarnation_began", 0);
  return std::any_of(certificates.begin(), certificates.end(), [&](const auto& bytes) {
    const auto body = crypto::SignedBody::decode(bytes);
    const auto certificate = crypto::Certificate::decode(body->body);
    return certificate->valid_from_us + kHour > began;
  });
}

/// With all above it: what is known from a change set isn't there yet when anchors are read.
void Replica::anchor(const crypto::CertificateBook& book, const Hash& certificate) {
  for (const auto& link : chain_to(book, certificate)) {
    const auto content = crypto::SignedBody::decode(link)->body;
    store_->log().add_anchor(crypto::certificate_hash(content), link);
  }
}

Result<void> Replica::adopt(const std::vector<std::string>& chain) {
  if (chain.size() > kChainMax) return fail(Errc::too_large, "a chain of too many certificates");
  // Mostly nothing is new, and that takes no turn at the writer.
  const auto known = trust();
  const bool all_known = std::all_of(chain.begin(), chain.end(), [&](const auto& bytes) {
    const auto body = crypto::SignedBody::decode(bytes);
    return body && known->book.find(crypto::certificate_hash(body->body));
  });
  if (all_known) return {};
  return write([&, this]() -> Result<void> {
    std::vector<std::string> forgotten;
    std::vector<crypto::AuthorId> replaced;
    std::shared_ptr<Trust> changed;
    for (const auto& bytes : chain) {
      const auto body = crypto::SignedBody::decode(bytes);
      if (!body) return fail(body.error());
      const auto hash = crypto::certificate_hash(body->body);
      if ((changed ? changed->book : trust_->book).find(hash)) continue;
      if (!changed) changed = std::make_shared<Trust>(*trust_);
      if (auto good = check_shown(changed->book, body->body); !good) return good;
      if (auto added = changed->book.add(bytes); !added) return fail(added.error());
      // The end of its key may have come first, by another way.
      for (const auto& key : changed->revocations.prove(changed->book)) end_key(*changed, key);
      // What a key issued before its end came in its own feed; now anybody may hold that key.
      if (const auto* above = changed->book.find(changed->book.find(hash)->issuer);
          above && changed->book.revoked(*above)) {
        return fail(Errc::revoked, "the key that issued this certificate was revoked");
      }
      anchor(changed->book, hash);
      awake_.emplace_back(hash.view());
      const auto& subject = changed->book.find(hash)->subject;
      if (trust_->book.newest_of(subject)) replaced.push_back(subject);
      const auto* issuer = changed->book.find(changed->book.find(hash)->issuer);
      // Where this node doesn't work any more it has let go of what it issued, and forgot nothing.
      const auto* own = changed->book.find(identity().certificate);
      const bool works_there = own->covers(changed->book.find(hash)->paths.front());
      if (issuer && issuer->subject == identity().author && works_there) forgotten.push_back(bytes);
    }
    if (!changed) return {};
    // What this node issued and doesn't know stood on a disk that was put back since; also while it
    // catches up after another time, which a hub, whom nobody stands above, does for ever.
    const bool catching_up = store_->log().meta_int("catching_up", 0) != 0;
    if (!forgotten.empty() && (!catching_up || issued_since_it_began(forgotten))) {
      begin_anew("certificate_forgotten");
    }
    {
      const std::lock_guard lock(trust_guard_);
      trust_ = std::move(changed);
    }
    offer_again_to(replaced);
    take_up_newest_certificate();
    // Everybody else has to judge by it as well. With it or not at all: known here, it would not be
    // taken for forgotten a second time.
    for (const auto& certificate : forgotten) {
      const Founding founding{sync::kTypeCertificate, certificate};
      if (auto done = author_founding(founding, scopes_for(founding)); !done) return done;
    }
    return {};
  });
}

}  // namespace linli::node

#include "sync/revocation.h"

#include <algorithm>

#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kSuite = 1;
constexpr unsigned kRequired = 0x7F;

Revocation::Cut read_cut(cbor::Reader& r) {
  Revocation::Cut cut;
  if (r.array() != 3) r.reject("a cut is [feed, number, change set]");
  cut.feed = fixed<FeedId>(r);
  cut.seq = r.uint();
  cut.set = fixed<Hash>(r);
  if (cut.seq == 0) r.reject("numbers start at 1");
  return cut;
}

/// `signer`: null: a root key.
Result<void> judge_rank(const crypto::CertificateBook& book, const crypto::PublicKey& key,
                        const crypto::Certificate* signer) {
  if (signer && signer->succeeds(key)) return {};
  const auto above = book.stands_above_key(signer ? signer->subject : crypto::AuthorId{}, key);
  if (!above) return fail(Errc::unknown_certificate, "no certificate of the revoked key is known");
  if (!signer || *above) return {};
  return fail(Errc::forbidden, "only who stands above a key revokes it");
}

}  // namespace

std::string Revocation::encode() const {
  ensure(!reason.empty() && reason.size() <= kRevocationReasonMax, "Revocation: its reason");
  ensure(cuts.size() <= kCutsMax, "Revocation: too many feeds");
  cbor::Writer w;
  w.map(last_head ? 8 : 7);
  w.uint(0), w.uint(kSuite);
  w.uint(1), w.bytes(city.view());
  w.uint(2), w.bytes(certificate.view());
  w.uint(3), w.bytes(key.view());
  w.uint(4), w.array(cuts.size());
  for (const auto& cut : cuts) {
    w.array(3);
    w.bytes(cut.feed.view()), w.uint(cut.seq), w.bytes(cut.set.view());
  }
  w.uint(5), w.text(reason);
  w.uint(6), w.sint(time);
  if (last_head) w.uint(7), write_checkpoint(w, *last_head);
  return w.take();
}

Result<Revocation> Revocation::decode(std::string_view body) {
  if (body.size() > kRevocationBytesMax) return fail(Errc::too_large, "a revocation over 320 KiB");
  cbor::Reader r{body};
  Revocation revocation;
  unsigned present = 0;
  std::uint64_t suite = 0;
  bool critical_key = false;
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() >= 0 && m.key() <= 6) present |= 1u << m.key();
    switch (m.key()) {
      case 0:
        suite = r.uint();
        break;
      case 1:
        revocation.city = fixed<Hash>(r);
        break;
      case 2:
        revocation.certificate = fixed<Hash>(r);
        break;
      case 3:
        revocation.key = fixed<crypto::PublicKey>(r);
        break;
      case 4: {
        auto left = r.array();
        if (left > kCutsMax) r.reject("more than 4000 feeds");
        for (; left > 0 && r.ok(); --left) {
          auto cut = read_cut(r);
          if (!revocation.cuts.empty() && !(revocation.cuts.back().feed < cut.feed))
            r.reject("feeds come in ascending order, each once");
          revocation.cuts.push_back(cut);
        }
        break;
      }
      case 5:
        revocation.reason = r.text();
        if (revocation.reason.empty() || revocation.reason.size() > kRevocationReasonMax)
          r.reject("a reason has 1 to 200 bytes");
        break;
      case 6:
        revocation.time = r.sint();
        if (revocation.time < 0 || revocation.time > kTimeMax) r.reject("a time out of range");
        break;
      case 7:
        revocation.last_head = read_checkpoint(r);
        break;
      default:
        r.item();
        critical_key |= m.key() < 0;
    }
  }
  if ((present & kRequired) != kRequired) r.reject("a required key is missing");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  if (suite != kSuite) return fail(Errc::unknown_critical, "suite " + std::to_string(suite));
  if (critical_key) return fail(Errc::unknown_critical, "a critical key");
  return revocation;
}

bool Revocation::beyond(const FeedId& feed, std::uint64_t seq, const Hash& set) const {
  const auto cut = std::lower_bound(cuts.begin(), cuts.end(), feed,
                                    [](const Cut& c, const FeedId& f) { return c.feed < f; });
  if (cut == cuts.end() || cut->feed != feed) return true;
  return seq > cut->seq || (seq == cut->seq && set != cut->set);
}

Result<void> judge_revocation(const Revocation& revocation, std::string_view body,
                              const crypto::Signature& signature,
                              const crypto::CertificateBook& book) {
  if (revocation.city != book.city()) return fail(Errc::other_city);
  if (revocation.certificate == book.city()) {
    const auto& keys = book.root().keys;
    const bool signed_well = std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
      return crypto::verify(key, crypto::kDomainRevocation, body, signature);
    });
    if (!signed_well) return fail(Errc::bad_signature, "not signed by a root key");
    return judge_rank(book, revocation.key, nullptr);
  }
  const auto* signer = book.find(revocation.certificate);
  if (signer == nullptr) return fail(Errc::unknown_certificate, "the signer's");
  if (!crypto::verify(signer->signing_key, crypto::kDomainRevocation, body, signature))
    return fail(Errc::bad_signature, "the revocation isn't signed by " + signer->name);
  return judge_rank(book, revocation.key, signer);
}

bool RevocationList::add(std::string_view signed_revocation, const crypto::CertificateBook& book) {
  const auto signed_body = crypto::SignedBody::decode(signed_revocation);
  if (!signed_body) return false;
  auto revocation = Revocation::decode(signed_body->body);
  if (!revocation) return false;
  const auto hash = crypto::hash({crypto::kDomainRevocation, signed_body->body});
  const auto fair = judge_revocation(*revocation, signed_body->body, signed_body->signature, book);
  if (fair) {
    const auto* signer = book.find(revocation->certificate);
    const bool by_successor = signer && signer->succeeds(revocation->key);
    const auto key = revocation->key;
    return proven_[key].emplace(hash, Word{std::move(*revocation), by_successor}).second;
  }
  if (fair.error().code == Errc::unknown_certificate)
    unproven_.emplace(hash, std::string(signed_revocation));
  return false;
}

std::vector<crypto::PublicKey> RevocationList::prove(const crypto::CertificateBook& book) {
  std::vector<crypto::PublicKey> keys;
  for (const auto& [hash, bytes] : std::exchange(unproven_, {})) {
    if (!add(bytes, book)) continue;
    keys.push_back(Revocation::decode(crypto::SignedBody::decode(bytes)->body)->key);
  }
  return keys;
}

std::vector<const Revocation*> RevocationList::all_of(const crypto::Certificate& holder) const {
  std::vector<const Revocation*> all;
  const auto add = [&](const crypto::PublicKey& key, bool of_its_own) {
    const auto found = proven_.find(key);
    if (found == proven_.end()) return;
    for (const auto& [hash, word] : found->second)
      if (of_its_own || !word.by_successor) all.push_back(&word.revocation);
  };
  add(holder.signing_key, true);
  if (holder.issuer == holder.city) return all;
  for (const auto& before : holder.keys_before) add(before.key, false);
  return all;
}

const Revocation* RevocationList::against(const crypto::Certificate& writer, const FeedId& feed,
                                          std::uint64_t seq, const Hash& set) const {
  for (const auto* revocation : all_of(writer))
    if (revocation->beyond(feed, seq, set)) return revocation;
  return nullptr;
}

const Revocation* RevocationList::against_word(const crypto::Certificate& signer,
                                               const Seen& head) const {
  for (const auto* revocation : all_of(signer)) {
    const auto& last = revocation->last_head;
    if (!last) continue;
    const bool later = std::pair(head.epoch, head.size) > std::pair(last->epoch, last->size);
    if (later || head.time > last->time) return revocation;
  }
  return nullptr;
}

namespace {

const Revocation* earliest(const std::vector<const Revocation*>& all) {
  const auto first =
      std::min_element(all.begin(), all.end(), [](auto* a, auto* b) { return a->time < b->time; });
  return first == all.end() ? nullptr : *first;
}

}  // namespace

const Revocation* RevocationList::of(const crypto::PublicKey& key) const {
  const auto found = proven_.find(key);
  if (found == proven_.end()) return nullptr;
  std::vector<const Revocation*> all;
  for (const auto& [hash, word] : found->second) all.push_back(&word.revocation);
  return earliest(all);
}

const Revocation* RevocationList::of(const crypto::Certificate& holder) const {
  return earliest(all_of(holder));
}

bool RevocationList::ended_from_above(const crypto::PublicKey& key) const {
  const auto found = proven_.find(key);
  return found != proven_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [](const auto& entry) { return !entry.second.by_successor; });
}

std::vector<crypto::PublicKey> RevocationList::keys() const {
  std::vector<crypto::PublicKey> keys;
  for (const auto& [key, revocations] : proven_) keys.push_back(key);
  return keys;
}

}  // namespace linli::sync

#include "sync/ruling.h"

#include "crypto/cbor.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kSuite = 1;
constexpr unsigned kRequired = 0x7FF & ~(1u << 9);  // 9, the reason, may be left out

}  // namespace

std::string Ruling::encode() const {
  ensure(reason.size() <= kRulingReasonMax, "Ruling: its reason is too long");
  cbor::Writer w;
  ensure(!actor || verdict == Verdict::approved, "Ruling: nobody in person holds back");
  w.map(10u + !reason.empty() + actor.has_value());
  w.uint(0), w.uint(kSuite);
  w.uint(1), w.bytes(city.view());
  w.uint(2), w.bytes(certificate.view());
  w.uint(3), w.bytes(feed.view());
  w.uint(4), w.text(scope);
  w.uint(5), w.uint(static_cast<std::uint64_t>(audience));
  w.uint(6), w.uint(seq);
  w.uint(7), w.bytes(set.view());
  w.uint(8), w.uint(static_cast<std::uint64_t>(verdict));
  if (!reason.empty()) w.uint(9), w.text(reason);
  w.uint(10), w.sint(time);
  if (actor) w.uint(11), w.bytes(actor->view());
  return w.take();
}

Result<Ruling> Ruling::decode(std::string_view body) {
  if (body.size() > kRulingBytesMax) return fail(Errc::too_large, "a ruling over 4 KiB");
  cbor::Reader r{body};
  Ruling ruling;
  unsigned present = 0;
  std::uint64_t suite = 0, audience = 0, verdict = 0;
  bool critical_key = false;
  const auto hash = [&] {
    const auto bytes = r.bytes(Hash::size());
    return r.ok() ? Hash::of(bytes) : Hash{};
  };
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() >= 0 && m.key() <= 10) present |= 1u << m.key();
    switch (m.key()) {
      case 0:
        suite = r.uint();
        break;
      case 1:
        ruling.city = hash();
        break;
      case 2:
        ruling.certificate = hash();
        break;
      case 3: {
        const auto bytes = r.bytes(FeedId::size());
        if (r.ok()) ruling.feed = FeedId::of(bytes);
        break;
      }
      case 4:
        ruling.scope = r.text();
        break;
      case 5:
        audience = r.uint();
        break;
      case 6:
        ruling.seq = r.uint();
        break;
      case 7:
        ruling.set = hash();
        break;
      case 8:
        verdict = r.uint();
        break;
      case 9:
        ruling.reason = r.text();
        if (ruling.reason.empty() || ruling.reason.size() > kRulingReasonMax)
          r.reject("a reason has 1 to 200 bytes");
        break;
      case 10:
        ruling.time = r.sint();
        if (ruling.time < 0 || ruling.time > kTimeMax) r.reject("a time out of range");
        break;
      case 11: {
        const auto bytes = r.bytes(Nonce::size());
        if (r.ok()) ruling.actor = Nonce::of(bytes);
        break;
      }
      default:
        r.item();
        critical_key |= m.key() < 0;
    }
  }
  if ((present & kRequired) != kRequired) r.reject("a required key is missing");
  if (!crypto::valid_scope(ruling.scope)) r.reject("not a scope path");
  if (ruling.seq == 0) r.reject("numbers start at 1");
  if (ruling.actor && verdict == 0) r.reject("nobody in person holds back");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));

  if (suite != kSuite) return fail(Errc::unknown_critical, "suite " + std::to_string(suite));
  if (critical_key) return fail(Errc::unknown_critical, "a critical key");
  if (audience > static_cast<std::uint64_t>(Audience::everyone))
    return fail(Errc::unknown_critical, "audience " + std::to_string(audience));
  if (verdict > 1) return fail(Errc::unknown_critical, "verdict " + std::to_string(verdict));
  ruling.audience = static_cast<Audience>(audience);
  ruling.verdict = static_cast<Verdict>(verdict);
  return ruling;
}

Result<void> judge_ruling(const Ruling& ruling, std::string_view body,
                          const crypto::Signature& signature, const crypto::CertificateBook& book) {
  if (ruling.city != book.city()) return fail(Errc::other_city);
  const auto* signer = book.find(ruling.certificate);
  if (signer == nullptr) return fail(Errc::unknown_certificate);
  if (!crypto::verify(signer->signing_key, crypto::kDomainRuling, body, signature))
    return fail(Errc::bad_signature, "the ruling isn't signed by " + signer->name);
  if ((signer->rights & crypto::kRightReceipt) == 0)
    return fail(Errc::forbidden, signer->name + " may not rule");
  if (!signer->covers(ruling.scope))
    return fail(Errc::out_of_scope, signer->name + " doesn't cover " + ruling.scope);
  return {};
}

}  // namespace linli::sync

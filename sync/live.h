// sync/live.h: the token that opens a live stream: who listens, shown once, to one peer.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "crypto/certificate.h"
#include "sync/names.h"

namespace linli::sync {

/// How far a token's time may be from the server's clock. The client writes the server's time as
/// it knows it from the last exchange: clocks of offices are wrong.
inline constexpr Micros kLiveTokenMicros = 120'000'000;

struct LiveToken {
  Hash city{};
  Hash certificate{};  ///< Of who listens; its key signs.
  Hash server{};       ///< Certificate of the peer that it is shown to.
  Micros time = 0;     ///< By the server's clock.

  /// Signed under kDomainLive, in base64url: as it stands in the header `Authorization: Linli …`.
  [[nodiscard]] std::string sign(const crypto::SigningKey& key) const;
};

/// Lets each token in once. Thread-safe.
class LiveDoor {
 public:
  /// Whose stream may begin. Errors: malformed, other_city, stranger (shown to another peer),
  /// unknown_certificate, bad_signature, expired (the certificate, or the token's time is off),
  /// replay (not later than the token before it).
  [[nodiscard]] Result<Hash> enter(std::string_view token, const Hash& server,
                                   const crypto::CertificateBook& book, Micros now);

 private:
  std::mutex guard_;
  std::map<Hash, Micros> last_;  ///< By certificate: the newest token's time. Guarded.
};

}  // namespace linli::sync

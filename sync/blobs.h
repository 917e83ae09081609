// sync/blobs.h: what two nodes say to each other about attachments, without I/O (see BLOBS.md).
//
// Messages are packed and signed like those of the exchange, under domains of their own. The
// content itself needs no signature: its name is its hash.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sync/exchange.h"

namespace linli::sync {

inline constexpr std::uint64_t kBlobBytesMax = 64u << 20;  ///< One attachment, DESIGN §7.
inline constexpr std::size_t kBlobAskMax = 1'000;          ///< Offers and wishes in one request.
inline constexpr std::size_t kBlobAuthorsMax = 16;         ///< Of one offer.

/// "I have this one": for a record of mine, or of these authors, who gave it to me.
struct BlobOffer {
  Hash hash{};
  std::uint64_t size = 0;
  std::vector<AuthorId> authors;  ///< Empty: me.
  std::optional<Hash> proof;      ///< Asked for by `prove`: blob_proof_key's hash of the content.
};

struct BlobRequest {
  std::uint64_t protocol = 1;
  Hash city{};
  Hash certificate{};
  Nonce session{};
  std::uint64_t counter = 0;  ///< Greater than in every request of this session before it.
  std::vector<BlobOffer> offers;
  std::vector<Hash> wishes;  ///< "May I have these?"
  /// Content goes with this request, or is to come: of the one offer or the one wish, from this
  /// byte.
  std::optional<std::uint64_t> from;

  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large, unknown_critical, newer_version.
  [[nodiscard]] static Result<BlobRequest> decode(std::string_view body);
};

struct BlobAnswer {
  enum class State : std::uint8_t {
    no = 0,         ///< Not taken, or nothing to give.
    held = 1,       ///< Durable here, and delivered by those it was offered for.
    send = 2,       ///< Send it, from byte `number`.
    prove = 3,      ///< Here, but not from you: prove that you have it.
    available = 4,  ///< You may have it: `number` bytes, delivered by `authors`.
    full = 5,       ///< Not taken now: no room.
    coming = 6,     ///< To a wish: being fetched from further up; ask again in a moment.
  } state = State::no;
  std::uint64_t number = 0;
  std::vector<AuthorId> authors;
  bool at_hub = false;  ///< `held`, `available`: the hub has it, as far as is known here.
};

struct BlobResponse {
  std::uint64_t protocol = 1;
  Hash request{};  ///< BLAKE2b-256 of the request's body.
  Nonce session{};
  std::optional<Errc> error;
  std::string detail;
  std::uint64_t counter = 0;        ///< With `unauthorised`: the last one taken from us.
  std::uint64_t epoch = 0;          ///< Of the answering store: another one may have forgotten.
  std::vector<BlobAnswer> answers;  ///< To the offers, then to the wishes.
  /// The epoch of the hub's store that `at_hub` is about; 0: unknown, and then nobody is to believe
  /// it. Left out by the hub itself.
  std::uint64_t hub_epoch = 0;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<BlobResponse> decode(std::string_view body);
};

/// The key under which `by` hashes a content to show that it has it: nobody else's answer fits.
[[nodiscard]] std::string blob_proof_key(const AuthorId& by);

/// Lets each request in once: who records one can't play it back. Thread-safe.
class BlobDoor {
 public:
  /// Checks city, certificate, signature and counter; answers with the request. On failure fills in
  /// `response` what the client needs to come again. Errors: malformed, too_large,
  /// unknown_critical, newer_version, other_city, unknown_certificate, bad_signature, expired,
  /// unauthorised.
  [[nodiscard]] Result<BlobRequest> enter(const crypto::SignedBody& signed_request,
                                          const crypto::CertificateBook& book, const Hash& city,
                                          Micros now, BlobResponse& response);

 private:
  std::mutex guard_;
  Nonce session_ = crypto::random<Nonce>();
  std::map<Hash, std::uint64_t> last_;  ///< By certificate; guarded.
};

}  // namespace linli::sync

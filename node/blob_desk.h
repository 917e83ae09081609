// node/blob_desk.h: answers other nodes about attachments (the serving side of sync/BLOBS.md).
#pragma once

#include "node/replica.h"
#include "sync/blobs.h"

namespace linli::node {

/// Thread-safe. Signed requests come in as crypto::SignedBody (sync::unpack), answers go out
/// packed.
class BlobDesk {
 public:
  explicit BlobDesk(Replica& replica) : replica_(replica) {}

  /// Which of these do you have, and which may I have? Always answers.
  [[nodiscard]] std::string ask(const crypto::SignedBody& request);

  /// A request that content comes with: either where it goes, or the answer that it is refused
  /// with.
  struct Delivery {
    std::optional<Blobs::Receiving> receiving;
    sync::BlobResponse response;
  };
  [[nodiscard]] Delivery begin(const crypto::SignedBody& request);
  /// After the content came, or broke off: makes durable what came, and says how far that is.
  [[nodiscard]] std::string end(Delivery& delivery, const std::optional<Error>& failed);

  /// Content that may be read by whoever asks (I6, rule 25), from a byte on. Errors: as
  /// BlobDoor::enter; not_found (nothing that this reader may have), bad_value (from beyond its
  /// end).
  struct Content {
    Blobs::Reading reading;
    std::uint64_t from = 0;
  };
  [[nodiscard]] Result<Content> fetch(const crypto::SignedBody& request);

  [[nodiscard]] std::string pack(const sync::BlobResponse& response) const;

 private:
  [[nodiscard]] Result<sync::BlobRequest> enter(const crypto::SignedBody& request,
                                                sync::BlobResponse& response,
                                                crypto::Certificate& certificate);
  [[nodiscard]] sync::BlobAnswer answer(const sync::BlobOffer& offer,
                                        const crypto::Certificate& peer, int& proofs_left);
  [[nodiscard]] std::optional<Blobs::Deliverer> deliverer(const sync::BlobOffer& offer,
                                                          const crypto::Certificate& peer);
  [[nodiscard]] bool is_hub() const;
  [[nodiscard]] bool at_hub(const Hash& hash);

  Replica& replica_;
  sync::BlobDoor door_;
};

}  // namespace linli::node

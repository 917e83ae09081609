// node/bundle_blobs.h: the attachments of a bundle, as they stream past.
#pragma once

#include <functional>
#include <optional>

#include "node/replica.h"
#include "sync/bundle.h"

namespace linli::node {

/// Checks each attachment's hash and, while taking, gives it to the store of attachments, where a
/// delivery that was cut off goes on. One that is refused stops nobody. Not thread-safe.
class BundleBlobs {
 public:
  using Refused = std::function<void(const Error&)>;
  BundleBlobs(Replica& replica, bool take, Refused refused)
      : replica_(replica), take_(take), refused_(std::move(refused)) {}

  /// Who made the bundle. Whoever stands above this node is believed for whom it delivers; others
  /// deliver for themselves, and for those whose change sets they brought (rule 25).
  void begin_from(const AuthorId& exporter, bool above);
  /// Errors: disk_full, io.
  [[nodiscard]] Result<void> begin(const sync::BlobHead& head);
  [[nodiscard]] Result<void> piece(std::string_view bytes);

  [[nodiscard]] std::uint64_t blobs() const { return blobs_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
  [[nodiscard]] std::uint64_t known() const { return known_; }

 private:
  [[nodiscard]] Result<void> end();
  [[nodiscard]] Result<void> refuse(const Error& why);

  Replica& replica_;
  bool take_;
  Refused refused_;
  AuthorId exporter_{};
  bool above_ = false;
  std::uint64_t blobs_ = 0, bytes_ = 0, accepted_ = 0, known_ = 0;
  // Of the one that streams past.
  sync::BlobHead head_;
  std::uint64_t at_ = 0;  ///< Bytes of it so far.
  std::optional<crypto::Hasher> hasher_;
  std::optional<Blobs::Receiving> receiving_;  ///< Nothing: passed over.
  std::vector<AuthorId> for_;
};

}  // namespace linli::node

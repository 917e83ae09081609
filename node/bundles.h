// node/bundles.h: handing another node what it may have of our log on a stick, and taking in what
// another one handed us.
//
// Only the content: in which files it lies, and how it gets there, is bundle_files.h and the API.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "node/bundle_blobs.h"
#include "node/replica.h"
#include "sync/bundle.h"

namespace linli::node {

/// The newest certificate of the node that a person means by its name, scope, role or the first 8
/// or more hexadecimal digits of its certificate or author id. Errors: not_found; bad_value
/// (several: names them, or this node itself).
[[nodiscard]] Result<Hash> find_node(const Replica& replica, std::string_view named);

/// What a head says in the clear: {id, for, from, city, created, part, parts, bytes}; for and from
/// with the name and scope, if `trust` knows them. May be null.
[[nodiscard]] Json head_json(const sync::PartHead& head, const Trust* trust);

struct ExportRequest {
  Hash recipient{};                     ///< Certificate.
  std::optional<sync::BundleId> since;  ///< Go on behind this bundle, made here for the recipient.
  bool all = false;     ///< Everything, what the recipient itself wrote too (it lost its disk).
  bool photos = false;  ///< With attachments.
};

/// One bundle in the making. Not thread-safe.
class BundleExport {
 public:
  using Sink = sync::BundleEncoder::Sink;
  using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

  /// Decides what goes into it; by default what arrived here behind what the recipient is known to
  /// have: by its receipts, by what it acknowledged on the line, or by a bundle that came back from
  /// it. Errors: unknown_certificate, not_found (`since` wasn't made here), bad_value (… or for
  /// another node), io and what reading the store says.
  [[nodiscard]] static Result<BundleExport> prepare(Replica& replica, const ExportRequest& request);

  /// Writes it (a head, as one part of unknown size, then the content) and remembers that it was
  /// made. Memory: one page of the log. Errors: the sink's, the store's.
  [[nodiscard]] Result<void> run(const Sink& sink, const Progress& progress = {});

  /// {id, for, since, all, after, upto, parcels, receipts} for people and programs.
  [[nodiscard]] Json json() const;
  [[nodiscard]] const sync::Manifest& manifest() const { return manifest_; }

 private:
  explicit BundleExport(Replica& replica) : replica_(replica) {}
  [[nodiscard]] Result<void> write_objects(sync::BundleEncoder& encoder, const Progress& progress);
  using TakeBlob = std::function<Result<void>(const store::BlobToSend&)>;
  [[nodiscard]] Result<void> each_blob(const TakeBlob& take);
  [[nodiscard]] Result<void> write_blob(sync::BundleEncoder& encoder,
                                        const store::BlobToSend& blob);

  Replica& replica_;
  sync::Manifest manifest_;
  crypto::Certificate recipient_;
  sync::Tally written_;
};

/// Reads one bundle, as one part, from its first byte to its last. Not thread-safe.
///
/// Checking changes nothing: it opens every chunk, the manifest's signature and the structure of
/// every frame and object. Taking does the same and gives the objects to the replica, a frame at a
/// time, each durable by itself: cut off anywhere, the same bundle is simply taken again.
class BundleIntake {
 public:
  enum class Mode { check, take };
  BundleIntake(Replica& replica, Mode mode);

  /// Errors: bad_input, newer_version, other_city, wrong_recipient, stranger, bad_signature,
  /// truncated, altered, too_large, malformed; while taking also what the replica says of this
  /// moment (slow_down, disk_full, io, …): what was taken before stays. Stands once it happened.
  /// `field`: the place, in bytes of content.
  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// After the last byte. What is in it, and while taking what became of it: {id, for, from, …,
  /// parcels, receipts, changes, blobs, blob_bytes, kinds, scopes, authors, first, last} and
  /// {accepted, known, waiting, refused, refusals, ? rolled_back}.
  [[nodiscard]] Result<Json> finish();
  [[nodiscard]] const std::optional<sync::PartHead>& head() const { return decoder_.head(); }

 private:
  [[nodiscard]] Result<void> drain();
  [[nodiscard]] Result<void> judge_head(const sync::PartHead& head) const;
  [[nodiscard]] Result<void> choose_key(const sync::PartHead& head);
  [[nodiscard]] Result<void> open(const sync::Frame& frame);
  [[nodiscard]] Result<bool> knows_more(const sync::KnownFeed& told);
  [[nodiscard]] Result<void> notice_rollback();
  [[nodiscard]] Result<void> objects(const sync::Frame& frame);
  [[nodiscard]] Result<void> take(std::vector<sync::Object> objects);
  [[nodiscard]] Result<void> remember();
  [[nodiscard]] Result<bool> handed_on_branches();
  [[nodiscard]] Result<void> settle();
  void look_at(const sync::Object& object);
  void count_refusal(const Error& why);

  Replica& replica_;
  Mode mode_;
  sync::BundleDecoder decoder_;
  bool head_judged_ = false;
  std::optional<sync::Manifest> manifest_;
  TrustPtr proven_;  ///< The city's certificates and the exporter's chain.
  crypto::AuthorId exporter_{};
  std::optional<Error> failed_;
  BundleBlobs blobs_;

  // What was seen.
  sync::Tally tally_;
  std::uint64_t changes_ = 0, unreadable_ = 0;
  std::map<std::string, std::uint64_t> types_, scopes_, authors_;  ///< Bounded, see kNamedMax.
  sync::Micros first_ = 0, last_ = 0;
  // What became of it.
  bool rolled_back_ = false;  ///< The exporter knows more of our own feeds than we do.
  std::uint64_t accepted_ = 0, known_ = 0, waiting_ = 0, refused_ = 0;
  Json refusals_ = Json::array();  ///< The first few.
};

}  // namespace linli::node

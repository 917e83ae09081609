// sync/bundle.h: what one node hands another on a stick: one stream of bytes, in one file or
// several.
//
//   head ‖ sealed key ‖ stream header ‖ chunk ‖ chunk ‖ … ‖ last chunk
//   in the chunks: frame ‖ frame ‖ …, the manifest first, the end last
//
// BUNDLE.md says it byte by byte. Encoder and decoder are fed and drained: no files, no clock, and
// never more in memory than one frame.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/sealed.h"
#include "sync/blobs.h"

namespace linli::sync {

inline constexpr std::size_t kBundleHeadBytes = 192;
inline constexpr std::size_t kBundleChunkBytes = 64u << 10;    ///< Before it is sealed.
inline constexpr std::size_t kFrameBytesMax = kBatchBytesMax;  ///< Decompressed.
inline constexpr std::size_t kManifestBytesMax = 1u << 20;
inline constexpr std::size_t kChainMax = 16;  ///< Certificates from the root down to the exporter.

using BundleId = crypto::FixedBytes<16, struct BundleTag>;

/// What stands in the clear before each part. Everything but the four numbers at its end is the
/// same in all parts, and sealed into the stream; the numbers may be written anew by who splits or
/// joins parts: putting them in the wrong place breaks the stream.
struct PartHead {
  BundleId id{};
  Hash city{};
  Hash recipient{}, exporter{};  ///< Certificates.
  Micros created = 0;
  std::uint32_t part = 1;
  std::uint32_t parts = 0;   ///< 0: one part, whose size wasn't known when it was begun.
  std::uint64_t size = 0;    ///< Bytes of content in this part, behind the head.
  std::uint64_t offset = 0;  ///< Bytes of content in the parts before it.

  [[nodiscard]] std::string encode() const;
  /// Errors: bad_input (not a bundle), newer_version, truncated, altered, malformed (its numbers
  /// contradict each other).
  [[nodiscard]] static Result<PartHead> decode(std::string_view bytes);
  /// Do both belong to one bundle?
  [[nodiscard]] bool same_bundle(const PartHead& other) const;
};

struct Tally {
  std::uint64_t parcels = 0, receipts = 0;  ///< Objects of any other kind count as parcels.
  std::uint64_t blobs = 0, blob_bytes = 0;
  bool operator==(const Tally&) const = default;
};

/// How far the exporter knows a feed of the recipient's own.
struct KnownFeed {
  Frontier tip;
  std::uint64_t incarnation = 0;
};

/// The exporter's signed word on what the bundle is (kDomainBundle). Arrival numbers are its own.
struct Manifest {
  Hash city{};
  BundleId id{};
  Hash exporter{}, recipient{};  ///< Certificates.
  Micros created = 0;
  Hash stream{};  ///< The stream that it belongs to: BundleEncoder::binding().
  std::uint64_t epoch = 0, after = 0, upto = 0;  ///< Holds what arrived behind `after`, to `upto`.
  std::optional<BundleId> since;                 ///< The bundle that ended at `after`.
  bool include_own = false;                      ///< Also what the recipient wrote itself.
  bool photos = false;                           ///< The attachments that its objects name.
  Tally tally;
  /// Signed certificates that prove the exporter's, from the one that the root issued down to it.
  std::vector<std::string> chain;
  /// Of the recipient's own arrival numbers: everything up to this is with the exporter, by
  /// bundles.
  std::uint64_t acknowledged_epoch = 0, acknowledged = 0;
  std::vector<KnownFeed> yours;

  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large, unknown_critical.
  [[nodiscard]] static Result<Manifest> decode(std::string_view body);
};

/// A manifest as it travels, checked: signed by a certificate that chains to the city's root, and
/// about this very head and stream. `book` is a copy that learns the chain. Errors: malformed,
/// too_large, unknown_critical, other_city, stranger (its chain doesn't lead to the root),
/// bad_signature, altered (it belongs to another head or stream).
[[nodiscard]] Result<Manifest> open_manifest(std::string_view signed_manifest, const PartHead& head,
                                             const Hash& stream, crypto::CertificateBook& book);

enum class FrameKind : std::uint8_t {
  manifest = 1,    ///< crypto::SignedBody; the first, and only there.
  objects = 2,     ///< zstd of CBOR [kind, bytes, kind, bytes, …].
  blob = 3,        ///< CBOR [hash, size, [author, …]]: an attachment begins.
  blob_piece = 4,  ///< Its next bytes, at most kBlobPieceBytes.
  end = 5,         ///< CBOR [frames before it, parcels, receipts, blobs, their bytes].
};
inline constexpr std::size_t kBlobPieceBytes = 256u << 10;

struct Frame {
  FrameKind kind = FrameKind::end;
  std::string payload;       ///< Decompressed.
  std::uint64_t number = 0;  ///< From 0.
};

[[nodiscard]] std::string encode_objects(const std::vector<Object>& objects);
/// Errors: malformed, too_large (more than kBatchObjectsMax).
[[nodiscard]] Result<std::vector<Object>> decode_objects(std::string_view payload);
struct BlobHead {
  Hash hash{};
  std::uint64_t size = 0;
  std::vector<AuthorId> authors;  ///< For whom it is delivered (BLOBS.md): 1 to kBlobAuthorsMax.
  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large.
  [[nodiscard]] static Result<BlobHead> decode(std::string_view payload);
};

/// Writes a bundle into `sink`: the head (as one part of unknown size), then the content.
class BundleEncoder {
 public:
  using Sink = std::function<Result<void>(std::string_view)>;
  /// Errors: bad_value (the sealing key), the sink's.
  [[nodiscard]] static Result<BundleEncoder> begin(const PartHead& head,
                                                   const crypto::SealingKey& recipient, Sink sink);
  /// Ties a manifest to this stream: whoever can't open the bundle can't move it to another one.
  [[nodiscard]] const Hash& binding() const { return binding_; }
  [[nodiscard]] Result<void> manifest(const Manifest& manifest, const crypto::SigningKey& key);
  [[nodiscard]] Result<void> objects(const std::vector<Object>& objects);
  [[nodiscard]] Result<void> blob(const BlobHead& head);
  [[nodiscard]] Result<void> blob_piece(std::string_view bytes);
  [[nodiscard]] Result<void> end();  ///< Nothing may follow.
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  BundleEncoder(std::unique_ptr<crypto::StreamSealer> sealer, std::string beside,
                const Hash& binding, Sink sink);
  [[nodiscard]] Result<void> frame(FrameKind kind, std::string_view payload);
  [[nodiscard]] Result<void> flush(bool last);

  std::unique_ptr<crypto::StreamSealer> sealer_;
  std::string beside_, pending_;
  Sink sink_;
  Hash binding_{};
  Tally tally_;
  std::uint64_t frames_ = 0;
};

/// Reads a bundle of one part: `feed` bytes, take frames with `next` until it has none, feed on;
/// `close` after the last byte, and `next` again. An error stands: after it every call answers with
/// it. Its `field` is the place, in bytes of content from 0; its text says the frame.
class BundleDecoder {
 public:
  explicit BundleDecoder(const crypto::SigningKey& key) : key_(&key) {}
  /// Opens with another key, of the certificate that the head names: before next().
  void use(const crypto::SigningKey& key) { key_ = &key; }
  void feed(std::string_view bytes) { input_.append(bytes); }
  void close() { closed_ = true; }
  /// Reads the head alone: true once it is there, so that whose it is can be asked before anything
  /// is opened. Errors: those of PartHead; bad_usage (one of several parts).
  [[nodiscard]] Result<bool> begin();
  /// Nothing: it needs more bytes, or (closed) the bundle is complete. Errors: those of PartHead;
  /// truncated, altered, too_large, malformed, newer_version (a frame that must be understood).
  [[nodiscard]] Result<std::optional<Frame>> next();
  [[nodiscard]] const std::optional<PartHead>& head() const { return head_; }
  [[nodiscard]] const Hash& binding() const { return binding_; }
  [[nodiscard]] bool complete() const { return ended_; }
  /// Bytes of content opened so far, for a progress bar.
  [[nodiscard]] std::uint64_t position() const { return chunk_at_; }

 private:
  [[nodiscard]] Result<bool> open_more();
  [[nodiscard]] Result<bool> open_head();
  [[nodiscard]] Result<bool> open_key();
  [[nodiscard]] Result<std::optional<Frame>> cut_frame();
  [[nodiscard]] Result<std::optional<Frame>> cut_any_frame();
  [[nodiscard]] Result<void> in_order(const Frame& frame);
  [[nodiscard]] tl::unexpected<Error> broken(Errc code, std::string what);

  const crypto::SigningKey* key_;
  std::string input_, plain_;
  std::size_t used_ = 0;  ///< Of plain_.
  bool closed_ = false, sealed_end_ = false, ended_ = false;
  std::optional<PartHead> head_;
  std::optional<crypto::StreamOpener> opener_;
  std::string beside_;
  Hash binding_{};
  std::uint64_t chunk_at_ = 0, frames_ = 0;
  Tally tally_;
  std::uint64_t blob_left_ = 0;
  std::optional<Error> failed_;
};

}  // namespace linli::sync

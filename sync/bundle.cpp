// The stream: head, chunks and frames of a bundle. What a manifest says: bundle_manifest.cpp.
#include "sync/bundle.h"

#include "crypto/cbor.h"

namespace linli::sync {
namespace {

constexpr std::string_view kMagic = "linli bundle 1\r\n";
constexpr std::string_view kMagicStem = "linli bundle ";
constexpr std::string_view kDomainPart = "linli/bundle-part/1";
constexpr std::size_t kInvariantBytes = 136;  ///< Of the head: the same in all parts.
constexpr std::size_t kChecksumAt = 160;
constexpr std::size_t kKeyBytes = 32 + crypto::kSealBytes;
constexpr std::size_t kSealedChunk = kBundleChunkBytes + crypto::kStreamChunkBytes;
constexpr std::size_t kFrameHeadBytes = 5;
constexpr std::uint8_t kOptionalKinds = 128;  ///< From here on a frame may be passed over.

template <class Int>
void put(std::string& out, Int value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFF);
}

template <class Int>
Int get(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Int); ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<Int>(value);
}

Hash binding_of(const crypto::StreamKey& key, std::string_view header) {
  return crypto::hash({crypto::kDomainBundle, header}, key.view());
}

}  // namespace

// ---- Head ---------------------------------------------------------------------------------------

std::string PartHead::encode() const {
  std::string out(kMagic);
  out.append(id.view()).append(city.view()).append(recipient.view()).append(exporter.view());
  put(out, created);
  put(out, part);
  put(out, parts);
  put(out, size);
  put(out, offset);
  out.append(crypto::hash({kDomainPart, out}).view());
  return out;
}

Result<PartHead> PartHead::decode(std::string_view bytes) {
  const auto begin = bytes.substr(0, kMagic.size());
  if (begin != kMagic) {
    // What is there has to be the beginning of one, or a whole one of another version.
    if (!begin.empty() && begin.size() < kMagic.size() && kMagic.starts_with(begin))
      return fail(Errc::truncated, "ends within the head", "0");
    const bool other = begin.starts_with(kMagicStem) && begin.substr(kMagicStem.size()) != "1\r\n";
    return fail(other ? Errc::newer_version : Errc::bad_input,
                other ? "a bundle of another version" : "not a bundle of Linli", "0");
  }
  if (bytes.size() < kBundleHeadBytes) return fail(Errc::truncated, "ends within the head", "0");
  const auto checksum = crypto::hash({kDomainPart, bytes.substr(0, kChecksumAt)});
  if (checksum.view() != bytes.substr(kChecksumAt, Hash::size()))
    return fail(Errc::altered, "the head isn't what was written", "0");
  PartHead head;
  head.id = BundleId::of(bytes.substr(16, 16));
  head.city = Hash::of(bytes.substr(32, 32));
  head.recipient = Hash::of(bytes.substr(64, 32));
  head.exporter = Hash::of(bytes.substr(96, 32));
  head.created = get<Micros>(bytes, 128);
  head.part = get<std::uint32_t>(bytes, 136);
  head.parts = get<std::uint32_t>(bytes, 140);
  head.size = get<std::uint64_t>(bytes, 144);
  head.offset = get<std::uint64_t>(bytes, 152);
  const bool open = head.parts == 0 && head.part == 1 && head.size == 0 && head.offset == 0;
  const bool known = head.part >= 1 && head.part <= head.parts && head.size > 0 &&
                     (head.part == 1) == (head.offset == 0) && head.size < INT64_MAX / 2 &&
                     head.offset < INT64_MAX / 2;
  if (!open && !known) return fail(Errc::malformed, "the head contradicts itself", "0");
  return head;
}

bool PartHead::same_bundle(const PartHead& other) const {
  return id == other.id && city == other.city && recipient == other.recipient &&
         exporter == other.exporter && created == other.created && parts == other.parts;
}

// ---- Frames -------------------------------------------------------------------------------------

std::string encode_objects(const std::vector<Object>& objects) {
  cbor::Writer w;
  w.array(2 * objects.size());
  for (const auto& object : objects) {
    w.uint(static_cast<std::uint64_t>(object.kind));
    w.bytes(object.bytes);
  }
  return w.take();
}

Result<std::vector<Object>> decode_objects(std::string_view payload) {
  cbor::Reader r(payload);
  const auto count = r.array();
  if (count % 2 != 0 || (r.ok() && count == 0)) r.reject("an incomplete list of objects");
  if (count / 2 > kBatchObjectsMax) return fail(Errc::too_large, "too many objects in a frame");
  std::vector<Object> objects;
  for (std::size_t n = count / 2; n > 0 && r.ok(); --n) {
    const auto kind = r.uint();
    if (kind > UINT8_MAX) r.reject("kind of object beyond 8 bits");
    const auto bytes = r.bytes();
    objects.push_back({static_cast<ObjectKind>(kind), std::string(bytes)});
  }
  if (auto whole = r.finish(); !whole) return fail(whole.error());
  return objects;
}

std::string BlobHead::encode() const {
  cbor::Writer w;
  w.array(3);
  w.bytes(hash.view());
  w.uint(size);
  w.array(authors.size());
  for (const auto& author : authors) w.bytes(author.view());
  return w.take();
}

Result<BlobHead> BlobHead::decode(std::string_view payload) {
  BlobHead head;
  cbor::Reader r(payload);
  if (r.array() != 3) r.reject("no attachment's head");
  const auto hash = r.bytes(Hash::size());
  head.size = r.uint();
  const auto authors = r.array();
  if (authors == 0 || authors > kBlobAuthorsMax) r.reject("no authors of an attachment");
  for (std::size_t n = authors; n > 0 && r.ok(); --n) {
    const auto author = r.bytes(AuthorId::size());
    if (r.ok()) head.authors.push_back(AuthorId::of(author));
  }
  if (head.size == 0) r.reject("an empty attachment");
  if (auto whole = r.finish(); !whole) return fail(whole.error());
  if (head.size > kBlobBytesMax) return fail(Errc::too_large, "an attachment over 64 MiB");
  head.hash = Hash::of(hash);
  return head;
}

// ---- Encoder ------------------------------------------------------------------------------------

Result<BundleEncoder> BundleEncoder::begin(const PartHead& head,
                                           const crypto::SealingKey& recipient, Sink sink) {
  auto first = head;
  first.part = 1;
  first.parts = 0;
  first.size = first.offset = 0;
  const auto bytes = first.encode();
  const auto key = crypto::StreamKey::generate();
  auto sealed = crypto::seal(recipient, key.view());
  if (!sealed) return fail(sealed.error());
  auto sealer = std::make_unique<crypto::StreamSealer>(key);
  const auto& header = sealer->header();
  const auto binding = binding_of(key, header);
  for (const std::string_view piece :
       {std::string_view(bytes), std::string_view(*sealed), std::string_view(header)}) {
    if (auto sunk = sink(piece); !sunk) return fail(sunk.error());
  }
  return BundleEncoder(std::move(sealer), bytes.substr(0, kInvariantBytes), binding,
                       std::move(sink));
}

BundleEncoder::BundleEncoder(std::unique_ptr<crypto::StreamSealer> sealer, std::string beside,
                             const Hash& binding, Sink sink)
    : sealer_(std::move(sealer)),
      beside_(std::move(beside)),
      sink_(std::move(sink)),
      binding_(binding) {}

Result<void> BundleEncoder::manifest(const Manifest& manifest, const crypto::SigningKey& key) {
  const auto body = manifest.encode();
  const crypto::SignedBody signed_body{body, key.sign(crypto::kDomainBundle, body)};
  return frame(FrameKind::manifest, signed_body.encode());
}

Result<void> BundleEncoder::objects(const std::vector<Object>& objects) {
  if (objects.empty()) return {};
  for (const auto& object : objects)
    ++(object.kind == ObjectKind::parcel ? tally_.parcels : tally_.receipts);
  return frame(FrameKind::objects, compress(encode_objects(objects)));
}

Result<void> BundleEncoder::blob(const BlobHead& head) {
  ++tally_.blobs;
  tally_.blob_bytes += head.size;
  return frame(FrameKind::blob, head.encode());
}

Result<void> BundleEncoder::blob_piece(std::string_view bytes) {
  ensure(bytes.size() <= kBlobPieceBytes, "a piece of an attachment");
  return frame(FrameKind::blob_piece, bytes);
}

Result<void> BundleEncoder::end() {
  cbor::Writer w;
  w.array(5);
  for (const auto n : {frames_, tally_.parcels, tally_.receipts, tally_.blobs, tally_.blob_bytes})
    w.uint(n);
  if (auto done = frame(FrameKind::end, w.view()); !done) return done;
  return flush(true);
}

Result<void> BundleEncoder::frame(FrameKind kind, std::string_view payload) {
  ++frames_;
  pending_ += static_cast<char>(kind);
  put(pending_, static_cast<std::uint32_t>(payload.size()));
  pending_.append(payload);
  return flush(false);
}

/// Seals what fills whole chunks; at the end the rest too, which is never nothing.
Result<void> BundleEncoder::flush(bool last) {
  std::size_t done = 0;
  while (pending_.size() - done > kBundleChunkBytes || (last && done < pending_.size())) {
    const auto chunk = std::string_view(pending_).substr(done, kBundleChunkBytes);
    done += chunk.size();
    const auto sealed = sealer_->push(chunk, beside_, last && done == pending_.size());
    if (auto sunk = sink_(sealed); !sunk) return sunk;
  }
  pending_.erase(0, done);
  return {};
}

// ---- Decoder ------------------------------------------------------------------------------------

tl::unexpected<Error> BundleDecoder::broken(Errc code, std::string what) {
  failed_ = Error{code, "frame " + std::to_string(frames_) + ": " + std::move(what),
                  std::to_string(chunk_at_)};
  return fail(*failed_);
}

Result<bool> BundleDecoder::begin() {
  if (failed_) return fail(*failed_);
  if (head_) return true;
  auto there = open_head();
  if (!there) failed_ = there.error();
  return there;
}

Result<std::optional<Frame>> BundleDecoder::next() {
  if (failed_) return fail(*failed_);
  for (;;) {
    auto frame = cut_frame();
    if (!frame || *frame) return frame;
    auto more = open_more();
    if (!more) {
      failed_ = more.error();
      return fail(*failed_);
    }
    if (!*more) return std::nullopt;
  }
}

/// Opens the head, the key or one chunk, as far as input is there. False: it needs more, or is
/// done.
Result<bool> BundleDecoder::open_more() {
  if (!head_) return open_head();
  if (!opener_) return open_key();
  if (sealed_end_) {
    if (!input_.empty()) return broken(Errc::altered, "bytes behind the end");
    if (closed_ && !ended_) return broken(Errc::truncated, "the last frame isn't whole");
    return false;
  }
  if (input_.size() < kSealedChunk && !closed_) return false;
  const bool whole = head_->size == 0 || chunk_at_ + input_.size() >= head_->size;
  if (input_.size() < kSealedChunk && !whole)
    return broken(Errc::truncated, "ends before the bundle does");
  if (input_.empty()) return broken(Errc::truncated, "ends before the bundle does");
  const auto size = std::min(input_.size(), kSealedChunk);
  auto chunk = opener_->pull(std::string_view(input_).substr(0, size), beside_);
  if (!chunk) {
    // A last chunk that was cut can't be told from one that was changed, if its size isn't known.
    const bool cut = size < kSealedChunk && head_->size == 0;
    return broken(cut ? Errc::truncated : Errc::altered, chunk.error().detail);
  }
  input_.erase(0, size);
  chunk_at_ += size;
  sealed_end_ = chunk->last;
  plain_.erase(0, used_);
  used_ = 0;
  plain_ += chunk->bytes;
  return true;
}

Result<bool> BundleDecoder::open_head() {
  if (input_.size() < kBundleHeadBytes && !closed_) return false;
  auto head = PartHead::decode(std::string_view(input_).substr(0, kBundleHeadBytes));
  if (!head) return fail(head.error());
  if (head->parts > 1) return fail(Errc::bad_usage, "the parts of a bundle are joined first", "0");
  head_ = *head;
  beside_ = input_.substr(0, kInvariantBytes);
  input_.erase(0, kBundleHeadBytes);
  return true;
}

Result<bool> BundleDecoder::open_key() {
  constexpr auto kSize = kKeyBytes + crypto::kStreamHeaderBytes;
  if (input_.size() < kSize) {
    if (!closed_) return false;
    return broken(Errc::truncated, "ends within the sealed key");
  }
  auto bytes = key_->unseal(std::string_view(input_).substr(0, kKeyBytes));
  if (!bytes) return broken(Errc::altered, "the sealed key: " + bytes.error().detail);
  const auto key = crypto::StreamKey::of(*bytes);
  if (!key) return broken(Errc::altered, key.error().detail);
  const auto header = std::string_view(input_).substr(kKeyBytes, crypto::kStreamHeaderBytes);
  auto opener = crypto::StreamOpener::begin(*key, header);
  if (!opener) return broken(Errc::altered, opener.error().detail);
  binding_ = binding_of(*key, header);
  opener_ = std::move(*opener);
  input_.erase(0, kSize);
  chunk_at_ = kSize;
  return true;
}

/// The next frame of what is open that has to be understood. Nothing: it isn't whole yet.
Result<std::optional<Frame>> BundleDecoder::cut_frame() {
  for (;;) {
    auto frame = cut_any_frame();
    if (!frame || !*frame || static_cast<std::uint8_t>((*frame)->kind) < kOptionalKinds)
      return frame;
  }
}

Result<std::optional<Frame>> BundleDecoder::cut_any_frame() {
  const auto left = std::string_view(plain_).substr(used_);
  if (left.size() < kFrameHeadBytes) return std::nullopt;
  const auto size = get<std::uint32_t>(left, 1);
  // What doesn't shrink may be stored: zstd makes it longer by less than a hundredth.
  if (size > kFrameBytesMax + kFrameBytesMax / 64) return broken(Errc::too_large, "over 8 MiB");
  if (left.size() - kFrameHeadBytes < size) return std::nullopt;
  Frame frame;
  frame.kind = static_cast<FrameKind>(left[0]);
  frame.number = frames_;
  const auto payload = left.substr(kFrameHeadBytes, size);
  if (frame.kind == FrameKind::objects) {
    auto plain = decompress(payload, kFrameBytesMax);
    if (!plain) return broken(plain.error().code, plain.error().detail);
    frame.payload = std::move(*plain);
  } else {
    frame.payload = std::string(payload);
  }
  used_ += kFrameHeadBytes + size;
  if (auto fits = in_order(frame); !fits) return fail(fits.error());
  ++frames_;
  return frame;
}

/// May this frame stand here?
Result<void> BundleDecoder::in_order(const Frame& frame) {
  if (ended_) return broken(Errc::altered, "a frame behind the end");
  if ((frames_ == 0) != (frame.kind == FrameKind::manifest))
    return broken(Errc::malformed, "the manifest stands first, and only there");
  if (blob_left_ > 0 && frame.kind != FrameKind::blob_piece)
    return broken(Errc::malformed, "an attachment isn't whole");
  switch (frame.kind) {
    case FrameKind::manifest:
      if (frame.payload.size() > kManifestBytesMax)
        return broken(Errc::too_large, "a manifest over 1 MiB");
      return {};
    case FrameKind::objects: {
      const auto objects = decode_objects(frame.payload);
      if (!objects) return broken(objects.error().code, objects.error().detail);
      for (const auto& object : *objects)
        ++(object.kind == ObjectKind::parcel ? tally_.parcels : tally_.receipts);
      return {};
    }
    case FrameKind::blob: {
      const auto blob = BlobHead::decode(frame.payload);
      if (!blob) return broken(blob.error().code, blob.error().detail);
      ++tally_.blobs;
      tally_.blob_bytes += blob->size;
      blob_left_ = blob->size;
      return {};
    }
    case FrameKind::blob_piece:
      if (frame.payload.empty() ||
          frame.payload.size() > std::min<std::uint64_t>(blob_left_, kBlobPieceBytes))
        return broken(Errc::malformed, "bytes of no attachment");
      blob_left_ -= frame.payload.size();
      return {};
    case FrameKind::end: {
      cbor::Reader r(frame.payload);
      const bool five = r.array() == 5;
      const auto frames = r.uint();
      const Tally told{r.uint(), r.uint(), r.uint(), r.uint()};
      if (!five || !r.finish() || frames != frames_ || told != tally_)
        return broken(Errc::altered, "the end counts other frames than came");
      ended_ = true;
      return {};
    }
  }
  if (static_cast<std::uint8_t>(frame.kind) >= kOptionalKinds) return {};
  return broken(Errc::newer_version, "a kind of frame that a newer Linli writes");
}

}  // namespace linli::sync

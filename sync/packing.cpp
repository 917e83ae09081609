// How a message goes over the wire: signed, and compressed where that makes it shorter.
#include <zstd.h>
#include <zstd_errors.h>

#include "sync/exchange.h"

namespace linli::sync {
namespace {

constexpr std::size_t kCompressFrom = 200;  // Below, zstd's frame costs more than it saves.
constexpr int kWindowLogMax = 23;           // 8 MiB: the most that decompressing may hold.
constexpr char kPlain = 0, kZstd = 1;

}  // namespace

std::string compress(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t n = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  ensure(ZSTD_isError(n) == 0, "zstd: compressing into enough room can't fail");
  out.resize(n);
  return out;
}

namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using ZstdContext = std::unique_ptr<ZSTD_DCtx, FreeContext>;

ZstdContext make_context() {
  ZstdContext context{ZSTD_createDCtx()};
  if (!context) throw std::bad_alloc();
  return context;
}

Error too_large(std::size_t limit) {
  return {Errc::too_large, "decompresses to more than " + std::to_string(limit) + " bytes", {}};
}

Error malformed(std::size_t code) {
  return {Errc::malformed, std::string("zstd: ") + ZSTD_getErrorName(code), {}};
}

/// A frame that says how long its content is, as all that we write do: in one go, without a window
/// beside it, by a context that the thread keeps.
Result<std::string> decompress_sized(std::string_view bytes, std::size_t size) {
  thread_local const ZstdContext context = make_context();
  std::string out(size, '\0');
  const auto n = ZSTD_decompressDCtx(context.get(), out.data(), size, bytes.data(), bytes.size());
  if (ZSTD_isError(n) != 0) return fail(malformed(n));
  if (n != size) return fail(Errc::malformed, "zstd: shorter than it says");
  return out;
}

Result<std::string> decompress_stream(std::string_view bytes, std::size_t limit) {
  const auto context = make_context();
  // A frame may ask for a window of gigabytes: that is memory as well.
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  std::string out, block(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t left = 1;  // 0 once the frame is complete
  while (left != 0) {
    ZSTD_outBuffer room{block.data(), block.size(), 0};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(context.get(), &room, &in);
    if (ZSTD_isError(left) != 0) {
      const bool window = ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge;
      auto error = malformed(left);
      if (window) error.code = Errc::too_large;
      return fail(std::move(error));
    }
    if (room.pos > limit - out.size()) return fail(too_large(limit));
    out.append(block.data(), room.pos);
    if (left != 0 && room.pos == 0 && in.pos == before)
      return fail(Errc::malformed, "zstd: ends too early");
  }
  return out;
}

}  // namespace

Result<std::string> decompress(std::string_view bytes, std::size_t limit) {
  const auto frame = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
  if (ZSTD_isError(frame) == 0 && frame != bytes.size()) {
    return fail(Errc::malformed, "zstd: bytes left over");
  }
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  // No frame at all, or a broken one: reading it says what is wrong.
  if (ZSTD_isError(frame) != 0 || size == ZSTD_CONTENTSIZE_UNKNOWN ||
      size == ZSTD_CONTENTSIZE_ERROR) {
    return decompress_stream(bytes, limit);
  }
  if (size > limit) return fail(too_large(limit));
  return decompress_sized(bytes, static_cast<std::size_t>(size));
}

std::string pack(std::string_view body, const crypto::SigningKey& key, std::string_view domain) {
  const auto plain = crypto::SignedBody{std::string(body), key.sign(domain, body)}.encode();
  if (plain.size() >= kCompressFrom) {
    const auto small = compress(plain);
    if (small.size() < plain.size()) return kZstd + small;
  }
  return kPlain + plain;
}

Result<crypto::SignedBody> unpack(std::string_view wire) {
  if (wire.empty()) return fail(Errc::malformed, "an empty message");
  const auto content = wire.substr(1);
  if (wire.front() == kPlain) {
    if (content.size() > kBatchBytesMax) return fail(Errc::too_large, "message over 8 MiB");
    return crypto::SignedBody::decode(content);
  }
  if (wire.front() != kZstd) return fail(Errc::malformed, "unknown compression");
  const auto plain = decompress(content, kBatchBytesMax);
  if (!plain) return fail(plain.error());
  return crypto::SignedBody::decode(*plain);
}

Result<Response> open_response(std::string_view wire, const crypto::PublicKey& server) {
  const auto answer = unpack(wire);
  if (!answer) return fail(answer.error());
  if (!crypto::verify(server, crypto::kDomainResponse, answer->body, answer->signature))
    return fail(Errc::bad_signature, "not answered by the server that was pinned");
  return Response::decode(answer->body);
}

}  // namespace linli::sync

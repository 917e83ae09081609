#include "crypto/sealed.h"

#include <sodium.h>

namespace linli::crypto {
namespace {

static_assert(kSealBytes == crypto_box_SEALBYTES);
static_assert(kStreamHeaderBytes == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(kStreamChunkBytes == crypto_secretstream_xchacha20poly1305_ABYTES);

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

Result<std::string> seal(const SealingKey& to, std::string_view secret) {
  init();
  std::string sealed(secret.size() + kSealBytes, '\0');
  if (crypto_box_seal(raw(sealed), raw(secret), secret.size(), to.data.data()) != 0)
    return fail(Errc::bad_value, "the recipient's sealing key is no key");
  return sealed;
}

StreamKey StreamKey::generate() {
  StreamKey key;
  random_bytes(key.bytes_.data.data(), key.bytes_.data.size());
  return key;
}

Result<StreamKey> StreamKey::of(std::string& bytes) {
  StreamKey key;
  const bool fits = bytes.size() == decltype(key.bytes_)::size();
  if (fits) key.bytes_ = decltype(key.bytes_)::of(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  if (!fits) return fail(Errc::altered, "no key is sealed in it");
  return key;
}

StreamKey::~StreamKey() { sodium_memzero(bytes_.data.data(), bytes_.data.size()); }

struct StreamSealer::State {
  crypto_secretstream_xchacha20poly1305_state stream{};
  ~State() { sodium_memzero(&stream, sizeof stream); }
};

StreamSealer::StreamSealer(const StreamKey& key)
    : state_(std::make_unique<State>()), header_(kStreamHeaderBytes, '\0') {
  init();
  crypto_secretstream_xchacha20poly1305_init_push(&state_->stream, raw(header_), raw(key.view()));
}

StreamSealer::~StreamSealer() = default;

std::string StreamSealer::push(std::string_view chunk, std::string_view beside, bool last) {
  std::string sealed(chunk.size() + kStreamChunkBytes, '\0');
  crypto_secretstream_xchacha20poly1305_push(
      &state_->stream, raw(sealed), nullptr, raw(chunk), chunk.size(), raw(beside), beside.size(),
      last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
           : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  return sealed;
}

struct StreamOpener::State {
  crypto_secretstream_xchacha20poly1305_state stream{};
  ~State() { sodium_memzero(&stream, sizeof stream); }
};

StreamOpener::StreamOpener(std::unique_ptr<State> state) : state_(std::move(state)) {}
StreamOpener::StreamOpener(StreamOpener&&) noexcept = default;
StreamOpener& StreamOpener::operator=(StreamOpener&&) noexcept = default;
StreamOpener::~StreamOpener() = default;

Result<StreamOpener> StreamOpener::begin(const StreamKey& key, std::string_view header) {
  init();
  auto state = std::make_unique<State>();
  if (header.size() != kStreamHeaderBytes || crypto_secretstream_xchacha20poly1305_init_pull(
                                                 &state->stream, raw(header), raw(key.view())) != 0)
    return fail(Errc::altered, "no stream begins here");
  return StreamOpener(std::move(state));
}

Result<StreamOpener::Chunk> StreamOpener::pull(std::string_view sealed, std::string_view beside) {
  if (sealed.size() < kStreamChunkBytes) return fail(Errc::altered, "too short for a chunk");
  Chunk chunk;
  chunk.bytes.resize(sealed.size() - kStreamChunkBytes);
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(&state_->stream, raw(chunk.bytes), nullptr, &tag,
                                                 raw(sealed), sealed.size(), raw(beside),
                                                 beside.size()) != 0)
    return fail(Errc::altered, "a chunk isn't what was sealed");
  chunk.last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  return chunk;
}

}  // namespace linli::crypto

// crypto/sealed.h: sealing bytes to one recipient: a random key in a sealed box, and a stream of
// chunks under that key (libsodium: crypto_box_seal, crypto_secretstream_xchacha20poly1305).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/hash.h"

namespace linli::crypto {

inline constexpr std::size_t kSealBytes = 48;          ///< A sealed box is longer by so much.
inline constexpr std::size_t kStreamHeaderBytes = 24;  ///< What an opener needs besides the key.
inline constexpr std::size_t kStreamChunkBytes = 17;   ///< A sealed chunk is longer by so much.

/// Seals to the holder of the key, who opens it with SigningKey::unseal; nobody else can, not even
/// who sealed it. Errors: bad_value (no point of the curve: such a key seals to nobody).
[[nodiscard]] Result<std::string> seal(const SealingKey& to, std::string_view secret);

/// The key of one stream, wiped at its end.
class StreamKey {
 public:
  [[nodiscard]] static StreamKey generate();
  /// Errors: altered (not 32 bytes). Wipes `bytes`.
  [[nodiscard]] static Result<StreamKey> of(std::string& bytes);
  StreamKey(const StreamKey&) = default;
  StreamKey& operator=(const StreamKey&) = default;
  ~StreamKey();
  [[nodiscard]] std::string_view view() const { return bytes_.view(); }

 private:
  StreamKey() = default;
  FixedBytes<32, struct StreamKeyTag> bytes_{};
};

/// Seals chunk after chunk; the last one says so. Not thread-safe.
class StreamSealer {
 public:
  explicit StreamSealer(const StreamKey& key);
  ~StreamSealer();
  StreamSealer(const StreamSealer&) = delete;
  StreamSealer& operator=(const StreamSealer&) = delete;
  [[nodiscard]] const std::string& header() const { return header_; }
  /// `beside`: bytes that aren't in the chunk and must be the same when it is opened.
  [[nodiscard]] std::string push(std::string_view chunk, std::string_view beside, bool last);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::string header_;
};

/// Opens them in the same order: one that was changed, left out, swapped or taken from another
/// stream doesn't open. Not thread-safe.
class StreamOpener {
 public:
  /// Errors: altered (no stream's header).
  [[nodiscard]] static Result<StreamOpener> begin(const StreamKey& key, std::string_view header);
  StreamOpener(StreamOpener&&) noexcept;
  StreamOpener& operator=(StreamOpener&&) noexcept;
  ~StreamOpener();
  struct Chunk {
    std::string bytes;
    bool last = false;
  };
  /// Errors: altered.
  [[nodiscard]] Result<Chunk> pull(std::string_view sealed, std::string_view beside);

 private:
  struct State;
  explicit StreamOpener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace linli::crypto

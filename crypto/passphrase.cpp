#include "crypto/passphrase.h"

#include <sodium.h>

#include <new>
#include <utility>

#include "crypto/hash.h"

namespace linli::crypto {

Passphrase::Passphrase() {
  init();
  bytes_ = static_cast<char*>(sodium_malloc(kBytesMax));
  if (bytes_ == nullptr) throw std::bad_alloc{};
}
Passphrase::Passphrase(Passphrase&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
Passphrase& Passphrase::operator=(Passphrase&& other) noexcept {
  Passphrase taken{std::move(other)};  // wipes what this one held before
  std::swap(bytes_, taken.bytes_);
  std::swap(size_, taken.size_);
  return *this;
}
Passphrase::~Passphrase() { sodium_free(bytes_); }

bool Passphrase::push(char c) {
  if (bytes_ == nullptr || size_ == kBytesMax) return false;
  bytes_[size_++] = c;
  return true;
}

void Passphrase::pop() {
  if (size_ > 0) bytes_[--size_] = '\0';
}

Result<void> Passphrase::check() const {
  if (size_ >= kBytesMin) return {};
  return fail(
      Errc::bad_value,
      "口令太短，至少 8 字节，最好是几个词 a passphrase has at least 8 bytes: some words are best");
}

}  // namespace linli::crypto

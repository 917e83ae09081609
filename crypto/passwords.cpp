#include "crypto/passwords.h"

#include <sodium.h>

#include <algorithm>
#include <set>

#include "crypto/cbor.h"
#include "crypto/hash.h"

namespace linli::crypto {
namespace {

/// With 64 MiB: two passes (libsodium's "interactive"). Measured on the development machine: one
/// pass 0.21 s, two 0.33 s, three 0.44 s with both cores busy; 256 MiB and three passes 3.3 s,
/// which is no login any more on a community's old PC.
constexpr unsigned long long kPasses = 2;

Error no_memory() {
  return {Errc::io,
          "没有足够的内存核对密码（需要 64 MiB） not enough memory to check a password: it "
          "takes 64 MiB",
          {}};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  init();
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_argon2id_str(out.data(), password.data(), password.size(), kPasses,
                                 kPasswordBytesMemory) != 0) {
    return fail(no_memory());
  }
  return std::string(out.data());
}

Result<bool> password_fits(std::string_view hash, std::string_view password) {
  init();
  // libsodium reads the text up to its NUL.
  const std::string text(hash);
  errno = 0;
  const bool fits =
      crypto_pwhash_argon2id_str_verify(text.c_str(), password.data(), password.size()) == 0;
  if (!fits && errno == ENOMEM) return fail(no_memory());
  return fits;
}

Result<std::string> hash_of_nothing() {
  const auto secret = random<Hash>();
  return hash_password(secret.view());
}

Result<void> check_password(std::string_view password, std::string_view name) {
  const auto bad = [](const char* why) { return fail(Errc::bad_value, why, "password"); };
  if (password.size() > kPasswordBytesMax) return bad("密码太长，至多 200 字节 at most 200 bytes");
  if (!cbor::valid_utf8(password)) return bad("密码须为 UTF-8 文字 the password must be UTF-8");
  if (characters(password) < kPasswordCharactersMin) {
    return bad("密码至少 10 个字符，例如几个互不相关的词 at least 10 characters, e.g. some words");
  }
  if (std::set<char>(password.begin(), password.end()).size() < 5) {
    return bad("密码太简单，请多用几种字符 too simple: use more than a few different characters");
  }
  if (!name.empty() && password.find(name) != std::string_view::npos) {
    return bad("密码不能包含账号名称 the password must not hold the account's name");
  }
  return {};
}

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace linli::crypto

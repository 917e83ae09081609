// What costs a run time and can't change its course: a signature that was checked once in this
// process isn't worked out again, and SQLite needs no locks where there is one thread.
//
// The definition here stands before libsodium's; a signature that doesn't hold is never kept.
#include <dlfcn.h>
#include <sodium.h>
#include <sqlite3.h>

#include <string>
#include <unordered_set>

#include "tests/simulation/disk.h"

namespace {

using Check = int (*)(const unsigned char*, const unsigned char*, unsigned long long,
                      const unsigned char*);

constexpr std::size_t kKeptMax = 200'000;

std::unordered_set<std::string>& holding() {
  static std::unordered_set<std::string> kept;
  return kept;
}

/// Names signature, message and key.
std::string name_of(const unsigned char* signature, const unsigned char* message,
                    unsigned long long size, const unsigned char* key) {
  unsigned char name[32];
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sizeof name);
  crypto_generichash_update(&state, signature, crypto_sign_BYTES);
  crypto_generichash_update(&state, key, crypto_sign_PUBLICKEYBYTES);
  crypto_generichash_update(&state, message, size);
  crypto_generichash_final(&state, name, sizeof name);
  return {reinterpret_cast<const char*>(name), sizeof name};
}

}  // namespace

extern "C" int crypto_sign_verify_detached(const unsigned char* signature,
                                           const unsigned char* message, unsigned long long size,
                                           const unsigned char* key) {
  static const auto check =
      reinterpret_cast<Check>(::dlsym(RTLD_NEXT, "crypto_sign_verify_detached"));
  auto name = name_of(signature, message, size, key);
  auto& kept = holding();
  if (kept.contains(name)) return 0;
  const int result = check(signature, message, size, key);
  if (result != 0) return result;
  if (kept.size() >= kKeptMax) kept.clear();
  kept.insert(std::move(name));
  return 0;
}

namespace linli::simulation {

void take_shortcuts() { sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); }

}  // namespace linli::simulation

#include "node/app/typed_passphrase.h"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "crypto/key_file.h"
#include "node/passphrase.h"

namespace linli::app {
namespace {

constexpr const char* kNames = "LINLI_PASSPHRASE_FILE";
constexpr std::size_t kPageBytes = 4096;
static_assert(crypto::Passphrase::kBytesMax < kPageBytes);

/// Is it sealed, and would somebody have to type?
bool is_to_be_typed(const std::filesystem::path& key_file) {
  const auto sealed = crypto::KeyFile::is_sealed(key_file);
  if (!sealed || !*sealed) return false;
  const auto at_hand = node::passphrase_at_hand();
  return at_hand && !*at_hand;
}

}  // namespace

TypedPassphrase::TypedPassphrase(const std::filesystem::path& key_file) {
  if (!is_to_be_typed(key_file)) return;
  const auto typed = node::ask_passphrase("口令 passphrase of " + key_file.string() + ": ");
  if (!typed || !hold(typed->view())) return;
  const auto name = "/proc/self/fd/" + std::to_string(memory_);
  // Without /proc nobody could read it there: then each file asks for itself.
  if (!node::passphrase_in(name)) {
    let_go();
  } else {
    ::setenv(kNames, name.c_str(), 1);
  }
}

TypedPassphrase::~TypedPassphrase() {
  if (page_ != nullptr) {
    ::unsetenv(kNames);
    let_go();
  }
  if (memory_ >= 0) ::close(memory_);
}

bool TypedPassphrase::hold(std::string_view passphrase) {
  memory_ = ::memfd_create("linli-passphrase", MFD_CLOEXEC);
  if (memory_ < 0 || ::fchmod(memory_, 0600) != 0) return false;
  const auto size = passphrase.size() + 1;
  if (::ftruncate(memory_, static_cast<off_t>(size)) != 0) return false;
  void* page = ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_, 0);
  if (page == MAP_FAILED) return false;
  page_ = page;
  sodium_mlock(page_, kPageBytes);  // As far as the system lets us: never swapped, never dumped.
  std::memcpy(page_, passphrase.data(), passphrase.size());
  static_cast<char*>(page_)[passphrase.size()] = '\n';
  return true;
}

void TypedPassphrase::let_go() {
  sodium_memzero(page_, kPageBytes);
  sodium_munlock(page_, kPageBytes);
  ::munmap(page_, kPageBytes);
  page_ = nullptr;
}

}  // namespace linli::app

#include "crypto/key_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/store/scratch.h"

namespace linli::crypto {
namespace {

namespace fs = std::filesystem;

constexpr KeyCost kCheap{1, 8};  // KiB: the least that libsodium takes.

Passphrase phrase(std::string_view text) {
  Passphrase passphrase;
  for (const char c : text) REQUIRE(passphrase.push(c));
  return passphrase;
}
std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}
void put(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
}

struct Scene {
  tests::ScratchFolder folder;
  fs::path file = folder.path() / "node.key";
  SigningKey key = SigningKey::from_seed(std::string(32, 'k'));
  Passphrase right = phrase("正确的口令 42"), wrong = phrase("另一个口令 42");
  Scene() { REQUIRE(key.save(file)); }
  /// Whose key opens with it.
  [[nodiscard]] PublicKey opened(const Passphrase* passphrase) const {
    const auto held = KeyFile::read(file, passphrase);
    if (!held) FAIL(describe(held.error()));
    return held->key()->public_key();
  }
};

}  // namespace

TEST_CASE("key file: set, change and remove a passphrase", "[crypto]") {
  const Scene s;
  const auto plain = content(s.file);
  REQUIRE(KeyFile::read(s.file)->replace(s.file, &s.right, kCheap));
  CHECK(*KeyFile::is_sealed(s.file));
  const auto sealed = content(s.file);
  CHECK(sealed.find(plain.substr(12, 20)) == std::string::npos);
  struct stat st {};
  REQUIRE(::stat(s.file.c_str(), &st) == 0);
  CHECK((st.st_mode & 0777u) == 0600);
  CHECK(s.opened(&s.right) == s.key.public_key());
  CHECK(KeyFile::read(s.file, &s.wrong).error().code == Errc::unauthorised);
  CHECK(KeyFile::read(s.file).error().code == Errc::bad_usage);
  // Who doesn't know of passphrases doesn't take it for anything else.
  CHECK(SigningKey::load(s.file).error().code == Errc::corrupt);

  // The same passphrase twice is never the same file.
  REQUIRE(KeyFile::read(s.file, &s.right)->replace(s.file, &s.right, kCheap));
  CHECK(content(s.file) != sealed);
  REQUIRE(KeyFile::read(s.file, &s.right)->replace(s.file, &s.wrong, kCheap));
  CHECK(KeyFile::read(s.file, &s.right).error().code == Errc::unauthorised);
  CHECK(s.opened(&s.wrong) == s.key.public_key());
  REQUIRE(KeyFile::read(s.file, &s.wrong)->replace(s.file, nullptr));
  CHECK(content(s.file) == plain);
  CHECK_FALSE(*KeyFile::is_sealed(s.file));
  CHECK(SigningKey::load(s.file)->public_key() == s.key.public_key());
}

TEST_CASE("key file: a sealed one is opened as it was written, or not at all", "[crypto]") {
  const Scene s;
  REQUIRE(KeyFile::read(s.file)->replace(s.file, &s.right, kCheap));
  const auto good = content(s.file);
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] == 'A' ? 'B' : 'A');
    put(s.file, bad);
    INFO(at << " " << bad);
    const auto held = KeyFile::read(s.file, &s.right);
    REQUIRE_FALSE(held);
    CHECK((held.error().code == Errc::unauthorised || held.error().code == Errc::corrupt));
  }
  for (std::size_t size = 0; size < good.size() - 1; ++size) {
    put(s.file, good.substr(0, size));
    CHECK_FALSE(KeyFile::read(s.file, &s.right));
  }
  put(s.file, good + "x");
  CHECK(KeyFile::read(s.file, &s.right).error().code == Errc::corrupt);
  // More work than a key file may ask for.
  for (const auto* how : {"argon2id 17 8 ", "argon2id 1 1048577 ", "argon2id 0 8 ",
                          "argon2id -1 8 ", "argon2i 1 8 "}) {
    auto bad = good;
    bad.replace(12, std::string("argon2id 1 8 ").size(), how);
    put(s.file, bad);
    CHECK(KeyFile::read(s.file, &s.right).error().code == Errc::corrupt);
  }
  put(s.file, good);
  REQUIRE(::chmod(s.file.c_str(), 0640) == 0);
  CHECK(KeyFile::read(s.file, &s.right).error().code == Errc::forbidden);
}

TEST_CASE("key file: what can't be replaced stays as it was", "[crypto]") {
  const Scene s;
  const auto before = content(s.file);
  const auto held = KeyFile::read(s.file);
  const auto tiny = phrase("short");
  CHECK(held->replace(s.file, &tiny, kCheap).error().code == Errc::bad_value);
  CHECK(content(s.file) == before);
  // A folder in the new file's way: nothing can be written beside it.
  const auto in_the_way = fs::path(s.file.string() + ".new");
  fs::create_directory(in_the_way);
  CHECK_FALSE(held->replace(s.file, &s.right, kCheap));
  CHECK(content(s.file) == before);
  fs::remove(in_the_way);
  // What a power cut left beside it is no obstacle.
  put(in_the_way, "half a k");
  REQUIRE(held->replace(s.file, &s.right, kCheap));
  CHECK_FALSE(fs::exists(in_the_way));
  CHECK(s.opened(&s.right) == s.key.public_key());
  CHECK_FALSE(held->create(s.file, &s.right, kCheap));  // Never over another file.
  CHECK(s.opened(&s.right) == s.key.public_key());
}

TEST_CASE("key file: the old bytes are overwritten unless another name leads to them", "[crypto]") {
  const Scene s;
  const auto before = content(s.file);
  const auto copy = s.folder.path() / "copy";
  fs::create_hard_link(s.file, copy);
  REQUIRE(KeyFile::read(s.file)->replace(s.file, &s.right, kCheap));
  CHECK(content(copy) == before);
  REQUIRE(KeyFile::remove(s.file));
  CHECK_FALSE(fs::exists(s.file));
  // Somebody who still has it open sees what is left on the disk.
  std::ifstream open(copy, std::ios::binary);
  REQUIRE(KeyFile::remove(copy));
  std::ostringstream left;
  left << open.rdbuf();
  CHECK(left.str() == std::string(before.size(), '\0'));
}

TEST_CASE("key file: the vector of README.md", "[crypto]") {
  tests::ScratchFolder folder;
  const auto file = folder.path() / "vector.key";
  put(file,
      "linli-key 2\n"
      "argon2id 3 65536 RoeTATqaPTj2Ki8Ee3Bu-Q\n"
      "OrgRV25MVTSJLa6aXKW9XojN2uqqzfX8dEuTMMSGInSEOpQEcdsGwCKHE9i0WLI1oPc4KRmafCT2iKpEaHy03CbzO2-"
      "6y_vVCmeMyGIlYA3xHYUSCsZFKIuIYzaNSVY5\n");
  const auto right = phrase("渠东社区 2026");
  const auto held = KeyFile::read(file, &right);
  REQUIRE(held);
  CHECK(held->key()->public_key() == SigningKey::from_seed(std::string(32, 'k')).public_key());
}

}  // namespace linli::crypto

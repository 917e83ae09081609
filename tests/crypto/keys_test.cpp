#include "crypto/keys.h"

#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace linli;
using namespace linli::crypto;
namespace fs = std::filesystem;

namespace {

std::string unhex(std::string_view hex) { return from_hex(hex).value(); }

/// A folder of its own for one test.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "linli-keys-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
};

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

void put(const fs::path& file, std::string_view text, mode_t mode = 0600) {
  std::ofstream(file, std::ios::binary) << text;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

const std::string kSeed1 =
    unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");

}  // namespace

TEST_CASE("keys: sign as RFC 8032 §7.1 does", "[crypto]") {
  struct Case {
    const char *name, *seed, *public_key, *domain, *message, *signature;
  };
  const auto t = GENERATE(values<Case>({
      {"test 1, empty message", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
       "9"
       "b46bd25bf5f0595bbe24655141438e7a100b"},
      {"test 2, as the message", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "", "r",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
       "1"
       "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"test 2, as the domain", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r", "",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
       "1"
       "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
  }));
  DYNAMIC_SECTION(t.name) {
    const auto key = SigningKey::from_seed(unhex(t.seed));
    CHECK(to_hex(key.public_key().view()) == t.public_key);
    const auto signature = key.sign(t.domain, t.message);
    CHECK(to_hex(signature.view()) == t.signature);
    CHECK(verify(key.public_key(), t.domain, t.message, signature));
  }
}

TEST_CASE("keys: a signature fits one key, one domain and these bytes only", "[crypto]") {
  const auto key = SigningKey::generate(), other = SigningKey::generate();
  const auto s = key.sign(kDomainChangeSet, "bytes");
  CHECK(verify(key.public_key(), kDomainChangeSet, "bytes", s));
  CHECK_FALSE(verify(other.public_key(), kDomainChangeSet, "bytes", s));
  CHECK_FALSE(verify(key.public_key(), kDomainReceipt, "bytes", s));
  CHECK_FALSE(verify(key.public_key(), kDomainChangeSet, "byteS", s));
  for (std::size_t i = 0; i < Signature::size(); ++i) {
    auto altered = s;
    altered.data[i] ^= 1;
    CHECK_FALSE(verify(key.public_key(), kDomainChangeSet, "bytes", altered));
  }
}

TEST_CASE("keys: no domain begins another, so no kind is read as another", "[crypto]") {
  const auto domains = {kDomainRoot,    kDomainCertificate, kDomainChangeSet, kDomainReceipt,
                        kDomainRequest, kDomainResponse,    kDomainInvite,    kDomainEnrol};
  for (const auto a : domains)
    for (const auto b : domains) CHECK((a.data() == b.data() || !b.starts_with(a)));
}

TEST_CASE("keys: loose spellings of a signature and keys of small order are refused", "[crypto]") {
  SECTION("S plus the group order") {
    const auto key = SigningKey::from_seed(kSeed1);
    auto s = key.sign("", "");
    const auto order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += unsigned{s.data[32 + i]} + static_cast<unsigned char>(order[i]);
      s.data[32 + i] = static_cast<unsigned char>(carry & 0xFF);
      carry >>= 8;
    }
    CHECK_FALSE(verify(key.public_key(), "", "", s));
  }
  SECTION("the neutral element as key signs anything, were it allowed") {
    PublicKey neutral{};
    neutral.data[0] = 1;
    Signature s{};
    s.data[0] = 1;
    CHECK_FALSE(verify(neutral, "", "anything", s));
    CHECK_FALSE(verify(PublicKey{}, "", "anything", Signature{}));
  }
}

TEST_CASE("keys: what is sealed to the sealing key, its seed opens", "[crypto]") {
  const auto key = SigningKey::from_seed(kSeed1);
  const auto to = key.sealing_key();
  std::array<unsigned char, 32> pk{}, x_secret{};
  std::array<unsigned char, 64> sk{};
  crypto_sign_seed_keypair(pk.data(), sk.data(),
                           reinterpret_cast<const unsigned char*>(kSeed1.data()));
  REQUIRE(crypto_sign_ed25519_sk_to_curve25519(x_secret.data(), sk.data()) == 0);
  std::array<unsigned char, 3 + crypto_box_SEALBYTES> box{};
  const std::array<unsigned char, 3> text{'a', 'b', 'c'};
  REQUIRE(crypto_box_seal(box.data(), text.data(), text.size(), to.data.data()) == 0);
  std::array<unsigned char, 3> opened{};
  REQUIRE(crypto_box_seal_open(opened.data(), box.data(), box.size(), to.data.data(),
                               x_secret.data()) == 0);
  CHECK(opened == text);
}

TEST_CASE("keys: a key moves, and the one moved from signs nothing", "[crypto]") {
  auto a = SigningKey::from_seed(kSeed1);
  const auto public_a = a.public_key();
  auto b = std::move(a);
  CHECK(b.public_key() == public_a);
  CHECK_THROWS(a.sign("", ""));
  auto c = SigningKey::generate();
  c = std::move(b);
  CHECK(c.public_key() == public_a);
  CHECK(verify(public_a, "d", "m", c.sign("d", "m")));
  CHECK_THROWS(b.sign("", ""));
  CHECK_THROWS(SigningKey::from_seed("short"));
}

TEST_CASE("key files: are written once, for their owner alone, and read back", "[crypto]") {
  const Folder folder;
  const auto file = folder.path / "node.key";
  const auto key = SigningKey::from_seed(kSeed1);
  REQUIRE(key.save(file).has_value());
  CHECK(content(file) == "linli-key 1\nnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\n");
  struct stat st {};
  REQUIRE(::stat(file.c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0600);
  const auto loaded = SigningKey::load(file);
  REQUIRE(loaded.has_value());
  CHECK(loaded->public_key() == key.public_key());

  SECTION("a second save overwrites nothing") {
    const auto again = SigningKey::generate().save(file);
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == Errc::io);
    CHECK(SigningKey::load(file)->public_key() == key.public_key());
  }
  SECTION("a missing last newline, as editors leave it, does no harm") {
    put(file, "linli-key 1\nnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    CHECK(SigningKey::load(file)->public_key() == key.public_key());
  }
}

TEST_CASE("key files: that others may read are refused, with the mode and the way out",
          "[crypto]") {
  const Folder folder;
  const auto file = folder.path / "node.key";
  REQUIRE(SigningKey::generate().save(file).has_value());
  const mode_t mode = GENERATE(0640u, 0604u, 0660u, 0601u, 0620u, 0777u);
  REQUIRE(::chmod(file.c_str(), mode) == 0);
  const auto got = SigningKey::load(file);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == Errc::forbidden);
  std::ostringstream octal;
  octal << "0" << std::oct << mode;
  CHECK_THAT(got.error().detail, Catch::Contains(octal.str()) && Catch::Contains("0600"));
  CHECK_THAT(got.error().detail, Catch::StartsWith("保密文件他人可读（权限 " + octal.str()));
  CHECK_THAT(got.error().detail, Catch::Contains("chmod 600 " + file.string()));
}

TEST_CASE("key files: anything else than one key is corrupt", "[crypto]") {
  const Folder folder;
  const auto file = folder.path / "node.key";
  const auto* text = GENERATE(
      "", "linli-key 1\n", "linli-key 2\nnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\n",
      "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\n",
      "linli-key 1\nnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2\n",
      "linli-key 1\nnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2B\n",  // a bit beyond the seed
      "linli-key 1\nnWGxne+9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\n",
      "linli-key 1\nnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\n\n",
      "linli-key 1\nnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\nmore");
  put(file, text);
  const auto got = SigningKey::load(file);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == Errc::corrupt);
}

TEST_CASE("key files: what the system refuses is said with the file's name", "[crypto]") {
  const Folder folder;
  const auto missing = folder.path / "none" / "node.key";
  CHECK(SigningKey::load(missing).error().code == Errc::io);
  CHECK(SigningKey::load(folder.path).error().code == Errc::corrupt);
  const auto saved = SigningKey::generate().save(missing);
  REQUIRE_FALSE(saved.has_value());
  CHECK(saved.error().code == Errc::io);
  CHECK_THAT(saved.error().detail, Catch::Contains(missing.string()));
}

TEST_CASE("key files: a write that fails leaves no half key behind", "[crypto]") {
  const Folder folder;
  const auto file = folder.path / "node.key";
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit none = before;
  none.rlim_cur = 5;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  const auto saved = SigningKey::generate().save(file);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, old_handler);
  REQUIRE_FALSE(saved.has_value());
  CHECK(saved.error().code == Errc::io);
  CHECK_FALSE(fs::exists(file));
}

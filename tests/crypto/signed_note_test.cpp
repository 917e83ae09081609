#include "crypto/signed_note.h"

#include <catch2/catch.hpp>

namespace linli::crypto {
namespace {

// The example of golang.org/x/mod/sumdb/note: key, text and signed note.
constexpr const char* kVkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr const char* kSeed = "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=";
const std::string kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kNote =
    kText +
    "\n\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

// The example of C2SP's tlog-checkpoint.
const std::string kHead =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

}  // namespace

TEST_CASE("signed note: the reference implementation's example is read and made", "[crypto][I5]") {
  const auto key = NoteKey::from_vkey(kVkey);
  REQUIRE(key);
  CHECK(key->name == "PeterNeumann");
  CHECK(key->id() == 0xc74f20a3);
  CHECK(key->vkey() == kVkey);
  const auto note = SignedNote::decode(kNote);
  REQUIRE(note);
  CHECK(note->text == kText);
  CHECK(check_note(*note, *key));
  CHECK(note->encode() == kNote);

  const auto signer = SigningKey::from_seed(*from_base64(kSeed));
  REQUIRE(signer.public_key() == key->key);
  CHECK((SignedNote{kText, {sign_note(signer, "PeterNeumann", kText)}}.encode()) == kNote);
}

TEST_CASE("signed note: what was changed isn't signed", "[crypto][I5]") {
  const auto key = *NoteKey::from_vkey(kVkey);
  auto note = *SignedNote::decode(kNote);
  SECTION("the text") {
    note.text[0] = 'A';
    CHECK(check_note(note, key).error().code == Errc::bad_signature);
  }
  SECTION("the signature") {
    note.signatures[0].bytes[63] = static_cast<char>(note.signatures[0].bytes[63] ^ 1);
    CHECK(check_note(note, key).error().code == Errc::bad_signature);
  }
  SECTION("the signer's name") {
    note.signatures[0].name = "EnochRoot";
    CHECK(check_note(note, key).error().code == Errc::unauthorised);
  }
  SECTION("a cosignature isn't the log's signature and the other way round") {
    const auto signer = SigningKey::from_seed(*from_base64(kSeed));
    const NoteKey witness{"PeterNeumann", NoteType::cosignature, signer.public_key()};
    CHECK(witness.id() != key.id());
    CHECK(check_cosignature(note, witness).error().code == Errc::unauthorised);
    note.signatures[0].id = witness.id();
    CHECK(check_cosignature(note, witness).error().code == Errc::bad_signature);
  }
}

TEST_CASE("signed note: a broken one is refused", "[crypto]") {
  const auto broken = GENERATE_COPY(values<std::string>(
      {"", kText, kText + "\n", kNote.substr(0, kNote.size() - 1), kNote + "\n",
       kText + "\n- PeterNeumann AAAAAAAA\n", kText + "\n\xE2\x80\x94 PeterNeumann\n",
       kText + "\n\xE2\x80\x94 PeterNeumann AAAA\n",
       kText + "\n\xE2\x80\x94 Peter+Neumann AAAAAAAA\n",
       kText + "\n\xE2\x80\x94 PeterNeumann AAAAAAAA=\n", "a\tb\n\n\xE2\x80\x94 a AAAAAAAA\n"}));
  CAPTURE(broken);
  const auto read = SignedNote::decode(broken);
  REQUIRE(!read);
  CHECK(read.error().code == Errc::malformed);
}

TEST_CASE("signed note: a verifier key whose id isn't its own is refused", "[crypto]") {
  const auto bad = GENERATE(as<std::string>{}, "", "PeterNeumann",
                            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T=",
                            "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  CHECK(!NoteKey::from_vkey(bad));
}

TEST_CASE("checkpoint: the specification's example is read and written again", "[crypto]") {
  const auto head = Checkpoint::decode(kHead);
  REQUIRE(head);
  CHECK(head->origin == "example.com/behind-the-sofa");
  CHECK(head->size == 20852163);
  CHECK(head->encode() == kHead);
  CHECK(Checkpoint::decode(kHead + "more\n")->extensions == std::vector<std::string>{"more"});
}

TEST_CASE("checkpoint: a broken one is refused", "[crypto]") {
  const auto broken = GENERATE(
      as<std::string>{}, "", "a\n1\n", "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
      "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n1\nCsUYapGGPo4dkMgI\n",
      "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
      "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
      "a\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
      "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nb\n");
  CAPTURE(broken);
  CHECK(!Checkpoint::decode(broken));
}

TEST_CASE("checkpoint: a witness says when it saw it, and that is signed", "[crypto][I5]") {
  const auto witness = SigningKey::from_seed(std::string(32, '\x07'));
  const NoteKey key{"witness.example/w1", NoteType::cosignature, witness.public_key()};
  SignedNote note{kHead, {cosign(witness, key.name, kHead, 1679315147)}};
  note = *SignedNote::decode(note.encode());
  REQUIRE(check_cosignature(note, key));
  CHECK(*check_cosignature(note, key) == 1679315147);
  // Exactly what tlog-cosignature has signed: checked here by hand.
  const auto bytes = std::string_view(note.signatures[0].bytes);
  REQUIRE(bytes.size() == 72);
  CHECK(
      verify(key.key, "cosignature/v1\ntime 1679315147\n", kHead, Signature::of(bytes.substr(8))));
  note.signatures[0].bytes[7] = static_cast<char>(note.signatures[0].bytes[7] ^ 1);
  CHECK(check_cosignature(note, key).error().code == Errc::bad_signature);
}

TEST_CASE("signed note: base64 is read as it is written, and in no other way", "[crypto]") {
  for (std::size_t n = 0; n < 10; ++n) {
    const std::string bytes(n, '\xFB');
    CHECK(from_base64(to_base64(bytes)) == bytes);
  }
  for (const auto* bad : {"A", "AB", "AB=", "AB==A", "A-==", "AB\n==", "AC=="}) {
    CAPTURE(bad);
    CHECK(!from_base64(bad));
  }
}

}  // namespace linli::crypto

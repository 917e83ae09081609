// Root statements and certificates, and the book that takes them up.
#include "crypto/certificate.h"

#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

namespace {

/// A city whose root the input can't have signed for: nothing of it may enter.
crypto::CertificateBook& book() {
  static auto found = [] {
    const auto key = crypto::SigningKey::from_seed(std::string(32, 'r'));
    crypto::RootStatement root;
    root.name = "示例市";
    root.scope = "410700";
    root.keys = {key.public_key()};
    root.created_us = 1'700'000'000'000'000;
    const auto body = root.encode();
    return *crypto::CertificateBook::found(
        crypto::SignedBody{body, key.sign(crypto::kDomainRoot, body)}.encode());
  }();
  return found;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  round_trip<crypto::SignedBody>(bytes);
  round_trip<crypto::RootStatement>(bytes);
  round_trip<crypto::Certificate>(bytes);
  (void)crypto::CertificateBook::found(bytes);
  must(!book().add(bytes).has_value());
  return 0;
}

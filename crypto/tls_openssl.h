// crypto/tls_openssl.h: how the tls*.cpp of this folder hold OpenSSL's objects. For them only.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "crypto/tls.h"

namespace linli::crypto {

template <auto free_it>
struct Freeing {
  template <class T>
  void operator()(T* p) const {
    free_it(p);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freeing<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freeing<BIO_free_all>>;

struct TlsKey::Impl {
  Pkey key;
  Hash hash{};
};

struct TlsIdentity::Impl {
  X509Ptr certificate;
  std::vector<X509Ptr> above;
  Pkey key;
  TlsFacts facts;
};

/// Names a key: see TlsKey::hash.
[[nodiscard]] Hash tls_key_hash(X509* certificate);
[[nodiscard]] Hash tls_key_hash(EVP_PKEY* key);
/// What a certificate says, with times in microseconds since 1970.
[[nodiscard]] TlsFacts facts_of(X509* certificate);
[[nodiscard]] std::string pem_of(X509* certificate);
/// All certificates of a PEM text, in their order; what can't be read ends it.
[[nodiscard]] std::vector<X509Ptr> certificates_in(std::string_view pem);
/// OpenSSL's last word on what went wrong; its list is empty then.
[[nodiscard]] std::string last_tls_error();

}  // namespace linli::crypto

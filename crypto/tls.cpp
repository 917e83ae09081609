#include "crypto/tls.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <sodium.h>

#include <ctime>

#include "crypto/tls_openssl.h"

namespace linli::crypto {
namespace {

constexpr std::string_view kKeyDomain = "linli/tls-key/1";
constexpr const char* kGroup = "prime256v1";
/// Nodes look at the key only; no clock shall matter to them.
constexpr const char* kEver = "99991231235959Z";
constexpr int kChainMax = 8;
constexpr int kStrengthBits = 112;  ///< RSA with 2048 bits, any curve in use.

using Number = std::unique_ptr<BIGNUM, Freeing<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, Freeing<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Freeing<EC_POINT_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freeing<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freeing<OSSL_PARAM_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freeing<EVP_PKEY_CTX_free>>;

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

BioPtr reading(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string der_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  ensure(size > 0, "tls: a key without its public half");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::int64_t micros_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000;
}

std::string text_of(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) return {};
  std::string out(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return out;
}

std::string called(const X509_NAME* name) {
  for (const int part : {NID_commonName, NID_organizationName}) {
    const int at = X509_NAME_get_index_by_NID(name, part, -1);
    if (at >= 0) return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  }
  return {};
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  const auto* bytes = ASN1_STRING_get0_data(address);
  const int size = ASN1_STRING_length(address);
  std::array<char, 64> text{};
  if (size == 4) {
    BIO_snprintf(text.data(), text.size(), "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
  } else if (size == 16) {
    for (std::size_t i = 0; i < 8; ++i) {
      BIO_snprintf(text.data() + 5 * i, 6, "%02x%02x:", bytes[2 * i], bytes[2 * i + 1]);
    }
    text[39] = '\0';
  }
  return text.data();
}

std::vector<std::string> names_of(X509* certificate) {
  using Names = std::unique_ptr<GENERAL_NAMES, Freeing<GENERAL_NAMES_free>>;
  std::vector<std::string> names;
  const Names all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_text(name->d.iPAddress));
  }
  return names;
}

/// For servers, as far as the certificate itself says what it is for.
bool is_for_servers(X509* certificate) {
  return X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) == 1;
}

Result<TlsIdentity::Impl> with_key(std::string_view certificates, Pkey key, std::int64_t now_us) {
  auto chain = certificates_in(certificates);
  if (chain.empty()) {
    return fail(Errc::bad_value,
                "证书文件读不出 no certificate can be read: it must be PEM (BEGIN CERTIFICATE)");
  }
  if (chain.size() > kChainMax)
    return fail(Errc::bad_value, "一个文件最多含 8 张证书 more than 8 certificates in a file");
  auto* own = chain.front().get();
  if (X509_check_private_key(own, key.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::bad_value,
                "私钥与证书不配 the key doesn't fit the certificate: the server's own certificate "
                "comes first in its file");
  }
  const auto facts = facts_of(own);
  if (facts.until_us <= now_us) {
    return fail(Errc::expired, "证书已过期 the certificate has expired: get a new one");
  }
  if (facts.from_us > now_us) {
    return fail(Errc::clock_ahead,
                "证书尚未生效 the certificate isn't valid yet: is this machine's clock right?");
  }
  if (EVP_PKEY_get_security_bits(key.get()) < kStrengthBits || !is_for_servers(own)) {
    return fail(Errc::bad_value,
                "证书不能用于网站 it isn't a certificate for servers, or its key is too weak");
  }
  TlsIdentity::Impl made{std::move(chain.front()), {}, std::move(key), facts};
  for (std::size_t i = 1; i < chain.size(); ++i) made.above.push_back(std::move(chain[i]));
  return made;
}

}  // namespace

std::string last_tls_error() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "no reason given";
}

Hash tls_key_hash(std::string_view public_der) { return hash({kKeyDomain, public_der}); }

Hash tls_key_hash(EVP_PKEY* key) { return tls_key_hash(der_of(key)); }

Hash tls_key_hash(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  const std::string_view bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  const auto named = tls_key_hash(bytes);
  OPENSSL_free(der);
  return named;
}

TlsFacts facts_of(X509* certificate) {
  TlsFacts facts;
  facts.key = tls_key_hash(certificate);
  facts.subject = called(X509_get_subject_name(certificate));
  facts.issuer = called(X509_get_issuer_name(certificate));
  facts.names = names_of(certificate);
  facts.from_us = micros_of(X509_get0_notBefore(certificate));
  facts.until_us = micros_of(X509_get0_notAfter(certificate));
  facts.self_signed =
      X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  return facts;
}

std::string pem_of(X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  ensure(PEM_write_bio_X509(out.get(), certificate) == 1, "tls: a certificate as PEM");
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::vector<X509Ptr> certificates_in(std::string_view pem) {
  std::vector<X509Ptr> found;
  const auto in = reading(pem);
  while (X509Ptr next{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    found.push_back(std::move(next));
  }
  ERR_clear_error();  // The end of the text is one for OpenSSL.
  return found;
}

Result<TlsFacts> tls_facts(std::string_view pem) {
  const auto found = certificates_in(pem);
  if (found.empty())
    return fail(Errc::bad_value,
                "读不出证书，须为 PEM 格式 no certificate can be read: it must be PEM");
  return facts_of(found.front().get());
}

// ---- Keys ---------------------------------------------------------------------------------------

TlsKey TlsKey::generate() {
  // Numbers at random until one is in range (FIPS 186-5, A.2.2): all chance comes from one place.
  for (;;) {
    std::string secret(kTlsSecretBytes, '\0');
    random_bytes(reinterpret_cast<unsigned char*>(secret.data()), secret.size());
    auto key = from_secret(secret);
    sodium_memzero(secret.data(), secret.size());
    if (key) return std::move(*key);
  }
}

Result<TlsKey> TlsKey::from_secret(std::string_view secret) {
  const auto no_key = [] {
    ERR_clear_error();
    return fail(Errc::corrupt, "不是 TLS 密钥 not the secret of a TLS key");
  };
  if (secret.size() != kTlsSecretBytes) return no_key();
  const Number number(BN_secure_new());
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  ensure(number && group, "tls: no memory");
  if (!BN_bin2bn(raw(secret), static_cast<int>(secret.size()), number.get())) return no_key();
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return no_key();
  }
  const Point point(EC_POINT_new(group.get()));
  std::array<unsigned char, 65> open{};
  if (EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, open.data(),
                         open.size(), nullptr) != open.size()) {
    return no_key();
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kGroup, 0);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, open.data(),
                                   open.size());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    return no_key();
  }
  Pkey key(made);
  const auto named = tls_key_hash(key.get());
  return TlsKey(std::make_shared<const Impl>(Impl{std::move(key), named}));
}

void TlsKey::write_secret(std::array<unsigned char, kTlsSecretBytes>& out) const {
  BIGNUM* number = nullptr;
  const int got = EVP_PKEY_get_bn_param(impl_->key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number);
  const Number held(number);
  ensure(got == 1 && BN_bn2binpad(number, out.data(), kTlsSecretBytes) == int{kTlsSecretBytes},
         "tls: a key's secret");
}

const Hash& TlsKey::hash() const { return impl_->hash; }

std::string TlsKey::public_der() const { return der_of(impl_->key.get()); }

// ---- What a server shows ------------------------------------------------------------------------

TlsIdentity TlsIdentity::bare(const TlsKey& key) {
  X509Ptr made(X509_new());
  auto* own = key.impl().key.get();
  auto* name = X509_get_subject_name(made.get());
  const bool good =
      X509_set_version(made.get(), X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, raw("linli"), -1, -1, 0) == 1 &&
      X509_set_issuer_name(made.get(), name) == 1 &&
      ASN1_TIME_set(X509_getm_notBefore(made.get()), 0) != nullptr &&
      ASN1_TIME_set_string(X509_getm_notAfter(made.get()), kEver) == 1 &&
      X509_set_pubkey(made.get(), own) == 1 && X509_sign(made.get(), own, EVP_sha256()) > 0;
  ensure(good, "tls: a bare certificate");
  EVP_PKEY_up_ref(own);
  const auto facts = facts_of(made.get());
  return TlsIdentity(std::make_shared<const Impl>(Impl{std::move(made), {}, Pkey(own), facts}));
}

Result<TlsIdentity> TlsIdentity::read(std::string_view certificates, std::string_view key,
                                      std::int64_t now_us) {
  const auto in = reading(key);
  // Without a terminal's question: a key under a passphrase isn't taken.
  const auto none = [](char*, int, int, void*) { return 0; };
  Pkey own(PEM_read_bio_PrivateKey(in.get(), nullptr, none, nullptr));
  ERR_clear_error();
  if (!own) {
    return fail(
        Errc::bad_value,
        "私钥文件读不出 the key can't be read: it must be PEM (BEGIN PRIVATE KEY), without a "
        "passphrase");
  }
  auto made = with_key(certificates, std::move(own), now_us);
  if (!made) return fail(made.error());
  return TlsIdentity(std::make_shared<const Impl>(std::move(*made)));
}

Result<TlsIdentity> TlsIdentity::read(std::string_view certificates, const TlsKey& key,
                                      std::int64_t now_us) {
  auto* own = key.impl().key.get();
  EVP_PKEY_up_ref(own);
  auto made = with_key(certificates, Pkey(own), now_us);
  if (!made) return fail(made.error());
  return TlsIdentity(std::make_shared<const Impl>(std::move(*made)));
}

const TlsFacts& TlsIdentity::facts() const { return impl_->facts; }

}  // namespace linli::crypto

#include "crypto/tls_authority.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>

#include "crypto/tls_openssl.h"

namespace linli::crypto {

struct TlsAuthority::Impl {
  X509Ptr certificate;
  Pkey key;
};

namespace {

using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using Store = std::unique_ptr<X509_STORE, Freeing<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freeing<X509_STORE_CTX_free>>;

constexpr std::size_t kNameBytesMax = 253, kLabelBytesMax = 63, kNamesMax = 32;
/// Names that no one owns: each local network has its own.
constexpr std::array<std::string_view, 5> kLocalDomains{"local", "lan", "internal", "home.arpa",
                                                        "localhost"};
/// Addresses that no one owns, as OpenSSL writes a range.
constexpr std::array<const char*, 8> kLocalRanges{
    "10.0.0.0/255.0.0.0",      "172.16.0.0/255.240.0.0", "192.168.0.0/255.255.0.0",
    "169.254.0.0/255.255.0.0", "100.64.0.0/255.192.0.0", "127.0.0.0/255.0.0.0",
    "fc00::/fe00::",           "fe80::/ffc0::"};
/// The clock of a node may be a little behind.
constexpr std::int64_t kDayBefore = kDayMicros;

struct Address {
  int family = 0;
  std::array<unsigned char, 16> bytes{};
};

std::optional<Address> address_in(const std::string& text) {
  Address address;
  for (const int family : {AF_INET, AF_INET6}) {
    address.family = family;
    if (::inet_pton(family, text.c_str(), address.bytes.data()) == 1) return address;
  }
  return std::nullopt;
}

bool is_label(std::string_view label) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !label.empty() && label.size() <= kLabelBytesMax && good(label.front()) &&
         good(label.back()) &&
         std::all_of(label.begin(), label.end(), [&](char c) { return good(c) || c == '-'; });
}

bool is_host(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  while (!name.empty()) {
    const auto end = std::min(name.find('.'), name.size());
    if (!is_label(name.substr(0, end))) return false;
    if (end + 1 == name.size()) return false;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return true;
}

std::string kind_of(const std::string& name) { return (address_in(name) ? "IP:" : "DNS:") + name; }

bool add(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const Extension made(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return made && X509_add_ext(to, made.get(), -1) == 1;
}

bool name_it(X509_NAME* name, const std::string& common) {
  const auto* text = reinterpret_cast<const unsigned char*>(common.data());
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text,
                                    static_cast<int>(common.size()), -1, 0) == 1;
}

bool date(X509* certificate, std::int64_t from_us, std::int64_t until_us) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), from_us / 1'000'000) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), until_us / 1'000'000) != nullptr;
}

bool number(X509* certificate) {
  auto bytes = random<FixedBytes<16, struct SerialTag>>();
  bytes.data[0] &= 0x7F;  // A positive number,
  bytes.data[0] |= 0x40;  // and always of one length.
  const std::unique_ptr<BIGNUM, Freeing<BN_free>> serial(
      BN_bin2bn(bytes.data.data(), static_cast<int>(bytes.data.size()), nullptr));
  return BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

/// At most 64 characters may be a common name; a city's name may be longer.
std::string shortened(std::string name) {
  constexpr std::size_t kMost = 40;
  std::size_t characters = 0, at = 0;
  for (; at < name.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(name[at]) & 0xC0u) != 0x80;
    if (begins && ++characters > kMost) break;
  }
  name.resize(at);
  return name;
}

/// With a space: else OpenSSL takes an address for a host's name that it then may not vouch for.
std::string common_name(const std::string& name) { return "Linli " + name.substr(0, 50); }

std::string constraints(const std::vector<std::string>& names) {
  std::string text = "critical";
  for (const auto domain : kLocalDomains) text += ",permitted;DNS:" + std::string(domain);
  for (const auto* range : kLocalRanges) text += std::string(",permitted;IP:") + range;
  for (const auto& name : names) {
    const auto address = address_in(name);
    if (!address) text += ",permitted;DNS:" + name;
    if (!address) continue;
    text += ",permitted;IP:" + name;
    text += address->family == AF_INET ? "/255.255.255.255"
                                       : "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  }
  return text;
}

Pkey same(EVP_PKEY* key) {
  EVP_PKEY_up_ref(key);
  return Pkey(key);
}

bool vouches(X509* authority, X509* certificate, std::int64_t now_us) {
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  if (!store || !context || X509_STORE_add_cert(store.get(), authority) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr) != 1) {
    return false;
  }
  X509_STORE_CTX_set_time(context.get(), 0, now_us / 1'000'000);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return good;
}

using Constraints = std::unique_ptr<NAME_CONSTRAINTS, Freeing<NAME_CONSTRAINTS_free>>;

/// A range of addresses that isn't all of them: address and mask, 4 or 16 bytes each.
bool is_some_range(const ASN1_OCTET_STRING* range) {
  const auto* bytes = ASN1_STRING_get0_data(range);
  const auto size = ASN1_STRING_length(range);
  if (size != 8 && size != 32) return false;
  return std::any_of(bytes + size / 2, bytes + size, [](unsigned char b) { return b != 0; });
}

/// Every kind of name that stands there is bounded, and both that servers have stand there: a kind
/// that isn't mentioned is permitted without bounds.
bool permits_some_only(const NAME_CONSTRAINTS* constraints) {
  bool names = false, addresses = false;
  const auto* permitted = constraints->permittedSubtrees;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(permitted); ++i) {
    const auto* base = sk_GENERAL_SUBTREE_value(permitted, i)->base;
    if (base->type == GEN_DNS) {
      if (ASN1_STRING_length(base->d.dNSName) == 0) return false;
      names = true;
    } else if (base->type == GEN_IPADD) {
      if (!is_some_range(base->d.iPAddress)) return false;
      addresses = true;
    }
  }
  return names && addresses;
}

}  // namespace

Result<std::string> server_name(std::string_view text) {
  std::string name(text);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (address_in(name)) return name;
  // All digits and dots is an address that isn't one.
  const bool odd = name.find_first_not_of("0123456789.") == std::string::npos;
  if (!odd && is_host(name)) return name;
  return fail(
      Errc::bad_value,
      "名称须是域名或 IP 地址，不带 https:// 和端口 a name is a host's or an address, without "
      "https:// and port: " +
          std::string(text.substr(0, 100)),
      "name");
}

bool is_local_name(std::string_view text) {
  const std::string name(text);
  const auto address = address_in(name);
  if (!address) {
    return name.find('.') == std::string::npos ||
           std::any_of(kLocalDomains.begin(), kLocalDomains.end(), [&](std::string_view domain) {
             return name == domain || name.ends_with("." + std::string(domain));
           });
  }
  const auto& b = address->bytes;
  if (address->family == AF_INET6) {
    const bool loopback = std::all_of(b.begin(), b.end() - 1, [](auto c) { return c == 0; });
    return (b[0] & 0xFEu) == 0xFC || (b[0] == 0xFE && (b[1] & 0xC0u) == 0x80) ||
           (loopback && b[15] == 1);
  }
  return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xF0u) == 16) ||
         (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) ||
         (b[0] == 100 && (b[1] & 0xC0u) == 64);
}

Result<TlsAuthority> TlsAuthority::found(const TlsKey& key, const std::string& city,
                                         const std::vector<std::string>& names,
                                         std::int64_t now_us) {
  if (names.size() > kNamesMax) return fail(Errc::bad_value, "最多 32 个名称 at most 32 names");
  X509Ptr made(X509_new());
  auto* it = made.get();
  auto* own = key.impl().key.get();
  const bool good = X509_set_version(it, X509_VERSION_3) == 1 && number(it) &&
                    name_it(X509_get_subject_name(it), shortened(city) + " 邻里 Linli CA") &&
                    X509_set_issuer_name(it, X509_get_subject_name(it)) == 1 &&
                    date(it, now_us - kDayBefore, now_us + kAuthorityDays * kDayMicros) &&
                    X509_set_pubkey(it, own) == 1 &&
                    add(it, it, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add(it, it, NID_key_usage, "critical,keyCertSign") &&
                    add(it, it, NID_ext_key_usage, "serverAuth") &&
                    add(it, it, NID_subject_key_identifier, "hash") &&
                    add(it, it, NID_name_constraints, constraints(names)) &&
                    X509_sign(it, own, EVP_sha256()) > 0;
  if (!good)
    return fail(Errc::bad_value, "无法建立签发机构 no authority can be made: " + last_tls_error());
  return TlsAuthority(std::make_shared<const Impl>(Impl{std::move(made), same(own)}));
}

Result<TlsAuthority> TlsAuthority::read(std::string_view pem, const TlsKey& key) {
  auto found = certificates_in(pem);
  if (found.empty() || X509_check_ca(found.front().get()) != 1) {
    return fail(Errc::bad_value, "不是签发机构的证书 not the certificate of an authority");
  }
  if (tls_key_hash(found.front().get()) != key.hash()) {
    return fail(Errc::bad_value,
                "签发机构的证书与密钥不相配 the authority's certificate isn't that of its key");
  }
  return TlsAuthority(
      std::make_shared<const Impl>(Impl{std::move(found.front()), same(key.impl().key.get())}));
}

Result<std::string> TlsAuthority::issue(std::string_view public_der,
                                        const std::vector<std::string>& names,
                                        std::int64_t now_us) const {
  if (names.empty() || names.size() > kNamesMax) {
    return fail(Errc::bad_value, "证书须有 1 至 32 个名称 a certificate is for 1 to 32 names",
                "names");
  }
  const auto* at = reinterpret_cast<const unsigned char*>(public_der.data());
  const Pkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(public_der.size())));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) {
    ERR_clear_error();
    return fail(Errc::bad_value, "不是服务器可用的密钥 not a key for a server");
  }
  std::string list;
  for (const auto& text : names) {
    const auto name = server_name(text);
    if (!name) return fail(name.error());
    list += (list.empty() ? "" : ",") + kind_of(*name);
  }
  auto* above = impl_->certificate.get();
  const auto until = std::min(now_us + kServerDays * kDayMicros, facts_of(above).until_us);
  X509Ptr made(X509_new());
  auto* it = made.get();
  const bool good = X509_set_version(it, X509_VERSION_3) == 1 && number(it) &&
                    name_it(X509_get_subject_name(it), common_name(names.front())) &&
                    X509_set_issuer_name(it, X509_get_subject_name(above)) == 1 &&
                    date(it, now_us - kDayBefore, until) && X509_set_pubkey(it, key.get()) == 1 &&
                    add(it, above, NID_basic_constraints, "critical,CA:FALSE") &&
                    add(it, above, NID_key_usage, "critical,digitalSignature") &&
                    add(it, above, NID_ext_key_usage, "serverAuth") &&
                    add(it, above, NID_authority_key_identifier, "keyid:always") &&
                    add(it, above, NID_subject_alt_name, list) &&
                    X509_sign(it, impl_->key.get(), EVP_sha256()) > 0;
  if (!good)
    return fail(Errc::bad_value, "无法签发证书 no certificate can be made: " + last_tls_error());
  if (!vouches(above, it, now_us)) {
    return fail(Errc::bad_value,
                "本市 CA 不能为这些名称签发 the city's authority may not vouch for these names: " +
                    list + " (make it with --permit NAME)",
                "names");
  }
  return pem_of(it) + pem_of(above);
}

std::string TlsAuthority::pem() const { return pem_of(impl_->certificate.get()); }

std::string TlsAuthority::der() const {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(impl_->certificate.get(), &bytes);
  ensure(size > 0, "tls: a certificate's bytes");
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

bool is_bounded_authority(std::string_view pem) {
  const auto found = certificates_in(pem);
  if (found.size() != 1 || X509_check_ca(found.front().get()) != 1) return false;
  int critical = 0;
  const Constraints constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(found.front().get(), NID_name_constraints, &critical, nullptr)));
  ERR_clear_error();
  return constraints && critical == 1 && permits_some_only(constraints.get());
}

bool is_vouched_for(std::string_view pem, std::string_view authority_pem, std::int64_t now_us) {
  const auto own = certificates_in(pem), above = certificates_in(authority_pem);
  return !own.empty() && !above.empty() && vouches(above.front().get(), own.front().get(), now_us);
}

}  // namespace linli::crypto

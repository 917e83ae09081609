// crypto/tls_authority.h: a city's own authority for the certificates that browsers are shown.
//
// A phone that trusts it takes every page of this city's nodes for what it is, without internet and
// without anybody else's word. It is bounded: in its certificate stands what it may vouch for
// (name constraints), so that a stolen one speaks for no bank.
#pragma once

#include "crypto/tls.h"

namespace linli::crypto {

inline constexpr std::int64_t kDayMicros = 24LL * 3600 * 1'000'000;
/// Apple takes no certificate that is good for more than 825 days, browsers' rules say 398.
inline constexpr std::int64_t kServerDays = 397;
inline constexpr std::int64_t kAuthorityDays = std::int64_t{20} * 365;

/// A DNS name or an address as certificates have them, in small letters. Errors: bad_value.
[[nodiscard]] Result<std::string> server_name(std::string_view text);
/// Does it mean something only within one local network? Several nodes may have it then.
[[nodiscard]] bool is_local_name(std::string_view name);

class TlsAuthority {
 public:
  /// A new one. `names`: what it may vouch for besides local names; a DNS name covers those below.
  /// Errors: bad_value.
  [[nodiscard]] static Result<TlsAuthority> found(const TlsKey& key, const std::string& city,
                                                  const std::vector<std::string>& names,
                                                  std::int64_t now_us);
  /// Errors: bad_value (not an authority's certificate, or another key's).
  [[nodiscard]] static Result<TlsAuthority> read(std::string_view pem, const TlsKey& key);

  /// A certificate for a server's key with these names: PEM, with the authority's own behind it.
  /// Errors: bad_value (no names, not a key it takes, a name that it may not vouch for).
  [[nodiscard]] Result<std::string> issue(std::string_view public_der,
                                          const std::vector<std::string>& names,
                                          std::int64_t now_us) const;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] std::string der() const;

  struct Impl;

 private:
  explicit TlsAuthority(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// Does the first certificate of a PEM text come from the authority of another? Names that it may
/// not vouch for count as no.
[[nodiscard]] bool is_vouched_for(std::string_view pem, std::string_view authority_pem,
                                  std::int64_t now_us);
/// Is that text one authority's certificate that a device may be told to trust: with critical name
/// constraints that permit some names and some addresses, and neither all names nor all addresses?
[[nodiscard]] bool is_bounded_authority(std::string_view pem);

}  // namespace linli::crypto

// node/app/tls.h: what the tls commands take: certificates for browsers.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct TlsStatusOptions : Common {};
struct TlsNameOptions : Common {
  std::vector<std::string> names;  ///< None: what they are now.
  bool clear = false;
};
struct TlsProfileOptions : Common {
  std::filesystem::path out;
  std::vector<std::string> permit;
};
struct TlsUseOptions : Common {
  std::filesystem::path certificate, key;
};
struct TlsUnuseOptions : Common {};

[[nodiscard]] int tls_status(const TlsStatusOptions& options);
[[nodiscard]] int tls_name(const TlsNameOptions& options);
[[nodiscard]] int tls_profile(const TlsProfileOptions& options);
[[nodiscard]] int tls_use(const TlsUseOptions& options);
[[nodiscard]] int tls_unuse(const TlsUnuseOptions& options);

}  // namespace linli::app

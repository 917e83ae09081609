// node/tls_profile.h: how a phone or PC is told to trust the city's authority.
#pragma once

#include <string>

#include "crypto/tls.h"
#include "node/data_dir.h"

namespace linli::node {

/// The authority as devices take it.
struct TrustKit {
  std::string city;         ///< Its name.
  std::string der;          ///< `linli-ca.crt`: Android, Windows, Linux.
  std::string profile;      ///< `linli.mobileconfig`: iPhone, iPad, Mac.
  std::string fingerprint;  ///< SHA-256 of `der`, as devices show it: "AB:CD:…".
  std::string page;         ///< `index.html`: how, in Chinese and English, with the fingerprint.
};
/// Of the authority known in this folder. Errors: not_found, bad_value, io.
[[nodiscard]] Result<TrustKit> trust_kit(const DataDir& dir);

}  // namespace linli::node

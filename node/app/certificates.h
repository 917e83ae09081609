// node/app/certificates.h: what `linli certificates` is asked for.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct CertificateCheckOptions : Common {
  std::string number;
  std::string at;  ///< A day; empty: today.
};
struct CertificateIssueOptions : Common {
  std::string course;  ///< Its code.
  std::int64_t year = 0, no = 0;
  std::string issued_on;  ///< A day; empty: today.
  bool dry_run = false;
};
/// Exit code 0: valid; 1: expired, withdrawn or unknown.
[[nodiscard]] int check_certificate(const CertificateCheckOptions& options);
/// For everybody of a session who may have one and has none.
[[nodiscard]] int issue_certificates(const CertificateIssueOptions& options);

}  // namespace linli::app

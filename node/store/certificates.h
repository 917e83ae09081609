// node/store/certificates.h: training certificates by their number, and who of a session may have
// one. Reads only.
#pragma once

#include <string>
#include <vector>

#include "node/model/json.h"
#include "node/store/store.h"

namespace linli::store {

/// Is the certificate of this number good on `today`? {number, verdict (valid, expired, withdrawn,
/// unknown), course{code, name}, issued_on, valid_until, checked_on}; of one that is unknown the
/// three in the middle are null. Whose it is isn't said: everybody may ask (PIPL 25).
[[nodiscard]] model::Json check_certificate(Store& store, std::string_view number,
                                            std::int64_t today);

/// Somebody who signed in to a session.
struct CertificateCandidate {
  enum class Reason {
    ready,         ///< May have one.
    has_one,       ///< `number`.
    absent,        ///< Not there for long enough.
    two_sessions,  ///< Signed in to another one at the same time: to be looked into first.
    not_assessed,  ///< The course is assessed, and this person wasn't.
    not_passed,
  };
  Reason reason = Reason::ready;
  model::Json person;  ///< {scope, id, title}: a staff number, no name.
  model::Json record;  ///< Of `ready`: what to put as training_certificate, without a number.
  std::string number;  ///< Of `has_one`.
};
[[nodiscard]] std::string_view name_of(CertificateCandidate::Reason reason);
struct CertificateSession {
  std::string course, topic;  ///< Names.
  bool gives_certificates = false, confirmed = false;
  std::vector<CertificateCandidate> people;  ///< In the order of their sign-ins' ids.
};
/// Of the session of that course (its code), year and number. Errors: not_found.
[[nodiscard]] Result<CertificateSession> certificate_candidates(Store& store,
                                                                std::string_view course,
                                                                std::int64_t year, std::int64_t no);

}  // namespace linli::store

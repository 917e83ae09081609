// node/model/training.h: numbers of the fields of domain 2.5 that its files share. For this
// folder's .cpp: declared in training.cpp, certificates in training_certificate.cpp; and for
// node/store, which finds who may have one.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

inline constexpr std::uint32_t kTypeCourse = 30, kTypeSession = 31, kTypeAttendance = 33,
                               kTypeAssessment = 34, kTypeTrainingCertificate = 35;

namespace course_field {
inline constexpr std::uint32_t kCode = 1, kName = 2, kKind = 3, kCertificate = 6, kValidMonths = 7,
                               kAssessed = 9;
}
namespace session_field {
inline constexpr std::uint32_t kCourse = 1, kYear = 2, kStartsAt = 6, kEndsAt = 7, kOpensAt = 11,
                               kClosesAt = 12, kStatus = 14;
}
enum SessionState : std::int64_t {
  kSessionConfirmed = 6,
  kSessionClosed = 7,
  kCancelled = 8,
  kPostponed = 9,
};

/// How enrolment, attendance and assessment number what they have in common.
namespace person_field {
inline constexpr std::uint32_t kSession = 1, kPerson = 2, kCompanyRef = 3, kSessionFrom = 9,
                               kSessionTo = 10, kCourseKind = 11, kPost = 12;
}
namespace attendance_field {
inline constexpr std::uint32_t kInAt = 4, kOutAt = 5, kMethod = 6, kValid = 13, kLate = 14,
                               kPercent = 15;
}
namespace assessment_field {
inline constexpr std::uint32_t kAttempt = 4, kScore = 5, kPassed = 6;
}
namespace certificate_field {
inline constexpr std::uint32_t kNumber = 1, kCourse = 2, kPerson = 3, kIssuedOn = 4,
                               kValidUntil = 5, kStatus = 6, kAttendance = 7, kAssessment = 8;
}
enum CertificateState : std::int64_t {
  kCertificateValid = 1,
  kCertificateExpired = 2,
  kCertificateRevoked = 3,
};

/// Was who signed in there for as long as it takes? Of the record alone: an overlap with another
/// session is its peers' business.
[[nodiscard]] bool attended_validly(const RecordView& attendance);

/// What a certificate is worth on a day.
enum class Standing : std::uint8_t { valid, expired, withdrawn };
/// Of a certificate that is there. It is valid on its last day too; one that was withdrawn stays
/// so.
[[nodiscard]] Standing standing_of(const RecordView& certificate, std::int64_t today);
[[nodiscard]] std::string_view name_of(Standing standing);

[[nodiscard]] RecordType training_certificate();

}  // namespace linli::model

// node/model/training.h: numbers of the fields of domain 2.5 that its files share. For this
// folder's .cpp: declared in training.cpp, certificates in training_certificate.cpp; and for
// node/store, which finds who may have one.
#pragma once

#include <span>

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
inline constexpr std::uint32_t kInAt = 4, kOutAt = 5, kMethod = 6, kDevice = 7, kValid = 13,
                               kLate = 14, kPercent = 15, kPhoto = 16, kProxySuspected = 17;
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

/// 代签: which of these sign-ins at one device for one session (their times in ms, in any order)
/// are so many in so short a time that one may have signed for the others: each that lies in a
/// stretch of `minutes` with more than `people_max` of them. Their indices, ascending. Those with a
/// photo of who signed in are no matter of suspicion: leave them out.
[[nodiscard]] std::vector<std::size_t> suspected_proxies(std::span<const std::int64_t> times_ms,
                                                         std::int64_t people_max,
                                                         std::int64_t minutes);

// ---- What enrolment, attendance and assessment share (training.cpp) ----------------------------

inline constexpr std::int64_t kKindProjectManager = 3;  ///< Kind of course.
/// Copies what figures need from session, course and staff, so that a record's contribution stays a
/// pure function of the record: on every node the same, whatever else has arrived there.
[[nodiscard]] Result<void> derive_person(Record& record, const Lookup& lookup,
                                         const Moment& moment);
[[nodiscard]] std::vector<Field> person_fields();
void add_derived(std::vector<Field>& fields);
/// Day and dims that all person records count under; nothing before they were derived.
struct TrainingPlace {
  std::int64_t day;
  std::string kind, company_dim;
};
[[nodiscard]] std::optional<TrainingPlace> place_of(const RecordView& record);

/// One person at one session, as a key of measures.
[[nodiscard]] std::string seat_of(const RecordView& record);

[[nodiscard]] RecordType attendance();
[[nodiscard]] RecordType training_certificate();

}  // namespace linli::model

// Training certificates (domain 2.5): given by the bureau to who attended, and passed where the
// course is assessed. Their number comes from the bureau's sequence (numbering.h) as they are
// issued. They prove training only: the state has abolished compulsory licences of managers.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/rules.h"
#include "node/model/training.h"

namespace linli::model {

namespace {

constexpr Choice kCertificateStates[] = {{kCertificateValid, "valid", {"有效", "Valid"}},
                                         {kCertificateExpired, "expired", {"已过期", "Expired"}},
                                         {kCertificateRevoked, "revoked", {"已撤销", "Revoked"}}};

/// A course's certificate lasts for its months, the corresponding day included.
std::optional<std::int64_t> last_day(const Record& course, std::int64_t issued) {
  const auto months = ViewOf(course)->integer(course_field::kValidMonths);
  return months ? months_later(issued, *months) : std::nullopt;
}

/// Who names the sign-in has said whose certificate it is, and of which course; it is issued today
/// and lasts as long as the course says.
Result<void> derive(Record& record, const Lookup& lookup, const Moment& moment) {
  using namespace certificate_field;
  if (!record.get(kIssuedOn)) record.set(kIssuedOn, cbor::encode_int(moment.today));
  const auto attendance = followed(lookup, *ViewOf(record), kAttendance);
  if (attendance && !record.get(kPerson)) {
    if (const auto person = ViewOf(*attendance)->ref(person_field::kPerson)) {
      record.set(kPerson, encode_ref(*person, record.scope));
    }
  }
  if (attendance && !record.get(kCourse)) {
    const auto session = followed(lookup, *ViewOf(*attendance), person_field::kSession);
    const auto course = session ? ViewOf(*session)->ref(session_field::kCourse) : std::nullopt;
    if (course) record.set(kCourse, encode_ref(*course, record.scope));
  }
  if (record.get(kValidUntil)) return {};
  const auto course = followed(lookup, *ViewOf(record), kCourse);
  const auto until = course ? last_day(*course, *ViewOf(record)->integer(kIssuedOn)) : std::nullopt;
  if (until) record.set(kValidUntil, cbor::encode_int(*until));
  return {};
}

void faults_of(const RecordView& record, std::vector<Fault>& faults) {
  using namespace certificate_field;
  const auto issued = record.integer(kIssuedOn), until = record.integer(kValidUntil);
  if (!issued || !until || *until > *issued) return;
  add_fault(faults, "valid_until", Errc::bad_rule, "有效期须晚于发证日期",
            "must be after issued_on");
}

bool same(const std::optional<Ref>& a, const std::optional<Ref>& b) {
  return a && b && a->type == b->type && a->scope == b->scope && a->id == b->id;
}

/// Faults of what a certificate rests on: the sign-in.
void attendance_faults(const RecordView& record, const Record& attendance, const Lookup& lookup,
                       std::vector<Fault>& faults) {
  using namespace certificate_field;
  const ViewOf view(attendance);
  if (!same(view->ref(person_field::kPerson), record.ref(kPerson))) {
    add_fault(faults, "attendance", Errc::bad_rule, "这条签到是另一个人的",
              "is another person's sign-in");
  }
  if (attendance.removed || !attended_validly(*view)) {
    add_fault(faults, "attendance", Errc::bad_rule, "签到无效(未到场或时长不足)，不能发证",
              "wasn't there, or not for long enough: there is no certificate for it");
  }
  const auto session = followed(lookup, *view, person_field::kSession);
  if (!session) {
    return add_fault(faults, "attendance", Errc::dangling_reference, "签到的场次本机没有",
                     "its session isn't here");
  }
  const ViewOf held(*session);
  if (!same(held->ref(session_field::kCourse), record.ref(kCourse))) {
    add_fault(faults, "course", Errc::bad_rule, "签到的场次属于另一门课程",
              "isn't the course of that session");
  }
  const auto status = held->state(session_field::kStatus);
  if (status != kSessionConfirmed && status != kSessionClosed) {
    add_fault(faults, "attendance", Errc::bad_rule, "该场次的签到尚未确认，不能发证",
              "the attendance of its session isn't confirmed yet");
  }
  const auto ends = held->integer(session_field::kEndsAt), issued = record.integer(kIssuedOn);
  if (ends && issued && *issued < local_day_of_ms(*ends)) {
    add_fault(faults, "issued_on", Errc::bad_rule, "不得早于培训当日", "is before the session");
  }
}

void assessment_faults(const RecordView& record, const Record& attendance, const Lookup& lookup,
                       std::vector<Fault>& faults) {
  using namespace certificate_field;
  const auto assessment = followed(lookup, record, kAssessment);
  if (!assessment) return;
  const ViewOf view(*assessment), there(attendance);
  if (!same(view->ref(person_field::kPerson), record.ref(kPerson)) ||
      !same(view->ref(person_field::kSession), there->ref(person_field::kSession))) {
    add_fault(faults, "assessment", Errc::bad_rule, "不是此人在该场次的考核",
              "isn't this person's in that session");
  }
  if (assessment->removed || !view->flag(assessment_field::kPassed)) {
    add_fault(faults, "assessment", Errc::bad_rule, "考核未合格，不能发证",
              "wasn't passed: there is no certificate for it");
  }
}

void authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                      std::vector<Fault>& faults) {
  using namespace certificate_field;
  // One that ends or is withdrawn isn't asked again what it rested on.
  if (record.state(kStatus) != kCertificateValid) return;
  future_fault(record, kIssuedOn, moment.today, faults);
  const auto course = followed(lookup, record, kCourse);
  if (course && !ViewOf(*course)->flag(course_field::kCertificate)) {
    add_fault(faults, "course", Errc::bad_rule, "这门课程不发证", "gives no certificates");
  }
  const auto issued = record.integer(kIssuedOn), until = record.integer(kValidUntil);
  const auto last = course && issued ? last_day(*course, *issued) : std::nullopt;
  if (last && until && *until > *last) {
    add_fault(faults, "valid_until", Errc::bad_rule, "超过课程规定的有效月数",
              "is later than the course's months allow: " + day_text(*last));
  }
  if (course && ViewOf(*course)->flag(course_field::kAssessed)) {
    need(record, kAssessment, "assessment", faults, "这门课程须考核合格，请填考核记录",
         "is required: this course is assessed");
  }
  need(record, kAttendance, "attendance", faults, "须填有效签到记录：未参加培训不能发证",
       "is required: there is no certificate for who didn't attend");
  const auto attendance = followed(lookup, record, kAttendance);
  if (!attendance) return;  // That a record isn't here is said of every reference.
  attendance_faults(record, *attendance, lookup, faults);
  assessment_faults(record, *attendance, lookup, faults);
}

/// Two valid ones for one sign-in: a person says which of them holds.
bool rivals(const RecordView& record, std::span<const RecordView> peers) {
  using namespace certificate_field;
  const auto valid = [](const RecordView& one) {
    return !one.removed && one.state(kStatus) == kCertificateValid;
  };
  const auto rested = record.ref(kAttendance);
  if (!valid(record) || !rested) return false;
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    return peer.id != record.id && valid(peer) && same(peer.ref(kAttendance), rested);
  });
}

void contribute(const RecordView& record, std::span<const RecordView>,
                std::vector<Contribution>& out) {
  using namespace certificate_field;
  const auto until = record.integer(kValidUntil);
  if (record.removed || !until || record.state(kStatus) != kCertificateValid) return;
  out.push_back({.measure = "certificate_expiry", .day = *until});
}

}  // namespace

Standing standing_of(const RecordView& certificate, std::int64_t today) {
  using namespace certificate_field;
  const auto status = certificate.state(kStatus);
  const auto until = certificate.integer(kValidUntil);
  if (certificate.removed || status == kCertificateRevoked) return Standing::withdrawn;
  if (status == kCertificateExpired || !until || *until < today) return Standing::expired;
  return Standing::valid;
}

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::valid:
      return "valid";
    case Standing::expired:
      return "expired";
    case Standing::withdrawn:
      break;
  }
  return "withdrawn";
}

RecordType training_certificate() {
  using namespace certificate_field;
  return {
      .number = kTypeTrainingCertificate,
      .name = "training_certificate",
      .label = {"培训合格证明", "Training certificate"},
      .home = Home::city,
      .key = {"cert_no"},
      .audience = sync::Audience::below,
      .fields =
          {text(kNumber, "cert_no", {"证明编号", "Number"}, 40)
               .required()
               .plain(kReasonCode)
               .found()
               .hint({"不填则按文号规则顺序编号", "The next of the sequence, if left out"}),
           ref(kCourse, "course", {"课程", "Course"}, {"course"})
               .required()
               .hint({"不填则取自签到的场次", "That of the sign-in, if left out"}),
           ref(kPerson, "person", {"人员", "Person"}, {"staff"})
               .required()
               .hint({"不填则取自签到", "Who signed in, if left out"}),
           date(kIssuedOn, "issued_on", {"发证日期", "Issued on"}).required(),
           date(kValidUntil, "valid_until", {"有效期至", "Valid until"})
               .required()
               .hint({"不填则按课程的有效月数", "As the course says, if left out"}),
           state(kStatus, "status", {"状态", "State"}, kCertificateStates),
           ref(kAttendance, "attendance", {"签到记录", "Sign-in"}, {"attendance"}).conditional(),
           ref(kAssessment, "assessment", {"考核记录", "Assessment"}, {"assessment"})
               .conditional()},
      .title = "cert_no",
      .writers = kHub,
      .removers = kHub,
      .state = "status",
      .moves = {{"", "valid", kHub},
                {"valid", "expired", kHub},
                {"valid", "revoked", kHub, 1},
                {"expired", "revoked", kHub, 1}},
      .indexes = {{"person"}, {"cert_no"}},
      .derive = derive,
      .faults = faults_of,
      .authoring_faults = authoring_faults,
      .contribute = contribute,
      .peers = {"person"},
      .measures = {"certificate_expiry"},
      .rivals = rivals};
}

}  // namespace linli::model

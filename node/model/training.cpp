// Training (domain 2.5): courses, sessions, enrolment, assessment. Sign-in: attendance.cpp;
// certificates: training_certificate.cpp.
#include "node/model/training.h"

#include "crypto/cbor.h"
#include "node/model/organisation.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

namespace {

constexpr Choice kCourseKinds[] = {{1, "law", {"法规学习", "Law"}},
                                   {2, "expert_lecture", {"专家培训", "Expert lecture"}},
                                   {3, "project_manager", {"项目经理培训", "Project managers"}},
                                   {4, "flood", {"防汛业务培训", "Flood prevention"}},
                                   {5, "fire", {"消防培训", "Fire safety"}},
                                   {6, "lift", {"电梯安全培训", "Lift safety"}},
                                   {7, "skills", {"岗位练兵", "Skill drill"}},
                                   {8, "model_visit", {"现场观摩", "Visit to a model project"}},
                                   {9, "exchange", {"学习交流", "Exchange"}},
                                   {10, "committee", {"业委会培训", "Committee members"}}};
constexpr Choice kAudiences[] = {{1, "project_manager", {"项目经理", "Project managers"}},
                                 {2, "staff", {"从业人员", "Staff"}},
                                 {3, "committee_member", {"业委会委员", "Committee members"}},
                                 {4, "pmc_member", {"物管会委员", "PMC members"}},
                                 {5, "community_worker", {"社区工作人员", "Community workers"}},
                                 {6, "inspector", {"检查人员", "Inspectors"}}};
constexpr Choice kSessionStates[] = {
    {1, "planned", {"计划中", "Planned"}},
    {2, "published", {"已发布", "Published"}},
    {3, "enrolling", {"报名中", "Enrolling"}},
    {4, "checkin_open", {"签到中", "Signing in"}},
    {5, "held", {"已举办", "Held"}},
    {6, "attendance_confirmed", {"签到已确认", "Attendance confirmed"}},
    {7, "closed", {"已办结", "Closed"}},
    {8, "cancelled", {"已取消", "Cancelled"}},
    {9, "postponed", {"已延期", "Postponed"}}};

constexpr std::uint32_t kGroupState = 60001;
constexpr std::int64_t kMinuteMs = 60'000;

// ---- What is derived at authoring --------------------------------------------------------------

void copy_integer(const RecordView& from, std::uint32_t source, Record& to, std::uint32_t target) {
  if (const auto number = from.integer(source)) to.set(target, cbor::encode_int(*number));
}

}  // namespace

Result<void> derive_person(Record& record, const Lookup& lookup, const Moment&) {
  using namespace person_field;
  const auto session_ref = ViewOf(record)->ref(kSession);
  const auto person_ref = ViewOf(record)->ref(kPerson);
  if (!session_ref || !person_ref) return {};  // check() says that they are missing
  const auto session = lookup.follow(*session_ref);
  if (!session && record.get(kSessionFrom)) return {};  // derived before, elsewhere
  if (!session) return fail(Errc::dangling_reference, "this session isn't here yet", "session");
  const ViewOf held(*session);
  copy_integer(*held, session_field::kStartsAt, record, kSessionFrom);
  copy_integer(*held, session_field::kEndsAt, record, kSessionTo);
  const auto course_ref = held->ref(session_field::kCourse);
  const auto course = course_ref ? lookup.follow(*course_ref) : std::nullopt;
  if (!course) return fail(Errc::dangling_reference, "its course isn't here yet", "session");
  copy_integer(*ViewOf(*course), course_field::kKind, record, kCourseKind);

  // A person of another office may be unknown here; the sign-in counts all the same.
  constexpr std::uint32_t kStaffCompany = 1, kStaffRole = 4;
  const auto person = lookup.follow(*person_ref);
  if (!person) return {};
  const ViewOf staff(*person);
  copy_integer(*staff, kStaffRole, record, kPost);
  const auto company = staff->ref(kStaffCompany);
  if (company && !record.get(kCompanyRef)) {
    record.set(kCompanyRef, encode_ref(*company, record.scope));
  }
  return {};
}

namespace {

// ---- Sessions and courses ----------------------------------------------------------------------

void course_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace course_field;
  if (!record.flag(kCertificate)) return;
  need(record, kValidMonths, "valid_months", faults, "发证的课程须填有效月数",
       "is required for a course with a certificate");
}

RecordType course() {
  return {
      .number = 30,
      .name = "course",
      .label = {"培训课程", "Course"},
      .home = Home::city,
      .key = {"code"},
      .audience = sync::Audience::below,
      .fields =
          {text(1, "code", {"课程代码", "Code"}, 40).required().plain(kReasonCode).found(),
           text(2, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
           choice(course_field::kKind, "kind", {"类别", "Kind"}, kCourseKinds).required(),
           choices(4, "audience", {"培训对象", "Audience"}, kAudiences).required(),
           // Not always announced: the bureau's letter of 2023 gives no hours.
           integer(5, "minutes", {"时长", "Length"}, Unit::minutes).range(1, 100'000),
           boolean(course_field::kCertificate, "certificate",
                   {"发放合格证明", "With a certificate"}),
           integer(course_field::kValidMonths, "valid_months",
                   {"证明有效月数", "Months it is valid"}, Unit::none)
               .range(1, 240)
               .conditional(),
           text(8, "organiser", {"组织单位", "Organiser"}).required().plain(kReasonOrganisation),
           boolean(course_field::kAssessed, "assessed", {"须考核", "With an assessment"})
               .hint({"须考核合格才发证", "Who didn't pass gets no certificate"})},
      .title = "name",
      .writers = kHub,
      .removers = kHub,
      .faults = course_faults};
}

Result<void> derive_session(Record& record, const Lookup& lookup, const Moment&) {
  using namespace session_field;
  const auto starts = ViewOf(record)->integer(kStartsAt);
  if (!starts) return {};
  const auto minutes = [&](std::string_view code) {
    return setting(lookup, record.scope, code) * kMinuteMs;
  };
  if (!record.get(kOpensAt)) {
    record.set(kOpensAt, cbor::encode_int(*starts - minutes("checkin_opens_minutes")));
  }
  if (!record.get(kClosesAt)) {
    record.set(kClosesAt, cbor::encode_int(*starts + minutes("checkin_closes_minutes")));
  }
  return {};
}

void session_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace session_field;
  const auto starts = record.integer(kStartsAt), ends = record.integer(kEndsAt);
  const auto opens = record.integer(kOpensAt), closes = record.integer(kClosesAt);
  if (starts && ends && *ends <= *starts) {
    add_fault(faults, "ends_at", Errc::bad_rule, "结束时间须晚于开始时间",
              "must be after starts_at");
  }
  if (opens && closes && *closes <= *opens) {
    add_fault(faults, "checkin_closes_at", Errc::bad_rule, "签到截止须晚于签到开始",
              "must be after checkin_opens_at");
  }
  const auto year = record.integer(kYear);
  if (starts && year && civil_from_day(local_day_of_ms(*starts)).year != *year) {
    add_fault(faults, "year", Errc::bad_rule, "年份须与开始时间一致", "must be that of starts_at");
  }
}

RecordType session() {
  using namespace session_field;
  return {
      .number = 31,
      .name = "session",
      .label = {"培训场次", "Training session"},
      .home = Home::city,
      .key = {"course", "year", "no"},
      .audience = sync::Audience::below,
      .fields = {ref(kCourse, "course", {"课程", "Course"}, {"course"}).required(),
                 integer(kYear, "year", {"年份", "Year"}, Unit::none).range(2000, 2200).required(),
                 integer(3, "no", {"期次", "Number"}, Unit::none).range(1, 999).required(),
                 text(4, "code", {"场次代码", "Code"}, 40).plain(kReasonCode).found(),
                 text(5, "topic", {"主题", "Topic"}).plain(kReasonPublished).found(),
                 instant(kStartsAt, "starts_at", {"开始时间", "Starts at"}).required(),
                 instant(kEndsAt, "ends_at", {"结束时间", "Ends at"}).required(),
                 text(8, "place", {"地点", "Place"}).required().plain(kReasonPlace).found(),
                 texts(9, "lecturers", {"讲师", "Lecturers"}).personal(),
                 integer(10, "capacity", {"容量", "Capacity"}).range(1, 100'000),
                 instant(kOpensAt, "checkin_opens_at", {"签到开始", "Sign-in opens"})
                     .required()
                     .hint({"不填则为开始前60分钟(业务参数)",
                            "60 minutes before the start, if left out (a rule setting)"}),
                 instant(kClosesAt, "checkin_closes_at", {"签到截止", "Sign-in closes"})
                     .required()
                     .hint({"不填则为开始后30分钟(业务参数)",
                            "30 minutes after the start, if left out (a rule setting)"}),
                 blobs(13, "materials", {"培训材料", "Materials"}).erasable(),
                 state(kStatus, "status", {"状态", "State"}, kSessionStates).grouped(kGroupState),
                 text(15, "status_reason", {"取消或延期原因", "Why cancelled or postponed"})
                     .plain(kReasonPublished)
                     .grouped(kGroupState),
                 text(16, "note", {"说明", "Note"}, kTextLongMax).plain(kReasonPublished)},
      .title = "topic",
      .writers = kHub,
      .removers = kHub,
      .state = "status",
      .moves = {{"", "planned", kHub},
                {"", "published", kHub},
                {"", "held", kHub},  // held before this system came
                {"planned", "published", kHub},
                {"published", "enrolling", kHub},
                {"published", "checkin_open", kHub},
                {"enrolling", "checkin_open", kHub},
                {"published", "held", kHub},
                {"checkin_open", "held", kHub},
                {"held", "attendance_confirmed", kHub},
                {"attendance_confirmed", "closed", kHub},
                {"planned", "cancelled", kHub, 2},
                {"published", "cancelled", kHub, 2},
                {"enrolling", "cancelled", kHub, 2},
                {"postponed", "cancelled", kHub, 2},
                {"published", "postponed", kHub, 1},
                {"enrolling", "postponed", kHub, 1},
                {"postponed", "published", kHub}},
      .frozen = {"closed", "cancelled"},
      .indexes = {{"starts_at"}},
      .derive = derive_session,
      .faults = session_faults};
}

// ---- Enrolment, attendance, assessment ---------------------------------------------------------

}  // namespace

std::vector<Field> person_fields() {
  using namespace person_field;
  // The person is a ref to a staff number: nothing here names anybody (I10). Community workers and
  // committee members become targets once they have types.
  return {ref(kSession, "session", {"场次", "Session"}, {"session"}).required(),
          ref(kPerson, "person", {"人员", "Person"}, {"staff"}).required(),
          ref(kCompanyRef, "company", {"企业", "Company"}, {"company"}).conditional()};
}

void add_derived(std::vector<Field>& fields) {
  using namespace person_field;
  fields.push_back(instant(kSessionFrom, "session_from", {"场次开始", "Session from"}).derived());
  fields.push_back(instant(kSessionTo, "session_to", {"场次结束", "Session to"}).derived());
  fields.push_back(
      choice(kCourseKind, "course_kind", {"课程类别", "Kind of course"}, kCourseKinds).derived());
  fields.push_back(choice(kPost, "post", {"岗位", "Post"}, kPosts).derived());
}

std::string seat_of(const RecordView& record) {
  using namespace person_field;
  return record.ref_id(kSession) + record.ref_id(kPerson);
}

std::optional<TrainingPlace> place_of(const RecordView& record) {
  using namespace person_field;
  const auto from = record.integer(kSessionFrom);
  if (record.removed || !from) return {};
  return TrainingPlace{local_day_of_ms(*from),
                       std::string(code_of(kCourseKinds, record.integer(kCourseKind))),
                       dim_of_id(record.ref_id(kCompanyRef))};
}

namespace {

void contribute_enrolment(const RecordView& record, std::span<const RecordView>,
                          std::vector<Contribution>& out) {
  const auto place = place_of(record);
  if (!place) return;
  out.push_back({"enrolments", place->day, {}, place->kind, place->company_dim, {}, 1});
  out.push_back({"enrolled_people", place->day, {}, {}, {}, seat_of(record), 1});
}

RecordType enrolment() {
  auto fields = person_fields();
  fields.push_back(date(4, "enrolled_on", {"报名日期", "Enrolled on"}));
  add_derived(fields);
  return {.number = 32,
          .name = "enrolment",
          .label = {"培训报名", "Enrolment"},
          .key = {"session", "person"},
          .fields = std::move(fields),
          .writers = kOffices | kCompanyRole,
          .removers = kOffices | kCompanyRole,
          .indexes = {{"session"}, {"person"}},
          .derive = derive_person,
          .contribute = contribute_enrolment,
          .measures = {"enrolments", "enrolled_people"}};
}

void contribute_assessment(const RecordView& record, std::span<const RecordView>,
                           std::vector<Contribution>& out) {
  const auto place = place_of(record);
  if (!place) return;
  out.push_back({"assessed", place->day, {}, place->kind, place->company_dim, {}, 1});
  if (!record.flag(assessment_field::kPassed)) return;
  out.push_back({"passed", place->day, {}, place->kind, place->company_dim, {}, 1});
}

RecordType assessment() {
  auto fields = person_fields();
  fields.push_back(
      integer(4, "attempt", {"考核次数", "Attempt"}, Unit::none).range(1, 20).required());
  fields.push_back(integer(5, "score", {"成绩", "Score"}, Unit::points).range(0, 100).required());
  fields.push_back(boolean(assessment_field::kPassed, "passed", {"合格", "Passed"}).required());
  add_derived(fields);
  return {.number = 34,
          .name = "assessment",
          .label = {"培训考核", "Assessment"},
          .key = {"session", "person", "attempt"},
          .fields = std::move(fields),
          .writers = kOffices,
          .removers = kOffices,
          .indexes = {{"session"}, {"person"}},
          .derive = derive_person,
          .contribute = contribute_assessment,
          .measures = {"assessed", "passed"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "training";
    statistics.push_back(s);
  };
  add({.name = "attendances",
       .label = {"有效签到人次", "Valid attendances"},
       .numerator = {.measure = "attendances"},
       .dim1 = "course_kind",
       .dim2 = "company",
       .definition = {"期内各场次的有效签到人次", "Valid attendances of sessions in the window"}});
  add({.name = "pm_coverage",
       .label = {"项目经理培训覆盖率", "Project managers trained"},
       .figure = Figure::percent,
       .numerator = {.measure = "trained_for_project",
                     .count = Count::distinct,
                     .within = "active_project_managers"},
       .denominator = Term{.measure = "active_project_managers",
                           .over = Over::until_end,
                           .count = Count::distinct},
       .definition = {"期内参加过项目经理培训的在岗项目经理÷期末在岗项目经理",
                      "Active project managers with a valid project manager training in the window "
                      "÷ those active on its last day"}});
  add({.name = "post_coverage",
       .label = {"各岗位培训覆盖率", "Staff trained by post"},
       .figure = Figure::percent,
       .numerator = {.measure = "trained_people",
                     .count = Count::distinct,
                     .within = "active_staff"},
       .denominator =
           Term{.measure = "active_staff", .over = Over::until_end, .count = Count::distinct},
       .dim1 = "post",
       .definition = {"期内有效参训的在岗人员÷期末在岗人员，按岗位",
                      "Active staff with a valid attendance in the window ÷ staff active on its "
                      "last day, by post"}});
  add({.name = "company_coverage",
       .label = {"企业培训覆盖率", "Companies trained"},
       .figure = Figure::percent,
       .numerator = {.measure = "attended_companies",
                     .count = Count::distinct,
                     .within = "contract_companies"},
       .denominator = Term{.measure = "contract_companies",
                           .over = Over::until_end,
                           .count = Count::distinct,
                           .whole = true},
       .dim1 = "course_kind",
       .definition = {"有履行中合同且期内有人有效参训的企业÷有履行中合同的企业，按课程类别",
                      "Companies with an active contract and a valid attendee ÷ with an active "
                      "contract, by kind of course"}});
  add({.name = "show_up",
       .label = {"到课率", "Show-up rate"},
       .figure = Figure::percent,
       // Who came without enrolling is in neither of the two.
       .numerator = {.measure = "attended_people",
                     .count = Count::distinct,
                     .within = "enrolled_people"},
       .denominator = Term{.measure = "enrolments"},
       .dim1 = "course_kind",
       .dim2 = "company",
       .definition = {"报名者中有效签到的÷报名",
                      "Of those enrolled, who signed in validly ÷ enrolments"}});
  add({.name = "person_hours",
       .label = {"培训学时(分钟)", "Time trained"},
       .figure = Figure::minutes,
       .numerator = {.measure = "person_minutes"},
       .dim1 = "course_kind",
       .dim2 = "company",
       .definition = {"有效签到的在场分钟数合计", "Minutes present, of valid attendances"}});
  add({.name = "pass_rate",
       .label = {"考核合格率", "Pass rate"},
       .figure = Figure::percent,
       .numerator = {.measure = "passed"},
       .denominator = Term{.measure = "assessed"},
       .dim1 = "course_kind",
       .dim2 = "company",
       .definition = {"合格人次÷考核人次", "Passed ÷ assessed"}});
  add({.name = "certs_expiring",
       .label = {"90日内到期的培训证明", "Certificates that expire within 90 days"},
       .numerator = {.measure = "certificate_expiry", .over = Over::next_days, .days = 90},
       .definition = {"今日起90日内到期的有效证明", "Valid certificates ending in 90 days"}});
  add({.name = "attendance_overlaps",
       .label = {"重叠签到", "Overlapping sign-ins"},
       .numerator = {.measure = "attendance_overlaps"},
       .dim1 = "course_kind",
       .dim2 = "company",
       .definition = {"同一人在时间重叠的场次均有效签到(待核实，均不计入)",
                      "Sign-ins of one person in sessions that overlap: to be looked into, not "
                      "counted"}});
  add({.name = "attendance_proxies",
       .label = {"代签嫌疑", "Sign-ins that may be for others"},
       .numerator = {.measure = "attendance_proxies"},
       .dim1 = "course_kind",
       .dim2 = "company",
       .definition = {"同一设备短时间内签到人数过多且无照片的有效签到(待核实，仍计入；业务参数 "
                      "proxy_people_max、proxy_minutes)",
                      "Valid sign-ins without a photo of which one device made too many in a short "
                      "time: to be looked into, counted all the same"}});
}

}  // namespace

void add_training(Schema& schema) {
  for (auto make : {course, session, enrolment, attendance, assessment}) {
    schema.types.push_back(make());
  }
  schema.types.push_back(training_certificate());
  add_statistics(schema.statistics);
}

}  // namespace linli::model

// Signing in to a training session (domain 2.5): once for each person and session, whoever writes
// it and wherever.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/organisation.h"
#include "node/model/rules.h"
#include "node/model/settings.h"
#include "node/model/training.h"

namespace linli::model {

namespace {

constexpr Choice kMethods[] = {{1, "qr", {"扫码", "QR code"}},
                               {2, "manual", {"人工", "By hand"}},
                               {3, "id_card", {"证件", "Identity card"}},
                               {4, "face", {"人脸", "Face"}}};
constexpr std::int64_t kMethodFace = 4;

}  // namespace

std::vector<std::size_t> suspected_proxies(std::span<const std::int64_t> times_ms,
                                           std::int64_t people_max, std::int64_t minutes) {
  std::vector<std::size_t> order(times_ms.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return times_ms[a] < times_ms[b]; });
  // Sorted, so that no difference is negative; merged records may hold any number.
  const auto apart = [](std::int64_t a, std::int64_t b) {
    return static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a);
  };
  const auto most = static_cast<std::uint64_t>(std::clamp<std::int64_t>(minutes, 0, 1440)) * 60'000;
  std::vector<bool> suspected(times_ms.size());
  std::size_t first = 0;
  for (std::size_t last = 0; last < order.size(); ++last) {
    const auto end = times_ms[order[last]];
    while (apart(times_ms[order[first]], end) > most) ++first;
    if (static_cast<std::int64_t>(last - first + 1) <= people_max) continue;
    for (auto i = first; i <= last; ++i) suspected[order[i]] = true;
  }
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < suspected.size(); ++i) {
    if (suspected[i]) found.push_back(i);
  }
  return found;
}

bool attended_validly(const RecordView& record) {
  using namespace person_field;
  using namespace attendance_field;
  const auto from = record.integer(kSessionFrom), to = record.integer(kSessionTo);
  const auto in = record.integer(kInAt);
  return !record.removed && from && to && in &&
         attendance_valid(*from, *to, *in, record.integer(kOutAt),
                          record.integer(kPercent).value_or(kPresencePercent));
}

namespace {

/// What another sign-in of this person, valid by itself, makes of this one.
enum class Beside { apart, same_earlier, overlapping };
Beside beside(const RecordView& record, const RecordView& peer) {
  using namespace person_field;
  const auto session = record.ref(kSession), other = peer.ref(kSession);
  if (session && other && session->id == other->id && session->scope == other->scope) {
    // Signed in at two offices for one session: counted once, where the sign-in was first.
    const auto order = [](const RecordView& r) {
      return std::tuple(r.integer(attendance_field::kInAt), r.scope, r.id);
    };
    return order(peer) < order(record) ? Beside::same_earlier : Beside::apart;
  }
  const bool meets = record.integer(kSessionFrom) < peer.integer(kSessionTo) &&
                     peer.integer(kSessionFrom) < record.integer(kSessionTo);
  return meets ? Beside::overlapping : Beside::apart;
}

void contribute_attendance(const RecordView& record, std::span<const RecordView> peers,
                           std::vector<Contribution>& out) {
  using namespace person_field;
  const auto place = place_of(record);
  if (!place || !attended_validly(record)) return;
  bool overlaps = false;
  for (const auto& peer : peers) {
    if ((peer.id == record.id && peer.scope == record.scope) || !attended_validly(peer)) continue;
    const auto relation = beside(record, peer);
    if (relation == Beside::same_earlier) return;
    overlaps = overlaps || relation == Beside::overlapping;
  }
  // [D] Nobody is in two rooms at once: neither counts until somebody has found out.
  if (overlaps) {
    out.push_back({"attendance_overlaps", place->day, {}, place->kind, place->company_dim, {}, 1});
    return;
  }
  out.push_back({"attendances", place->day, {}, place->kind, place->company_dim, {}, 1});
  out.push_back(
      {"attended_people", place->day, {}, place->kind, place->company_dim, seat_of(record), 1});
  if (record.flag(attendance_field::kProxySuspected)) {
    out.push_back({"attendance_proxies", place->day, {}, place->kind, place->company_dim, {}, 1});
  }
  const auto minutes = minutes_present(*record.integer(kSessionFrom), *record.integer(kSessionTo),
                                       *record.integer(attendance_field::kInAt),
                                       record.integer(attendance_field::kOutAt));
  out.push_back({"person_minutes", place->day, {}, place->kind, place->company_dim, {}, minutes});
  if (auto company = record.ref_id(kCompanyRef); !company.empty()) {
    out.push_back({"attended_companies", place->day, {}, place->kind, {}, std::move(company), 1});
  }
  if (const auto post = code_of(kPosts, record.integer(kPost)); !post.empty()) {
    out.push_back(
        {"trained_people", place->day, {}, std::string(post), {}, record.ref_id(kPerson), 1});
  }
  if (record.integer(kCourseKind) == kKindProjectManager) {
    out.push_back({"trained_for_project", place->day, {}, {}, {}, record.ref_id(kPerson), 1});
  }
}

Result<void> derive_attendance(Record& record, const Lookup& lookup, const Moment& moment) {
  using namespace attendance_field;
  if (auto derived = derive_person(record, lookup, moment); !derived) return derived;
  // What is asked of a sign-in is written into it: a later change of the setting alters no old one.
  if (!record.get(kPercent)) {
    record.set(kPercent, cbor::encode_int(setting(lookup, record.scope, "attendance_percent")));
  }
  record.set(kValid, cbor::encode_bool(attended_validly(*ViewOf(record))));
  // A photo shows who was there, also one that is added later.
  if (record.get(kPhoto) && record.get(kProxySuspected)) {
    record.set(kProxySuspected, cbor::encode_bool(false));
  }
  const auto session_ref = ViewOf(record)->ref(person_field::kSession);
  const auto session = session_ref ? lookup.follow(*session_ref) : std::nullopt;
  if (!session) return {};
  const auto in = ViewOf(record)->integer(kInAt);
  const auto closes = ViewOf(*session)->integer(session_field::kClosesAt);
  if (in && closes) record.set(kLate, cbor::encode_bool(*in > *closes));
  return {};
}

void attendance_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace attendance_field;
  const auto in = record.integer(kInAt), out = record.integer(kOutAt);
  if (in && out && *out < *in) {
    add_fault(faults, "out_at", Errc::bad_rule, "签退不得早于签到", "can't be before in_at");
  }
  need(record, person_field::kCompanyRef, "company", faults, "须填人员所属企业",
       "is required for staff: give it where the staff record isn't here");
}

void attendance_authoring_faults(const RecordView& record, const Lookup& lookup,
                                 const Moment& moment, std::vector<Fault>& faults) {
  using namespace attendance_field;
  if (record.integer(kMethod) == kMethodFace) {
    // PIPL 28–30: a face is sensitive and needs a separate consent, which isn't recorded here.
    add_fault(faults, "method", Errc::bad_rule, "人脸签到默认关闭(个人信息保护法28-30条)",
              "signing in by face is off (PIPL 28–30)");
  }
  const auto in = record.integer(kInAt);
  for (const auto number : {kInAt, kOutAt}) {
    const auto at = record.integer(number);
    if (!at || *at <= moment.now / 1000 + kClockSlackMs) continue;
    add_fault(faults, record.type->field(number)->name, Errc::bad_rule, "时间不得在将来",
              "can't be in the future");
  }
  const auto session_ref = record.ref(person_field::kSession);
  const auto session = session_ref ? lookup.follow(*session_ref) : std::nullopt;
  if (!session) return;  // derive has refused already, unless it was derived elsewhere
  const ViewOf view(*session);
  const auto status = view->state(session_field::kStatus);
  if (status == kCancelled || status == kPostponed) {
    add_fault(faults, "session", Errc::bad_rule, "该场次已取消或延期，不能签到",
              "was cancelled or postponed: nobody can sign in");
  }
  const auto opens = view->integer(session_field::kOpensAt);
  if (in && opens && *in < *opens) {
    add_fault(faults, "in_at", Errc::bad_rule, "早于签到开始时间", "is before sign-in opens");
  }
}

}  // namespace

RecordType attendance() {
  using namespace attendance_field;
  auto fields = person_fields();
  fields.push_back(instant(kInAt, "in_at", {"签到时间", "Signed in at"}).required());
  fields.push_back(instant(kOutAt, "out_at", {"签退时间", "Signed out at"}));
  fields.push_back(choice(kMethod, "method", {"签到方式", "Method"}, kMethods).required());
  fields.push_back(text(kDevice, "device", {"设备", "Device"}, 60).plain(kReasonCode));
  fields.push_back(blob(8, "signature", {"手写签名", "Signature"}).personal());
  add_derived(fields);
  // For people to see. Figures compute it anew: in and out may have merged from two devices.
  fields.push_back(boolean(kValid, "valid", {"有效", "Valid"}).derived());
  fields.push_back(boolean(kLate, "late", {"迟到", "Late"}).derived());
  fields.push_back(
      integer(kPercent, "percent_needed", {"须到场比例", "Presence needed"}, Unit::percent)
          .range(1, 100)
          .derived());
  fields.push_back(blob(kPhoto, "photo", {"签到照片", "Photo"}).personal());
  // Whoever writes sign-ins says so of those that one device made too fast (node/authoring_signins,
  // the phone): it takes the others to know.
  fields.push_back(
      boolean(kProxySuspected, "proxy_suspected", {"代签嫌疑", "Signed for others?"}).derived());
  return {.number = 33,
          .name = "attendance",
          .label = {"培训签到", "Attendance"},
          // Signing in twice, on two devices or offline, merges.
          .key = {"session", "person"},
          .fields = std::move(fields),
          .writers = kInspectors,
          .removers = kOffices,
          .indexes = {{"person"}, {"session"}},
          .derive = derive_attendance,
          .faults = attendance_faults,
          .authoring_faults = attendance_authoring_faults,
          .contribute = contribute_attendance,
          .peers = {"person"},
          .measures = {"attendances", "attended_people", "person_minutes", "attended_companies",
                       "trained_people", "trained_for_project", "attendance_overlaps",
                       "attendance_proxies"}};
}

}  // namespace linli::model

#include "node/store/certificates.h"

#include <algorithm>
#include <map>
#include <memory>

#include "node/model/training.h"
#include "node/model/values.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;
using model::Json;
using model::Record;
using model::Ref;
using model::ViewOf;
using Candidate = CertificateCandidate;

namespace {

/// What is there of training, in one snapshot.
class Training {
 public:
  Training(Store& store, Database& db) : store_(store), db_(db) {}

  /// One that isn't removed.
  [[nodiscard]] std::optional<Record> find(std::uint32_t type, const std::string& scope,
                                           const sync::RecordId& id) {
    const auto* table = store_.projector().table(type);
    auto row = table->find(db_, scope_number(db_, scope), id);
    if (!row || row->record.removed || (row->flags & (kRowRemoved | kRowHidden))) return {};
    row->record.scope = scope;
    return std::move(row->record);
  }
  [[nodiscard]] std::optional<Record> follow(const std::optional<Ref>& ref) {
    return ref ? find(ref->type, ref->scope, ref->id) : std::nullopt;
  }
  /// The first that isn't removed of those that `where` finds; ?1 is `text`.
  [[nodiscard]] std::optional<Record> first(std::uint32_t type, const std::string& where,
                                            std::string_view text) {
    const auto* table = store_.projector().table(type);
    auto s = db_.prepare(table->select() + " WHERE (_flags & 1) = 0 AND " + where);
    s.bind_text(1, text);
    if (!s.step()) return {};
    auto row = table->read(s);
    row.record.scope = path_of(db_, row.scope);
    return std::move(row.record);
  }
  [[nodiscard]] std::optional<Record> session(const Record& course, std::int64_t year,
                                              std::int64_t no) {
    const auto* table = store_.projector().table(model::kTypeSession);
    auto s = db_.prepare(table->select() +
                         " WHERE (_flags & 1) = 0 AND year = ?1 AND no = ?2 AND "
                         "instr(course, ?3) > 0");
    s.bind(1, year).bind(2, no).bind_blob(3, course.id.view());
    if (!s.step()) return {};
    auto row = table->read(s);
    row.record.scope = path_of(db_, row.scope);
    return std::move(row.record);
  }
  /// All of a type that aren't removed, by who they are of.
  [[nodiscard]] std::map<std::string, std::vector<Record>> by_person(std::uint32_t type,
                                                                     std::uint32_t person) {
    const auto* table = store_.projector().table(type);
    auto s = db_.prepare(table->select() + " WHERE (_flags & 1) = 0 ORDER BY _id, _scope");
    std::map<std::string, std::vector<Record>> all;
    while (s.step()) {
      auto row = table->read(s);
      row.record.scope = path_of(db_, row.scope);
      all[ViewOf(row.record)->ref_id(person)].push_back(std::move(row.record));
    }
    return all;
  }
  [[nodiscard]] Json named(const Ref& ref) {
    const auto record = follow(ref);
    return {{"scope", ref.scope},
            {"id", to_text(ref.id)},
            {"title", record ? title_of(store_, db_, *record, 1) : std::string()}};
  }

 private:
  Store& store_;
  Database& db_;
};

bool names(const std::optional<Ref>& ref, const Record& record) {
  return ref && ref->id == record.id && ref->scope == record.scope;
}

Json ref_json(const Record& record) {
  return {{"id", to_text(record.id)}, {"scope", record.scope}};
}

/// Does a sign-in count, beside all others of its person?
Candidate::Reason presence(const Record& attendance, const std::vector<Record>& of_person) {
  const ViewOf view(attendance);
  if (!model::attended_validly(*view)) return Candidate::Reason::absent;
  std::vector<std::unique_ptr<ViewOf>> kept;
  std::vector<model::RecordView> peers;
  for (const auto& peer : of_person) {
    kept.push_back(std::make_unique<ViewOf>(peer));
    peers.push_back(**kept.back());
  }
  std::vector<model::Contribution> counted;
  attendance.type->contribute(*view, peers, counted);
  const bool counts = std::any_of(counted.begin(), counted.end(),
                                  [](const auto& one) { return one.measure == "attendances"; });
  return counts ? Candidate::Reason::ready : Candidate::Reason::two_sessions;
}

/// Who signed in to one session, each looked at.
class Candidates {
 public:
  Candidates(Training& training, const Record& session, bool assessed)
      : training_(training),
        session_(session),
        assessed_(assessed),
        attendances_(training.by_person(model::kTypeAttendance, model::person_field::kPerson)),
        assessments_(training.by_person(model::kTypeAssessment, model::person_field::kPerson)),
        certificates_(training.by_person(model::kTypeTrainingCertificate,
                                         model::certificate_field::kPerson)) {}

  [[nodiscard]] std::vector<Candidate> all() {
    std::vector<Candidate> people;
    for (const auto& [person, records] : attendances_) {
      bool had = false;
      for (const auto& one : records) {
        const ViewOf view(one);
        if (had || !names(view->ref(model::person_field::kSession), session_)) continue;
        auto candidate = look_at(one, person, records);
        candidate.person = training_.named(*view->ref(model::person_field::kPerson));
        // Two offices signed the same person in: the one that counts is enough.
        had = candidate.reason == Candidate::Reason::ready;
        if (had) std::erase_if(people, [&](const auto& p) { return p.person == candidate.person; });
        people.push_back(std::move(candidate));
      }
    }
    return people;
  }

 private:
  [[nodiscard]] Candidate look_at(const Record& attendance, const std::string& person,
                                  const std::vector<Record>& of_person) {
    using Reason = Candidate::Reason;
    Candidate candidate;
    candidate.number = number_of(person);
    candidate.reason = candidate.number.empty() ? presence(attendance, of_person) : Reason::has_one;
    if (candidate.reason != Reason::ready) return candidate;
    candidate.record = {{"attendance", ref_json(attendance)}, {"status", "valid"}};
    const auto taken = assessments_.find(person);
    const Record* any = nullptr;
    for (const auto& one : taken == assessments_.end() ? std::vector<Record>{} : taken->second) {
      const ViewOf view(one);
      if (!names(view->ref(model::person_field::kSession), session_)) continue;
      any = &one;
      if (!view->flag(model::assessment_field::kPassed)) continue;
      candidate.record["assessment"] = ref_json(one);
      return candidate;
    }
    if (assessed_) candidate.reason = any ? Reason::not_passed : Reason::not_assessed;
    return candidate;
  }

  /// Of the certificate that rests on a sign-in to this session and isn't withdrawn.
  [[nodiscard]] std::string number_of(const std::string& person) {
    const auto found = certificates_.find(person);
    if (found == certificates_.end()) return {};
    for (const auto& certificate : found->second) {
      using namespace model::certificate_field;
      const ViewOf view(certificate);
      if (view->state(kStatus) == model::kCertificateRevoked) continue;
      const auto attendance = training_.follow(view->ref(kAttendance));
      if (!attendance) continue;
      if (!names(ViewOf(*attendance)->ref(model::person_field::kSession), session_)) continue;
      return std::string(view->text(kNumber));
    }
    return {};
  }

  Training& training_;
  const Record& session_;
  const bool assessed_;
  const std::map<std::string, std::vector<Record>> attendances_, assessments_, certificates_;
};

}  // namespace

Json check_certificate(Store& store, std::string_view number, std::int64_t today) {
  using namespace model::certificate_field;
  const auto asked = model::normal_text(number);
  Json answer{{"number", asked},      {"verdict", "unknown"},   {"course", nullptr},
              {"issued_on", nullptr}, {"valid_until", nullptr}, {"checked_on", nullptr}};
  answer["checked_on"] = model::day_text(today);
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  Training training(store, *lease);
  const auto certificate =
      training.first(model::kTypeTrainingCertificate, "cert_no = ?1 ORDER BY _rec", asked);
  if (!certificate) return answer;
  const ViewOf view(*certificate);
  answer["verdict"] = model::name_of(model::standing_of(*view, today));
  if (const auto course = training.follow(view->ref(kCourse))) {
    const ViewOf held(*course);
    answer["course"] = {{"code", held->text(model::course_field::kCode)},
                        {"name", held->text(model::course_field::kName)}};
  }
  if (const auto day = view->integer(kIssuedOn)) answer["issued_on"] = model::day_text(*day);
  if (const auto day = view->integer(kValidUntil)) answer["valid_until"] = model::day_text(*day);
  return answer;
}

std::string_view name_of(Candidate::Reason reason) {
  using Reason = Candidate::Reason;
  switch (reason) {
    case Reason::ready:
      return "ready";
    case Reason::has_one:
      return "has_one";
    case Reason::absent:
      return "absent";
    case Reason::two_sessions:
      return "two_sessions";
    case Reason::not_assessed:
      return "not_assessed";
    case Reason::not_passed:
      break;
  }
  return "not_passed";
}

Result<CertificateSession> certificate_candidates(Store& store, std::string_view course,
                                                  std::int64_t year, std::int64_t no) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Training training(store, *lease);
    const auto found =
        training.first(model::kTypeCourse, "code = ?1 ORDER BY _rec", model::normal_text(course));
    const auto session = found ? training.session(*found, year, no) : std::nullopt;
    if (!found || !session) {
      return fail(Errc::not_found,
                  "没有这个场次 no such session here: `linli records list session` shows them",
                  "session");
    }
    CertificateSession answer;
    const ViewOf held(*found), of_session(*session);
    answer.course = held->text(model::course_field::kName);
    answer.topic = title_of(store, *lease, *session, 1);
    answer.gives_certificates = held->flag(model::course_field::kCertificate);
    const auto status = of_session->state(model::session_field::kStatus);
    answer.confirmed = status == model::kSessionConfirmed || status == model::kSessionClosed;
    answer.people =
        Candidates(training, *session, held->flag(model::course_field::kAssessed)).all();
    return answer;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store

// What the hub holds back, and what is approved after all: rulings, given and taken.
#include <spdlog/spdlog.h>

#include "crypto/cbor.h"
#include "node/freezing.h"
#include "node/intake.h"
#include "node/store/held.h"
#include "node/store/left_sets.h"
#include "sync/policy.h"

namespace linli::node {

namespace {

/// Somebody makes out a certificate for a key of somebody whom others enrolled. It would do nothing
/// by itself; but people shall see it.
std::optional<Error> certifies_who_is_enrolled(const sync::ChangeSet& set,
                                               const crypto::CertificateBook& book) {
  for (const auto& change : set.changes) {
    if (change.type != sync::kTypeCertificate || change.kind != sync::ChangeKind::put) continue;
    for (const auto& field : change.fields) {
      cbor::Reader r(field.value);
      const auto body = crypto::SignedBody::decode(r.bytes());
      const auto certificate = body ? crypto::Certificate::decode(body->body)
                                    : Result<crypto::Certificate>(fail(Errc::malformed));
      if (!certificate || book.find(crypto::certificate_hash(body->body))) continue;
      if (!book.is_rival(*certificate)) continue;
      const auto* held = book.find(*book.newest_of(certificate->subject));
      return Error{Errc::forbidden, "it makes a certificate out for the key of " + held->name, {}};
    }
  }
  return std::nullopt;
}

}  // namespace

/// Why the hub holds a set back that is otherwise in order; nothing: it counts at once. The set was
/// written under a certificate that allowed it, to records that may have been open; what has ended
/// or changed since is a matter of time, and so for the hub to decide, once.
std::optional<Error> Replica::objection(const Prepared& prepared) const {
  const auto& set = prepared.loaded->set;
  if (auto ended = end_of_key(*prepared.loaded, prepared.hash, 0)) return ended;
  if (auto rival = certifies_who_is_enrolled(set, trust_->book)) return rival;
  if (auto late = late_for_its_certificate(set)) return late;
  return alters_closed(*store_, set, prepared.committed, prepared.openings);
}

std::optional<Error> Replica::late_for_its_certificate(const sync::ChangeSet& set) const {
  const auto& book = trust_->book;
  const auto* writer = book.find(set.certificate);
  if (writer->valid_until_us < clock_.now()) {
    return Error{Errc::expired, "its certificate ended before this arrived", {}};
  }
  // A clock by which our own certificate hasn't begun is wrong, and judges nobody.
  const bool clock_fits = book.find(identity().certificate)->valid_from_us <= clock_.now();
  if (clock_fits && writer->valid_from_us > clock_.now() + sync::kStampAheadMax) {
    return Error{Errc::expired, "its certificate hadn't begun when this arrived", {}};
  }
  const auto newest = book.newest_after(set.certificate);
  if (newest == set.certificate) return std::nullopt;
  const auto* now = book.find(newest);
  const auto audience = static_cast<unsigned>(set.feed.audience);
  if (!now->covers(set.feed.scope) || (now->audiences >> audience & 1) == 0) {
    return Error{Errc::out_of_scope,
                 "its author's certificate was replaced by one without " + set.feed.scope,
                 {}};
  }
  if (auto allowed = sync::judge_policy(set, *now, trust_->policy(set.policy)); !allowed) {
    return Error{allowed.error().code,
                 "its author's certificate was replaced: " + allowed.error().detail,
                 {}};
  }
  return std::nullopt;
}

void Replica::give_ruling(store::Feed& feed, std::uint64_t seq, const Hash& set,
                          sync::Ruling::Verdict verdict, const std::string& reason, const By& by) {
  auto& log = store_->log();
  const sync::Ruling ruling{.city = identity().city,
                            .certificate = identity().certificate,
                            .feed = feed.feed,
                            .scope = feed.name.scope,
                            .audience = feed.name.audience,
                            .seq = seq,
                            .set = set,
                            .verdict = verdict,
                            .reason = reason,
                            .time = clock_.now(),
                            .actor = by.actor};
  const auto body = ruling.encode();
  const auto stored = store::pack_body(body);
  (void)log.append({.kind = sync::ObjectKind::ruling,
                    .scope = feed.scope,
                    .audience = feed.name.audience,
                    .feed = feed.id,
                    .seq = seq,
                    .hash = crypto::hash({body}),
                    .author = log.author(identity().author),
                    .received = ruling.time,
                    .last_stamp = ruling.time,
                    .signature = key().sign(crypto::kDomainRuling, body),
                    .stored = stored});
}

/// A ruling on a set that may be here or still to come.
std::optional<Error> Replica::accept_ruling(const std::string& bytes, std::int64_t peer) {
  auto& log = store_->log();
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return body.error();
  const auto ruling = sync::Ruling::decode(body->body);
  if (!ruling) return ruling.error();
  if (auto fair = sync::judge_ruling(*ruling, body->body, body->signature, trust_->book); !fair) {
    return fair.error();
  }
  const auto* signer = trust_->book.find(ruling->certificate);
  if (const auto* end = trust_->revocations.against_word(*signer, {0, 0, {}, ruling->time})) {
    return Error{Errc::revoked, "given after the end of its key: " + end->reason, {}};
  }
  const auto hash = crypto::hash({body->body});
  auto* feed = log.find_feed(ruling->feed);
  const auto* own = trust_->book.find(identity().certificate);
  const bool left = !feed && own && !sync::may_read(*own, ruling->scope, ruling->audience);
  if (left) {
    // What it speaks of never comes; unless it was ours, and is still told of.
    store::note_left_ruling(log, *ruling, signer->subject);
    return Error{Errc::replay, {}, {}};
  }
  const auto wait = [&](const char* why) {
    const store::Held held{.hash = hash,
                           .author = signer->subject,
                           .need = place(ruling->feed, ruling->seq),
                           .reason = info(Errc::gap).name,
                           .peer = peer,
                           .received = clock_.now(),
                           .kind = sync::ObjectKind::ruling,
                           .bytes = bytes};
    return store::keep_waiting(store_->database(), held) ? Error{Errc::gap, why, {}} : no_room();
  };
  if (!feed || feed->tip.seq < ruling->seq) return wait("what it speaks of isn't here yet");
  // Where a snapshot stands for the set it changes nothing, but those below may hold the set.
  const auto set = log.held(*feed, ruling->seq);
  const bool vouched = !set && ruling->seq <= feed->condensed.seq;
  const bool same_name =
      feed->name.scope == ruling->scope && feed->name.audience == ruling->audience;
  const bool same_set = set == ruling->set || vouched;
  if (same_name && !same_set && ruling->seq > feed->receipted) {
    return wait("it speaks of another branch than the one that is here");
  }
  if (!same_name || !same_set) {
    return Error{Errc::fork, "it speaks of another change set than the one held here", {}};
  }
  if (log.has(*feed, ruling->seq, sync::ObjectKind::ruling, hash)) {
    return Error{Errc::replay, {}, {}};
  }
  const auto stored = store::pack_body(body->body);
  (void)log.append({.kind = sync::ObjectKind::ruling,
                    .scope = feed->scope,
                    .audience = feed->name.audience,
                    .feed = feed->id,
                    .seq = ruling->seq,
                    .hash = hash,
                    .author = log.author(signer->subject),
                    .peer = peer,
                    .received = clock_.now(),
                    .last_stamp = ruling->time,
                    .signature = body->signature,
                    .stored = stored});
  follow_rulings(*feed, ruling->seq);
  return std::nullopt;
}

/// Whether a set counts, from the signed objects held alone (rule 5): it is held back if a ruling
/// says so, unless one approves it, or a receipt shows that the hub had taken it before that
/// without holding it back (a hub that was restored judges again what it had lost). What lies
/// beyond the end of its key counts only once the hub has taken it without a word.
store::Standing Replica::standing_of(store::Feed& feed, std::uint64_t seq) {
  const auto set = store_->log().held(feed, seq);
  std::optional<sync::Micros> held_at;
  for (const auto& body : store_->log().told_of(feed, seq, sync::ObjectKind::ruling)) {
    const auto ruling = sync::Ruling::decode(body.body);
    if (!ruling || ruling->seq != seq || ruling->set != set) continue;
    if (ruling->verdict == sync::Ruling::Verdict::approved) return store::Standing::counts;
    held_at = std::min(held_at.value_or(ruling->time), ruling->time);
  }
  if (!held_at) {
    if (receipting_ || seq <= feed.receipted) return store::Standing::counts;
    const auto arrival = store_->log().arrival_of(feed.feed, seq);
    const bool ended = arrival && set && end_of_key(*store_->log().load(*arrival), *set, 0);
    return ended ? store::Standing::held : store::Standing::counts;
  }
  const auto taken = first_receipted(feed, seq);
  return taken && *taken < *held_at ? store::Standing::counts : store::Standing::held;
}

void Replica::follow_rulings(store::Feed& feed, std::uint64_t seq) {
  auto& log = store_->log();
  const auto arrival = log.arrival_of(feed.feed, seq);
  if (!arrival) return;
  const auto before = log.load(*arrival)->standing;
  if (before != store::Standing::counts && before != store::Standing::held) return;
  const auto now = standing_of(feed, seq);
  if (now == before) return;
  log.set_standing(*arrival, now);
  const auto loaded = log.load(*arrival);
  store_->projector().refold(*loaded);
  if (now == store::Standing::counts) {
    carry_out(*loaded);
    learn(loaded->set);
  } else if (founds_trust(loaded->set)) {
    load_trust();
  }
}

Result<void> Replica::approve(const Hash& set, const std::string& reason, const By& by) {
  if (!receipting_) {
    return fail(Errc::forbidden,
                "只有市局中心能批准它暂缓采信的内容 only the hub approves what the hub holds back");
  }
  if (reason.empty() || reason.size() > sync::kRulingReasonMax || !cbor::valid_utf8(reason)) {
    return fail(
        Errc::bad_value,
        "理由须为 1 至 200 字节（约 66 个汉字） say why, in 1 to 200 bytes: it is signed along",
        "reason");
  }
  return write([&, this]() -> Result<void> {
    auto& log = store_->log();
    const auto arrival = log.held_back(set);
    if (!arrival)
      return fail(Errc::not_found,
                  "这里没有暂缓采信的这份变更集 no change set of this hash is held back here");
    const auto loaded = log.load(*arrival);
    auto* feed = log.find_feed(loaded->feed);
    give_ruling(*feed, loaded->set.seq, set, sync::Ruling::Verdict::approved, reason, by);
    follow_rulings(*feed, loaded->set.seq);
    return {};
  });
}

}  // namespace linli::node

// The road: what becomes of a change set or receipt, made here or received.
#include "node/intake.h"

#include <spdlog/spdlog.h>

#include "crypto/cbor.h"
#include "node/condensing.h"
#include "node/store/held.h"
#include "node/store/peer_memory.h"

namespace linli::node {
namespace {

bool waits(Errc code) {
  return code == Errc::unknown_certificate || code == Errc::unknown_policy ||
         code == Errc::unknown_critical || code == Errc::gap;
}

bool is_personal(const sync::ChangeSet& set, const sync::Committed& committed) {
  const auto* type = model::schema().type(set.changes[committed.change].type);
  const auto* field = type ? type->field(committed.field) : nullptr;
  // What this version doesn't know it doesn't show around.
  return !field || field->protection == model::Protection::personal;
}

}  // namespace

std::string place(const sync::FeedId& feed, std::uint64_t seq) {
  std::string need(feed.view());
  for (int shift = 56; shift >= 0; shift -= 8) need += static_cast<char>(seq >> shift & 0xFF);
  return need;
}

Error no_room() {
  return {Errc::slow_down, "too much of this author or carrier waits already", {}};
}

bool founds_trust(const sync::ChangeSet& set) {
  return std::any_of(set.changes.begin(), set.changes.end(),
                     [](const sync::Change& change) { return sync::founds_trust(change.type); });
}

Replica::Prepared Replica::prepare(std::string bytes, bool own) const {
  Prepared p;
  p.bytes = std::move(bytes);
  auto parcel = sync::Parcel::decode(p.bytes);
  if (!parcel) {
    p.problem = parcel.error();
    return p;
  }
  auto loaded = std::make_shared<store::LoadedSet>();
  loaded->body = std::move(parcel->body);
  loaded->signature = parcel->signature;
  auto set = sync::decode_change_set(loaded->body);
  if (!set && set.error().code == Errc::unknown_critical) {
    // Made for a newer version: it is proven and kept in its place, and read after the upgrade.
    const auto why = set.error();
    set = sync::decode_change_set_header(loaded->body);
    if (!set) {
      p.problem = why;  // Not even its place is known.
      return p;
    }
    loaded->standing = store::Standing::unread;
  }
  if (!set) {
    p.problem = set.error();
    return p;
  }
  loaded->set = std::move(*set);
  p.openings = std::move(parcel->openings);
  p.hash = sync::change_set_hash(loaded->body);
  loaded->feed = loaded->set.feed.id(identity().city);
  p.loaded = std::move(loaded);
  if (!p.openings.empty()) p.committed = sync::commitments(p.loaded->set);
  // A value that doesn't fit says something about who brought it and nothing about the set.
  std::erase_if(p.openings, [&](const sync::Opening& opening) {
    const auto fits = sync::check_opening(p.loaded->set, p.committed, opening);
    if (!fits) spdlog::warn("dropped a value: {}", describe(fits.error()));
    return !fits;
  });
  p.problem = judge(p, *trust());
  if (!p.problem || waits(p.problem->code) || own) {
    p.stored = store::pack_body(p.loaded->body);
    if (p.loaded->standing == store::Standing::counts) {
      p.previews = store::preview(*p.loaded, p.openings);
    }
  }
  return p;
}

std::optional<Error> Replica::judge(Prepared& p, const Trust& trust) const {
  const auto& set = p.loaded->set;
  if (auto signed_well = sync::judge_author(set, p.loaded->body, p.loaded->signature, trust.book);
      !signed_well) {
    return signed_well.error();
  }
  if (p.loaded->standing == store::Standing::unread) return std::nullopt;
  const auto* writer = trust.book.find(set.certificate);
  if (auto allowed = sync::judge_policy(set, *writer, trust.policy(set.policy)); !allowed) {
    return allowed.error();
  }
  return std::nullopt;
}

/// Judges, places in its feed, appends and projects. Nothing: it is in the log. Otherwise why not;
/// what waits or is evidence has been kept.
std::optional<Error> Replica::accept(Prepared& p, std::int64_t peer) {
  if (!p.loaded) {
    // Made for a newer version (or broken): only the former is kept, until an upgrade reads it.
    if (p.problem->code == Errc::unknown_critical &&
        !keep_waiting(p, kNeedsUpgrade, *p.problem, peer)) {
      return no_room();
    }
    return p.problem;
  }
  leave_out_erased(p);
  auto& log = store_->log();
  const auto& set = p.loaded->set;
  if (p.problem && p.problem->code == Errc::unknown_certificate) introduce_itself(set);
  // The city may have taught us a certificate or policy since this was prepared.
  if (p.problem && waits(p.problem->code)) p.problem = judge(p, *trust_);
  if (p.problem) {
    if (p.problem->code == Errc::unknown_certificate) {
      if (!keep_waiting(p, set.certificate.view(), *p.problem, peer)) return no_room();
    } else if (p.problem->code == Errc::unknown_policy) {
      if (!keep_waiting(p, set.policy.view(), *p.problem, peer)) return no_room();
    } else {
      keep_evidence(p, *p.problem, peer);
    }
    return p.problem;
  }
  const auto now = clock_.now();
  auto* feed = log.find_feed(p.loaded->feed);
  const auto tip = feed ? feed->tip : sync::FeedTip{};
  const bool read = !set.changes.empty();
  const sync::Link link{set.seq, set.prev, p.hash, read ? set.changes.front().stamp : set.time_base,
                        read ? set.changes.back().stamp : set.time_base};
  std::optional<Hash> held;
  if (feed && set.seq <= tip.seq) held = log.held(*feed, set.seq);
  // A snapshot stands for it, and the hub has vouched for that: there is nothing left to compare.
  if (feed && !held && set.seq <= feed->condensed.seq) return Error{Errc::replay, {}, {}};
  const auto next = sync::extend(tip, link, held);
  if (!next) {
    const auto code = next.error().code;
    if (code == Errc::fork) return take_branch(p, next.error(), peer);
    if (code == Errc::gap) {
      if (store::is_branch_evidence(store_->database(), set.prev)) {
        return take_branch(p, {Errc::fork, "it goes on with another branch", {}}, peer);
      }
      // Of an earlier incarnation it may be what was left behind with a scope.
      const bool own =
          peer != 0 && set.feed.author == identity().author && set.feed.incarnation == incarnation_;
      if (own && log.meta_int("catching_up", 0) == 0) fell_behind_ = true;
      if (!keep_waiting(p, place(p.loaded->feed, set.seq - 1), next.error(), peer))
        return no_room();
    } else if (code == Errc::replay) {
      fill_in(p);
    } else {
      keep_evidence(p, next.error(), peer);
    }
    return next.error();
  }
  const auto objection =
      receipting_ ? this->objection(p) : end_of_key(*p.loaded, p.hash, feed ? feed->receipted : 0);
  if (objection && read) p.loaded->standing = store::Standing::held;
  if (!feed) feed = &log.make_feed(p.loaded->feed, set.feed);
  // An invented checkpoint would win as surely as an invented stamp.
  const auto newest = std::max(link.last_stamp, set.seen ? set.seen->time : 0);
  const bool ahead = receipting_ && newest > now + sync::kStampAheadMax;
  p.loaded->scope = feed->scope;
  p.loaded->trusted = !ahead;
  p.loaded->received = now;
  if (receipting_) {
    unreceipted_.emplace(feed->id, feed->tip.seq);
    if (ahead) flagged_seqs_[feed->id].push_back(set.seq);
  }
  feed->tip = *next;
  log.save_tip(*feed);
  p.loaded->arrival = log.append({.kind = sync::ObjectKind::parcel,
                                  .scope = feed->scope,
                                  .audience = set.feed.audience,
                                  .feed = feed->id,
                                  .seq = set.seq,
                                  .hash = p.hash,
                                  .author = feed->author,
                                  .peer = peer,
                                  .trusted = !ahead,
                                  .standing = p.loaded->standing,
                                  .changes = static_cast<std::int64_t>(set.changes.size()),
                                  .received = now,
                                  .last_stamp = link.last_stamp,
                                  .signature = p.loaded->signature,
                                  .stored = p.stored});
  if (receipting_) new_leaves_.push_back({p.loaded->arrival, p.hash});
  for (const auto& opening : p.openings) {
    const auto& committed = p.committed[opening.ordinal];
    log.save_opening(p.loaded->arrival, opening, committed.commitment, is_personal(set, committed));
  }
  hybrid_.observe(link.last_stamp, now);
  if (peer != 0 && set.feed.author == identity().author) {
    meet_own(set.feed, link.last_stamp);
  }
  store_->projector().project(*p.loaded, std::move(p.previews));
  if (p.loaded->standing == store::Standing::counts) carry_out(*p.loaded);
  awake_.push_back(place(p.loaded->feed, set.seq));
  if (objection) {
    if (receipting_) {
      give_ruling(*feed, set.seq, p.hash, sync::Ruling::Verdict::held,
                  std::string(info(objection->code).name));
    }
    spdlog::warn("held back until approved: {}", describe(*objection));
    return Error{
        Errc::held, std::string(info(objection->code).name) + ": " + objection->detail, {}};
  }
  learn(set);
  if (peer != 0 && set.feed.author == identity().author) remember_what_came_back(set);
  return std::nullopt;
}

/// A set that is here already brings values that weren't: its carrier may hand on more than the one
/// before, or the value came damaged then.
void Replica::fill_in(const Prepared& p) {
  if (p.openings.empty()) return;
  auto& log = store_->log();
  const auto arrival = log.arrival_of(p.loaded->feed, p.loaded->set.seq);
  if (!arrival) return;
  bool more = false;
  for (const auto& opening : p.openings) {
    const auto& committed = p.committed[opening.ordinal];
    if (log.opened(*arrival, committed.commitment)) continue;
    log.save_opening(*arrival, opening, committed.commitment,
                     is_personal(p.loaded->set, committed));
    more = true;
  }
  if (more) store_->projector().refold(*log.load(*arrival));
}

/// Certificates, revocations and policies found the trust in what comes after them.
void Replica::learn(const sync::ChangeSet& set) {
  std::shared_ptr<Trust> changed;
  std::vector<crypto::AuthorId> replaced;
  for (const auto& change : set.changes) {
    const bool certificate = change.type == sync::kTypeCertificate;
    if (!sync::founds_trust(change.type)) continue;
    if (change.kind != sync::ChangeKind::put) continue;
    for (const auto& field : change.fields) {
      if (field.field != 1) continue;
      cbor::Reader r(field.value);
      const auto bytes = r.bytes();
      if (!r.finish()) continue;
      if (!changed) changed = std::make_shared<Trust>(*trust_);
      if (certificate) {
        if (auto added = changed->book.add(bytes)) {
          awake_.emplace_back(added->view());
          const auto& subject = changed->book.find(*added)->subject;
          const bool is_news = !trust_->book.find(*added);
          if (is_news && trust_->book.newest_of(subject)) replaced.push_back(subject);
        }
        continue;
      }
      if (change.type == sync::kTypeRevocation) {
        if (changed->revocations.add(bytes, changed->book)) {
          for (const auto& key : changed->revocations.keys()) end_key(*changed, key);
        }
        continue;
      }
      auto policy = sync::Policy::decode(bytes);
      if (!policy) continue;
      const auto hash = sync::policy_hash(bytes);
      const auto* newest = changed->policy(changed->newest_policy);
      if (!newest || policy->number > newest->number) changed->newest_policy = hash;
      changed->policies[hash] = std::move(*policy);
      awake_.emplace_back(hash.view());
    }
  }
  if (!changed) return;
  for (const auto& key : changed->revocations.prove(changed->book)) end_key(*changed, key);
  {
    const std::lock_guard lock(trust_guard_);
    trust_ = std::move(changed);
  }
  if (!identity_.load()) return;
  offer_again_to(replaced);
  take_up_newest_certificate();
}

/// Who has a newer certificate may read more now: if it is a peer, what was passed over for it is
/// offered again.
void Replica::offer_again_to(const std::vector<crypto::AuthorId>& replaced) {
  for (const auto& subject : replaced) {
    if (subject == identity().author) continue;
    if (store::forget_pushed(store_->log(), subject)) ++peers_taken_back_;
  }
}

/// After an upgrade: sets that were kept by their header alone are read and judged (I8). True: some
/// were, and the projections must be made anew.
bool Replica::read_what_was_unread() {
  auto& log = store_->log();
  bool any = false;
  store::Transaction transaction(store_->database());
  for (const auto arrival : log.unread()) {
    const auto loaded = log.load(arrival);
    const auto set = sync::decode_change_set(loaded->body);
    if (!set) continue;  // Still beyond us.
    const auto* writer = trust_->book.find(set->certificate);
    const auto allowed = sync::judge_policy(*set, *writer, trust_->policy(set->policy));
    if (!allowed && allowed.error().code == Errc::unknown_policy) continue;
    auto* feed = log.find_feed(loaded->feed);
    log.set_standing(arrival, allowed ? standing_of(*feed, set->seq) : store::Standing::refused);
    any = true;
  }
  transaction.commit();
  return any;
}

/// The hub's word, of either kind, or what speaks for itself.
std::optional<Error> Replica::accept_word(sync::ObjectKind kind, const std::string& bytes,
                                          std::int64_t peer) {
  if (kind == sync::ObjectKind::fork) return accept_fork(bytes, peer);
  return kind == sync::ObjectKind::receipt ? accept_receipt(bytes, peer)
                                           : accept_ruling(bytes, peer);
}

/// Takes up again what waited for `need`.
void Replica::wake_all() {
  while (!awake_.empty() || !ended_keys_.empty()) {
    if (!ended_keys_.empty()) {
      const auto ended = std::exchange(ended_keys_, {});
      forget_words_of(ended);
      follow_end_of(ended);
      continue;
    }
    const auto need = std::move(awake_.back());
    awake_.pop_back();
    wake(need);
  }
}

void Replica::wake(std::string_view need) {
  for (auto& awake : store::take_waiting(store_->database(), need)) {
    if (awake.kind == sync::ObjectKind::parcel) {
      auto prepared = prepare(std::move(awake.bytes), false);
      prepared.waited = true;
      (void)accept(prepared, awake.peer);
    } else if (awake.kind == sync::ObjectKind::snapshot) {
      auto part = prepare_part(awake.bytes, trust_->book);
      (void)accept_part(part, awake.peer);
    } else {
      (void)accept_word(awake.kind, awake.bytes, awake.peer);
    }
  }
}

bool Replica::keep_waiting(const Prepared& p, std::string_view need, const Error& why,
                           std::int64_t peer) {
  // For a set that no certificate vouches for yet, any author can be made up.
  const bool vouched = why.code == Errc::gap || why.code == Errc::unknown_policy;
  // Unproven bytes don't stand under the name that the true set has.
  return store::keep_waiting(store_->database(),
                             {.hash = vouched ? p.hash : crypto::hash({p.bytes}),
                              .author = p.loaded ? p.loaded->set.feed.author : crypto::AuthorId{},
                              .need = std::string(need),
                              .reason = info(why.code).name,
                              .peer = peer,
                              .received = clock_.now(),
                              .bytes = p.bytes,
                              .vouched = vouched,
                              .waited = p.waited});
}

bool Replica::keep_evidence(const Prepared& p, const Error& why, std::int64_t peer) {
  const auto& set = p.loaded->set;
  // A stranger's bytes are no evidence of anything; a certificate of this city is.
  const auto* writer = trust_->book.find(set.certificate);
  if (!writer) return false;
  // Whose signature wasn't proven didn't send it: then it is its carrier's, and it must not stand
  // under the name that the true set has.
  const bool proven = why.code != Errc::bad_signature && why.code != Errc::other_city;
  const bool kept = store::keep_evidence(
      store_->database(), {.name = proven ? p.hash : crypto::hash({p.bytes}),
                           .author = proven ? writer->subject : store_->log().author_at(peer),
                           .feed = p.loaded->feed,
                           .seq = set.seq,
                           .reason = info(why.code).name,
                           .detail = why.detail,
                           .peer = peer,
                           .received = clock_.now(),
                           .bytes = p.bytes});
  if (kept) spdlog::warn("kept as evidence: {}", describe(why));
  if (kept && why.code == Errc::fork) hand_on(p, peer);
  if (why.code == Errc::fork) show_fork(p);
  return kept;
}

Result<std::vector<sync::Verdict>> Replica::take(std::vector<sync::Object> objects,
                                                 const Hash& from) {
  const auto known = trust();
  const auto* carrier = known->book.find(from);
  return take_from(std::move(objects), carrier ? carrier->subject : crypto::AuthorId{});
}

std::optional<Error> Replica::accept_item(Item& item, std::int64_t peer) {
  if (auto* part = std::get_if<PreparedPart>(&item)) return accept_part(*part, peer);
  if (auto* word = std::get_if<sync::Object>(&item)) {
    return accept_word(word->kind, word->bytes, peer);
  }
  auto refused = accept(std::get<Prepared>(item), peer);
  wake_all();
  return refused;
}

Result<std::vector<sync::Verdict>> Replica::take_from(std::vector<sync::Object> objects,
                                                      const crypto::AuthorId& carrier_id) {
  // Prepared here in steps while the writer applies the steps before: both cores work.
  // A step is small in bytes as well: full sets fill a batch with a handful of objects.
  constexpr std::size_t kStepObjects = 16, kStepBytes = 128u << 10;
  constexpr std::size_t kUnderWay = 4;
  struct Step {
    std::uint32_t first = 0;
    std::vector<Item> items;
    std::vector<sync::Verdict> verdicts;
    std::future<Result<void>> done;
  };
  std::vector<sync::Verdict> verdicts;
  std::deque<std::shared_ptr<Step>> under_way;
  const auto finish = [&]() -> Result<void> {
    auto step = under_way.front();
    under_way.pop_front();
    auto done = step->done.get();
    if (!done) return fail(done.error());
    for (auto& verdict : step->verdicts) verdicts.push_back(std::move(verdict));
    return {};
  };
  std::optional<Error> failed;
  for (std::size_t i = 0; i < objects.size() && !failed;) {
    auto step = std::make_shared<Step>();
    step->first = static_cast<std::uint32_t>(i);
    std::size_t size = 0;
    for (const auto end = i + kStepObjects; i < std::min(objects.size(), end) && size < kStepBytes;
         ++i) {
      auto& object = objects[i];
      size += object.bytes.size();
      if (object.kind == sync::ObjectKind::parcel) {
        step->items.emplace_back(prepare(std::move(object.bytes), false));
      } else if (object.kind == sync::ObjectKind::snapshot) {
        step->items.emplace_back(prepare_part(object.bytes, trust()->book));
      } else {
        step->items.emplace_back(std::move(object));
      }
    }
    step->done = submit([this, step, carrier_id]() -> Result<void> {
      step->verdicts.clear();
      const auto peer = carrier_id.is_zero() ? 0 : store_->log().author(carrier_id);
      // In the order in which they came: a receipt that flags a clock stands before the snapshot
      // that was made with it.
      for (std::uint32_t n = 0; n < step->items.size(); ++n) {
        if (auto refused = accept_item(step->items[n], peer)) {
          step->verdicts.push_back({step->first + n, refused->code, refused->detail});
        }
      }
      if (fell_behind_) begin_anew("peer_ahead");
      if (auto done = publish_where_it_lacks(); !done) return done;
      // A hub meets nobody above it who could bring the rest.
      if (receipting_ && set_aside_.load()) return author_what_was_set_aside();
      return {};
    });
    under_way.push_back(std::move(step));
    if (under_way.size() >= kUnderWay) {
      if (auto done = finish(); !done) failed = done.error();
    }
  }
  while (!under_way.empty()) {
    if (auto done = finish(); !done && !failed) failed = done.error();
  }
  if (failed) return fail(*failed);
  std::sort(verdicts.begin(), verdicts.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  return verdicts;
}

}  // namespace linli::node

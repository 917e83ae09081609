// What becomes of a part of a snapshot that a peer hands over (sync/snapshot.h).
#include "node/condensing.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "node/intake.h"
#include "node/store/branches.h"
#include "node/store/condensed.h"
#include "node/store/erasures.h"
#include "node/store/held.h"
#include "node/store/parts.h"
#include "node/store/peer_memory.h"
#include "sync/merge.h"

namespace linli::node {
namespace {

bool is_personal(const sync::SnapshotPart& part, const sync::PartValue& value) {
  const auto* type = model::schema().type(part.records[value.record].type);
  const auto* field = type ? type->field(value.field) : nullptr;
  // What this version doesn't know it doesn't show around.
  return !field || field->protection == model::Protection::personal;
}

}  // namespace

PreparedPart prepare_part(const std::string& bytes, const crypto::CertificateBook& book) {
  PreparedPart p;
  const auto parcel = sync::SnapshotParcel::decode(bytes);
  if (!parcel) return p.problem = parcel.error(), p;
  auto opened = sync::open_parcel(*parcel);
  if (!opened) return p.problem = opened.error(), p;
  p.part = std::move(opened->part);
  p.signature = parcel->signature;
  p.hash = crypto::hash({crypto::kDomainSnapshot, opened->body});
  p.bytes = bytes;
  if (auto fair = sync::judge_snapshot(p.part, opened->body, p.signature, book); !fair) {
    return p.problem = fair.error(), p;
  }
  for (std::size_t i = 0; i < p.part.records.size(); ++i) {
    if (!sync::RecordState::decode(p.part.records[i].state)) {
      p.problem = Error{Errc::malformed, "record " + std::to_string(i) + " has no state", {}};
      return p;
    }
  }
  p.values = std::move(opened->values);
  p.stored = store::stored_part(opened->cut);
  p.previews = store::preview(p.part, p.values);
  return p;
}

/// Is there something new in it? Errors: fork (it goes another way than what is held here).
Result<bool> Replica::part_brings_news(const sync::SnapshotPart& part) {
  auto& log = store_->log();
  bool news = log.meta_int("snapshots_wanted", 0) != 0;
  for (const auto& covered : part.feeds) {
    auto* feed = log.find_feed(part.feed_name(covered).id(identity().city));
    if (!feed || feed->tip.seq < covered.tip.seq) {
      news = true;
      continue;
    }
    // It confirms, too: who pruned above us has no receipts any more to say so.
    news = news || feed->receipted < covered.tip.seq;
    const auto held = log.held(*feed, covered.tip.seq);
    if (held && *held != covered.tip.hash) {
      return fail(Errc::fork, "the snapshot covers other change sets than those held here");
    }
  }
  for (const auto& have : store::condensed_scopes(log)) {
    if (have.path != part.scope || have.audience != part.audience) continue;
    const auto& [epoch, size, root, time] = part.checkpoint;
    if (std::tuple(epoch, size, time) <=
        std::tuple(have.checkpoint.epoch, have.checkpoint.size, have.checkpoint.time)) {
      return false;
    }
  }
  return news;
}

/// Does a record that the part speaks of add up to something else by the change sets held here?
/// Only who holds all of them, and what the hub said of them, can say so. Nothing: no.
std::optional<Error> Replica::contradiction(const sync::SnapshotPart& part) {
  auto& log = store_->log();
  std::map<sync::FeedId, std::uint64_t> covered;
  for (const auto& feed : part.feeds) {
    const auto id = part.feed_name(feed).id(identity().city);
    const auto* held = log.find_feed(id);
    if (!held || held->tip.seq < feed.tip.seq) return std::nullopt;
    // What the hub hasn't confirmed here it may have judged: a clock that was off, an ended key.
    if (held->receipted < feed.tip.seq) return std::nullopt;
    covered.emplace(id, feed.tip.seq);
  }
  auto& projector = store_->projector();
  const auto scope = log.scope(part.scope);
  for (const auto& record : part.records) {
    const auto* table = projector.table(record.type);
    if (!table) continue;
    const auto row = table->find(store_->database(), scope, record.id);
    std::optional<sync::RecordState> ours;
    if (row) {
      ours = projector.state_of(*row, [&](const store::LoadedSet& loaded) {
        const auto up_to = covered.find(loaded.feed);
        return up_to != covered.end() && loaded.set.seq <= up_to->second;
      });
    }
    if (!ours || ours->encode() != record.state) {
      return Error{Errc::fork,
                   "record " + sync::to_text(record.id) +
                       " adds up to something else by the change sets that are here",
                   {}};
    }
  }
  return std::nullopt;
}

/// The city may have taught us its signer's certificate since it was prepared; else it waits for
/// that: parts are handed out once. Nothing: it is in order.
std::optional<Error> Replica::know_signer(PreparedPart& p, std::int64_t peer) {
  if (!p.problem || p.problem->code != Errc::unknown_certificate) return p.problem;
  const auto bytes = std::move(p.bytes);
  p = prepare_part(bytes, trust_->book);
  if (!p.problem || p.problem->code != Errc::unknown_certificate) return p.problem;
  const bool kept = keep_part_waiting(p, std::string(p.part.certificate.view()), *p.problem, peer);
  return kept ? p.problem : no_room();
}

bool Replica::keep_part_waiting(const PreparedPart& p, const std::string& need, const Error& why,
                                std::int64_t peer) {
  return store::keep_waiting(store_->database(), {.hash = crypto::hash({p.bytes}),
                                                  .author = {},
                                                  .need = need,
                                                  .reason = info(why.code).name,
                                                  .peer = peer,
                                                  .received = clock_.now(),
                                                  .kind = sync::ObjectKind::snapshot,
                                                  .bytes = p.bytes,
                                                  .vouched = false});
}

/// A snapshot confirms as a receipt does. What is unconfirmed here and isn't shown by its end to be
/// what it covers is handed on first, and then gives way; what is here of the other branch comes
/// into `branch`. Nothing: nothing stands in its way.
std::optional<Error> Replica::meet_covered_branches(const PreparedPart& p, std::int64_t peer,
                                                    std::vector<store::Aside>& branch) {
  auto& log = store_->log();
  for (const auto& covered : p.part.feeds) {
    const auto name = p.part.feed_name(covered);
    const auto id = name.id(identity().city);
    auto* feed = log.find_feed(id);
    if (!feed || feed->receipted >= std::min(feed->tip.seq, covered.tip.seq)) continue;
    const auto held = log.held(*feed, covered.tip.seq);
    if (held == covered.tip.hash) continue;
    const bool own = name.author == identity().author;
    if (!giving_way_) {
      const Error gap{Errc::gap, "what is unconfirmed here is handed on before it", {}};
      // It came again, to one who reads from the beginning, say: what is handed on then goes on.
      if (store::is_waiting(store_->database(), crypto::hash({p.bytes}))) return gap;
      store::give_again(log, id, feed->receipted + 1);
      ++peers_taken_back_;
      // Of ours: the next exchange asks what the others know.
      if (own && log.meta_int("catching_up", 0) == 0) store::forget_sessions(log);
      const Error why{Errc::fork, {}, {}};
      if (!keep_part_waiting(p, place(id, covered.tip.seq), why, peer)) return no_room();
      return gap;
    }
    const auto [where, common, rewritten] =
        parting(*feed, feed->receipted, covered.tip.seq, covered.tip.hash);
    auto evidence = store::take_branch_evidence(log, id, true);
    if (held || own) {
      set_apart(id, where == Parting::behind ? common : 0, peer);
    } else {
      // It may well be what is covered, and no more of that is here that could tell.
      (void)store::take_unconfirmed(log, id, where == Parting::behind ? common : 0);
      store_->rebuild_within();
      load_trust();
    }
    std::move(evidence.begin(), evidence.end(), std::back_inserter(branch));
  }
  return std::nullopt;
}

std::optional<Error> Replica::accept_part(PreparedPart& p, std::int64_t peer) {
  if (receipting_ && !p.problem)
    p.problem = {Errc::forbidden, "the hub keeps every change set", {}};
  if (receipting_) return p.problem;
  if (auto problem = know_signer(p, peer)) return problem;
  const auto* signer = trust_->book.find(p.part.certificate);
  if (const auto* end =
          signer ? trust_->revocations.against_word(*signer, p.part.checkpoint) : nullptr) {
    return Error{Errc::revoked, "made after the end of its key: " + end->reason, {}};
  }
  const auto author = signer->subject;  // What is let go of may have founded the trust.
  std::vector<store::Aside> branch;
  if (auto waits = meet_covered_branches(p, peer, branch)) return waits;
  auto taken = take_part(p, peer, author);
  take_in(branch, peer);
  return taken;
}

std::optional<Error> Replica::take_part(PreparedPart& p, std::int64_t peer,
                                        const crypto::AuthorId& signer) {
  auto& log = store_->log();
  const auto news = part_brings_news(p.part);
  if (!news) return news.error();
  if (!*news || store::has_part(log, p.hash)) return Error{Errc::replay, {}, {}};
  if (auto otherwise = contradiction(p.part)) {
    spdlog::error("a snapshot was refused: {}", describe(*otherwise));
    return otherwise;
  }
  const auto arrival = log.append({.kind = sync::ObjectKind::snapshot,
                                   .scope = log.scope(p.part.scope),
                                   .audience = p.part.audience,
                                   .seq = p.part.number,
                                   .hash = p.hash,
                                   .author = log.author(signer),
                                   .peer = peer,
                                   .changes = static_cast<std::int64_t>(p.part.records.size()),
                                   .received = clock_.now(),
                                   .last_stamp = p.part.checkpoint.time,
                                   .signature = p.signature,
                                   .stored = p.stored});
  note_destroyed(store::carry_out(log, store_->projector(), p.part, arrival));
  leave_out_erased(p);
  for (const auto& value : p.values) {
    store::save_part_value(log, arrival, value.commitment, value.salt, value.value,
                           is_personal(p.part, value));
  }
  store_->projector().project_part(arrival, std::move(p.previews));
  if (store::is_whole(log, p.part)) take_over(p.part);
  return std::nullopt;
}

/// All of a snapshot is here: it stands for the numbers that it covers.
void Replica::take_over(const sync::SnapshotPart& part) {
  auto& log = store_->log();
  const auto now = clock_.now();
  if (store::drop_other_parts(log, part)) store_->rebuild_within();
  for (const auto& covered : part.feeds) {
    const auto name = part.feed_name(covered);
    const auto id = name.id(identity().city);
    auto* feed = log.find_feed(id);
    if (!feed) feed = &log.make_feed(id, name);
    if (feed->condensed.seq >= covered.tip.seq) continue;
    feed->condensed = covered.tip;
    log.save_condensed(*feed);
    if (feed->receipted < covered.tip.seq) {
      const auto before = feed->receipted;
      feed->receipted = covered.tip.seq;
      feed->receipted_at = part.checkpoint.time;
      log.save_receipted(*feed);
      follow_end(*feed, before, covered.tip.seq);
    }
    if (feed->tip.seq < covered.tip.seq) {
      feed->tip = covered.tip;
      log.save_tip(*feed);
      if (name.author == identity().author) meet_own(name, covered.tip.stamp);
    }
    hybrid_.observe(covered.tip.stamp, now);
    // What waits for any number that is covered now waits in vain.
    for (auto& need :
         store::needs_between(store_->database(), place(id, 0), place(id, covered.tip.seq))) {
      awake_.push_back(std::move(need));
    }
  }
  remember_seen(part.checkpoint);
}

Result<bool> Replica::wants_snapshots() {
  if (receipting_) return false;
  try {
    auto lease = store_->read();
    store::Log log(*lease);
    return log.meta_int("snapshots_wanted", 0) != 0 || !store::holds_of_others(*lease);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::node

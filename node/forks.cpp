// Two change sets under one number, signed by one key: shown to everybody who may read the feed.
#include "node/store/forks.h"

#include <spdlog/spdlog.h>

#include "node/intake.h"
#include "node/store/branches.h"
#include "sync/policy.h"

namespace linli::node {

/// A set came whose number is taken in the log: both together are the proof. Of our own feeds we
/// make none: a disk of ours was put back, we know that, and write again what it forgot.
void Replica::show_fork(const Prepared& p) {
  const auto& set = p.loaded->set;
  auto& log = store_->log();
  if (set.feed.author == identity().author) return;
  if (store::knows_fork(store_->database(), p.loaded->feed)) return;
  const auto arrival = log.arrival_of(p.loaded->feed, set.seq);
  if (!arrival) return;
  const auto here = log.load(*arrival);
  if (sync::change_set_hash(here->body) == p.hash) return;
  const auto proof = sync::prove_fork({p.loaded->body, p.loaded->signature},
                                      {here->body, here->signature}, trust_->book);
  if (!proof) {
    spdlog::warn("two change sets under one number, kept here only: {}", describe(proof.error()));
    return;
  }
  (void)accept_fork(proof->encode(), 0);
}

/// What another branch says goes on from peer to peer, until it is with its author: who holds that
/// branch may stand below somebody who holds the other one, and never meet who wrote it.
void Replica::hand_on(const Prepared& p, std::int64_t peer) {
  const auto& set = p.loaded->set;
  if (set.feed.author == identity().author) return;
  auto& log = store_->log();
  if (store::has_branch_entry(log.database(), set.seq, p.hash)) return;
  const auto nothing = store::pack_body({});
  (void)log.append({.kind = store::kBranchEntry,
                    .scope = log.scope(set.feed.scope),
                    .audience = set.feed.audience,
                    .seq = set.seq,
                    .hash = p.hash,
                    .author = log.author(set.feed.author),
                    .peer = peer,
                    .received = clock_.now(),
                    .stored = nothing});
}

std::optional<Error> Replica::accept_fork(const std::string& bytes, std::int64_t peer) {
  auto& log = store_->log();
  const auto fork = sync::check_fork(bytes, identity().city);
  if (!fork) return fork.error();
  const auto* own = trust_->book.find(identity().certificate);
  if (own && !sync::may_read(*own, fork->feed.scope, fork->feed.audience)) {
    return Error{Errc::out_of_scope, "this node doesn't read " + fork->feed.scope, {}};
  }
  if (store::knows_fork(store_->database(), fork->id)) return Error{Errc::replay, {}, {}};
  if (!store::has_room_for_fork(log, fork->feed.author, bytes.size())) {
    return Error{Errc::replay, "enough of this is known of its author", {}};
  }
  store::keep_fork(log, *fork, bytes, peer, clock_.now());
  if (fork->feed.author == identity().author) {
    spdlog::error(
        "there is proof that this node's key signed two change sets under one number: stop every "
        "copy of this machine but one, and see `linli forks list` and `linli doctor`");
  } else {
    const auto* writer = trust_->book.find(fork->first.certificate);
    spdlog::warn("{} signed two change sets under one number: see `linli forks list`",
                 writer ? writer->name : "a node");
  }
  return std::nullopt;
}

}  // namespace linli::node

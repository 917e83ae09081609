// The replica's life: opening, the writer thread, group commit. The road itself: intake.cpp.
#include "node/replica.h"

#include <spdlog/spdlog.h>

#include "crypto/cbor.h"
#include "node/intake.h"
#include "node/lost_key.h"
#include "node/passphrase.h"
#include "node/store/erasures.h"
#include "node/store/leaving.h"
#include "node/store/peer_memory.h"
#include "node/tls_key.h"

namespace linli::node {

using store::DatabaseError;

Result<std::unique_ptr<Replica>> Replica::open(const std::filesystem::path& dir,
                                               const sync::WallClock& clock, Writing writing) {
  std::unique_ptr<Replica> replica(new Replica(dir, clock, writing));
  auto& r = *replica;
  if (auto there = r.dir_.check(); !there) return fail(there.error());
  auto lock = Lock::take(r.dir_);
  if (!lock) return fail(lock.error());
  r.lock_ = std::move(*lock);
  if (auto loaded = r.load_keys(); !loaded) return fail(loaded.error());
  auto store = store::Store::open(r.dir_.database(), store::Access::write);
  if (!store) return fail(store.error());
  r.store_ = std::move(*store);
  auto mark = Mark::open(r.dir_);
  if (!mark) return fail(mark.error());
  r.mark_ = std::move(*mark);
  try {
    r.load_trust();
    // Cursors that were given under an earlier key stay good.
    const auto secret = r.store_->log().meta("cursor_secret");
    r.cursor_secret_ = secret ? Hash::of(*secret) : r.keys_.front()->derive("linli/cursor/1");
    if (auto known = r.load_identity(); !known) return fail(known.error());
    const auto& tls = r.trust_->book.find(r.identity().certificate)->tls_key;
    if (auto settled = settle_tls_key(r.dir_, tls); !settled) return fail(settled.error());
    if (r.read_what_was_unread()) {
      r.store_->rebuild({});
      r.load_trust();
      store::Transaction transaction(r.store_->database());
      store::carry_out_all(r.store_->log(), r.store_->projector());
      r.store_->projector().flush();
      transaction.commit();
    }
    r.erasing_ = r.store_->log().meta_int(store::kMetaErasing, 0) != 0;
    r.traces_known_ = !r.erasing_;
    auto& log = r.store_->log();
    const auto& me = r.identity();
    r.load_incarnation();
    if (const auto tree = log.meta("tree")) {
      auto decoded = sync::LogTree::decode(*tree);
      if (!decoded) return fail(Errc::corrupt, "the tree over the log can't be read");
      r.tree_ = std::move(*decoded);
    }
    r.hybrid_ = sync::HybridClock(log.last_stamp_of(me.author, log.meta_int("stamps_from", 0)));
    r.arrival_ = log.last_arrival();
    r.rolled_back_ = r.mark_->read() > r.place_now();
    for (const auto& contact : store::contacts(r.store_->database())) {
      r.contacts_[contact.author] = {contact.certificate, contact.at};
    }
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  r.blobs_ = std::make_unique<Blobs>(r, r.dir_.root() / "blobs");
  if (writing == Writing::on_a_thread) {
    r.writer_ = std::thread([&r] { r.run_writer(); });
    r.eraser_ = std::thread([&r] { r.run_eraser(); });
  }
  // Nothing may be signed yet; who takes another key up begins anew in any case.
  if (WithoutKey::here()) return replica;
  // First of all, before any commit moves the mark: it is the only witness.
  if (r.rolled_back_) {
    spdlog::warn(
        "the database is older than this node's mark: it was put back from a copy; "
        "a new incarnation begins, and the peers give back what is missing");
    if (auto begun = r.succeed("restored"); !begun) return fail(begun.error());
  }
  // An upgrade may have taught us what these sets need (I8); what it hasn't goes on waiting.
  auto woken = r.write([&r]() -> Result<void> {
    r.awake_.emplace_back(kNeedsUpgrade);
    r.take_up_newest_certificate();  // Its key may have come since it did.
    r.retiring_ = true;              // If that failed when the key was new.
    return {};
  });
  if (!woken) return fail(woken.error());
  return replica;
}

Replica::~Replica() {
  stop_waiting();
  stop_eraser();
  {
    const std::lock_guard lock(queue_guard_);
    stopping_ = true;
  }
  queue_ready_.notify_all();
  if (writer_.joinable()) writer_.join();
}

TrustPtr Replica::trust() const {
  const std::lock_guard lock(trust_guard_);
  return trust_;
}

model::Frame Replica::frame() const {
  return {identity().city, identity().city_scope, identity().scope, identity().author};
}

Result<void> Replica::load_identity() {
  auto& log = store_->log();
  Identity me;
  me.name = log.meta("name").value_or("");
  me.scope = log.meta("scope").value_or("");
  me.certificate = Hash::of(log.meta("certificate").value_or(std::string(32, '\0')));
  const auto* certificate = trust_->book.find(me.certificate);
  if (!certificate) return fail(Errc::corrupt, "this node's own certificate is missing");
  me.key = held_key(certificate->signing_key);
  if (!me.key && std::filesystem::exists(dir_.old_key())) {
    // The database was put back to before the key was changed.
    auto old = load_key(dir_.old_key());
    if (!old) return fail(old.error());
    keys_.push_back(std::make_unique<const crypto::SigningKey>(std::move(*old)));
    me.key = held_key(certificate->signing_key);
  }
  if (!me.key && WithoutKey::here()) me.key = keys_.front().get();
  if (!me.key) {
    return fail(Errc::corrupt, "node.key isn't the key of this node's certificate");
  }
  me.role = certificate->role;
  me.author = certificate->subject;
  me.city = trust_->book.city();
  me.city_scope = trust_->book.root().scope;
  receipting_ = (certificate->rights & crypto::kRightReceipt) != 0;
  if (!identities_.empty() && identity().certificate == me.certificate) return {};
  identities_.push_back(std::make_unique<const Identity>(std::move(me)));
  identity_ = identities_.back().get();
  return {};
}

/// A newer certificate replaces ours if we have its key: other paths, a later end, the next key.
void Replica::take_up_newest_certificate() {
  const auto newest = trust_->book.newest_after(identity().certificate);
  if (newest == identity().certificate) return;
  const auto& signing_key = trust_->book.find(newest)->signing_key;
  if (!held_key(signing_key)) return;
  auto& log = store_->log();
  if (signing_key != key().public_key()) {
    log.set_meta("cursor_secret", cursor_secret_.view());
    retiring_ = true;
  }
  log.set_meta("certificate", newest.view());
  // It may have come by a scope that it no longer covers, and that is let go of.
  anchor(trust_->book, newest);
  log.set_meta_int("scopes_changed", 1);
  leaving_ = true;
  const auto* certificate = trust_->book.find(newest);
  if (!certificate->covers(identity().scope)) log.set_meta("scope", certificate->paths.front());
  // What it gained may hold change sets of our own, from an earlier time there.
  store::forget_sessions(log);
  ++peers_taken_back_;
  if (auto known = load_identity(); !known) throw DatabaseError(known.error());
  spdlog::info("a new certificate of this node is in force");
}

void Replica::load_incarnation() {
  auto& log = store_->log();
  epoch_ = static_cast<std::uint64_t>(log.meta_int("epoch", 1));
  incarnation_.number = static_cast<std::uint64_t>(log.meta_int("incarnation", 0));
  const auto nonce = log.meta("incarnation_nonce");
  incarnation_.nonce = nonce ? sync::Nonce::of(*nonce) : sync::Nonce{};
  let_go_ = log.meta_int("let_go", 0);
  leaving_ = log.meta_int("scopes_changed", 0) != 0;
  cloned_ = log.meta_int("cloned", 0) != 0;
  set_aside_ = store::has_own_aside(log);
}

void Replica::load_trust() {
  const auto root = store_->log().meta("root");
  if (!root) throw DatabaseError({Errc::not_a_data_dir, "no city's root statement in it", {}});
  auto book = crypto::CertificateBook::found(*root);
  if (!book) throw DatabaseError({Errc::corrupt, describe(book.error()), {}});
  auto trust = std::make_shared<Trust>(Trust{std::move(*book), {}, {}, {}});
  for (const auto& bytes : store_->log().anchors()) (void)trust->book.add(bytes).has_value();
  // A revocation may have ended with the trust in who gave it.
  if (trust_) {
    const auto before = trust_->revocations.keys();
    ended_keys_.insert(before.begin(), before.end());
  }
  {
    const std::lock_guard lock(trust_guard_);
    trust_ = std::move(trust);
  }
  // From the change sets themselves, in the order in which they were learnt from: what their
  // records have become since takes nothing back.
  for (const auto arrival : store_->log().founding_sets()) {
    const auto loaded = store_->log().load(arrival);
    if (loaded->standing == store::Standing::counts) learn(loaded->set);
  }
}

std::future<Result<void>> Replica::submit(std::function<Result<void>()> work) {
  Job job{std::move(work), {}};
  auto done = job.done.get_future();
  if (writing_ == Writing::inline_) {
    std::vector<Job> alone;
    alone.push_back(std::move(job));
    commit_jobs(alone);
    return done;
  }
  {
    const std::lock_guard lock(queue_guard_);
    queue_.push_back(std::move(job));
  }
  queue_ready_.notify_one();
  return done;
}

Result<void> Replica::write(std::function<Result<void>()> work) {
  return submit(std::move(work)).get();
}

namespace {
constexpr std::size_t kJobsPerCommit = 64;
}

void Replica::run_writer() {
  for (;;) {
    std::vector<Job> jobs;
    {
      std::unique_lock lock(queue_guard_);
      queue_ready_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;  // Stopping, and everything asked for is done.
      while (!queue_.empty() && jobs.size() < kJobsPerCommit) {
        jobs.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    commit_jobs(jobs);
  }
}

/// One transaction for all jobs that are ready; a job that fails is undone by itself.
void Replica::commit_jobs(std::vector<Job>& jobs) {
  auto& db = store_->database();
  if (reconnect_) {
    if (auto connected = db.reconnect(); !connected) {
      for (auto& job : jobs) job.done.set_value(fail(connected.error()));
      return;
    }
    reconnect_ = false;
  }
  std::vector<Result<void>> results(jobs.size());
  const auto before_all = memory();
  std::int64_t last = 0;
  std::optional<Error> failed;
  try {
    std::optional<store::Transaction> begun;
    while (!begun) {
      try {
        begun.emplace(db);
      } catch (const DatabaseError& e) {
        // The file is being written anew after an erasure: that ends, and nobody's write is lost.
        if (!erasing_ || e.error().code != Errc::data_dir_in_use) throw;
      }
    }
    auto& transaction = *begun;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto before = memory();
      try {
        store::Savepoint savepoint(db);
        results[i] = jobs[i].work();
        if (results[i]) {
          wake_all();
          if (retiring_) retire_keys_before();
          store_->projector().flush();
          savepoint.release();
        }
      } catch (const DatabaseError& e) {
        reconnect_ = true;
        results[i] = fail(e.error());
      } catch (const std::exception& e) {
        spdlog::error("a write was undone: {}", e.what());
        results[i] = fail(Errc::internal, e.what());
      }
      if (!results[i]) {
        undo(before);
        // Some failures (a full disk, no memory) make SQLite roll back everything, and what came
        // after would commit by itself, beside what was just taken away: then nothing counts.
        if (sqlite3_get_autocommit(db.handle()) != 0) throw DatabaseError(results[i].error());
      }
    }
    if (receipting_) give_receipts();
    last = store_->log().last_arrival();
    transaction.commit();
  } catch (const DatabaseError& e) {
    reconnect_ = true;
    failed = e.error();
  } catch (const std::exception& e) {
    failed = Error{Errc::internal, e.what(), {}};
  }
  if (failed) {
    spdlog::error("nothing was committed: {}", describe(*failed));
    undo(before_all);
    for (auto& job : jobs) job.done.set_value(fail(*failed));
    return;
  }
  unreceipted_.clear();
  flagged_seqs_.clear();
  new_leaves_.clear();
  {
    const std::lock_guard lock(arrival_guard_);
    arrival_ = last;
  }
  mark_->write(place_now());
  if (auto settled = settle_key_files(); !settled) {
    spdlog::error("the new key is in use, its file not yet in place: {}",
                  describe(settled.error()));
  }
  arrived_.notify_all();
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done.set_value(std::move(results[i]));
}

Replica::Memory Replica::memory() const {
  return {trust(),        identity_.load(), epoch_.load(),  incarnation_,
          let_go_.load(), leaving_.load(),  cloned_.load(), set_aside_.load(),
          tree_,          unreceipted_,     flagged_seqs_,  new_leaves_.size(),
          hybrid_};
}

/// Memory follows the database back after a rollback; from memory alone: the disk that made it fail
/// may not be readable either.
void Replica::undo(const Memory& before) {
  store_->projector().discard();
  store_->log().forget();
  awake_.clear();
  ended_keys_.clear();
  came_back_.clear();
  fell_behind_ = retiring_ = false;
  giving_way_ = taking_branch_ = false;
  epoch_ = before.epoch;
  incarnation_ = before.incarnation;
  let_go_ = before.let_go;
  leaving_ = before.leaving;
  cloned_ = before.cloned;
  set_aside_ = before.set_aside;
  tree_ = before.tree;
  unreceipted_ = before.unreceipted;
  flagged_seqs_ = before.flagged_seqs;
  new_leaves_.resize(before.new_leaves);
  hybrid_ = before.hybrid;
  {
    const std::lock_guard lock(trust_guard_);
    trust_ = before.trust;
  }
  identity_ = before.identity;
  const auto* own = before.trust->book.find(before.identity->certificate);
  receipting_ = own && (own->rights & crypto::kRightReceipt) != 0;
}

/// What is left was judged by certificates that may have stood in what went: they become anchors.
void Replica::keep_certificates_in_use() {
  auto& log = store_->log();
  const auto authors = log.authors_of_feeds();
  for (const auto& [hash, certificate] : trust_->book.all()) {
    if (!authors.contains(certificate->subject)) continue;
    std::vector<Hash> chain;
    for (auto at = hash; trust_->book.find(at); at = trust_->book.find(at)->issuer) {
      chain.push_back(at);
    }
    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
      log.add_anchor(*link, *trust_->book.signed_bytes(*link));
    }
  }
}

Result<void> Replica::leave_what_was_lost() {
  if (!leaving_.load()) return {};
  bool any = false;
  auto done = write([&, this]() -> Result<void> {
    any = false;
    auto& log = store_->log();
    const auto* own = trust_->book.find(identity().certificate);
    const auto left = store::leave_unreadable(log, *own, identity().author, clock_.now());
    if (left.all) {
      log.set_meta_int("scopes_changed", 0);
      leaving_ = false;
    }
    if (left.entries == 0) return {};
    log.set_meta_int("let_go", let_go_ + 1);
    any = true;
    keep_certificates_in_use();
    // A scope that comes back later must not see a number of our feed there a second time.
    if (left.own) begin_incarnation("left_scope");
    store_->rebuild_within();
    load_trust();
    spdlog::info("let go of {} log entries that are no longer in this node's scope", left.entries);
    return {};
  });
  if (done) {
    if (any) ++let_go_;
    store_->clear_write_ahead_log();
  } else {
    leaving_ = true;  // Nothing of it was kept: the next exchange tries again.
  }
  return done;
}

Mark::Place Replica::place_now() const { return {epoch_.load(), arrival(), let_go_.load()}; }

std::int64_t Replica::arrival() const {
  const std::lock_guard lock(arrival_guard_);
  return arrival_;
}

std::int64_t Replica::wait_beyond(std::int64_t after, std::chrono::milliseconds timeout) {
  std::unique_lock lock(arrival_guard_);
  arrived_.wait_for(lock, timeout, [&] { return waiting_stopped_ || arrival_ > after; });
  return arrival_;
}

void Replica::stop_waiting() {
  {
    const std::lock_guard lock(arrival_guard_);
    waiting_stopped_ = true;
  }
  arrived_.notify_all();
}

}  // namespace linli::node

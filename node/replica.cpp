// The replica's life: opening, the writer thread, group commit. The road itself: intake.cpp.
#include "node/replica.h"

#include <spdlog/spdlog.h>

#include "crypto/cbor.h"
#include "node/intake.h"
#include "node/store/peers.h"

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
  auto key = crypto::SigningKey::load(r.dir_.node_key());
  if (!key) return fail(key.error());
  r.key_ = std::move(*key);
  auto store = store::Store::open(r.dir_.database(), store::Access::write);
  if (!store) return fail(store.error());
  r.store_ = std::move(*store);
  auto mark = Mark::open(r.dir_);
  if (!mark) return fail(mark.error());
  r.mark_ = std::move(*mark);
  try {
    r.load_trust();
    auto& log = r.store_->log();
    auto& me = r.identity_;
    me.name = log.meta("name").value_or("");
    me.scope = log.meta("scope").value_or("");
    me.certificate = Hash::of(log.meta("certificate").value_or(std::string(32, '\0')));
    const auto* certificate = r.trust_->book.find(me.certificate);
    if (!certificate) return fail(Errc::corrupt, "this node's own certificate is missing");
    if (certificate->signing_key != r.key_->public_key()) {
      return fail(Errc::corrupt, "node.key isn't the key of this node's certificate");
    }
    me.role = certificate->role;
    me.author = certificate->subject;
    me.city = r.trust_->book.city();
    me.city_scope = r.trust_->book.root().scope;
    r.receipting_ = (certificate->rights & crypto::kRightReceipt) != 0;

    r.load_incarnation();
    if (const auto tree = log.meta("tree")) {
      auto decoded = sync::LogTree::decode(*tree);
      if (!decoded) return fail(Errc::corrupt, "the tree over the log can't be read");
      r.tree_ = std::move(*decoded);
    }
    r.hybrid_ = sync::HybridClock(log.last_stamp_of(me.author));
    r.arrival_ = log.last_arrival();
    r.rolled_back_ = r.mark_->read() > r.arrival_;
    for (const auto& contact : store::contacts(r.store_->database())) {
      r.contacts_[contact.author] = {contact.certificate, contact.at};
    }
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  r.blobs_ = std::make_unique<Blobs>(r, r.dir_.root() / "blobs");
  if (writing == Writing::on_a_thread) r.writer_ = std::thread([&r] { r.run_writer(); });
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
    return {};
  });
  if (!woken) return fail(woken.error());
  return replica;
}

Replica::~Replica() {
  stop_waiting();
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
  return {identity_.city, identity_.city_scope, identity_.scope, identity_.author};
}

void Replica::load_incarnation() {
  auto& log = store_->log();
  epoch_ = static_cast<std::uint64_t>(log.meta_int("epoch", 1));
  incarnation_.number = static_cast<std::uint64_t>(log.meta_int("incarnation", 0));
  const auto nonce = log.meta("incarnation_nonce");
  incarnation_.nonce = nonce ? sync::Nonce::of(*nonce) : sync::Nonce{};
}

void Replica::load_trust() {
  const auto root = store_->log().meta("root");
  if (!root) throw DatabaseError({Errc::not_a_data_dir, "no city's root statement in it", {}});
  auto book = crypto::CertificateBook::found(*root);
  if (!book) throw DatabaseError({Errc::corrupt, describe(book.error()), {}});
  auto trust = std::make_shared<Trust>(Trust{std::move(*book), {}, {}});
  for (const auto& bytes : store_->log().anchors()) (void)trust->book.add(bytes).has_value();
  {
    const std::lock_guard lock(trust_guard_);
    trust_ = std::move(trust);
  }
  // From the change sets themselves, in the order in which they were learnt from: what their
  // records have become since takes nothing back.
  for (const auto arrival : store_->log().founding_sets()) learn(store_->log().load(arrival)->set);
  awake_.clear();
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
  std::vector<Result<void>> results(jobs.size());
  const auto trust_before = trust();
  const auto tree_before = tree_;
  std::int64_t last = 0;
  std::optional<Error> failed;
  try {
    store::Transaction transaction(db);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto unreceipted = unreceipted_;
      const auto flagged = flagged_seqs_;
      const auto leaves = new_leaves_.size();
      const auto trusted = trust();
      try {
        store::Savepoint savepoint(db);
        results[i] = jobs[i].work();
        if (results[i]) {
          while (!awake_.empty()) {
            const auto need = std::move(awake_.back());
            awake_.pop_back();
            wake(need);
          }
          store_->projector().flush();
          savepoint.release();
        }
      } catch (const DatabaseError& e) {
        results[i] = fail(e.error());
      } catch (const std::exception& e) {
        spdlog::error("a write was undone: {}", e.what());
        results[i] = fail(Errc::internal, e.what());
      }
      if (!results[i]) {
        undo(trusted);
        unreceipted_ = unreceipted;
        flagged_seqs_ = flagged;
        new_leaves_.resize(leaves);
        // Some failures (a full disk, no memory) make SQLite roll back everything, and what came
        // after would commit by itself, beside what was just taken away: then nothing counts.
        if (sqlite3_get_autocommit(db.handle()) != 0) throw DatabaseError(results[i].error());
      }
    }
    if (receipting_) give_receipts();
    last = store_->log().last_arrival();
    transaction.commit();
  } catch (const DatabaseError& e) {
    failed = e.error();
  } catch (const std::exception& e) {
    failed = Error{Errc::internal, e.what(), {}};
  }
  unreceipted_.clear();
  flagged_seqs_.clear();
  new_leaves_.clear();
  if (failed) {
    spdlog::error("nothing was committed: {}", describe(*failed));
    undo(trust_before);
    tree_ = tree_before;
    try {
      load_incarnation();  // One that was begun and not committed never was.
    } catch (const DatabaseError& e) {
      spdlog::error("after a rollback: {}", describe(e.error()));
    }
    for (auto& job : jobs) job.done.set_value(fail(*failed));
    return;
  }
  mark_->write(last);
  {
    const std::lock_guard lock(arrival_guard_);
    arrival_ = last;
  }
  arrived_.notify_all();
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done.set_value(std::move(results[i]));
}

/// Memory follows the database back after a rollback.
void Replica::undo(const TrustPtr& trust) {
  store_->projector().discard();
  store_->log().forget();
  awake_.clear();
  const std::lock_guard lock(trust_guard_);
  trust_ = trust;
}

Result<void> Replica::succeed(const std::string& reason) {
  return write([&, this]() -> Result<void> {
    auto& log = store_->log();
    incarnation_.number += 1;
    incarnation_.nonce = crypto::random<sync::Nonce>();
    // Peers' cursors of the old epoch go on at the number that the copy ended with.
    log.set_meta_int("epoch_before", static_cast<std::int64_t>(epoch_.load()));
    log.set_meta_int("restored_at", log.last_arrival());
    epoch_ = std::max(epoch_.load() + 1, static_cast<std::uint64_t>(clock_.now()));
    log.set_meta_int("incarnation", static_cast<std::int64_t>(incarnation_.number));
    log.set_meta("incarnation_nonce", incarnation_.nonce.view());
    log.set_meta("incarnation_reason", reason);
    log.set_meta_int("epoch", static_cast<std::int64_t>(epoch_.load()));
    // Pull everything again, and in a new session our own sets, too: so what was lost comes back.
    store::forget_exchanges(log);
    return {};
  });
}

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

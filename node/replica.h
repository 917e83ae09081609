// node/replica.h: the one road (I2): every change, typed here or received, enters through this
// class.
//
// encode → sign / verify → authorise → append to the log → project, in one transaction. Preparing
// (decoding, checking signatures) happens on the calling threads; one writer thread takes what is
// ready, applies it and commits for all of them at once; then everybody is answered.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "node/blobs.h"
#include "node/data_dir.h"
#include "node/model/json.h"
#include "node/store/branches.h"
#include "node/store/history.h"
#include "node/store/store.h"
#include "node/trust.h"
#include "node/wish.h"
#include "sync/clock.h"
#include "sync/exchange.h"
#include "sync/ruling.h"

namespace linli::node {

using crypto::Hash;
using model::Json;

/// Who this node is.
struct Identity {
  std::string name;
  crypto::Role role = crypto::Role::office;
  std::string city_scope, scope;  ///< The city's, and where this node's own records live.
  Hash city{}, certificate{};
  crypto::AuthorId author{};
  const crypto::SigningKey* key = nullptr;  ///< Of that certificate; as long as the replica lives.
};

/// Who does the writing: a thread of its own, which commits for all who wait at once; or whoever
/// asks, at once and one job a commit, so that a run can be repeated exactly (the simulator's way).
enum class Writing { on_a_thread, inline_ };

struct PreparedPart;

}  // namespace linli::node
namespace linli::store {
struct Destroyed;
struct ErasedValue;
}  // namespace linli::store
namespace linli::node {

class Replica final : public sync::Shelf {
 public:
  /// Opens a data directory for writing and takes its lock. Errors: not_a_data_dir,
  /// data_dir_in_use, newer_version, corrupt, io, disk_full, forbidden (a key file others can
  /// read).
  [[nodiscard]] static Result<std::unique_ptr<Replica>> open(
      const std::filesystem::path& dir, const sync::WallClock& clock,
      Writing writing = Writing::on_a_thread);
  ~Replica() override;

  /// Valid as long as this replica; asked anew, it may be another: a certificate can be replaced.
  [[nodiscard]] const Identity& identity() const { return *identity_.load(); }
  [[nodiscard]] const crypto::SigningKey& key() const { return *identity().key; }
  [[nodiscard]] TrustPtr trust() const;
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const DataDir& dir() const { return dir_; }
  [[nodiscard]] Blobs& blobs() { return *blobs_; }  ///< Attachments of records.
  [[nodiscard]] sync::Micros now() const { return clock_.now(); }
  [[nodiscard]] model::Frame frame() const;

  /// Grants wishes, each for itself unless all_or_nothing. When it returns, what is not refused is
  /// durable. Outcomes in the order of the wishes. Errors (nothing was kept): disk_full, io.
  [[nodiscard]] Result<std::vector<Outcome>> put(const std::vector<Wish>& wishes,
                                                 const PutOptions& options = {});
  /// Publishes a certificate by ordinary change sets of this node, where its subject works and
  /// where it worked before, in all of these scopes or none. Errors: out_of_scope (this node covers
  /// none).
  [[nodiscard]] Result<void> publish_certificate(const std::string& signed_certificate,
                                                 const By& by = {});
  [[nodiscard]] Result<void> publish_policy(const std::string& policy);
  /// Ends the key of a node's newest certificate (sync/revocation.h): what is held of it here
  /// stands. Errors: as judge_revocation; not_found, out_of_scope (this node doesn't cover where it
  /// works), replay (it is revoked).
  [[nodiscard]] Result<sync::Revocation> revoke(const crypto::AuthorId& subject,
                                                const std::string& reason, bool dry_run = false,
                                                const By& by = {});
  /// Learns certificates that a peer showed, issuer's side first, for good. Those held already are
  /// passed over. Errors (nothing was learnt): as CertificateBook::add; too_large (a longer chain
  /// than a city has).
  [[nodiscard]] Result<void> adopt(const std::vector<std::string>& chain);

  /// Lets a change set count that the hub held back, for `reason`, which is signed along, as is the
  /// account of who does. Errors: forbidden (not the hub), not_found.
  [[nodiscard]] Result<void> approve(const Hash& set, const std::string& reason, const By& by = {});

  // Shelf: see sync/exchange.h. Thread-safe.
  [[nodiscard]] Result<Page> page(const Hash& reader, const sync::Cursor& from, bool include_own,
                                  bool snapshots = false,
                                  std::size_t most = sync::kBatchBytesAim) override;
  [[nodiscard]] Result<bool> wants_snapshots() override;
  /// A cursor of this node for `reader` behind its arrival number `after`, as page() gives them.
  [[nodiscard]] Result<sync::Cursor> cursor_at(const Hash& reader, std::uint64_t after);
  [[nodiscard]] Result<Page> outgoing(const Hash& peer, std::uint64_t after_arrival,
                                      std::uint64_t regive,
                                      std::size_t most = sync::kBatchBytesAim) override;
  [[nodiscard]] Result<std::vector<sync::Verdict>> take(std::vector<sync::Object> objects,
                                                        const Hash& from) override;
  /// The same, for a carrier whose certificate isn't in our book but was proven (a bundle's).
  [[nodiscard]] Result<std::vector<sync::Verdict>> take_from(std::vector<sync::Object> objects,
                                                             const crypto::AuthorId& carrier);
  [[nodiscard]] Result<std::vector<sync::Frontier>> frontiers(
      const std::vector<sync::FeedId>& feeds) override;
  [[nodiscard]] Result<std::vector<HeldFeed>> own_feeds(const Hash& peer, bool theirs) override;
  [[nodiscard]] Result<std::uint64_t> resume_after(const Hash& peer,
                                                   const std::vector<sync::Frontier>& known,
                                                   bool theirs) override;
  [[nodiscard]] Result<std::uint64_t> newest() override;
  [[nodiscard]] Result<std::uint64_t> epoch() override;
  [[nodiscard]] Result<std::optional<Hash>> hash_at(const sync::FeedId& feed,
                                                    std::uint64_t seq) override;
  [[nodiscard]] Result<std::vector<sync::Frontier>> surely_known(const Hash& peer,
                                                                 std::uint64_t pushed) override;
  [[nodiscard]] sync::Notice notice(const Hash& reader) override;

  /// What we remember of a peer, by its certificate's subject. Errors: io.
  [[nodiscard]] Result<sync::PeerMemory> peer(const Hash& certificate);
  /// `all_is_here`: if the exchange got to its end, what we had lost came with it.
  [[nodiscard]] Result<void> remember(const sync::PeerMemory& memory, bool all_is_here = true);
  /// Changes when what is remembered of peers was taken back: an exchange that began before must
  /// not be remembered then.
  [[nodiscard]] std::uint64_t peers_taken_back() const { return peers_taken_back_.load(); }
  /// Notes only the counter, and only in memory: the next exchange must not use it again, but a
  /// poll that brings nothing new shall not cost a write.
  void count(const sync::PeerMemory& memory);
  /// Notes a contact in memory: a poll that brings nothing new shall not cost a write.
  void contact(const Hash& certificate, sync::Micros at);
  /// Writes the contacts and counters down; `soon`: unless that was done a second ago. A program
  /// that ends without it costs the next one a round trip, in which the peer says what it counted.
  void keep_contacts();
  void keep_contacts_soon();
  [[nodiscard]] sync::Micros last_contact(const crypto::AuthorId& author) const;

  /// Keeps what an upstream said to change sets of ours or carried ones that it didn't take.
  [[nodiscard]] Result<void> note_refusals(const Hash& peer,
                                           const std::vector<sync::Verdict>& refusals);

  /// Starts a new incarnation of all own feeds and a new epoch: the disk was rolled back (rule 18).
  /// `peer_knows`: own feeds of which a peer knows more, or another end; what the hub hasn't
  /// confirmed of them may have been numbered twice, and is set aside until write_again().
  [[nodiscard]] Result<void> succeed(const std::string& reason,
                                     const std::vector<sync::Frontier>& peer_knows = {});
  /// Has this disk begun anew since it lost what a peer knows more of its own feeds, and does
  /// nothing stand there that may have been numbered twice? Then there is no more to be found out,
  /// although what was lost doesn't come, since the peer hands us nothing. Errors: as write().
  [[nodiscard]] Result<bool> began_since(const std::vector<sync::Frontier>& peer_knows);
  /// After a whole exchange: writes anew what was set aside and others don't have, as soon as what
  /// was lost is here.
  [[nodiscard]] Result<void> write_again();
  /// After a whole exchange: of feeds with two branches the one that the hub confirmed is taken up.
  /// Not before: until then others may know only from here what the other one says.
  [[nodiscard]] Result<void> settle_branches();
  /// Another machine uses this node's key: nothing is written until that is settled.
  [[nodiscard]] bool cloned() const { return cloned_.load(); }
  /// A person says that this is the only machine left with this key.
  [[nodiscard]] Result<void> go_on_alone();
  /// After this node's certificate changed: lets go of what it no longer covers, as far as the hub
  /// has confirmed what was written here. Does nothing otherwise.
  [[nodiscard]] Result<void> leave_what_was_lost();
  [[nodiscard]] bool was_rolled_back() const { return rolled_back_; }

  /// Values were destroyed, and what that leaves on the disk (free pages, the write-ahead log, the
  /// index of texts, attachments) isn't cleared away yet. It is by itself, soon.
  [[nodiscard]] bool erasing() const { return erasing_.load(); }
  /// Clears it away now. True: nothing of what was erased is on this disk. False: somebody reads an
  /// older state, or the disk is too full; it is tried again. Errors: disk_full, io.
  [[nodiscard]] Result<bool> finish_erasing();

  /// What a folder before this one knew to be erased: carried out here, too. Errors: as write().
  [[nodiscard]] Result<void> erase_again(const std::vector<store::ErasedValue>& erased);

  // Another signing key, whose holder stays the same author (rotating.cpp).
  /// The key that takes the place of the one in use as soon as a certificate for it is here; made,
  /// and durable, when it is asked for first. Errors: io, disk_full; unauthorised (the key file is
  /// sealed, and its passphrase isn't to be had).
  [[nodiscard]] Result<const crypto::SigningKey*> next_key();
  [[nodiscard]] bool has_next_key() const;
  /// Opens what is sealed to a certificate of ours: with the key of that time. Errors: not_found.
  [[nodiscard]] Result<const crypto::SigningKey*> key_of(const crypto::PublicKey& key);
  /// What a root key signs to end the key in use, at this moment: up to what is here.
  [[nodiscard]] Result<sync::Revocation> end_for_root();
  /// That end, signed by a root key. Errors: whatever keeps it from being so.
  using EndByRoot = std::function<Result<crypto::SignedBody>(const sync::Revocation& end)>;
  /// At the hub: takes up a certificate that a root key signed for next_key(), and ends the key in
  /// use; `by_root`: signed by a root key, since that key isn't to be trusted any more. A new epoch
  /// begins then. Errors: as CertificateBook::add, judge_revocation and `by_root`.
  [[nodiscard]] Result<void> take_over(const std::string& signed_certificate,
                                       const EndByRoot& by_root);

  /// Runs `work` on the writer thread inside its transaction; durable when it returns.
  [[nodiscard]] Result<void> write(std::function<Result<void>()> work);

  /// Greatest arrival number that is durable; and waiting for a greater one.
  [[nodiscard]] std::int64_t arrival() const;
  /// Returns the newest arrival once it is greater than `after`, or after the timeout, or when
  /// `stop_waiting` was called.
  std::int64_t wait_beyond(std::int64_t after, std::chrono::milliseconds timeout);
  void stop_waiting();

 private:
  struct Prepared;
  /// A change set, a part of a snapshot, or a word: a receipt or ruling.
  using Item = std::variant<Prepared, PreparedPart, sync::Object>;
  struct Authoring;
  struct SetAside;
  /// What the writer keeps of the database besides it, as it was before a job.
  struct Memory {
    TrustPtr trust;
    const Identity* identity;
    std::uint64_t epoch;
    sync::Incarnation incarnation;
    std::int64_t let_go;
    bool leaving, cloned, set_aside;
    sync::LogTree tree;
    std::map<std::int64_t, std::uint64_t> unreceipted;
    std::map<std::int64_t, std::vector<std::uint64_t>> flagged_seqs;
    std::size_t new_leaves;
    sync::HybridClock hybrid;
  };
  struct Job {
    std::function<Result<void>()> work;
    std::promise<Result<void>> done;
  };

  Replica(std::filesystem::path dir, const sync::WallClock& clock, Writing writing)
      : dir_(std::move(dir)), clock_(clock), writing_(writing) {}

  // The writer thread (replica.cpp).
  void run_writer();
  void commit_jobs(std::vector<Job>& jobs);
  std::future<Result<void>> submit(std::function<Result<void>()> work);
  void load_incarnation();
  [[nodiscard]] Mark::Place place_now() const;
  void begin_incarnation(const std::string& reason);
  void leave_wrong_stamps();
  [[nodiscard]] std::vector<sync::Incarnation> incarnations();
  void begin_anew(const std::string& reason);
  [[nodiscard]] Result<void> author_what_was_set_aside();
  [[nodiscard]] sync::Succession succession_of(const sync::FeedName& name);
  [[nodiscard]] Result<std::vector<SetAside>> take_what_did_not_come_back();
  [[nodiscard]] std::optional<Hash> certificate_for(const sync::ChangeSet& set);
  [[nodiscard]] Result<void> author_again(SetAside& one,
                                          std::map<sync::VersionId, sync::VersionId>& renamed);
  void meet_own(const sync::FeedName& name, sync::Micros stamp);
  void load_trust();
  [[nodiscard]] Result<void> load_identity();
  void take_up_newest_certificate();
  void anchor(const crypto::CertificateBook& book, const Hash& certificate);
  void offer_again_to(const std::vector<crypto::AuthorId>& replaced);
  // Keys (rotating.cpp).
  [[nodiscard]] Result<void> load_keys();
  [[nodiscard]] const crypto::SigningKey* held_key(const crypto::PublicKey& key) const;
  [[nodiscard]] Result<void> settle_key_files();
  [[nodiscard]] bool issued_since_it_began(const std::vector<std::string>& certificates);
  [[nodiscard]] sync::Revocation end_of_own_key(const crypto::PublicKey& key,
                                                const std::string& reason);
  void retire_keys_before();
  void introduce_itself(const sync::ChangeSet& set);
  void keep_certificates_in_use();
  [[nodiscard]] Memory memory() const;
  void undo(const Memory& before);

  // The road (intake.cpp). All but prepare on the writer thread.
  [[nodiscard]] Prepared prepare(std::string parcel_bytes, bool own) const;
  bool read_what_was_unread();
  [[nodiscard]] std::optional<Error> judge(Prepared& prepared, const Trust& trust) const;
  [[nodiscard]] std::optional<Error> accept(Prepared& prepared, std::int64_t peer);
  [[nodiscard]] std::optional<Error> accept_word(sync::ObjectKind kind, const std::string& bytes,
                                                 std::int64_t peer);
  // Parts of snapshots (condensing.cpp).
  [[nodiscard]] std::optional<Error> know_signer(PreparedPart& prepared, std::int64_t peer);
  [[nodiscard]] std::optional<Error> accept_part(PreparedPart& prepared, std::int64_t peer);
  [[nodiscard]] std::optional<Error> accept_item(Item& item, std::int64_t peer);
  [[nodiscard]] bool keep_part_waiting(const PreparedPart& prepared, const std::string& need,
                                       const Error& why, std::int64_t peer);
  [[nodiscard]] std::optional<Error> meet_covered_branches(const PreparedPart& prepared,
                                                           std::int64_t peer,
                                                           std::vector<store::Aside>& branch);
  [[nodiscard]] std::optional<Error> take_part(PreparedPart& prepared, std::int64_t peer,
                                               const crypto::AuthorId& signer);
  [[nodiscard]] Result<bool> part_brings_news(const sync::SnapshotPart& part);
  [[nodiscard]] std::optional<Error> contradiction(const sync::SnapshotPart& part);
  void take_over(const sync::SnapshotPart& part);
  void learn(const sync::ChangeSet& set);
  void fill_in(const Prepared& prepared);
  void wake(std::string_view need);
  void wake_all();
  [[nodiscard]] bool keep_waiting(const Prepared& prepared, std::string_view need, const Error& why,
                                  std::int64_t peer);
  /// True: kept, and it wasn't here before.
  bool keep_evidence(const Prepared& prepared, const Error& why, std::int64_t peer);
  // Two branches of one feed (branches.cpp).
  void set_apart(const sync::FeedId& feed, std::uint64_t after, std::int64_t peer);
  [[nodiscard]] std::optional<Error> take_branch(Prepared& prepared, const Error& why,
                                                 std::int64_t peer);
  /// Where another branch leaves the one that is here: right behind a number, before what the hub
  /// has confirmed, or nobody can tell yet, since a link of it is missing.
  struct Parting {
    enum Where { unknown, before_confirmed, behind } where = unknown;
    std::uint64_t seq = 0;
    bool rewritten =
        false;  ///< Something of it, as far as it was followed, was written again here.
  };
  [[nodiscard]] Parting parting(store::Feed& feed, std::uint64_t confirmed, std::uint64_t seq,
                                Hash set);
  void take_in(std::vector<store::Aside>& sets, std::int64_t peer);
  void give_way(const sync::Receipt& confirmed, const std::string& bytes, std::int64_t peer);
  void write_again_later(const Prepared& p);
  [[nodiscard]] std::optional<Error> take_own_branch(Prepared& prepared, const Error& why,
                                                     std::int64_t peer);
  // Two sets under one number (forks.cpp).
  void show_fork(const Prepared& prepared);
  void hand_on(const Prepared& prepared, std::int64_t peer);
  [[nodiscard]] std::optional<Error> accept_fork(const std::string& bytes, std::int64_t peer);
  // Receipts (receipts.cpp) and rulings (rulings.cpp).
  [[nodiscard]] std::optional<Error> accept_receipt(const std::string& bytes, std::int64_t peer);
  [[nodiscard]] bool is_ours(const sync::Receipt& receipt);
  // Receipts that contradict each other (contradictions.cpp).
  [[nodiscard]] std::vector<sync::Receipt> receipts_of(const store::Feed& feed, std::uint64_t from);
  [[nodiscard]] std::uint64_t confirmed_against(const store::Feed& feed,
                                                const sync::Receipt& receipt);
  [[nodiscard]] bool is_of_older_branch(store::Feed& feed, const sync::Receipt& receipt);
  void keep_contradiction(const store::Feed& feed, std::uint64_t after, const sync::Receipt& later,
                          const std::string& bytes);
  void unconfirm(store::Feed& feed, std::uint64_t after);
  void meet_own_word(const sync::Receipt& receipt, bool contradicts);
  void confirm_again(const store::Feed& feed, std::uint64_t from);
  void follow(store::Feed& feed, const sync::Receipt& receipt);
  void settle_clocks(store::Feed& feed, std::uint64_t from, std::uint64_t to);
  void confirm_by_what_is_held(store::Feed& feed);
  void remember_seen(const sync::Seen& head);
  [[nodiscard]] std::optional<sync::Micros> first_receipted(store::Feed& feed, std::uint64_t seq);
  [[nodiscard]] std::optional<Error> objection(const Prepared& prepared) const;
  [[nodiscard]] std::optional<Error> late_for_its_certificate(const sync::ChangeSet& set) const;
  void give_ruling(store::Feed& feed, std::uint64_t seq, const Hash& set,
                   sync::Ruling::Verdict verdict, const std::string& reason, const By& by = {});
  [[nodiscard]] std::optional<Error> accept_ruling(const std::string& bytes, std::int64_t peer);
  [[nodiscard]] store::Standing standing_of(store::Feed& feed, std::uint64_t seq);
  void follow_rulings(store::Feed& feed, std::uint64_t seq);
  // What founds trust: published (publishing.cpp), and ended (ending.cpp).
  struct Founding {
    std::uint32_t type = 0;
    std::string bytes;  ///< A signed certificate or revocation, or a policy.
  };
  [[nodiscard]] std::vector<std::string> scopes_for(const Founding& founding) const;
  [[nodiscard]] Result<void> author_founding(const Founding& founding,
                                             const std::vector<std::string>& scopes,
                                             const By& by = {});
  void remember_what_came_back(const sync::ChangeSet& set);
  void gather_ends(const std::set<crypto::PublicKey>& keys);
  [[nodiscard]] Result<void> publish_where_it_lacks();
  void end_key(Trust& trust, const crypto::PublicKey& key);
  [[nodiscard]] std::optional<Error> end_of_key(const store::LoadedSet& loaded, const Hash& hash,
                                                std::uint64_t receipted) const;
  void forget_words_of(const std::set<crypto::PublicKey>& keys);
  void follow_end_of(const std::set<crypto::PublicKey>& keys);
  void follow_end(store::Feed& feed, std::uint64_t after, std::uint64_t to);
  [[nodiscard]] bool has_ended(const store::Feed& feed) const;
  void give_receipts();
  void give_receipt(store::Feed& feed, std::uint64_t from, std::uint64_t to,
                    std::vector<std::uint64_t> flagged, const sync::Seen& head);

  // Erasures (erasing.cpp).
  void leave_out_erased(Prepared& prepared);
  void leave_out_erased(PreparedPart& prepared);
  void carry_out(const store::LoadedSet& loaded);
  void note_destroyed(const store::Destroyed& destroyed);
  void run_eraser();
  void stop_eraser();

  // Authoring (authoring.cpp).
  friend struct Authoring;

  DataDir dir_;
  const sync::WallClock& clock_;
  const Writing writing_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<Mark> mark_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Blobs> blobs_;
  /// The keys in this folder that a certificate of ours may name; never taken away. Of the writer.
  std::vector<std::unique_ptr<const crypto::SigningKey>> keys_;
  std::atomic<const crypto::SigningKey*> next_key_{nullptr};  ///< One of them.
  Hash cursor_secret_{};  ///< Seals the cursors that this node gives out.
  /// What identity() answered with so far, the newest last; never taken away. Of the writer.
  std::vector<std::unique_ptr<const Identity>> identities_;
  std::atomic<const Identity*> identity_{nullptr};
  bool rolled_back_ = false;
  bool receipting_ = false;  ///< This node's word is the receipt (kRightReceipt).
  bool retiring_ = false;    ///< A new key of ours was taken up in this job.

  mutable std::mutex trust_guard_;
  TrustPtr trust_;  ///< Guarded by trust_guard_; replaced, never changed.

  // Only the writer thread uses these once it runs.
  sync::HybridClock hybrid_;
  sync::Incarnation incarnation_;
  std::atomic<std::uint64_t> epoch_ = 0;  ///< Written by the writer only.
  std::atomic<std::uint64_t> peers_taken_back_ = 0;
  std::atomic<std::int64_t> let_go_ = 0;  ///< See Mark::Place.
  std::atomic<bool> leaving_ = false;     ///< See leave_what_was_lost().
  std::atomic<bool> cloned_ = false;
  std::atomic<bool> set_aside_ = false;  ///< See write_again().
  sync::LogTree tree_;
  bool reconnect_ = false;  ///< A step failed: the next job begins with a new connection.
  std::map<std::int64_t, std::uint64_t> unreceipted_;  ///< Feed → number before its new sets.
  std::map<std::int64_t, std::vector<std::uint64_t>> flagged_seqs_;  ///< By feed.
  std::vector<store::Leaf> new_leaves_;
  std::vector<std::string> awake_;          ///< Needs met in this job.
  std::set<crypto::PublicKey> ended_keys_;  ///< Keys whose end was heard of in this job.
  std::vector<Founding> came_back_;         ///< To be published where they lack, after this job.
  bool taking_branch_ = false;              ///< See take_in().
  bool giving_way_ = false;                 ///< See settle_branches().
  bool fell_behind_ = false;  ///< Others know more of our feeds than we do: seen in this job.

  mutable std::mutex queue_guard_;
  std::condition_variable queue_ready_;
  std::deque<Job> queue_;  ///< Guarded by queue_guard_.
  bool stopping_ = false;  ///< Guarded by queue_guard_.
  std::thread writer_;

  mutable std::mutex arrival_guard_;
  std::condition_variable arrived_;
  std::int64_t arrival_ = 0;      ///< Guarded by arrival_guard_.
  bool waiting_stopped_ = false;  ///< Guarded by arrival_guard_.

  std::mutex sweeping_;  ///< One at a time clears the disk; taken before erasing_guard_.
  mutable std::mutex erasing_guard_;
  std::condition_variable eraser_ready_;
  std::atomic<bool> erasing_ = false;
  std::uint64_t alarms_ = 0;  ///< How often erasing_ was set; guarded by erasing_guard_.
  /// What must not be found on the disk any more; guarded. Unknown after a restart.
  std::vector<std::string> traces_;
  bool traces_known_ = true;   ///< Guarded by erasing_guard_.
  bool eraser_stops_ = false;  ///< Guarded by erasing_guard_.
  std::thread eraser_;

  mutable std::mutex contacts_guard_;
  std::map<crypto::AuthorId, std::pair<Hash, sync::Micros>> contacts_;  ///< Guarded.
  sync::Micros contacts_kept_ = 0;                                      ///< Guarded.
  std::map<Hash, std::pair<sync::Nonce, std::uint64_t>> counters_;      ///< Guarded.
};

}  // namespace linli::node

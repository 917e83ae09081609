// sync/exchange.h: the conversation of two nodes, without I/O: one round trip pushes and pulls.
//
//   client                                   server
//   Request {cursor, proof, parcels…}   →
//                                       ←    Response {verdicts, receipts, objects…, cursor, more}
//
// The client repeats until nothing is left either way. Every request and every response stands for
// itself: what was answered is durable, so a line that drops costs the one batch under way.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/change_set.h"
#include "sync/receipt.h"

namespace linli::sync {

inline constexpr std::size_t kBatchBytesMax = 8u << 20;  ///< Decompressed, DESIGN §7.
inline constexpr std::size_t kBatchBytesAim = 1u << 20;  ///< What one side puts in a batch.
inline constexpr std::size_t kBatchObjectsMax = 10'000;
inline constexpr std::size_t kObjectBytesMax = 3u << 19;  ///< A change set and its openings.
inline constexpr std::size_t kAskMax = 2'000;             ///< Frontiers asked for in one request.
inline constexpr std::size_t kSessionsMax = 100'000;      ///< Certificates a server keeps count of.

/// What stands in a node's log besides each other: all have arrival numbers, scope and audience.
enum class ObjectKind : std::uint8_t {
  parcel = 1,
  receipt = 2,
  ruling = 3,
  snapshot = 4,
  fork = 5
};
struct Object {
  ObjectKind kind = ObjectKind::parcel;
  /// Parcel::encode(), SnapshotParcel::encode(), ForkProof::encode(), or a signed receipt or ruling
  /// (SignedBody).
  std::string bytes;
};

/// Where a peer has read up to in our log (rule 22).
struct Cursor {
  std::uint64_t epoch = 0;    ///< Of the store; 0: never read.
  Hash certificate{};         ///< The reader's at that time: another one may read other scopes.
  std::uint64_t arrival = 0;  ///< Everything up to this number was handed out.
  /// What the node whose log it is wrote beside it, to know its own word and its own log again
  /// (Shelf::page); nobody else reads it. At most kCursorMarkMax bytes.
  std::string mark = {};
};
inline constexpr std::size_t kCursorMarkMax = 64;

/// How far a feed is known (asked and told after an epoch changed).
struct Frontier {
  FeedId feed{};
  std::uint64_t seq = 0;
  Hash hash{};
};

struct Request {
  std::uint64_t protocol = 1;
  Hash city{};
  Hash certificate{};
  Nonce session{};            ///< Given by the server in its last answer; all zero: none yet.
  std::uint64_t counter = 0;  ///< Greater than in every request of this session before it.
  Cursor cursor;
  bool include_own = false;  ///< Also send what we wrote ourselves (a first sync, after a restore).
  bool pull = true;          ///< False: push only.
  bool snapshots = false;    ///< Begin with snapshots (sync/snapshot.h), where the server has any.
  std::uint64_t portion = 0;  ///< About how many bytes of objects to answer with; 0: a batch.
  std::vector<FeedId> ask;    ///< Feeds whose frontier the client wants to know.
  std::vector<Object> objects;

  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large, unknown_critical (a negative key). Unknown other keys are
  /// skipped.
  [[nodiscard]] static Result<Request> decode(std::string_view body);
};

/// What became of one pushed object. `accepted` and `replay` mean durable.
struct Verdict {
  std::uint32_t index = 0;      ///< In Request::objects.
  std::optional<Errc> refused;  ///< Nothing: accepted. gap/unknown_* : kept and waiting.
  std::string detail;
  std::uint64_t arrival = 0;  ///< Our number of the object; filled in by Client, not on the wire.
};
/// Says nothing about the object, only about this moment: it is to be sent again.
[[nodiscard]] bool is_transient(Errc code);

/// What a reader can't learn from its page.
struct Notice {
  /// Signed certificates, each the issuer of a later one: the reader's newest, which comes last. It
  /// may stand where the reader's own one doesn't let it read. Empty: the reader has it.
  std::vector<std::string> newer = {};
  /// Paths of the reader's newest certificate that the server's own doesn't cover: what belongs
  /// there goes another way.
  std::vector<std::string> elsewhere = {};
};
inline constexpr std::size_t kNewerMax = 16, kElsewhereMax = 16;

struct Response {
  std::uint64_t protocol = 1;
  Hash request{};  ///< BLAKE2b-256 of the request's body: this answers that, and nothing else.
  Nonce session{};
  std::optional<Errc> error;  ///< The whole request was refused (unauthorised, other_city, …).
  std::string detail;
  std::uint64_t counter = 0;  ///< With `unauthorised`: the last one that the server took from us.
  std::vector<Verdict> verdicts;    ///< Only of objects that were not simply accepted.
  std::vector<Frontier> frontiers;  ///< Answers `ask`; a feed not held is left out.
  std::vector<Object> objects;
  /// With an `error`, an epoch in it says that the request's objects were taken nonetheless.
  Cursor cursor;
  bool more = false;            ///< More objects wait behind the cursor.
  std::uint64_t remaining = 0;  ///< About how many, for a progress bar.
  Micros time = 0;              ///< The server's clock.
  Notice notice;                ///< With the last page only.

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<Response> decode(std::string_view body);
};

/// Request and response bodies on the wire: a byte 0 (plain) or 1 (zstd), then CBOR
/// [bstr body, bstr .size 64 signature], compressed where that makes it shorter.
/// `sign`ed under kDomainRequest by the client's key, under kDomainResponse by the server's.
[[nodiscard]] std::string pack(std::string_view body, const crypto::SigningKey& key,
                               std::string_view domain);
/// Undoes `pack` without checking the signature. Errors: malformed, too_large (checked while
/// decompressing: memory stays within kBatchBytesMax plus one block).
[[nodiscard]] Result<crypto::SignedBody> unpack(std::string_view wire);
/// What a client has from the wire: unpacked, checked against the pinned server's key, decoded.
[[nodiscard]] Result<Response> open_response(std::string_view wire,
                                             const crypto::PublicKey& server);

/// zstd, level 3 by default; `decompress` stops with too_large at `limit` bytes.
[[nodiscard]] std::string compress(std::string_view bytes, int level = 3);
[[nodiscard]] Result<std::string> decompress(std::string_view bytes, std::size_t limit);

/// A node's log as the exchange sees it. node/store stands behind it; the simulator has its own.
/// Thread-safe where a Server stands before it.
class Shelf {
 public:
  virtual ~Shelf() = default;
  struct Page {
    std::vector<Object> objects;
    Cursor cursor;
    bool more = false;
    std::uint64_t remaining = 0;
    /// Of each object. Needed from outgoing(): without them a page counts as one piece.
    std::vector<std::uint64_t> arrivals;
  };
  struct HeldFeed {
    Frontier tip;
    bool own = false;
    bool surely = false;  ///< See surely_known().
  };
  /// Of this store, never 0; another one after every restore.
  [[nodiscard]] virtual Result<std::uint64_t> epoch() = 0;
  /// What `reader` may read behind `from`, about `most` bytes, oldest first. Leaves out
  /// what `reader`'s subject wrote unless `include_own`. A cursor of an epoch that this store was
  /// restored from goes on at the number it was restored at, if it is beyond; one of an unknown
  /// epoch begins at 0. Under another certificate than the cursor's, paths gained begin at 0.
  /// A cursor that this node gave, but in a log that went on otherwise, shows that this store was
  /// rolled back behind its back: then a new epoch begins before it is answered.
  /// `snapshots`: an empty cursor begins with the snapshots that the reader may have, and then what
  /// they don't cover; the cursors of that say so by themselves.
  /// Errors: bad_cursor (this node never gave it).
  [[nodiscard]] virtual Result<Page> page(const Hash& reader, const Cursor& from, bool include_own,
                                          bool snapshots = false,
                                          std::size_t most = kBatchBytesAim) = 0;
  /// Would this store rather begin with snapshots? One that holds next to nothing of others.
  [[nodiscard]] virtual Result<bool> wants_snapshots();
  /// Own and carried objects that the peer may read and hasn't acknowledged, about `most` bytes,
  /// oldest first. The
  /// page's cursor is ours: all that had to be sent up to its arrival is in the page. Up to the
  /// arrival number `regive` also what the peer wrote or brought itself, receipts and rulings: it
  /// was restored from a copy, and lost its own as well.
  [[nodiscard]] virtual Result<Page> outgoing(const Hash& peer, std::uint64_t after_arrival,
                                              std::uint64_t regive,
                                              std::size_t most = kBatchBytesAim) = 0;
  /// Takes objects in, each judged for itself; durable when it returns. Verdicts of those that were
  /// not simply accepted. `from`: certificate of the peer that brought them. Behind a transient
  /// verdict nothing is kept: it would wait for the numbers before it, and a device whose disk is
  /// rolled back in between couldn't see that we know more of its feed than it does.
  [[nodiscard]] virtual Result<std::vector<Verdict>> take(std::vector<Object> objects,
                                                          const Hash& from) = 0;
  [[nodiscard]] virtual Result<std::vector<Frontier>> frontiers(
      const std::vector<FeedId>& feeds) = 0;
  /// Feeds of which outgoing() hands something to this peer; our own ones are marked. `theirs`:
  /// also those that the peer wrote itself.
  [[nodiscard]] virtual Result<std::vector<HeldFeed>> own_feeds(const Hash& peer, bool theirs) = 0;
  /// Our own change set of this number, to see whether a peer's feed is ours up to there. Nothing:
  /// not known (any more), and then it isn't compared.
  [[nodiscard]] virtual Result<std::optional<Hash>> hash_at(const FeedId& feed, std::uint64_t seq);
  /// Our arrival number up to which a peer that knows no more than `known` lacks nothing: pushing
  /// goes on behind it. A frontier whose hash isn't ours counts as unknown. Of the feeds that
  /// own_feeds() answered with the same `theirs`.
  [[nodiscard]] virtual Result<std::uint64_t> resume_after(const Hash& peer,
                                                           const std::vector<Frontier>& known,
                                                           bool theirs) = 0;
  /// Our newest arrival number.
  [[nodiscard]] virtual Result<std::uint64_t> newest() = 0;
  /// What the peer knows at least, unless its disk was put back: its own feeds as far as they are
  /// here, and the last set up to our arrival number `pushed` that it took from us.
  [[nodiscard]] virtual Result<std::vector<Frontier>> surely_known(const Hash& peer,
                                                                   std::uint64_t pushed);
  /// What `reader` isn't told by any page.
  [[nodiscard]] virtual Notice notice(const Hash& reader);
};

/// No store's: what the peer acknowledged was lost, and must be asked about.
inline constexpr std::uint64_t kEpochLost = INT64_MAX;

/// One side's memory of the other, kept between exchanges (by the store: it must survive restarts).
struct PeerMemory {
  Hash certificate{};              ///< The peer's, pinned at enrolment.
  Cursor pulled;                   ///< In the peer's log.
  std::uint64_t pushed = 0;        ///< Our arrival number up to which the peer has acknowledged.
  std::uint64_t pushed_epoch = 0;  ///< The peer's epoch when it did; kEpochLost: no longer true.
  std::uint64_t regive = 0;        ///< Up to here it lost its own as well: see Shelf::outgoing.
  Nonce session{};
  std::uint64_t counter = 0;
};

/// The asking side: one exchange from its first request to its last response. A call that fails
/// leaves a memory that may be kept; the next exchange goes on from there.
///
/// Its own feeds' frontiers are asked for, before anything is pushed, whenever a session is new or
/// our counter is behind: a disk that was rolled back has forgotten one or the other. What we wrote
/// ourselves is pulled as well then, and only when all of it is here does memory() get the session:
/// an exchange that broke off asks again.
class Client {
 public:
  struct Progress {
    std::uint64_t sent = 0, refused = 0, received = 0, round_trips = 0, remaining = 0;
    std::uint64_t bytes_out = 0, bytes_in = 0;
  };
  struct Step {
    bool done = false;
    std::optional<Request> next;  ///< Present unless done.
  };
  Client(Shelf& shelf, const PeerMemory& memory, Hash city, Hash own_certificate)
      : shelf_(shelf),
        memory_(memory),
        city_(city),
        own_(own_certificate),
        session_(memory.session),
        counter_(memory.counter),
        pushed_(memory.pushed),
        settled_(!memory.session.is_zero()) {}

  /// Errors: the shelf's.
  [[nodiscard]] Result<Request> begin();
  /// Takes the answer to the last request; `request_hash` is of the body that was sent.
  /// Everything received is durable before the next request is made.
  /// Errors: bad_input (answers another request: wait for the right one); what the server or our
  /// shelf refused with; malformed (contradicts itself, or goes on without getting on).
  [[nodiscard]] Result<Step> take(const Response& response, const Hash& request_hash);
  /// How many bytes of objects to send, and to ask for, in the requests from now on: one object at
  /// least, kBatchBytesAim at most. Small where a line is slow and may break: what breaks is lost.
  void set_portion(std::size_t bytes) { portion_ = std::min(bytes, kBatchBytesAim); }
  /// For Progress: what went over the wire, which only the caller sees.
  void count_bytes(std::size_t out, std::size_t in);
  [[nodiscard]] const PeerMemory& memory() const { return memory_; }
  [[nodiscard]] const Progress& progress() const { return progress_; }
  /// Of pushed objects; `replay` isn't one. After a transient one nothing more is pushed this time.
  [[nodiscard]] const std::vector<Verdict>& refusals() const { return refusals_; }
  /// Did something keep this exchange from handing over all that waits?
  [[nodiscard]] bool push_halted() const { return push_halted_; }
  /// Feeds of ours of which the peer knows more, or another end, than we do: our disk was rolled
  /// back or cloned (rule 18). Nothing is pushed then. To be acted on after a failure as well.
  [[nodiscard]] const std::vector<Frontier>& peer_ahead() const { return peer_ahead_; }

 private:
  /// Why frontiers are asked for, and the answers so far.
  struct Inquiry {
    bool restored = false;  ///< The peer was: push again what it lacks.
    bool first = false;     ///< We never pushed to it: what it lacks is what it hasn't from others.
    bool ended = false;     ///< Our key was: no cursor will ever show the peer what it lost.
    std::vector<Shelf::HeldFeed> feeds;
    std::vector<Frontier> known;
    std::size_t asked = 0, asking = 0;  ///< Answered; in the request under way.
  };

  [[nodiscard]] Result<Request> make_request();
  [[nodiscard]] Result<Step> next_step();
  [[nodiscard]] Result<Step> rejoin(const Response& response);
  [[nodiscard]] Result<Step> read_anew();
  [[nodiscard]] Result<Step> ask_what_is_there(const Response& response);
  [[nodiscard]] Result<Step> push_on(Error trouble, bool taken);
  [[nodiscard]] Result<void> acknowledge(const Response& response);
  [[nodiscard]] Result<void> receive(const Response& response);
  [[nodiscard]] Result<void> inquire(bool restored);
  [[nodiscard]] Result<void> learn(const Response& response);
  [[nodiscard]] bool peer_was_restored(const Response& response) const;

  Shelf& shelf_;
  PeerMemory memory_;
  Hash city_, own_;
  Nonce session_;  ///< The running one; memory_ has it, and the counter, once settled_.
  std::uint64_t counter_;
  std::uint64_t pushed_;  ///< Acknowledged; in memory_ once a page behind it is durable here.
  bool settled_;
  Progress progress_;
  std::vector<Verdict> refusals_;
  std::vector<Frontier> peer_ahead_;
  std::optional<Shelf::Page> outgoing_;  ///< Of the request under way, which has its objects.
  std::size_t outgoing_count_ = 0;
  std::optional<Inquiry> inquiry_;
  Cursor asked_from_;  ///< Of the request under way.
  bool cursor_dropped_ = false;
  std::optional<Error> ended_;    ///< What the peer says of our key that was revoked.
  std::optional<Error> trouble_;  ///< Why nothing is pulled any more in this exchange.
  bool pull_more_ = false;
  bool push_more_ = true;
  bool push_halted_ = false;
  bool peer_lost_ = false;  ///< The peer doesn't know what it surely knew.
  std::size_t portion_ = kBatchBytesAim;
  int rejoined_ = 0;  ///< Refusals as unauthorised since the last good answer.
};

/// The answering side. Keeps the running sessions' counters in memory: after a restart a client's
/// first request is answered with `unauthorised` and a new session, and it asks again.
class Server {
 public:
  Server(Shelf& shelf, Hash city);
  /// `body`: unpacked request; `signature` over it. `book` proves the client's certificate.
  /// Always answers; what can't be answered is said in Response::error. Thread-safe, if the shelf
  /// is. Errors: malformed, too_large, unknown_critical, newer_version (of the protocol),
  /// other_city, unknown_certificate, bad_signature, unauthorised, and the shelf's.
  [[nodiscard]] Response answer(const crypto::SignedBody& request,
                                const crypto::CertificateBook& book, Micros now);

 private:
  struct Counters;
  void answer_in(Response& response, const crypto::SignedBody& signed_request,
                 const crypto::CertificateBook& book);
  [[nodiscard]] Result<void> enter(Response& response, const Request& request);
  [[nodiscard]] Result<void> take_in(Response& response, Request& request);
  [[nodiscard]] Result<void> give_out(Response& response, const Request& request);

  Shelf& shelf_;
  Hash city_;
  std::shared_ptr<Counters> counters_;  ///< Guards itself.
};

}  // namespace linli::sync

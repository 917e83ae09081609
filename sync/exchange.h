// sync/exchange.h: the conversation of two nodes, without I/O: one round trip pushes and pulls.
//
//   client                                   server
//   Request {cursor, proof, parcels…}   →
//                                       ←    Response {verdicts, receipts, objects…, cursor, more}
//
// The client repeats until nothing is left either way. Every request and every response stands for
// itself: what was answered is durable, so a line that drops costs the one batch under way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/change_set.h"
#include "sync/receipt.h"

namespace linli::sync {

inline constexpr std::size_t kBatchBytesMax = 8u << 20;    ///< Decompressed, DESIGN §7.
inline constexpr std::size_t kBatchBytesAim = 1u << 20;    ///< What one side puts in a batch.
inline constexpr std::size_t kBatchObjectsMax = 10'000;

/// What stands in a node's log besides each other: all have arrival numbers, scope and audience.
enum class ObjectKind : std::uint8_t { parcel = 1, receipt = 2 };
struct Object {
  ObjectKind kind = ObjectKind::parcel;
  std::string bytes;  ///< Parcel::encode(), or a signed receipt (crypto::SignedBody).
};

/// Where a peer has read up to in our log (rule 22).
struct Cursor {
  std::uint64_t epoch = 0;    ///< Of the store; 0: never read.
  Hash certificate{};         ///< The reader's at that time: another one may read other scopes.
  std::uint64_t arrival = 0;  ///< Everything up to this number was handed out.
};

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
  std::vector<FeedId> ask;   ///< Feeds whose frontier the client wants to know.
  std::vector<Object> objects;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<Request> decode(std::string_view body);
};

/// What became of one pushed object. `accepted` and `replay` mean durable.
struct Verdict {
  std::uint32_t index = 0;         ///< In Request::objects.
  std::optional<Errc> refused;     ///< Nothing: accepted. gap/unknown_* : kept and waiting.
  std::string detail;
};

struct Response {
  std::uint64_t protocol = 1;
  Hash request{};  ///< BLAKE2b-256 of the request's body: this answers that, and nothing else.
  Nonce session{};
  std::optional<Errc> error;  ///< The whole request was refused (unauthorised, other_city, …).
  std::string detail;
  std::vector<Verdict> verdicts;    ///< Only of objects that were not simply accepted.
  std::vector<Frontier> frontiers;  ///< Answers `ask`; a feed not held is left out.
  std::vector<Object> objects;
  Cursor cursor;
  bool more = false;            ///< More objects wait behind the cursor.
  std::uint64_t remaining = 0;  ///< About how many, for a progress bar.
  Micros time = 0;              ///< The server's clock.

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<Response> decode(std::string_view body);
};

/// Request and response bodies on the wire: CBOR [bstr body, bstr .size 64 signature], zstd.
/// `sign`ed under kDomainRequest by the client's key, under kDomainResponse by the server's.
[[nodiscard]] std::string pack(std::string_view body, const crypto::SigningKey& key,
                               std::string_view domain);
/// Undoes `pack` without checking the signature. Errors: malformed, too_large (checked while
/// decompressing: memory stays within kBatchBytesMax plus one block).
[[nodiscard]] Result<crypto::SignedBody> unpack(std::string_view wire);

/// zstd, level 3 by default; `decompress` stops with too_large at `limit` bytes.
[[nodiscard]] std::string compress(std::string_view bytes, int level = 3);
[[nodiscard]] Result<std::string> decompress(std::string_view bytes, std::size_t limit);

/// A node's log as the exchange sees it. node/store stands behind it; the simulator has its own.
class Shelf {
 public:
  virtual ~Shelf() = default;
  struct Page {
    std::vector<Object> objects;
    Cursor cursor;
    bool more = false;
    std::uint64_t remaining = 0;
  };
  /// What `reader` may read behind `from`, at most about kBatchBytesAim, oldest first. Leaves out
  /// what `reader`'s subject wrote unless `include_own`.
  [[nodiscard]] virtual Result<Page> page(const Hash& reader, const Cursor& from,
                                          bool include_own) = 0;
  /// Own and carried objects that the peer may read and hasn't acknowledged, oldest first.
  [[nodiscard]] virtual Result<Page> outgoing(const Hash& peer, std::uint64_t after_arrival) = 0;
  /// Takes objects in, each judged for itself; durable when it returns. Verdicts of those that were
  /// not simply accepted. `from`: certificate of the peer that brought them.
  [[nodiscard]] virtual Result<std::vector<Verdict>> take(std::vector<Object> objects,
                                                          const Hash& from) = 0;
  [[nodiscard]] virtual Result<std::vector<Frontier>> frontiers(const std::vector<FeedId>& feeds) = 0;
};

/// One side's memory of the other, kept between exchanges (by the store: it must survive restarts).
struct PeerMemory {
  Hash certificate{};             ///< The peer's, pinned at enrolment.
  Cursor pulled;                  ///< In the peer's log.
  std::uint64_t pushed = 0;       ///< Our arrival number up to which the peer has acknowledged.
  std::uint64_t pushed_epoch = 0; ///< The peer's epoch when it did.
  Nonce session{};
  std::uint64_t counter = 0;
};

/// The asking side: one exchange from its first request to its last response.
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
  Client(Shelf& shelf, PeerMemory memory, Hash city, Hash own_certificate)
      : shelf_(shelf), memory_(memory), city_(city), own_(own_certificate) {}

  [[nodiscard]] Result<Request> begin();
  /// Takes the answer to the last request; `request_hash` is of the body that was sent.
  /// Everything received is durable before the next request is made.
  [[nodiscard]] Result<Step> take(const Response& response, const Hash& request_hash);
  [[nodiscard]] const PeerMemory& memory() const { return memory_; }
  [[nodiscard]] const Progress& progress() const { return progress_; }
  [[nodiscard]] const std::vector<Verdict>& refusals() const { return refusals_; }
  /// Feeds of ours of which the peer knows more than we do: our disk was rolled back (rule 18).
  [[nodiscard]] const std::vector<Frontier>& peer_ahead() const { return peer_ahead_; }

 private:
  [[nodiscard]] Result<Request> make_request();

  Shelf& shelf_;
  PeerMemory memory_;
  Hash city_, own_;
  Progress progress_;
  std::vector<Verdict> refusals_;
  std::vector<Frontier> peer_ahead_;
  std::uint64_t outgoing_to_ = 0;  ///< Our arrival number that the request under way reaches.
  bool outgoing_more_ = false;
  std::size_t outgoing_count_ = 0;
  bool first_ = true;
};

/// The answering side. Keeps the running sessions' counters in memory: after a restart a client's
/// first request is answered with `unauthorised` and a new session, and it asks again.
class Server {
 public:
  explicit Server(Shelf& shelf, Hash city) : shelf_(shelf), city_(city) {}
  /// `body`: unpacked request; `signature` over it. `book` proves the client's certificate.
  /// Always answers; what can't be answered is said in Response::error. Thread-safe.
  [[nodiscard]] Response answer(const crypto::SignedBody& request,
                                const crypto::CertificateBook& book, Micros now);

 private:
  Shelf& shelf_;
  Hash city_;
  Nonce session_ = crypto::random<Nonce>();
  struct Counters;
  std::shared_ptr<Counters> counters_;
};

}  // namespace linli::sync

// node/store/blobs.h: the index of attachments: which are here, on their way, referred to by whom.
//
// The content stands in files (node/blobs.h). Functions that take a Log write: call them within the
// writer's transaction. Reading ones want a snapshot where they are called together. All throw
// DatabaseError.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "node/store/log.h"

namespace linli::store {

using crypto::AuthorId;
using crypto::Hash;

struct BlobRow {
  Hash hash{};
  std::int64_t size = 0;
  sync::Micros arrived = 0, used = 0;
  std::int64_t idle = 0;  ///< Since which day (count_blob_day) nothing refers to it; 0: something.
  bool safe = false;      ///< The hub has it, as it said itself or a relay for it.
};
/// An attachment on its way in, as far as it is durable.
struct BlobPartRow {
  Hash hash{};
  AuthorId author{};  ///< Who brings it.
  std::int64_t size = 0, held = 0;
  std::int64_t day = 0;  ///< When its last bytes came, by count_blob_day; save_part fills it in.
};
/// What an upstream is to be offered: for whom we deliver it.
struct BlobToSend {
  Hash hash{};
  std::int64_t size = 0;
  std::vector<AuthorId> authors;
};
struct BlobCounts {
  std::int64_t held = 0, bytes = 0;                ///< Complete ones.
  std::int64_t parts = 0, part_bytes = 0;          ///< On their way in; durable bytes.
  std::int64_t missing = 0, idle = 0, unsafe = 0;  ///< Referred to and not here; nobody's; to send.
  std::int64_t unsafe_bytes = 0;                   ///< Of those to send.
};

[[nodiscard]] std::optional<BlobRow> find_blob(Database& db, const Hash& hash);
/// Notes a complete one, delivered by these authors; its parts are over.
void add_blob(Log& log, const BlobRow& row, const std::vector<AuthorId>& from);
void add_deliveries(Log& log, const Hash& hash, const std::vector<AuthorId>& from);
[[nodiscard]] std::vector<AuthorId> deliverers(Database& db, const Hash& hash);
[[nodiscard]] bool delivered_by_all(Database& db, const Hash& hash,
                                    const std::vector<AuthorId>& from);
void drop_blob(Database& db, const Hash& hash);
/// Its content isn't here any more, because it was lost or, with `at_hub`, because the hub has it.
/// Who delivered it stays known, so that it can be served as before when it comes again.
void let_go_of_blob(Database& db, const Hash& hash, bool at_hub);
/// It was here, and went because the hub has it.
[[nodiscard]] bool let_go_for_hub(Database& db, const Hash& hash);
void mark_used(Database& db, const Hash& hash, sync::Micros at);
void mark_safe(Database& db, const Hash& hash);
/// Delivered by somebody else, too: the hub is to hear of it.
void mark_unsafe(Database& db, const Hash& hash);
/// The hub was restored or replaced: what it had it may have lost.
void forget_safe(Database& db);

[[nodiscard]] std::optional<BlobPartRow> find_part(Log& log, const Hash& hash,
                                                   const AuthorId& author);
void save_part(Log& log, const BlobPartRow& part);
void drop_part(Log& log, const Hash& hash, const AuthorId& author);
[[nodiscard]] std::vector<BlobPartRow> parts(Database& db);

[[nodiscard]] bool is_referred_to(Database& db, const Hash& hash);
/// Does a personal field of a record name it? Whatever else does opens it to nobody.
[[nodiscard]] bool is_personal(Database& db, const Hash& hash);
/// Authors of readable references to it who delivered it: empty, and it isn't served (I6, rule 25).
[[nodiscard]] std::vector<AuthorId> served_through(Database& db, const crypto::Certificate& reader,
                                                   const Hash& hash);
/// Authors of readable references to it, whether or not they delivered it.
[[nodiscard]] std::vector<AuthorId> named_for(Database& db, const crypto::Certificate& reader,
                                              const Hash& hash);
/// Those of `authors` for whom a peer may deliver: itself, and whose change sets it brought.
[[nodiscard]] std::vector<AuthorId> vouched(Database& db, const AuthorId& peer,
                                            const std::vector<AuthorId>& authors);
/// Complete ones that `reader` may read through references of authors who delivered them, and that
/// the hub isn't known to have.
[[nodiscard]] std::vector<BlobToSend> blobs_to_send(Database& db, const crypto::Certificate& reader,
                                                    const std::set<Hash>& except,
                                                    std::size_t limit);
/// Referred to and not here, newest reference first.
[[nodiscard]] std::vector<Hash> missing_blobs(Database& db, std::size_t limit);
/// `author`'s complete ones that nothing refers to, and its parts: bytes.
[[nodiscard]] std::int64_t unreferenced_bytes(Database& db, const AuthorId& author);
[[nodiscard]] std::int64_t blob_bytes(Database& db);  ///< Complete ones, and parts in full.
[[nodiscard]] BlobCounts blob_counts(Database& db);
[[nodiscard]] std::vector<BlobRow> list_blobs(Database& db, const Hash& after, std::size_t limit);
/// Days on which nothing referred to one, before it goes.
inline constexpr std::int64_t kBlobDays = 7;
/// Counts the days on which this node looked: one more if `day`, a local day, is later than every
/// one counted before, however much later. Answers with the number of the newest. So neither a
/// clock that jumps nor one that was set right makes days pass.
std::int64_t count_blob_day(Log& log, std::int64_t day);
/// Notes since which day each is idle, or that it no longer is; answers with those that have been
/// for kBlobDays. `today`: as count_blob_day said.
[[nodiscard]] std::vector<Hash> idle_blobs(Database& db, std::int64_t today);
/// Complete ones that the hub has, longest unused first.
[[nodiscard]] std::vector<BlobRow> evictable_blobs(Database& db, std::size_t limit);

}  // namespace linli::store

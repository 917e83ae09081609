// node/store/held.h: change sets that aren't in the log: those that wait, and those kept as
// evidence.
//
// For the writer. Both are bounded by author or carrier (rule 25).
#pragma once

#include <string>
#include <vector>

#include "node/store/log.h"

namespace linli::store {

/// What waits until `need` is met: a feed id with a number, or a certificate's or policy's hash.
struct Held {
  crypto::Hash hash{};
  crypto::AuthorId author{};
  std::string need;
  std::string_view reason;
  std::int64_t peer = 0;  ///< Who brought it, by local number.
  sync::Micros received = 0;
  sync::ObjectKind kind = sync::ObjectKind::parcel;
  std::string_view bytes;
  /// A certificate vouches for the author, who answers for the room; otherwise its carrier does.
  bool vouched = true;
  bool waited = false;  ///< It was acknowledged before, and keeps its room.
};
/// False: no room; it must be offered again.
[[nodiscard]] bool keep_waiting(Database& db, const Held& held);
[[nodiscard]] bool is_waiting(Database& db, const crypto::Hash& hash);  ///< By Held::hash.

struct Awake {
  std::int64_t peer = 0;
  sync::ObjectKind kind = sync::ObjectKind::parcel;
  std::string bytes;
};
/// What something waits for, from `first` to `last` in the order of bytes.
[[nodiscard]] std::vector<std::string> needs_between(Database& db, std::string_view first,
                                                     std::string_view last);
/// Takes out what waited for `need`, oldest first.
[[nodiscard]] std::vector<Awake> take_waiting(Database& db, std::string_view need);

/// How many change sets are held back here.
[[nodiscard]] std::int64_t held_back(Database& db);
/// The numbers up to `last` of those of one feed, ascending.
[[nodiscard]] std::vector<std::uint64_t> held_numbers(Database& db, const Feed& feed,
                                                      std::uint64_t last);

/// What an upstream said to a change set of this log that it didn't take.
void save_refusal(Database& db, std::uint64_t arrival, std::int64_t peer, Errc code,
                  std::string_view detail, sync::Micros at);

/// What was refused or held back, with its reason.
struct Evidence {
  crypto::Hash name{};
  crypto::AuthorId author{};  ///< Who answers for it.
  sync::FeedId feed{};
  std::uint64_t seq = 0;
  std::string_view reason, detail;
  std::int64_t peer = 0;
  sync::Micros received = 0;
  std::string_view bytes;
};
/// True: kept, and it wasn't here before.
bool keep_evidence(Database& db, const Evidence& evidence);

}  // namespace linli::store

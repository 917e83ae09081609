// node/store/history.h: the leaves of the hub's tree over its log, and what others' were seen as.
//
// A leaf is the hash of an accepted change set. Only roots of full tiles (256 leaves, 256 such
// roots …) are kept above them; whatever lies between is made from at most 256 hashes when it is
// asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/merkle.h"
#include "node/store/log.h"

namespace linli::store {

inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr unsigned kTileHeight = 8;

struct Leaf {
  std::int64_t arrival = 0;
  crypto::Hash set{};
};

/// Appends from position `first` on, where the leaves must end. In the writer's transaction.
void append_leaves(Database& db, std::uint64_t first, const std::vector<Leaf>& leaves);
/// After the migration that filled in leaves from the log: keeps them if they are those of the
/// tree, and makes the roots of full tiles.
void complete_history(Log& log);

/// How many leaves; 0 also where the beginning isn't here, so that nothing can be proven.
[[nodiscard]] std::uint64_t history_size(Database& db);
/// Of the tree within `db`, which must outlive it. Throws DatabaseError.
[[nodiscard]] crypto::TreeNodes history_nodes(Database& db);
/// Place of the change set that arrived under this number.
[[nodiscard]] std::optional<std::uint64_t> leaf_position(Database& db, std::int64_t arrival);

/// The first `width` hashes of a tile as tlog-tiles has it; nothing: not all of them are there.
[[nodiscard]] std::optional<std::string> history_tile(Database& db, unsigned level,
                                                      std::uint64_t number, std::uint64_t width);
/// Likewise the leaves themselves: each 2 bytes of length and 32 of hash.
[[nodiscard]] std::optional<std::string> history_entries(Database& db, std::uint64_t number,
                                                         std::uint64_t width);

/// What doesn't fit: leaves without a place, leaves that aren't what the log holds, wrong roots.
[[nodiscard]] std::vector<std::string> history_faults(Database& db);

/// Who has checked a head of the history that is kept here, as lines of a signed note.
inline constexpr std::size_t kCosignaturesMax = 16;  ///< In one note, and of one name.
void save_cosignature(Database& db, std::string_view origin, std::uint64_t size,
                      std::string_view name, std::string_view line);
[[nodiscard]] std::vector<std::string> cosignatures(Database& db, std::string_view origin,
                                                    std::uint64_t size);
/// The size of the head over at least so many leaves that most have cosigned; nothing: nobody has.
[[nodiscard]] std::optional<std::uint64_t> most_cosigned(Database& db, std::string_view origin,
                                                         std::uint64_t least);

/// The greatest checkpoint of a history that this node has checked.
struct SeenHistory {
  std::string origin, note;
  std::uint64_t size = 0;
  sync::Micros checked = 0;
};
[[nodiscard]] std::optional<SeenHistory> seen_history(Database& db, std::string_view origin);
[[nodiscard]] std::vector<SeenHistory> seen_histories(Database& db);  ///< The newest check first.
void save_seen_history(Database& db, const SeenHistory& seen);

/// That a person at this node has seen a fault and knows where it comes from.
struct Acknowledged {
  sync::Micros at = 0;
  std::string by, note;  ///< An account's name, or the system's user; what was found out.
};
/// Two signed checkpoints that can't both be of one history.
struct HistoryFault {
  std::string origin, detail, kept, shown;
  sync::Micros at = 0;
  std::int64_t number = 0;  ///< Here, from 1; 0: not kept yet.
  std::optional<Acknowledged> acknowledged = {};
};
/// Once for each thing that was known, history that contradicts it, and way in which it does. True:
/// it is new.
bool keep_history_fault(Database& db, const HistoryFault& fault);
/// Of a fault that is kept; the fault itself stays as it is.
void acknowledge_history_fault(Database& db, std::int64_t number, const Acknowledged& said);
[[nodiscard]] std::vector<HistoryFault> kept_history_faults(Database& db);

}  // namespace linli::store

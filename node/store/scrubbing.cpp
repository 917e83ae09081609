// What an erasure leaves on the disk: the write-ahead log, and stale bytes in pages that were split
// or moved before (secure_delete overwrites what is deleted, not copies that SQLite left behind).
#include <algorithm>
#include <unordered_map>

#include "node/store/store.h"

namespace linli::store {
namespace {

constexpr std::size_t kChunk = 1u << 20;
constexpr std::size_t kTraceBytesMin = 6, kTraceBytesMax = 32;

/// Finds any of many strings in bytes that come piece by piece.
class Finder {
 public:
  explicit Finder(const std::vector<std::string>& traces) : starts_(1u << 16, false) {
    for (const auto& trace : traces) {
      // A long value lies in several pages; its beginning lies in one.
      if (trace.size() < kTraceBytesMin) continue;
      auto start = trace.substr(0, kTraceBytesMax);
      starts_[two(start.data())] = true;
      by_head_[start.substr(0, kTraceBytesMin)].push_back(std::move(start));
    }
  }
  [[nodiscard]] bool nothing_to_find() const { return by_head_.empty(); }
  [[nodiscard]] bool in(std::string_view bytes) const {
    for (std::size_t at = 0; at + kTraceBytesMin <= bytes.size(); ++at) {
      if (!starts_[two(bytes.data() + at)]) continue;
      const auto known = by_head_.find(std::string(bytes.substr(at, kTraceBytesMin)));
      if (known == by_head_.end()) continue;
      for (const auto& trace : known->second) {
        if (bytes.substr(at, trace.size()) == trace) return true;
      }
    }
    return false;
  }

 private:
  static std::size_t two(const char* at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(at[0])) << 8 |
           static_cast<unsigned char>(at[1]);
  }
  std::vector<bool> starts_;  ///< By the first two bytes.
  std::unordered_map<std::string, std::vector<std::string>> by_head_;
};

/// Through SQLite's own file layer: the simulator's disk is known to nobody else.
bool file_holds(Database& db, const Finder& finder) {
  sqlite3_file* file = nullptr;
  const int code = sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_FILE_POINTER,
                                        static_cast<void*>(&file));
  if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr) {
    throw DatabaseError({Errc::io, "the database's file can't be looked into", {}});
  }
  sqlite3_int64 size = 0;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) {
    throw DatabaseError({Errc::io, "the database's file has no size", {}});
  }
  std::string window;  // The end of the piece before, and the next one.
  for (sqlite3_int64 at = 0; at < size; at += static_cast<sqlite3_int64>(kChunk)) {
    const auto kept = std::min(window.size(), kTraceBytesMax);
    window.erase(0, window.size() - kept);
    const auto n = std::min<sqlite3_int64>(static_cast<sqlite3_int64>(kChunk), size - at);
    window.resize(kept + static_cast<std::size_t>(n));
    const int read = file->pMethods->xRead(file, window.data() + kept, static_cast<int>(n), at);
    if (read != SQLITE_OK && read != SQLITE_IOERR_SHORT_READ) {
      throw DatabaseError({Errc::io, "reading the database's file", {}});
    }
    if (finder.in(window)) return true;
  }
  return false;
}

/// True: the write-ahead log is empty, and everything stands in the file.
bool empty_write_ahead_log(Database& db) {
  auto s = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  return s.step() && s.integer(0) == 0;
}

}  // namespace

namespace {

/// With a connection of its own beside the writer's. Emptying takes the right to write and then
/// waits for readers; a reader that waits for a write of its own would make both wait for nothing.
/// So it is tried, and tried again by the caller: false, if somebody reads or writes, or the disk
/// is full.
template <typename Work>
bool beside(const std::filesystem::path& file, Work work) {
  const auto connection = Database::open(file, Access::write);
  if (!connection) return false;
  sqlite3_busy_timeout((*connection)->handle(), 0);
  try {
    return work(**connection);
  } catch (const DatabaseError&) {
    return false;
  }
}

}  // namespace

bool Store::scrub(const std::vector<std::string>& traces) {
  return beside(file_, [&](Database& db) {
    if (!empty_write_ahead_log(db)) return false;
    const Finder finder(traces);
    if (!finder.nothing_to_find() && !file_holds(db, finder)) return true;
    db.execute("VACUUM");
    return empty_write_ahead_log(db);
  });
}

bool Store::scrub_write_ahead_log() { return beside(file_, empty_write_ahead_log); }

}  // namespace linli::store

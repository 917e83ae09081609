// tests/simulation/disk.h: a disk in memory under SQLite, which can lose what wasn't synced.
//
// One SQLite VFS for all disks of the process, registered as the default. A disk answers for the
// files of one folder. What SQLite may count on is what its documentation says of a real one, and
// no more: bytes survive a power cut from the sync of their file on; of what was written since,
// any part may survive, in sectors of 512 bytes; a name that was deleted may come back.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace linli::simulation {

using test::Chance;

inline constexpr std::size_t kSector = 512;

/// How a machine stops.
enum class Stop {
  kill,  ///< The process only: the system still writes everything down.
  cut,   ///< The power: what wasn't synced is lost, or some of it.
};

/// What a disk holds when it stands still: for copies of whole disks.
using Image = std::map<std::string, std::string>;

class Disk {
 public:
  explicit Disk(std::string folder);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // ---- Mishaps: all count changes of the disk (writes, syncs, truncations, deletions) from now
  // on.
  /// Stops at the nth change from now, before it is made.
  void stop_after(std::uint64_t changes, Stop how) { stop_ = {changes_ + changes, how}; }
  /// Stops now.
  void stop_now(Stop how);
  [[nodiscard]] bool stopped() const { return stopped_.has_value(); }
  /// What is left on it, and it works again. Nobody may have a file open any more.
  void start(Chance& chance);
  /// The next `n` changes from the nth on fail with an I/O error.
  void trouble(std::uint64_t from, std::uint64_t n) {
    trouble_ = {changes_ + from, changes_ + from + n};
  }
  /// `n` reads fail, after `from` that don't.
  void unreadable(std::uint64_t from, std::uint64_t n) { unreadable_ = {from, n}; }
  /// While somebody looks who isn't the node, reading works.
  class Looking {
   public:
    explicit Looking(Disk& disk) : disk_(disk), before_(disk.looking_) { disk.looking_ = true; }
    ~Looking() { disk_.looking_ = before_; }
    Looking(const Looking&) = delete;
    Looking& operator=(const Looking&) = delete;

   private:
    Disk& disk_;
    bool before_;
  };
  /// No more than this many bytes in all; nothing: any number.
  void set_room(std::optional<std::size_t> bytes) { room_ = bytes; }
  [[nodiscard]] std::size_t used() const;
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  [[nodiscard]] bool ill() const {
    return room_ || trouble_.second > changes_ || unreadable_.second > 0;
  }
  void cure();
  /// How often it failed as it was told to.
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  [[nodiscard]] int open_files() const { return open_; }

  /// Its files as they are now, unsynced writes included (what a copy of a running machine has at
  /// best), and putting such a copy in place of everything.
  [[nodiscard]] Image image() const;
  void put_image(const Image& image);

  // ---- For the VFS.
  struct Change {
    std::size_t at = 0;
    std::string before, after;  ///< A truncation has no `after`, and `before` is its tail.
    std::size_t size_before = 0, size_after = 0;
  };
  /// The shared memory of a database's connections, and which of them holds which lock.
  struct Shared {
    std::vector<std::unique_ptr<std::array<char, 32768>>> regions;
    int users = 0;
    std::array<int, 8> readers{};
    std::array<bool, 8> writer{};
  };
  struct File {
    std::string data;
    std::vector<Change> unsynced;  ///< Oldest first.
    bool named = false;            ///< Its name survives a power cut.
    int locks_shared = 0;
    bool lock_reserved = false, lock_exclusive = false;
    std::unique_ptr<Shared> shared;
  };
  /// Counts a change; false: the disk doesn't make it. `code`: what SQLite is told.
  [[nodiscard]] bool change(int& code);
  [[nodiscard]] bool readable();
  [[nodiscard]] bool has_room(std::size_t more) const;
  [[nodiscard]] std::shared_ptr<File> find(const std::string& name) const;
  std::shared_ptr<File> make(const std::string& name);
  void remove(const std::string& name, bool durable);
  void synced(const std::string& name, File& file);
  void opened(int by) { open_ += by; }

 private:
  static void undo(File& file);

  std::string folder_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::map<std::string, std::string> ghosts_;  ///< Deleted names that a power cut may bring back.
  std::uint64_t changes_ = 0;
  std::optional<std::pair<std::uint64_t, Stop>> stop_;
  std::optional<Stop> stopped_;
  std::pair<std::uint64_t, std::uint64_t> trouble_{0, 0};
  std::pair<std::uint64_t, std::uint64_t> unreadable_{0, 0};
  bool looking_ = false;
  std::uint64_t failures_ = 0;
  std::optional<std::size_t> room_;
  int open_ = 0;
};

/// Puts the disks under SQLite, for the rest of the process. Call once, first of all.
void mount_disks();
/// Skips what costs time and changes nothing (shortcuts.cpp). Call once, before SQLite is used.
void take_shortcuts();
/// What SQLite takes for random; it forgets what it drew before.
void reseed_sqlite(std::uint64_t seed);

}  // namespace linli::simulation

// node/backup.h: a copy of a node in one file, putting it back, and rehearsing that.
//
// The file is an SQLite database: the node's own, taken while it runs, with the node's keys
// in a table `backup` beside it, and what lies in tls/ in `backup_file`: at the hub the key of the
// city's authority as well, so that phones need not trust another one. Attachments aren't in it.
// Whoever has the file is the node: it is made with mode 0600 and belongs into a safe. The city's
// root key isn't in it: that is kept off line anyway.
#pragma once

#include <filesystem>

#include "node/replica.h"
#include "node/store/verify.h"

namespace linli::node {

struct BackupReport {
  std::int64_t change_sets = 0;
  std::uintmax_t bytes = 0;
};
/// Copies the node in `dir` to a new file, which appears only when it is whole. May run beside the
/// serving node. Errors: bad_usage (the file is there), not_a_data_dir, disk_full, io.
[[nodiscard]] Result<BackupReport> back_up(const std::filesystem::path& dir,
                                           const std::filesystem::path& file, sync::Micros now);

/// What was found wrong in a backup that was taken all the same.
struct Damage {
  std::vector<store::VerifyFault> found;  ///< Empty: nothing.
  bool mended = false;  ///< It followed from the log, which is whole, and was made anew from it.
};
struct RestoreWishes {
  /// The folder before this one: what it knows to be erased is erased at once. Empty: it is lost.
  std::filesystem::path before = {};
  /// The city's root key: a hub's key that can't be opened any more is replaced (lost_key.h).
  const crypto::SigningKey* root = nullptr;
  Damage* damage = nullptr;  ///< Take a damaged backup as well, and say here what is wrong with it.
  bool verify = true;        ///< False: whoever asks looks for himself.
  store::Progress progress = {};  ///< Of verifying; from the calling thread.
};
/// Makes a node of a new folder from a backup, verifies it, and opens it: in a new epoch and
/// incarnation, so that it can't number anything twice. What the copy lacks comes back from its
/// peers with the next exchanges. What was erased since the backup was made is erased again when
/// the node meets another one. Attachments aren't in a backup: with `before` they are taken over
/// from there, if it is on the same disk; the others are missing until peers bring them. A refused
/// backup leaves no folder behind. Errors: not_a_data_dir (not a backup), bad_usage (the folder
/// isn't empty), corrupt (it is damaged: where); unauthorised (the keys' passphrase is missing or
/// wrong); as replace_lost_key.
[[nodiscard]] Result<std::unique_ptr<Replica>> restore(const std::filesystem::path& file,
                                                       const std::filesystem::path& dir,
                                                       const sync::WallClock& clock,
                                                       const RestoreWishes& wishes = {});

/// What a rehearsal found: a backup made, put back in a folder beside, verified, compared.
struct Drill {
  BackupReport backup;
  std::int64_t backup_ms = 0, restore_ms = 0, verify_ms = 0;
  std::vector<store::VerifyFault> faults;  ///< Empty: the copy is good.
};
/// Rehearses a restore of the node in `dir` within `scratch`, a new folder that is removed again.
[[nodiscard]] Result<Drill> restore_drill(const std::filesystem::path& dir,
                                          const std::filesystem::path& scratch,
                                          const sync::WallClock& clock);

}  // namespace linli::node

#include "node/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>

#include "node/lost_key.h"
#include "node/passphrase.h"
#include "node/store/copy.h"
#include "node/store/erasures.h"
#include "node/store/verify.h"
#include "node/tls_key.h"
#include "node/tls_shown.h"
#include "node/told_faults.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::io, "读不出，请检查路径与权限 can't read " + file.string());
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

Result<void> write_secret(const fs::path& file, std::string_view bytes) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::io, "建不了，请检查路径与权限 can't create " + file.string());
  const bool done = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                    ::fsync(fd) == 0;
  ::close(fd);
  if (!done) return fail(Errc::io, "写不进，请检查空间、路径与权限 can't write " + file.string());
  return {};
}

/// What of tls/ can't be asked for again, or not at once: by its name there.
constexpr std::array kTlsFiles{"ca.key", "ca.pem",     "given.key",    "given.pem",
                               "names",  "server.pem", "server.names", "given.wrap"};

Result<void> add_tls_files(const DataDir& dir, store::Keys& keys) {
  std::error_code ec;
  for (const std::string name : kTlsFiles) {
    const auto file = TlsFiles(dir).folder / name;
    if (!fs::exists(file, ec)) continue;
    auto read = read_small_file(file);
    if (!read) return fail(read.error());
    keys.files.emplace_back(name, std::move(*read));
  }
  return {};
}

/// Only by the names that are known: a file from elsewhere shall write nowhere else.
Result<void> put_tls_files(const DataDir& dir, const store::Keys& keys) {
  const auto folder = TlsFiles(dir).folder;
  for (const auto& [name, bytes] : keys.files) {
    if (std::find(kTlsFiles.begin(), kTlsFiles.end(), name) == kTlsFiles.end()) continue;
    if (auto kept = write_small_file(folder / name, bytes); !kept) return kept;
  }
  return {};
}

/// The keys of a database that was copied after `node` was read from node.key. Errors: io; stale
/// (another key is in use by now: begin again).
Result<store::Keys> keys_beside(const DataDir& dir, const std::string& node) {
  store::Keys keys{node, {}, {}};
  std::error_code ec;
  const auto add = [&](const fs::path& file, std::string& into) -> Result<void> {
    if (!fs::exists(file, ec)) return {};
    auto read = read_file(file);
    if (!read) return fail(read.error());
    into = std::move(*read);
    return {};
  };
  if (auto read = add(tls_key_file(dir), keys.tls); !read) return fail(read.error());
  if (auto read = add_tls_files(dir, keys); !read) return fail(read.error());
  // The copy may be of the moment after its certificate came and before the files were renamed.
  if (auto read = add(dir.next_key(), keys.next); !read) return fail(Errc::stale);
  const auto still = read_file(dir.node_key());
  if (!still || *still != node) return fail(Errc::stale);
  return keys;
}

/// Errors: as copy_out; stale (the node's key was changed meanwhile).
Result<std::int64_t> copy_with_keys(const DataDir& dir, const fs::path& part, sync::Micros now) {
  std::error_code ec;
  fs::remove(part, ec);
  const auto key = read_file(dir.node_key());
  if (!key) return fail(key.error());
  // Made first, so that it never was readable for others.
  if (auto made = write_secret(part, {}); !made) return fail(made.error());
  return store::copy_out(
      dir.database(), part, [&] { return keys_beside(dir, *key); }, now);
}

std::int64_t milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start)
      .count();
}

}  // namespace

Result<BackupReport> back_up(const fs::path& path, const fs::path& file, sync::Micros now) {
  const DataDir dir(path);
  if (auto there = dir.check(); !there) return fail(there.error());
  std::error_code ec;
  if (fs::exists(file, ec)) {
    return fail(Errc::bad_usage,
                "文件已存在，请换名 " + file.string() + " is there already: name a new file");
  }
  auto part = file;
  part += ".part";
  auto copied = copy_with_keys(dir, part, now);
  // A key is changed once a year: not twice while a copy is made.
  if (!copied && copied.error().code == Errc::stale) copied = copy_with_keys(dir, part, now);
  if (copied) {
    fs::rename(part, file, ec);
    if (ec)
      copied = fail(Errc::io,
                    "改不了名，请检查权限 can't name it " + file.string() + ": " + ec.message());
  }
  if (!copied) {
    fs::remove(part, ec);
    return fail(copied.error());
  }
  return BackupReport{*copied, fs::file_size(file, ec)};
}

namespace {

Result<std::vector<store::ErasedValue>> erased_in(const fs::path& folder) {
  auto store = store::Store::open(DataDir(folder).database(), store::Access::read);
  if (!store) {
    return fail(store.error().code, "the folder before: " + store.error().detail +
                                        " (leave it out if it is broken: others tell what was "
                                        "erased)");
  }
  try {
    return store::all_erased((*store)->database());
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

/// The database and the keys, into a folder that is empty.
Result<void> put_back(const fs::path& file, const DataDir& dir) {
  const auto keys = store::copy_in(file, dir.database());
  if (!keys) return fail(keys.error());
  if (auto kept = write_secret(dir.node_key(), keys->node); !kept) return kept;
  if (!keys->tls.empty()) {
    if (auto kept = write_secret(tls_key_file(dir), keys->tls); !kept) return kept;
  }
  if (!keys->next.empty()) {
    if (auto kept = write_secret(dir.next_key(), keys->next); !kept) return kept;
  }
  return put_tls_files(dir, *keys);
}

/// The folder was empty before: whatever is in it was put there meanwhile, by this.
void leave_empty(const fs::path& folder) {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec)) fs::remove_all(entry.path(), ec);
  fs::remove(folder, ec);
}

/// SQLite's own check passes where only content was altered: what is signed and hashed tells.
/// Errors: corrupt, with the place, unless `damage` takes what is wrong.
Result<void> examine(const fs::path& file, const DataDir& dir, const RestoreWishes& wishes) {
  auto store = store::Store::open(dir.database(), store::Access::write, wishes.progress);
  if (!store) return fail(store.error());
  auto report = store::verify(**store, wishes.progress);
  if (!report) return fail(report.error());
  if (report->holds()) return {};
  if (!wishes.damage) {
    const auto first = told(report->faults.front());
    const auto count = std::to_string(report->faults.size());
    return fail(Errc::corrupt, "备份已损坏，共 " + count + " 处，第一处：" + first.zh + " " +
                                   file.string() + " is damaged, at " + count +
                                   " places; the first: " + first.en);
  }
  const auto follows = [](const store::VerifyFault& fault) {
    return fault.remedy == store::Remedy::rebuild;
  };
  const auto& faults = report->faults;
  wishes.damage->found = faults;
  if (!std::all_of(faults.begin(), faults.end(), follows)) return {};
  // The log is whole: what follows from it is made anew, and then nothing is wrong any more.
  try {
    (*store)->rebuild(wishes.progress);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  report = store::verify(**store, wishes.progress);
  if (!report) return fail(report.error());
  wishes.damage->mended = report->holds();
  return {};
}

}  // namespace

Result<std::unique_ptr<Replica>> restore(const fs::path& file, const fs::path& path,
                                         const sync::WallClock& clock,
                                         const RestoreWishes& wishes) {
  std::vector<store::ErasedValue> erased;
  if (!wishes.before.empty()) {
    auto known = erased_in(wishes.before);
    if (!known) return fail(known.error());
    erased = std::move(*known);
  }
  const DataDir dir(path);
  if (auto made = dir.create(); !made) return fail(made.error());
  const auto run = [&]() -> Result<std::unique_ptr<Replica>> {
    if (auto put = put_back(file, dir); !put) return fail(put.error());
    if (wishes.verify) {
      if (auto sound = examine(file, dir, wishes); !sound) return fail(sound.error());
    }
    if (wishes.root && !load_key(dir.node_key())) {
      if (auto replaced = replace_lost_key(dir, *wishes.root, clock); !replaced) {
        return fail(replaced.error());
      }
    }
    auto replica = Replica::open(path, clock);
    if (!replica) return replica;
    if (auto begun = (*replica)->succeed("restored"); !begun) return fail(begun.error());
    if (auto done = (*replica)->erase_again(erased); !done) return fail(done.error());
    if (!wishes.before.empty()) {
      if (auto taken = (*replica)->blobs().take_over(wishes.before); !taken)
        return fail(taken.error());
    }
    if (auto lost = (*replica)->blobs().drop_lost(); !lost) return fail(lost.error());
    return replica;
  };
  auto restored = run();
  if (!restored) leave_empty(path);
  return restored;
}

Result<Drill> restore_drill(const fs::path& dir, const fs::path& scratch,
                            const sync::WallClock& clock) {
  std::error_code ec;
  if (!fs::create_directory(scratch, ec)) {
    return fail(Errc::io, "建不了演练用的文件夹 can't make the folder " + scratch.string() +
                              " to rehearse in");
  }
  const auto run = [&]() -> Result<Drill> {
    Drill drill;
    auto start = std::chrono::steady_clock::now();
    auto backup = back_up(dir, scratch / "backup", clock.now());
    if (!backup) return fail(backup.error());
    drill.backup = *backup;
    drill.backup_ms = milliseconds_since(start);
    start = std::chrono::steady_clock::now();
    // Verified below, as the last step: what is wrong is told place by place.
    auto replica = restore(scratch / "backup", scratch / "node", clock, {.verify = false});
    if (!replica) return fail(replica.error());
    drill.restore_ms = milliseconds_since(start);
    start = std::chrono::steady_clock::now();
    auto report = store::verify((*replica)->store());
    if (!report) return fail(report.error());
    drill.verify_ms = milliseconds_since(start);
    drill.faults = std::move(report->faults);
    if (report->change_sets != drill.backup.change_sets) {
      drill.faults.push_back(store::found(
          {.kind = store::FaultKind::copy_incomplete,
           .parts = {std::to_string(report->change_sets), std::to_string(drill.backup.change_sets)},
           .remedy = store::Remedy::save_first}));
    }
    return drill;
  };
  auto drill = run();
  fs::remove_all(scratch, ec);
  return drill;
}

}  // namespace linli::node

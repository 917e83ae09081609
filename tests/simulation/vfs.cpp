// The disks as SQLite sees them: sqlite3_vfs over Disk. One thread.
#include <sqlite3.h>

#include <cstring>
#include <new>

#include "crypto/result.h"
#include "tests/simulation/disk.h"

namespace linli::simulation {

Disk* disk_at(const std::string& folder);

namespace {

std::uint64_t random_state = 1;

std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::pair{std::string(), path}
                                    : std::pair{path.substr(0, slash), path.substr(slash + 1)};
}

/// An open file. SQLite makes the room; `base` comes first.
struct Handle {
  sqlite3_file base;
  Disk* disk;  ///< Null: a nameless temporary file.
  std::shared_ptr<Disk::File> file;
  std::string name;
  int lock = SQLITE_LOCK_NONE;
  bool maps = false;
  unsigned shared_slots = 0, exclusive_slots = 0;
};
Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
bool dead(const Handle& h) { return h.disk && h.disk->stopped(); }

int change(Handle& h) {
  int code = SQLITE_OK;
  if (h.disk && !h.disk->change(code)) return code;
  return SQLITE_OK;
}

// ---- Bytes
// ----------------------------------------------------------------------------------------

int read(sqlite3_file* file, void* out, int n, sqlite3_int64 at) {
  auto& h = of(file);
  if (h.disk && !h.disk->readable()) return SQLITE_IOERR_READ;
  const auto& data = h.file->data;
  const auto from = static_cast<std::size_t>(at), want = static_cast<std::size_t>(n);
  const auto have = from >= data.size() ? 0 : std::min(want, data.size() - from);
  std::memcpy(out, data.data() + (have ? from : 0), have);
  if (have == want) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + have, 0, want - have);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* in, int n, sqlite3_int64 at) {
  auto& h = of(file);
  auto& data = h.file->data;
  const auto from = static_cast<std::size_t>(at), size = static_cast<std::size_t>(n);
  const auto more = from + size > data.size() ? from + size - data.size() : 0;
  if (change(h) != SQLITE_OK) return SQLITE_IOERR_WRITE;
  if (h.disk && !h.disk->has_room(more)) return SQLITE_FULL;
  Disk::Change made{from, {}, {static_cast<const char*>(in), size}, data.size(), 0};
  if (from < data.size()) made.before = data.substr(from, size);
  if (more) data.resize(from + size);
  std::memcpy(data.data() + from, in, size);
  made.size_after = data.size();
  if (h.disk) h.file->unsynced.push_back(std::move(made));
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  auto& h = of(file);
  if (change(h) != SQLITE_OK) return SQLITE_IOERR_TRUNCATE;
  auto& data = h.file->data;
  const auto to = static_cast<std::size_t>(size);
  if (to >= data.size()) return SQLITE_OK;
  if (h.disk) h.file->unsynced.push_back({to, data.substr(to), {}, data.size(), to});
  data.resize(to);
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int) {
  auto& h = of(file);
  if (change(h) != SQLITE_OK) return SQLITE_IOERR_FSYNC;
  if (h.disk) h.disk->synced(h.name, *h.file);
  return SQLITE_OK;
}

int size_of(sqlite3_file* file, sqlite3_int64* size) {
  auto& h = of(file);
  if (dead(h)) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(h.file->data.size());
  return SQLITE_OK;
}

// ---- Locks of the file
// ------------------------------------------------------------------------------

int unlock(sqlite3_file* file, int level) {
  auto& h = of(file);
  if (h.lock <= level) return SQLITE_OK;
  if (h.lock >= SQLITE_LOCK_RESERVED) h.file->lock_reserved = false;
  if (h.lock == SQLITE_LOCK_EXCLUSIVE) h.file->lock_exclusive = false;
  if (level == SQLITE_LOCK_NONE) --h.file->locks_shared;
  h.lock = level;
  return SQLITE_OK;
}

int lock(sqlite3_file* file, int level) {
  auto& h = of(file);
  if (dead(h)) return SQLITE_IOERR_LOCK;
  auto& f = *h.file;
  if (h.lock >= level) return SQLITE_OK;
  if (h.lock == SQLITE_LOCK_NONE) {
    if (f.lock_exclusive) return SQLITE_BUSY;
    ++f.locks_shared;
    h.lock = SQLITE_LOCK_SHARED;
  }
  if (level >= SQLITE_LOCK_RESERVED && h.lock < SQLITE_LOCK_RESERVED) {
    if (f.lock_reserved) return SQLITE_BUSY;
    f.lock_reserved = true;
    h.lock = SQLITE_LOCK_RESERVED;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    if (f.locks_shared > 1) return SQLITE_BUSY;
    f.lock_exclusive = true;
    h.lock = SQLITE_LOCK_EXCLUSIVE;
  }
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* held) {
  *held = of(file).file->lock_reserved ? 1 : 0;
  return SQLITE_OK;
}

// ---- Shared memory, and its locks
// -------------------------------------------------------------------

int shm_map(sqlite3_file* file, int region, int, int extend, void volatile** out) {
  auto& h = of(file);
  *out = nullptr;
  if (dead(h)) return SQLITE_IOERR_SHMMAP;
  auto& shared = h.file->shared;
  if (!shared) shared = std::make_unique<Disk::Shared>();
  if (!h.maps) {
    h.maps = true;
    ++shared->users;
  }
  const auto at = static_cast<std::size_t>(region);
  while (extend && shared->regions.size() <= at) {
    shared->regions.push_back(std::make_unique<std::array<char, 32768>>());
    shared->regions.back()->fill(0);
  }
  if (at < shared->regions.size()) *out = shared->regions[at]->data();
  return SQLITE_OK;
}

void release(Handle& h, unsigned mask) {
  auto& shared = *h.file->shared;
  for (unsigned slot = 0; slot < 8; ++slot) {
    if (!(mask >> slot & 1)) continue;
    if (h.shared_slots >> slot & 1) --shared.readers[slot];
    if (h.exclusive_slots >> slot & 1) shared.writer[slot] = false;
  }
  h.shared_slots &= ~mask;
  h.exclusive_slots &= ~mask;
}

int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  auto& h = of(file);
  auto& shared = *h.file->shared;
  const unsigned mask = ((1u << n) - 1) << offset;
  if (flags & SQLITE_SHM_UNLOCK) {
    release(h, mask);
    return SQLITE_OK;
  }
  for (unsigned slot = 0; slot < 8; ++slot) {
    if (!(mask >> slot & 1)) continue;
    if (shared.writer[slot] && !(h.exclusive_slots >> slot & 1)) return SQLITE_BUSY;
    const int own = static_cast<int>(h.shared_slots >> slot & 1);
    if (flags & SQLITE_SHM_EXCLUSIVE && shared.readers[slot] > own) return SQLITE_BUSY;
  }
  for (unsigned slot = 0; slot < 8; ++slot) {
    if (!(mask >> slot & 1)) continue;
    if (flags & SQLITE_SHM_EXCLUSIVE) {
      shared.writer[slot] = true;
      h.exclusive_slots |= 1u << slot;
    } else if (!(h.shared_slots >> slot & 1)) {
      ++shared.readers[slot];
      h.shared_slots |= 1u << slot;
    }
  }
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* file, int) {
  auto& h = of(file);
  if (!h.maps) return SQLITE_OK;
  release(h, 0xFF);
  h.maps = false;
  if (--h.file->shared->users == 0) h.file->shared.reset();
  return SQLITE_OK;
}

// ---- The rest
// ---------------------------------------------------------------------------------------

int close(sqlite3_file* file) {
  auto& h = of(file);
  (void)shm_unmap(file, 0);
  (void)unlock(file, SQLITE_LOCK_NONE);
  if (h.disk) h.disk->opened(-1);
  h.~Handle();
  return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector(sqlite3_file*) { return static_cast<int>(kSector); }
int traits(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods kMethods = {2,           close,     read,    write,   truncate,
                                     sync,        size_of,   lock,    unlock,  check_reserved,
                                     control,     sector,    traits,  shm_map, shm_lock,
                                     shm_barrier, shm_unmap, nullptr, nullptr};

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  Disk* disk = nullptr;
  std::string name;
  std::shared_ptr<Disk::File> found;
  if (path) {
    auto [folder, base] = split(path);
    disk = disk_at(folder);
    if (!disk || disk->stopped()) return SQLITE_CANTOPEN;
    name = base;
    found = disk->find(name);
    if (!found && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    if (!found) {
      int code = SQLITE_OK;
      if (!disk->change(code)) return SQLITE_CANTOPEN;
      found = disk->make(name);
    }
    disk->opened(1);
  } else {
    found = std::make_shared<Disk::File>();
  }
  auto* h =
      new (file) Handle{{}, disk, std::move(found), std::move(name), SQLITE_LOCK_NONE, false, 0, 0};
  h->base.pMethods = &kMethods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* path, int durable) {
  const auto [folder, name] = split(path);
  auto* disk = disk_at(folder);
  if (!disk || !disk->find(name)) return SQLITE_IOERR_DELETE_NOENT;
  int code = SQLITE_OK;
  if (!disk->change(code)) return SQLITE_IOERR_DELETE;
  disk->remove(name, durable != 0);
  return SQLITE_OK;
}

int access(sqlite3_vfs*, const char* path, int, int* there) {
  const auto [folder, name] = split(path);
  auto* disk = disk_at(folder);
  const auto file = disk ? disk->find(name) : nullptr;
  *there = file && !file->data.empty() ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int n, char* out) {
  sqlite3_snprintf(n, out, "%s", path);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int n, char* out) {
  Chance chance(random_state++);
  for (int i = 0; i < n; ++i) out[i] = static_cast<char>(chance.below(256));
  return n;
}

int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
int now(sqlite3_vfs*, double* day) { return *day = 2460000.5, SQLITE_OK; }
int last_error(sqlite3_vfs*, int, char*) { return 0; }
int now64(sqlite3_vfs*, sqlite3_int64* ms) { return *ms = 2460000LL * 86400000, SQLITE_OK; }

}  // namespace

void mount_disks() {
  static sqlite3_vfs vfs = {2,           static_cast<int>(sizeof(Handle)),
                            512,         nullptr,
                            "simulated", nullptr,
                            open,        remove,
                            access,      full_path,
                            nullptr,     nullptr,
                            nullptr,     nullptr,
                            randomness,  sleep,
                            now,         last_error,
                            now64,       nullptr,
                            nullptr,     nullptr};
  ensure(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK, "a disk for SQLite");
}

void reseed_sqlite(std::uint64_t seed) {
  random_state = seed;
  sqlite3_randomness(0, nullptr);
}

}  // namespace linli::simulation

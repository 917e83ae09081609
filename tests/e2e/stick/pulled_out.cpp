// Preloaded into a command: the stick at $LINLI_STICK is pulled out once $LINLI_STICK_BYTES were
// read from it or written to it. As with a real one, files that are open there answer EIO from then
// on, and nothing can be opened, named or removed. What was written before stays on it.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::size_t kFdMax = 1024;
std::array<std::atomic<bool>, kFdMax> on_stick{};
std::atomic<long long> moved{0};

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_out() {
  const char* limit = std::getenv("LINLI_STICK_BYTES");
  return limit != nullptr && moved.load() >= std::atoll(limit);
}

bool is_there(const char* path) {
  const char* stick = std::getenv("LINLI_STICK");
  return stick != nullptr && std::strncmp(path, stick, std::strlen(stick)) == 0;
}

bool is_there(int fd) {
  return fd >= 0 && static_cast<std::size_t>(fd) < kFdMax &&
         on_stick[static_cast<std::size_t>(fd)].load();
}

/// Is it gone? Then errno says so.
template <class Place>
bool gone(Place place) {
  if (!is_there(place) || !is_out()) return false;
  errno = EIO;
  return true;
}

ssize_t counted(int fd, ssize_t n) {
  if (n > 0 && is_there(fd)) moved += n;
  return n;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (gone(path)) return -1;
  const int fd = next<int (*)(const char*, int, mode_t)>("open")(path, flags, mode);
  if (fd >= 0 && static_cast<std::size_t>(fd) < kFdMax) {
    on_stick[static_cast<std::size_t>(fd)] = is_there(path);
  }
  return fd;
}

int close(int fd) {
  if (is_there(fd)) on_stick[static_cast<std::size_t>(fd)] = false;
  return next<int (*)(int)>("close")(fd);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (gone(fd)) return -1;
  return counted(fd, next<ssize_t (*)(int, const void*, size_t)>("write")(fd, bytes, size));
}

ssize_t pread(int fd, void* bytes, size_t size, off_t at) {
  if (gone(fd)) return -1;
  return counted(fd, next<ssize_t (*)(int, void*, size_t, off_t)>("pread")(fd, bytes, size, at));
}

int fsync(int fd) {
  if (gone(fd)) return -1;
  return next<int (*)(int)>("fsync")(fd);
}

int rename(const char* from, const char* to) noexcept {
  if (gone(from)) return -1;
  return next<int (*)(const char*, const char*)>("rename")(from, to);
}

int unlink(const char* path) noexcept {
  if (gone(path)) return -1;
  return next<int (*)(const char*)>("unlink")(path);
}
}

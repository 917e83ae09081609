#include "node/app/out_file.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace linli::app {
namespace {

// ---- What a command that is stopped takes away
// ----------------------------------------------------

/// Read by a signal's handler: nothing here is ever freed or moved.
struct Left {
  volatile sig_atomic_t there = 0;
  std::array<char, 4096> name{};
};
std::array<Left, 4> lefts;  // A command writes two files at once at most.

void take_away(int signal) {
  for (const auto& left : lefts) {
    if (left.there != 0) ::unlink(left.name.data());
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// One that is ignored (nohup) or waited for (serve) stays so.
void watch_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
    struct sigaction wish {};
    wish.sa_handler = &take_away;
    ::sigaction(signal, &wish, nullptr);
  }
}

void remember(const std::string& name) {
  const auto free =
      std::find_if(lefts.begin(), lefts.end(), [](const Left& left) { return left.there == 0; });
  if (free == lefts.end() || name.size() >= free->name.size()) return;
  std::copy(name.begin(), name.end(), free->name.begin());
  free->name[name.size()] = '\0';
  free->there = 1;
  watch_signals();
}

void forget(const std::string& name) {
  for (auto& left : lefts) {
    if (left.there != 0 && name == left.name.data()) left.there = 0;
  }
}

mode_t mask_of_this_process() {
  const auto mask = ::umask(0);
  ::umask(mask);
  return mask;
}

}  // namespace

Result<OutFile> OutFile::open(const std::string& file, For whom) {
  OutFile out;
  if (file == "-") {
    out.file_ = stdout;
    return out;
  }
  out.name_ = file;
  struct stat there {};
  if (::stat(file.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    out.file_ = std::fopen(file.c_str(), "wbe");
    if (!out.file_)
      return fail(Errc::io, "写不进，请检查空间、路径与权限 can't write " + file + ": " +
                                std::strerror(errno));
    return out;
  }
  auto pattern =
      (out.name_.parent_path() / ("." + out.name_.filename().string() + ".XXXXXX")).string();
  const int fd = ::mkstemp(pattern.data());  // 0600
  if (fd >= 0) remember(pattern);
  out.file_ = fd < 0 ? nullptr : ::fdopen(fd, "wb");
  if (!out.file_)
    return fail(Errc::io,
                "写不进，请检查空间、路径与权限 can't write " + file + ": " + std::strerror(errno));
  if (whom == For::all) (void)::fchmod(fd, 0666 & ~mask_of_this_process());
  out.temporary_ = pattern;
  return out;
}

OutFile::OutFile(OutFile&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})) {}

OutFile& OutFile::operator=(OutFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(name_, other.name_);
  std::swap(temporary_, other.temporary_);
  return *this;
}

OutFile::~OutFile() {
  if (file_ && file_ != stdout) std::fclose(file_);
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  forget(temporary_);
}

tl::unexpected<Error> OutFile::failed() const {
  const auto code = errno == ENOSPC || errno == EDQUOT ? Errc::disk_full : Errc::io;
  const auto name = name_.empty() ? std::string("stdout") : name_.string();
  return fail(code, "couldn't write all of it to " + name + ": " + std::strerror(errno));
}

tables::Sink OutFile::sink() {
  return [this](std::string_view bytes) -> Result<void> {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return failed();
    return {};
  };
}

Result<void> OutFile::finish() {
  if (std::fflush(file_) != 0 || std::ferror(file_) != 0) return failed();
  if (temporary_.empty()) return {};
  if (::fsync(::fileno(file_)) != 0) return failed();
  if (::rename(temporary_.c_str(), name_.c_str()) != 0) return failed();
  forget(temporary_);
  temporary_.clear();
  return {};
}

}  // namespace linli::app

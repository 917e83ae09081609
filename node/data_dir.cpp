#include "node/data_dir.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "node/store/database.h"

namespace linli::node {
namespace {

Error io_error(const std::filesystem::path& file, std::string_view doing) {
  const auto code = errno == ENOSPC ? Errc::disk_full : Errc::io;
  return {code, std::string(doing) + " " + file.string() + ": " + std::strerror(errno), {}};
}

}  // namespace

Result<void> DataDir::create() const {
  std::error_code ec;
  if (store::file_exists(database())) {
    return fail(Errc::bad_usage, "其中已有一个节点 " + root_.string() + " holds a node already");
  }
  if (std::filesystem::exists(root_, ec)) {
    if (!std::filesystem::is_directory(root_, ec)) {
      return fail(Errc::not_a_data_dir, "不是文件夹 " + root_.string() + " is no folder");
    }
    if (!std::filesystem::is_empty(root_, ec)) {
      return fail(Errc::not_a_data_dir, "其中有别的文件，请用空的或新的文件夹 " + root_.string() +
                                            " holds other files: name an empty or new folder");
    }
  }
  std::filesystem::create_directories(root_, ec);
  if (ec) return fail(Errc::io, "建不了 can't make " + root_.string() + ": " + ec.message());
  ::chmod(root_.c_str(), 0700);
  return {};
}

Result<void> DataDir::check() const {
  std::error_code ec;
  if (!std::filesystem::exists(root_, ec)) {
    return fail(Errc::not_a_data_dir, "没有这个文件夹，先用 linli init 建立 " + root_.string() +
                                          " isn't there: `linli init` makes one");
  }
  if (!store::file_exists(database())) {
    return fail(Errc::not_a_data_dir,
                "其中没有 linli.db，先用 linli init 或 linli join 建立 " + root_.string() +
                    " holds no linli.db: `linli init` or `linli join` makes one");
  }
  return {};
}

std::optional<std::string> DataDir::serving() const {
  std::ifstream file(root_ / "serve");
  std::string url;
  long pid = 0;
  if (!(file >> pid >> url) || pid <= 0) return std::nullopt;
  // A node that was killed leaves the file behind.
  if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return std::nullopt;
  return url;
}

std::string DataDir::serving_token() const {
  std::ifstream file(root_ / "serve");
  std::string pid, url, token;
  file >> pid >> url >> token;
  return token;
}

void DataDir::set_serving(const std::string& url, const std::string& token) const {
  const auto made = root_ / "serve.new";
  std::error_code ec;
  std::filesystem::remove(made, ec);
  {
    // Closed to others before the token stands in it.
    const auto fd = ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return;
    ::close(fd);
    std::ofstream(made) << ::getpid() << ' ' << url << ' ' << token << '\n';
  }
  std::filesystem::rename(made, root_ / "serve", ec);
}

void DataDir::clear_serving() const {
  std::error_code ec;
  std::filesystem::remove(root_ / "serve", ec);
}

Result<std::unique_ptr<Lock>> Lock::take(const DataDir& dir) {
  const auto file = dir.root() / "lock";
  std::unique_ptr<Lock> lock(new Lock);
  lock->fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock->fd_ < 0) return fail(io_error(file, "open"));
  if (::flock(lock->fd_, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> pid{};
    const auto n = ::pread(lock->fd_, pid.data(), pid.size() - 1, 0);
    return fail(Errc::data_dir_in_use, "数据目录正被另一个进程使用，请先停止它 " +
                                           dir.root().string() + " is used by another process" +
                                           (n > 0 ? " (" + std::string(pid.data()) + ")" : ""));
  }
  const auto pid = std::to_string(::getpid());
  if (::ftruncate(lock->fd_, 0) != 0 ||
      ::pwrite(lock->fd_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return fail(io_error(file, "write"));
  }
  return lock;
}

Lock::~Lock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::unique_ptr<Mark>> Mark::open(const DataDir& dir) {
  const auto file = dir.root() / "mark";
  std::unique_ptr<Mark> mark(new Mark);
  mark->fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (mark->fd_ < 0) return fail(io_error(file, "open"));
  return mark;
}

Mark::~Mark() {
  if (fd_ >= 0) ::close(fd_);
}

Mark::Place Mark::read() const {
  Place place;
  const auto n = ::pread(fd_, &place, sizeof place, 0);
  if (n == sizeof place) return place;
  // Of an older version: without the last number.
  return n == offsetof(Place, let_go) ? Place{place.epoch, place.arrival, 0} : Place{};
}

void Mark::write(Place place) const {
  // Best effort: a mark that lags only means that a rollback within the lag goes unnoticed here.
  [[maybe_unused]] const auto n = ::pwrite(fd_, &place, sizeof place, 0);
}

}  // namespace linli::node

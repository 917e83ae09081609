#include "node/app/out_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace linli::app {

Result<OutFile> OutFile::open(const std::string& file) {
  OutFile out;
  if (file == "-") {
    out.file_ = stdout;
    return out;
  }
  out.name_ = file;
  auto pattern = file + ".XXXXXX";
  const int fd = ::mkstemp(pattern.data());  // 0600: it may hold personal values.
  out.file_ = fd < 0 ? nullptr : ::fdopen(fd, "wb");
  if (!out.file_) return fail(Errc::io, "can't write " + file + ": " + std::strerror(errno));
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
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

tl::unexpected<Error> OutFile::failed() const {
  const auto code = errno == ENOSPC ? Errc::disk_full : Errc::io;
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
  if (file_ == stdout) return {};
  if (::fsync(::fileno(file_)) != 0) return failed();
  if (::rename(temporary_.c_str(), name_.c_str()) != 0) return failed();
  temporary_.clear();
  return {};
}

}  // namespace linli::app

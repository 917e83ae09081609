#include "node/app/letters.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "node/admission.h"

namespace linli::app {
namespace {

tl::unexpected<Error> failed(const std::string& doing, int why) {
  return fail(why == ENOSPC || why == EDQUOT ? Errc::disk_full : Errc::io,
              doing + ": " + std::strerror(why));
}

Result<std::string> read_stdin() {
  std::string text(node::kLetterBytesMax + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (std::cin.bad()) return failed("读不出 can't read stdin", errno);
  return text;
}

}  // namespace

Result<std::string> read_file(const std::string& file, std::size_t most) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return failed("读不出，请检查路径与权限 can't read " + file, errno);
  struct stat what {};
  if (::fstat(fd, &what) != 0 || !S_ISREG(what.st_mode)) {
    ::close(fd);
    return fail(Errc::bad_usage, "不是普通文件 it is no file: " + file);
  }
  std::string bytes(std::min(most, static_cast<std::size_t>(what.st_size) + 1), '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < bytes.size() && (got = ::read(fd, bytes.data() + size, bytes.size() - size)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  const int why = errno;
  ::close(fd);
  if (got < 0) return failed("读不出，请检查路径与权限 can't read " + file, why);
  bytes.resize(size);
  return bytes;
}

Result<std::string> read_letter(const std::string& file) {
  auto read = file == "-" ? read_stdin() : read_file(file, node::kLetterBytesMax + 1);
  if (!read) return read;
  auto& text = *read;
  if (text.size() > node::kLetterBytesMax) {
    return fail(Errc::too_large,
                "申请与答复都不应这么大 " + file + " is over 64 KiB: no request or answer is");
  }
  return read;
}

Result<void> write_letter(const std::string& file, std::string_view text, bool secret) {
  if (file == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (std::fflush(stdout) != 0) return failed("写不出 can't write", errno);
    return {};
  }
  struct stat there {};
  if (::stat(file.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    return fail(Errc::bad_usage, "不是普通文件，未改动 it is no file, and stays: " + file);
  }
  const auto part = file + ".part";
  ::unlink(part.c_str());
  const int fd =
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
  bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  written = written && ::fsync(fd) == 0;
  int why = errno;
  if (fd >= 0) ::close(fd);
  if (written && ::rename(part.c_str(), file.c_str()) == 0) return {};
  if (written) why = errno;
  ::unlink(part.c_str());
  return failed("写不进，请检查空间、路径与权限 can't write " + file, why);
}

}  // namespace linli::app

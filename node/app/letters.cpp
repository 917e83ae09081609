#include "node/app/letters.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "node/admission.h"

namespace linli::app {
namespace {

tl::unexpected<Error> failed(const std::string& doing, int why) {
  return fail(why == ENOSPC || why == EDQUOT ? Errc::disk_full : Errc::io,
              doing + ": " + std::strerror(why));
}

}  // namespace

Result<std::string> read_letter(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return failed("can't read " + file, errno);
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text(node::kLetterBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return failed("can't read " + file, errno);
  if (text.size() > node::kLetterBytesMax) {
    return fail(Errc::too_large, file + " is over 64 KiB: no request or answer is");
  }
  return text;
}

Result<void> write_letter(const std::string& file, std::string_view text, bool secret) {
  if (file == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (std::fflush(stdout) != 0) return failed("can't write", errno);
    return {};
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
  return failed("can't write " + file, why);
}

}  // namespace linli::app

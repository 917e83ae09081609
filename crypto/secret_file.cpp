#include "crypto/secret_file.h"

#include <sys/stat.h>

#include <string>

namespace linli::crypto {
namespace {

std::string octal(mode_t mode) {
  std::string digits = "0000";
  for (std::size_t i = 0; i < 4; ++i)
    digits[3 - i] = static_cast<char>('0' + (mode >> (3 * i) & 7u));
  return digits;
}

}  // namespace

Result<void> demand_private(const std::filesystem::path& file, mode_t mode) {
  mode &= 07777u;
  if ((mode & 077u) == 0) return {};
  const auto& name = file.string();
  return fail(Errc::forbidden, "保密文件他人可读（权限 " + octal(mode) + "），请执行 chmod 600 " +
                                   name + " others may read " + name + ": its mode is " +
                                   octal(mode) + " and must be 0600");
}

void overwrite(int fd) {
  constexpr off_t kBytesMax = 256 << 10;  // Of any file of secrets here.
  struct stat st {};
  if (::fstat(fd, &st) != 0 || st.st_nlink > 1 || st.st_size > kBytesMax) return;
  const std::string nothing(static_cast<std::size_t>(st.st_size), '\0');
  if (::pwrite(fd, nothing.data(), nothing.size(), 0) > 0) ::fsync(fd);
}

}  // namespace linli::crypto

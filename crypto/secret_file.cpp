#include "crypto/secret_file.h"

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

}  // namespace linli::crypto

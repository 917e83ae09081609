#include "node/tables/zip_archive.h"

#include <fcntl.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <array>

namespace linli::tables {
namespace {

tl::unexpected<Error> damaged(const std::string& why) {
  return fail(Errc::bad_input,
              "XLSX 文件已损坏，请在表格软件中打开后另存 the .xlsx file is damaged (" + why +
                  "): open it in a spreadsheet and save it again");
}

zip_source_t* source_of(Input& input, zip_error_t& error) {
  if (!input.file()) {
    return zip_source_buffer_create(input.memory().data(), input.memory().size(), 0, &error);
  }
  // Its own descriptor, because the library closes the file that it is given.
  const int copy = ::fcntl(::fileno(input.file()), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return nullptr;
  auto* file = ::fdopen(copy, "rb");
  if (!file) {
    ::close(copy);
    return nullptr;
  }
  auto* source = zip_source_filep_create(file, 0, -1, &error);
  if (!source) std::fclose(file);
  return source;
}

}  // namespace

ZipPart::~ZipPart() { zip_fclose(file_); }

Result<std::size_t> ZipPart::read(char* into, std::size_t room) {
  const auto got = zip_fread(file_, into, room);
  if (got < 0) return damaged(zip_file_strerror(file_));
  unpacked_ += static_cast<std::uint64_t>(got);
  if (unpacked_ > kPartBytesMax ||
      (unpacked_ > kRatioFreeBytes && unpacked_ / kRatioMax > packed_)) {
    return fail(Errc::too_large,
                "XLSX 文件展开后过大，已停止读取；请拆成几个文件 the .xlsx file unpacks to more "
                "than a table has: split it");
  }
  return static_cast<std::size_t>(got);
}

Result<std::unique_ptr<ZipArchive>> ZipArchive::open(Input& input) {
  if (auto back = input.seek(0); !back) return fail(back.error());
  zip_error_t error;
  zip_error_init(&error);
  auto* source = source_of(input, error);
  auto* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!archive) {
    if (source) zip_source_free(source);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    return damaged(why);
  }
  zip_error_fini(&error);
  auto opened = std::unique_ptr<ZipArchive>(new ZipArchive(archive, input.size()));
  const auto parts = zip_get_num_entries(archive, 0);
  if (parts < 0 || static_cast<std::uint64_t>(parts) > kPartsMax) {
    return fail(Errc::too_large, "XLSX 文件的部件过多 the .xlsx file has too many parts");
  }
  return opened;
}

ZipArchive::~ZipArchive() { zip_discard(archive_); }

bool ZipArchive::has(const std::string& name) const {
  return zip_name_locate(archive_, name.c_str(), ZIP_FL_NOCASE) >= 0;
}

Result<std::unique_ptr<ZipPart>> ZipArchive::part(const std::string& name) {
  const auto index = zip_name_locate(archive_, name.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return fail(Errc::not_found, name);
  const auto at = static_cast<zip_uint64_t>(index);
  zip_stat_t about;
  zip_stat_init(&about);
  if (zip_stat_index(archive_, at, 0, &about) != 0) return damaged(zip_strerror(archive_));
  const bool locked =
      (about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE;
  if (locked) {
    return fail(Errc::bad_input,
                "XLSX 文件有密码，请去掉密码后再导入 the .xlsx file is locked: save it without a "
                "password");
  }
  auto* file = zip_fopen_index(archive_, at, 0);
  if (!file) return damaged(zip_strerror(archive_));
  // What it says of itself may be anything; no part is larger than the file.
  return std::make_unique<ZipPart>(file, std::min<std::uint64_t>(about.comp_size, size_));
}

Result<std::string> ZipArchive::whole(const std::string& name, std::size_t most) {
  auto opened = part(name);
  if (!opened) return fail(opened.error());
  std::string bytes;
  std::array<char, 1u << 14> piece;
  for (;;) {
    const auto got = (*opened)->read(piece.data(), piece.size());
    if (!got) return fail(got.error());
    if (*got == 0) return bytes;
    bytes.append(piece.data(), *got);
    if (bytes.size() > most) {
      return fail(Errc::too_large,
                  "XLSX 文件的部件过大 a part of the .xlsx file is too large: " + name);
    }
  }
}

}  // namespace linli::tables

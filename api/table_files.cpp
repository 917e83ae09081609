#include "api/table_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace linli::api {
namespace {

/// A file without a name: it is gone when the last who reads it is.
class Spool {
 public:
  explicit Spool(std::FILE* file) : file_(file) {}
  ~Spool() {
    if (file_) std::fclose(file_);
  }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  [[nodiscard]] std::FILE* file() const { return file_; }
  [[nodiscard]] std::size_t size() const {
    struct stat about {};
    return ::fstat(::fileno(file_), &about) == 0 ? static_cast<std::size_t>(about.st_size) : 0;
  }

 private:
  std::FILE* file_;
};

}  // namespace

/// The library that writes XLSX wants a name; it is taken away as soon as the file is open.
Result<std::FILE*> xlsx_file(
    Context& context, const std::function<Result<void>(const std::filesystem::path&)>& write) {
  auto folder = (context.replica.dir().root() / ".export-XXXXXX").string();
  if (!::mkdtemp(folder.data())) return fail(Errc::io, "can't make a folder for the table");
  const auto file = std::filesystem::path(folder) / "table.xlsx";
  const auto written = write(file);
  auto* opened = written ? std::fopen(file.c_str(), "rbe") : nullptr;
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!written) return fail(written.error());
  if (!opened) return fail(Errc::io, "can't read the table again");
  return opened;
}

Result<std::FILE*> csv_file(const std::function<Result<void>(const tables::Sink&)>& write) {
  auto* file = std::tmpfile();
  if (!file) return fail(Errc::io, "no temporary file");
  const tables::Sink sink = [file](std::string_view bytes) -> Result<void> {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size()) return {};
    return fail(Errc::disk_full, "no room for the table");
  };
  auto written = write(sink);
  if (written && std::fflush(file) != 0) written = fail(Errc::disk_full, "no room for the table");
  if (written) return file;
  std::fclose(file);
  return fail(written.error());
}

void send_table(httplib::Response& response, std::FILE* file, const std::string& name, bool xlsx) {
  auto spool = std::make_shared<Spool>(file);
  response.set_header("Content-Disposition", "attachment; filename=\"" + name + "\"");
  response.set_header("Cache-Control", "no-store");
  const auto size = spool->size();
  response.set_content_provider(
      size, xlsx ? kXlsx : "text/csv; charset=utf-8",
      [spool](std::size_t at, std::size_t most, httplib::DataSink& sink) {
        std::array<char, 1u << 16> piece;
        const auto want = std::min(piece.size(), most);
        const auto got =
            ::pread(::fileno(spool->file()), piece.data(), want, static_cast<off_t>(at));
        return got > 0 && sink.write(piece.data(), static_cast<std::size_t>(got));
      });
}

}  // namespace linli::api

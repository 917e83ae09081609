// node/app/out_file.h: what a command writes to: stdout, or a file that is there only once it is
// whole.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "node/tables/table_writer.h"

namespace linli::app {

class OutFile {
 public:
  /// Who may read it: it may hold personal values.
  enum class For { owner, all };
  /// "-" is stdout. It is written beside the file under a name that begins with a dot, and takes
  /// the file's place in finish(); a command that is stopped (SIGINT, SIGTERM, SIGHUP) takes that
  /// away first. What is there and no regular file (a pipe, /dev/null) is written to as it is.
  /// Errors: io.
  [[nodiscard]] static Result<OutFile> open(const std::string& file, For whom = For::owner);
  OutFile(OutFile&& other) noexcept;
  OutFile& operator=(OutFile&& other) noexcept;
  ~OutFile();  ///< Without finish(): nothing is left of it, and what was there stays.

  /// Lives no longer than this.
  [[nodiscard]] tables::Sink sink();
  /// For a library that writes the file itself: its temporary name. Empty: there is none.
  [[nodiscard]] const std::filesystem::path& temporary() const { return temporary_; }
  /// Brings it to the disk and gives it its name. Errors: io, disk_full.
  [[nodiscard]] Result<void> finish();

 private:
  OutFile() = default;
  [[nodiscard]] tl::unexpected<Error> failed() const;
  std::FILE* file_ = nullptr;
  std::filesystem::path name_, temporary_;
};

}  // namespace linli::app

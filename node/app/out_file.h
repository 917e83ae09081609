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
  /// "-" is stdout. Errors: io.
  [[nodiscard]] static Result<OutFile> open(const std::string& file);
  OutFile(OutFile&& other) noexcept;
  OutFile& operator=(OutFile&& other) noexcept;
  ~OutFile();  ///< Without finish(): nothing is left of it.

  /// Lives no longer than this.
  [[nodiscard]] tables::Sink sink();
  /// For a library that writes the file itself: its temporary name. Empty for stdout.
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

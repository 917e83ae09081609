#include "node/tables/input.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace linli::tables {
namespace {

class FileInput final : public Input {
 public:
  FileInput(std::FILE* file, std::string name, std::uint64_t size)
      : file_(file), name_(std::move(name)), size_(size) {}
  ~FileInput() override { std::fclose(file_); }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  Result<std::size_t> read(char* into, std::size_t room) override {
    const auto got = std::fread(into, 1, room, file_);
    if (got == 0 && std::ferror(file_) != 0) return failed();
    return got;
  }
  Result<void> seek(std::uint64_t at) override {
    std::clearerr(file_);
    if (::fseeko(file_, static_cast<off_t>(at), SEEK_SET) != 0) return failed();
    return {};
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::FILE* file() override { return file_; }
  [[nodiscard]] std::string_view memory() const override { return {}; }

 private:
  [[nodiscard]] tl::unexpected<Error> failed() const {
    return fail(Errc::io, "can't read " + name_ + ": " + std::strerror(errno));
  }
  std::FILE* file_;
  std::string name_;
  std::uint64_t size_;
};

class MemoryInput final : public Input {
 public:
  explicit MemoryInput(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(char* into, std::size_t room) override {
    const auto n = std::min(room, bytes_.size() - at_);
    std::memcpy(into, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  Result<void> seek(std::uint64_t at) override {
    at_ = static_cast<std::size_t>(std::min<std::uint64_t>(at, bytes_.size()));
    return {};
  }
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] std::FILE* file() override { return nullptr; }
  [[nodiscard]] std::string_view memory() const override { return bytes_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

Result<std::unique_ptr<Input>> copy_of_stdin() {
  auto* copy = std::tmpfile();
  if (!copy) return fail(Errc::io, std::string("no temporary file: ") + std::strerror(errno));
  std::uint64_t size = 0;
  std::vector<char> piece(1u << 16);
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), stdin)) > 0;) {
    if (std::fwrite(piece.data(), 1, got, copy) != got) {
      const auto code = errno == ENOSPC ? Errc::disk_full : Errc::io;
      const std::string why = std::strerror(errno);
      std::fclose(copy);
      return fail(code, "can't keep a copy of stdin: " + why);
    }
    size += got;
  }
  auto input = std::make_unique<FileInput>(copy, "stdin", size);
  if (std::ferror(stdin) != 0) return fail(Errc::io, "can't read stdin");
  if (auto back = input->seek(0); !back) return fail(back.error());
  return input;
}

}  // namespace

Result<std::unique_ptr<Input>> open_input(const std::string& file) {
  if (file == "-") return copy_of_stdin();
  auto* opened = std::fopen(file.c_str(), "rbe");
  if (!opened) return fail(Errc::io, "can't read " + file + ": " + std::strerror(errno));
  struct stat about {};
  if (::fstat(::fileno(opened), &about) != 0 || !S_ISREG(about.st_mode)) {
    std::fclose(opened);
    return fail(Errc::io, file + " isn't a file; give - to read from a pipe");
  }
  return std::make_unique<FileInput>(opened, file, static_cast<std::uint64_t>(about.st_size));
}

std::unique_ptr<Input> input_of(std::string_view bytes) {
  return std::make_unique<MemoryInput>(bytes);
}

}  // namespace linli::tables

// tests/e2e/held_output.h: a child's output, read so far and no further.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "node/app/process.h"

namespace linli::e2e {

/// A pipe with a name, for a Child's stdout. Who isn't read any more soon waits for room in it, so
/// that a test can kill a child in the middle of its work, however fast the machine is.
class HeldOutput {
 public:
  explicit HeldOutput(std::filesystem::path name) : name_(std::move(name)) {
    std::filesystem::remove(name_);
    app::expect(::mkfifo(name_.c_str(), 0600) == 0, "can't make a pipe " + name_.string());
    // Without waiting: there is no writer yet, and one can only begin when there is a reader.
    reader_ = ::open(name_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    app::expect(reader_ >= 0, "can't read from a pipe");
  }
  ~HeldOutput() {
    ::close(reader_);
    std::filesystem::remove(name_);
  }
  HeldOutput(const HeldOutput&) = delete;
  HeldOutput& operator=(const HeldOutput&) = delete;

  [[nodiscard]] const std::filesystem::path& name() const { return name_; }

  /// Reads until `lines` of them came, or a buffer more. Throws Unmet if they don't within two
  /// minutes, or if the writer ends before.
  void read(std::size_t lines) {
    constexpr int kPatience = 120'000;
    std::array<char, 4096> bytes{};
    while (lines_ < lines) {
      pollfd ready{reader_, POLLIN, 0};
      app::expect(::poll(&ready, 1, kPatience) == 1, "the child says nothing");
      const auto got = ::read(reader_, bytes.data(), bytes.size());
      app::expect(got > 0, "the child ended before it was to be stopped");
      lines_ += static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + got, '\n'));
    }
  }

 private:
  std::filesystem::path name_;
  int reader_ = -1;
  std::size_t lines_ = 0;
};

}  // namespace linli::e2e

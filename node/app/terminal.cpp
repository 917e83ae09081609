#include "node/app/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include "node/app/console.h"

namespace linli::app {
namespace {

/// The terminal that this process belongs to, whatever its streams are.
class Terminal {
 public:
  Terminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}
  ~Terminal() {
    if (fd_ >= 0) ::close(fd_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  [[nodiscard]] bool there() const { return fd_ >= 0; }

  void say(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::write(fd_, text.data(), text.size());
      if (n <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  [[nodiscard]] std::optional<std::string> line() const {
    std::string typed;
    for (char c = 0;;) {
      const auto n = ::read(fd_, &c, 1);
      if (n <= 0) return std::nullopt;
      if (c == '\n') return typed;
      typed += c;
    }
  }

 private:
  int fd_;
};

}  // namespace

std::optional<std::string> ask_line(std::string_view question) {
  const Terminal terminal;
  if (!terminal.there()) return std::nullopt;
  flush();
  terminal.say(question);
  return terminal.line();
}

std::optional<bool> ask_yes(std::string_view question) {
  const auto said = ask_line(std::string(question) + " (yes/no) ");
  if (!said) return std::nullopt;
  return *said == "yes" || *said == "y" || *said == "是" || *said == "对";
}

Result<void> compare_words(const crypto::Words& words, const std::string& given,
                           std::string_view whose) {
  const auto differ = [] {
    return fail(
        Errc::bad_value,
        "核对词不一致，可能有人调换了文件或冒充对方，未作任何改动。 The words differ: somebody "
        "may have swapped what came. Nothing was changed",
        "words");
  };
  if (!given.empty()) {
    if (words.are(given)) return {};
    return differ();
  }
  note(std::string(whose) + "\n    " + words.zh() + "\n    " + words.en());
  const auto yes = ask_yes("对方在电话里念出的八个词与上面相同吗？ Are these the words you hear?");
  if (!yes) {
    return fail(Errc::bad_usage,
                "请先电话核对词语，再用 --words 给出听到的 compare the words by telephone, then "
                "give what you heard with --words \"…\"");
  }
  if (!*yes) return differ();
  return {};
}

}  // namespace linli::app

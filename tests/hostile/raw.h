// tests/hostile/raw.h: a socket that says whatever it is told to.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace linli::hostile {

/// Where the attackers are: other addresses of this machine, so that they can be told from others.
inline constexpr const char* kElsewhere = "127.0.0.66";

class Raw {
 public:
  /// Connects to 127.0.0.1. Throws std::runtime_error if that fails.
  explicit Raw(int port, const char* from = kElsewhere);
  ~Raw();
  Raw(Raw&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Raw& operator=(Raw&&) = delete;

  /// False: the other side doesn't take it (for so long), or hung up.
  bool send(std::string_view bytes, std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// Takes what fits into the socket at once; how much that was, -1 after the other side hung up.
  long send_some(std::string_view bytes);
  /// Reads until `end` stands in it, the other side hangs up, or time is over.
  [[nodiscard]] std::string until(std::string_view end,
                                  std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// Has the other side hung up? Reads what came before.
  [[nodiscard]] bool hung_up(std::chrono::milliseconds patience);
  void small_window();  ///< Takes little at once, before anything was received.
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

/// "403 forbidden" of the first answer in `answers`; "closed", if there is none.
[[nodiscard]] std::string told(std::string_view answers);
/// Sends bytes on a connection of their own, and answers with what came back until the other side
/// hung up or had nothing more to say.
[[nodiscard]] std::string ask(int port, std::string_view bytes);

}  // namespace linli::hostile

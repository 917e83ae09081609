// tests/bench/process.h: the executable as a person starts it, and a line that counts what passes.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench.h"

namespace linli::bench {

/// A running `linli`. Stopped by a signal and waited for when its owner ends.
class Child {
 public:
  explicit Child(const std::vector<std::string>& arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next line of its standard output; empty at the end.
  [[nodiscard]] std::string line();
  /// Its peak memory so far, and what it has for itself now (shared pages by their share), in MB.
  [[nodiscard]] double peak_mb() const;
  [[nodiscard]] double own_mb() const;

  [[nodiscard]] int wait();  ///< Its exit status.
  void stop();               ///< Asks it to end, and waits.

 private:
  int pid_ = 0, out_ = -1;
  std::string buffer_;
};

/// `linli serve` on any free port; returns once it listens.
class Served {
 public:
  explicit Served(const std::filesystem::path& data, const std::vector<std::string>& more = {});
  [[nodiscard]] Child& child() { return child_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] int port() const { return port_; }

 private:
  Child child_;
  std::string url_;
  int port_ = 0;
};

/// Runs a command to its end; its standard output and peak memory (looked at every 5 ms). Ensures
/// that it went well.
struct Ran {
  std::string out;
  double peak_mb = 0;
};
[[nodiscard]] Ran run(const std::vector<std::string>& arguments);

/// A TCP proxy on a loopback port that counts what goes through, headers and all (but not what TCP
/// itself adds).
class Wire {
 public:
  explicit Wire(int to_port);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  struct Count {
    std::uint64_t up = 0, down = 0;
    std::uint64_t turns = 0;  ///< Times that bytes went up after nothing, or after bytes down.
  };
  [[nodiscard]] Count count() const;
  void reset();

 private:
  void accept_all();
  void carry(int client);

  int to_port_, listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> up_ = 0, down_ = 0, turns_ = 0;
  std::vector<std::thread> carriers_;  ///< Touched by the acceptor, and by the end.
  std::thread acceptor_;
};

}  // namespace linli::bench

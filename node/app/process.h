// node/app/process.h: the demo's child processes: this same executable, run as a user would run it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/app/console.h"

namespace linli::app {

/// What the demo expected and didn't get: it ends the demo with this sentence. A demo is a script;
/// its first unmet expectation ends it wherever it stands, hence an exception here and only here.
class Unmet : public std::exception {
 public:
  explicit Unmet(std::string what) : what_(std::move(what)) {}
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};
/// Somebody pressed Ctrl-C.
struct Interrupted {};

/// Which executable a Child runs: this one, unless a test says otherwise.
void use_program(const std::filesystem::path& file);

void expect(bool met, const std::string& what);
/// SIGINT and SIGTERM from now on only set a mark; waiting and running then throw Interrupted.
void watch_for_interrupts();
[[nodiscard]] bool interrupted();
/// Polls `probe` until it is true. Throws Unmet at the deadline.
void eventually(const std::string& what, std::chrono::milliseconds deadline,
                const std::function<bool()>& probe);

/// A running child; it dies with this process. Destroying it kills and reaps it.
class Child {
 public:
  /// Files for stdin (empty: none), stdout and stderr (appended to).
  Child(const std::vector<std::string>& arguments, const std::filesystem::path& in,
        const std::filesystem::path& out, const std::filesystem::path& err);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill_hard();                          ///< SIGKILL, and waits for its end.
  [[nodiscard]] int stop();                  ///< SIGTERM, and waits: its exit code.
  [[nodiscard]] int wait();                  ///< Its exit code; 128 + signal if killed.
  [[nodiscard]] std::optional<int> ended();  ///< The same, if it has ended.

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
};

/// What one command answered.
struct Ran {
  int code = 0;
  std::string out, err;
};
/// Runs `linli ARGUMENTS…` to its end, with `in` as stdin. `scratch`: a folder for its files.
[[nodiscard]] Ran run_linli(const std::vector<std::string>& arguments,
                            const std::filesystem::path& scratch, const std::string& in = {});
/// The same, which has to succeed; answers with stdout.
[[nodiscard]] std::string must_run(const std::vector<std::string>& arguments,
                                   const std::filesystem::path& scratch,
                                   const std::string& in = {});

[[nodiscard]] std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace linli::app

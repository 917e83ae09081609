#include "node/app/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <thread>

namespace linli::app {
namespace {

volatile sig_atomic_t interrupt_seen = 0;
std::string program_file = "/proc/self/exe";

void see_interrupt(int) { interrupt_seen = 1; }

int code_of_status(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, const char* in, const char* out, const char* err,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // It died before we asked to be told.
  const int from = ::open(in, O_RDONLY);
  const int to = ::open(out, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int log = ::open(err, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (from < 0 || to < 0 || log < 0) ::_exit(126);
  ::dup2(from, STDIN_FILENO);
  ::dup2(to, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::close_range(3, ~0u, 0);
  ::execv(program_file.c_str(), arguments);
  ::_exit(126);
}

}  // namespace

void use_program(const std::filesystem::path& file) { program_file = file.string(); }

void expect(bool met, const std::string& what) {
  if (!met) throw Unmet{what};
}

void watch_for_interrupts() {
  struct sigaction action {};
  action.sa_handler = see_interrupt;  // Without SA_RESTART: waiting calls come back.
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupt_seen != 0; }

void eventually(const std::string& what, std::chrono::milliseconds deadline,
                const std::function<bool()>& probe) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  auto pause = std::chrono::milliseconds(2);
  while (!probe()) {
    if (interrupted()) throw Interrupted{};
    expect(std::chrono::steady_clock::now() < until,
           what + " (waited " + std::to_string(deadline.count() / 1000) + " s)");
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(200));
  }
}

Child::Child(const std::vector<std::string>& arguments, const std::filesystem::path& in,
             const std::filesystem::path& out, const std::filesystem::path& err) {
  std::string name = "linli";
  std::vector<std::string> kept = arguments;
  std::vector<char*> raw{name.data()};
  for (auto& argument : kept) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const std::string from = in.empty() ? "/dev/null" : in.string();
  const auto parent = ::getpid();
  pid_ = ::fork();
  expect(pid_ >= 0, "can't start a process: the system is out of them or of memory");
  if (pid_ == 0) become(raw.data(), from.c_str(), out.c_str(), err.c_str(), parent);
}

Child::~Child() {
  if (!code_) kill_hard();
}

void Child::kill_hard() {
  if (code_) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  code_ = code_of_status(status);
}

int Child::stop() {
  constexpr auto kPatience = std::chrono::seconds(20);
  if (ended()) return *code_;
  ::kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!ended()) {
    expect(std::chrono::steady_clock::now() < until, "a node doesn't stop when it is asked to");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return *code_;
}

int Child::wait() {
  int status = 0;
  while (!code_) {
    if (::waitpid(pid_, &status, 0) == pid_) {
      code_ = code_of_status(status);
    } else if (interrupted()) {
      throw Interrupted{};
    }
  }
  return *code_;
}

std::optional<int> Child::ended() {
  int status = 0;
  if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) code_ = code_of_status(status);
  return code_;
}

Ran run_linli(const std::vector<std::string>& arguments, const std::filesystem::path& scratch,
              const std::string& in) {
  const auto in_file = scratch / "in", out = scratch / "out", err = scratch / "err";
  std::error_code ec;
  std::filesystem::remove(out, ec);
  std::filesystem::remove(err, ec);
  if (!in.empty()) write_file(in_file, in);
  Ran ran;
  ran.code = Child(arguments, in.empty() ? std::filesystem::path() : in_file, out, err).wait();
  if (interrupted()) throw Interrupted{};
  ran.out = read_file(out);
  ran.err = read_file(err);
  return ran;
}

std::string must_run(const std::vector<std::string>& arguments,
                     const std::filesystem::path& scratch, const std::string& in) {
  auto ran = run_linli(arguments, scratch, in);
  if (ran.code == 0) return std::move(ran.out);
  std::string command = "linli";
  for (const auto& argument : arguments) command += " " + argument;
  constexpr std::size_t kShownMax = 600;
  throw Unmet{"`" + command + "` ended with " + std::to_string(ran.code) + ": " +
              ran.err.substr(0, kShownMax)};
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.flush();
  expect(stream.good(), "can't write " + file.string() + ": is the disk full?");
}

}  // namespace linli::app

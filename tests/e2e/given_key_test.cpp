// The key of a given certificate lies under the node's passphrase: real processes, curl, openssl.
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <regex>
#include <thread>

#include "tests/e2e/city.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

Ran shell(const Scratch& scratch, const std::string& line) {
  const auto out = scratch / "shell.out";
  const int status = std::system(("( " + line + " ) >" + out.string() + " 2>&1").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, app::read_file(out), {}};
}

/// An environment variable of our children, for a while.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

/// A hub that https callers reach, and certificates from elsewhere.
struct Town {
  Scratch scratch;
  std::string hub = (scratch / "hub").string();
  Town() {
    must(scratch, {"init", "--data", hub, "--name", "示例住建局", "--scope", "410700"});
    for (const auto* name : {"first", "second"}) {
      const auto made =
          shell(scratch,
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "
                "90 -subj /CN=" +
                    std::string(name) + " -addext subjectAltName=IP:127.0.0.1 -keyout " +
                    file(name) + ".key -out " + file(name) + ".pem");
      REQUIRE(made.code == 0);
    }
    passphrase_file("word", "示例节点的口令");
    passphrase_file("other", "另一个示例口令");
    // As systemd gives it.
    fs::create_directory(file("credentials"));
    fs::copy_file(file("other"), file("credentials") + "/linli-passphrase");
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (scratch / name).string();
  }
  [[nodiscard]] std::string kept() const { return app::read_file(hub + "/tls/given.key"); }
  void use(const std::string& name) const {
    must(scratch, {"tls", "use", "--data", hub, file(name) + ".pem", file(name) + ".key"});
  }
  /// Does any file of the node hold the secret of that key?
  [[nodiscard]] bool lies_open(const std::string& name) const {
    const auto pem = app::read_file(file(name) + ".key");
    const auto begin = pem.find('\n') + 1;
    const auto secret = pem.substr(begin, 48);
    for (const auto& one : fs::recursive_directory_iterator(hub)) {
      if (one.is_regular_file() && app::read_file(one.path()).find(secret) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool shows(const std::string& url, const std::string& name) const {
    return shell(scratch, "curl -sS -m 10 --cacert " + file(name) + ".pem " + url + "/healthz")
               .code == 0;
  }

 private:
  void passphrase_file(const std::string& name, const std::string& text) const {
    app::write_file(file(name), text + "\n");
    REQUIRE(::chmod(file(name).c_str(), 0600) == 0);
  }
};

/// `linli serve` over https, until it goes.
class Served {
 public:
  explicit Served(const Town& town) : out_(town.file("served.out")), err_(town.file("served.err")) {
    std::error_code ec;
    fs::remove(out_, ec);
    process_ = std::make_unique<app::Child>(
        std::vector<std::string>{"serve", "--data", town.hub, "--listen", "https://127.0.0.1:0"},
        fs::path(), out_, err_);
    app::eventually("serve listens", 20s, [&] {
      if (process_->ended()) FAIL("serve ended by itself: " << app::read_file(err_));
      return node::DataDir(town.hub).serving() && !url().empty();
    });
  }
  [[nodiscard]] std::string url() const {
    const auto said = app::read_file(out_);
    std::smatch found;
    const std::regex line("listening on (https://[^\n]+)\n");
    return std::regex_search(said, found, line) ? found[1].str() : std::string();
  }
  int stop() { return process_->stop(); }

 private:
  fs::path out_, err_;
  std::unique_ptr<app::Child> process_;
};

/// `linli ARGUMENTS…` at a terminal of its own, where somebody answers every question, until it
/// goes.
class AtTerminal {
 public:
  AtTerminal(std::vector<std::string> arguments, const std::string& passphrase) {
    arguments.insert(arguments.begin(), LINLI_PROGRAM);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    child_ = ::forkpty(&screen_, nullptr, nullptr, nullptr);
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    reader_ = std::thread([this, line = passphrase + "\n"] { answer(line); });
  }
  ~AtTerminal() {
    if (!code_) (void)end(SIGKILL);
    reader_.join();
    ::close(screen_);
  }
  AtTerminal(const AtTerminal&) = delete;
  AtTerminal& operator=(const AtTerminal&) = delete;

  [[nodiscard]] std::string said() const {
    const std::lock_guard lock(guard_);
    return said_;
  }
  [[nodiscard]] int questions() const {
    const std::lock_guard lock(guard_);
    return questions_;
  }
  [[nodiscard]] std::string url() const {
    const auto text = said();
    std::smatch found;
    const std::regex line("listening on (https://[^\r\n]+)\r?\n");
    return std::regex_search(text, found, line) ? found[1].str() : std::string();
  }
  int end(int signal = 0) {  ///< Its exit code; `signal`: 0 waits until it goes by itself.
    if (signal != 0) ::kill(child_, signal);
    int status = 0;
    CHECK(::waitpid(child_, &status, 0) == child_);
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return *code_;
  }

 private:
  void answer(const std::string& line) {
    const std::string question = "passphrase of ";
    std::array<char, 512> piece{};
    std::size_t seen = 0;
    for (;;) {
      const auto n = ::read(screen_, piece.data(), piece.size());
      if (n <= 0) return;  // EIO: nobody is at the other end any more.
      const std::lock_guard lock(guard_);
      said_.append(piece.data(), static_cast<std::size_t>(n));
      const auto at = said_.find(question, seen);
      if (at == std::string::npos) continue;
      seen = at + question.size();
      ++questions_;
      if (::write(screen_, line.data(), line.size()) < 0) return;
    }
  }

  pid_t child_ = -1;
  int screen_ = -1;
  std::optional<int> code_;
  std::thread reader_;
  mutable std::mutex guard_;
  std::string said_;  ///< Guarded, like the next.
  int questions_ = 0;
};

}  // namespace

TEST_CASE("tls: at a terminal a passphrase is typed once, for a certificate that comes later, too",
          "[e2e]") {
  const Scratch tools;
  if (shell(tools, "command -v curl && command -v openssl").code != 0) {
    skip("curl or openssl isn't installed");
    return;
  }
  const Town town;
  must(town.scratch, {"keys", "passphrase", "set", "--data", town.hub, "--new", town.file("word")});
  const std::vector<std::string> serve{"serve", "--data", town.hub, "--listen",
                                       "https://127.0.0.1:0"};
  const auto use = [&](const std::string& name) {
    const Variable given("LINLI_PASSPHRASE_FILE", town.file("word"));
    town.use(name);
  };
  for (const auto* name : {"first", "second"}) {  // None is there at first; then the one before.
    INFO(name);
    AtTerminal served(serve, "示例节点的口令");
    app::eventually("serve listens", 20s, [&] { return !served.url().empty(); });
    use(name);
    CHECK_FALSE(town.lies_open(name));
    app::eventually("it is shown", 20s, [&] { return town.shows(served.url(), name); });
    CHECK(served.questions() == 1);
    CHECK(served.end(SIGTERM) == 0);
  }
  AtTerminal rotated({"keys", "rotate", "--data", town.hub, "--request", town.file("request")},
                     "示例节点的口令");
  CHECK(rotated.end() == 0);  // It opens the key in use, and seals the new one.
  CHECK(rotated.questions() == 1);
  AtTerminal wrong(serve, "不是这一个口令");
  CHECK(wrong.end() == 1);
  app::eventually("it says why", 5s,
                  [&] { return wrong.said().find("口令不对") != std::string::npos; });
  CHECK(wrong.questions() == 1);
}

TEST_CASE("tls: a given certificate's key lies under the node's passphrase", "[e2e]") {
  const Scratch tools;
  if (shell(tools, "command -v curl && command -v openssl").code != 0) {
    skip("curl or openssl isn't installed");
    return;
  }
  const Town town;
  town.use("first");
  CHECK(town.lies_open("first"));  // Nothing is under a passphrase yet.
  must(town.scratch, {"keys", "passphrase", "set", "--data", town.hub, "--new", town.file("word")});
  CHECK_FALSE(town.lies_open("first"));
  CHECK(town.kept().starts_with("linli-wrapped-key 1\n"));
  CHECK(app::read_file(town.hub + "/tls/given.wrap").starts_with("linli-key 2\n"));
  for (const auto* name : {"given.key", "given.wrap"}) {
    const auto mode = fs::status(town.hub + "/tls/" + name).permissions();
    CHECK((mode & fs::perms(077)) == fs::perms::none);
  }
  {
    const Variable given("LINLI_PASSPHRASE_FILE", town.file("word"));
    Served served(town);
    CHECK(town.shows(served.url(), "first"));
    // Another one while it serves; it never lies there as it came.
    town.use("second");
    CHECK_FALSE(town.lies_open("second"));
    app::eventually("the second one is shown", 20s,
                    [&] { return town.shows(served.url(), "second"); });
    CHECK(served.stop() == 0);
    must(town.scratch,
         {"keys", "passphrase", "change", "--data", town.hub, "--new", town.file("other")});
    const auto locked =
        linli(town.scratch, {"serve", "--data", town.hub, "--listen", "https://127.0.0.1:0"});
    CHECK(locked.code == 1);
    CHECK(locked.err.find("口令不对") != std::string::npos);
  }
  CHECK_FALSE(town.lies_open("second"));
  {
    const Variable given("CREDENTIALS_DIRECTORY", town.file("credentials"));
    Served served(town);
    CHECK(town.shows(served.url(), "second"));
    CHECK(served.stop() == 0);
    // A copy of the node has it as it lies there, and opens it with the same passphrase.
    const auto copy = town.file("copy"), restored = town.file("restored");
    must(town.scratch, {"backup", "--data", town.hub, copy});
    must(town.scratch, {"restore", "--data", restored, copy});
    CHECK(app::read_file(restored + "/tls/given.key") == town.kept());
    CHECK(app::read_file(restored + "/tls/given.wrap") ==
          app::read_file(town.hub + "/tls/given.wrap"));
    // As an earlier version left it: wrapped at the next start.
    app::write_file(town.hub + "/tls/given.key", app::read_file(town.file("second.key")));
    REQUIRE(town.lies_open("second"));
    Served again(town);
    CHECK(town.shows(again.url(), "second"));
    CHECK_FALSE(town.lies_open("second"));
    CHECK(again.stop() == 0);
    must(town.scratch, {"keys", "passphrase", "remove", "--data", town.hub});
  }
  Served served(town);
  CHECK(town.shows(served.url(), "second"));
  must(town.scratch, {"tls", "unuse", "--data", town.hub});
  CHECK_FALSE(fs::exists(town.hub + "/tls/given.key"));
  CHECK_FALSE(fs::exists(town.hub + "/tls/given.wrap"));
  CHECK(served.stop() == 0);
}

}  // namespace linli::e2e

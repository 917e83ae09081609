// How machines join: by a line or a picture, by two files, by asking; and what protects their keys.
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/e2e/city.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::string kScope = "410700/410702/410702003/410702003901";

/// A command of the system: its exit code and what it printed.
Ran shell(const Scratch& scratch, const std::string& line) {
  const auto out = scratch / "shell.out";
  const int status = std::system(("( " + line + " ) >" + out.string() + " 2>&1").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, app::read_file(out), {}};
}

/// `linli ARGUMENTS…` at a terminal of its own, where somebody answers one question: its exit code
/// and what the terminal showed.
Ran at_terminal(std::vector<std::string> arguments, const std::string& question,
                const std::string& answer) {
  arguments.insert(arguments.begin(), LINLI_PROGRAM);
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int screen = -1;
  const auto child = ::forkpty(&screen, nullptr, nullptr, nullptr);
  REQUIRE(child >= 0);
  if (child == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  Ran ran;
  bool answered = false;
  std::array<char, 512> piece{};
  for (;;) {
    const auto n = ::read(screen, piece.data(), piece.size());
    if (n <= 0) break;  // EIO: nobody is at the other end any more.
    ran.out.append(piece.data(), static_cast<std::size_t>(n));
    if (answered || ran.out.find(question) == std::string::npos) continue;
    answered = true;
    REQUIRE(::write(screen, answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()));
  }
  ::close(screen);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return ran;
}

std::optional<std::string> missing_tools(const Scratch& scratch) {
  for (const auto* tool : {"zbarimg", "rsvg-convert"}) {
    if (shell(scratch, std::string("command -v ") + tool).code != 0) {
      return std::string(tool) + " isn't installed";
    }
  }
  return std::nullopt;
}

struct Town {
  Scratch scratch;
  std::string hub = (scratch / "hub").string(), office = (scratch / "office").string();
  Town() {
    must(scratch, {"init", "--data", hub, "--name", "新乡市住房和城乡建设局", "--scope", "410700"});
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (scratch / name).string();
  }
  [[nodiscard]] Json json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    return Json::parse(must(scratch, arguments));
  }
  void passphrase_file(const std::string& name, const std::string& text) const {
    app::write_file(file(name), text + "\n");
    REQUIRE(::chmod(file(name).c_str(), 0600) == 0);
  }
};

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

/// What a terminal shows as half blocks, as a picture that a scanner's program reads.
std::string picture_of(const std::string& lines, bool drawn_is_dark) {
  constexpr int kScale = 4;
  std::vector<std::string> rows;
  std::istringstream in(std::regex_replace(lines, std::regex("\x1b\\[[0-9;]*m"), ""));
  for (std::string line; std::getline(in, line);) {
    std::string upper, lower;
    for (std::size_t at = 0; at < line.size();) {
      const auto rest = std::string_view(line).substr(at);
      const bool full = rest.starts_with("█"), up = rest.starts_with("▀"),
                 low = rest.starts_with("▄");
      at += full || up || low ? 3 : 1;
      upper += (full || up) == drawn_is_dark ? '1' : '0';
      lower += (full || low) == drawn_is_dark ? '1' : '0';
    }
    if (upper.size() < 21) continue;  // The line of text above the code.
    rows.push_back(upper);
    rows.push_back(lower);
  }
  REQUIRE_FALSE(rows.empty());
  std::string out = "P1\n" + std::to_string(rows[0].size() * kScale) + " " +
                    std::to_string(rows.size() * kScale) + "\n";
  for (const auto& row : rows) {
    REQUIRE(row.size() == rows[0].size());
    for (int i = 0; i < kScale; ++i) {
      for (const char c : row) out += std::string(kScale, c);
      out += "\n";
    }
  }
  return out;
}

std::string scanned(const Scratch& scratch, const std::string& picture) {
  const auto read = shell(
      scratch, "zbarimg -q --nodbus --raw -Sdisable -Sqrcode.enable " + picture + " 2>/dev/null");
  INFO(read.out);
  REQUIRE(read.code == 0);
  return read.out.substr(0, read.out.find('\n'));
}

}  // namespace

TEST_CASE("enrolment: two files are all that a machine without a line needs", "[e2e]") {
  const Town town;
  const auto asked = town.json(
      {"join", "--data", town.office, "--request", town.file("request.txt"), "--name", "渠东社区"});
  const auto own_words = asked["words"].value("zh", "");
  const std::vector<std::string> admit{"admit",   "--data", town.hub, town.file("request.txt"),
                                       "--scope", kScope,   "--out",  town.file("answer.txt"),
                                       "--words"};
  const auto with = [](std::vector<std::string> arguments, const std::string& last) {
    arguments.push_back(last);
    return arguments;
  };
  CHECK(linli(town.scratch, with(admit, "苹果 苹果 苹果 苹果 苹果 苹果 苹果 苹果")).code == 1);
  CHECK_FALSE(fs::exists(town.file("answer.txt")));
  const auto hub_words = town.json(with(admit, own_words))["words"].value("zh", "");
  CHECK(hub_words != own_words);

  const std::vector<std::string> answer{
      "join", "--data", town.office, "--answer", town.file("answer.txt"), "--words"};
  const auto wrong = linli(town.scratch, with(answer, own_words));
  CHECK(wrong.code == 1);
  CHECK(wrong.err.find("核对词不一致") != std::string::npos);
  // A file that was cut short on its way.
  const auto whole = app::read_file(town.file("answer.txt"));
  app::write_file(town.file("answer.txt"), whole.substr(0, whole.size() - 20));
  const auto cut = linli(town.scratch, with(answer, hub_words));
  CHECK(cut.code == 1);
  CHECK(cut.err.find("cut short") != std::string::npos);
  app::write_file(town.file("answer.txt"), "您好，附件如下：\n\n" + whole + "\n谢谢\n");
  const auto joined = town.json(with(answer, hub_words));
  CHECK(joined.value("scope", "") == kScope);
  CHECK(joined.value("name", "") == "渠东社区");
  CHECK(joined["upstream"].is_null());
  must(town.scratch, with(answer, hub_words));  // Again: nothing happens.

  // It works, and the hub takes what it wrote.
  Node hub(town.scratch, "hub");
  hub.start();
  must(town.scratch, {"upstream", "set", "--data", town.office, hub.url()});
  must(town.scratch, {"sync", "--data", town.office});
  must(town.scratch, {"verify", "--data", town.office});
}

TEST_CASE("enrolment: a machine asks and waits until a person has compared words", "[e2e]") {
  const Town town;
  Node hub(town.scratch, "hub");
  hub.start();
  const auto waiting = [&] { return town.json({"nodes", "pending", "--data", town.hub}); };
  const auto hub_words = waiting()["words"].value("zh", "");
  const std::vector<std::string> ask{"join",  "--data", town.office, "--hub",   hub.url(),
                                     "--ask", "--name", "渠东社区",  "--words", hub_words};
  {
    auto impatient = ask;
    impatient.insert(impatient.end(), {"--wait", "1s"});
    const auto ran = linli(town.scratch, impatient);
    CHECK(ran.code == 1);
    CHECK(ran.out.find(hub_words) != std::string::npos);
  }
  app::Child newcomer(ask, {}, town.scratch / "ask.out", town.scratch / "ask.err");
  const auto list = waiting();
  REQUIRE(list["items"].size() == 1);  // The same machine, asking twice.
  const auto& item = list["items"][0];
  CHECK(item.value("name", "") == "渠东社区");
  const auto words = item["words"].value("zh", "");
  const auto id = item.value("id", "").substr(0, 8);
  std::vector<std::string> admit{"nodes", "admit",   "--data", town.hub,
                                 id,      "--scope", kScope,   "--words"};
  admit.push_back(hub_words);  // The wrong ones.
  CHECK(linli(town.scratch, admit).code == 1);
  CHECK_FALSE(newcomer.ended());
  admit.back() = words;
  must(town.scratch, admit);
  app::eventually("the newcomer has joined", 30s, [&] { return newcomer.ended().has_value(); });
  INFO(app::read_file(town.scratch / "ask.err"));
  REQUIRE(newcomer.ended() == 0);
  CHECK(app::read_file(town.scratch / "ask.out").find(words) != std::string::npos);
  CHECK(waiting()["items"].empty());

  // One more, that nobody knows.
  const auto stranger = town.file("stranger");
  const std::vector<std::string> again{"join",  "--data", stranger, "--hub",   hub.url(),
                                       "--ask", "--wait", "1s",     "--words", hub_words};
  CHECK(linli(town.scratch, again).code == 1);
  const auto unknown = waiting()["items"].at(0).value("id", "");
  must(town.scratch, {"nodes", "refuse", "--data", town.hub, unknown});
  const auto refused = linli(town.scratch, again);
  CHECK(refused.code == 1);
  CHECK(refused.err.find("refused") != std::string::npos);
  CHECK(waiting()["items"].empty());
}

TEST_CASE("enrolment: the picture of an invitation is the invitation", "[e2e]") {
  const Town town;
  if (skip(missing_tools(town.scratch))) return;
  Node hub(town.scratch, "hub");
  hub.start();
  const auto svg = town.file("invite.svg"), png = town.file("invite.png");
  const auto scale = GENERATE(1, 3);
  std::vector<std::string> invite{"invite", "--data",   town.hub, "--scope", kScope,
                                  "--name", "渠东社区", "--url",  hub.url(), "--svg",
                                  svg,      "--qr",     "--ink"};
  for (const auto* ink : {"colour", "dark", "light"}) {
    auto arguments = invite;
    arguments.emplace_back(ink);
    const auto printed = must(town.scratch, arguments);
    const auto line = printed.substr(0, printed.find('\n'));
    REQUIRE(line.starts_with("linli-invite:"));
    struct stat st {};
    REQUIRE(::stat(svg.c_str(), &st) == 0);
    CHECK((st.st_mode & 0777u) == 0600);  // It holds the secret.
    REQUIRE(
        shell(town.scratch, "rsvg-convert -z " + std::to_string(scale) + " -o " + png + " " + svg)
            .code == 0);
    CHECK(scanned(town.scratch, png) == line);
    const auto pbm = town.file("terminal.pbm");
    app::write_file(pbm, picture_of(printed.substr(line.size() + 1), std::string(ink) != "dark"));
    CHECK(scanned(town.scratch, pbm) == line);
  }
  const auto line = scanned(town.scratch, png);
  must(town.scratch, {"join", "--data", town.office, line});
  const auto twice = linli(town.scratch, {"join", "--data", town.file("second"), line});
  CHECK(twice.code == 1);  // It was good for one.
}

TEST_CASE("keys: a node under a passphrase starts with it and not without", "[e2e]") {
  const Town town;
  town.passphrase_file("right", "渠东社区的口令");
  town.passphrase_file("wrong", "渠西社区的口令");
  const auto key = fs::path(town.hub) / "node.key";
  const auto plain = app::read_file(key);
  must(town.scratch,
       {"keys", "passphrase", "set", "--data", town.hub, "--new", town.file("right")});
  CHECK(app::read_file(key).starts_with("linli-key 2\n"));
  // Without a terminal there is nobody to ask.
  const std::string program = LINLI_PROGRAM;
  const auto locked = shell(town.scratch, "setsid -w " + program + " serve --data " + town.hub +
                                              " --listen 127.0.0.1:0 </dev/null");
  CHECK(locked.code == 1);
  CHECK(locked.out.find("LINLI_PASSPHRASE_FILE") != std::string::npos);
  {
    const Variable given("LINLI_PASSPHRASE_FILE", town.file("wrong"));
    const auto ran = linli(town.scratch, {"doctor", "--data", town.hub, "--only-one"});
    CHECK(ran.code == 1);
    CHECK(ran.err.find("口令不对") != std::string::npos);
  }
  {
    const Variable given("LINLI_PASSPHRASE_FILE", town.file("right"));
    Node hub(town.scratch, "hub");
    hub.start();
    const auto line = must(town.scratch, {"invite", "--data", town.hub, "--scope", kScope, "--name",
                                          "渠东社区", "--url", hub.url()});
    must(town.scratch, {"join", "--data", town.office, line.substr(0, line.find('\n'))});
    hub.stop();
    // Others could read it: it isn't taken.
    REQUIRE(::chmod(town.file("right").c_str(), 0644) == 0);
    const auto ran = linli(town.scratch, {"keys", "show", "--data", town.hub});
    CHECK(ran.code == 1);
    CHECK(ran.err.find("0600") != std::string::npos);
    REQUIRE(::chmod(town.file("right").c_str(), 0600) == 0);
  }
  {  // As systemd gives it.
    fs::create_directory(town.file("credentials"));
    fs::copy_file(town.file("right"), town.file("credentials") + "/linli-passphrase");
    const Variable given("CREDENTIALS_DIRECTORY", town.file("credentials"));
    CHECK(town.json({"keys", "show", "--data", town.hub}).value("sealed", false));
    must(town.scratch,
         {"keys", "passphrase", "change", "--data", town.hub, "--new", town.file("wrong")});
    CHECK(linli(town.scratch, {"keys", "show", "--data", town.hub}).code == 1);
  }
  // Typed at a terminal, which doesn't show it.
  const auto typed = at_terminal({"keys", "passphrase", "remove", "--data", town.hub},
                                 "node.key: ", "渠西社区的口令\n");
  INFO(typed.out);
  CHECK(typed.code == 0);
  CHECK(typed.out.find("口令 passphrase") != std::string::npos);
  CHECK(typed.out.find("渠西社区") == std::string::npos);
  CHECK(app::read_file(key) == plain);
}

TEST_CASE("keys: the hub works on without the city's root key", "[e2e]") {
  const Town town;
  town.passphrase_file("right", "根密钥的口令一二三");
  const auto out = town.file("root.sealed");
  must(town.scratch,
       {"keys", "export-root", "--data", town.hub, "--out", out, "--new", town.file("right")});
  CHECK_FALSE(fs::exists(fs::path(town.hub) / "root.key"));
  CHECK(app::read_file(out).starts_with("linli-key 2\n"));
  const auto again = linli(town.scratch, {"keys", "export-root", "--data", town.hub, "--out",
                                          town.file("more"), "--new", town.file("right")});
  CHECK(again.code == 1);

  Node hub(town.scratch, "hub");
  hub.start();
  const auto line = must(town.scratch, {"invite", "--data", town.hub, "--scope", kScope, "--name",
                                        "渠东社区", "--url", hub.url()});
  must(town.scratch, {"join", "--data", town.office, line.substr(0, line.find('\n'))});
  must(town.scratch, {"nodes", "scopes", "--data", town.hub, "渠东社区", "--add",
                      "410700/410702/410702003/410702003902"});
  must(town.scratch, {"sync", "--data", town.office});
  must(town.scratch, {"verify", "--data", town.hub});
  hub.stop();
  // And the key that was taken away is the one that it was.
  fs::copy_file(out, fs::path(town.hub) / "root.key");
  const Variable given("LINLI_PASSPHRASE_FILE", town.file("right"));
  CHECK(town.json({"keys", "show", "--root", "--data", town.hub}).value("sealed", false));
}

}  // namespace linli::e2e

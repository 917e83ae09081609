// What a command refuses around accounts, keys, TLS, joining and proofs is said in both languages.
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

/// A character of Chinese, and two letters of a word.
bool both_languages(const std::string& text) {
  bool chinese = false, english = false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto a = static_cast<unsigned char>(text[i]), b = static_cast<unsigned char>(text[i + 1]);
    chinese = chinese || (a >= 0xE4 && a <= 0xE9);  // U+4E00 … U+9FFF begin so.
    english = english || (std::islower(a) != 0 && std::islower(b) != 0);
  }
  return chinese && english;
}

/// Our children read English, so that no sentence of the table's stands before the detail.
class InEnglish {
 public:
  InEnglish() {
    ::unsetenv("LC_ALL");
    ::unsetenv("LC_MESSAGES");
    ::setenv("LANG", "en_US.UTF-8", 1);
  }
  ~InEnglish() { ::unsetenv("LANG"); }
  InEnglish(const InEnglish&) = delete;
  InEnglish& operator=(const InEnglish&) = delete;
};

}  // namespace

TEST_CASE("refusals around trust say what is wrong in both languages", "[e2e]") {
  const Scratch scratch;
  const auto hub = (scratch / "hub").string(), none = (scratch / "none").string(),
             junk = (scratch / "junk").string(), brief = (scratch / "brief").string();
  must(scratch, {"init", "--data", hub, "--name", "示例住建局", "--scope", "410700"});
  app::write_file(junk, "abc");
  app::write_file(brief, "short\n");
  for (const auto& file : {junk, brief}) REQUIRE(::chmod(file.c_str(), 0600) == 0);
  const std::string root(64, 'a'), nobody = "00000000-0000-7000-8000-000000000000";
  const std::vector<std::vector<std::string>> commands{
      {"verify", "--data", none},
      {"init", "--data", hub, "--name", "示例住建局", "--scope", "410700"},
      {"serve", "--data", hub, "--listen", "nonsense"},
      {"serve", "--data", hub, "--log-level", "loud"},
      {"accounts", "disable", "--data", hub, "王五"},
      {"accounts", "add", "--data", hub, "王五", "--role", "office", "--password-file", none},
      {"audit", "list", "--data", hub, "--since", "gestern"},
      {"audit", "list", "--data", hub, "--record", "x"},
      {"audit", "verify", "--data", hub, "--head", "x"},
      {"tls", "use", "--data", hub, junk, junk},
      {"tls", "use", "--data", hub, none, none},
      {"tls", "name", "--data", hub, "--clear", "linli.lan"},
      {"keys", "show", "--data", none},
      {"keys", "passphrase", "set", "--data", hub, "--new", brief},
      {"keys", "passphrase", "set", "--data", hub, "--new", none},
      {"keys", "rotate", "--data", hub, "--root", junk},
      {"keys", "issue", junk, "--root", hub + "/root.key", "--out", none},
      {"keys", "issue", junk, "--root", hub + "/root.key"},
      {"join", "--data", none},
      {"join", "--data", none, "linli-invite:AAAA"},
      {"join", "--data", none, "--answer", junk},
      {"admit", "--data", hub, junk, "--scope", "410700/410702", "--out", none},
      {"admit", "--data", hub, none, "--scope", "410700/410702", "--out", none},
      {"prove", "--data", hub, "compound", "x"},
      {"prove", "--data", hub, "compound", nobody},
      {"check-proof", junk, "--root", root},
      {"check-proof", none, "--root", root},
      {"check-fork", junk, "--root", root},
      {"history", "--data", hub, "--acknowledge", "已核实"},
      {"nodes", "renew", "--data", hub, "nobody"}};
  const InEnglish english;
  for (const auto& command : commands) {
    const auto ran = linli(scratch, command);
    INFO(command[0] << " " << command[1] << ": " << ran.err);
    CHECK(ran.code != 0);
    CHECK(both_languages(ran.err));
  }
}

TEST_CASE("verify: a database that can't be read is said with what to do", "[e2e]") {
  const Scratch scratch;
  const auto hub = (scratch / "hub").string(), file = hub + "/linli.db";
  must(scratch, {"init", "--data", hub, "--name", "示例住建局", "--scope", "410700"});
  const auto size = std::filesystem::file_size(file);
  constexpr std::size_t kPage = 4096;  // The first one stays: it is a database, but a broken one.
  REQUIRE(size > 2 * kPage);
  auto bytes = app::read_file(file);
  std::fill(bytes.begin() + kPage, bytes.end(), '\xff');
  std::ofstream(file, std::ios::binary) << bytes;
  const auto ran = linli(scratch, {"verify", "--data", hub});
  INFO(ran.err);
  CHECK(ran.code == 1);
  CHECK(ran.err.find("linli restore") != std::string::npos);
  CHECK(ran.err.find("数据库读不出") != std::string::npos);
  CHECK(ran.err.find("请运行 linli verify") == std::string::npos);  // That is what was run.
}

}  // namespace linli::e2e

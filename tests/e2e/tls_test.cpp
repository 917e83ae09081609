// https between real processes: nodes, curl, and certificates that come and go while a node serves.
#include <sys/wait.h>

#include <cstdlib>
#include <regex>

#include "tests/e2e/city.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

/// A command of the system: its exit code and what it printed.
Ran shell(const Scratch& scratch, const std::string& line) {
  const auto out = scratch / "shell.out";
  const int status = std::system(("( " + line + " ) >" + out.string() + " 2>&1").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, app::read_file(out), {}};
}

/// `linli serve` with addresses of its own choice.
class Served {
 public:
  Served(const Scratch& scratch, const std::string& data, const std::vector<std::string>& more)
      : out_(scratch / "served.out"), err_(scratch / "served.err") {
    std::vector<std::string> arguments{"serve", "--data", data, "--poll-ms", "50"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::error_code ec;
    std::filesystem::remove(out_, ec);
    process_ = std::make_unique<app::Child>(arguments, std::filesystem::path(), out_, err_);
    app::eventually("serve listens", 20s, [&] {
      if (process_->ended()) FAIL("serve ended by itself: " << app::read_file(err_));
      return node::DataDir(data).serving() && !url("https").empty();
    });
  }
  /// The first address of that kind that it said.
  [[nodiscard]] std::string url(const std::string& kind) const {
    const auto said = app::read_file(out_);
    std::smatch found;
    const std::regex line("listening on (" + kind + "://[^\n]+)\n");
    return std::regex_search(said, found, line) ? found[1].str() : std::string();
  }
  int stop() { return process_->stop(); }

 private:
  std::filesystem::path out_, err_;
  std::unique_ptr<app::Child> process_;
};

}  // namespace

TEST_CASE("tls: nodes by pinned keys, browsers by the city's authority or a given certificate",
          "[e2e]") {
  const Scratch scratch;
  if (shell(scratch, "command -v curl && command -v openssl").code != 0) {
    skip("curl or openssl isn't installed");
    return;
  }
  const auto hub = (scratch / "hub").string(), office = (scratch / "office").string();
  must(scratch, {"init", "--data", hub, "--name", "示例住建局", "--scope", "410700"});
  for (const auto* type : {"org_unit", "company"}) {
    must(scratch, {"records", "put", "--data", hub, type,
                   std::string(LINLI_SAMPLES) + "/" + type + ".ndjson"});
  }
  // Others reach it by https only, unless somebody asks for less.
  const auto closed = linli(scratch, {"serve", "--data", hub, "--listen", "0.0.0.0:0"});
  CHECK(closed.code == 1);
  CHECK(closed.err.find("--open") != std::string::npos);

  Served served(scratch, hub, {"--listen", "0.0.0.0:0", "--open"});
  const auto port = served.url("https").substr(served.url("https").rfind(':'));
  const auto url = "https://127.0.0.1" + port;
  auto line = must(scratch, {"invite", "--data", hub, "--scope", kCommunityA, "--name", "示例社区",
                             "--url", url});
  line.erase(line.find_last_not_of(" \n") + 1);
  must(scratch, {"join", "--data", office, line});
  const auto put =
      linli(scratch, {"records", "put", "--data", office, "compound"}, compound(1).dump() + "\n");
  INFO(put.err);
  CHECK(put.code == 0);
  CHECK(Json::parse(must(scratch, {"sync", "--data", office, "--json"}))["sent"] > 0);

  const auto get = [&](const std::string& options) {
    return shell(scratch, "curl -sS -m 10 " + options + " " + url + "/healthz");
  };
  // A browser takes nothing that nobody vouches for, and nothing older than TLS 1.2.
  CHECK(get("").code != 0);
  CHECK(get("-k").code == 0);
  CHECK(get("-k --tlsv1.2 --tls-max 1.2").code == 0);
  CHECK(get("-k --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT:@SECLEVEL=0").code != 0);

  must(scratch, {"tls", "profile", "--data", hub, "--out", (scratch / "trust").string()});
  must(scratch, {"tls", "name", "--data", hub, "127.0.0.1", "hub.lan"});
  const auto ca = (scratch / "hub" / "tls" / "ca.pem").string();
  app::eventually("curl trusts the city's certificate", 20s,
                  [&] { return get("--cacert " + ca).code == 0; });
  CHECK(get("--cacert " + ca + " --connect-to hub.lan" + port + ":127.0.0.1" + port).code == 0);
  const auto status = Json::parse(must(scratch, {"tls", "status", "--data", hub, "--json"}));
  CHECK(status["certificate"]["source"] == "city");
  CHECK(status["certificate"]["days_left"] > 390);
  CHECK(status["warnings"].empty());
  const auto der = app::read_file(scratch / "trust" / "linli-ca.crt");
  CHECK(shell(scratch, "curl -sS -m 10 --cacert " + ca + " " + url + "/trust/linli-ca.crt").out ==
        der);

  // A given one takes its place while the node serves; one that doesn't fit doesn't.
  const auto file = [&](const std::string& name) { return (scratch / name).string(); };
  const auto make = [&](const std::string& name) {
    return shell(scratch,
                 "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                 "-nodes -days 10 -subj /CN=given -addext subjectAltName=IP:127.0.0.1 "
                 "-keyout " +
                     file(name + ".key") + " -out " + file(name + ".pem"))
        .code;
  };
  REQUIRE(make("given") == 0);
  REQUIRE(make("other") == 0);
  const auto wrong =
      linli(scratch, {"tls", "use", "--data", hub, file("given.pem"), file("other.key")});
  CHECK(wrong.code == 1);
  CHECK(wrong.err.find("私钥与证书不配") != std::string::npos);
  const auto used =
      linli(scratch, {"tls", "use", "--data", hub, file("given.pem"), file("given.key")});
  CHECK(used.code == 0);
  CHECK(used.err.find("注意") != std::string::npos);  // Ten days are few.
  app::eventually("the given certificate is shown", 20s,
                  [&] { return get("--cacert " + file("given.pem")).code == 0; });
  CHECK(linli(scratch, {"sync", "--data", office}).code == 0);
  must(scratch, {"tls", "unuse", "--data", hub});
  app::eventually("the city's certificate is back", 20s,
                  [&] { return get("--cacert " + ca).code == 0; });
  CHECK(served.stop() == 0);

  // At the next start a given certificate that is no good is refused, with what to do.
  app::write_file(scratch / "hub" / "tls" / "given.pem", app::read_file(file("given.pem")));
  app::write_file(scratch / "hub" / "tls" / "given.key", app::read_file(file("other.key")));
  const auto refused = linli(scratch, {"serve", "--data", hub, "--listen", "https://127.0.0.1:0"});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("linli tls") != std::string::npos);
}

TEST_CASE("tls: keys change on both sides of a pinned line and a stolen hub is a stranger there",
          "[e2e]") {
  const Scratch scratch;
  const auto hub = (scratch / "hub").string(), office = (scratch / "office").string();
  must(scratch, {"init", "--data", hub, "--name", "示例住建局", "--scope", "410700"});
  for (const auto* type : {"org_unit", "company"}) {
    must(scratch, {"records", "put", "--data", hub, type,
                   std::string(LINLI_SAMPLES) + "/" + type + ".ndjson"});
  }
  const auto put = [&](int n) {
    must(scratch, {"records", "put", "--data", office, "compound", "-"}, compound(n).dump() + "\n");
  };
  const auto at_hub = [&] {
    return Json::parse(must(scratch, {"records", "list", "--data", hub, "compound", "--json"}))
        .at("items")
        .size();
  };
  const auto root = (scratch / "root.key").string();
  std::filesystem::rename(scratch / "hub" / "root.key", root);
  std::string url;
  {
    Served served(scratch, hub, {"--listen", "https://127.0.0.1:0"});
    url = served.url("https");
    auto line = must(scratch, {"invite", "--data", hub, "--scope", kCommunityA, "--name",
                               "示例社区", "--url", url});
    line.erase(line.find_last_not_of(" \n") + 1);
    must(scratch, {"join", "--data", office, line});
    must(scratch, {"sync", "--data", office});
    put(1);
    must(scratch, {"keys", "rotate", "--data", office});
    must(scratch, {"sync", "--data", office});
    CHECK(at_hub() == 1);
    CHECK(served.stop() == 0);
  }
  // A thief takes the whole machine's folder, TLS key and all.
  const auto thief = (scratch / "thief").string();
  std::filesystem::copy(hub, thief, std::filesystem::copy_options::recursive);
  must(scratch, {"keys", "rotate", "--data", hub, "--root", root, "--stolen"});
  put(2);
  {
    Served served(scratch, hub, {"--listen", url});
    must(scratch, {"sync", "--data", office});
    CHECK(at_hub() == 2);
    CHECK(served.stop() == 0);
  }
  put(3);
  {
    Served served(scratch, thief, {"--listen", url});
    const auto deceived = linli(scratch, {"sync", "--data", office});
    CHECK(deceived.code == 1);
    CHECK(served.stop() == 0);
  }
  Served served(scratch, hub, {"--listen", url});
  must(scratch, {"sync", "--data", office});
  CHECK(at_hub() == 3);
  CHECK(served.stop() == 0);
}

TEST_CASE("tls: names that the authority may not vouch for are refused and cost nothing", "[e2e]") {
  const Scratch scratch;
  const auto hub = (scratch / "hub").string();
  must(scratch, {"init", "--data", hub, "--role", "hub", "--name", "示例局", "--scope", "410700"});
  must(scratch, {"tls", "profile", "--data", hub, "--out", (scratch / "trust").string()});
  const auto status = [&] {
    return Json::parse(must(scratch, {"tls", "status", "--data", hub, "--json"}));
  };
  must(scratch, {"tls", "name", "--data", hub, "hub.lan"});
  const auto before = status();
  REQUIRE(before["certificate"]["source"] == "city");
  for (const std::string name : {"8.8.8.8", "www.example.com"}) {
    const auto ran = linli(scratch, {"tls", "name", "--data", hub, name});
    CHECK(ran.code == 1);
    CHECK(ran.err.find(name) != std::string::npos);
    CHECK(ran.out.empty());
    CHECK(status()["names"] == before["names"]);
    CHECK(status()["certificate"] == before["certificate"]);
  }
}

}  // namespace linli::e2e

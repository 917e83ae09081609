// What the command line takes care of: who is meant, what leaves a node, and what isn't a file.
#include <sys/stat.h>

#include <fstream>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

namespace fs = std::filesystem;

Json told(const Scratch& scratch, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  return Json::parse(must(scratch, arguments));
}

/// A hub without anybody else, which nobody serves.
struct Hub {
  Scratch scratch;
  std::string data = (scratch / "hub").string();
  Hub() {
    must(scratch,
         {"init", "--data", data, "--name", "新乡市住房和城乡建设局", "--scope", "410700"});
  }
  [[nodiscard]] Ran run(std::vector<std::string> arguments, const std::string& in = {}) const {
    arguments.insert(arguments.end(), {"--data", data});
    return linli(scratch, arguments, in);
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (scratch / name).string();
  }
  /// A machine that asked by file, let in under this name.
  void admit(const std::string& folder, const std::string& name) const {
    const auto asked =
        told(scratch, {"join", "--data", file(folder), "--request", file(folder + ".txt")});
    must(scratch, {"admit", "--data", data, file(folder + ".txt"), "--role", "office", "--scope",
                   kCommunityA, "--name", name, "--out", file(folder + ".answer"), "--words",
                   asked["words"].value("zh", "")});
  }
  [[nodiscard]] std::string acts() const {
    std::string all;
    const auto listed = told(scratch, {"audit", "list", "--data", data});
    for (const auto& row : listed["items"]) {
      all += row.value("act", "") + " ";
    }
    return all;
  }
};

mode_t mode_of(const std::string& file) {
  struct stat what {};
  REQUIRE(::stat(file.c_str(), &what) == 0);
  return what.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a name that two machines have is refused by revoke, an id or key isn't", "[e2e][I5]") {
  const Hub hub;
  hub.admit("one", "渠东社区");
  hub.admit("two", "渠东社区");
  const auto nodes = told(hub.scratch, {"nodes", "list", "--data", hub.data})["items"];
  std::vector<Json> same;
  for (const auto& node : nodes) {
    if (node["name"] == "渠东社区") same.push_back(node);
  }
  REQUIRE(same.size() == 2);
  const auto refused = hub.run({"revoke", "渠东社区", "--reason", "丢失"});
  CHECK(refused.code == 2);
  for (const auto& node : same) {
    CHECK(refused.err.find(node.value("author", "").substr(0, 12)) != std::string::npos);
  }
  CHECK(refused.err.find("joined 20") != std::string::npos);
  const auto key = same[0].value("key", "");
  CHECK(hub.run({"revoke", key.substr(0, 10), "--reason", "丢失"}).code == 0);
  // Now only one of them is meant.
  CHECK(hub.run({"revoke", "渠东社区", "--reason", "丢失"}).code == 0);
}

TEST_CASE("what leaves the node, and what is done to its keys, stands in the audit log",
          "[e2e][audit]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto data = city.hub.data();
  const auto id =
      told(city.scratch, {"records", "list", "compound", "--data", data})["items"][0].value("id",
                                                                                            "");
  const auto proof = (city.scratch / "one.linli-proof").string();
  const std::vector<std::string> prove{"prove", "--data", data,  "compound",
                                       id,      "--out",  proof, "--personal"};
  must(city.scratch, prove);
  CHECK(mode_of(proof) == 0600);
  CHECK(linli(city.scratch, prove).code == 2);  // It is there already.
  auto by_force = prove;
  by_force.emplace_back("--force");
  must(city.scratch, by_force);
  must(city.scratch, {"backup", "--data", data, (city.scratch / "copy").string()});
  city.hub.stop();
  const auto word = (city.scratch / "word").string();
  app::write_file(word, "correct horse 电池\n");
  REQUIRE(::chmod(word.c_str(), 0600) == 0);
  must(city.scratch, {"keys", "passphrase", "set", "--data", data, "--root", "--new", word});
  std::string acts;
  const auto listed = told(city.scratch, {"audit", "list", "--data", data});
  for (const auto& row : listed["items"]) {
    acts += row.value("act", "") + " ";
  }
  INFO(acts);
  for (const auto* act : {"prove", "backup", "passphrase"}) {
    CHECK(acts.find(act) != std::string::npos);
  }
}

TEST_CASE("doctor says of a missing key that it is missing", "[e2e]") {
  const Hub hub;
  CHECK(hub.run({"doctor"}).code == 0);
  REQUIRE(::chmod((hub.data + "/node.key").c_str(), 0644) == 0);
  const auto shared = hub.run({"doctor"});
  CHECK(shared.code == 1);
  CHECK(shared.out.find("时钟") != std::string::npos);
  // The data is sound: nobody is sent to a backup.
  CHECK(shared.err.find("corrupt") == std::string::npos);
  CHECK(shared.err.find("see the lines marked") != std::string::npos);
  fs::remove(hub.data + "/node.key");
  const auto said = hub.run({"doctor"});
  CHECK(said.code == 1);
  CHECK(said.out.find("node.key is missing") != std::string::npos);
  CHECK(said.out.find("others can read") == std::string::npos);
  must(hub.scratch,
       {"keys", "rotate", "--data", hub.data, "--root", hub.data + "/root.key", "--stolen"});
  CHECK(hub.run({"doctor"}).code == 0);
}

TEST_CASE("what isn't a file is neither waited for nor replaced", "[e2e]") {
  const Hub hub;
  const auto pipe = hub.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(hub.run({"admit", pipe, "--scope", kCommunityA}).code == 2);
  CHECK(linli(hub.scratch, {"check-fork", pipe, "--root", std::string(64, '0')}).code == 2);
  CHECK(linli(hub.scratch, {"check-proof", pipe, "--root", std::string(64, '0')}).code == 2);
  CHECK(hub.run({"invite", "--scope", kCommunityA, "--name", "社区", "--svg", pipe}).code == 2);
  CHECK(fs::is_fifo(pipe));
}

TEST_CASE("accounts: a change of nothing is a usage error, a password that others read is refused",
          "[e2e][accounts]") {
  const Hub hub;
  const auto word = hub.file("word");
  app::write_file(word, "correct horse 电池\n");
  const std::vector<std::string> add{"accounts",        "add", "王五", "--role", "bureau",
                                     "--password-file", word};
  REQUIRE(::chmod(word.c_str(), 0644) == 0);
  CHECK(hub.run(add).code == 1);
  REQUIRE(::chmod(word.c_str(), 0600) == 0);
  CHECK(hub.run(add).code == 0);
  CHECK(hub.run({"accounts", "role", "王五"}).code == 2);
  CHECK(hub.run({"accounts", "role", "王五", "--role", "auditor"}).code == 0);
}

TEST_CASE("invites are listed and withdrawn, also beside a node that serves", "[e2e]") {
  City city({});
  const auto data = city.hub.data();
  must(city.scratch, {"invite", "--data", data, "--scope", kCommunityA, "--name", "示例社区"});
  const auto open = told(city.scratch, {"invites", "list", "--data", data})["items"];
  REQUIRE(open.size() == 1);
  CHECK(open[0]["state"] == "open");
  const auto id = open[0].value("id", "").substr(0, 10);
  CHECK(linli(city.scratch, {"invite", "--data", data, "--scope", kCommunityA, "--name", "示例社区",
                             "--expires", "1s"})
            .code == 1);
  must(city.scratch, {"invites", "withdraw", "--data", data, id});
  CHECK(told(city.scratch, {"invites", "list", "--data", data})["items"].empty());
  CHECK(linli(city.scratch, {"invites", "withdraw", "--data", data, id}).code == 1);
}

TEST_CASE("bundle export says what --since takes", "[e2e]") {
  const Hub hub;
  const auto ran =
      hub.run({"bundle", "export", hub.file("b"), "--for", "x", "--since", "deadbeef"});
  CHECK(ran.code != 0);
  CHECK(ran.err.find("whole id") != std::string::npos);
}

}  // namespace linli::e2e

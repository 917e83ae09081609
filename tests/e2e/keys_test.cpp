// Keys of real processes: a copied machine is found out, a node changes its key, the hub's is
// stolen.
#include "crypto/keys.h"

#include <fstream>
#include <functional>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

namespace fs = std::filesystem;

Json told(const Scratch& scratch, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  return Json::parse(must(scratch, arguments));
}

bool until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

Json forks(City& city, Node& node) {
  return told(city.scratch, {"forks", "list", "--data", node.data()})["items"];
}

std::size_t count(Node& node, const std::string& type) {
  return node.get("/api/v1/records/" + type)["items"].size();
}

}  // namespace

TEST_CASE(
    "a machine that was copied: whoever may read it hears of both, and can show it to anybody",
    "[e2e][I5]") {
  City city({kCommunityA, kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  // The whole folder, mark and all: neither copy can know of the other.
  city.office(0).stop();
  const auto copy = city.scratch / "copy";
  fs::copy(city.office(0).data(), copy, fs::copy_options::recursive);
  const auto write = [&](const std::string& data, int n) {
    must(city.scratch, {"records", "put", "--data", data, "compound", "-"},
         compound(n).dump() + "\n");
  };
  write(city.office(0).data(), 2);
  write(copy.string(), 3);
  const auto stick = (city.scratch / "stick.linli").string();
  const auto hub = city.hub.get("/api/v1/node")["name"].get<std::string>();
  must(city.scratch, {"bundle", "export", "--data", copy.string(), "--for", hub, stick});
  city.office(0).start();
  REQUIRE(until([&] { return count(city.hub, "compound") == 2; }));
  (void)linli(city.scratch, {"bundle", "import", "--data", city.hub.data(), stick});
  REQUIRE(until([&] { return forks(city, city.hub).size() == 1; }));
  // It gets to the neighbour, and to the machine itself.
  REQUIRE(until([&] { return forks(city, city.office(1)).size() == 1; }));
  REQUIRE(until([&] { return forks(city, city.office(0)).size() == 1; }));
  CHECK(forks(city, city.office(0))[0]["own"] == true);
  CHECK(forks(city, city.office(1))[0]["own"] == false);
  const auto examined = linli(city.scratch, {"doctor", "--data", city.office(0).data(), "--json"});
  CHECK(examined.code == 1);
  CHECK(Json::parse(examined.out)["good"] == false);

  const auto file = (city.scratch / "fork").string();
  const auto number = forks(city, city.office(1))[0]["number"].dump();
  const auto made =
      told(city.scratch, {"forks", "export", "--data", city.office(1).data(), number, "-o", file});
  const auto name = made["city"].get<std::string>();
  const auto shown = told(city.scratch, {"check-fork", file, "--root", name});
  CHECK(shown["holds"] == true);
  CHECK(shown["author"] == city.office(0).get("/api/v1/node")["author"]);
  CHECK(linli(city.scratch, {"check-fork", file, "--root", std::string(64, 'a')}).code == 1);
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign((std::istreambuf_iterator<char>(in)), {});
  }
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  CHECK(linli(city.scratch, {"check-fork", file, "--root", name}).code == 1);
  city.verify();
}

TEST_CASE("an office changes its key: it stays who it was, and its neighbours go on with it",
          "[e2e][I5]") {
  City city({kCommunityA, kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  auto& office = city.office(0);
  const auto author = office.get("/api/v1/node")["author"];
  const auto before = told(city.scratch, {"keys", "show", "--data", office.data()})["public_key"];
  CHECK(linli(city.scratch, {"keys", "rotate", "--data", office.data()}).code == 1);  // It runs.
  office.stop();
  const auto rotated = told(city.scratch, {"keys", "rotate", "--data", office.data()});
  CHECK(rotated["rotated"] == true);
  CHECK(rotated["public_key"] != before);
  office.start();
  CHECK(office.get("/api/v1/node")["author"] == author);
  REQUIRE(office.batch("compound", {compound(2)}));
  city.settle();
  CHECK(count(city.hub, "compound") == 2);
  CHECK(count(city.office(1), "compound") == 2);
  // By file: the hub answers, and the certificate comes with the next exchange.
  office.stop();
  const auto request = (city.scratch / "rotate.bin").string();
  const auto asked =
      told(city.scratch, {"keys", "rotate", "--data", office.data(), "--request", request});
  CHECK(asked["rotated"] == false);
  must(city.scratch, {"nodes", "renew", "--data", city.hub.data(), "--request", request});
  office.start();
  REQUIRE(until([&] {
    return told(city.scratch, {"keys", "show", "--data", office.data()})["public_key"] !=
           rotated["public_key"];
  }));
  REQUIRE(office.batch("compound", {compound(3)}));
  city.settle();
  CHECK(count(city.hub, "compound") == 3);
  CHECK(city.hub.get("/api/v1/held")["held"].empty());
  city.verify();
}

TEST_CASE("the hub changes its key while the root key stays off line: two files go between",
          "[e2e][I5]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto hub = city.hub.data();
  const auto author = city.hub.get("/api/v1/node")["author"];
  city.hub.stop();
  const auto root = (city.scratch / "root.key").string();
  fs::rename(fs::path(hub) / "root.key", root);
  const auto before = told(city.scratch, {"keys", "show", "--data", hub});

  const auto request = (city.scratch / "hub.request").string();
  const auto out = (city.scratch / "hub.certificate").string();
  CHECK(told(city.scratch, {"keys", "rotate", "--data", hub, "--request", request})["rotated"] ==
        false);
  const auto shown = told(city.scratch, {"keys", "issue", request, "--root", root, "--dry-run"});
  CHECK(shown["in_use"] == before["words"]);
  CHECK_FALSE(fs::exists(out));
  // A key that isn't the city's, a request that was altered, no file named: nothing is made.
  const auto own = (fs::path(hub) / "node.key").string();
  CHECK(linli(city.scratch, {"keys", "issue", request, "--root", own, "--out", out}).code == 1);
  std::string bytes;
  {
    std::ifstream in(request, std::ios::binary);
    bytes.assign((std::istreambuf_iterator<char>(in)), {});
  }
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  const auto altered = (city.scratch / "altered.request").string();
  std::ofstream(altered, std::ios::binary) << bytes;
  CHECK(linli(city.scratch, {"keys", "issue", altered, "--root", root, "--out", out}).code == 1);
  CHECK(linli(city.scratch, {"keys", "issue", request, "--root", root}).code != 0);
  CHECK_FALSE(fs::exists(out));
  told(city.scratch, {"keys", "issue", request, "--root", root, "--out", out});
  // The request itself is no certificate.
  CHECK(linli(city.scratch, {"keys", "rotate", "--data", hub, "--certificate", request}).code == 1);
  // The hub works on with the key in use until the certificate comes.
  city.hub.start();
  REQUIRE(city.office(0).batch("compound", {compound(2)}));
  city.settle();
  city.hub.stop();

  const auto done = told(city.scratch, {"keys", "rotate", "--data", hub, "--certificate", out});
  CHECK(done["rotated"] == true);
  const auto after = told(city.scratch, {"keys", "show", "--data", hub});
  CHECK(after["words"] == shown["next"]);
  // Once is enough.
  CHECK(linli(city.scratch, {"keys", "rotate", "--data", hub, "--certificate", out}).code == 1);
  city.hub.start();
  CHECK(city.hub.get("/api/v1/node")["author"] == author);
  REQUIRE(city.office(0).batch("compound", {compound(3)}));
  city.settle();
  CHECK(count(city.hub, "compound") == 3);
  city.verify();
}

TEST_CASE("the hub's key is stolen: the root key makes another, and the offices go on",
          "[e2e][I5]") {
  City city({kCommunityA, kCommunityB});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  // Whoever has the stolen folder runs it as the hub, at an address of his own.
  city.hub.stop();
  Node thief(city.scratch, "thief");
  fs::copy(city.hub.data(), thief.data(), fs::copy_options::recursive);
  const auto root = (city.scratch / "root.key").string();
  fs::rename(fs::path(city.hub.data()) / "root.key", root);
  fs::remove(fs::path(thief.data()) / "root.key");

  const auto done =
      told(city.scratch, {"keys", "rotate", "--data", city.hub.data(), "--root", root, "--stolen"});
  CHECK(done["rotated"] == true);
  city.hub.start();
  REQUIRE(city.office(0).batch("compound", {compound(2)}));
  city.settle();
  CHECK(count(city.hub, "compound") == 2);

  // What the thief says from now on reaches nobody: neither who asks there …
  thief.start();
  const auto deceived = [&](Node& node) {
    return city.exported(node, "org_unit").find("假区") != std::string::npos;
  };
  REQUIRE(thief.batch("org_unit", {Json{{"code", "410799"},
                                        {"level", "district"},
                                        {"name", "假区"},
                                        {"code_authority", "gbt2260"},
                                        {"parent", "410700"},
                                        {"valid_from", "2023-01-01"}}}));
  REQUIRE(deceived(thief));
  city.office(1).stop();
  const auto set =
      linli(city.scratch, {"upstream", "set", "--data", city.office(1).data(), thief.url()});
  CHECK(set.code == 0);
  CHECK(linli(city.scratch, {"sync", "--data", city.office(1).data()}).code == 1);
  must(city.scratch, {"upstream", "set", "--data", city.office(1).data(), city.hub.url()});
  city.office(1).start();
  city.settle();
  CHECK_FALSE(deceived(city.office(1)));
  // … nor by stick.
  const auto stick = (city.scratch / "stick.linli").string();
  const auto name = city.office(0).get("/api/v1/node")["author"].get<std::string>();
  must(city.scratch, {"bundle", "export", "--data", thief.data(), "--for", name, "--all", stick});
  (void)linli(city.scratch, {"bundle", "import", "--data", city.office(0).data(), stick});
  CHECK_FALSE(deceived(city.office(0)));
  REQUIRE(city.office(1).batch("compound", {compound(3)}));
  city.settle();
  CHECK(count(city.hub, "compound") == 3);
  city.verify();
}

TEST_CASE("the hub's key is lost while the root key is elsewhere: two files put it right",
          "[e2e][I5]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  city.hub.stop();
  const auto hub = city.hub.data();
  const auto root = (city.scratch / "root.key").string();
  fs::rename(fs::path(hub) / "root.key", root);
  const auto request = (city.scratch / "hub.request").string();
  const auto out = (city.scratch / "hub.answer").string();
  // Without either way to the root key it says what to do.
  const auto how = linli(city.scratch, {"keys", "rotate", "--data", hub, "--stolen"});
  CHECK(how.code != 0);
  CHECK(how.err.find("--request") != std::string::npos);
  fs::remove(fs::path(hub) / "node.key");
  CHECK(told(city.scratch, {"keys", "rotate", "--data", hub, "--stolen", "--request",
                            request})["rotated"] == false);
  const auto shown = told(city.scratch, {"keys", "issue", request, "--root", root, "--out", out});
  CHECK(shown["ends"]["log_size"] > 0);
  CHECK(linli(city.scratch, {"serve", "--data", hub, "--listen", "127.0.0.1:0"}).code == 1);
  const auto done = told(city.scratch, {"keys", "rotate", "--data", hub, "--certificate", out});
  CHECK(done["rotated"] == true);
  CHECK(told(city.scratch, {"keys", "show", "--data", hub})["words"] == shown["next"]);
  city.hub.start();
  REQUIRE(city.office(0).batch("compound", {compound(2)}));
  city.settle();
  CHECK(count(city.hub, "compound") == 2);
  city.verify();
}

}  // namespace linli::e2e

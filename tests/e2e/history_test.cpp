// The hub's history, checked by others: by a program of its own that knows the specifications only,
// by an office that isn't shown another history unnoticed, and by whoever gets a proof file.
#include <cstdlib>
#include <fstream>

#include "crypto/signed_note.h"
#include "node/store/database.h"
#include "tests/e2e/city.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> without_node() {
  if (std::system("node --version > /dev/null 2>&1") == 0) return std::nullopt;
  return "Node isn't installed: apt-get install nodejs";
}

/// A script of tests/history, with what it printed.
struct Told {
  int code = 0;
  std::string out;
};
Told node_script(const Scratch& scratch, const std::string& script,
                 const std::vector<std::string>& arguments) {
  auto command = "node " + std::string(LINLI_HISTORY_TESTS) + "/" + script;
  for (const auto& argument : arguments) command += " '" + argument + "'";
  const auto out = scratch / (script + ".out");
  const auto status = std::system((command + " > " + out.string() + " 2>&1").c_str());
  return {status, app::read_file(out)};
}

Json history(City& city, Node& node) {
  const auto ran = linli(city.scratch, {"history", "--data", node.data(), "--json"});
  return Json::parse(ran.out);
}

/// One inspection, waited for until the hub has it.
void inspect(City& city, int day) {
  REQUIRE(city.office(0).batch("inspection", {inspection("410702003901101", day)}));
  city.settle();
}

std::string record_id(Node& node, const std::string& type) {
  return node.get("/api/v1/records/" + type)["items"][0]["id"].get<std::string>();
}

/// A proof of a compound, made at the hub: its file, and the city's name.
std::pair<std::string, std::string> proof_of(City& city, const std::string& id) {
  const auto file = (city.scratch / "hub.linli-proof").string();
  const auto made = Json::parse(must(city.scratch, {"prove", "--data", city.hub.data(), "compound",
                                                    id, "--out", file, "--force", "--json"}));
  return {file, made["city"].get<std::string>()};
}

/// Until the office has cosigned a head that covers the compound.
void wait_for_witness(City& city, const std::string& id) {
  app::eventually("the office has cosigned a head with it", 20s, [&] {
    const auto [file, root] = proof_of(city, id);
    const auto proof =
        Json::parse(must(city.scratch, {"check-proof", file, "--root", root, "--json"}));
    return !proof["changes"][0]["witnesses"].empty();
  });
}

}  // namespace

TEST_CASE("what the hub serves holds by the specifications, for a program that shares nothing",
          "[e2e][I5]") {
  if (skip(without_node())) return;
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto own = history(city, city.hub)["own"];
  const auto key = own["key"].get<std::string>();
  const auto first = node_script(city.scratch, "check_log.mjs", {city.hub.url(), key});
  CAPTURE(first.out);
  REQUIRE(first.code == 0);
  const auto before = Json::parse(first.out);
  CHECK(before["size"] == own["size"]);

  // Over 256 leaves there is a tile above the leaves.
  for (int day = 0; day < 270; ++day) {
    REQUIRE(city.office(0).batch("inspection", {inspection("410702003901101", day)}));
  }
  city.settle();
  const auto second =
      node_script(city.scratch, "check_log.mjs",
                  {city.hub.url(), key, before["size"].dump(), before["root"].get<std::string>()});
  CAPTURE(second.out);
  REQUIRE(second.code == 0);
  const auto after = Json::parse(second.out);
  CHECK(after["size"].get<int>() >= 270);
  CHECK(after["consistent_from"] == before["size"]);
  CHECK(after["entries"] == after["size"]);

  // A checker that finds nothing proves nothing: another root, another key.
  CHECK(node_script(city.scratch, "check_log.mjs",
                    {city.hub.url(), key, before["size"].dump(), after["root"].get<std::string>()})
            .code != 0);
  auto wrong = *crypto::NoteKey::from_vkey(key);
  wrong.key.data[0] ^= 1;
  CHECK(node_script(city.scratch, "check_log.mjs", {city.hub.url(), wrong.vkey()}).code != 0);
  city.verify();
}

TEST_CASE("a proof file holds by itself, from the hub and from an office", "[e2e][I5]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto id = record_id(city.office(0), "compound");
  wait_for_witness(city, id);
  for (auto* node : {&city.hub, &city.office(0)}) {
    const auto file = (city.scratch / "compound.linli-proof").string();
    const auto made = Json::parse(must(city.scratch, {"prove", "--data", node->data(), "compound",
                                                      id, "--out", file, "--force", "--json"}));
    const auto root = made["city"].get<std::string>();
    CHECK(made["left_out"] == 0);
    CHECK(made["bytes"].get<int>() < 16'384);
    const auto proof =
        Json::parse(must(city.scratch, {"check-proof", file, "--root", root, "--json"}));
    CHECK(proof["holds"] == true);
    CHECK(proof["id"] == id);
    REQUIRE(proof["changes"].size() == 1);
    CHECK(proof["changes"][0]["fields"]["name"] == compound(1)["name"]);
    CHECK(proof["changes"][0]["not_after"].is_string());
    CHECK(proof["changes"][0]["role"] == "office");
    // The office has checked that head and says so.
    REQUIRE(proof["changes"][0]["witnesses"].size() == 1);
    CHECK(proof["changes"][0]["witnesses"][0]["node"] == proof["changes"][0]["node"]);

    // In the browser's own code as well.
    if (!without_node()) {
      const auto page = node_script(city.scratch, "check_page.mjs",
                                    {std::string(LINLI_HISTORY_TESTS) + "/../..", file, root});
      CAPTURE(page.out);
      REQUIRE(page.code == 0);
      CHECK(Json::parse(page.out)["sets"].size() == 1);
    }
    // Of another city, or changed: it isn't.
    const auto elsewhere =
        linli(city.scratch, {"check-proof", file, "--root", std::string(64, 'a')});
    CHECK(elsewhere.code == 1);
    CHECK(elsewhere.err.find("证明属于其他城市") != std::string::npos);
    auto bytes = app::read_file(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(file, std::ios::binary) << bytes;
    const auto changed = linli(city.scratch, {"check-proof", file, "--root", root});
    CHECK(changed.code == 1);
    CHECK(changed.err.find("证明不成立") != std::string::npos);
  }
}

TEST_CASE("the page checks a proof file in a browser and asks nobody", "[e2e][browser]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto id = record_id(city.office(0), "compound");
  wait_for_witness(city, id);
  const auto [file, root] = proof_of(city, id);
  const auto command = "node " + std::string(LINLI_BROWSER_TESTS) + "/proof.mjs " +
                       city.office(0).url() + " " + file + " " + root + " " +
                       (city.scratch / "pictures").string() + " > " +
                       (city.scratch / "browser.log").string() + " 2>&1";
  const auto code = std::system(command.c_str());
  INFO(app::read_file(city.scratch / "browser.log"));
  CHECK(code == 0);
}

TEST_CASE("an office finds out that the hub rewrote its history", "[e2e][I5]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  inspect(city, 1);
  app::eventually("the office has checked the history", 20s,
                  [&] { return !history(city, office)["seen"].empty(); });
  const auto seen = history(city, office)["seen"][0];
  CHECK(history(city, office)["faults"].empty());

  // It grows, and is checked again.
  inspect(city, 2);
  app::eventually("the office has checked what came since", 20s,
                  [&] { return history(city, office)["seen"][0]["size"] > seen["size"]; });
  CHECK(linli(city.scratch, {"history", "--data", office.data()}).code == 0);

  // Somebody at the hub replaces a change set in the database.
  city.hub.stop();
  {
    auto db = store::Database::open(std::filesystem::path(city.hub.data()) / "linli.db",
                                    store::Access::write);
    REQUIRE(db);
    (*db)->execute("UPDATE leaf SET hash = randomblob(32) WHERE position = 2");
  }
  CHECK(linli(city.scratch, {"verify", "--data", city.hub.data()}).code == 1);
  city.hub.start();
  inspect(city, 3);
  app::eventually("the office has noticed", 20s,
                  [&] { return !history(city, office)["faults"].empty(); });
  const auto found = linli(city.scratch, {"history", "--data", office.data(), "--json"});
  CHECK(found.code == 1);
  const auto fault = Json::parse(found.out)["faults"][0];
  // The evidence convinces others: both heads are signed by the hub's key.
  const auto key =
      crypto::NoteKey::from_vkey(history(city, city.hub)["own"]["key"].get<std::string>());
  REQUIRE(key);
  for (const auto* side : {"kept", "shown"}) {
    const auto note = crypto::SignedNote::decode(fault[side].get<std::string>());
    REQUIRE(note);
    CHECK(crypto::check_note(*note, *key));
  }
  // It is told wherever somebody looks.
  const auto examined = linli(city.scratch, {"doctor", "--data", office.data(), "--json"});
  CHECK(examined.code == 1);
  const auto doctor = Json::parse(examined.out);
  CHECK(doctor["good"] == false);
  CHECK(doctor.dump().find("linli history") != std::string::npos);
  const auto status =
      Json::parse(must(city.scratch, {"sync", "status", "--data", office.data(), "--json"}));
  CHECK(status["history"]["faults"] == 1);
  CHECK(office.get("/api/v1/node")["history"]["last_fault"]["detail"] == fault["detail"]);
  CHECK(office.get("/healthz")["warnings"].dump().find("history_in_doubt") != std::string::npos);
  // What is recorded goes on being exchanged.
  CHECK(city.exported(city.hub, "inspection") == city.exported(office, "inspection"));

  // Somebody at the office has asked at the hub: told no more, and kept.
  CHECK(linli(city.scratch,
              {"history", "--data", office.data(), "--acknowledge", "已电话核实", "--fault", "99"})
            .code == 1);
  must(city.scratch, {"history", "--data", office.data(), "--acknowledge", "已电话核实"});
  const auto looked = linli(city.scratch, {"history", "--data", office.data(), "--json"});
  CHECK(looked.code == 0);
  const auto acknowledged = Json::parse(looked.out)["faults"][0];
  CHECK(acknowledged["acknowledged"]["note"] == "已电话核实");
  CHECK((acknowledged["kept"] == fault["kept"] && acknowledged["shown"] == fault["shown"]));
  const auto well = linli(city.scratch, {"doctor", "--data", office.data()});
  CHECK(well.code == 0);
  CHECK(well.out.find("△") != std::string::npos);
  CHECK(well.out.find("已电话核实") != std::string::npos);
  CHECK(linli(city.scratch, {"sync", "status", "--data", office.data()}).err.find("注意") ==
        std::string::npos);
  CHECK(office.get("/healthz")["warnings"].dump().find("history_in_doubt") == std::string::npos);
  CHECK(
      must(city.scratch, {"audit", "list", "--data", office.data()}).find("acknowledge_history") !=
      std::string::npos);
}

TEST_CASE("a relay hands on the hub's history and its office checks it", "[e2e][I5]") {
  Scratch scratch;
  Node hub{scratch, "hub"}, street{scratch, "street"}, office{scratch, "office"};
  must(scratch, {"init", "--data", hub.data(), "--role", "hub", "--name", "示例住建局", "--scope",
                 "410700"});
  hub.start();
  const auto enrol = [&](Node& above, Node& node, const std::string& role,
                         const std::string& scope) {
    auto line = must(scratch, {"invite", "--data", above.data(), "--role", role, "--scope", scope,
                               "--name", "示例" + role});
    line.erase(line.find_last_not_of(" \n") + 1);
    must(scratch, {"join", "--data", node.data(), line, "--hub", above.url()});
    node.start();
  };
  enrol(hub, street, "street", "410700/410702/410702003");
  enrol(street, office, "office", kCommunityA);
  app::eventually("the office has checked the hub's history", 30s, [&] {
    const auto seen =
        Json::parse(linli(scratch, {"history", "--data", office.data(), "--json"}).out)["seen"];
    return !seen.empty() && seen[0]["origin"].get<std::string>().starts_with("linli-log/410700/");
  });
  const auto at_hub = hub.send("GET", "/checkpoint");
  const auto at_street = street.send("GET", "/checkpoint");
  REQUIRE(at_hub);
  REQUIRE(at_street);
  CHECK(at_street->body.substr(0, at_street->body.find('\n')) ==
        at_hub->body.substr(0, at_hub->body.find('\n')));
}

}  // namespace linli::e2e

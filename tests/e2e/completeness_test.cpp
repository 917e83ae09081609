// Does an office hold everything that it may read? Asked through its street, answered by the hub.
#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

/// A hub, a street that relays, and an office below it.
struct Chain {
  Scratch scratch;
  Node hub{scratch, "hub"}, street{scratch, "street"}, office{scratch, "office"};

  Chain() {
    must(scratch, {"init", "--data", hub.data(), "--role", "hub", "--name", "示例住建局", "--scope",
                   "410700"});
    for (const auto* type : {"org_unit", "company", "template"}) {
      must(scratch, {"records", "put", "--data", hub.data(), type,
                     std::string(LINLI_SAMPLES) + "/" + type + ".ndjson"});
    }
    hub.start();
    enrol(hub, street, "street", "410700/410702/410702003");
    enrol(street, office, "office", kCommunityA);
  }
  void enrol(Node& above, Node& node, const std::string& role, const std::string& scope) {
    auto line = must(scratch, {"invite", "--data", above.data(), "--role", role, "--scope", scope,
                               "--name", "示例" + role});
    line.erase(line.find_last_not_of(" \n") + 1);
    must(scratch, {"join", "--data", node.data(), line, "--hub", above.url()});
    node.start();
  }
  Ran complete(bool ask) {
    std::vector<std::string> command{"sync", "complete", "--data", office.data(), "--json"};
    if (ask) command.emplace_back("--ask");
    return linli(scratch, command);
  }
};

}  // namespace

TEST_CASE("an office shows that nothing was kept from it", "[e2e][I3][I5]") {
  Chain chain;
  REQUIRE(chain.office.batch("compound", {compound(1)}));
  app::eventually("the office holds everything and has the hub's word for it", 60s,
                  [&] { return chain.complete(true).code == 0; });
  const auto answer = Json::parse(chain.complete(false).out)["completeness"];
  CHECK(answer["complete"] == true);
  CHECK(answer["by"] == "示例住建局");
  CHECK(answer["feeds"] >= 2);

  // A street that keeps something back: the office's own copy shows it, with the hub's signature.
  chain.office.stop();
  chain.street.stop();
  must(chain.scratch, {"records", "put", "--data", chain.hub.data(), "company",
                       std::string(LINLI_SAMPLES) + "/company.ndjson"});
  {
    auto db = store::Database::open(std::filesystem::path(chain.office.data()) / "linli.db",
                                    store::Access::write);
    REQUIRE(db);
    (*db)->execute(
        "UPDATE feed SET tip_seq = tip_seq - 1, receipted_seq = tip_seq - 1 WHERE id = "
        "(SELECT max(feed) FROM log WHERE kind = 1 AND author <> (SELECT author FROM "
        "log WHERE peer = 0 LIMIT 1))");
  }
  const auto lacking = chain.complete(false);
  CHECK(lacking.code == 1);
  const auto told = Json::parse(lacking.out)["completeness"];
  CHECK(told["complete"] == false);
  REQUIRE(told["lacks"].size() == 1);
  CHECK(told["lacks"][0]["kind"] == "missing");

  // Nobody can alter the hub's word.
  {
    auto db = store::Database::open(std::filesystem::path(chain.office.data()) / "linli.db",
                                    store::Access::write);
    REQUIRE(db);
    (*db)->execute(
        "UPDATE meta SET value = CAST(substr(value, 1, length(value) - 16) || zeroblob(8) || "
        "substr(value, -8) AS BLOB) WHERE "
        "key = 'holdings'");
  }
  const auto forged = chain.complete(false);
  CHECK(forged.code == 1);
  CAPTURE(forged.out, forged.err);
  CHECK(forged.err.find("bad_signature") != std::string::npos);
}

}  // namespace linli::e2e

// A laptop is lost: its key ends on the command line, and the city goes on without it.
#include <algorithm>
#include <functional>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

Json told(const Scratch& scratch, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  return Json::parse(must(scratch, arguments));
}

Json node_at(City& city, std::size_t i) {
  const auto author = city.office(i).get("/api/v1/node")["author"];
  const auto list = told(city.scratch, {"nodes", "list", "--data", city.hub.data()});
  for (const auto& node : list["items"]) {
    if (node["author"] == author) return node;
  }
  return nullptr;
}

bool until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a lost laptop's key ends: what came before stands, what it writes later waits for a yes",
          "[e2e][I5][I6]") {
  City city({kCommunityA, kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto lost = node_at(city, 0);
  REQUIRE(lost.is_object());
  const auto author = lost["author"].get<std::string>();
  const auto data = city.hub.data();

  // Nobody ends a key by mistake.
  CHECK(linli(city.scratch, {"revoke", author, "--data", data}).code == 2);
  CHECK(linli(city.scratch, {"revoke", "没有这个节点", "--reason", "丢失", "--data", data}).code ==
        1);
  const auto above = city.hub.get("/api/v1/node")["author"].get<std::string>();
  CHECK(linli(city.scratch, {"revoke", above, "--reason", "丢失", "--data", city.office(1).data()})
            .code == 1);
  CHECK(told(city.scratch, {"revoke", author, "--reason", "丢失", "--dry-run", "--data",
                            data})["dry_run"] == true);
  CHECK(node_at(city, 0)["revoked"].is_null());

  const auto done = told(city.scratch, {"revoke", author, "--reason", "丢失", "--data", data});
  CHECK(done["stands"].get<int>() >= 1);
  CHECK(node_at(city, 0)["revoked"] == "丢失");
  CHECK(linli(city.scratch, {"revoke", author, "--reason", "丢失", "--data", data}).code == 1);

  // Whoever has it goes on writing; the others go on as well.
  REQUIRE(city.office(0).batch("compound", {compound(2)}));
  REQUIRE(city.office(1).batch("compound", {compound(3)}));
  Json held;
  REQUIRE(until([&] { return (held = city.hub.get("/api/v1/held")["held"]).size() == 1; }));
  CHECK(held[0]["reason"] == "revoked");
  CHECK(held[0]["author"] == author);
  CHECK(until([&] {
    return city.hub.get("/api/v1/records/compound")["items"].size() == 2 &&
           city.exported(city.hub, "compound") == city.exported(city.office(1), "compound");
  }));
  CHECK(city.office(0).get("/api/v1/records/compound")["items"].size() == 2);  // Its own only.
  // It isn't told that the line is down, but why nothing goes over.
  const auto line_of = [&](std::size_t i) {
    return city.office(i).get("/api/v1/node")["upstream"];
  };
  CHECK(until([&] { return line_of(0)["mode"] == "revoked"; }));
  CHECK(line_of(0)["revoked"] == true);
  CHECK(line_of(1)["mode"] != "revoked");
  const auto said = linli(city.scratch, {"sync", "status", "--data", city.office(0).data()});
  CHECK(said.out.find("密钥已被吊销") != std::string::npos);
  CHECK(said.out.find("离线 offline") == std::string::npos);

  must(city.scratch, {"held", "approve", held[0]["set"].get<std::string>(), "--reason", "核实过",
                      "--data", data});
  CHECK(city.hub.get("/api/v1/records/compound")["items"].size() == 3);
  city.verify();
}

TEST_CASE("a lost phone hands over its last work once its office may read there again",
          "[e2e][I1][I5][I6]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  const auto home = compound(1);
  REQUIRE(office.batch("compound", {home}));
  city.settle();
  const auto data = city.hub.data();
  const auto name = node_at(city, 0)["name"].get<std::string>();
  const auto line =
      must(city.scratch, {"invite", "--data", office.data(), "--role", "device", "--scope",
                          kCommunityA, "--name", "巡查手机", "--url", office.url()});
  Node phone(city.scratch, "phone");
  must(city.scratch, {"join", "--data", phone.data(), line.substr(0, line.find('\n'))});
  phone.start();
  const auto scope_of_office = [&](const Node& node) {
    const auto list = told(city.scratch, {"nodes", "list", "--data", node.data()});
    for (const auto& one : list["items"]) {
      if (one["name"] == name) return one["scope"].get<std::string>();
    }
    return std::string();
  };
  REQUIRE(until([&] { return scope_of_office(phone) == kCommunityA; }));

  must(city.scratch,
       {"nodes", "scopes", "--data", data, name, "--add", kCommunityB, "--remove", kCommunityA});
  REQUIRE(until([&] { return scope_of_office(phone) == kCommunityB; }));
  const auto wrote =
      phone.batch("inspection", {inspection(home["compound_code"].get<std::string>(), 1)});
  REQUIRE(wrote);
  INFO(wrote->front().dump());
  const auto author = phone.get("/api/v1/node")["author"];
  phone.stop();
  must(city.scratch, {"revoke", "巡查手机", "--reason", "丢失", "--data", data});
  must(city.scratch,
       {"nodes", "scopes", "--data", data, name, "--add", kCommunityA, "--remove", kCommunityB});
  REQUIRE(until([&] {
    const auto list = told(city.scratch, {"nodes", "list", "--data", office.data()});
    return std::any_of(list["items"].begin(), list["items"].end(), [&](const Json& one) {
      return one["author"] == author && one["revoked"] == "丢失";
    });
  }));
  REQUIRE(until([&] { return scope_of_office(office) == kCommunityA; }));
  CHECK(city.hub.get("/api/v1/held")["held"].empty());

  // It is handed nothing any more, so that it hears of its office's certificate from a greeting.
  const auto told_why = linli(city.scratch, {"sync", "--data", phone.data()});
  INFO(told_why.out << told_why.err);
  CHECK(told_why.code == 1);
  CHECK(told_why.err.find("held: revoked") != std::string::npos);
  Json held;
  REQUIRE(until([&] { return (held = city.hub.get("/api/v1/held")["held"]).size() == 1; }));
  CHECK(held[0]["author"] == author);
  CHECK(held[0]["reason"] == "revoked");
  city.verify();
}

}  // namespace linli::e2e

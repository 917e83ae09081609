// What a person is told while a long exchange is under way.
#include "tests/e2e/city.h"
#include "tests/e2e/line.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kRate = 20'000;  // Bytes a second, each way.
constexpr int kSets = 250;

int port_in(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }

/// So many change sets of some 2 KB each, one batch each.
void write_sets(Node& node, int sets) {
  std::string words;
  for (int i = 0; i < 40; ++i) words += std::to_string(i * 7919) + "号";
  for (int n = 0; n < sets; ++n) {
    std::vector<Json> lines;
    for (int i = 0; i < 3; ++i) {
      auto line = inspection("410702003901101", 1 + (n * 3 + i) % 28);
      line["note"] = words + std::to_string(n * 3 + i);
      lines.push_back(line);
    }
    const auto answers = node.batch("inspection", lines);
    REQUIRE(answers);
    for (const auto& answer : *answers) {
      INFO(answer.dump());
      REQUIRE(answer["done"] == "created");
    }
  }
}

/// What the node said of exchanges while something was left to move, until `done`.
std::vector<Json> watch(Node& node, const std::function<bool(const Json&)>& done) {
  std::vector<Json> seen;
  app::eventually("the exchange is over", 120s, [&] {
    const auto upstream = node.get("/api/v1/node")["upstream"];
    const auto& exchange = upstream["exchange"];
    if (exchange.is_object()) {
      auto told = exchange;
      told["to_send"] = upstream["to_send"];
      seen.push_back(told);
    }
    return done(upstream);
  });
  return seen;
}

/// The figures of each moment fit each other, and the line.
void check(const std::vector<Json>& seen, const char* moved, const char* left) {
  std::int64_t last_moved = 0, most_left = 0, moments = 0;
  for (const auto& told : seen) {
    if (told[moved] == 0 || told[left] == 0) continue;
    INFO(told.dump());
    if (told[moved] > last_moved) ++moments;
    CHECK(told[moved] >= last_moved);
    last_moved = told[moved];
    most_left = std::max(most_left, told[left].get<std::int64_t>());
    CHECK((told["seconds_left"].is_number() && told["seconds_left"] <= 120));
    REQUIRE(told["bytes_per_s"].is_number());
    CHECK(told["bytes_per_s"] <= 2 * kRate);
    CHECK(told["bytes_per_s"] >= kRate / 20);
  }
  CHECK(moments >= 3);
  // Receipts and what else stands in the log are objects, too.
  CHECK(most_left > kSets / 4);
  CHECK(most_left <= 3 * kSets);
}

}  // namespace

TEST_CASE("a long exchange says how far it is and how long it will take", "[e2e]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  Line line(port_in(city.hub.url()), {});
  Node office(city.scratch, "slow");
  auto invitation = must(city.scratch, {"invite", "--data", city.hub.data(), "--role", "office",
                                        "--scope", kCommunityA, "--name", "示例社区"});
  invitation.erase(invitation.find_last_not_of(" \n") + 1);
  must(city.scratch, {"join", "--data", office.data(), invitation, "--hub", line.url()});
  office.start();
  line.change({.up = kRate, .down = kRate});

  line.set_down(true);
  line.cut();
  write_sets(city.office(0), kSets);
  city.settle();
  line.set_down(false);
  auto all = [&] { return office.get("/api/v1/node")["records"]["inspection"] == 3 * kSets; };
  const auto fetched = watch(office, [&](const Json& upstream) {
    return upstream["state"] == "ok" && upstream["exchange"].is_null() && all();
  });
  check(fetched, "received", "to_fetch");

  line.set_down(true);
  line.cut();
  write_sets(office, kSets);
  line.set_down(false);
  const auto sent = watch(office, [&](const Json& upstream) {
    return upstream["exchange"].is_null() && upstream["to_send"] == 0;
  });
  check(sent, "sent", "to_send");
}

}  // namespace linli::e2e

// A city that was founded by an older version gets the write policy of the new one from its hub.
#include "node/policy_renewal.h"

#include "node/duties.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kDraw = R"({"code":"SSJ-1","title":"示例","seed":"7","seed_source":"示例",
  "compounds":["C1"],"inspectors":["J1","J2"],"compound_count":1,"template":["t",1],
  "planned_on":"2026-02-01","status":"drawn"})";

/// The policy of a version that didn't know draws yet, and let nobody write campaign plans.
std::string older_policy(Node& hub) {
  const auto trust = hub->trust();
  auto policy = model::policy_of(model::schema(), trust->policy(trust->newest_policy)->number + 1,
                                 trust->newest_policy);
  std::erase_if(policy.rules, [](const sync::TypeRule& rule) {
    const auto* type = model::schema().type(rule.type);
    return type->name == "inspection_draw" || type->name == "campaign_plan";
  });
  return policy.encode();
}

std::uint64_t policy_number(Node& node) {
  const auto trust = node->trust();
  return trust->policy(trust->newest_policy)->number;
}

}  // namespace

TEST_CASE("policy: an upgraded hub lets the types of its version be written", "[node][I8]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  REQUIRE(hub->publish_policy(older_policy(hub)).has_value());
  CHECK(policy_number(hub) == 2);
  const auto refused = hub->put({wish("inspection_draw", kDraw)});
  CHECK((!refused || refused->front().done == Outcome::Done::refused));
  // An office doesn't: it isn't the one that says who may write.
  exchange(office, hub);
  CHECK(*node::renew_policy(*office) == 0);
  CHECK(*node::renew_policy(*hub) == 3);
  CHECK(*node::renew_policy(*hub) == 0);
  put(hub, "inspection_draw", kDraw);
  exchange(office, hub);
  CHECK(policy_number(office) == 3);
  CHECK(number(office, "SELECT count(*) FROM r_inspection_draw") == 1);
  CHECK(faults(hub).empty());
}

TEST_CASE("policy: a hub that serves publishes it by itself at once", "[node][I8]") {
  City city;
  auto& hub = city.hub();
  REQUIRE(hub->publish_policy(older_policy(hub)).has_value());
  const node::Calendar calendar(*hub);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (policy_number(hub) < 3 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(policy_number(hub) == 3);
  put(hub, "inspection_draw", kDraw);
}

TEST_CASE("policy: a hub that was set back to an older version leaves the newer policy alone",
          "[node][I8]") {
  City city;
  auto& hub = city.hub();
  const auto trust = hub->trust();
  auto policy = model::policy_of(model::schema(), 2, trust->newest_policy);
  sync::TypeRule rule;
  rule.type = 900;
  rule.writers = ~0u;
  policy.rules.push_back(rule);
  REQUIRE(hub->publish_policy(policy.encode()).has_value());
  CHECK(*node::renew_policy(*hub) == 0);
  CHECK(policy_number(hub) == 2);
}

}  // namespace linli::test

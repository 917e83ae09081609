// A figure's rows are named at the cost of looking each up once.
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// SQLite asks before it compiles a SELECT.
int count_select(void* count, int action, const char*, const char*, const char*, const char*) {
  if (action == SQLITE_SELECT) ++*static_cast<int*>(count);
  return SQLITE_OK;
}

}  // namespace

TEST_CASE("stats: naming many rows compiles no statement for each of them", "[store][I9]") {
  City city;
  auto& hub = city.hub();
  constexpr int kCampaigns = 40;
  for (int i = 0; i < kCampaigns; ++i) {
    put(hub, "campaign",
        Json{{"code", "C" + std::to_string(i)},
             {"name", "示例行动" + std::to_string(i)},
             {"kind", "flood"},
             {"template", {"t", 1}},
             {"from_on", "2026-01-01"},
             {"to_on", "2026-01-31"},
             {"quota", 10}}
            .dump());
  }
  store::StatRequest request;
  request.name = "campaign_quota";
  request.by = {"campaign"};
  request.from = "2026-01-01";
  request.to = "2026-02-01";
  request.now = city.time;
  REQUIRE(store::read_stat(hub->store(), request));  // Whatever is prepared once is there now.
  int compiled = 0;
  {
    auto lease = hub->store().read();
    sqlite3_set_authorizer(lease->handle(), &count_select, &compiled);
  }
  const auto stat = store::read_stat(hub->store(), request);
  {
    auto lease = hub->store().read();
    sqlite3_set_authorizer(lease->handle(), nullptr, nullptr);
  }
  REQUIRE(stat);
  REQUIRE((*stat)["rows"].size() == kCampaigns);
  std::set<std::string> names;
  for (const auto& row : (*stat)["rows"])
    names.insert(row["labels"]["campaign"].get<std::string>());
  CHECK(names.size() == kCampaigns);
  CHECK(names.contains("示例行动7"));
  CHECK(compiled < kCampaigns);
}

}  // namespace linli::test

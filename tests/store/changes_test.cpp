// What is new since a position: told in pieces, each at the cost of that piece.
#include "node/store/changes.h"

#include "tests/support/city.h"

namespace linli::test {
namespace {

int count_statement(unsigned, void* count, void*, void*) {
  ++*static_cast<int*>(count);
  return 0;
}

struct Page {
  store::ChangedNames changed;
  int statements = 0;
};
/// Read as a list's `since` is, with what the database was asked for.
Page page_of(Node& node, const std::string& since, std::size_t most) {
  auto lease = node->store().read();
  const store::Transaction snapshot(*lease, true);
  Page page;
  sqlite3_trace_v2(lease->handle(), SQLITE_TRACE_STMT, &count_statement, &page.statements);
  auto changed = store::changed_since(
      *lease, since, [](std::uint32_t, std::int64_t) { return true; }, most);
  sqlite3_trace_v2(lease->handle(), 0, nullptr, nullptr);
  REQUIRE(changed);
  page.changed = std::move(*changed);
  return page;
}

}  // namespace

TEST_CASE("changes: each page of what one receipt confirms costs that page", "[store][I9]") {
  City city;
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, city.hub());
  constexpr std::size_t kSets = 60, kMost = 5;
  put(office, "compound", compound("410702003901001"));
  for (std::size_t i = 0; i < kSets; ++i) {
    put(office, "building",
        Json{{"compound", "410702003901001"}, {"building_no", std::to_string(100 + i)}}.dump());
  }
  const auto before = store::position_now(office->store());
  REQUIRE(before);
  exchange(office, city.hub());
  std::set<store::ChangedName> told;
  std::size_t names = 0;
  auto at = *before;
  for (int pages = 0;; ++pages) {
    REQUIRE(pages < 100);
    const auto page = page_of(office, at, kMost);
    CHECK(page.changed.names.size() <= kMost);
    CHECK(page.statements < 60);  // Not one for each of the receipt's sets before it.
    names += page.changed.names.size();
    told.insert(page.changed.names.begin(), page.changed.names.end());
    at = page.changed.since;
    if (!page.changed.more) break;
  }
  CHECK(told.size() >= kSets + 1);
  CHECK(names == told.size());  // Each once.
}

TEST_CASE("changes: one page tells all that many small ones tell", "[store]") {
  City city;
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, city.hub());
  put(office, "compound", compound("410702003901001"));
  std::vector<node::Wish> wishes;
  for (int i = 0; i < 1200; ++i) {  // Several sets of several hundred.
    wishes.push_back(wish(
        "building",
        Json{{"compound", "410702003901001"}, {"building_no", std::to_string(100 + i)}}.dump()));
  }
  REQUIRE(office->put(wishes));
  const auto before = store::position_now(office->store());
  REQUIRE(before);
  exchange(office, city.hub());
  const auto whole = page_of(office, *before, 100'000);
  CHECK_FALSE(whole.changed.more);
  std::set<store::ChangedName> told;
  auto at = *before;
  for (bool more = true; more;) {
    const auto page = page_of(office, at, 77);
    told.insert(page.changed.names.begin(), page.changed.names.end());
    more = page.changed.more;
    REQUIRE(page.changed.since != at);
    at = page.changed.since;
  }
  CHECK(told.size() >= 1201);
  CHECK(told ==
        std::set<store::ChangedName>(whole.changed.names.begin(), whole.changed.names.end()));
}

}  // namespace linli::test

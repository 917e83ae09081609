// 代签: one device that signs in many people at once (domain 2.5).
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// An office with fourteen people of a company, and a training today.
struct Hall {
  City city;
  Node& hub = city.hub();
  Node& office;
  Hall() : office(prepared()) {
    exchange(office, hub);
    for (int i = 0; i < 14; ++i) {
      put(office, "staff",
          Json{{"company", "91350100M000100Y43"},
               {"staff_no", "A" + std::to_string(i)},
               {"name", "样例"},
               {"role", "security"},
               {"from_on", "2024-01-01"}}
              .dump());
    }
  }
  Node& prepared() {
    put(hub, "course", R"({"code":"pm","name":"培训","kind":"law","audience":["staff"],
      "organiser":"示例局"})");
    put(hub, "session", R"({"course":"pm","year":2025,"no":1,"starts_at":"2025-12-01T09:00",
      "ends_at":"2025-12-01T11:00","place":"礼堂","status":"held"})");
    return city.enrol(kOffice, "示例社区");
  }
  node::Wish sign_in(int person, const std::string& at, const Json& more) {
    Json json{{"session", {"pm", 2025, 1}},
              {"person", {"91350100M000100Y43", "A" + std::to_string(person)}},
              {"in_at", "2025-12-01T" + at},
              {"method", "qr"}};
    json.update(more);
    return wish("attendance", json.dump());
  }
  void write(const std::vector<node::Wish>& wishes) {
    const auto outcomes = office->put(wishes);
    REQUIRE(outcomes);
    for (const auto& outcome : *outcomes) {
      INFO(refusal(outcome));
      REQUIRE(outcome.faults.empty());
      REQUIRE(outcome.done == Outcome::Done::created);
    }
  }
  std::size_t flagged(Node& node) {
    store::RecordQuery query;
    query.type = "attendance";
    query.where = {{"proxy_suspected", "true"}};
    const auto listed = store::list_records(node->store(), query);
    REQUIRE(listed);
    return listed->items.size();
  }
  std::string figure(Node& node, const char* name) {
    const auto stat = store::read_stat(node->store(), {.name = name,
                                                       .by = {},
                                                       .from = "2025-12-01",
                                                       .to = "2026-01-01",
                                                       .today = {},
                                                       .scope = {},
                                                       .now = node->now()});
    REQUIRE(stat);
    return (*stat)["total"]["numerator"].dump();
  }
};

const Json kKiosk{{"device", "签到机1"}};

std::string second(int i) { return "08:55:" + std::string(i < 10 ? "0" : "") + std::to_string(i); }

}  // namespace

TEST_CASE("proxies: the eleventh sign-in of one device flags all of them", "[node][I7]") {
  Hall hall;
  for (int i = 0; i < 10; ++i) hall.write({hall.sign_in(i, second(i), kKiosk)});
  CHECK(hall.flagged(hall.office) == 0);
  hall.write({hall.sign_in(10, second(59), kKiosk)});
  CHECK(hall.flagged(hall.office) == 11);
  hall.write({hall.sign_in(11, "09:20:00", kKiosk)});  // later, by itself
  CHECK(hall.flagged(hall.office) == 11);
  exchange(hall.office, hall.hub);
  for (auto* node : {&hall.office, &hall.hub}) {
    CHECK(hall.flagged(*node) == 11);
    CHECK(hall.figure(*node, "attendance_proxies") == "11");
    CHECK(hall.figure(*node, "attendances") == "12");
    CHECK(faults(*node).empty());
  }
}

TEST_CASE("proxies: in one request and in two are the same", "[node]") {
  Hall hall;
  std::vector<node::Wish> wishes;
  for (int i = 0; i < 12; ++i) wishes.push_back(hall.sign_in(i, second(i), kKiosk));
  hall.write(wishes);
  CHECK(hall.flagged(hall.office) == 12);
}

TEST_CASE("proxies: no device, two devices, or a photo of each raise no suspicion", "[node]") {
  Hall hall;
  std::vector<node::Wish> wishes;
  SECTION("a list on paper, entered by hand") {
    for (int i = 0; i < 12; ++i) wishes.push_back(hall.sign_in(i, second(i), Json::object()));
  }
  SECTION("two devices") {
    for (int i = 0; i < 14; ++i) {
      wishes.push_back(hall.sign_in(i, second(i), {{"device", i % 2 ? "签到机1" : "签到机2"}}));
    }
  }
  SECTION("photos") {
    for (int i = 0; i < 12; ++i) {
      wishes.push_back(hall.sign_in(
          i, second(i), {{"device", "签到机1"}, {"photo", std::string(63, 'a') + "0"}}));
    }
  }
  hall.write(wishes);
  CHECK(hall.flagged(hall.office) == 0);
}

}  // namespace linli::test

// `since`: who holds a list keeps it by what is new, and by what is gone.
#include "tests/api/people.h"
#include "tests/api/wire.h"

namespace linli::test {
namespace {

constexpr const char* kList = "/api/v1/records/building";

struct Kept : Office {
  std::unique_ptr<Browser> reader = std::make_unique<Browser>(url());

  Outcome build(int number, bool high = false) {
    return put(node, "building",
               Json{{"compound", "410702003901001"},
                    {"building_no", std::to_string(number)},
                    {"floors_above", 6},
                    {"is_highrise", high}}
                   .dump());
  }
  Json list(const std::string& query = {}) {
    const auto answer = reader->ask("GET", kList + query);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body);
  }
  Json since(const Json& held, const std::string& more = {}) {
    return list("?since=" + held["since"].get<std::string>() + more);
  }
};

std::vector<std::string> numbers(const Json& list) {
  std::vector<std::string> found;
  for (const auto& item : list["items"]) found.push_back(item["fields"]["building_no"]);
  std::sort(found.begin(), found.end());
  return found;
}
std::vector<std::string> gone(const Json& list) {
  std::vector<std::string> found;
  for (const auto& one : list["gone"]) found.push_back(one["id"]);
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("since: what is new, what was changed, and what is gone, and no more", "[api][I9]") {
  Kept k;
  const auto one = k.build(1), two = k.build(2);
  k.build(3);
  const auto held = k.list();
  CHECK(held["items"].size() == 3);
  CHECK(numbers(k.since(held)).empty());

  k.build(4);
  edit(k.node, "building", one, R"({"floors_above":7})");
  edit(k.node, "building", one, R"({"floors_above":8})");
  remove(k.node, "building", two);
  put(k.node, "compound", compound("410702003901002"));
  const auto news = k.since(held);
  CHECK(numbers(news) == Texts{"1", "4"});
  CHECK(gone(news) == Texts{to_text(two.id)});
  CHECK(news["gone"][0]["removed"] == true);
  CHECK(news["more"] == false);
  for (const auto& item : news["items"]) {
    if (item["fields"]["building_no"] == "1") CHECK(item["fields"]["floors_above"] == 8);
  }
  const auto nothing = k.since(news);
  CHECK(nothing["items"].empty());
  CHECK(nothing["gone"].empty());

  // Only fields that were asked for; tombstones where they belong to the list.
  const auto few = k.since(held, "&fields=building_no");
  CHECK_FALSE(few["items"][0]["fields"].contains("floors_above"));
  const auto removed = k.since(held, "&removed=1");
  CHECK(removed["items"].size() == 3);
  CHECK(removed["gone"].empty());
}

TEST_CASE("since: a record that a filter doesn't find any more is gone from that list", "[api]") {
  Kept k;
  const auto low = k.build(1, false), high = k.build(2, true);
  const auto held = k.list("?is_highrise=true");
  CHECK(numbers(held) == Texts{"2"});
  edit(k.node, "building", high, R"({"is_highrise":false})");
  edit(k.node, "building", low, R"({"is_highrise":true})");
  const auto news = k.since(held, "&is_highrise=true");
  CHECK(numbers(news) == Texts{"1"});
  CHECK(gone(news) == Texts{to_text(high.id)});
  CHECK_FALSE(news["gone"][0].contains("removed"));
  // Of another place nothing is told.
  const auto elsewhere = k.since(held, "&scope=" + std::string(kOtherOffice));
  CHECK(elsewhere["items"].empty());
  CHECK(elsewhere["gone"].empty());
}

TEST_CASE("since: much that is new comes in pieces, each record once", "[api][I9]") {
  Kept k;
  const auto held = k.list();
  std::vector<node::Wish> wishes;
  for (int i = 0; i < 25; ++i) {
    wishes.push_back(wish("building", Json{{"compound", "410702003901001"},
                                           {"building_no", std::to_string(100 + i)},
                                           {"floors_above", 6}}
                                          .dump()));
  }
  REQUIRE((*k.node).put(wishes));
  Texts all;
  auto at = held;
  int rounds = 0;
  do {
    at = k.since(at, "&limit=10");
    for (const auto& number : numbers(at)) all.push_back(number);
    CHECK(at["items"].size() <= 10);
    REQUIRE(++rounds < 10);
  } while (at["more"] == true);
  std::sort(all.begin(), all.end());
  CHECK(all.size() == 25);
  CHECK(std::unique(all.begin(), all.end()) == all.end());
  CHECK(rounds >= 3);
}

TEST_CASE("since: what the hub confirms is news, and what is judged anew as well", "[api]") {
  Kept k;
  const auto one = k.build(1);
  const auto held = k.list();
  CHECK(held["items"][0]["confirmed"] == false);
  exchange(k.node, k.city.hub());
  exchange(k.node, k.city.hub());
  const auto confirmed = k.since(held);
  REQUIRE(numbers(confirmed) == Texts{"1"});
  CHECK(confirmed["items"][0]["confirmed"] == true);
  // As after a ruling, or values that came late: the log has no change of its own for it.
  const auto& type = type_of("building");
  REQUIRE(k.node->write([&]() -> Result<void> {
    auto& store = k.node->store();
    store.projector().refold(type.number, store.log().scope(one.scope), one.id);
    return {};
  }));
  const auto again = k.since(confirmed);
  CHECK(numbers(again) == Texts{"1"});
  CHECK(numbers(k.since(again)).empty());
}

TEST_CASE("since: a position of elsewhere, of the future or of before a rebuild is told so",
          "[api]") {
  Kept k;
  k.build(1);
  const auto since = k.list()["since"].get<std::string>();
  exchange(k.node, k.city.hub());
  std::string hubs;
  {
    const Serving serving(k.city.hub());
    Browser hub(serving.url());
    hubs = Json::parse(hub.ask("GET", kList).body)["since"];
    CHECK(said(hub.ask("GET", std::string(kList) + "?since=" + since)) == "409 bad_cursor");
  }
  const auto mark = since.substr(since.rfind('.'));
  const auto ask = [&](const std::string& text, const Browser::Headers& more = {}) {
    return k.reader->ask("GET", std::string(kList) + "?since=" + text, {}, more);
  };
  for (const auto& wrong :
       {hubs, std::string("999999.0.0") + mark, std::string("0.0.999999") + mark, std::string(),
        std::string("abc"), std::string("1.2"), std::string("-1.0.0") + mark, since + "x",
        std::string("1.0.0."), std::string("%3Cscript%3Ealert(1)%3C/script%3E"),
        std::string("%F0%9F%8F%98"), std::string(5'000, '7'),
        std::string("99999999999999999999.0.0.0")}) {
    INFO(wrong.substr(0, 60));
    const auto answer = ask(wrong);
    CHECK(said(answer) == "409 bad_cursor");
    CHECK(Json::parse(answer.body)["field"] == "since");
  }
  const auto zh = Json::parse(ask("abc").body),
             en = Json::parse(ask("abc", {{"Accept-Language", "en"}}).body);
  CHECK(zh["title"] != en["title"]);
  CHECK(en["title"].get<std::string>().find("reading") != std::string::npos);
  CHECK(said(ask(std::string(10'000, '7'))) == "400 bad_usage");  // Longer than an address may be.
  CHECK(said(ask(since + "&cursor=5")) == "400 bad_usage");
  CHECK(said(ask(since + "&order=newest")) == "400 bad_usage");
  CHECK(said(ask(since + "&nothing=1")) == "422 unknown_field");
  CHECK(said(ask(since + "&limit=0")) == "422 bad_value");
  CHECK(ask(since).status == 200);

  k.serving.reset();
  k.node.close();
  {
    auto store = store::Store::open(node::DataDir(k.node.dir).database(), store::Access::write);
    REQUIRE(store);
    (*store)->rebuild({});
  }
  k.node.open();
  k.serving = std::make_unique<Serving>(k.node);
  k.reader = std::make_unique<Browser>(k.url());
  CHECK(said(ask(since)) == "409 bad_cursor");
  CHECK(numbers(k.list()) == Texts{"1"});
}

TEST_CASE("since: a list that is held already costs a head", "[api]") {
  Kept k;
  for (int i = 0; i < 30; ++i) k.build(i);
  const auto first = k.reader->ask("GET", kList);
  const auto tag = first.headers.at("etag");
  CHECK(first.headers.at("cache-control") == "private, no-cache");
  put(k.node, "compound", compound("410702003901002"));  // Nothing of this list.
  for (const auto& held : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
    INFO(held);
    const auto again =
        over_the_wire(k.serving->port(), "GET", kList, "If-None-Match: " + held + "\r\n");
    CHECK(again.status() == 304);
    CHECK(again.body.empty());
    CHECK(again.bytes() < 400);
  }
  k.build(31);
  CHECK(k.reader->ask("GET", kList, {}, {{"If-None-Match", tag}}).status == 200);
}

TEST_CASE("since: who works for whom decides what a company is shown, so it begins anew", "[api]") {
  Kept k;
  k.add("管理员", "office", true);
  const auto person = k.add("物业", "company");
  {
    auto changed = person;
    changed.company = "91350100M000100Y43";
    REQUIRE(k.people()->change(changed));
  }
  auto company = k.browser();
  REQUIRE(company.log_in("物业").status == 200);
  const auto held = Json::parse(company.ask("GET", "/api/v1/records/staff").body);
  const auto since = held["since"].get<std::string>();
  CHECK(company.ask("GET", "/api/v1/records/staff?since=" + since).status == 200);
  put(k.city.hub(), "company",
      R"({"uscc":"91350100M000100Y43","name":"样例物业","legal_person":"某甲","phone":"0373-9",
          "complaint_phone":"0373-2","status":"active"})",
      {.update = true});
  exchange(k.node, k.city.hub());
  CHECK(said(company.ask("GET", "/api/v1/records/staff?since=" + since)) == "409 bad_cursor");
}

}  // namespace linli::test

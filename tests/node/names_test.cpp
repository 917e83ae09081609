// Names: what nobody can see isn't part of them, and spellings of one name are one.
#include "node/names.h"

#include "node/inviting.h"
#include "node/joining.h"
#include "tests/support/city.h"

namespace linli::test {

TEST_CASE("names: control and format characters are refused where something is named", "[node]") {
  const auto bad = GENERATE(as<std::string>(), "社区\x1b[31m", "a\nb",
                            "\xe2\x80\xae"
                            "abc",
                            "社\xe2\x80\x8b区", "\xc2\x85",
                            "\xef\xbb\xbf"
                            "x",
                            "\xff", "");
  CAPTURE(crypto::to_hex(bad));
  CHECK(node::check_name(bad).error().code == Errc::bad_value);
  City city(false);
  HandClock clock(city.time);
  CHECK(node::found_city(city.folder.path() / "new", {bad, "410700", 0}, clock).error().code ==
        Errc::bad_value);
  node::Offer offer;
  offer.scope = kOffice;
  offer.name = bad;
  CHECK(node::invite(*city.hub(), offer).error().code == Errc::bad_value);
  if (!bad.empty()) {
    CHECK(node::ask_to_join(city.folder.path() / "asks", bad, "", {}, clock).error().code ==
          Errc::bad_value);
  }
}

TEST_CASE("names: people's names pass", "[node]") {
  for (const auto* good :
       {"新乡市住房和城乡建设局", "O'Neil & Söhne", "阿不都·热合曼", "𠮷野社区"}) {
    CHECK(node::check_name(good).has_value());
  }
  CHECK_FALSE(node::check_name(std::string(201, 'x')).has_value());
}

TEST_CASE("names: width and case and gaps are folded", "[node][I10]") {
  CHECK(node::folded("张　三") == node::folded("张三"));
  CHECK(node::folded("１３８－００００　００００") == "13800000000");
  CHECK(node::folded("阿不都·热合曼") == node::folded("阿不都热合曼"));
  CHECK(node::folded("阿不都・热合曼") == node::folded("阿不都•热合曼"));
  CHECK(node::folded("ＡｂＣ 12-3") == "abc123");
  CHECK(node::folded("张三") != node::folded("张四"));
}

TEST_CASE("invite: an address that join can't use and odd periods are refused", "[node]") {
  City city(false);
  node::Offer offer;
  offer.scope = kOffice;
  offer.name = "示例社区";
  for (const auto& url : {std::string("ftp://x"), "http://" + std::string(5000, 'x'),
                          std::string("http://"), std::string("http://a b"), std::string("x")}) {
    offer.url = url;
    CHECK(node::invite(*city.hub(), offer).error().code == Errc::bad_value);
  }
  offer.url = "https://192.168.1.10:8443";
  for (const auto seconds : {1LL, 59LL, 367LL * 24 * 3600}) {
    offer.valid = std::chrono::seconds(seconds);
    CHECK(node::invite(*city.hub(), offer).error().code == Errc::bad_value);
  }
  offer.valid = std::chrono::seconds(60);
  CHECK(node::invite(*city.hub(), offer).has_value());
}

TEST_CASE("join: a request that is made again under another name has it", "[node]") {
  City city(false);
  HandClock clock(city.time);
  const auto dir = city.folder.path() / "asks";
  const auto name_in = [](const node::Joining& asked) {
    return node::JoinRequest::decode(asked.request)->name;
  };
  const auto first = node::ask_to_join(dir, "", "", {}, clock);
  REQUIRE(first);
  CHECK(name_in(*first).empty());
  const auto named = node::ask_to_join(dir, "社区乙", "", {}, clock);
  REQUIRE(named);
  CHECK(name_in(*named) == "社区乙");
  CHECK(node::JoinRequest::decode(named->request)->signing_key ==
        node::JoinRequest::decode(first->request)->signing_key);
  const auto again = node::ask_to_join(dir, "", "", {}, clock);
  REQUIRE(again);
  CHECK(again->request == named->request);
}

}  // namespace linli::test

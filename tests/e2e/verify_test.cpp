// verify over a real folder that was tampered with: what is wrong, whose, which record, what to do.
#include <cstdlib>

#include "node/store/database.h"
#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

/// A locale of our children, for a while.
class Locale {
 public:
  explicit Locale(const char* name) {
    if (const char* was = std::getenv("LC_ALL")) was_ = was;
    ::setenv("LC_ALL", name, 1);
  }
  ~Locale() {
    if (was_.empty()) {
      ::unsetenv("LC_ALL");
    } else {
      ::setenv("LC_ALL", was_.c_str(), 1);
    }
  }
  Locale(const Locale&) = delete;
  Locale& operator=(const Locale&) = delete;

 private:
  std::string was_;
};

void execute(const std::string& data, const std::string& sql) {
  auto db = store::Database::open(data + "/linli.db", store::Access::write);
  REQUIRE(db);
  (*db)->execute(sql);
  REQUIRE((*db)->changes() > 0);
}

}  // namespace

TEST_CASE("verify: says in the reader's language what is wrong and whose and what to do",
          "[e2e][I5]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();
  office.stop();
  // A bit of the newest change set's signature.
  execute(office.data(),
          "UPDATE log SET signature = CAST(substr(signature, 1, 20) || x'00' || substr(signature, "
          "22) AS BLOB) WHERE arrival = (SELECT max(arrival) FROM log WHERE kind = 1)");
  const auto run = [&](const char* locale, const std::vector<std::string>& more) {
    const Locale set(locale);
    std::vector<std::string> arguments{"verify", "--data", office.data()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto ran = linli(city.scratch, arguments);
    INFO(ran.out << ran.err);
    CHECK(ran.code == 1);
    return ran;
  };
  const auto zh = run("zh_CN.UTF-8", {});
  INFO(zh.out);
  for (const auto* part : {"日志第 ", "签名或作者的证书不成立：签名不符", "  作者 author: ",
                           "个变更集", "\n  记录 record: compound ", "\n  → 中心已确认"}) {
    CAPTURE(part);
    CHECK(zh.out.find(part) != std::string::npos);
  }
  CHECK(zh.out.find("doesn't hold") == std::string::npos);
  const auto en = run("en_GB.UTF-8", {});
  INFO(en.out);
  for (const auto* part : {"log entry ", "certificate doesn't hold: bad_signature",
                           "\n  → The hub has confirmed it"}) {
    CAPTURE(part);
    CHECK(en.out.find(part) != std::string::npos);
  }
  CHECK(en.out.find("签名或作者") == std::string::npos);
  const auto json = Json::parse(run("C", {"--json"}).out);
  CHECK(json["holds"] == false);
  bool told = false;
  for (const auto& fault : json["faults"]) {
    if (fault["code"] != "author_unproven") continue;
    told = true;
    CHECK(fault["place"] == "log");
    CHECK(fault["name"] == std::to_string(fault["arrival"].get<std::int64_t>()));
    CHECK(fault["reason"] == "bad_signature");
    CHECK(fault["do"] == "begin_anew");
    CHECK(fault["records"].size() == 1);
    CHECK_FALSE(fault["author"]["name"].get<std::string>().empty());
    CHECK(fault["change_set"].get<std::string>().size() == 64);
    CHECK(fault["zh"].get<std::string>().starts_with("日志第 "));
    CHECK(fault["en"].get<std::string>().starts_with("log entry "));
  }
  CHECK(told);
}

}  // namespace linli::e2e

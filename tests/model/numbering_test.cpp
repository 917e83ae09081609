#include "node/model/numbering.h"

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

const NumberForm kForm{"新住建物改〔{year}〕{n}号", 1, 2};

std::vector<Fault> rule_faults(const char* changes) {
  constexpr std::string_view kRule =
      R"({"record_type":"notice","issuer":"410700","form":"改〔{year}〕{n}号"})";
  return faults_of(made("number_rule", with(kRule, changes)));
}

}  // namespace

TEST_CASE("numbers: an official number is the form with year and running number", "[model]") {
  CHECK(official_number(kForm, 2023, 7) == "新住建物改〔2023〕07号");
  CHECK(official_number(kForm, 2023, 112) == "新住建物改〔2023〕112号");
  CHECK(official_number({"备-{n}", 1, 3}, 2023, 7) == "备-007");
}

TEST_CASE("numbers: only those of the form and its year count", "[model]") {
  CHECK(official_count(kForm, 2023, "新住建物改〔2023〕07号") == 7);
  CHECK(official_count(kForm, 2023, "新住建物改〔2023〕12号") == 12);
  for (const auto* other :
       {"新住建物改〔2022〕12号", "新住建物改〔2023〕号", "新住建物改〔2023〕x号",
        "新住建物改〔2023〕-1号", "新住建物改〔2023〕12", "12", ""}) {
    INFO(other);
    CHECK_FALSE(official_count(kForm, 2023, other));
  }
  CHECK_FALSE(official_count(kForm, 2023, "新住建物改〔2023〕99999999999999999999号"));
  // One without a year goes on for ever.
  CHECK(official_count({"备-{n}", 1, 1}, 2024, "备-9") == 9);
  CHECK_FALSE(NumberForm{"备-{n}"}.yearly());
  CHECK(kForm.yearly());
}

TEST_CASE("numbers: a provisional number tells issuer and device", "[model]") {
  const auto author = sync::AuthorId::of(std::string(sync::AuthorId::size(), '\x3f'));
  const auto prefix = provisional_prefix(kOwnScope, author);
  CHECK(prefix == "410702003901-3f3f-");
  CHECK(provisional_number(prefix, 7) == "410702003901-3f3f-0007");
  CHECK(provisional_count(prefix, "410702003901-3f3f-0007") == 7);
  CHECK_FALSE(provisional_count(prefix, "410702003901-aaaa-0007"));
  CHECK_FALSE(provisional_count(prefix, "410702003901-3f3f-k1234567"));
}

TEST_CASE("numbers: rules of a number rule", "[model]") {
  CHECK(rule_faults("{}").empty());
  CHECK(rule_faults(R"({"issuer":"410700/410702"})").empty());
  for (const auto* form : {"改〔{year}〕号", "{n}{n}", "{n}{year}{year}", "{n}{x}", "{n}}"}) {
    INFO(form);
    CHECK(faulty(rule_faults(Json{{"form", form}}.dump().c_str()), "form"));
  }
  CHECK(faulty(rule_faults(R"({"record_type":"finding"})"), "record_type"));
  CHECK(faulty(rule_faults(R"({"issuer":"410100"})"), "issuer"));
}

TEST_CASE("numbers: the form of a sequence is the bureau's record", "[model]") {
  Shelf shelf;
  CHECK_FALSE(number_form(shelf, "notice", kCityScope));
  shelf.put(made("number_rule",
                 R"({"record_type":"notice","issuer":"410700","form":"改〔{year}〕{n}号",
                     "start":12})"));
  const auto form = number_form(shelf, "notice", kCityScope);
  REQUIRE(form);
  CHECK(form->start == 12);
  CHECK_FALSE(number_form(shelf, "notice", "410700/410702"));  // a sequence of its own
  CHECK_FALSE(number_form(shelf, "committee", kCityScope));
}

TEST_CASE("numbers: two notices under one official number are listed for review", "[model][I4]") {
  const auto shelf = stocked();
  const auto numbered = [&](const char* provisional, const char* official) {
    return made(
        "notice",
        with(kNotice, Json{{"provisional_no", provisional}, {"official_no", official}}.dump()),
        shelf);
  };
  const auto a = numbered("J-1", "改1号"), b = numbered("J-2", "改1号"),
             c = numbered("J-3", "改2号");
  const auto rivals = [](const Record& record, const Record& peer) {
    const ViewOf view(record), other(peer);
    const std::vector<RecordView> peers = {*other};
    return record.type->rivals(*view, peers);
  };
  CHECK(rivals(a, b));
  CHECK_FALSE(rivals(a, c));
  CHECK_FALSE(rivals(a, a));
  const auto none = made("notice", with(kNotice, R"({"official_no":null})"), shelf);
  CHECK_FALSE(rivals(none, made("notice", with(kNotice, R"({"provisional_no":"J-9"})"), shelf)));
}

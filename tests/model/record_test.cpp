#include "node/model/record.h"

#include "crypto/cbor.h"
#include "tests/model/fixture.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

TEST_CASE("record: local days turn at midnight in Shanghai", "[model]") {
  const auto ms = [](const char* text) { return parse_instant(text).value(); };
  CHECK(day_text(local_day_of_ms(ms("2023-05-26T15:59:59.999Z"))) == "2023-05-26");
  CHECK(day_text(local_day_of_ms(ms("2023-05-26T16:00:00Z"))) == "2023-05-27");
  CHECK(day_text(local_day_of_ms(ms("1969-12-31T15:59:59Z"))) == "1969-12-31");
  CHECK(local_day_of_ms(INT64_MAX) > 0);
  CHECK(local_day_of_ms(INT64_MIN) < 0);
}

TEST_CASE("record: dates are read strictly and written back", "[model]") {
  for (const auto* text : {"1970-01-01", "2024-02-29", "2023-12-31", "1949-10-01"}) {
    CHECK(day_text(parse_day(text).value()) == text);
  }
  for (const auto* text : {"2023-02-29", "2023-13-01", "2023-00-10", "2023-1-1", "2023-01-01 ",
                           "20230101", "2023-01-32", "", "２０２３-01-01"}) {
    INFO(text);
    CHECK_FALSE(parse_day(text));
  }
}

TEST_CASE("record: instants, with an offset or local", "[model]") {
  CHECK(instant_text(parse_instant("2023-05-27T09:00").value()) == "2023-05-27T01:00:00.000Z");
  CHECK(parse_instant("2023-05-27T09:00") == parse_instant("2023-05-27T01:00:00Z"));
  CHECK(parse_instant("2023-05-27T09:00:00+08:00") == parse_instant("2023-05-26T20:00:00-05:00"));
  CHECK(parse_instant("2023-05-27T09:00:00.1234567Z").value() % 1000 == 123);
  CHECK(instant_text(-1) == "1969-12-31T23:59:59.999Z");
  for (const auto* text : {"2023-05-27", "2023-05-27T24:00", "2023-05-27T09:60", "2023-05-27T09",
                           "2023-05-27T09:00:60Z", "2023-05-27T09:00+8", "2023-05-27 09:00",
                           "2023-05-27T09:00:00.Z", "2023-05-27T09:00Zz"}) {
    INFO(text);
    CHECK_FALSE(parse_instant(text));
  }
}

TEST_CASE("record: a ref has one spelling", "[model]") {
  const Ref here{11, std::string(kOwnScope), sync::RecordId::of(std::string(16, 'a'))};
  const Ref there{13, std::string(kCityScope), here.id};
  for (const auto& ref : {here, there}) {
    const auto again = decode_ref(encode_ref(ref, kOwnScope), kOwnScope);
    REQUIRE(again.has_value());
    CHECK((again->type == ref.type && again->scope == ref.scope && again->id == ref.id));
  }
  // The same ref with the home scope written out would be other bytes for an equal value.
  CHECK_FALSE(decode_ref(encode_ref(here, kCityScope), kOwnScope));
  CHECK_FALSE(decode_ref(cbor::encode_int(1), kOwnScope));
}

TEST_CASE("record: getters are total on whatever stands there", "[model]") {
  cbor::Writer commitment, array;
  commitment.tag(cbor::kTagCommitment);
  commitment.bytes(std::string(32, 'x'));
  array.array(2);
  array.sint(1);
  array.text("x");
  const std::vector<std::string> values = {cbor::encode_int(-5),
                                           cbor::encode_text("文"),
                                           cbor::encode_bool(true),
                                           cbor::encode_bytes("b"),
                                           commitment.view(),
                                           array.view(),
                                           ""};
  for (const auto& value : values) {
    Record record;
    record.type = &type_of("finding");
    record.set(7, value);
    const ViewOf view(record);
    CHECK(view->has(7));
    for (const std::uint32_t field : {7u, 8u}) {
      (void)view->integer(field);
      (void)view->state(field);
      (void)view->text(field);
      CHECK_FALSE(view->ref(field));
      (void)view->ref_id(field);
      CHECK(view->refs(field).empty());
      (void)view->texts(field);
      CHECK(view->marks(field).empty());
      (void)view->rows(field);
    }
    CHECK_FALSE(view->has(8));
  }
}

TEST_CASE("record: fields stay in order", "[model]") {
  Record record;
  record.set(5, "e");
  record.set(1, "a");
  record.set(3, "c");
  record.set(3, "C");
  REQUIRE(record.fields.size() == 3);
  CHECK(record.fields[1] == std::pair<std::uint32_t, std::string>{3, "C"});
  record.unset(1);
  record.unset(2);
  CHECK(record.fields.size() == 2);
  CHECK(record.get(1) == nullptr);
  CHECK(*record.get(5) == "e");
}

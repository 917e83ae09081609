#include "node/model/json.h"

#include "crypto/cbor.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

TEST_CASE("json: a complete record of every type has no fault and survives the round trip",
          "[model]") {
  const auto shelf = stocked();
  REQUIRE(examples().size() == schema().types.size());
  for (const auto& [name, json] : examples()) {
    INFO(name);
    const auto record = made(name, json, shelf);
    const auto faults = faults_of(record, shelf);
    INFO(told(faults));
    CHECK(faults.empty());
    auto written = fields_to_json(*ViewOf(record));
    for (const auto& field : record.type->fields) {
      // Every field that a person can fill in is filled in somewhere, so that none goes untried.
      if (field.need == Need::derived) written.erase(std::string(field.name));
      if (!field.sealed) continue;
      CHECK(written[std::string(field.name)] == Json{{"withheld", true}, {"sealed", true}});
      written.erase(std::string(field.name));
    }
    if (!record.type->key.empty()) written["scope"] = record.scope;
    auto again = read_draft(*record.type, written, frame());
    INFO(written.dump());
    INFO((again ? "" : told(again.error())));
    REQUIRE(again.has_value());
    for (const auto& [field, value] : again->fields.fields) {
      INFO(record.type->field(field)->name);
      REQUIRE(record.get(field) != nullptr);
      CHECK(value == *record.get(field));
    }
    if (again->id) CHECK(*again->id == record.id);  // the key gives the same id
    for (const auto& [field, value] : record.fields) CHECK(cbor::validate(value).has_value());
  }
}

TEST_CASE("json: every fault is told, each with its field", "[model]") {
  const auto draft = read_draft(type_of("inspection"), Json::parse(R"({"kind":"nonsense",
    "compound":17.5,"inspectors":["a",3],"results":{"F06":"perhaps","F01":"ok"},"colour":"red",
    "started_at":"yesterday","refused_sign":1,"score":80,"location":{"lat_e7":1},"note":""})"),
                                frame());
  REQUIRE_FALSE(draft.has_value());
  const auto& faults = draft.error();
  for (const auto* field : {"kind", "compound.compound_code", "inspectors.1", "results.F06",
                            "colour", "started_at", "refused_sign", "score", "location", "note"}) {
    INFO(field);
    INFO(told(faults));
    CHECK(faulty(faults, field));
  }
  CHECK(faults.size() == 10);
  for (const auto& fault : faults) {
    CHECK_FALSE(fault.zh.empty());
    CHECK_FALSE(fault.en.empty());
    CHECK((fault.code == Errc::unknown_field) == (fault.field == "colour"));
  }
}

TEST_CASE("json: a day that no calendar has is named, in both languages", "[model]") {
  const auto said = [](const char* type, const Json& json, const char* field) {
    const auto draft = read_draft(type_of(type), json, frame());
    REQUIRE_FALSE(draft.has_value());
    for (const auto& fault : draft.error()) {
      if (fault.field == field) return fault.zh + "|" + fault.en;
    }
    return std::string();
  };
  const auto day = [&](const char* on) {
    return said("mediation", {{"began_on", on}}, "began_on");
  };
  CHECK(day("2023-02-30") == "2023 年 2 月没有 30 日|there is no day 30 in 2023-02");
  CHECK(day("2023-02-29") == "2023 年 2 月没有 29 日|there is no day 29 in 2023-02");
  CHECK(day("2023-04-00").find("4 月没有 0 日") != std::string::npos);
  CHECK(day("2023-13-01") == "一年没有第 13 个月|there is no month 13");
  for (const auto* none : {"2023/02/30", "30 February", "2023-2-30", "", "2023-02-28x"}) {
    INFO(none);
    CHECK(day(none).find("应为日期") == 0);
  }
  // Times have days, too.
  const auto time = [&](const char* at) {
    return said("inspection", {{"started_at", at}}, "started_at");
  };
  CHECK(time("2023-02-30T09:00").find("2023 年 2 月没有 30 日") == 0);
  CHECK(time("2023-02-28T29:00").find("应为时间") == 0);
}

TEST_CASE("json: whole numbers only, within 64 bits, and the unit is named", "[model]") {
  const auto& field = *type_of("disclosure").field("opening_fen");
  const auto read = [&](const char* json) {
    return value_from_json(field, Json::parse(json), std::string(kOwnScope), frame());
  };
  CHECK(read("5").value() == cbor::encode_int(5));
  CHECK(read("-9223372036854775808").has_value());
  CHECK(read("9223372036854775807").has_value());
  for (const auto* json : {"1.5", "1.0", "1e3", "9223372036854775808", "\"5\"", "true", "null"}) {
    INFO(json);
    const auto value = read(json);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().code == Errc::bad_value);
    CHECK(value.error().field == "opening_fen");
    CHECK(value.error().detail.find("fen") != std::string::npos);
  }
}

TEST_CASE("json: text is composed and trimmed, codes are keys in any case", "[model]") {
  const auto name = [](const char* text) {
    return value_from_json(*type_of("company").field("name"), Json(text), "410700", frame());
  };
  CHECK(name(" \xE3\x80\x80样例\n").value() == cbor::encode_text("样例"));
  CHECK(name("e\xCC\x81").value() == cbor::encode_text("\xC3\xA9"));  // é
  CHECK_FALSE(name("  ").has_value());
  CHECK(name("\xFF").error().code == Errc::bad_utf8);
  const auto id = [](std::string_view code) {
    return read_draft(type_of("course"), Json{{"code", code}}, frame())->id.value();
  };
  CHECK(id("flood") == id("FLOOD "));
  CHECK(id("flood") != id("fire"));
}

TEST_CASE("json: ids derive from city, type, scope and key", "[model]") {
  const auto& course = type_of("course");
  const std::vector<std::string> key = {cbor::encode_text("A")};
  const auto base = derived_id(course, kCity, "410700", key);
  CHECK(base == derived_id(course, kCity, "410700", key));
  CHECK(base != derived_id(course, Hash{}, "410700", key));
  CHECK(base != derived_id(type_of("template"), kCity, "410700", key));
  CHECK(base != derived_id(course, kCity, "410800", key));
  const sync::AuthorId author{};
  CHECK(base != derived_id(course, kCity, "410700", key, &author));
}

TEST_CASE("json: a draft's id, scope and key", "[model]") {
  const auto& company = type_of("company");
  const auto read = [&](const RecordType& type, const char* json) {
    return read_draft(type, Json::parse(json), frame());
  };
  const auto by_key = read(company, R"({"uscc":"91350100M000100Y43"})");
  REQUIRE(by_key.has_value());
  CHECK(by_key->by_key);
  CHECK(by_key->scope == kCityScope);
  const auto by_id = read(company, R"({"id":"0190a0a0-0000-7000-8000-0000000000b1","name":"x"})");
  REQUIRE(by_id.has_value());
  CHECK_FALSE(by_id->by_key);
  CHECK(faulty(read(company, R"({"name":"x"})").error(), "uscc"));
  CHECK(faulty(read(company, R"({"id":"0190a0a0-0000-7000-8000-0000000000b1",
                                 "uscc":"91350100M000100Y43"})")
                   .error(),
               "id"));
  CHECK(faulty(read(company, R"({"uscc":"1","scope":"../x"})").error(), "scope"));
  CHECK(faulty(read(company, R"({"uscc":"1","id":"nonsense"})").error(), "id"));
  const auto own = read(type_of("finding"), R"({"place":"x"})");
  REQUIRE(own.has_value());
  CHECK(own->scope == kOwnScope);
  CHECK_FALSE(own->id);
  CHECK(faulty(read(company, "[]").error(), ""));
}

TEST_CASE("json: null clears, but not what is required", "[model]") {
  const auto read = [](const char* json) {
    return read_draft(type_of("finding"), Json::parse(json), frame());
  };
  cbor::Writer null;
  null.null();
  const auto draft = read(R"({"company":null})");
  REQUIRE(draft.has_value());
  CHECK(*draft->fields.get(3) == null.view());
  CHECK(faulty(read(R"({"place":null})").error(), "place"));
  CHECK(faulty(read(R"({"status":null})").error(), "status"));
}

TEST_CASE("json: refs by id, by key, and as objects", "[model]") {
  const auto& field = *type_of("inspection").field("compound");
  const auto read = [&](const char* json) {
    return value_from_json(field, Json::parse(json), std::string(kOwnScope), frame());
  };
  const auto by_key = read(R"("410702003901001")");
  REQUIRE(by_key.has_value());
  CHECK(read(R"(["410702003901001"])").value() == *by_key);
  CHECK(read(R"({"key":"410702003901001"})").value() == *by_key);
  const auto ref = decode_ref(*by_key, kOwnScope).value();
  CHECK(ref.scope == kOwnScope);
  CHECK(read(Json(sync::to_text(ref.id)).dump().c_str()).value() == *by_key);
  CHECK(read(value_to_json(field, *by_key, kOwnScope).dump().c_str()).value() == *by_key);
  const auto there = read(R"({"key":"410702003901001","scope":"410700/410703"})");
  CHECK(decode_ref(there.value(), kOwnScope)->scope == "410700/410703");
  for (const auto* json : {"{}", R"({"id":"x"})", R"({"key":"x","id":"y"})", R"(["a","b"])", "[]",
                           R"({"key":"x","type":"course"})", R"({"key":"x","colour":1})", "true"}) {
    INFO(json);
    CHECK_FALSE(read(json).has_value());
  }
  const auto city = value_from_json(*type_of("inspection").field("template"),
                                    Json::parse(R"(["t",1])"), std::string(kOwnScope), frame());
  CHECK(decode_ref(city.value(), kOwnScope)->scope == kCityScope);
}

TEST_CASE("json: what is withheld, unknown or misshapen is shown as such", "[model]") {
  Record record;
  record.type = &type_of("staff");
  record.scope = kOwnScope;
  cbor::Writer commitment;
  commitment.tag(cbor::kTagCommitment);
  commitment.bytes(std::string(32, 'x'));
  record.set(3, commitment.view());
  record.set(4, cbor::encode_int(99));           // a choice of a newer version
  record.set(7, cbor::encode_text("tomorrow"));  // no date
  record.set(4242, cbor::encode_int(7));         // a field of a newer version
  const auto json = fields_to_json(*ViewOf(record));
  CHECK(json["name"] == Json{{"withheld", true}});
  CHECK(json["role"] == 99);
  CHECK(json["from_on"].contains("cbor"));
  CHECK(json["#4242"] == Json{{"cbor", "07"}});
}

TEST_CASE("check: types, ranges, required fields and unknown choices", "[model]") {
  auto record = made("staff", kStaff);
  const auto& type = *record.type;
  const auto set = [&](std::string_view field, std::string value) {
    auto copy = record;
    copy.set(type.field(field)->number, std::move(value));
    return faults_of(copy);
  };
  CHECK(faults_of(record).empty());
  CHECK(faulty(set("role", cbor::encode_int(99)), "role"));
  CHECK(faulty(set("role", cbor::encode_text("x")), "role"));
  CHECK(faulty(set("staff_no", cbor::encode_text(std::string(41, 'x'))), "staff_no"));
  CHECK(faulty(set("from_on", cbor::encode_bool(true)), "from_on"));
  CHECK(faulty(set("company", encode_ref({11, "410700", {}}, kOwnScope)), "company"));
  auto lacking = record;
  lacking.unset(type.field("name")->number);
  CHECK(faulty(faults_of(lacking), "name"));
  cbor::Writer commitment;
  commitment.tag(cbor::kTagCommitment);
  commitment.bytes(std::string(32, 'x'));
  CHECK(set("name", std::string(commitment.view())).empty());  // there, if not to be read here
  CHECK(faulty(set("staff_no", std::string(commitment.view())), "staff_no"));
  auto newer = record;
  newer.set(4242, cbor::encode_int(1));
  CHECK(faults_of(newer).empty());
  auto gone = lacking;
  gone.removed = true;
  CHECK(check(*ViewOf(gone)).empty());
}

TEST_CASE("check: parts of lists, rows and marks are named", "[model]") {
  auto disclosure = made("disclosure", kDisclosure, stocked());
  cbor::Writer rows;
  rows.array(1);
  rows.map(2);
  rows.uint(1);
  rows.text("x");
  rows.uint(2);
  rows.uint(77);
  disclosure.set(10, rows.take());
  const auto faults = faults_of(disclosure);
  CHECK(faulty(faults, "lines.0.direction"));
  CHECK(faulty(faults, "lines.0.name"));
  auto inspection = made("inspection", kInspection, stocked());
  cbor::Writer marks;
  marks.map(1);
  marks.text("F01");
  marks.uint(9);
  inspection.set(10, marks.take());
  CHECK(faulty(faults_of(inspection), "results.F01"));
}

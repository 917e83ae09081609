// What is exported and imported again is the same record: of every type, by CSV and by XLSX.
#include "node/tables/table_writer.h"
#include "tests/model/examples.h"
#include "tests/store/scratch.h"
#include "tests/tables/table.h"

namespace linli::tables::test {
namespace {

using model::test::made;

Json exported(const model::Record& record) {
  Json json{{"id", sync::to_text(record.id)}, {"scope", record.scope}};
  const model::ViewOf view(record);
  const auto fields = model::fields_to_json(*view);
  for (const auto& [name, value] : fields.items()) json[name] = value;
  return json;
}

/// What comes out of the rows is what went in, but for what is never shown and what is computed.
void same(const model::Record& record, const TableRecord& read) {
  for (const auto& problem : read.problems) FAIL_CHECK(problem_text(problem, false));
  const auto draft = model::read_draft(*record.type, read.json, model::test::frame());
  if (!draft) INFO(model::test::told(draft.error()));
  INFO(read.json.dump());
  REQUIRE(draft.has_value());
  CHECK(draft->scope == record.scope);
  CHECK(draft->id == record.id);
  std::size_t sealed = 0;
  for (const auto& field : record.type->fields) {
    INFO(field.name);
    const auto* before = record.get(field.number);
    const auto* after = draft->fields.get(field.number);
    if (field.sealed) {
      sealed += before ? 1 : 0;
      CHECK(after == nullptr);
      continue;
    }
    if (field.need == model::Need::derived) continue;
    if (field.type == model::FieldType::state) {
      const model::ViewOf view(record);
      const auto now = view->state(field.number);
      REQUIRE(draft->state.has_value() == now.has_value());
      if (now) CHECK(model::value_to_json(field, *before, record.scope) == Json(*draft->state));
      continue;
    }
    REQUIRE((before == nullptr) == (after == nullptr));
    if (before) CHECK(*before == *after);
  }
  CHECK((sealed == 0 || read.withheld > 0));
}

std::vector<model::Record> records_of(const model::RecordType& type) {
  std::vector<model::Record> records;
  const auto shelf = model::test::stocked();
  for (const auto& [name, json] : model::test::examples()) {
    if (name == type.name) records.push_back(made(name, json, shelf));
  }
  REQUIRE_FALSE(records.empty());
  return records;
}

/// References are written by their keys where the shelf has what they name.
void write(const model::RecordType& type, const std::vector<model::Record>& records,
           RowWriter& writer, bool by_key = true) {
  static const auto shelf = model::test::stocked();
  Lookup lookup = [](const std::string& name, const std::string& scope, const std::string& id) {
    const auto record = shelf.find(model::schema().type(name)->number, scope, *sync::record_id(id));
    if (!record) return Json();
    const model::ViewOf view(*record);
    return model::fields_to_json(*view);
  };
  TableWriter table(type, std::string(model::test::kCityScope), writer,
                    by_key ? std::move(lookup) : nullptr);
  REQUIRE(table.headings().has_value());
  for (const auto& record : records) REQUIRE(table.record(exported(record)).has_value());
  REQUIRE(writer.finish().has_value());
}

void check_all(const std::vector<model::Record>& records, TableRecords& read) {
  for (const auto& problem : read.header_problems()) FAIL_CHECK(problem_text(problem, false));
  for (const auto& record : records) {
    auto one = read.next();
    REQUIRE((one.has_value() && one->has_value()));
    same(record, **one);
  }
  CHECK_FALSE((*read.next()).has_value());
}

/// Twice, so that one record's lines and the next one's are told apart.
std::vector<model::Record> twice(std::vector<model::Record> records) {
  records.push_back(records.front());
  return records;
}

}  // namespace

TEST_CASE("tables: every type goes out as CSV and comes back the same", "[tables]") {
  for (const auto& type : model::schema().types) {
    INFO(type.name);
    const auto records = records_of(type);
    std::string bytes;
    write(type, records, *write_csv([&bytes](std::string_view piece) -> Result<void> {
            bytes += piece;
            return {};
          }));
    INFO(bytes);
    FromCsv from(type, bytes);
    check_all(records, *from.records);
  }
}

TEST_CASE("tables: every type goes out as XLSX and comes back the same", "[tables]") {
  const tests::ScratchFolder folder;
  for (const auto& type : model::schema().types) {
    INFO(type.name);
    const auto records = records_of(type);
    const auto file = folder.path() / "table.xlsx";
    auto writer = write_xlsx(file, std::string(type.label.zh));
    REQUIRE(writer.has_value());
    write(type, records, **writer);
    auto input = open_input(file.string());
    REQUIRE(input.has_value());
    auto reader = open_table(**input, {});
    if (!reader) FAIL(describe(reader.error()));
    auto read = TableRecords::open(**reader, type);
    REQUIRE(read.has_value());
    check_all(records, **read);
  }
}

TEST_CASE("tables: texts of every kind come back the same", "[tables]") {
  const auto& type = model::test::type_of("company");
  const tests::ScratchFolder folder;
  for (const std::string name :
       {"𠮷野物业", "物业😀👨‍👩‍👧", "=1+1", "'=1", "-1", "\"引号\"，逗号,\n换行",
        "0012", "_x000D_", "1E5", "（清洁）", "ئۇيغۇر", "@a", "a;b\tc", "true", "2024-01-01"}) {
    CAPTURE(name);
    auto json = Json::parse(model::test::kCompany);
    json["name"] = name;
    const auto record = made("company", json.dump());
    std::string bytes;
    write(type, {record}, *write_csv([&bytes](std::string_view piece) -> Result<void> {
            bytes += piece;
            return {};
          }));
    FromCsv from(type, bytes);
    check_all({record}, *from.records);
    const auto file = folder.path() / "table.xlsx";
    auto writer = write_xlsx(file, "表");
    REQUIRE(writer.has_value());
    write(type, {record}, **writer);
    auto input = open_input(file.string());
    auto reader = open_table(**input, {});
    REQUIRE(reader.has_value());
    auto read = TableRecords::open(**reader, type);
    REQUIRE(read.has_value());
    check_all({record}, **read);
  }
}

TEST_CASE("tables: lines of two records are told apart", "[tables]") {
  const auto& type = model::test::type_of("disclosure");
  auto records = twice(records_of(type));
  records[1].id.data[15] ^= 1;
  std::string bytes;
  write(type, records, *write_csv([&bytes](std::string_view piece) -> Result<void> {
          bytes += piece;
          return {};
        }));
  FromCsv from(type, bytes);
  const auto read = from.all();
  REQUIRE(read.size() == 2);
  CHECK(read[0].json["lines"].size() == 3);
  CHECK(read[0].json["lines"] == read[1].json["lines"]);
  CHECK(read[1].row() == 5);
}

TEST_CASE("tables: a template has every heading and is no record", "[tables]") {
  const tests::ScratchFolder folder;
  for (const auto& type : model::schema().types) {
    INFO(type.name);
    std::string bytes;
    REQUIRE(write_csv_template(type, [&bytes](std::string_view piece) -> Result<void> {
              bytes += piece;
              return {};
            }).has_value());
    FromCsv from(type, bytes);
    CHECK(from.records->header_problems().empty());
    CHECK(from.all().empty());
    const auto file = folder.path() / "template.xlsx";
    REQUIRE(write_xlsx_template(type, file).has_value());
    auto input = open_input(file.string());
    auto reader = open_table(**input, {});
    REQUIRE(reader.has_value());
    auto read = TableRecords::open(**reader, type);
    REQUIRE(read.has_value());
    CHECK((*read)->header_problems().empty());
    CHECK_FALSE((*read)->next()->has_value());
  }
}

}  // namespace linli::tables::test

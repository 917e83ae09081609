// The sample data that `linli records put` loads: read, checked and counted as a node would.
#include <filesystem>
#include <fstream>

#include "tests/model/fixture.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

std::vector<Record> load(std::string_view type, Shelf& shelf) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../packaging/sample";
  std::ifstream file(folder / (std::string(type) + ".ndjson"));
  std::vector<Record> records;
  for (std::string line; std::getline(file, line);) {
    auto record = made(type, line, shelf);
    const auto faults = faults_of(record, shelf);
    INFO(line);
    INFO(told(faults));
    CHECK(faults.empty());
    CHECK(record.scope == kCityScope);
    shelf.put(record);
    records.push_back(std::move(record));
  }
  REQUIRE(!records.empty());
  return records;
}

}  // namespace

TEST_CASE("sample: every line loads without a fault, in the order given", "[model][sample]") {
  Shelf shelf;
  CHECK(load("org_unit", shelf).size() == 1 + 12 + 3 + 39 + 4);
  CHECK(load("company", shelf).size() == 4);
  CHECK(load("course", shelf).size() == 3);
  CHECK(load("session", shelf).size() == 4);
  CHECK(load("disclosure_kind", shelf).size() == 13);
  const auto checklist = load("template", shelf);
  const ViewOf view(checklist.front());
  CHECK(view->rows(view->type->field("items")->number).size() == 41);
  const auto figures = load("city_figure", shelf);
  CHECK(only(contributions(figures.front()), "city_figure").n == 101);
}

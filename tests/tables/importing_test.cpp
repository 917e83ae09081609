// Whether all goes in, what is good, or nothing: with records that a function takes.
#include "node/tables/importing.h"

#include "api/import_notes.h"
#include "node/tables/ndjson_records.h"
#include "node/tables/rejects.h"
#include "tests/model/fixture.h"
#include "tests/tables/table.h"

namespace linli::tables::test {
namespace {

/// Keeps buildings by their number, as a replica would: number "0" is refused.
struct Shelf {
  std::map<std::string, Json> kept;
  std::vector<std::pair<std::size_t, LandHow>> calls;

  Land land() {
    return [this](const std::vector<Json>& records, const LandHow& how) {
      calls.emplace_back(records.size(), how);
      auto after = kept;
      std::vector<Landed> out;
      bool bad = false;
      for (const auto& json : records) {
        const auto no = json.value("building_no", "");
        if (no == "0") {
          out.push_back(
              {"refused", {}, {}, {{"building_no", Errc::bad_rule, "不可为零", "not zero"}}});
          bad = true;
          continue;
        }
        out.push_back({after.count(no) ? "unchanged" : "created", no, "s", {}});
        after[no] = json;
      }
      const bool undone = how.dry_run || (how.together && bad);
      if (how.together && bad) {
        for (auto& one : out) one.done = "refused";
      }
      if (!undone) kept = after;
      return Result<std::vector<Landed>>(out);
    };
  }
};

struct Heard final : ImportListener {
  std::vector<std::size_t> rows_refused, rows_landed;
  std::vector<Problem> problems;
  void refused(const TableRecord& record, const std::vector<Problem>& found) override {
    rows_refused.push_back(record.row());
    problems.insert(problems.end(), found.begin(), found.end());
  }
  void landed(const TableRecord& record, const Landed&) override {
    rows_landed.push_back(record.row());
  }
  void progress(std::uint64_t done, std::uint64_t total) override { CHECK(done <= total); }
  std::vector<std::uint64_t> went_on_from;
  void resumed(const ImportNotes::Progress& from) override { went_on_from.push_back(from.written); }
};

std::string table(const std::vector<std::string>& numbers) {
  std::string text = "小区,building_no,floors_above\n";
  for (const auto& no : numbers) text += "c," + no + ",3\n";
  return text;
}

struct Run {
  Shelf shelf;
  Heard heard;
  ImportReport report;
  Run(const std::string& text, const ImportOptions& options) {
    FromCsv from(model::test::type_of("building"), text);
    api::KeptImportNotes notes;
    report = import_table(*from.records, shelf.land(), options, notes, heard);
  }
};

using Rows = std::vector<std::size_t>;

}  // namespace

TEST_CASE("import: by default one bad row keeps all of them out, and all are named", "[tables]") {
  const Run run(table({"1", "0", "2", "3\",\"", "0"}), {});
  CHECK(run.shelf.kept.empty());
  CHECK(run.report.nothing_went_in);
  CHECK(run.report.accepted() == 0);
  CHECK(run.heard.rows_landed.empty());
  CHECK(run.heard.rows_refused.size() >= 2);
  const Run good(table({"1", "2"}), {});
  CHECK(good.shelf.kept.size() == 2);
  CHECK(good.report.accepted() == 2);
  CHECK(good.heard.rows_landed == Rows{2, 3});
  CHECK(good.shelf.calls.size() == 1);
  CHECK(good.shelf.calls[0].second.together);
}

TEST_CASE("import: a row that can't be read keeps the others out too, and their faults are named",
          "[tables]") {
  const Run run("小区,building_no,floors_above\nc,1,3\nc,2,viele\nc,0,3\n", {});
  CHECK(run.shelf.kept.empty());
  CHECK(run.heard.rows_refused == Rows{3, 4});
  REQUIRE(run.shelf.calls.size() == 1);
  CHECK(run.shelf.calls[0].second.dry_run);
}

TEST_CASE("import: rows without a key are named by place and content, the same each time",
          "[tables]") {
  ImportOptions options;
  options.name_rows = true;
  const auto ids = [&](const std::string& text) {
    const Run run(text, options);
    std::map<std::string, std::string> all;
    for (const auto& [no, json] : run.shelf.kept) {
      CHECK(json["create_only"] == true);
      all[no] = json["id"].get<std::string>();
    }
    return all;
  };
  const auto first = ids(table({"1", "2"}));
  REQUIRE(first.size() == 2);
  CHECK(first.at("1") != first.at("2"));
  CHECK(first.at("1").size() == 36);
  CHECK(ids(table({"1", "2"})) == first);
  // Rows that were added below, and one that was mended, leave the others what they were.
  const auto more = ids(table({"1", "3", "2"}));
  CHECK(more.at("1") == first.at("1"));
  CHECK(more.at("2") != first.at("2"));
  options.name_rows = false;
  const Run unnamed(table({"1"}), options);
  CHECK_FALSE(unnamed.shelf.kept.at("1").contains("id"));
}

TEST_CASE("import: where the user chose so the good rows go in", "[tables]") {
  ImportOptions options;
  options.skip_bad = true;
  const Run run(table({"1", "0", "2"}), options);
  CHECK(run.shelf.kept.size() == 2);
  CHECK(run.report.accepted() == 2);
  CHECK(run.report.refused == 1);
  CHECK(run.heard.rows_refused == Rows{3});
  CHECK(run.heard.problems[0].heading == "building_no");
  CHECK_FALSE(run.report.nothing_went_in);
}

TEST_CASE("import: a dry run keeps nothing and says what would happen", "[tables]") {
  ImportOptions options;
  options.dry_run = true;
  const Run run(table({"1", "0", "2"}), options);
  CHECK(run.shelf.kept.empty());
  CHECK(run.report.accepted() == 2);
  CHECK(run.report.refused == 1);
}

TEST_CASE("import: a large table is checked to its end before anything goes in", "[tables][I9]") {
  ImportOptions options;
  options.together_records = 10;
  options.piece_records = 3;
  std::vector<std::string> numbers;
  for (int i = 1; i <= 35; ++i) numbers.push_back(std::to_string(i));
  const Run good(table(numbers), options);
  CHECK(good.shelf.kept.size() == 35);
  CHECK(good.report.accepted() == 35);
  CHECK(good.report.records == 35);
  CHECK(good.heard.rows_landed.size() == 35);
  numbers[33] = "0";
  const Run bad(table(numbers), options);
  CHECK(bad.shelf.kept.empty());
  CHECK(bad.report.nothing_went_in);
  CHECK(bad.heard.rows_refused == Rows{35});
  for (const auto& [count, how] : bad.shelf.calls) {
    CHECK(how.dry_run);
    CHECK(count <= 10);
  }
}

TEST_CASE("import: the same record in two pieces of a check is found", "[tables]") {
  ImportOptions options;
  options.together_records = 2;
  options.dry_run = true;
  const Run same(table({"1", "2", "3", "1"}), options);
  CHECK(same.report.refused == 0);
  const Run other("小区,building_no,floors_above\nc,1,3\nc,2,3\nc,3,3\nc,1,4\n", options);
  REQUIRE(other.heard.problems.size() == 1);
  CHECK(other.heard.problems[0].code == Errc::duplicate_key);
  CHECK(other.heard.problems[0].zh.find("第 2 行") != std::string::npos);
}

TEST_CASE("import: what was refused is a table of its own, which can be imported", "[tables]") {
  const auto& type = model::test::type_of("building");
  FromCsv from(type, "小区,building_no,floors_above\nc,1,3\n=c,0,\"a\"\"b\"\n");
  struct Keeps final : ImportListener {
    Rejects* rejects = nullptr;
    void refused(const TableRecord& record, const std::vector<Problem>& found) override {
      REQUIRE(rejects->add(record, found).has_value());
    }
    void landed(const TableRecord&, const Landed&) override {}
    void progress(std::uint64_t, std::uint64_t) override {}
    void resumed(const ImportNotes::Progress&) override {}
  } keeps;
  std::string bytes;
  const auto writer = write_csv([&bytes](std::string_view piece) -> Result<void> {
    bytes += piece;
    return {};
  });
  Rejects rejects(from.records->heading_row(), *writer);
  keeps.rejects = &rejects;
  Shelf shelf;
  ImportOptions options;
  options.skip_bad = true;
  api::KeptImportNotes notes;
  (void)import_table(*from.records, shelf.land(), options, notes, keeps);
  CHECK(shelf.kept.size() == 1);
  FromCsv again(type, bytes);
  CHECK(again.records->header_problems().empty());
  const auto all = again.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].json["compound"] == "=c");
  CHECK(all[0].problems.at(0).value == "a\"b");
  CHECK(bytes.find("应为整数") != std::string::npos);
}

TEST_CASE("import: NDJSON goes the same way", "[tables]") {
  const std::string lines =
      "{\"building_no\":\"1\"}\n\n{broken\n{\"building_no\":\"0\"}\n\xFF\n[1]\n{\"building_no\":"
      "\"2\"}";
  const auto input = input_of(lines);
  NdjsonRecords records(*input);
  Shelf shelf;
  Heard heard;
  ImportOptions options;
  options.skip_bad = true;
  api::KeptImportNotes notes;
  const auto report = import_table(records, shelf.land(), options, notes, heard);
  CHECK(report.accepted() == 2);
  CHECK(heard.rows_refused == Rows{3, 4, 5, 6});
  CHECK(heard.rows_landed == Rows{1, 7});
}

}  // namespace linli::tables::test

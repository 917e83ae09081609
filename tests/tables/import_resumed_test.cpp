// An import that is cut off goes on where it was, if the file is the same; with notes in a file.
#include <filesystem>
#include <fstream>

#include "api/import_notes.h"
#include "node/tables/importing.h"
#include "tests/model/fixture.h"
#include "tests/store/scratch.h"
#include "tests/tables/table.h"

namespace linli::tables::test {
namespace {

/// Keeps rows by their number; "0" is refused. Breaks off at one call, as a power cut would.
struct Shelf {
  std::map<std::string, Json> kept;
  std::size_t checked = 0, written = 0;  ///< Records that were handed over.
  std::optional<std::size_t> cut_after_checked, cut_after_written;

  Land land() {
    return [this](const std::vector<Json>& records,
                  const LandHow& how) -> Result<std::vector<Landed>> {
      auto& count = how.dry_run ? checked : written;
      const auto& cut = how.dry_run ? cut_after_checked : cut_after_written;
      if (cut && count + records.size() > *cut) return fail(Errc::io, "cut");
      count += records.size();
      std::vector<Landed> out;
      for (const auto& json : records) {
        const auto no = json.value("building_no", "");
        if (no == "0") {
          out.push_back({"refused", {}, {}, {{"building_no", Errc::bad_rule, "不可", "not zero"}}});
          continue;
        }
        out.push_back({kept.contains(no) ? "unchanged" : "created", no, "s", {}});
        if (!how.dry_run) kept[no] = json;
      }
      return out;
    };
  }
};

struct Heard final : ImportListener {
  std::vector<std::size_t> refused_rows, landed_rows;
  std::vector<ImportNotes::Progress> went_on;
  std::vector<Problem> problems;
  void refused(const TableRecord& record, const std::vector<Problem>& found) override {
    refused_rows.push_back(record.row());
    problems.insert(problems.end(), found.begin(), found.end());
  }
  void landed(const TableRecord& record, const Landed&) override {
    landed_rows.push_back(record.row());
  }
  void progress(std::uint64_t, std::uint64_t) override {}
  void resumed(const ImportNotes::Progress& from) override { went_on.push_back(from); }
};

std::string rows(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += "c," + std::to_string(i) + ",3\n";
  return text;
}
std::string table(const std::string& body) { return "小区,building_no,floors_above\n" + body; }

ImportOptions in_pieces() {
  ImportOptions options;
  options.together_records = 10;
  options.piece_records = 5;
  options.save_records = 10;
  return options;
}

struct Folder {
  tests::ScratchFolder folder;
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "imports.db"; }
};

struct Run {
  Heard heard;
  ImportReport report;
  Run(Shelf& shelf, const Folder& at, const std::string& text, const ImportOptions& options) {
    const auto input = input_of(text);
    const auto what = api::hash_of_input(*input, options.skip_bad ? "good" : "all");
    REQUIRE(what);
    api::KeptImportNotes notes(at.file(), *what, 1'700'000'000'000'000);
    FromCsv from(model::test::type_of("building"), text);
    report = import_table(*from.records, shelf.land(), options, notes, heard);
  }
};

}  // namespace

TEST_CASE("import: cut off while it was checked it checks only what is left", "[tables][I9]") {
  const Folder at;
  const auto text = table(rows(1, 95));
  Shelf shelf;
  shelf.cut_after_checked = 60;
  const Run cut(shelf, at, text, in_pieces());
  REQUIRE(cut.report.broke_off);
  CHECK(cut.report.nothing_went_in);
  CHECK(shelf.kept.empty());
  CHECK(cut.heard.went_on.empty());
  shelf.cut_after_checked.reset();
  shelf.checked = 0;
  const Run again(shelf, at, text, in_pieces());
  REQUIRE_FALSE(again.report.broke_off);
  REQUIRE(again.heard.went_on.size() == 1);
  CHECK(again.heard.went_on[0].checked == 60);
  CHECK(shelf.checked == 35);
  CHECK(shelf.kept.size() == 95);
  CHECK(again.report.accepted() == 95);
  // It came to its end: nothing is left to go on with.
  const Run anew(shelf, at, text, in_pieces());
  CHECK(anew.heard.went_on.empty());
  CHECK(anew.report.earlier == 0);
  CHECK(anew.report.done.at("unchanged") == 95);
}

TEST_CASE("import: cut off while it was written it goes on behind what was saved", "[tables][I1]") {
  const Folder at;
  const auto text = table(rows(1, 95));
  Shelf shelf;
  shelf.cut_after_written = 57;
  const Run cut(shelf, at, text, in_pieces());
  REQUIRE(cut.report.broke_off);
  CHECK(shelf.kept.size() == 55);
  shelf.cut_after_written.reset();
  shelf.checked = shelf.written = 0;
  const Run again(shelf, at, text, in_pieces());
  REQUIRE(again.heard.went_on.size() == 1);
  CHECK(again.heard.went_on[0].all_checked);
  CHECK(again.heard.went_on[0].written == 50);
  CHECK(shelf.checked == 50);  // A look whether they are still there; no check of the file.
  CHECK(shelf.written == 45);
  CHECK(shelf.kept.size() == 95);
  CHECK(again.report.records == 95);
  CHECK(again.report.earlier == 50);
  CHECK(again.report.done.at("created") == 40);
  CHECK(again.report.done.at("unchanged") == 5);
  CHECK(report_json(again.report, in_pieces())["earlier"] == 50);
}

TEST_CASE("import: another file begins at its beginning", "[tables]") {
  const Folder at;
  Shelf shelf;
  shelf.cut_after_written = 57;
  REQUIRE(Run(shelf, at, table(rows(1, 95)), in_pieces()).report.broke_off);
  shelf.cut_after_written.reset();
  shelf.checked = 0;
  const Run other(shelf, at, table(rows(1, 94) + "c,95,4\n"), in_pieces());
  CHECK(other.heard.went_on.empty());
  CHECK(shelf.checked == 95);
  CHECK(other.report.accepted() == 95);
}

TEST_CASE("import: if what was written is gone it begins anew and loses nothing", "[tables][I4]") {
  const Folder at;
  const auto text = table(rows(1, 95));
  Shelf shelf;
  shelf.cut_after_written = 57;
  REQUIRE(Run(shelf, at, text, in_pieces()).report.broke_off);
  shelf.cut_after_written.reset();
  while (shelf.kept.size() > 30) shelf.kept.erase(std::prev(shelf.kept.end()));  // An older copy.
  const Run again(shelf, at, text, in_pieces());
  CHECK(again.heard.went_on.empty());
  CHECK(again.report.earlier == 0);
  CHECK(shelf.kept.size() == 95);
}

TEST_CASE("import: bad rows are named by the run that goes on too", "[tables]") {
  const Folder at;
  const auto text = table(rows(1, 20) + "c,0,3\nc,7,viele\n" + rows(21, 92) + "c,0,3\n");
  auto options = in_pieces();
  options.skip_bad = true;
  Shelf shelf;
  shelf.cut_after_written = 57;
  const Run cut(shelf, at, text, options);
  REQUIRE(cut.report.broke_off);
  CHECK(cut.heard.refused_rows == std::vector<std::size_t>{22, 23});
  shelf.cut_after_written.reset();
  const Run again(shelf, at, text, options);
  CHECK(again.heard.went_on.size() == 1);
  CHECK(again.heard.refused_rows == std::vector<std::size_t>{22, 23, 96});
  CHECK(again.report.refused == 3);
  CHECK(again.report.records == 95);
  CHECK(shelf.kept.size() == 92);
}

TEST_CASE("import: two rows of one record are found across a cut", "[tables]") {
  const Folder at;
  const auto text = table(rows(1, 90) + "c,7,4\n");
  Shelf shelf;
  shelf.cut_after_checked = 60;
  REQUIRE(Run(shelf, at, text, in_pieces()).report.broke_off);
  shelf.cut_after_checked.reset();
  const Run again(shelf, at, text, in_pieces());
  CHECK(again.heard.went_on.size() == 1);
  REQUIRE(again.heard.problems.size() == 1);
  CHECK(again.heard.problems[0].code == Errc::duplicate_key);
  CHECK(again.heard.problems[0].zh.find("第 8 行") != std::string::npos);
  CHECK(again.report.nothing_went_in);
  CHECK(shelf.kept.empty());
}

TEST_CASE("import: notes that can't be read are made anew", "[tables]") {
  const Folder at;
  std::ofstream(at.file()) << std::string(5000, 'x');
  Shelf shelf;
  const Run run(shelf, at, table(rows(1, 95)), in_pieces());
  CHECK_FALSE(run.report.broke_off);
  CHECK(shelf.kept.size() == 95);
}

}  // namespace linli::tables::test

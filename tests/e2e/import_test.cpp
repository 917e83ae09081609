// Spreadsheets, as people really hand them in: GBK, broken rows, wrong units, odd names.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unicode/unistr.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>

#include "node/tables/columns.h"
#include "tests/e2e/city.h"
#include "tests/e2e/held_output.h"
#include "tests/e2e/skip.h"
#include "tests/e2e/small_disk.h"

namespace linli::e2e {
namespace {

std::string gbk(const std::string& utf8) {
  const auto text = icu::UnicodeString::fromUTF8(utf8);
  std::string bytes(utf8.size() * 2 + 4, '\0');
  const auto size = text.extract(0, text.length(), bytes.data(),
                                 static_cast<std::uint32_t>(bytes.size()), "gb18030");
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

/// The heading that export writes for a field.
std::string heading(const char* type, std::string_view field) {
  for (const auto& column : tables::columns_of(*model::schema().type(type))) {
    if (column.field && column.field->name == field && !column.item) return column.heading;
  }
  return {};
}

const std::string kCode = "410702003901801";

/// An office with one compound, not serving.
struct Register {
  City city{{kCommunityA}};
  Scratch& scratch = city.scratch;
  std::string data = city.office(0).data();

  Register() {
    auto one = compound(1);
    one["compound_code"] = kCode;
    one["community"] = kCode.substr(0, 12);
    must(scratch, {"records", "put", "compound", "--data", data}, one.dump());
    city.office(0).stop();
  }
  [[nodiscard]] std::size_t count(const char* type = "exclusive_part") const {
    const auto lines = must(scratch, {"export", type, "--data", data, "--format", "ndjson"});
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  }
};

std::string register_headings() {
  std::string text;
  for (const auto* field :
       {"compound", "part_no", "building", "stair_unit", "room", "area_dm2", "use", "title_no"}) {
    text += (text.empty() ? "" : ",") + heading("exclusive_part", field);
  }
  return gbk(text) + "\r\n";
}

std::string register_row(std::size_t n, const std::string& title) {
  const auto no = std::to_string(n);
  return kCode + ",3-1-" + no + ",3,1," + no + ",90.50," + gbk("住宅") + "," + title + "\r\n";
}

/// Resident memory at its height of a command that has to succeed. In a process of its own, whose
/// only child it is: what is asked for is the largest of all children so far.
long peak_kib(const Scratch& scratch, const std::vector<std::string>& command) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const auto pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    const auto ran = linli(scratch, command);
    rusage use{};
    ::getrusage(RUSAGE_CHILDREN, &use);
    const long peak = ran.code == 0 ? use.ru_maxrss : -1;
    ::_exit(::write(pipe[1], &peak, sizeof peak) == sizeof peak ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  long peak = -1;
  REQUIRE(::read(pipe[0], &peak, sizeof peak) == sizeof peak);
  ::close(pipe[0]);
  ::close(pipe[1]);
  REQUIRE(peak > 0);
  return peak;
}

/// Row 1 are the headings; row `broken` has a byte that is no character in column H.
void write_register(const std::filesystem::path& file, std::size_t rows, std::size_t broken,
                    std::size_t filler) {
  std::ofstream out(file, std::ios::binary);
  out << register_headings();
  std::string title = gbk("豫(2020)不动产权第");
  for (std::size_t i = 0; i < filler; ++i) title += gbk("号");
  for (std::size_t row = 2; row <= rows; ++row) {
    out << register_row(row, row == broken ? title + "\xFF" : title);
  }
}

void check_register(std::size_t rows, std::size_t broken, std::size_t filler) {
  Register place;
  const auto file = (place.scratch / "名册.csv").string();
  const auto rejects = (place.scratch / "待改.csv").string();
  write_register(file, rows, broken, filler);
  const auto where = "第 " + std::to_string(broken) + " 行 H 列";
  const auto begun = std::chrono::steady_clock::now();
  const auto none = linli(place.scratch, {"import", "exclusive_part", file, "--data", place.data});
  CHECK(none.code == 1);
  INFO(none.err);
  CHECK((none.err.find(where) != std::string::npos ||
         none.err.find("row " + std::to_string(broken) + " column H") != std::string::npos));
  CHECK(none.err.find("GB18030") != std::string::npos);
  CHECK(place.count() == 0);
  const auto checked = std::chrono::steady_clock::now();
  const auto some = linli(place.scratch, {"import", "exclusive_part", file, "--data", place.data,
                                          "--skip-bad", "--rejects", rejects});
  CHECK(some.code == 1);
  CHECK(place.count() == rows - 2);
  const auto written = std::chrono::steady_clock::now();
  rusage use{};
  ::getrusage(RUSAGE_CHILDREN, &use);
  const auto seconds = [](auto time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  WARN("" << std::filesystem::file_size(file) << " bytes, " << rows - 1 << " rows; checked in "
          << seconds(checked - begun) << " ms, put in " << seconds(written - checked)
          << " ms, largest process " << use.ru_maxrss << " KiB");
  CHECK(use.ru_maxrss < 400'000);
  const auto left = app::read_file(rejects);
  CHECK(std::count(left.begin(), left.end(), '\n') == 2);
}

}  // namespace

TEST_CASE("import: a GBK table with one broken row is refused by its place, or goes in without it",
          "[e2e][input][tables]") {
  check_register(8'000, 7'001, 20);
}

TEST_CASE("import: 100 MB of GBK with a broken row 70001", "[.large]") {
  check_register(540'000, 70'001, 60);
}

TEST_CASE("import: killed again and again and run again it makes no row twice and loses none",
          "[e2e][tables][I1]") {
  // Activities have no natural key: nothing but their rows tells them apart.
  constexpr std::size_t kRows = 12'000;
  Register place;
  const auto file = (place.scratch / "活动.csv").string();
  {
    std::ofstream out(file, std::ios::binary);
    for (const auto* field : {"kind", "on", "topic", "parties"}) {
      out << (field == std::string("kind") ? "" : ",") << heading("joint_activity", field);
    }
    out << "\n";
    for (std::size_t row = 0; row < kRows; ++row) {
      // Every third says the same as the row before it.
      out << "party_class,2025-01-15,示例活动" << (row % 3 == 2 ? row - 1 : row) << ",company\n";
    }
  }
  const std::vector<std::string> import{"import", "joint_activity", file,
                                        "--data", place.data,       "--json"};
  for (const std::size_t answered : {500u, 3'000u, 7'500u}) {
    HeldOutput out(place.scratch / "import.out");
    app::Child child(import, {}, out.name(), place.scratch / "import.err");
    out.read(answered);
    child.kill_hard();
  }
  const auto left = place.count("joint_activity");
  CHECK(left > 0);
  const auto last = linli(place.scratch, import);
  INFO(last.err);
  REQUIRE(last.code == 0);
  const auto at = last.out.rfind("{\"summary\"");
  REQUIRE(at != std::string::npos);
  const auto summary = Json::parse(last.out.substr(at))["summary"];
  CHECK(summary["done"].value("created", std::size_t{0}) == kRows - left);
  CHECK(summary["done"].value("unchanged", std::size_t{0}) +
            summary.value("earlier", std::size_t{0}) ==
        left);
  CHECK(place.count("joint_activity") == kRows);
  const auto again = linli(place.scratch, {"import", "joint_activity", file, "--data", place.data});
  CHECK(again.code == 0);
  CHECK(place.count("joint_activity") == kRows);
  must(place.scratch, {"verify", "--data", place.data});
}

TEST_CASE("import: what is wrong is named by row and column and reason", "[e2e][input][tables]") {
  Register place;
  const auto rows = register_headings() + register_row(2, "a") + kCode + ",3-1-3,3,1,3,90.505," +
                    gbk("住宅") + ",a\r\n" + kCode + ",3-1-4,3,1,4,100000000000000000000," +
                    gbk("住宅") + ",a\r\n" + kCode + ",3-1-5,3,1,5,90," + gbk("宫殿") + ",a\r\n" +
                    "nowhere,3-1-6,3,1,6,90," + gbk("住宅") + ",a\r\n" + kCode +
                    ",3-1-7,\"3,1,7\r\n" + register_row(8, "a");
  const auto ran =
      linli(place.scratch,
            {"import", "exclusive_part", "-", "--data", place.data, "--dry-run", "--json"}, rows);
  CHECK(ran.code == 1);
  std::map<int, std::string> found;
  Json summary;
  for (std::size_t at = 0; at < ran.out.size();) {
    const auto end = std::min(ran.out.find('\n', at), ran.out.size());
    const auto json = Json::parse(ran.out.substr(at, end - at));
    at = end + 1;
    if (json.contains("summary")) summary = json["summary"];
    if (!json.contains("problems")) continue;
    for (const auto& problem : json["problems"]) {
      found[problem["row"].get<int>()] +=
          problem.value("column", "") + " " + problem["code"].get<std::string>() + ";";
      CHECK_FALSE(problem["zh"].get<std::string>().empty());
      CHECK_FALSE(problem["en"].get<std::string>().empty());
    }
  }
  INFO(ran.out << ran.err);
  CHECK(found[3] == "F bad_value;");
  CHECK(found[4] == "F bad_value;");
  CHECK(found[5] == "G bad_value;");
  CHECK(found[6].find("A ") == 0);
  CHECK(found[7] == "C bad_input;");
  CHECK(found.count(2) == 0);
  CHECK(found.count(8) == 0);
  CHECK(summary["accepted"] == 2);
  CHECK(summary["refused"] == 5);
  CHECK(place.count() == 0);
}

TEST_CASE("import: 30 February and names with what nobody can see are named and 𠮷 goes in",
          "[e2e][input][tables]") {
  const Scratch scratch;
  const auto data = (scratch / "hub").string();
  must(scratch, {"init", "--data", data, "--role", "hub", "--name", "示例局", "--scope", "410700"});
  const std::string head = "code,level,name,code_authority,valid_from\n";
  const auto row = [](const std::string& code, const std::string& name, const std::string& day) {
    return code + ",city," + name + ",local," + day + "\n";
  };
  const auto table =
      head + row("410791", "𠮷野😀", "2023/1/1") + row("410702", "张三", "2023-02-30") +
      row("410703", "张\u200b三", "2023-01-01") + row("410704", "\u202e三张", "2023-01-01");
  const auto ran = linli(scratch, {"import", "org_unit", "-", "--data", data, "--skip-bad"}, table);
  INFO(ran.err);
  CHECK(ran.code == 1);
  CHECK((ran.err.find("2023 年 2 月没有 30 日") != std::string::npos ||
         ran.err.find("no day 30") != std::string::npos));
  CHECK(ran.err.find("U+200B") != std::string::npos);
  CHECK(ran.err.find("U+202E") != std::string::npos);
  const auto kept = must(scratch, {"export", "org_unit", "--data", data, "--format", "ndjson"});
  CHECK(std::count(kept.begin(), kept.end(), '\n') == 1);
  CHECK(kept.find("𠮷野😀") != std::string::npos);
}

TEST_CASE("import: refused rows go into a workbook, which is mended by its words and taken again",
          "[e2e][tables]") {
  Register place;
  const auto file = (place.scratch / "名册.csv").string(),
             bad = (place.scratch / "待改.xlsx").string();
  write_register(file, 40, 7, 3);
  const std::vector<std::string> import{"import", "exclusive_part", "--data", place.data};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), import.begin(), import.end());
    return linli(place.scratch, more);
  };
  CHECK(with({file, "--skip-bad", "--rejects", bad}).code == 1);
  CHECK(place.count() == 38);
  // As it is the row is refused again: the cell that couldn't be read was kept as far as it could.
  const auto again = with({bad, "--dry-run", "--json"});
  INFO(again.out << again.err);
  const auto summary = Json::parse(again.out.substr(again.out.rfind("{\"summary\"")))["summary"];
  CHECK(summary["records"] == 1);
  // To stdout no workbook can be written, and nothing goes in.
  const auto pipe = place.scratch / "pipe.xlsx";
  const HeldOutput reader(pipe);
  const auto refused = with({file, "--skip-bad", "--rejects", pipe.string()});
  CHECK(refused.code == 2);
  CHECK(place.count() == 38);
}

TEST_CASE("import: one that was cut off says so and goes on where it was", "[e2e][tables][I1]") {
  constexpr std::size_t kRows = 14'000;
  Register place;
  const auto file = (place.scratch / "活动.csv").string();
  {
    std::ofstream out(file, std::ios::binary);
    for (const auto* field : {"kind", "on", "topic", "parties"}) {
      out << (field == std::string("kind") ? "" : ",") << heading("joint_activity", field);
    }
    out << "\n";
    for (std::size_t row = 0; row < kRows; ++row) {
      out << "party_class,2025-01-15,示例活动" << row << ",company\n";
    }
  }
  const bool serving = GENERATE(false, true);
  if (serving) place.city.office(0).start();
  const std::vector<std::string> import{"import", "joint_activity", file,
                                        "--data", place.data,       "--json"};
  {
    HeldOutput out(place.scratch / "import.out");
    app::Child child(import, {}, out.name(), place.scratch / "import.err");
    out.read(10'600);  // Two saves were made.
    child.kill_hard();
  }
  const auto last = linli(place.scratch, import);
  INFO(last.err);
  REQUIRE(last.code == 0);
  CHECK((last.err.find("接着上次") != std::string::npos ||
         last.err.find("going on with") != std::string::npos));
  const auto summary = Json::parse(last.out.substr(last.out.rfind("{\"summary\"")))["summary"];
  CHECK(summary["records"] == kRows);
  CHECK(summary["earlier"] == 10'000);
  CHECK(summary["accepted"] == kRows - 10'000);
  CHECK(place.count("joint_activity") == kRows);
  must(place.scratch, {"verify", "--data", place.data});
}

TEST_CASE("import: what a check remembers of a long file isn't kept in memory",
          "[e2e][tables][I9]") {
  Register place;
  // Resident memory at its height, of a dry run of so many rows; each is a record by its key.
  const auto height = [&](std::size_t rows) {
    const auto file = (place.scratch / "名册.csv").string();
    write_register(file, rows, 0, 1);
    return peak_kib(place.scratch,
                    {"import", "exclusive_part", file, "--data", place.data, "--dry-run"});
  };
  const auto some = height(60'000), many = height(150'000);
  WARN("60000 rows " << some << " KiB; 150000 rows " << many << " KiB");
  CHECK(many < some + 2'500);  // What is told apart by a table in memory takes 7 MB more.
}

TEST_CASE("export: stopped or without room it leaves nothing and what was there stays",
          "[e2e][tables]") {
  Register place;
  const auto file = (place.scratch / "名册.csv").string();
  write_register(file, 20'000, 0, 3);
  must(place.scratch, {"import", "exclusive_part", file, "--data", place.data});
  const auto folder = place.scratch / "exported";
  std::filesystem::create_directory(folder);
  const auto target = folder / "old.csv";
  std::ofstream(target) << "old";
  const auto names = [&] {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      all.push_back(entry.path().filename().string());
    }
    return all;
  };
  int stopped = 0;
  for (int tries = 0; tries < 20 && stopped == 0; ++tries) {
    std::ofstream(target) << "old";
    app::Child child({"export", "exclusive_part", "--data", place.data, "--format", "csv", "--out",
                      target.string()},
                     {}, place.scratch / "o", place.scratch / "e");
    app::eventually("it writes beside the file", std::chrono::seconds(30),
                    [&] { return child.ended() || names().size() == 2; });
    if (child.stop() != 0) ++stopped;
    CHECK(names() == std::vector<std::string>{"old.csv"});
    if (stopped) CHECK(app::read_file(target) == "old");
  }
  CHECK(stopped == 1);
  // Figures too: no room, and the old table is as it was.
  const auto small = place.scratch / "small";
  std::filesystem::create_directory(small);
  SmallDisk disk(small, 64u << 10);
  if (skip(disk.mounted() ? std::nullopt : std::optional<std::string>("only root mounts"))) return;
  std::ofstream(small / "old.csv") << "old";
  { std::ofstream(small / "filler") << std::string(60u << 10, 'x'); }
  const auto full = linli(place.scratch, {"export", "exclusive_part", "--data", place.data, "--out",
                                          (small / "old.csv").string()});
  CHECK(full.code == 1);
  CHECK(app::read_file(small / "old.csv") == "old");
  const auto stats =
      linli(place.scratch, {"stats", "compounds_in_service", "--data", place.data, "--format",
                            "csv", "--out", (small / "old.csv").string()});
  INFO(stats.err);
  CHECK(stats.code == 1);
  CHECK(app::read_file(small / "old.csv") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(small), {}) == 2);
}

TEST_CASE("export and import again: nothing changes, as CSV and as XLSX, beside a running node too",
          "[e2e][tables]") {
  Register place;
  const auto file = (place.scratch / "名册.csv").string();
  write_register(file, 40, 0, 3);
  must(place.scratch, {"import", "exclusive_part", file, "--data", place.data});
  const auto before =
      must(place.scratch, {"export", "exclusive_part", "--data", place.data, "--format", "ndjson"});
  const bool serving = GENERATE(false, true);
  if (serving) place.city.office(0).start();
  for (const auto* format : {"csv", "xlsx"}) {
    const auto out = (place.scratch / (std::string("out.") + format)).string();
    must(place.scratch,
         {"export", "exclusive_part", "--data", place.data, "--format", format, "--out", out});
    const auto ran = linli(place.scratch, {"import", "exclusive_part", out, "--data", place.data});
    INFO(ran.err);
    CHECK(ran.code == 0);
    const bool chinese = ran.err.find("39 未变") != std::string::npos;
    CHECK((chinese || ran.err.find("39 unchanged") != std::string::npos));
  }
  CHECK(must(place.scratch,
             {"export", "exclusive_part", "--data", place.data, "--format", "ndjson"}) == before);
  if (serving) place.city.office(0).stop();
}

TEST_CASE("import: a template is taken as it is, and wrong headings are named", "[e2e][tables]") {
  Register place;
  for (const auto* format : {"csv", "xlsx"}) {
    const auto out = (place.scratch / (std::string("template.") + format)).string();
    must(place.scratch, {"export", "building", "--data", place.data, "--template", "--format",
                         format, "--out", out});
    CHECK(linli(place.scratch, {"import", "building", out, "--data", place.data}).code == 0);
  }
  const auto ran = linli(place.scratch, {"import", "building", "-", "--data", place.data},
                         "小区,楼号的号\n" + kCode + ",3\n");
  CHECK(ran.code == 1);
  CHECK(ran.err.find("楼号的号") != std::string::npos);
}

}  // namespace linli::e2e

// A stick that is pulled out in the middle: of writing a bundle, and of reading one.
#include <cstdlib>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

/// Commands run meanwhile lose the stick once they moved so many bytes from or to it.
class PulledOut {
 public:
  PulledOut(const std::filesystem::path& stick, std::uintmax_t bytes) {
    ::setenv("LD_PRELOAD", LINLI_PULLED_OUT, 1);
    ::setenv("LINLI_STICK", stick.c_str(), 1);
    ::setenv("LINLI_STICK_BYTES", std::to_string(bytes).c_str(), 1);
  }
  ~PulledOut() {
    for (const auto* name : {"LD_PRELOAD", "LINLI_STICK", "LINLI_STICK_BYTES"}) ::unsetenv(name);
  }
  PulledOut(const PulledOut&) = delete;
  PulledOut& operator=(const PulledOut&) = delete;
};

void write_records(Node& office) {
  REQUIRE(office.batch("compound", {compound(1)}));
  for (int i = 0; i < 20; ++i) {
    std::vector<Json> lines;
    for (int k = 0; k < 50; ++k) lines.push_back(inspection("410702003901101", i * 50 + k));
    REQUIRE(office.batch("inspection", lines));
  }
}

/// It failed, and says in one line what happened to which file.
void says_pulled_out(const Ran& ran, const std::string& file) {
  INFO(ran.err);
  CHECK(ran.code == 1);
  CHECK(ran.err.find("io: ") != std::string::npos);
  CHECK(ran.err.find(file) != std::string::npos);
  CHECK(ran.err.find("pulled out") != std::string::npos);
  CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("a stick pulled out while a bundle is written holds none that looks whole", "[e2e][I1]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  write_records(office);
  city.settle();
  const bool serving = GENERATE(true, false);
  const std::string split = GENERATE("", "16K");
  if (!serving) office.kill();
  const auto stick = city.scratch / "stick";
  std::filesystem::create_directory(stick);
  const auto file = (stick / "out.linli").string();
  std::vector<std::string> words{"bundle", "export", "--data", office.data(),
                                 "--for",  "hub",    "--all",  file};
  if (!split.empty()) words.insert(words.end(), {"--split", split});
  must(city.scratch, words);
  std::uintmax_t whole = 0;
  for (const auto& entry : std::filesystem::directory_iterator(stick)) whole += entry.file_size();
  // At the beginning, in the middle, before the last of it, and when only the heads are missing,
  // which are written last.
  for (const auto bytes : {std::uintmax_t(1), whole / 2, whole - 1, whole}) {
    for (const auto& entry : std::filesystem::directory_iterator(stick)) {
      std::filesystem::remove(entry.path());
    }
    {
      const PulledOut pulled(stick, bytes);
      says_pulled_out(linli(city.scratch, words), file);
    }
    for (const auto& entry : std::filesystem::directory_iterator(stick)) {
      const auto name = entry.path().filename().string();
      INFO(name);
      CHECK(name.find(".linli-tmp") != std::string::npos);  // No name that a person would take.
      // Taken all the same, it isn't taken for whole.
      const auto ran =
          linli(city.scratch, {"bundle", "import", "--data", city.hub.data(), entry.path()});
      CHECK(ran.code == 1);
    }
  }
  // Put in again: the same command makes a whole one, and nothing of the others is left.
  must(city.scratch, words);
  for (const auto& entry : std::filesystem::directory_iterator(stick)) {
    CHECK(entry.path().string().find(file) == 0);
  }
  must(city.scratch, {"bundle", "import", "--data", city.hub.data(), file});
  city.verify();
}

TEST_CASE("a stick pulled out while a bundle is read: said, and it goes on when it is back",
          "[e2e][I1]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  must(city.scratch, {"sync", "pause", "--data", office.data()});
  write_records(office);
  const auto stick = city.scratch / "stick";
  std::filesystem::create_directory(stick);
  const auto file = (stick / "out.linli").string();
  must(city.scratch, {"bundle", "export", "--data", office.data(), "--for", "hub", file});
  const bool serving = GENERATE(true, false);
  if (!serving) city.hub.kill();
  const auto whole = std::filesystem::file_size(file);
  const std::vector<std::string> words{"bundle", "import", "--data", city.hub.data(), file};
  // In the first look at it, in the check, where nothing is taken yet, and twice in the taking.
  for (const auto bytes : {std::uintmax_t(1), whole / 2, whole + whole / 4, whole + whole / 2}) {
    const PulledOut pulled(stick, bytes);
    says_pulled_out(linli(city.scratch, words), file);
    if (bytes < whole) CHECK(city.exported(city.hub, "inspection").empty());
  }
  city.verify();
  must(city.scratch, words);
  CHECK(city.exported(city.hub, "inspection") == city.exported(office, "inspection"));
  city.verify();
}

}  // namespace linli::e2e

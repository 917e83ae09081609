// Sticks between real processes: full ones, ones pulled out, and imports that die.
#include <algorithm>
#include <thread>

#include "tests/e2e/city.h"
#include "tests/e2e/skip.h"
#include "tests/e2e/small_disk.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

/// What is in the folder beside `names`.
std::vector<std::string> others(const std::filesystem::path& folder,
                                const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto name = entry.path().filename().string();
    if (std::find(names.begin(), names.end(), name) == names.end()) found.push_back(name);
  }
  return found;
}

std::size_t count(const std::string& text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

std::vector<Json> inspections(int from, int n) {
  std::vector<Json> lines;
  for (int i = 0; i < n; ++i) lines.push_back(inspection("410702003901101", from + i));
  return lines;
}

}  // namespace

TEST_CASE("by stick alone: office to hub, receipts back, while both serve", "[e2e][I3]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  // The line is cut: the office's upstream is nowhere from now on.
  office.stop();
  must(city.scratch, {"records", "put", "compound", "--data", office.data()}, compound(1).dump());
  std::string lines;
  for (const auto& line : inspections(0, 50)) lines += line.dump() + "\n";
  must(city.scratch, {"records", "put", "inspection", "--data", office.data()}, lines);
  const auto up = (city.scratch / "up.linli").string(),
             down = (city.scratch / "down.linli").string();
  const auto made = Json::parse(must(
      city.scratch, {"bundle", "export", "--data", office.data(), "--for", "hub", up, "--json"}));
  CHECK(made["parcels"] >= 2);

  // The hub serves: the commands reach it there.
  const auto inside = Json::parse(
      must(city.scratch, {"bundle", "inspect", "--data", city.hub.data(), up, "--json"}));
  CHECK(inside["kinds"]["inspection"] == 50);
  CHECK(inside["from"]["name"] == "示例社区0");
  CHECK(city.exported(city.hub, "inspection").empty());
  const auto taken = Json::parse(
      must(city.scratch, {"bundle", "import", "--data", city.hub.data(), up, "--json"}));
  CHECK(taken["accepted"] == made["parcels"]);
  CHECK(taken["refused"] == 0);
  must(city.scratch, {"bundle", "export", "--data", city.hub.data(), "--for", "示例社区0", down});
  must(city.scratch, {"bundle", "import", "--data", office.data(), down});
  const auto kept =
      must(city.scratch, {"records", "list", "compound", "--data", office.data(), "--json"});
  CHECK(kept.find("\"confirmed\":true") != std::string::npos);
  CHECK(city.exported(office, "inspection") == city.exported(city.hub, "inspection"));
  // Nothing is left for the next stick.
  const auto next =
      Json::parse(must(city.scratch, {"bundle", "export", "--data", office.data(), "--for", "hub",
                                      (city.scratch / "next.linli").string(), "--json"}));
  CHECK(next["parcels"] == 0);
  office.start();
  city.settle();
  city.verify();
}

TEST_CASE("what is wrong with a bundle is said in one line, and changes nothing", "[e2e][input]") {
  City city({kCommunityA, kCommunityB});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();  // What comes to the hub by the line shall not come in the middle.
  const auto file = (city.scratch / "out.linli").string();
  must(city.scratch, {"bundle", "export", "--data", office.data(), "--for", "hub", "--all", file});
  const auto whole = app::read_file(file);
  const auto import = [&](Node& into, const std::string& bytes) {
    app::write_file(file, bytes);
    const auto ran = linli(city.scratch, {"bundle", "import", "--data", into.data(), file});
    CHECK(ran.code == 1);
    CHECK(count(ran.err, '\n') == 1);
    return ran.err;
  };
  const auto before = city.exported(city.hub, "compound");
  const auto says = [](const std::string& line, const std::string& what) {
    INFO(line);
    CHECK(line.find(what) != std::string::npos);
  };
  says(import(city.hub, whole.substr(0, whole.size() / 2)), "truncated");
  says(import(city.hub, whole.substr(0, 100)), "truncated");
  auto altered = whole;
  altered[whole.size() - 5] = static_cast<char>(altered[whole.size() - 5] ^ 1);
  const auto place = import(city.hub, altered);
  says(place, "altered");
  says(place, "out.linli, byte ");
  says(import(city.hub, "a letter"), "bad_input");
  says(import(city.office(1), whole), "wrong_recipient");
  says(import(city.office(1), whole), "示例住建局");
  CHECK(city.exported(city.hub, "compound") == before);
  app::write_file(file, whole);
  const auto outside = must(city.scratch, {"bundle", "inspect", file});
  CHECK(outside.find("示例") == std::string::npos);
  const auto carrier =
      must(city.scratch, {"bundle", "inspect", "--data", city.office(1).data(), file});
  CHECK(carrier.find("示例住建局") != std::string::npos);
  CHECK(carrier.find("compound") == std::string::npos);
  must(city.scratch, {"bundle", "import", "--data", city.hub.data(), file});
  CHECK(linli(city.scratch,
              {"bundle", "export", "--data", office.data(), "--for", "hub", "--split", "10", file})
            .code == 2);
  CHECK(linli(city.scratch, {"bundle", "export", "--data", office.data(), "--for", "nobody", file})
            .code == 1);
}

TEST_CASE("a full stick holds no half bundle", "[e2e][I1]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  for (int i = 0; i < 20; ++i) REQUIRE(office.batch("inspection", inspections(i * 100, 100)));
  const auto folder = city.scratch / "stick";
  std::filesystem::create_directory(folder);
  const SmallDisk stick(folder, 32u << 10);
  if (!stick.mounted()) return void(skip("mounting a small disk needs root"));
  const bool serving = GENERATE(true, false);
  if (!serving) office.stop();
  for (const auto& split : {std::string("16K"), std::string()}) {
    std::vector<std::string> arguments{
        "bundle", "export", "--data", office.data(),
        "--for",  "hub",    "--all",  (folder / "out.linli").string()};
    if (!split.empty()) arguments.insert(arguments.end(), {"--split", split});
    const auto ran = linli(city.scratch, arguments);
    INFO(ran.err);
    CHECK(ran.code == 1);
    CHECK(ran.err.find("disk_full") != std::string::npos);
    CHECK(others(folder, {}).empty());
  }
}

}  // namespace linli::e2e

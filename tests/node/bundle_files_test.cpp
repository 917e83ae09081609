// The files that a bundle lies in.
#include "node/bundle_files.h"

#include <algorithm>
#include <fstream>

#include "tests/support/sticks.h"

namespace linli::test {
namespace {

using node::BundleFiles;
using node::BundleWriter;

std::filesystem::path write(const std::filesystem::path& file, std::string_view bytes,
                            std::uint64_t split, std::vector<std::filesystem::path>* parts) {
  BundleWriter writer(file, split);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(777, bytes.size()))) {
    const auto done = writer.write(bytes.substr(0, 777));
    if (!done) FAIL(describe(done.error()));
  }
  auto files = writer.finish();
  if (!files) FAIL(describe(files.error()));
  if (parts) *parts = *files;
  return file;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void overwrite(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

Result<Json> take_files(Node& node, const BundleFiles& files) {
  BundleIntake intake(*node, Mode::take);
  const auto fed = files.read([&](std::string_view piece) { return intake.feed(piece); });
  if (!fed) return fail(files.placed(fed.error()));
  auto report = intake.finish();
  if (!report) return fail(files.placed(report.error()));
  return report;
}

}  // namespace

TEST_CASE("bundle files: parts in any order, and each damage with its place", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  for (int i = 0; i < 40; ++i) {
    // Of random letters, so that it doesn't shrink.
    const auto text = crypto::to_hex(crypto::random<Hash>().view()).substr(0, 60);
    put(hub, "city_figure", R"({"name":")" + text + R"(","year":2020,"title":"示例","value":1,
        "unit":"个","source":"示例","as_of":"2022-12-31"})");
  }
  const auto bytes = pack(hub, office);
  REQUIRE(bytes.size() > 3 * node::kPartBytesMin);
  const auto file = city.folder.path() / "stick.linli";
  std::vector<std::filesystem::path> parts;
  write(file, bytes, node::kPartBytesMin, &parts);
  REQUIRE(parts.size() >= 4);
  CHECK(parts[0].filename() == "stick.linli.001");
  for (const auto& part : parts) CHECK(std::filesystem::file_size(part) <= node::kPartBytesMin);

  SECTION("of an earlier bundle under the same name nothing stays") {
    const auto other = city.folder.path() / "stick.linli.2024";
    write(other, bytes, 0, nullptr);  // Somebody calls it so: it is no part.
    const auto kept = contents(parts[1]);
    const auto again = pack(hub, office);
    std::vector<std::filesystem::path> now;
    write(file, again, 1u << 20, &now);
    REQUIRE(now.size() == 1);
    for (std::size_t i = 1; i < parts.size(); ++i) CHECK_FALSE(std::filesystem::exists(parts[i]));
    CHECK(std::filesystem::exists(other));
    const auto found = BundleFiles::open({file});
    REQUIRE(found);
    CHECK(found->size() == 1);
    // One that is left all the same is named.
    overwrite(parts[1], kept);
    const auto mixed = BundleFiles::open({file});
    REQUIRE_FALSE(mixed);
    CHECK(mixed.error().detail.find(parts[1].string() + " belongs to another bundle than " +
                                    parts[0].string()) != std::string::npos);
    // In one file again: what is beside it goes, and the file isn't hidden by nor hides a part.
    write(file, again, 0, nullptr);
    CHECK_FALSE(std::filesystem::exists(parts[0]));
    CHECK_FALSE(std::filesystem::exists(parts[1]));
    write(file, again, 1u << 20, nullptr);
    CHECK_FALSE(std::filesystem::exists(file));
  }
  SECTION("in any order, twice, or by the name that was given") {
    auto mixed = parts;
    std::reverse(mixed.begin(), mixed.end());
    mixed.push_back(parts[1]);
    for (const auto& given : {mixed, std::vector{file}}) {
      const auto opened = BundleFiles::open(given);
      REQUIRE(opened.has_value());
      REQUIRE(opened->size() == 1);
      CHECK(opened->front().parts() == parts.size());
    }
    CHECK((*take_files(office, BundleFiles::open(mixed)->front()))["accepted"] > 0);
    CHECK(export_all(office) == export_all(hub));
  }
  SECTION("several bundles at once, the oldest first") {
    const auto next = pack(hub, office);
    const auto other = write(city.folder.path() / "next.linli", next, 0, nullptr);
    auto all = parts;
    all.insert(all.begin(), other);
    const auto opened = BundleFiles::open(all);
    REQUIRE(opened.has_value());
    REQUIRE(opened->size() == 2);
    CHECK(opened->front().parts() == parts.size());
  }
  SECTION("a missing part is named") {
    const auto opened = BundleFiles::open({parts[3], parts[0]});
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::not_found);
    CHECK(opened.error().detail.find("part 2, 3") != std::string::npos);
  }
  SECTION("a part that was cut off") {
    std::filesystem::resize_file(parts[1], 1000);
    const auto opened = BundleFiles::open(parts);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::truncated);
    CHECK(opened.error().detail.find("stick.linli.002, byte 1000") != std::string::npos);
  }
  SECTION("a changed byte, by part and byte") {
    auto second = contents(parts[1]);
    second[500] = static_cast<char>(second[500] ^ 1);
    overwrite(parts[1], second);
    const auto before = dump(office);
    const auto told = take_files(office, BundleFiles::open(parts)->front());
    REQUIRE_FALSE(told.has_value());
    CHECK(told.error().code == Errc::altered);
    CHECK(told.error().detail.find("stick.linli.001, byte 296") != std::string::npos);
    CHECK(told.error().detail.find("frame 0") != std::string::npos);
    CHECK(dump(office) == before);
  }
  SECTION("parts of two bundles mixed") {
    std::vector<std::filesystem::path> others;
    write(city.folder.path() / "other.linli", pack(hub, office), node::kPartBytesMin, &others);
    CHECK(BundleFiles::open({parts[0], others[1]}).error().code == Errc::not_found);
    // The content of one under the head of the other.
    auto mixed = contents(parts[1]).substr(0, sync::kBundleHeadBytes) +
                 contents(others[1]).substr(sync::kBundleHeadBytes);
    overwrite(parts[1], mixed);
    CHECK(take_files(office, BundleFiles::open(parts)->front()).error().code == Errc::altered);
  }
  SECTION("no bundle, an empty file, no file") {
    overwrite(parts[0], "dear diary, today nothing happened");
    CHECK(BundleFiles::open(parts).error().code == Errc::bad_input);
    overwrite(parts[0], "");
    CHECK(BundleFiles::open(parts).error().code == Errc::bad_input);
    CHECK(BundleFiles::open({city.folder.path() / "none"}).error().code == Errc::io);
  }
}

TEST_CASE("bundle files: nothing half stands under the name", "[node]") {
  City city;
  auto& office = city.enrol(kOffice, "示例社区");
  const auto bytes = pack(city.hub(), office);
  const auto file = city.folder.path() / "out.linli";
  {
    BundleWriter writer(file, 0);
    REQUIRE(writer.write(bytes).has_value());
  }
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK_FALSE(std::filesystem::exists(city.folder.path() / ".out.linli.linli-tmp"));
  // Over a bundle it may write, over a letter it may not.
  write(file, bytes, 0, nullptr);
  write(file, bytes, 0, nullptr);
  overwrite(file, "a letter to keep");
  BundleWriter writer(file, 0);
  CHECK(writer.write(bytes).error().code == Errc::bad_usage);
  CHECK(contents(file) == "a letter to keep");
  BundleWriter nowhere(city.folder.path() / "no" / "folder", 0);
  CHECK(nowhere.write(bytes).error().code == Errc::io);
}

}  // namespace linli::test

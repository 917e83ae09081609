// What the audit log notes has a name in both languages, wherever it is noted.
#include "node/told_acts.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace linli::test {
namespace {

namespace fs = std::filesystem;

/// The acts that a folder's sources write into the log.
void add_acts(const fs::path& folder, std::set<std::string>& acts) {
  const std::regex one(
      "(?:\\.act = |note_act\\(context, request,\\s*|note_at_node\\(options,\\s*|"
      "entry\\((?:now|context\\.replica\\.now\\(\\)), |note_seen\\([^;\"]*, )\"([a-z_ -]+)\"");
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.path().extension() != ".cpp") continue;
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator at(text.begin(), text.end(), one), end; at != end; ++at) {
      acts.insert((*at)[1].str());
    }
  }
}

}  // namespace

TEST_CASE("told acts: whatever is noted has a name in Chinese", "[node][audit]") {
  const auto root = fs::path{LINLI_TESTS_DIR}.parent_path();
  std::set<std::string> acts{"read", "login", "login refused", "password", "password refused"};
  for (const auto* folder : {"api", "node", "node/app"}) add_acts(root / folder, acts);
  CHECK(acts.size() >= 30);
  std::set<std::string> names;
  for (const auto& act : acts) {
    INFO(act);
    const auto label = node::told_act(act);
    CHECK(static_cast<unsigned char>(label.zh.front()) >= 0xE4);
    CHECK_FALSE(label.en.empty());
    CHECK(names.insert(label.zh).second);
  }
}

TEST_CASE("told acts: an act of another version is called as it is", "[node][audit]") {
  CHECK(node::told_act("teleport").zh == "teleport");
  CHECK(node::told_act("teleport").en == "teleport");
}

}  // namespace linli::test

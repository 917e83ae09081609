// Random pieces of the sample city's texts: search finds what a plain scan finds, and nothing else.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <set>

#include "tests/store/search_scene.h"

using namespace linli;
using namespace linli::store;
using tests::Found;
using tests::SearchScene;

namespace {

namespace fs = std::filesystem;

void texts_in(const nlohmann::json& json, std::set<std::string>& texts) {
  if (json.is_string() && !json.get_ref<const std::string&>().empty()) texts.insert(json);
  if (json.is_structured()) {
    for (const auto& each : json) texts_in(each, texts);
  }
}

/// Of the sample that `init --sample` puts in, and what the demo's people write.
std::vector<std::string> city_texts() {
  std::set<std::string> texts;
  const auto root = fs::path(LINLI_TESTS_DIR) / "..";
  for (const auto& entry : fs::directory_iterator(root / "packaging" / "sample")) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (!line.empty()) texts_in(nlohmann::json::parse(line), texts);
    }
  }
  const std::regex literal("\"([^\"\\\\]*[\x80-\xff][^\"\\\\]*)\"");
  for (const auto& entry : fs::directory_iterator(root / "node" / "app")) {
    if (entry.path().filename().string().rfind("demo_", 0) != 0) continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      for (std::sregex_iterator at(line.begin(), line.end(), literal), end; at != end; ++at) {
        texts.insert((*at)[1]);
      }
    }
  }
  return {texts.begin(), texts.end()};
}

std::vector<std::size_t> starts_of(const std::string& text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U) starts.push_back(at);
  }
  starts.push_back(text.size());
  return starts;
}

/// Letters that mean pinyin as well.
bool only_latin(const std::u32string& folded) {
  return std::all_of(folded.begin(), folded.end(),
                     [](char32_t c) { return c == kGap || (c >= U'a' && c <= U'z'); });
}

}  // namespace

TEST_CASE("search: 3000 random pieces of the sample city are found as a plain scan finds them",
          "[store]") {
  const auto texts = city_texts();
  REQUIRE(texts.size() > 200);
  SearchScene scene;
  std::vector<std::u32string> folded;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    scene.add(static_cast<std::int64_t>(i) + 1, texts[i], i % 2 == 0);
    folded.push_back(fold(texts[i]).characters);
  }
  const auto seed = GENERATE(as<unsigned>{}, 1, 20'261'129);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  std::size_t asked = 0, hits = 0;
  while (asked < 1'500) {
    const auto& text = texts[pick(texts.size())];
    const auto starts = starts_of(text);
    const auto begin = pick(starts.size() - 1);
    const auto end = std::min(begin + 1 + pick(12), starts.size() - 1);
    const auto piece = text.substr(starts[begin], starts[end] - starts[begin]);
    const auto wanted = fold(piece).characters;
    if (wanted.empty() || piece.find('"') != std::string::npos) continue;
    ++asked;
    // As it is; in quotes if its blanks would part it, or its letters mean pinyin as well.
    const bool quoted = piece.find(' ') != std::string::npos || only_latin(wanted);
    auto found = scene.find(quoted ? '"' + piece + '"' : piece);
    std::sort(found.begin(), found.end());
    Found folding_scan, byte_scan;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto rec = static_cast<std::int64_t>(i) + 1;
      if (folded[i].find(wanted) != std::u32string::npos) folding_scan.push_back(rec);
      if (texts[i].find(piece) != std::string::npos) byte_scan.push_back(rec);
    }
    CAPTURE(piece);
    REQUIRE(found == folding_scan);  // None too few, none too many.
    REQUIRE(std::includes(found.begin(), found.end(), byte_scan.begin(), byte_scan.end()));
    hits += found.size();
  }
  CHECK(hits > 10 * asked);  // Many are found often.
}

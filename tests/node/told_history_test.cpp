// What is wrong with the hub's history, in Chinese: for each sentence that is ever kept.
#include "node/told_history.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <regex>

namespace linli::test {
namespace {

const std::string kGeneral = node::told_history("in words that nobody knows");

/// The sentences that a source gives as a fault's detail, wherever one begins behind `before`.
std::vector<std::string> sentences(const std::string& source, const std::string& before) {
  std::ifstream in(std::string(LINLI_TESTS_DIR) + "/../" + source);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> found;
  const std::regex one(before + "\\s*\"([^\"]+)\"");
  for (std::sregex_iterator at(text.begin(), text.end(), one), end; at != end; ++at) {
    found.push_back((*at)[1].str());
  }
  return found;
}

}  // namespace

TEST_CASE("told history: each sentence that is kept has words of its own in Chinese",
          "[node][I5]") {
  struct Case {
    const char *source, *before;
    std::size_t at_least;
  };
  const auto c =
      GENERATE(values<Case>({{"crypto/merkle.cpp", "forked\\(", 9},
                             {"sync/history.cpp", "Errc::fork,", 1},
                             {"node/history_watch.cpp", "Errc::fork,", 3},
                             {"node/history_watch.cpp", "missing\\(", 5},
                             {"node/history_owed.cpp", "constexpr const char\\* k\\w+ =", 2},
                             {"node/contradictions.cpp", "origin.origin\\(\\),", 1}}));
  INFO(c.source);
  const auto found = sentences(c.source, c.before);
  CHECK(found.size() >= c.at_least);
  for (const auto& sentence : found) {
    INFO(sentence);
    CHECK(node::told_history(sentence) != kGeneral);
  }
}

TEST_CASE("told history: what follows a sentence, and words of another version", "[node]") {
  CHECK(node::told_history("the tree has become smaller") == "历史变短了，先前出示过的内容不见了");
  CHECK(
      node::told_history("what a receipt confirms isn't in the history: the inclusion proof is too "
                         "short") == "回执已确认的变更集不在历史之中");
  CHECK(kGeneral == "中心的历史与先前核对过的不符");
  CHECK(node::told_history("") == kGeneral);
}

}  // namespace linli::test

// What verify finds is said in both languages, whatever it is.
#include "node/told_faults.h"

#include <catch2/catch.hpp>
#include <set>

namespace linli::test {
namespace {

bool has_letters(std::string_view text) {
  std::size_t letters = 0;
  for (const char c : text) {
    letters = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? letters + 1 : 0;
    if (letters == 2) return true;
  }
  return false;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

TEST_CASE("told faults: each kind has a name and a sentence of its own in both languages",
          "[node]") {
  std::set<std::string> names, zh, en;
  for (int i = 0; i <= static_cast<int>(store::kLastFaultKind); ++i) {
    const auto kind = static_cast<store::FaultKind>(i);
    names.insert(std::string(store::name_of(kind)));
    // A table that can't be read is told by its place.
    const bool table = store::name_of(kind).starts_with("table_");
    const auto fault =
        store::found({.place = table ? store::FaultPlace::table : store::FaultPlace::log,
                      .name = "7",
                      .kind = kind,
                      .parts = {"41", "42"},
                      .reason = Error{Errc::bad_signature, "detail", {}}});
    const auto said = node::told(fault);
    CAPTURE(said.zh, said.en, fault.what);
    CHECK_FALSE(has_letters(said.zh));
    CHECK(is_ascii(said.en));
    CHECK(said.zh.find('{') == std::string::npos);
    CHECK(said.en.find('{') == std::string::npos);
    CHECK(said.zh.find("签名不符") != std::string::npos);
    CHECK(said.zh.find("请") == std::string::npos);  // What to do, the remedy says.
    CHECK(said.en.ends_with("bad_signature: detail"));
    CHECK(fault.what.find(store::name_of(kind)) != std::string::npos);
    zh.insert(said.zh);
    en.insert(said.en);
  }
  const auto all = static_cast<std::size_t>(store::kLastFaultKind) + 1;
  CHECK(names.size() == all);
  CHECK(zh.size() == all);
  CHECK(en.size() == all);
}

TEST_CASE("told faults: which entry of the history is wrong is said in both languages", "[node]") {
  const auto said = [](const char* where) {
    return node::told(store::found({.place = store::FaultPlace::history,
                                    .kind = store::FaultKind::history_otherwise,
                                    .parts = {where},
                                    .remedy = store::Remedy::rebuild}));
  };
  const auto leaf = said("history 3: the leaf isn't what the log holds");
  CHECK(leaf.zh == "公开历史：第 4 项与签名日志不符");  // Counted from 1, as check-proof does.
  CHECK(leaf.en ==
        "history: it isn't what the log holds (history 3: the leaf isn't what the log holds)");
  CHECK(said("history: the tree over tile 0 of level 0 isn't its own").zh ==
        "公开历史：与签名日志不符");
  CHECK(said("history").zh == "公开历史：与签名日志不符");
}

TEST_CASE("told faults: each place and each remedy is said in both languages", "[node]") {
  for (int i = 0; i <= static_cast<int>(store::FaultPlace::node); ++i) {
    const auto place = static_cast<store::FaultPlace>(i);
    for (const auto* name : {"7", ""}) {
      const auto said = node::told(
          store::found({.place = place, .name = name, .kind = store::FaultKind::other_bytes}));
      CAPTURE(said.zh, said.en);
      CHECK_FALSE(has_letters(said.zh));
      CHECK(is_ascii(said.en));
      CHECK(said.zh.find('{') == std::string::npos);
      CHECK(said.en.find(" :") == std::string::npos);
    }
  }
  for (int i = 0; i <= static_cast<int>(store::Remedy::fetch); ++i) {
    const auto said = node::told(static_cast<store::Remedy>(i));
    CHECK(said.zh.ends_with("。"));
    CHECK(said.en.ends_with("."));
    CHECK(is_ascii(said.en));
  }
}

}  // namespace linli::test

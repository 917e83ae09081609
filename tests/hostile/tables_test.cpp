// The README's table of attacks is made of the rows themselves.
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <set>

#include "tests/hostile/row.h"

namespace linli::hostile {
namespace {

constexpr const char* kBegin = "<!-- attacks -->\n";
constexpr const char* kEnd = "<!-- end of attacks -->\n";

/// A cell can't hold what ends a cell.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, "\\|");
  }
  return text;
}

std::string quoted(const std::string& text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

std::string listed() {
  std::string text;
  std::size_t n = 0;
  for (const auto& table : tables()) {
    text += "\n### " + table.subject + " (" + table.file + ", on " + table.node + ")\n\n";
    text += "| attack | answer | logged | left behind |\n|---|---|---|---|\n";
    for (const auto& row : table.rows()) {
      ++n;
      text += "| " + cell(row.name) + " | " + quoted(row.refused) + " | " + quoted(row.logged) +
              " | " + row.left + " |\n";
    }
  }
  return "\n" + std::to_string(n) + " attacks.\n" + text + "\n";
}

std::string readme() {
  std::ifstream in(LINLI_HOSTILE_README);
  return {(std::istreambuf_iterator<char>(in)), {}};
}

}  // namespace

const std::vector<Table>& tables() {
  static const std::vector<Table> all{
      {"Sync requests", "wire_attacks.cpp", "the hub", wire_attacks},
      {"Change sets and the hub's words", "object_attacks.cpp", "the hub", object_attacks},
      {"Certificates", "chain_attacks.cpp", "the hub", chain_attacks},
      {"Attachments", "blob_attacks.cpp", "the hub", blob_attacks},
      {"HTTP", "http_attacks.cpp", "the hub", http_attacks},
      {"Texts", "text_attacks.cpp", "the hub", text_attacks},
      {"Sessions", "session_attacks.cpp", "an office with accounts", session_attacks},
      {"Enrolment", "enrolment_attacks.cpp", "the hub", enrolment_attacks},
      {"A lying hub, a lying relay", "upstream_attacks.cpp", "an office", upstream_attacks},
      {"Floods", "flood_attacks.cpp", "the hub", flood_attacks},
  };
  return all;
}

TEST_CASE("tables: the README lists every attack, and no two have one name", "[hostile][tables]") {
  std::set<std::string> names;
  std::size_t n = 0;
  for (const auto& table : tables()) {
    for (const auto& row : table.rows()) {
      ++n;
      names.insert(table.subject + row.name);
    }
  }
  CHECK(names.size() == n);
  CHECK(n >= 60);
  const auto text = readme();
  const auto begin = text.find(kBegin), end = text.find(kEnd);
  REQUIRE(end != std::string::npos);
  const auto from = begin + std::string(kBegin).size();
  // Write it anew: linli_hostile "[.write-readme]"
  CHECK(text.substr(from, end - from) == listed());
}

TEST_CASE("tables: write the README's table", "[.write-readme]") {
  auto text = readme();
  const auto begin = text.find(kBegin), end = text.find(kEnd);
  REQUIRE(end != std::string::npos);
  const auto from = begin + std::string(kBegin).size();
  text.replace(from, end - from, listed());
  std::ofstream(LINLI_HOSTILE_README) << text;
}

}  // namespace linli::hostile

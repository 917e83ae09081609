#include "node/store/search_marks.h"

#include <catch2/catch.hpp>

using namespace linli::store;

namespace {

const std::string kText =
    "今天检查了消防栓、楼道照明和地下室，最后看了三号楼的電梯，运行正常，没有异响";

std::vector<Mark> marks(const std::string& text, std::string_view typed) {
  return marks_in(parse_query(typed), {nullptr, 0, text, false});
}
std::string shown(std::string_view typed, std::size_t width, const std::string& text = kText) {
  return emphasised(snippet(text, marks(text, typed), width), "[", "]");
}

}  // namespace

TEST_CASE("marks: stand where the original text has what was typed", "[store]") {
  CHECK(marks("甲电梯乙电梯", "电梯") == std::vector<Mark>{{1, 3}, {4, 6}});
  CHECK(marks("Ｂ２－０１７號", "b2-017") == std::vector<Mark>{{0, 6}});
  CHECK(marks("面积90㎡整", "m2") == std::vector<Mark>{{4, 5}});
  CHECK(marks("😀電梯", "dianti") == std::vector<Mark>{{1, 3}});
  CHECK(marks("电梯水泵", "水泵 电梯") == std::vector<Mark>{{0, 4}});  // Side by side: one.
  CHECK(marks("重庆路", "cq 庆路") == std::vector<Mark>{{0, 3}});
  CHECK(marks("水泵", "电梯").empty());
}

TEST_CASE("snippet: shows the first place that matches, cut at characters", "[store]") {
  CHECK(shown("电梯", 12) == "…三号楼的[電梯]，运行正常，…");
  CHECK(shown("今天", 6) == "[今天]检查了消…");
  CHECK(shown("异响", 6) == "…常，没有[异响]");
  CHECK(shown("dianti", 12) == "…三号楼的[電梯]，运行正常，…");
  CHECK(shown("不在其中", 4) == "今天检查…");
  CHECK(shown("短", 10, "短") == "[短]");
  CHECK(shown("电", 10, "").empty());
  CHECK(shown("", 2) == "今天…");
}

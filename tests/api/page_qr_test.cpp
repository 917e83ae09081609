// The QR code on a sheet of the notice board leads to this node's board and nowhere else.
#include "api/page_qr.h"

#include <catch2/catch.hpp>
#include <string>

namespace linli::test {

TEST_CASE("page qr: only the board's own addresses are drawn", "[api]") {
  constexpr const char* kHost = "board.example:8443";
  for (const auto* page :
       {"https://board.example:8443/public", "http://board.example:8443/public",
        "https://board.example:8443/public?compound=0190a0a0-0000-7000-8000-0000000000a1"}) {
    INFO(page);
    CHECK(api::is_board_address(page, kHost));
  }
  for (const auto* page :
       {"", "/public", "https://evil.example/public",
        "https://board.example:8443.evil.example/public",
        "https://board.example:8443@evil.example/public", "https://board.example:8443/publicity",
        "https://board.example:8443/office",
        "javascript:alert(1)//https://board.example:8443/public", "ftp://board.example:8443/public",
        "https://board.example:8443/public?q=a b", "https://board.example:8443/public?q=\n",
        "https://board.example:8443/public?q=\xE5\x9B\xAD"}) {
    INFO(page);
    CHECK_FALSE(api::is_board_address(page, kHost));
  }
  CHECK_FALSE(api::is_board_address("https:///public", ""));
  CHECK_FALSE(
      api::is_board_address("https://board.example:8443/public?q=" + std::string(300, 'x'), kHost));
}

}  // namespace linli::test

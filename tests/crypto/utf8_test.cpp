#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "crypto/cbor.h"
#include "crypto/hash.h"
#include "tests/crypto/random_text.h"

using namespace linli;
using tests::mutated;
using tests::random_text;

namespace {

/// Well-formed by another way than the code's: code points out, and the same bytes back.
bool reference_utf8(std::string_view s) {
  std::string back;
  for (std::size_t i = 0; i < s.size();) {
    const auto b = static_cast<unsigned char>(s[i]);
    const std::size_t n = b < 0x80   ? 1
                          : b < 0xC0 ? 0
                          : b < 0xE0 ? 2
                          : b < 0xF0 ? 3
                          : b < 0xF8 ? 4
                                     : 0;
    if (n == 0 || i + n > s.size()) return false;
    std::uint32_t point = n == 1 ? b : b & (0x7Fu >> n);
    for (std::size_t k = 1; k < n; ++k) {
      const auto tail = static_cast<unsigned char>(s[i + k]);
      if (tail >> 6 != 2) return false;
      point = point << 6 | (tail & 0x3Fu);
    }
    const std::size_t shortest = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (n != shortest || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    i += n;
  }
  return true;
}

}  // namespace

TEST_CASE("utf8: only the shortest form of real code points passes", "[crypto]") {
  for (const auto* good : {"", "a", "é", "电梯维保", "𠮷", "abcdefgh", "abcdefgh电", "\x7f",
                           "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(good);
    CHECK(cbor::valid_utf8(good));
  }
  for (const auto* bad : {"\x80",
                          "\xbf",
                          "\xc0\x80",
                          "\xc1\xbf",
                          "\xc2",
                          "\xc2\x41",
                          "\xe0\x80\x80",
                          "\xe0\x9f\xbf",
                          "\xed\xa0\x80",
                          "\xed\xbf\xbf",
                          "\xe7\x94",
                          "\xe7\x41\xb5",
                          "\xf0\x80\x80\x80",
                          "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80",
                          "\xf0\x9f\x98",
                          "\xff",
                          "\xfe",
                          "abcdefgh\xff",
                          "abcdefg\xe7",
                          "abcdefghijklmno\xc3"}) {
    CAPTURE(crypto::to_hex(bad));
    CHECK_FALSE(cbor::valid_utf8(bad));
  }
  CHECK(cbor::valid_utf8(std::string_view{"\0\0", 2}));
}

TEST_CASE("utf8: agrees with decoding to code points and back", "[crypto]") {
  CHECK(rc::check([] {
    const auto text = random_text();
    RC_ASSERT(cbor::valid_utf8(text));
    const auto bytes = mutated(text);
    RC_ASSERT(cbor::valid_utf8(bytes) == reference_utf8(bytes));
  }));
}

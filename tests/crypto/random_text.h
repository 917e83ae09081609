// tests/crypto/random_text.h: texts of any characters, and bytes with something wrong in them.
#pragma once

#include <rapidcheck.h>

#include <string>

namespace linli::tests {

inline std::string random_text() {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "a", "Z", "0", " ", "\n", std::string(1, '\0'), "é", "电", "梯", "𠮷", "abcdefgh"));
  std::string text;
  for (const auto& piece : pieces) text += piece;
  return text;
}

/// A few bytes changed, taken out, put in or cut off.
inline std::string mutated(std::string bytes) {
  for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
    const char c = *rc::gen::arbitrary<char>();
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        if (at < bytes.size()) bytes[at] = c;
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << (c & 7)));
        break;
      case 2:
        bytes.insert(at, 1, c);
        break;
      case 3:
        bytes.erase(at, 1);
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

}  // namespace linli::tests

// tests/fuzz/fuzz.h: what every target needs. A target is one file with LLVMFuzzerTestOneInput, as
// libFuzzer calls it (https://llvm.org/docs/LibFuzzer.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace linli::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A promise: the fuzzer takes its breach for a crash, in every kind of build.
inline void must(bool holds) {
  if (!holds) __builtin_trap();
}

/// What was read can be written, reads again, and is then written in the same way: no two readers
/// take one thing for two.
template <class Message>
void round_trip(std::string_view bytes) {
  const auto first = Message::decode(bytes);
  if (!first) return;
  const auto written = first->encode();
  const auto second = Message::decode(written);
  must(second.has_value());
  must(second->encode() == written);
}

}  // namespace linli::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

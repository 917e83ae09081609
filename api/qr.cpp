#include "api/qr.h"

#include <algorithm>
#include <optional>
#include <qrcodegen.hpp>
#include <stdexcept>

namespace linli::api {
namespace {

constexpr int kQuiet = 4;  ///< ISO/IEC 18004: the margin belongs to the code.

/// The library's code with its margin; outside everything is light.
class Code {
 public:
  [[nodiscard]] static Result<Code> of(std::string_view text) {
    try {
      const std::vector<std::uint8_t> bytes(text.begin(), text.end());
      // Medium, and more where it costs no greater picture: screens reflect, paper gets dirty.
      return Code(qrcodegen::QrCode::encodeBinary(bytes, qrcodegen::QrCode::Ecc::MEDIUM));
    } catch (const std::length_error&) {
      return fail(Errc::too_large, "a QR code holds no text of " + std::to_string(text.size()) +
                                       " bytes: send it as a file");
    }
  }
  [[nodiscard]] int size() const { return code_.getSize() + 2 * kQuiet; }
  [[nodiscard]] bool dark(int x, int y) const { return code_.getModule(x - kQuiet, y - kQuiet); }

 private:
  explicit Code(qrcodegen::QrCode code) : code_(std::move(code)) {}
  qrcodegen::QrCode code_;
};

/// One path: a run of dark modules is a rectangle.
std::string path_of(const Code& code) {
  std::string path;
  for (int y = 0; y < code.size(); ++y) {
    for (int x = 0; x < code.size(); ++x) {
      if (!code.dark(x, y)) continue;
      int end = x;
      while (end < code.size() && code.dark(end, y)) ++end;
      const auto run = std::to_string(end - x);
      path += "M" + std::to_string(x) + " " + std::to_string(y) + "h" + run + "v1h-" + run + "z";
      x = end;
    }
  }
  return path;
}

const char* block(bool upper, bool lower) {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

}  // namespace

Result<std::string> qr_svg(std::string_view text) {
  const auto code = Code::of(text);
  if (!code) return fail(code.error());
  const auto side = std::to_string(code->size());
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" width=\"" + std::to_string(code->size() * 6) + "\" height=\"" +
         std::to_string(code->size() * 6) +
         "\" shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
         "<path d=\"" +
         path_of(*code) + "\" fill=\"#000\"/></svg>\n";
}

Result<std::string> qr_lines(std::string_view text, Ink ink) {
  const auto code = Code::of(text);
  if (!code) return fail(code.error());
  // Fixed entries of the 256 colours: a theme may show "black" and "white" as anything.
  const std::string begin = ink == Ink::coloured ? "\x1b[38;5;16;48;5;231m" : "";
  const std::string end = ink == Ink::coloured ? "\x1b[0m" : "";
  const bool drawn = ink != Ink::on_dark;  // Is it the dark modules that are drawn?
  std::string lines;
  for (int y = 0; y < code->size(); y += 2) {
    lines += begin;
    for (int x = 0; x < code->size(); ++x) {
      // The side is odd: below its last row there is nothing but margin.
      lines += block(code->dark(x, y) == drawn, code->dark(x, y + 1) == drawn);
    }
    lines += end + "\n";
  }
  return lines;
}

}  // namespace linli::api

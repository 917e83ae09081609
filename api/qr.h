// api/qr.h: a text as a QR code, for a page or for a terminal (libqrcodegen).
#pragma once

#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::api {

/// A picture of its own: black on white with the quiet zone of four modules that readers need.
/// Errors: too_large (over about 2,300 bytes).
[[nodiscard]] Result<std::string> qr_svg(std::string_view text);

/// How a terminal is to show it.
enum class Ink {
  coloured,  ///< Says its colours itself: right on dark and on light terminals.
  on_dark,   ///< Without colours, for a dark background: what is light is drawn.
  on_light,  ///< Without colours, for a light one: what is dark is drawn.
};
/// Lines of half blocks, two modules high each, with the quiet zone. Errors: too_large.
[[nodiscard]] Result<std::string> qr_lines(std::string_view text, Ink ink);

}  // namespace linli::api

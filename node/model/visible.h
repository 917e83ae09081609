// node/model/visible.h: what in a text nobody can see, and what turns the direction of writing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace linli::model {

struct Invisible {
  char32_t code = 0;
  std::size_t place = 0;  ///< Which character of the text it is, from 1.
};

/// The first character of a UTF-8 text that makes it look like another one: control characters
/// other than line ends and tabs, zero-width ones, those that turn the direction of writing, tags,
/// and what Unicode will never assign. A joiner stays where it shows: between the parts of an
/// emoji, and between letters that join (Uyghur, Persian). Every script, every Han character of any
/// plane (𠮷), emoji and characters of later versions of Unicode pass.
[[nodiscard]] std::optional<Invisible> invisible_in(std::string_view utf8);

/// "U+200B"
[[nodiscard]] std::string code_text(char32_t code);

}  // namespace linli::model

// node/names.h: what people are called and call things: spelt one way, and without what can't be
// seen.
#pragma once

#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::node {

/// A name of 1 to `most` bytes of UTF-8 without control and format characters (escape sequences,
/// invisible spaces, what turns the direction of writing): these make one name look like another.
/// Errors: bad_value.
[[nodiscard]] Result<void> check_name(std::string_view name, std::size_t most = 200,
                                      const char* field = "name");

/// For comparing what was typed in different ways: width and case folded (NFKC, as the search
/// does), and without spaces, hyphens and the dots between the parts of a name.
[[nodiscard]] std::string folded(std::string_view text);

}  // namespace linli::node

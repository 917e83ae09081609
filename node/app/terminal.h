// node/app/terminal.h: questions to the person at the terminal, past redirected stdin and stdout.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/words.h"

namespace linli::app {

/// A line that was typed; nothing: there is no terminal, or it was closed.
[[nodiscard]] std::optional<std::string> ask_line(std::string_view question);
[[nodiscard]] std::optional<bool> ask_yes(std::string_view question);

/// Has the person heard these words from the other side? `given`: as --words has them, then nobody
/// is asked. Errors: bad_value (other words, or the person says no), bad_usage (nobody to ask: says
/// which words to compare).
[[nodiscard]] Result<void> compare_words(const crypto::Words& words, const std::string& given,
                                         std::string_view whose);

}  // namespace linli::app

// node/store/grams.h: the tokens of the full-text indexes, and which of them a text must have to
// hold a literal. The tokenizer `linli` for FTS5.
//
// Of folded text (folding.h): every character, every two and every three that follow each other;
// and over a gap, the two characters beside it with the gap between them. Nothing else is a border:
// 017 within B2-017 and 楼2 are found as any other. What stands in a title is there twice, also
// with a mark before it.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>
#include <vector>

namespace linli::store {

/// Before the tokens of titles. Folded text has no such character.
inline constexpr char kTitleMark = '\x01';

/// Makes `tokenize='linli'` known to a connection. Every connection needs it, also to write. In a
/// query each quoted string is one token as it is.
void register_tokenizer(sqlite3* db);

/// The tokens of a text, as the tokenizer makes them, in order. A text with a kValueEnd begins with
/// its title.
[[nodiscard]] std::vector<std::string> tokens_of(std::string_view text);

/// Tokens that a text which holds this folded literal has for sure; of up to three characters
/// without a gap it is the literal itself. Few: not every one.
[[nodiscard]] std::vector<std::string> cover(std::u32string_view literal);

}  // namespace linli::store

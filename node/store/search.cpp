#include "node/store/search.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/uscript.h>
#include <unicode/usetiter.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>

namespace linli::store {
namespace {

// ---- Folding: one character at a time ---------------------------------------------------------

enum class Kind : std::uint8_t {
  separator,
  han,   ///< Cut into bigrams.
  word,  ///< Letters of other scripts, and digits.
  none,  ///< An accent or something invisible: as if it weren't there.
};

/// What one character becomes; mostly one character.
struct Folded {
  char32_t c = 0;
  Kind kind = Kind::separator;
};

/// Longer tokens are cut off, when indexing and when asking alike: nobody types them.
constexpr std::size_t kTokenBytesMax = 96;
/// What is read of a question: each word can cost milliseconds where it is common.
constexpr std::size_t kTypedCharactersMax = 200;
constexpr std::size_t kTypedWordsMax = 16;
constexpr std::size_t kBmpSize = 0x10000;

void check(UErrorCode code, const char* what) { ensure(U_SUCCESS(code) != 0, what); }

Kind kind_of(UChar32 c) {
  const auto category = u_charType(c);
  if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK) return Kind::none;
  const bool letter = u_isalnum(c) != 0 || category == U_LETTER_NUMBER ||
                      category == U_OTHER_NUMBER || category == U_COMBINING_SPACING_MARK;
  if (!letter) return Kind::separator;
  UErrorCode code = U_ZERO_ERROR;
  return uscript_getScript(c, &code) == USCRIPT_HAN ? Kind::han : Kind::word;
}

/// Folding as ICU defines it. Too slow for each character of each text: see FoldTable.
class Folder {
 public:
  Folder() {
    UErrorCode code = U_ZERO_ERROR;
    casefold_ = icu::Normalizer2::getNFKCCasefoldInstance(code);
    decompose_ = icu::Normalizer2::getNFDInstance(code);
    check(code, "ICU has its normalisation data");
  }

  [[nodiscard]] icu::UnicodeString fold(UChar32 c) const {
    UErrorCode code = U_ZERO_ERROR;
    const auto folded = casefold_->normalize(icu::UnicodeString(c), code);
    check(code, "folding a character");
    icu::UnicodeString bare;
    for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
      bare.append(without_accent(folded.char32At(i)));
    }
    return bare;
  }

 private:
  // Only of Latin letters: in other scripts (か/が, 한) the marks make another letter.
  [[nodiscard]] UChar32 without_accent(UChar32 c) const {
    UErrorCode code = U_ZERO_ERROR;
    if (uscript_getScript(c, &code) != USCRIPT_LATIN) return c;
    icu::UnicodeString parts;
    return decompose_->getDecomposition(c, parts) != 0 ? parts.char32At(0) : c;
  }

  const icu::Normalizer2* casefold_;
  const icu::Normalizer2* decompose_;
};

/// The folding of every character below U+10000, looked up once from ICU: a quarter of a megabyte,
/// made when the first text comes that isn't ASCII.
class FoldTable {
 public:
  FoldTable() : entries_(kBmpSize) {
    const auto forms = simplified_forms();
    for (UChar32 c = 0; c < static_cast<UChar32>(kBmpSize); ++c) add(c, folder_.fold(c), forms);
  }

  /// Calls `each(Folded)` for what `c` becomes.
  template <class Each>
  void fold(UChar32 c, Each&& each) const {
    if (c >= static_cast<UChar32>(kBmpSize)) return fold_rare(c, each);
    const auto entry = entries_[static_cast<std::size_t>(c)];
    if ((entry & kExpands) == 0) return each(unpack(entry));
    const auto first = (entry & ~kExpands) >> kCountBits;
    for (auto i = first; i < first + (entry & kCountMask); ++i) each(unpack(expansions_[i]));
  }

 private:
  static constexpr std::uint32_t kExpands = 1U << 31U;
  static constexpr std::uint32_t kCountBits = 8, kCountMask = 0xff;
  static constexpr std::uint32_t kKindShift = 24, kCharacterMask = 0xffffff;

  static std::uint32_t pack(UChar32 c, Kind kind) {
    return static_cast<std::uint32_t>(c) | static_cast<std::uint32_t>(kind) << kKindShift;
  }
  static Folded unpack(std::uint32_t entry) {
    return {entry & kCharacterMask, static_cast<Kind>(entry >> kKindShift & 0x7f)};
  }

  using Simplified = std::unordered_map<UChar32, UChar32>;

  /// Traditional characters with their simplified form, where they differ.
  static Simplified simplified_forms() {
    UErrorCode code = U_ZERO_ERROR;
    const std::unique_ptr<icu::Transliterator> transliterator(
        icu::Transliterator::createInstance("Hant-Hans", UTRANS_FORWARD, code));
    check(code, "ICU has Hant-Hans");
    icu::UnicodeSet sources;
    transliterator->getSourceSet(sources);
    Simplified forms;
    for (icu::UnicodeSetIterator at(sources); at.next() != 0;) {
      icu::UnicodeString text(at.getCodepoint());
      // A simplified form can itself have one; folding twice must change nothing.
      for (int times = 0; times < 3; ++times) transliterator->transliterate(text);
      if (text.countChar32() == 1) forms.emplace(at.getCodepoint(), text.char32At(0));
    }
    return forms;
  }

  void add(UChar32 c, const icu::UnicodeString& folded, const Simplified& forms) {
    std::vector<std::uint32_t> characters;
    for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
      const auto form = forms.find(folded.char32At(i));
      const auto part = form != forms.end() ? form->second : folded.char32At(i);
      characters.push_back(pack(part, kind_of(part)));
    }
    auto& entry = entries_[static_cast<std::size_t>(c)];
    if (characters.empty()) {
      entry = pack(0, Kind::none);
    } else if (characters.size() == 1) {
      entry = characters[0];
    } else {
      entry = kExpands | static_cast<std::uint32_t>(expansions_.size() << kCountBits) |
              static_cast<std::uint32_t>(characters.size());
      expansions_.insert(expansions_.end(), characters.begin(), characters.end());
    }
  }

  template <class Each>
  void fold_rare(UChar32 c, Each&& each) const {
    const auto folded = folder_.fold(c);
    for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
      const auto part = folded.char32At(i);
      if (part < static_cast<UChar32>(kBmpSize)) {
        fold(part, each);
      } else {
        each(Folded{static_cast<char32_t>(part), kind_of(part)});
      }
    }
  }

  Folder folder_;
  std::vector<std::uint32_t> entries_;
  std::vector<std::uint32_t> expansions_;
};

const FoldTable& fold_table() {
  static const FoldTable table;  // A pure function's memory: the same in every process.
  return table;
}

constexpr std::array<Folded, 128> ascii_table() {
  std::array<Folded, 128> table{};
  for (char32_t c = 0; c < 128; ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    table[c] = {upper ? c + ('a' - 'A') : c, letter ? Kind::word : Kind::separator};
  }
  return table;
}
constexpr auto kAscii = ascii_table();

/// Calls `each(Folded, start, end)` for each folded character of `text` with the bytes that it came
/// from. Bytes that aren't UTF-8 separate. `each` answers false to stop.
template <class Each>
void fold_text(std::string_view text, Each&& each) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), INT32_MAX / 2));
  bool going = true;
  for (std::int32_t at = 0; going && at < size;) {
    const auto start = at;
    if (bytes[at] < 128) {
      ++at;
      going = each(kAscii[bytes[start]], start, at);
      continue;
    }
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    if (c < 0) {
      going = each(Folded{}, start, at);
      continue;
    }
    fold_table().fold(c, [&](Folded folded) { going = going && each(folded, start, at); });
  }
}

// ---- Cutting into tokens ----------------------------------------------------------------------

std::size_t put(char* out, char32_t c) {
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(reinterpret_cast<std::uint8_t*>(out), size, c);
  return static_cast<std::size_t>(size);
}

enum class Purpose { document, query };

/// Cuts one text. `Emit`: int(std::string_view token, int start, int end), 0 to go on.
template <class Emit>
class Cutter {
 public:
  Cutter(Purpose purpose, Emit& emit) : purpose_(purpose), emit_(emit) {}

  /// Answers 0, or what `Emit` stopped with.
  int cut(std::string_view text) {
    fold_text(text, [&](Folded folded, int start, int end) {
      take(folded, start, end);
      return stopped_ == 0;
    });
    end_word();
    end_run(true);
    return stopped_;
  }

 private:
  void take(Folded folded, int start, int end) {
    switch (folded.kind) {
      case Kind::none:
        return;
      case Kind::separator:
        end_word();
        end_run(false);
        return;
      case Kind::han:
        end_word();
        take_han(folded.c, start, end);
        return;
      case Kind::word:
        end_run(false);
        if (word_size_ == 0) word_start_ = start;
        if (word_size_ < kTokenBytesMax) word_size_ += put(word_ + word_size_, folded.c);
        word_end_ = end;
        return;
    }
  }

  void take_han(char32_t c, int start, int end) {
    // pair_ holds the character before; the new one comes behind it.
    const auto size = put(pair_ + pair_size_, c);
    if (run_ > 0) send({pair_, pair_size_ + size}, han_start_, end);
    std::copy_n(pair_ + pair_size_, size, pair_);
    pair_size_ = size;
    han_start_ = start;
    han_end_ = end;
    ++run_;
  }

  /// A document's last character of a run stands alone too, so that asking for the one character,
  /// as a prefix, finds it anywhere. A question for 电梯 may also stand before more Han (电梯间),
  /// so it leaves its last character out; unless something else follows, where the document has it.
  void end_run(bool end_of_text) {
    const bool open = purpose_ == Purpose::query && end_of_text && run_ > 1;
    if (run_ > 0 && !open) send({pair_, pair_size_}, han_start_, han_end_);
    run_ = 0;
    pair_size_ = 0;
  }

  void end_word() {
    if (word_size_ > 0) send({word_, word_size_}, word_start_, word_end_);
    word_size_ = 0;
  }

  void send(std::string_view token, int start, int end) {
    if (stopped_ == 0) stopped_ = emit_(token, start, end);
  }

  Purpose purpose_;
  Emit& emit_;
  int stopped_ = 0;
  char word_[kTokenBytesMax + U8_MAX_LENGTH];
  std::size_t word_size_ = 0;
  int word_start_ = 0, word_end_ = 0;
  char pair_[2 * U8_MAX_LENGTH];
  std::size_t pair_size_ = 0;  ///< Of the character before.
  std::size_t run_ = 0;        ///< Han characters so far.
  int han_start_ = 0, han_end_ = 0;
};

// ---- FTS5 -------------------------------------------------------------------------------------

int create_tokenizer(void*, const char**, int, Fts5Tokenizer** out) {
  static char nothing = 0;  // It has no state, but FTS5 wants an address.
  *out = reinterpret_cast<Fts5Tokenizer*>(&nothing);
  return SQLITE_OK;
}

void delete_tokenizer(Fts5Tokenizer*) {}

using TokenCallback = int (*)(void*, int, const char*, int, int, int);

int tokenize(Fts5Tokenizer*, void* context, int flags, const char* text, int size,
             TokenCallback callback) noexcept {
  const auto purpose = (flags & FTS5_TOKENIZE_QUERY) != 0 ? Purpose::query : Purpose::document;
  auto emit = [&](std::string_view token, int start, int end) {
    return callback(context, 0, token.data(), static_cast<int>(token.size()), start, end);
  };
  try {
    return Cutter(purpose, emit).cut({text, static_cast<std::size_t>(size)});
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  } catch (const std::exception&) {
    return SQLITE_ERROR;
  }
}

fts5_api* api_of(sqlite3* db) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  ensure(sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK, "FTS5");
  sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  ensure(api != nullptr, "FTS5 gives its interface");
  return api;
}

// ---- What a person typed ----------------------------------------------------------------------

/// One word that was typed: folded, so that nothing in it means anything to FTS5.
struct Word {
  std::u32string characters;  ///< A space for a glue such as '-'.
  std::size_t run = 0;        ///< Han characters at its end.
};

/// These hold together what stands around them (A-101, 3.5); all others part words.
bool glues(char32_t c) {
  return c < 128 &&
         std::string_view("-./_#:@+&'").find(static_cast<char>(c)) != std::string_view::npos;
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::int32_t at = 0;
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), INT32_MAX / 2));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  while (count-- > 0 && at < size) U8_FWD_1(bytes, at, size);
  return text.substr(0, static_cast<std::size_t>(at));
}

std::vector<Word> words_of(std::string_view typed) {
  std::vector<Word> words(1);
  bool glued = false;
  fold_text(first_characters(typed, kTypedCharactersMax), [&](Folded folded, int, int) {
    if (folded.kind == Kind::none) return true;
    if (folded.kind == Kind::separator) {
      glued = glues(folded.c) && !words.back().characters.empty();
      if (!glued && !words.back().characters.empty()) words.emplace_back();
      return true;
    }
    auto& word = words.back();
    if (glued) {
      word.characters.push_back(U' ');
      word.run = 0;
    }
    glued = false;
    word.characters.push_back(folded.c);
    word.run = folded.kind == Kind::han ? word.run + 1 : 0;
    return true;
  });
  if (words.back().characters.empty()) words.pop_back();
  if (words.size() > kTypedWordsMax) words.resize(kTypedWordsMax);
  return words;
}

std::string utf8_of(std::u32string_view characters) {
  std::string text;
  for (const auto c : characters) {
    char bytes[U8_MAX_LENGTH];
    text.append(bytes, put(bytes, c));
  }
  return text;
}

// Contentless tables count a row's terms for bm25 by reading a second table; for a word that stands
// in a large part of all records, that takes seconds and says little. Beyond this many records the
// newest come first.
constexpr std::int64_t kRankedMax = 20'000;

}  // namespace

void register_tokenizer(sqlite3* db) {
  auto* api = api_of(db);
  fts5_tokenizer functions{create_tokenizer, delete_tokenizer, tokenize};
  ensure(api->xCreateTokenizer(api, "linli", nullptr, &functions, nullptr) == SQLITE_OK,
         "registering the tokenizer");
}

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  auto emit = [&](std::string_view token, int, int) {
    tokens.emplace_back(token);
    return 0;
  };
  Cutter(Purpose::document, emit).cut(text);
  return tokens;
}

std::string match_expression(std::string_view typed) {
  const auto words = words_of(typed);
  std::string expression;
  for (const auto& word : words) {
    const bool last = &word == &words.back();
    if (!expression.empty()) expression += " AND ";
    expression += '"' + utf8_of(word.characters) + '"';
    // A single Han character is the beginning of bigrams; a run's last bigram is whole already.
    if (word.run == 1 || (last && word.run == 0)) expression += '*';
  }
  return expression;
}

void SearchIndex::insert(std::int64_t rec, std::string_view plain, std::string_view erasable) {
  if (!plain.empty()) {
    db_.cached("INSERT INTO search(rowid, text) VALUES(?, ?)")
        .bind(1, rec)
        .bind_text(2, plain)
        .run();
  }
  if (!erasable.empty()) {
    db_.cached("INSERT INTO search_erasable(rowid, text) VALUES(?, ?)")
        .bind(1, rec)
        .bind_text(2, erasable)
        .run();
  }
}

void SearchIndex::remove(std::int64_t rec, std::string_view plain, std::string_view erasable) {
  if (!plain.empty()) {
    db_.cached("INSERT INTO search(search, rowid, text) VALUES('delete', ?, ?)")
        .bind(1, rec)
        .bind_text(2, plain)
        .run();
  }
  if (!erasable.empty()) {
    db_.cached("INSERT INTO search_erasable(search_erasable, rowid, text) VALUES('delete', ?, ?)")
        .bind(1, rec)
        .bind_text(2, erasable)
        .run();
  }
}

void SearchIndex::compact_erasable() {
  db_.cached("INSERT INTO search_erasable(search_erasable) VALUES('optimize')").run();
}

std::vector<std::int64_t> SearchIndex::find(std::string_view typed, std::size_t limit,
                                            std::size_t offset) {
  const auto expression = match_expression(typed);
  if (expression.empty() || limit == 0) return {};
  auto& count = db_.cached(
      "SELECT count(*) FROM (SELECT rowid FROM search WHERE search MATCH ?1 UNION ALL"
      " SELECT rowid FROM search_erasable WHERE search_erasable MATCH ?1 LIMIT ?2)");
  count.bind_text(1, expression).bind(2, kRankedMax + 1).step();
  const bool ranked = count.integer(0) <= kRankedMax;
  count.reset();
  auto& rows = db_.cached(
      ranked ? "SELECT rec FROM"
               " (SELECT rowid AS rec, bm25(search) AS score FROM search WHERE search MATCH ?1"
               " UNION ALL SELECT rowid, bm25(search_erasable) FROM search_erasable"
               " WHERE search_erasable MATCH ?1)"
               " GROUP BY rec ORDER BY min(score), rec DESC LIMIT ?2 OFFSET ?3"
             : "SELECT rowid AS rec FROM search WHERE search MATCH ?1"
               " UNION SELECT rowid FROM search_erasable WHERE search_erasable MATCH ?1"
               " ORDER BY rec DESC LIMIT ?2 OFFSET ?3");
  rows.bind_text(1, expression)
      .bind(2, static_cast<std::int64_t>(std::min<std::size_t>(limit, INT32_MAX)))
      .bind(3, static_cast<std::int64_t>(std::min<std::size_t>(offset, INT32_MAX)));
  std::vector<std::int64_t> found;
  while (rows.step()) found.push_back(rows.integer(0));
  return found;
}

std::string snippet(std::string_view text, std::string_view typed, std::size_t width) {
  // The text as a person's words are compared with it, and where each character stands.
  std::u32string folded_text;
  std::vector<std::size_t> starts;
  fold_text(text, [&](Folded folded, int start, int) {
    if (folded.kind == Kind::none) return true;
    const bool separator = folded.kind == Kind::separator;
    if (separator && !folded_text.empty() && folded_text.back() == U' ') return true;
    folded_text.push_back(separator ? U' ' : folded.c);
    starts.push_back(static_cast<std::size_t>(start));
    return true;
  });
  std::size_t first = folded_text.size();
  for (const auto& word : words_of(typed))
    first = std::min(first, folded_text.find(word.characters));
  const auto match = first < folded_text.size() ? starts[first] : 0;

  std::vector<std::size_t> characters;  // Where each begins.
  std::size_t match_at = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) continue;
    if (at <= match) match_at = characters.size();
    characters.push_back(at);
  }
  if (characters.size() <= width) return std::string(text);
  // A third before the match, so that it reads as part of a sentence.
  const auto begin = std::min(match_at - std::min(match_at, width / 3), characters.size() - width);
  const auto end = begin + width;
  const auto from = begin == 0 ? 0 : characters[begin];
  const auto to = end < characters.size() ? characters[end] : text.size();
  std::string cut(text.substr(from, to - from));
  if (begin > 0) cut.insert(0, "…");
  if (end < characters.size()) cut += "…";
  return cut;
}

}  // namespace linli::store

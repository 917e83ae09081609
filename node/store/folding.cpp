#include "node/store/folding.h"

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

#include "crypto/result.h"

namespace linli::store {
namespace {

enum class Kind : std::uint8_t {
  separator,
  letter,  ///< Of any script, and digits.
  none,    ///< An accent or something invisible: as if it weren't there.
};

/// What one character becomes; mostly one character.
struct Folded {
  char32_t c = 0;
  Kind kind = Kind::separator;
};

constexpr std::size_t kBmpSize = 0x10000;

void check(UErrorCode code, const char* what) { ensure(U_SUCCESS(code) != 0, what); }

Kind kind_of(UChar32 c) {
  const auto category = u_charType(c);
  if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK) return Kind::none;
  const bool letter = u_isalnum(c) != 0 || category == U_LETTER_NUMBER ||
                      category == U_OTHER_NUMBER || category == U_COMBINING_SPACING_MARK;
  return letter ? Kind::letter : Kind::separator;
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
    table[c] = {upper ? c + ('a' - 'A') : c, letter ? Kind::letter : Kind::separator};
  }
  return table;
}
constexpr auto kAscii = ascii_table();

constexpr std::int32_t kTextBytesMax = 1 << 30;

/// Collects what characters fold to; a run of separators becomes one gap once a letter follows.
class Collector {
 public:
  explicit Collector(std::size_t bytes) {
    text_.characters.reserve(bytes);
    text_.starts.reserve(bytes);
    text_.ends.reserve(bytes);
  }
  void take(Folded folded, std::int32_t start, std::int32_t end) {
    if (folded.kind == Kind::none) return;
    if (folded.kind == Kind::separator) {
      if (!gap_) gap_start_ = start;
      gap_ = true;
      return;
    }
    if (gap_ && between_letters()) put(kGap, gap_start_, start);
    gap_ = false;
    put(folded.c, start, end);
  }
  void end_value(std::int32_t at) {
    gap_ = false;
    put(kValueEnd, at, at + 1);
  }
  [[nodiscard]] FoldedText done() { return std::move(text_); }

 private:
  [[nodiscard]] bool between_letters() const {
    return !text_.characters.empty() && text_.characters.back() != kValueEnd;
  }
  void put(char32_t c, std::int32_t start, std::int32_t end) {
    text_.characters.push_back(c);
    text_.starts.push_back(static_cast<std::uint32_t>(start));
    text_.ends.push_back(static_cast<std::uint32_t>(end));
  }

  FoldedText text_;
  bool gap_ = false;
  std::int32_t gap_start_ = 0;
};

}  // namespace

FoldedText fold(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), kTextBytesMax));
  Collector folded(static_cast<std::size_t>(size));
  for (std::int32_t at = 0; at < size;) {
    const auto start = at;
    if (bytes[at] == kValueEnd) {
      folded.end_value(at++);
    } else if (bytes[at] < kAscii.size()) {
      folded.take(kAscii[bytes[at]], start, start + 1);
      ++at;
    } else {
      UChar32 c = 0;
      U8_NEXT(bytes, at, size, c);
      if (c < 0) {
        folded.take(Folded{}, start, at);
      } else {
        fold_table().fold(c, [&](Folded each) { folded.take(each, start, at); });
      }
    }
  }
  return folded.done();
}

std::string utf8_of(std::u32string_view characters) {
  std::string text;
  text.reserve(3 * characters.size());
  for (const auto c : characters) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(reinterpret_cast<std::uint8_t*>(bytes), size, c);
    text.append(bytes, static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace linli::store

#include "node/store/pinyin.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "crypto/hash.h"
#include "node/store/folding.h"
#include "pinyin_files.h"

namespace linli::store {
namespace {

constexpr char32_t kFirst = 0x4e00, kLast = 0x9fff;
constexpr std::size_t kLettersMax = 60, kNearLettersMin = 4, kNearLettersMax = 24;
constexpr std::size_t kInitialsMin = 2, kInitialsMax = 16;
constexpr std::size_t kSyllableMax = 6;                     // zhuang
constexpr std::size_t kSpellingsMax = 64, kNearMax = 2000;  ///< Nobody types what has more.
/// No syllable begins with i, u or v.
constexpr std::string_view kInitials = "abcdefghjklmnopqrstwxyz";

std::string_view file(std::string_view name) {
  for (const auto& each : embedded::pinyin_files()) {
    if (each.name == name) return each.bytes;
  }
  ensure(false, "the readings are built in");
  return {};
}

/// Calls `each` for the words of every line.
template <class Each>
void each_line(std::string_view text, Each&& each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::vector<std::string_view> words;
    for (auto line = text.substr(0, end); !line.empty();) {
      const auto space = std::min(line.find(' '), line.size());
      words.push_back(line.substr(0, space));
      line.remove_prefix(std::min(space + 1, line.size()));
    }
    if (!words.empty()) each(words);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at + 2 < text.size(); at += 3) {  // U+4E00–9FFF: three bytes each.
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    characters.push_back(static_cast<char32_t>((byte(0) & 0xfU) << 12U | (byte(1) & 0x3fU) << 6U |
                                               (byte(2) & 0x3fU)));
  }
  return characters;
}

class Readings {
 public:
  Readings() : of_character_(kLast - kFirst + 1) {
    each_line(file("readings.txt"), [&](const std::vector<std::string_view>& words) {
      syllables_.insert(words[0]);
      for (std::size_t size = 1; size <= words[0].size(); ++size) {
        beginnings_.insert(words[0].substr(0, size));
      }
      for (const auto c : characters_of(words[1])) of_character_[c - kFirst].push_back(words[0]);
    });
    each_line(file("words.txt"), [&](const std::vector<std::string_view>& words) {
      const auto pair = characters_of(words[0]);
      auto& readings = of_word_[key(pair[0], pair[1])];
      for (const auto first : written(words[1])) {
        for (const auto second : written(words[2])) readings.emplace_back(first, second);
      }
    });
  }
  [[nodiscard]] const std::vector<std::string_view>& of(char32_t c) const {
    static const std::vector<std::string_view> none;
    return c < kFirst || c > kLast ? none : of_character_[c - kFirst];
  }
  [[nodiscard]] const PairReadings* word(char32_t first, char32_t second) const {
    const auto found = of_word_.find(key(first, second));
    return found == of_word_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool is_syllable(std::string_view text) const { return syllables_.contains(text); }
  [[nodiscard]] bool begins_syllable(std::string_view text) const {
    return beginnings_.contains(text);
  }

 private:
  static std::uint64_t key(char32_t first, char32_t second) {
    return static_cast<std::uint64_t>(first) << 32U | second;
  }
  /// lv is written lu as well.
  [[nodiscard]] std::vector<std::string_view> written(std::string_view syllable) const {
    std::vector<std::string_view> ways{*syllables_.find(syllable)};
    if (syllable.find('v') == std::string_view::npos) return ways;
    std::string other(syllable);
    std::replace(other.begin(), other.end(), 'v', 'u');
    if (const auto found = syllables_.find(other); found != syllables_.end()) {
      ways.push_back(*found);
    }
    return ways;
  }

  std::vector<std::vector<std::string_view>> of_character_;
  std::unordered_map<std::uint64_t, PairReadings> of_word_;
  std::unordered_set<std::string_view> syllables_, beginnings_;
};

const Readings& readings() {
  static const Readings all;  // A pure function's memory: the same in every process.
  return all;
}

/// The typed letters as bytes, a gap as a space; nothing if something else is in it.
std::string letters_of(std::u32string_view typed) {
  std::string letters;
  for (const auto c : typed) {
    if (c != kGap && (c < U'a' || c > U'z')) return {};
    letters += static_cast<char>(c);
  }
  return letters.size() > kLettersMax ? std::string() : letters;
}

/// Every way to cut letters into syllables.
class Splitter {
 public:
  Splitter(std::string_view letters, bool may_be_open, std::vector<Spelling>& out)
      : letters_(letters), may_be_open_(may_be_open), out_(out) {}
  void split() { from(0); }

 private:
  void from(std::size_t at) {
    if (out_.size() >= kSpellingsMax || ++steps_ > kStepsMax) return;
    if (at == letters_.size()) {
      out_.push_back({parts_, false, false, false});
      return;
    }
    if (letters_[at] == ' ') return from(at + 1);
    const auto border = std::min(letters_.find(' ', at), letters_.size());
    // The longest syllable first: that is mostly what is meant.
    for (auto size = std::min(kSyllableMax, border - at); size > 0; --size) {
      const auto part = letters_.substr(at, size);
      const bool whole = readings().is_syllable(part);
      if (!whole && !(may_be_open_ && at + size == letters_.size())) continue;
      if (!whole && !readings().begins_syllable(part)) continue;
      parts_.emplace_back(part);
      if (whole) {
        from(at + size);
      } else if (parts_.size() > 1 || part.size() > 1) {
        out_.push_back({parts_, false, true, false});
      }
      parts_.pop_back();
    }
  }

  static constexpr int kStepsMax = 5000;
  std::string_view letters_;
  bool may_be_open_;
  std::vector<Spelling>& out_;
  std::vector<std::string> parts_;
  int steps_ = 0;
};

/// All texts of letters that one slip of a finger makes of this one.
std::set<std::string> one_edit_from(const std::string& letters) {
  std::set<std::string> near;
  for (std::size_t at = 0; at <= letters.size(); ++at) {
    const auto before = letters.substr(0, at), behind = letters.substr(at);
    if (!behind.empty()) near.insert(before + behind.substr(1));
    if (behind.size() > 1 && behind[0] != behind[1]) {
      near.insert(before + behind[1] + behind[0] + behind.substr(2));
    }
    for (char c = 'a'; c <= 'z'; ++c) {
      near.insert(before + c + behind);
      if (!behind.empty()) near.insert(before + c + behind.substr(1));
    }
  }
  near.erase(letters);
  return near;
}

}  // namespace

const std::vector<std::string_view>& readings_of(char32_t c) { return readings().of(c); }

PairReadings readings_of(char32_t first, char32_t second) {
  if (const auto* word = readings().word(first, second)) return *word;
  PairReadings pairs;
  for (const auto one : readings().of(first)) {
    for (const auto other : readings().of(second)) pairs.emplace_back(one, other);
  }
  return pairs;
}

std::string pinyin_version() {
  return crypto::to_hex(crypto::hash({file("readings.txt"), file("words.txt")}).view());
}

bool Spelling::fits(std::size_t at, std::string_view syllable) const {
  const std::string_view part = parts[at];
  if (initials) return syllable.front() == part.front();
  if (open && at + 1 == parts.size()) return syllable.substr(0, part.size()) == part;
  return syllable == part;
}

bool Spelling::fits(std::u32string_view text, std::size_t at) const {
  if (parts.empty() || at + parts.size() > text.size()) return false;
  const auto reads = [&](std::size_t part, char32_t c) {
    const auto& known = readings().of(c);
    return std::any_of(known.begin(), known.end(),
                       [&](std::string_view syllable) { return fits(part, syllable); });
  };
  if (parts.size() == 1) return reads(0, text[at]);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto first = text[at + i], second = text[at + i + 1];
    const auto* word = readings().word(first, second);
    const bool fitting = word
                             ? std::any_of(word->begin(), word->end(),
                                           [&](const auto& pair) {
                                             return fits(i, pair.first) && fits(i + 1, pair.second);
                                           })
                             : reads(i, first) && reads(i + 1, second);
    if (!fitting) return false;
  }
  return true;
}

std::vector<Spelling> spellings_of(std::u32string_view typed) {
  std::vector<Spelling> all;
  const auto letters = letters_of(typed);
  if (letters.empty()) return all;
  Splitter(letters, true, all).split();
  if (letters.size() < kInitialsMin || letters.size() > kInitialsMax) return all;
  if (letters.find_first_not_of(kInitials) != std::string::npos) return all;
  Spelling initials{{}, true, false, false};
  for (const auto c : letters) initials.parts.emplace_back(1, c);
  all.push_back(std::move(initials));
  return all;
}

std::vector<Spelling> near_spellings_of(std::u32string_view typed) {
  std::vector<Spelling> all;
  const auto letters = letters_of(typed);
  if (letters.size() < kNearLettersMin || letters.size() > kNearLettersMax) return all;
  if (letters.find(' ') != std::string::npos) return all;
  std::set<Spelling> known;
  for (const auto& near : one_edit_from(letters)) {
    std::vector<Spelling> ways;
    Splitter(near, false, ways).split();
    for (auto& way : ways) {
      way.near = true;
      if (all.size() < kNearMax && known.insert(way).second) all.push_back(std::move(way));
    }
  }
  return all;
}

}  // namespace linli::store

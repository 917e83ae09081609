#include "crypto/words.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "crypto/keys.h"
#include "crypto/word_list.h"

namespace linli::crypto {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::vector<std::size_t> next{i + 1};
    for (std::size_t j = 0; j < b.size(); ++j) {
      next.push_back(std::min({row[j + 1] + 1, next[j] + 1, row[j] + (a[i] == b[j] ? 0u : 1u)}));
    }
    row = next;
  }
  return row.back();
}

/// A syllable as somebody hears it who makes no difference between zh and z, n and l, -ng and -n …
std::string heard(std::string s) {
  for (const auto* pair : {"zh", "ch", "sh"}) {
    if (s.starts_with(pair)) s.erase(1, 1);
  }
  if (s.front() == 'n' || s.front() == 'r') s.front() = 'l';
  if (s == "hun") s = "fen";
  if (s.starts_with("hu")) s = "f" + (s == "hu" ? "u" : s.substr(2));
  if (s.ends_with("ng")) s.pop_back();
  return s;
}

class Ear {
 public:
  Ear() {
    UErrorCode status = U_ZERO_ERROR;
    latin_.reset(
        icu::Transliterator::createInstance("Han-Latin; Latin-ASCII", UTRANS_FORWARD, status));
    REQUIRE(U_SUCCESS(status));
  }
  /// The two syllables of a word, each character by itself.
  [[nodiscard]] std::pair<std::string, std::string> hear(std::string_view word) const {
    const auto text =
        icu::UnicodeString::fromUTF8(icu::StringPiece(word.data(), static_cast<int>(word.size())));
    REQUIRE(text.length() == 2);
    return {syllable(text.charAt(0)), syllable(text.charAt(1))};
  }

 private:
  [[nodiscard]] std::string syllable(char16_t c) const {
    icu::UnicodeString one(c);
    latin_->transliterate(one);
    std::string out;
    one.toUTF8String(out);
    return heard(out);
  }
  std::unique_ptr<icu::Transliterator> latin_;
};

}  // namespace

TEST_CASE("words: no two of the list can be taken for each other", "[crypto]") {
  const Ear ear;
  std::set<std::string_view> first, english;
  std::vector<std::pair<std::string, std::string>> sounds;
  for (const auto& word : kWords) {
    REQUIRE(word.zh.size() == 6);
    CHECK(first.insert(word.zh.substr(0, 3)).second);
    CHECK(english.insert(word.en).second);
    sounds.push_back(ear.hear(word.zh));
  }
  // Characters that are read otherwise in these words than alone.
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i].zh == "银行") sounds[i].second = "han";
    if (kWords[i].zh == "音乐") sounds[i].second = "yue";
  }
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto& [a1, a2] = sounds[i];
      const auto& [b1, b2] = sounds[j];
      INFO(kWords[i].zh << " " << kWords[j].zh);
      CHECK(distance(a1 + a2, b1 + b2) >= 2);
      CHECK(distance(kWords[i].en, kWords[j].en) >= 2);
    }
  }
}

TEST_CASE("words: the list and the fingerprints never change", "[crypto]") {
  Hasher list;
  for (const auto& word : kWords) {
    list.update(word.zh);
    list.update(word.en);
  }
  CHECK(to_hex(list.result().view()) ==
        "26bba02eb52e07e08474f46c2e905aab86247da7c8af017107973f36f96b52a4");
  PublicKey key;
  for (std::size_t i = 0; i < key.data.size(); ++i) key.data[i] = static_cast<unsigned char>(i);
  const auto words = Words::of_key(key);
  CHECK(words.zh() == "算盘 鲸鱼 榴莲 萝卜  风筝 钻石 鞭炮 乒乓");
  CHECK(words.en() == "abacus whale durian radish  kite diamond firecracker paddle");
  Hash city;
  city.data.fill(0xC1);
  const auto issuer = Words::of_issuer(city, key);
  CHECK(issuer.zh() == "毛巾 蓝色 医院 饭碗  牡丹 翡翠 彩虹 气球");
  CHECK(issuer.en() == "towel blue hospital bowl  peony jade rainbow balloon");
}

TEST_CASE("words: are known again however they are written down", "[crypto]") {
  const auto words = Words::of_key(SigningKey::from_seed(std::string(32, 's')).public_key());
  CHECK(words.are(words.zh()));
  CHECK(words.are(words.en()));
  CHECK(*Words::read(words.zh()) == words);
  auto commas = words.en(), tight = words.zh();
  for (auto& c : commas) c = c == ' ' ? ',' : static_cast<char>(std::toupper(c));
  std::erase(tight, ' ');
  CHECK(words.are(commas));
  CHECK(words.are(tight));
  auto marked = words.zh();
  while (marked.find(' ') != std::string::npos) marked.replace(marked.find(' '), 1, "、");
  CHECK(words.are(marked));

  CHECK_FALSE(words.are(""));
  CHECK_FALSE(words.are(tight.substr(6)));
  CHECK_FALSE(words.are(tight + tight.substr(0, 6)));
  CHECK_FALSE(words.are(tight.substr(6) + tight.substr(0, 6)));
  CHECK_FALSE(Words::read(tight.substr(6)));
  CHECK_FALSE(Words::read(tight + "苹果"));
  CHECK_FALSE(Words::read("八个别的词"));
  const auto other = Words::of_key(SigningKey::from_seed(std::string(32, 't')).public_key());
  CHECK_FALSE(words.are(other.zh()));
}

}  // namespace linli::crypto

#include "crypto/words.h"

#include <algorithm>

#include "crypto/word_list.h"

namespace linli::crypto {
namespace {

constexpr std::string_view kDomainWords = "linli/words/1";

/// What is left once everything is gone that people put between words.
std::string bare(std::string_view text) {
  static constexpr std::string_view kBetween[] = {"，", "、", "。", "；", "·", "　", "—"};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const auto* mark = std::find_if(std::begin(kBetween), std::end(kBetween),
                                    [&](std::string_view m) { return rest.starts_with(m); });
    if (mark != std::end(kBetween)) {
      at += mark->size();
      continue;
    }
    const char c = text[at++];
    const bool plain = (static_cast<unsigned char>(c) & 0x80u) != 0 || (c >= 'a' && c <= 'z');
    if (plain) out += c;
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

template <class Pick>
std::string joined(const std::array<std::uint8_t, 8>& bytes, Pick pick) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) out += i == bytes.size() / 2 ? "  " : " ";
    out += pick(kWords.at(bytes.at(i)));
  }
  return out;
}

}  // namespace

Words Words::of(std::initializer_list<std::string_view> parts) {
  Hasher hasher;
  hasher.update(kDomainWords);
  for (const auto part : parts) hasher.update(part);
  const auto hash = hasher.result();
  Words words;
  std::copy_n(hash.data.begin(), words.bytes_.size(), words.bytes_.begin());
  return words;
}

Words Words::of_key(const PublicKey& key) { return of({key.view()}); }
Words Words::of_issuer(const Hash& city, const PublicKey& key) {
  return of({city.view(), key.view()});
}

Result<Words> Words::read(std::string_view zh) {
  const auto said = bare(zh);
  Words words;
  std::string_view rest = said;
  for (auto& byte : words.bytes_) {
    const auto* word = std::find_if(kWords.begin(), kWords.end(),
                                    [&](const Word& w) { return rest.starts_with(w.zh); });
    if (word == kWords.end()) return fail(Errc::bad_value, "not eight words of a fingerprint");
    byte = static_cast<std::uint8_t>(word - kWords.begin());
    rest.remove_prefix(word->zh.size());
  }
  if (!rest.empty()) return fail(Errc::bad_value, "not eight words of a fingerprint");
  return words;
}

std::string Words::zh() const {
  return joined(bytes_, [](const Word& w) { return w.zh; });
}
std::string Words::en() const {
  return joined(bytes_, [](const Word& w) { return w.en; });
}

bool Words::are(std::string_view text) const {
  const auto said = bare(text);
  return said == bare(zh()) || said == bare(en());
}

}  // namespace linli::crypto

#include "crypto/tlog_proof.h"

#include <charconv>

namespace linli::crypto {
namespace {

constexpr std::string_view kMagic = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kTextMax = kNoteBytesMax + (64u << 10);

tl::unexpected<Error> malformed(std::string detail) {
  return fail(Errc::malformed, std::move(detail));
}

/// The next line without its newline; nothing: there is none.
std::optional<std::string_view> line_of(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

/// "word 12"
Result<std::uint64_t> numbered(std::optional<std::string_view> line, std::string_view word) {
  if (!line || !line->starts_with(word) || line->substr(word.size(), 1) != " ") {
    return malformed("a line with " + std::string(word) + " is expected");
  }
  const auto digits = line->substr(word.size() + 1);
  std::uint64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  const bool leading = digits.size() > 1 && digits.front() == '0';
  if (digits.empty() || leading || read.ec != std::errc{} || read.ptr != end) {
    return malformed("a number behind " + std::string(word) + " is expected");
  }
  return number;
}

/// Hashes, a line each, up to an empty line.
Result<std::vector<TreeHash>> hash_lines(std::string_view& text) {
  std::vector<TreeHash> hashes;
  for (;;) {
    const auto line = line_of(text);
    if (!line) return malformed("an empty line stands behind the hashes");
    if (line->empty()) return hashes;
    const auto bytes = from_base64(*line);
    if (!bytes || bytes->size() != TreeHash::size()) return malformed("a hash has 32 bytes");
    if (hashes.size() == kProofHashesMax) return malformed("too many hashes");
    hashes.push_back(TreeHash::of(*bytes));
  }
}

std::string hashes_text(const std::vector<TreeHash>& hashes) {
  std::string text;
  for (const auto& hash : hashes) text += to_base64(hash.view()) + "\n";
  return text + "\n";
}

}  // namespace

std::string TlogProof::encode() const {
  return std::string(kMagic) + "\nindex " + std::to_string(index) + "\n" + hashes_text(hashes) +
         checkpoint;
}

Result<TlogProof> TlogProof::decode(std::string_view text) {
  if (text.size() > kTextMax) return fail(Errc::too_large, "a tlog-proof over 128 KiB");
  if (line_of(text) != kMagic) return malformed("not a tlog-proof");
  if (text.starts_with("extra ")) (void)line_of(text);
  const auto index = numbered(line_of(text), "index");
  if (!index) return fail(index.error());
  auto hashes = hash_lines(text);
  if (!hashes) return fail(hashes.error());
  return TlogProof{*index, std::move(*hashes), std::string(text)};
}

std::string TlogGrowth::encode() const {
  return "old " + std::to_string(old_size) + "\n" + hashes_text(hashes) + checkpoint;
}

Result<TlogGrowth> TlogGrowth::decode(std::string_view text) {
  if (text.size() > kTextMax) return fail(Errc::too_large, "a consistency proof over 128 KiB");
  const auto size = numbered(line_of(text), "old");
  if (!size) return fail(size.error());
  auto hashes = hash_lines(text);
  if (!hashes) return fail(hashes.error());
  return TlogGrowth{*size, std::move(*hashes), std::string(text)};
}

}  // namespace linli::crypto

#include "sync/names.h"

#include <mutex>

#include "crypto/cbor.h"

namespace linli::sync {
namespace {

constexpr std::string_view kDomainFeed = "linli/feed/1";

/// Where the hyphens stand in a UUID's text.
constexpr bool is_hyphen(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }
constexpr std::size_t kIdTextBytes = 36;

/// Hands out (millisecond, counter) pairs that never repeat and rise within one process, so that
/// records made in one go sort in the order they were made in.
class IdSequence {
 public:
  struct Place {
    std::uint64_t ms;
    std::uint32_t counter;  ///< 12 bits.
  };

  Place next(std::uint64_t now_ms) {
    const std::lock_guard lock{mutex_};
    // A clock that was set right must not leave us numbering in the future for weeks: follow large
    // steps back, bridge the small ones of NTP.
    const bool clock_was_set = now_ms + kBridgedMs < ms_;
    if (now_ms > ms_ || clock_was_set) {
      ms_ = now_ms;
      counter_ = 0;
    } else if (++counter_ == kCounterEnd) {
      ++ms_;
      counter_ = 0;
    }
    return {ms_, counter_};
  }

 private:
  static constexpr std::uint64_t kBridgedMs = 10'000;
  static constexpr std::uint32_t kCounterEnd = 1u << 12;
  std::mutex mutex_;
  std::uint64_t ms_ = 0;       ///< Guarded by mutex_.
  std::uint32_t counter_ = 0;  ///< Guarded by mutex_.
};

}  // namespace

FeedId FeedName::id(const Hash& city) const {
  cbor::Writer w;
  w.array(6);
  w.bytes(city.view());
  w.bytes(author.view());
  w.text(scope);
  w.uint(static_cast<std::uint64_t>(audience));
  w.uint(incarnation.number);
  w.bytes(incarnation.nonce.view());
  return FeedId::of(crypto::hash({kDomainFeed, w.view()}).view());
}

RecordId new_record_id(Micros now) {
  static IdSequence sequence;  // of the process: two threads must not draw one place
  const auto [ms, counter] = sequence.next(now > 0 ? static_cast<std::uint64_t>(now) / 1000 : 0);
  auto id = crypto::random<RecordId>();
  for (std::size_t i = 0; i < 6; ++i)
    id.data[i] = static_cast<unsigned char>(ms >> (8 * (5 - i)) & 0xFF);
  id.data[6] = static_cast<unsigned char>(0x70 | counter >> 8);
  id.data[7] = static_cast<unsigned char>(counter & 0xFF);
  id.data[8] = static_cast<unsigned char>(0x80 | (id.data[8] & 0x3F));
  return id;
}

std::string to_text(const RecordId& id) {
  const std::string hex = crypto::to_hex(id.view());
  std::string text;
  text.reserve(kIdTextBytes);
  for (const char c : hex) {
    if (is_hyphen(text.size())) text.push_back('-');
    text.push_back(c);
  }
  return text;
}

Result<RecordId> record_id(std::string_view text) {
  if (text.size() != kIdTextBytes) return fail(Errc::bad_value, "a record id has 36 characters");
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_hyphen(i) != (c == '-')) return fail(Errc::bad_value, "hyphens don't stand 8-4-4-4-12");
    // Lower case only: an id has one text, so that texts can be compared.
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!digit && c != '-') return fail(Errc::bad_value, "not lower-case hexadecimal");
    if (digit) hex.push_back(c);
  }
  const auto bytes = crypto::from_hex(hex);
  if (!bytes) return fail(bytes.error());
  return RecordId::of(*bytes);
}

}  // namespace linli::sync

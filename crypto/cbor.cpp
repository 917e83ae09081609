#include "crypto/cbor.h"

#include <array>
#include <cstring>
#include <limits>

namespace linli::cbor {
namespace {

constexpr unsigned kUint = 0, kNint = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6,
                   kSimple = 7;
constexpr std::uint64_t kFalse = 20, kTrue = 21, kNull = 22;
constexpr std::uint64_t kIntMax = std::numeric_limits<std::int64_t>::max();

/// Where a key stands among a map's integer keys: 0, 1, … and then -1, -2, …
std::uint64_t rank(std::int64_t key) {
  constexpr std::uint64_t kAfterAllOthers = std::uint64_t{1} << 63;
  return key >= 0 ? static_cast<std::uint64_t>(key)
                  : kAfterAllOthers | static_cast<std::uint64_t>(~key);
}

/// Length of the well-formed UTF-8 sequence at `p` (`left` ≥ 1 bytes); 0 if there is none.
std::size_t utf8_sequence(const unsigned char* p, std::size_t left) {
  const auto tail = [&](std::size_t i) { return (p[i] & 0xC0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] < 0xC2) return 0;  // a stray tail byte, or an overlong form of ASCII
  if (p[0] < 0xE0) return left >= 2 && tail(1) ? 2 : 0;
  if (p[0] < 0xF0) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;   // overlong
    if (p[0] == 0xED && p[1] >= 0xA0) return 0;  // surrogates
    return 3;
  }
  if (p[0] > 0xF4 || left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (p[0] == 0xF0 && p[1] < 0x90) return 0;   // overlong
  if (p[0] == 0xF4 && p[1] >= 0x90) return 0;  // beyond U+10FFFF
  return 4;
}

}  // namespace

// Writer

void Writer::head(unsigned major, std::uint64_t v) {
  const auto first = [&](unsigned low) { return static_cast<char>(major << 5 | low); };
  if (v < 24) {
    out_.push_back(first(static_cast<unsigned>(v)));
    return;
  }
  const unsigned width_log = v <= 0xFF ? 0 : v <= 0xFFFF ? 1 : v <= 0xFFFFFFFF ? 2 : 3;
  const std::size_t width = std::size_t{1} << width_log;
  std::array<char, 9> bytes{first(24 + width_log)};
  for (std::size_t i = 0; i < width; ++i) bytes[width - i] = static_cast<char>(v >> (8 * i) & 0xFF);
  out_.append(bytes.data(), width + 1);
}

void Writer::uint(std::uint64_t v) {
  ensure(v <= kIntMax, "cbor: integers stay within int64");
  head(kUint, v);
}

void Writer::sint(std::int64_t v) {
  if (v >= 0)
    head(kUint, static_cast<std::uint64_t>(v));
  else
    head(kNint, static_cast<std::uint64_t>(~v));
}

void Writer::bytes(std::string_view v) {
  head(kBytes, v.size());
  out_.append(v);
}

void Writer::text(std::string_view v) {
  ensure(valid_utf8(v), "cbor: text is UTF-8");
  head(kText, v.size());
  out_.append(v);
}

void Writer::array(std::size_t n) { head(kArray, n); }
void Writer::map(std::size_t n) { head(kMap, n); }

void Writer::tag(std::uint64_t t) {
  ensure(t == kTagCommitment, "cbor: no other tag is listed");
  head(kTag, t);
}

void Writer::boolean(bool v) { head(kSimple, v ? kTrue : kFalse); }
void Writer::null() { head(kSimple, kNull); }

// Reader

void Reader::reject(std::string_view why) {
  if (!ok()) return;
  error_ = std::string(why) + " at byte " + std::to_string(pos_);
  pos_ = data_.size();  // so that a loop until at_end() ends
}

Kind Reader::peek() const {
  constexpr std::array<Kind, 7> kinds{Kind::uint,  Kind::nint, Kind::bytes, Kind::text,
                                      Kind::array, Kind::map,  Kind::tag};
  if (pos_ == data_.size()) return Kind::none;
  const auto first = static_cast<unsigned char>(data_[pos_]);
  if (first >> 5 < kinds.size()) return kinds[first >> 5];
  const unsigned simple = first & 0x1F;
  if (simple == kFalse || simple == kTrue) return Kind::boolean;
  return simple == kNull ? Kind::null : Kind::none;
}

Reader::Head Reader::head() {
  const std::size_t left = data_.size() - pos_;
  if (left == 0) return reject("ends too early"), Head{};
  const auto* p = reinterpret_cast<const unsigned char*>(data_.data()) + pos_;
  const unsigned first = p[0];
  Head h{first >> 5, first & 0x1F, 0};
  if (h.info < 24) {
    if (h.major == kSimple && (h.info < kFalse || h.info > kNull))
      return reject("unknown simple value"), Head{};
    h.value = h.info;
    ++pos_;
    return h;
  }
  if (h.info > 27) return reject("indefinite or reserved length"), Head{};
  if (h.major == kSimple) return reject("float or unknown simple value"), Head{};
  const std::size_t width = std::size_t{1} << (h.info - 24);
  if (left < width + 1) return reject("ends too early"), Head{};
  for (std::size_t i = 1; i <= width; ++i) h.value = h.value << 8 | p[i];
  const std::uint64_t least = width == 1 ? 24 : std::uint64_t{1} << (4 * width);
  if (h.value < least) return reject("not the shortest form"), Head{};
  if (h.major <= kNint && h.value > kIntMax) return reject("integer beyond 64 bits"), Head{};
  pos_ += width + 1;
  return h;
}

std::string_view Reader::take(std::uint64_t n) {
  if (n > data_.size() - pos_) return reject("ends too early"), std::string_view{};
  const auto view = data_.substr(pos_, static_cast<std::size_t>(n));
  pos_ += view.size();
  return view;
}

std::uint64_t Reader::uint() {
  if (peek() != Kind::uint) return reject("expected an unsigned integer"), 0;
  return head().value;
}

std::int64_t Reader::sint() {
  const Kind kind = peek();
  if (kind != Kind::uint && kind != Kind::nint) return reject("expected an integer"), 0;
  const Head h = head();
  const auto magnitude = static_cast<std::int64_t>(h.value);
  return h.major == kNint ? ~magnitude : magnitude;
}

std::string_view Reader::bytes() {
  if (peek() != Kind::bytes) return reject("expected a byte string"), std::string_view{};
  return take(head().value);
}

std::string_view Reader::bytes(std::size_t exact) {
  const auto view = bytes();
  if (view.size() == exact) return view;
  reject("expected a byte string of " + std::to_string(exact) + " bytes that ends");
  return {};
}

std::string_view Reader::text() {
  if (peek() != Kind::text) return reject("expected text"), std::string_view{};
  const auto view = take(head().value);
  if (!valid_utf8(view)) return reject("text that isn't UTF-8 ends"), std::string_view{};
  return view;
}

std::size_t Reader::array() {
  if (peek() != Kind::array) return reject("expected an array"), 0;
  const std::uint64_t n = head().value;
  if (n > data_.size() - pos_) return reject("array longer than its bytes"), 0;
  return static_cast<std::size_t>(n);
}

std::size_t Reader::map() {
  if (peek() != Kind::map) return reject("expected a map"), 0;
  const std::uint64_t n = head().value;
  if (n > (data_.size() - pos_) / 2) return reject("map longer than its bytes"), 0;
  return static_cast<std::size_t>(n);
}

std::uint64_t Reader::tag() {
  if (peek() != Kind::tag) return reject("expected a tag"), 0;
  const std::uint64_t t = head().value;
  if (t != kTagCommitment) return reject("unlisted tag"), 0;
  // Checked ahead, so that no caller can take a tag that item() would refuse.
  constexpr std::string_view kHead = "\x58\x20";  // of a byte string of 32
  if (data_.substr(pos_, kHead.size()) != kHead) return reject("commitment isn't 32 bytes"), 0;
  return t;
}

bool Reader::boolean() {
  if (peek() != Kind::boolean) return reject("expected true or false"), false;
  return head().value == kTrue;
}

void Reader::null() {
  if (peek() != Kind::null) return reject("expected null");
  head();
}

std::string_view Reader::item() {
  const std::size_t start = pos_;
  skip(0);
  return ok() ? data_.substr(start, pos_ - start) : std::string_view{};
}

/// Passes one item; `depth` arrays and maps stand around it.
void Reader::skip(int depth) {
  switch (peek()) {
    case Kind::bytes:
      bytes();
      return;
    case Kind::text:
      text();
      return;
    case Kind::tag:
      tag();
      bytes();
      return;
    case Kind::array: {
      if (depth == kDepthMax) return reject("nested too deep");
      for (std::size_t left = array(); left > 0 && ok(); --left) skip(depth + 1);
      return;
    }
    case Kind::map: {
      if (depth == kDepthMax) return reject("nested too deep");
      std::string_view before;  // no encoding is empty, so that the first key always follows
      for (std::size_t left = map(); left > 0 && ok(); --left) {
        const std::size_t start = pos_;
        skip(depth + 1);
        if (!ok()) return;
        const auto key = data_.substr(start, pos_ - start);
        if (key <= before) return reject("map key out of order or repeated, ends");
        before = key;
        skip(depth + 1);
      }
      return;
    }
    default:
      head();
  }
}

Result<void> Reader::finish() const {
  if (!ok()) return fail(Errc::malformed, error_);
  if (!at_end()) return fail(Errc::malformed, "bytes left over at byte " + std::to_string(pos_));
  return {};
}

bool IntMap::next() {
  if (left_ == 0 || !reader_.ok()) return false;
  --left_;
  const std::int64_t before = key_;
  key_ = reader_.sint();
  if (!first_ && rank(key_) <= rank(before))
    reader_.reject("map key out of order or repeated, ends");
  first_ = false;
  return reader_.ok();
}

// Whole values

Result<void> validate(std::string_view item) {
  Reader reader{item};
  reader.item();
  return reader.finish();
}

bool valid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t left = text.size();
  while (left > 0) {
    // Most text on the wire is codes and names in ASCII: eight bytes at a time.
    std::uint64_t eight = 0;
    if (left >= sizeof eight) {
      std::memcpy(&eight, p, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        p += sizeof eight;
        left -= sizeof eight;
        continue;
      }
    }
    const std::size_t n = utf8_sequence(p, left);
    if (n == 0) return false;
    p += n;
    left -= n;
  }
  return true;
}

std::string encode_int(std::int64_t v) {
  Writer w;
  w.sint(v);
  return w.take();
}

std::string encode_text(std::string_view v) {
  Writer w;
  w.text(v);
  return w.take();
}

std::string encode_bytes(std::string_view v) {
  Writer w;
  w.bytes(v);
  return w.take();
}

std::string encode_bool(bool v) {
  Writer w;
  w.boolean(v);
  return w.take();
}

}  // namespace linli::cbor

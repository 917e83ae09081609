// crypto/cbor.h: the one encoding of everything that is signed: deterministic CBOR.
//
// RFC 8949 §4.2.1, narrowed by rule 8 of the format: shortest integers within int64, definite
// lengths, map keys unique and in bytewise order of their encodings, no floats, valid UTF-8, and of
// tags only `kTagCommitment`. Anything else is refused, so that equal values have equal bytes.
// (nlohmann/json reads CBOR as well, but accepts every other spelling too and builds a tree.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::cbor {

inline constexpr int kDepthMax = 16;
/// A personal or erasable value stands in signed bytes as this tag on its 32-byte commitment.
inline constexpr std::uint64_t kTagCommitment = 41070;

enum class Kind { uint, nint, bytes, text, array, map, tag, boolean, null, none };

/// Appends deterministic CBOR to a string. The caller writes map keys in order and keeps counts.
class Writer {
 public:
  void uint(std::uint64_t v);
  void sint(std::int64_t v);
  void bytes(std::string_view v);
  void text(std::string_view v);  ///< `v` must be valid UTF-8 (ensure()d).
  void array(std::size_t n);
  void map(std::size_t n);
  void tag(std::uint64_t t);
  void boolean(bool v);
  void null();
  void raw(std::string_view encoded) { out_.append(encoded); }  ///< One item, encoded already.
  [[nodiscard]] const std::string& view() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void head(unsigned major, std::uint64_t v);
  std::string out_;
};

/// Reads one buffer from front to back. Errors latch: after the first, every call answers with an
/// empty value and `ok()` stays false, so that callers check once at the end. Views point into the
/// buffer, which must outlive them. Never allocates by a length that the input claims. After an
/// error the position is the end, so that loops until `at_end()` end.
class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}

  [[nodiscard]] Kind peek() const;  ///< Kind::none at the end or after an error.
  std::uint64_t uint();             ///< At most INT64_MAX (rule 8).
  std::int64_t sint();              ///< Either sign.
  std::string_view bytes();
  std::string_view bytes(std::size_t exact);  ///< Refuses another length.
  std::string_view text();                    ///< Checked UTF-8.
  std::size_t array();  ///< Element count; never more than bytes that are left.
  std::size_t map();    ///< Pair count; likewise. See IntMap for integer keys.
  std::uint64_t tag();
  bool boolean();
  void null();
  /// One whole item of any shape, fully validated (order of keys, depth, UTF-8, tags).
  std::string_view item();

  [[nodiscard]] bool ok() const { return error_.empty(); }
  [[nodiscard]] bool at_end() const { return pos_ == data_.size(); }
  [[nodiscard]] std::size_t position() const { return pos_; }
  /// Latches an error of the caller's own (a value out of range, an unknown key).
  void reject(std::string_view why);
  /// `malformed` with what was wrong and the byte it was found at; also if bytes are left over.
  [[nodiscard]] Result<void> finish() const;

 private:
  friend class IntMap;
  struct Head {
    unsigned major = 8;
    unsigned info = 0;
    std::uint64_t value = 0;
  };
  Head head();
  void skip(int depth);
  std::string_view take(std::uint64_t n);

  std::string_view data_;
  std::size_t pos_ = 0;
  std::string error_;
};

/// Walks a map with integer keys: `for (IntMap m{r}; m.next();) switch (m.key()) …`. Each value
/// must be read (or skipped with `r.item()`) before the next `next()`. Enforces order and
/// uniqueness.
class IntMap {
 public:
  explicit IntMap(Reader& reader) : reader_(reader), left_(reader.map()) {}
  bool next();
  [[nodiscard]] std::int64_t key() const { return key_; }

 private:
  Reader& reader_;
  std::size_t left_;
  std::int64_t key_ = 0;
  bool first_ = true;
};

/// Is this exactly one deterministic item? Used on values that came from outside.
[[nodiscard]] Result<void> validate(std::string_view item);
[[nodiscard]] bool valid_utf8(std::string_view text);

// Short forms for single values.
[[nodiscard]] std::string encode_int(std::int64_t v);
[[nodiscard]] std::string encode_text(std::string_view v);
[[nodiscard]] std::string encode_bytes(std::string_view v);
[[nodiscard]] std::string encode_bool(bool v);

}  // namespace linli::cbor

// node/tables/text_encoding.h: in which encoding a text file is written, and its text as UTF-8.
//
// Nothing is guessed from how often a character occurs: a file that is UTF-8 from its first byte to
// its last is UTF-8 (other encodings are so only by plain ASCII, where it makes no difference), and
// else it is GB18030, which Chinese spreadsheets write (GBK and GB2312 are parts of it). Where less
// than one in ten characters isn't UTF-8, it is a damaged file in UTF-8: of GB18030's nearly none
// is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/tables/input.h"

namespace linli::tables {

enum class Encoding : std::uint8_t { utf8, gb18030, utf16le, utf16be };

void append_utf8(std::string& text, char32_t code);

/// "UTF-8", "GB18030", …
[[nodiscard]] std::string_view name_of(Encoding encoding);
/// "utf-8", "gb18030", "gbk", "gb2312", "utf-16", in any case; nothing for others. "utf-16" is
/// little-endian.
[[nodiscard]] std::optional<Encoding> encoding_named(std::string_view name);

/// How a file begins and what its bytes can be; fed piece by piece.
class EncodingScan {
 public:
  void feed(std::string_view bytes);
  [[nodiscard]] Encoding verdict() const;
  [[nodiscard]] std::size_t mark_size() const;  ///< Bytes of a byte order mark; 0: none.

 private:
  void feed(unsigned char byte);

  std::string head_ = {};
  // Bytes that must follow, and between what the next one must lie.
  int more_ = 0;
  unsigned char low_ = 0x80, high_ = 0xBF;
  std::size_t good_ = 0, faults_ = 0;  ///< Characters of several bytes; what is none.
};

/// Reads the whole input once. Errors: io.
[[nodiscard]] Result<EncodingScan> scan_encoding(Input& input);

/// Cells of GB18030 as UTF-8, strictly.
class Gb18030 {
 public:
  Gb18030();
  ~Gb18030();
  Gb18030(const Gb18030&) = delete;
  Gb18030& operator=(const Gb18030&) = delete;
  /// Nothing if a byte of it belongs to no character.
  [[nodiscard]] std::optional<std::string> to_utf8(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// UTF-16 as it comes from the input, as UTF-8. A half character becomes the byte FF, which is in
/// no UTF-8 text: so whoever reads on finds the fault where it is.
class Utf16Reader {
 public:
  explicit Utf16Reader(bool big_endian) : big_endian_(big_endian) {}
  void feed(std::string_view bytes, std::string& utf8);
  void end(std::string& utf8);

 private:
  void unit(unsigned value, std::string& utf8);
  bool big_endian_;
  int odd_ = -1;            ///< The first byte of a unit, if that is all there is of it.
  unsigned high_half_ = 0;  ///< The first half of a character beyond the BMP.
};

}  // namespace linli::tables

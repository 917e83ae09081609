#include "node/tables/text_encoding.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <vector>

namespace linli::tables {
namespace {

constexpr std::string_view kMarkUtf8 = "\xEF\xBB\xBF", kMarkLittle = "\xFF\xFE",
                           kMarkBig = "\xFE\xFF";

bool within(unsigned char byte, unsigned low, unsigned high) { return byte >= low && byte <= high; }

}  // namespace

void append_utf8(std::string& text, char32_t code) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
  const auto follow = [&](int shift) { put(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    follow(0);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    follow(6), follow(0);
  } else {
    put(0xF0 | code >> 18);
    follow(12), follow(6), follow(0);
  }
}

std::string_view name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "UTF-8";
    case Encoding::gb18030:
      return "GB18030";
    case Encoding::utf16le:
    case Encoding::utf16be:
      return "UTF-16";
  }
  return "UTF-8";
}

std::optional<Encoding> encoding_named(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  if (plain == "utf8") return Encoding::utf8;
  if (plain == "gb18030" || plain == "gbk" || plain == "gb2312") return Encoding::gb18030;
  if (plain == "utf16" || plain == "utf16le") return Encoding::utf16le;
  if (plain == "utf16be") return Encoding::utf16be;
  return {};
}

void EncodingScan::feed(std::string_view bytes) {
  if (head_.size() < kMarkUtf8.size()) {
    head_ += bytes.substr(0, kMarkUtf8.size() - head_.size());
  }
  for (const char byte : bytes) feed(static_cast<unsigned char>(byte));
}

/// The well-formed byte sequences of the Unicode Standard, table 3-7.
void EncodingScan::feed(unsigned char byte) {
  if (more_ > 0) {
    const bool good = within(byte, low_, high_);
    low_ = 0x80, high_ = 0xBF;
    if (good) {
      if (--more_ == 0) ++good_;
      return;
    }
    ++faults_;
    more_ = 0;  // This byte may begin a character.
  }
  if (byte < 0x80) return;
  if (within(byte, 0xC2, 0xDF)) {
    more_ = 1;
  } else if (within(byte, 0xE0, 0xEF)) {
    more_ = 2;
    if (byte == 0xE0) low_ = 0xA0;
    if (byte == 0xED) high_ = 0x9F;
  } else if (within(byte, 0xF0, 0xF4)) {
    more_ = 3;
    if (byte == 0xF0) low_ = 0x90;
    if (byte == 0xF4) high_ = 0x8F;
  } else {
    ++faults_;
  }
}

Encoding EncodingScan::verdict() const {
  if (head_.starts_with(kMarkUtf8)) return Encoding::utf8;
  if (head_.starts_with(kMarkLittle)) return Encoding::utf16le;
  if (head_.starts_with(kMarkBig)) return Encoding::utf16be;
  const auto faults = faults_ + (more_ > 0 ? 1 : 0);
  constexpr std::size_t kGoodForEachFault = 9;
  return faults == 0 || good_ > faults * kGoodForEachFault ? Encoding::utf8 : Encoding::gb18030;
}

std::size_t EncodingScan::mark_size() const {
  if (head_.starts_with(kMarkUtf8)) return kMarkUtf8.size();
  if (head_.starts_with(kMarkLittle) || head_.starts_with(kMarkBig)) return kMarkLittle.size();
  return 0;
}

Result<EncodingScan> scan_encoding(Input& input) {
  if (auto back = input.seek(0); !back) return fail(back.error());
  EncodingScan scan;
  std::vector<char> piece(1u << 16);
  for (;;) {
    const auto got = input.read(piece.data(), piece.size());
    if (!got) return fail(got.error());
    if (*got == 0) return scan;
    scan.feed({piece.data(), *got});
  }
}

struct Gb18030::State {
  UConverter* converter = nullptr;
  std::vector<char16_t> units;
};

Gb18030::Gb18030() : state_(std::make_unique<State>()) {
  UErrorCode status = U_ZERO_ERROR;
  state_->converter = ucnv_open("gb18030", &status);
  ensure(U_SUCCESS(status) && state_->converter, "ICU knows GB18030");
  ucnv_setToUCallBack(state_->converter, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                      &status);
  ensure(U_SUCCESS(status), "ICU stops at what it can't read");
}

Gb18030::~Gb18030() { ucnv_close(state_->converter); }

std::optional<std::string> Gb18030::to_utf8(std::string_view bytes) {
  const bool ascii = std::all_of(bytes.begin(), bytes.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return std::string(bytes);
  UErrorCode status = U_ZERO_ERROR;
  auto& units = state_->units;
  units.resize(bytes.size() + 1);  // No character has more units than bytes.
  const auto n =
      ucnv_toUChars(state_->converter, units.data(), static_cast<std::int32_t>(units.size()),
                    bytes.data(), static_cast<std::int32_t>(bytes.size()), &status);
  if (U_FAILURE(status)) return {};
  std::string utf8;
  utf8.reserve(bytes.size() * 3 / 2);
  for (std::int32_t i = 0; i < n; ++i) {
    char32_t c = units[static_cast<std::size_t>(i)];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < n) {
      c = 0x10000 + ((c - 0xD800) << 10) + (units[static_cast<std::size_t>(++i)] - 0xDC00u);
    }
    append_utf8(utf8, c);
  }
  return utf8;
}

void Utf16Reader::feed(std::string_view bytes, std::string& utf8) {
  for (const char b : bytes) {
    const int byte = static_cast<unsigned char>(b);
    if (odd_ < 0) {
      odd_ = byte;
      continue;
    }
    const int value = big_endian_ ? odd_ << 8 | byte : byte << 8 | odd_;
    odd_ = -1;
    unit(static_cast<unsigned>(value), utf8);
  }
}

void Utf16Reader::unit(unsigned value, std::string& utf8) {
  const bool low = value >= 0xDC00 && value < 0xE000;
  if (high_half_ != 0) {
    if (low) {
      append_utf8(
          utf8, static_cast<char32_t>(0x10000 + ((high_half_ - 0xD800) << 10) + (value - 0xDC00)));
      high_half_ = 0;
      return;
    }
    utf8 += '\xFF';
    high_half_ = 0;
  }
  if (value >= 0xD800 && value < 0xDC00) {
    high_half_ = value;
  } else if (low) {
    utf8 += '\xFF';
  } else {
    append_utf8(utf8, static_cast<char32_t>(value));
  }
}

void Utf16Reader::end(std::string& utf8) {
  if (odd_ >= 0 || high_half_ != 0) utf8 += '\xFF';
  odd_ = -1;
  high_half_ = 0;
}

}  // namespace linli::tables

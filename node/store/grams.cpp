#include "node/store/grams.h"

#include <algorithm>
#include <new>

#include "crypto/result.h"
#include "node/store/folding.h"

namespace linli::store {
namespace {

constexpr std::size_t kGram = 3;       ///< Characters of the longest token.
constexpr std::size_t kCoverMax = 24;  ///< More cost more than they rule out.

/// Folded text as UTF-8, with the byte at which each character begins, and the end.
struct Bytes {
  std::string text;
  std::vector<std::size_t> starts;
};

Bytes bytes_of(std::u32string_view characters) {
  Bytes bytes;
  bytes.text = utf8_of(characters);
  bytes.starts.reserve(characters.size() + 1);
  for (std::size_t at = 0; at < bytes.text.size(); ++at) {
    if ((static_cast<unsigned char>(bytes.text[at]) & 0xc0U) != 0x80U) bytes.starts.push_back(at);
  }
  bytes.starts.push_back(bytes.text.size());
  return bytes;
}

/// Cuts one text. `Emit`: int(std::string_view token, int start, int end), 0 to go on.
template <class Emit>
class Cutter {
 public:
  Cutter(const FoldedText& text, Emit& emit)
      : text_(text),
        bytes_(bytes_of(text.characters)),
        emit_(emit),
        title_end_(text.characters.find(kValueEnd)) {}

  /// Answers 0, or what `Emit` stopped with.
  int cut() {
    for (std::size_t at = 0; stopped_ == 0 && at < text_.characters.size(); ++at) {
      if (!letter_at(at)) continue;
      send(at, at + 1);
      if (letter_at(at + 1)) {
        send(at, at + 2);
        if (letter_at(at + 2)) send(at, at + 3);
      } else if (gap_at(at + 1)) {
        send(at, at + 3);  // Behind a gap there is always a letter.
      }
    }
    return stopped_;
  }

 private:
  [[nodiscard]] bool gap_at(std::size_t at) const {
    return at < text_.characters.size() && text_.characters[at] == kGap;
  }
  [[nodiscard]] bool letter_at(std::size_t at) const {
    return at < text_.characters.size() && text_.characters[at] != kGap &&
           text_.characters[at] != kValueEnd;
  }
  void send(std::size_t from, std::size_t to) {
    if (stopped_ != 0) return;
    const auto first = bytes_.starts[from], last = bytes_.starts[to];
    const std::string_view token(bytes_.text.data() + first, last - first);
    const auto start = static_cast<int>(text_.starts[from]);
    const auto end = static_cast<int>(text_.ends[to - 1]);
    stopped_ = emit_(token, start, end);
    if (stopped_ != 0 || title_end_ == std::u32string::npos || to > title_end_) return;
    std::string marked(1, kTitleMark);
    marked += token;
    stopped_ = emit_(std::string_view(marked), start, end);
  }

  const FoldedText& text_;
  const Bytes bytes_;
  Emit& emit_;
  const std::size_t title_end_;
  int stopped_ = 0;
};

// ---- FTS5 -------------------------------------------------------------------------------------

int create_tokenizer(void*, const char**, int, Fts5Tokenizer** out) {
  static char nothing = 0;  // It has no state, but FTS5 wants an address.
  *out = reinterpret_cast<Fts5Tokenizer*>(&nothing);
  return SQLITE_OK;
}

void delete_tokenizer(Fts5Tokenizer*) {}

using TokenCallback = int (*)(void*, int, const char*, int, int, int);

int tokenize(Fts5Tokenizer*, void* context, int flags, const char* text, int size,
             TokenCallback callback) noexcept {
  if ((flags & FTS5_TOKENIZE_QUERY) != 0) return callback(context, 0, text, size, 0, size);
  auto emit = [&](std::string_view token, int start, int end) {
    return callback(context, 0, token.data(), static_cast<int>(token.size()), start, end);
  };
  try {
    const auto folded = fold({text, static_cast<std::size_t>(size)});
    return Cutter(folded, emit).cut();
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  } catch (const std::exception&) {
    return SQLITE_ERROR;
  }
}

fts5_api* api_of(sqlite3* db) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  ensure(sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK, "FTS5");
  sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  ensure(api != nullptr, "FTS5 gives its interface");
  return api;
}

// ---- Literals -----------------------------------------------------------------------------------

/// Tokens of one run without a gap. `beside`: a token over a gap has its only character already.
void cover_run(std::u32string_view run, bool beside, std::vector<std::string>& tokens) {
  if (run.size() <= kGram) {
    if (run.size() > 1 || !beside) tokens.push_back(utf8_of(run));
    return;
  }
  // Side by side, and the last three: no two say the same, and together they are everything.
  for (std::size_t at = 0; at + kGram < run.size(); at += kGram) {
    tokens.push_back(utf8_of(run.substr(at, kGram)));
  }
  tokens.push_back(utf8_of(run.substr(run.size() - kGram)));
}

}  // namespace

void register_tokenizer(sqlite3* db) {
  auto* api = api_of(db);
  fts5_tokenizer functions{create_tokenizer, delete_tokenizer, tokenize};
  ensure(api->xCreateTokenizer(api, "linli", nullptr, &functions, nullptr) == SQLITE_OK,
         "registering the tokenizer");
}

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  auto emit = [&](std::string_view token, int, int) {
    tokens.emplace_back(token);
    return 0;
  };
  const auto folded = fold(text);
  Cutter(folded, emit).cut();
  return tokens;
}

std::vector<std::string> cover(std::u32string_view literal) {
  std::vector<std::string> tokens;
  const bool gaps = literal.find(kGap) != std::u32string_view::npos;
  for (std::size_t at = 0; at < literal.size();) {
    const auto end = std::min(literal.find(kGap, at), literal.size());
    cover_run(literal.substr(at, end - at), gaps, tokens);
    if (end + 1 < literal.size()) tokens.push_back(utf8_of(literal.substr(end - 1, kGram)));
    at = end + 1;
  }
  if (tokens.size() > kCoverMax) tokens.resize(kCoverMax);
  return tokens;
}

}  // namespace linli::store

#include "node/store/search_marks.h"

#include <algorithm>

namespace linli::store {
namespace {

/// Where each character begins, and the end.
std::vector<std::size_t> starts_of(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U) starts.push_back(at);
  }
  starts.push_back(text.size());
  return starts;
}

}  // namespace

std::vector<Mark> marks_in(const std::vector<Term>& terms, const SearchedValue& value) {
  const auto folded = fold(value.text);
  const auto starts = starts_of(value.text);
  const auto character_at = [&](std::size_t byte) {
    return static_cast<std::size_t>(std::lower_bound(starts.begin(), starts.end(), byte) -
                                    starts.begin());
  };
  std::vector<Mark> marks;
  for (const auto& term : terms) {
    for (const auto& match : matches_in(term, value, folded)) {
      marks.push_back(
          {character_at(folded.starts[match.begin]), character_at(folded.ends[match.end - 1])});
    }
  }
  std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::vector<Mark> apart;
  for (const auto& mark : marks) {
    if (!apart.empty() && mark.begin <= apart.back().end) {
      apart.back().end = std::max(apart.back().end, mark.end);
    } else {
      apart.push_back(mark);
    }
  }
  return apart;
}

Snippet snippet(std::string_view text, const std::vector<Mark>& marks, std::size_t width) {
  const auto starts = starts_of(text);
  const auto size = starts.size() - 1;
  if (size <= width) return {std::string(text), marks};
  const auto match = marks.empty() ? 0 : std::min(marks.front().begin, size);
  // A third before the match, so that it reads as part of a sentence.
  const auto begin = std::min(match - std::min(match, width / 3), size - width);
  const auto end = begin + width;
  Snippet cut{std::string(text.substr(starts[begin], starts[end] - starts[begin])), {}};
  const std::size_t shift = begin > 0 ? 1 : 0;  // The "…" before it.
  if (begin > 0) cut.text.insert(0, "…");
  if (end < size) cut.text += "…";
  for (const auto& mark : marks) {
    if (mark.end <= begin || mark.begin >= end) continue;
    cut.marks.push_back(
        {std::max(mark.begin, begin) - begin + shift, std::min(mark.end, end) - begin + shift});
  }
  return cut;
}

std::string emphasised(const Snippet& snippet, std::string_view before, std::string_view behind) {
  const auto starts = starts_of(snippet.text);
  std::string text;
  std::size_t at = 0;
  const auto take = [&](std::size_t until) {
    text.append(snippet.text, starts[at], starts[until] - starts[at]);
    at = until;
  };
  for (const auto& mark : snippet.marks) {
    if (mark.begin < at || mark.end >= starts.size()) continue;
    take(mark.begin);
    text += before;
    take(mark.end);
    text += behind;
  }
  take(starts.size() - 1);
  return text;
}

}  // namespace linli::store

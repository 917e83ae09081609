#include "node/store/search_find.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "node/store/search_expression.h"
#include "node/store/table.h"

namespace linli::store {
namespace {

constexpr double kSaturation = 1.2, kLengthShare = 0.75;  // k1 and b of BM25.
constexpr double kPinyinWeight = 0.6,
                 kNearWeight = 0.3;          // A place that is read so, not written so.
constexpr std::int64_t kCountedMax = 2'000;  // More says "common", too.
constexpr double kScoreUnit = 1e6;
constexpr auto kNewest = std::numeric_limits<std::int64_t>::max();

// ---- What the indexes propose -------------------------------------------------------------------

/// Record numbers of both indexes, greatest first, from `from` down. One at a time.
class Proposals {
 public:
  Proposals(Database& db, const std::string& expression, std::int64_t from)
      : lists_{list(db, "search", expression, from),
               list(db, "search_erasable", expression, from)} {
    for (auto& each : lists_) each.advance();
  }
  std::optional<std::int64_t> next() {
    auto& greater = lists_[0].head >= lists_[1].head ? lists_[0] : lists_[1];
    const auto rec = greater.head;
    if (rec) greater.advance();
    return rec;
  }

 private:
  struct List {
    Statement rows;
    std::optional<std::int64_t> head = {};
    void advance() { head = rows.step() ? std::optional(rows.integer(0)) : std::nullopt; }
  };
  static List list(Database& db, const std::string& index, const std::string& expression,
                   std::int64_t from) {
    List made{db.prepare("SELECT rowid FROM " + index + " WHERE " + index +
                         " MATCH ?1 AND rowid <= ?2 ORDER BY rowid DESC")};
    made.rows.bind_text(1, expression).bind(2, from);
    return made;
  }
  std::array<List, 2> lists_;
};

// ---- What the texts say
// ---------------------------------------------------------------------------

/// A record that holds every term: how often each, and how long it is.
struct Candidate {
  std::int64_t rec = 0;
  std::vector<double> counts;
  double length = 0;
  bool in_title = false;
  std::int64_t score = 0;
};

double weight_of(const Match& match, bool title) {
  const double how = match.how == Match::How::literal  ? 1
                     : match.how == Match::How::pinyin ? kPinyinWeight
                                                       : kNearWeight;
  return title ? how * kTitleWeight : how;
}

std::optional<Candidate> judge(std::int64_t rec, const std::vector<Term>& terms,
                               const TextsOf& texts) {
  const auto values = texts(rec);
  if (!values) return std::nullopt;
  Candidate candidate{rec, std::vector<double>(terms.size(), 0), 0, false, 0};
  for (const auto& value : *values) {
    const auto folded = fold(value.text);
    candidate.length += static_cast<double>(folded.characters.size());
    for (std::size_t i = 0; i < terms.size(); ++i) {
      for (const auto& match : matches_in(terms[i], value, folded)) {
        candidate.counts[i] += weight_of(match, value.title);
        candidate.in_title |= value.title;
      }
    }
  }
  const auto& counts = candidate.counts;
  const bool all = std::all_of(counts.begin(), counts.end(), [](double n) { return n > 0; });
  return all ? std::optional(std::move(candidate)) : std::nullopt;
}

// ---- Ranking ----------------------------------------------------------------------------------

/// How much a term says: the rarer, the more. One term alone says what it says.
std::vector<double> rarity(Database& db, const Expressions& asked, std::int64_t newest) {
  std::vector<double> weights(asked.terms.size(), 1);
  if (weights.size() < 2) return weights;
  auto& count = db.cached(
      "SELECT (SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ?1"
      " AND rowid <= ?3 LIMIT ?2)) + (SELECT count(*) FROM (SELECT 1 FROM search_erasable"
      " WHERE search_erasable MATCH ?1 AND rowid <= ?3 LIMIT ?2))");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    count.bind_text(1, asked.terms[i]).bind(2, kCountedMax).bind(3, newest).step();
    const auto found = static_cast<double>(count.integer(0));
    count.reset();
    // Record numbers run on: they say about how many there are.
    const auto all = std::max(found, static_cast<double>(newest / kTypesMax));
    weights[i] = std::log(1 + (all - found + 0.5) / (found + 0.5));
  }
  return weights;
}

/// BM25; lengths compare with the mean of those that are ranked.
void rank(std::vector<Candidate>& candidates, const std::vector<double>& rarities) {
  double mean = 0;
  for (const auto& each : candidates) mean += each.length;
  mean = std::max(mean / static_cast<double>(std::max<std::size_t>(candidates.size(), 1)), 1.0);
  for (auto& each : candidates) {
    const auto damp = kSaturation * (1 - kLengthShare + kLengthShare * each.length / mean);
    double score = 0;
    for (std::size_t i = 0; i < rarities.size(); ++i) {
      score += rarities[i] * each.counts[i] * (kSaturation + 1) / (each.counts[i] + damp);
    }
    each.score = std::llround(score * kScoreUnit);
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.rec > b.rec;
  });
}

// ---- Pages --------------------------------------------------------------------------------------

/// Where a page ended. `score`: among the ranked, behind (score, rec); else among the others, which
/// are older than `floor`, behind rec.
struct Place {
  bool near = false;
  std::int64_t newest = kNewest;  ///< When the first page was asked for.
  std::optional<std::int64_t> score = {};
  std::int64_t rec = kNewest;
};

std::string name_of(const SearchWish& wish) {
  return crypto::to_hex(crypto::hash({"linli/search/1", wish.typed, wish.filters}).view())
      .substr(0, 12);
}

std::string write_cursor(const SearchWish& wish, const Place& place) {
  return name_of(wish) + '.' + (place.near ? '1' : '0') + '.' + std::to_string(place.newest) + '.' +
         (place.score ? std::to_string(*place.score) : "") + '.' + std::to_string(place.rec);
}

std::optional<std::int64_t> number(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::int64_t n = 0;
  for (const auto c : text) {
    if (c < '0' || c > '9' || n > (kNewest - 9) / 10) return std::nullopt;
    n = n * 10 + (c - '0');
  }
  return n;
}

std::optional<Place> read_cursor(const SearchWish& wish) {
  std::vector<std::string_view> parts;
  for (auto rest = wish.cursor;;) {
    const auto dot = rest.find('.');
    parts.push_back(rest.substr(0, dot));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (parts.size() != 5 || parts[0] != name_of(wish)) return std::nullopt;
  if (parts[1] != "0" && parts[1] != "1") return std::nullopt;
  const auto newest = number(parts[2]), score = number(parts[3]), rec = number(parts[4]);
  if (!newest || !rec || (!score && !parts[3].empty())) return std::nullopt;
  return Place{parts[1] == "1", *newest, score, *rec};
}

/// One question to one state of the store.
class Finding {
 public:
  Finding(Database& db, const SearchWish& wish, const TextsOf& texts, Place place)
      : db_(db), wish_(wish), texts_(texts), place_(place) {}

  SearchPage page() {
    page_.near = place_.near;
    page_.terms = parse_query(wish_.typed);
    if (place_.near) add_near(page_.terms);
    PinyinIndex pinyin(db_);
    auto asked = wish_.limit > 0 ? expressions(pinyin, page_.terms) : std::nullopt;
    if (!asked) return std::move(page_);
    asked_ = std::move(*asked);
    gather();
    if (candidates_.empty()) return std::move(page_);
    if (!place_.score && place_.rec != kNewest) {
      add_others(place_.rec - 1);
    } else if (add_ranked()) {
      add_others(floor_ - 1);
    }
    return std::move(page_);
  }

 private:
  /// Those that are ranked: the newest, and if there are more of them, the newest titles beyond.
  void gather() {
    Proposals proposals(db_, asked_.all, place_.newest);
    while (const auto rec = proposals.next()) {
      auto candidate = judge(*rec, page_.terms, texts_);
      if (!candidate) continue;
      if (candidates_.empty() && place_.newest == kNewest) place_.newest = *rec;
      if (candidates_.size() == kRankedMax) {
        more_ = true;
        break;
      }
      floor_ = *rec;
      candidates_.push_back(std::move(*candidate));
    }
    if (!more_) return;
    Proposals titles(db_, asked_.titles, floor_ - 1);
    while (titles_.size() < kRankedTitlesMax) {
      const auto rec = titles.next();
      if (!rec) break;
      auto candidate = judge(*rec, page_.terms, texts_);
      if (!candidate || !candidate->in_title) continue;
      titles_.push_back(*rec);
      candidates_.push_back(std::move(*candidate));
    }
  }

  /// True: all of them are on this page or one before, and there is room for others.
  bool add_ranked() {
    rank(candidates_, rarity(db_, asked_, place_.newest));
    for (const auto& each : candidates_) {
      const bool before = place_.score && (each.score > *place_.score ||
                                           (each.score == *place_.score && each.rec >= place_.rec));
      if (before) continue;
      if (full(last_)) return false;
      page_.recs.push_back(each.rec);
      last_ = {place_.near, place_.newest, each.score, each.rec};
    }
    return more_;
  }

  void add_others(std::int64_t from) {
    Proposals proposals(db_, asked_.all, from);
    while (const auto rec = proposals.next()) {
      if (std::binary_search(titles_.rbegin(), titles_.rend(), *rec)) continue;
      if (!judge(*rec, page_.terms, texts_)) continue;
      if (full(last_)) return;
      page_.recs.push_back(*rec);
      last_ = {place_.near, place_.newest, std::nullopt, *rec};
    }
  }

  /// True: there is one more than fits; the next page begins behind `last`.
  bool full(const Place& last) {
    if (page_.recs.size() < wish_.limit) return false;
    page_.next_cursor = write_cursor(wish_, last);
    return true;
  }

  Database& db_;
  const SearchWish& wish_;
  const TextsOf& texts_;
  Place place_, last_ = {};
  Expressions asked_;
  SearchPage page_;
  std::vector<Candidate> candidates_;
  std::vector<std::int64_t> titles_;  ///< Older than `floor_` and ranked; falling.
  std::int64_t floor_ = kNewest;
  bool more_ = false;
};

}  // namespace

Result<SearchPage> find(Database& db, const SearchWish& wish, const TextsOf& texts) {
  Place place;
  if (!wish.cursor.empty()) {
    const auto read = read_cursor(wish);
    if (!read) {
      return fail(Errc::bad_value,
                  "不是这次检索的续页 not a cursor of these words and filters: ask for the first "
                  "page again",
                  "cursor");
    }
    place = *read;
  }
  auto page = Finding(db, wish, texts, place).page();
  if (!page.recs.empty() || !wish.cursor.empty() || wish.limit == 0) return page;
  place.near = true;
  auto near = Finding(db, wish, texts, place).page();
  return near.recs.empty() ? std::move(page) : std::move(near);
}

}  // namespace linli::store

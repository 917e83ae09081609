#include "node/model/draw.h"

#include <algorithm>
#include <utility>

namespace linli::model {

std::uint64_t DrawNumbers::next() {
  constexpr std::size_t kWord = 8;
  if (used_ == crypto::Hash::size()) {
    const auto number = std::to_string(++blocks_);
    block_ = crypto::hash({"linli/draw/1\n", seed_, "\n", what_, "\n", number, "\n"});
    used_ = 0;
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < kWord; ++i) word = word << 8 | block_.data[used_ + i];
  used_ += kWord;
  return word;
}

std::uint64_t DrawNumbers::below(std::uint64_t n) {
  ensure(n > 0, "something is drawn from nothing");
  // The first 2^64 mod n numbers are passed over: a whole number of rounds of n is left.
  const auto passed_over = (0 - n) % n;
  for (;;) {
    const auto word = next();
    if (word >= passed_over) return word % n;
  }
}

std::vector<std::string> draw(std::vector<std::string> pool, std::size_t count,
                              std::string_view seed, std::string_view what) {
  std::sort(pool.begin(), pool.end());
  DrawNumbers numbers(seed, what);
  count = std::min(count, pool.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = i + static_cast<std::size_t>(numbers.below(pool.size() - i));
    std::swap(pool[i], pool[at]);
  }
  pool.resize(count);
  return pool;
}

std::vector<DrawnVisit> draw_visits(const std::vector<std::string>& compounds, std::size_t count,
                                    const std::vector<std::string>& inspectors, std::size_t each,
                                    std::string_view seed) {
  if (each == 0 || inspectors.size() < each) return {};
  const auto order = draw(inspectors, inspectors.size(), seed, "inspectors");
  std::vector<DrawnVisit> visits;
  std::size_t turn = 0;
  for (auto& compound : draw(compounds, count, seed, "compounds")) {
    DrawnVisit visit{std::move(compound), {}};
    for (std::size_t i = 0; i < each; ++i) {
      visit.inspectors.push_back(order[turn]);
      turn = (turn + 1) % order.size();
    }
    visits.push_back(std::move(visit));
  }
  return visits;
}

}  // namespace linli::model

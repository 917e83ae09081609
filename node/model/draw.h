// node/model/draw.h: drawing by lot (双随机, domain 2.6) so that anybody can do it again: from a
// pool and a published seed the same list follows everywhere. DRAW.md says the rule in words.
// Integers and BLAKE2b only; no remainder is favoured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"

namespace linli::model {

/// An endless row of numbers that follow from a seed and from what is drawn.
class DrawNumbers {
 public:
  DrawNumbers(std::string_view seed, std::string_view what) : seed_(seed), what_(what) {}
  /// 0 … n−1, each as likely as the others. `n` at least 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t n);

 private:
  [[nodiscard]] std::uint64_t next();

  std::string seed_, what_;
  std::uint64_t blocks_ = 0;
  crypto::Hash block_{};
  std::size_t used_ = crypto::Hash::size();
};

/// `count` of the pool (all, if it has fewer), in the order in which they are drawn. The pool's own
/// order doesn't matter: it is sorted by its bytes first. It must name nobody twice.
[[nodiscard]] std::vector<std::string> draw(std::vector<std::string> pool, std::size_t count,
                                            std::string_view seed, std::string_view what);

struct DrawnVisit {
  std::string compound;
  std::vector<std::string> inspectors;
};
/// Compounds by lot, and for each `each` inspectors: they are put into an order by lot too and go
/// round, so that nobody visits more than one compound more than another. Nothing, if there are
/// fewer than `each` of them.
[[nodiscard]] std::vector<DrawnVisit> draw_visits(const std::vector<std::string>& compounds,
                                                  std::size_t count,
                                                  const std::vector<std::string>& inspectors,
                                                  std::size_t each, std::string_view seed);

}  // namespace linli::model

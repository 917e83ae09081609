// node/portions.h: how much of an exchange to put into one request, by the line's pace.
#pragma once

#include <chrono>
#include <cstddef>

namespace linli::node {

/// A portion that is under way when a line breaks is lost whole, and each one costs a round trip:
/// so it should take much longer than a round trip, and much less than from one cut to the next.
///
/// Begins small, and goes to what the line carries in an eighth of the time that it lately stayed
/// whole, or in `kAimMost` if that is less. Pure: told what happened, never asks a clock. One for
/// each line; not thread-safe.
class Portions {
 public:
  using Took = std::chrono::milliseconds;
  static constexpr std::size_t kFirst = 32u << 10, kLeast = 8u << 10;
  static constexpr Took kAimFirst{2'500}, kAimMost{20'000}, kAimLeast{1'000};

  /// Bytes of objects for the next request, each way; before compression.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// What it should take.
  [[nodiscard]] Took aim() const { return aim_; }

  /// A request with `bytes` of objects, to or fro, was answered after `took`.
  void arrived(std::size_t bytes, Took took);
  /// The line broke, or was found broken, `took` after a request with `bytes` of objects began.
  void cut(std::size_t bytes, Took took);

 private:
  [[nodiscard]] std::size_t fitting() const;

  std::size_t size_ = kFirst;
  std::size_t pace_ = 0;  ///< Bytes a second; 0: not known.
  Took aim_ = kAimFirst;
  Took whole_{0};  ///< Since the last cut, as far as answers came.
};

}  // namespace linli::node

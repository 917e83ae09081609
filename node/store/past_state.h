// node/store/past_state.h: the records as they stood at an earlier position of the log, made anew
// beside the real thing (like verify's), so that a figure can be shown to be what it was.
//
// In a nameless file that goes with its owner. Values outside the signed bytes (I10) are left out:
// figures are made of none. Cost: projecting the log up to that position.
#pragma once

#include <map>
#include <memory>

#include "node/store/store.h"

namespace linli::store {

/// Of each feed up to this number: the same on every node that has them.
using Included = std::map<sync::FeedId, std::uint64_t>;

/// CBOR array of feed, number, feed, number, …, by feed.
[[nodiscard]] std::string encode_included(const Included& included);
/// Errors: malformed.
[[nodiscard]] Result<Included> decode_included(std::string_view bytes);
/// The change sets here that figures of this scope can come from: those written within it, and what
/// is published from above it.
[[nodiscard]] Included included_now(Database& db, std::string_view scope);

class PastState {
 public:
  /// As it was when `arrival` was the newest here. Later receipts and rulings on what was here are
  /// left out, too. Errors: bad_value (no such position), not_found (a snapshot has taken the place
  /// of change sets from before it), io, disk_full.
  [[nodiscard]] static Result<std::unique_ptr<PastState>> at(Store& store, std::int64_t arrival,
                                                             const Progress& progress);
  /// What the included change sets add up to, by what is known of each today. Errors: not_found
  /// (not all of them are here), io, disk_full.
  [[nodiscard]] static Result<std::unique_ptr<PastState>> of(Store& store, const Included& included,
                                                             const Progress& progress);

  /// The projections of then, and `scope`; no log.
  [[nodiscard]] Database& db() { return *made_; }
  /// The log of now, whose table `log` shows only what belongs to that state.
  [[nodiscard]] Database& log_db() { return *source_; }

 private:
  PastState() = default;
  [[nodiscard]] static Result<std::unique_ptr<PastState>> open(Store& store);
  void shadow(const std::string& condition);
  void project(const Progress& progress);

  std::unique_ptr<Database> source_, made_;
  std::unique_ptr<Transaction> snapshot_;  ///< Of the source; ends before it.
};

}  // namespace linli::store

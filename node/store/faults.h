// node/store/faults.h: what verify found wrong, whom and what it concerns, and what helps. Codes
// and parts; the words for people are node/told_faults.h's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/store/log.h"

namespace linli::store {

/// What a person should do.
enum class Remedy {
  rebuild,     ///< The log is whole, what was worked out of it isn't: `linli rebuild`.
  begin_anew,  ///< The hub has confirmed it: joining anew brings it back.
  save_first,  ///< It isn't known to be anywhere else: look for a backup, or ask its author.
  restore,     ///< This is the hub: its newest backup; the nodes give back what came later.
  fetch,       ///< An attachment: it is fetched once its broken file is out of the way.
};
[[nodiscard]] std::string_view name_of(Remedy remedy);

/// Where something is wrong; `VerifyFault::name` says which one.
enum class FaultPlace {
  log,         ///< An entry of the log, by its arrival number.
  feed,        ///< By the first 16 digits of its id.
  table,       ///< A table or an index, by its name.
  waiting,     ///< An object that waits, by its number.
  checkpoint,  ///< A head of the history that is kept, by its origin.
  history,     ///< The leaves of the hub's history and the tree over them.
  attachment,  ///< By its hash.
  node,        ///< The node's own trust and tree.
};

/// What is wrong. In brackets: its parts; "reason": VerifyFault::reason says why.
enum class FaultKind {
  unreadable,               ///< The entry can't be read (reason).
  other_bytes,              ///< Not the bytes that were accepted.
  author_unproven,          ///< Its signature or its certificate doesn't hold (reason).
  not_allowed,              ///< Its author wasn't allowed to write it (reason).
  other_feed,               ///< It stands in another feed than it names.
  chain_broken,             ///< It doesn't follow what is before it (reason).
  snapshot_foreign,         ///< A snapshot that isn't the hub's (reason).
  snapshot_otherwise,       ///< Not the change set that the snapshot stands for.
  value_fits_nothing,       ///< A value of a snapshot that fits no commitment.
  value_otherwise,          ///< A value doesn't fit its commitment (number; reason).
  value_erased_held,        ///< A value is there that was erased (number).
  value_lost,               ///< A value that was written here is gone, and wasn't erased (number).
  value_without_opening,    ///< A value is shown, and what opens its commitment is gone (field).
  erased_forgotten,         ///< The table of erased values doesn't know what this entry erased.
  receipt_foreign,          ///< Not the hub's (reason).
  receipt_of_missing_sets,  ///< For change sets that aren't here.
  receipt_otherwise,        ///< For other change sets than those that are here.
  tree_unsigned,            ///< The tree over the log isn't the one that was signed.
  ruling_foreign,           ///< Not the hub's (reason).
  fork_unproven,            ///< Not a proof of two change sets (reason).
  fork_misfiled,            ///< A proof under another feed's name.
  condensed_otherwise,      ///< Counts as condensed, but not by the snapshots held.
  clock_otherwise,          ///< What is kept of a clock isn't what receipts say (number).
  standing_otherwise,       ///< Whether it counts isn't what rulings say (number).
  receipt_not_held,         ///< Counts as confirmed, but not by the receipts held.
  receipt_time_otherwise,   ///< When it was confirmed isn't what the receipts say.
  end_otherwise,            ///< The feed's end isn't what the log holds.
  waiting_otherwise,        ///< Not the object that it is called.
  head_unproven,            ///< A kept head of the history doesn't hold (reason).
  head_misfiled,            ///< Kept under another size or origin than was signed.
  head_gone,                ///< The hub's history was checked, and no head of it is kept.
  history_otherwise,        ///< A leaf, or the tree over the leaves, is wrong (where).
  tree_otherwise,           ///< The tree kept isn't the tree over the log.
  enrolment_unproven,       ///< A certificate got at enrolment doesn't reach the root.
  own_unproven,             ///< The node's own certificate doesn't reach the root.
  table_differs,            ///< Not what the log adds up to (rows here; rows by the log).
  table_unreadable,         ///< (reason)
  file_gone,                ///< An attachment's file isn't there.
  file_size_otherwise,      ///< It has another size.
  file_otherwise,           ///< Its content isn't what its name says.
  file_unreadable,          ///< (reason)
  part_short,               ///< Of one on its way in less is there than was taken.
  copy_incomplete,          ///< A rehearsed copy holds another number of change sets (has; should).
};
inline constexpr auto kLastFaultKind = FaultKind::copy_incomplete;
[[nodiscard]] std::string_view name_of(FaultKind kind);  ///< "other_bytes".
[[nodiscard]] std::string_view name_of(FaultPlace place);

struct VerifyFault {
  FaultPlace place = FaultPlace::node;
  std::string name{};  ///< Of the place; empty: there is but one.
  FaultKind kind = FaultKind::unreadable;
  std::vector<std::string> parts{};
  std::optional<Error> reason{};
  std::int64_t arrival = 0;  ///< Of the entry in the log; 0: none.
  Remedy remedy = Remedy::begin_anew;
  /// One line for logs: "log 12: author_unproven: bad_signature: …". found() writes it.
  std::string what{};

  // Filled in by explain(), as far as the database still tells.
  std::string change_set{};            ///< Its hash, hexadecimal; empty: no change set.
  std::uint64_t number = 0;            ///< In its author's feed.
  std::string author_id{}, author{};   ///< Hexadecimal; the name in its certificate.
  std::vector<std::string> records{};  ///< "inspection 0190d3a2-…": at most kRecordsNamed.
  std::size_t records_left_out = 0;
};
inline constexpr std::size_t kRecordsNamed = 8;

/// The same, with its line for logs.
[[nodiscard]] VerifyFault found(VerifyFault fault);

class People;
/// Says whose change set it is, which records it changed, and what helps. `at_hub`: this node gives
/// the receipts. Reads what the tables say, not the entry itself: that one can't be trusted.
void explain(Log& log, const People& people, bool at_hub, VerifyFault& fault);

}  // namespace linli::store

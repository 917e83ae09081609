// Whether what is kept of clocks, of what counts and of what is confirmed is what the signed words
// say.
#include <algorithm>

#include "node/store/verify_walk.h"

namespace linli::store::verifying {

/// Does a set that the hub hasn't spoken of lie beyond the end of its key?
bool Walk::after_its_end(store::Log& log, std::int64_t arrival, const Hash& hash) const {
  if (revocations.keys().empty()) return false;
  try {
    const auto loaded = log.load(arrival);
    const auto* writer = book.find(loaded->set.certificate);
    return writer && revocations.against(*writer, loaded->feed, loaded->set.seq, hash) != nullptr;
  } catch (const DatabaseError&) {
    return false;  // It can't be read, and was named for that.
  }
}

/// Is what is kept of each set's clock, and whether it counts, what receipts and rulings say?
void Walk::standings(store::Log& log) {
  (void)revocations.prove(book);
  auto feeds = log.database().prepare("SELECT id, feed FROM feed ORDER BY id");
  while (feeds.step()) standing_of_feed(sync::FeedId::of(feeds.blob(1)), log, feeds.integer(0));
}

void Walk::standing_of_feed(const sync::FeedId& feed, store::Log& log, std::int64_t number) {
  auto& db = log.database();
  const auto hub_took = confirmed[feed];
  auto& receipts = told[feed];
  std::sort(receipts.begin(), receipts.end(),
            [](const Told& a, const Told& b) { return a.from < b.from; });
  std::size_t next = 0;
  std::vector<const Told*> open;  // Those that cover the number at hand: hardly ever two.
  auto sets = db.prepare(
      "SELECT seq, hash, trusted, standing, arrival FROM log WHERE feed = ?1 AND kind = 1 ORDER BY "
      "seq");
  sets.bind(1, number);
  while (sets.step()) {
    const auto seq = static_cast<std::uint64_t>(sets.integer(0));
    while (next < receipts.size() && receipts[next].from <= seq) open.push_back(&receipts[next++]);
    std::erase_if(open, [&](const Told* told_so) { return told_so->to < seq; });
    const auto first = std::min_element(open.begin(), open.end(),
                                        [](auto* a, auto* b) { return a->given < b->given; });
    const bool flagged = first != open.end() && std::binary_search((*first)->flagged.begin(),
                                                                   (*first)->flagged.end(), seq);
    const auto bad = [&](FaultKind kind) {
      note({.place = FaultPlace::feed,
            .name = crypto::to_hex(feed.view()).substr(0, 16),
            .kind = kind,
            .parts = {std::to_string(seq)},
            .arrival = sets.integer(4)});
    };
    if (flagged != (sets.integer(2) == 0)) {
      bad(FaultKind::clock_otherwise);
    }
    const auto standing = static_cast<Standing>(sets.integer(3));
    if (standing == Standing::unread || standing == Standing::refused) continue;
    Ruled on;
    if (const auto here = ruled.find({feed, seq}); here != ruled.end()) {
      on = here->second[Hash::of(sets.blob(1))];
    }
    std::optional<sync::Micros> taken;
    for (const auto* receipt : open) taken = std::min(taken.value_or(receipt->time), receipt->time);
    bool held = on.held_at && !on.approved && !(taken && *taken < *on.held_at);
    if (!on.held_at && !on.approved && !receipting && seq > hub_took) {
      held = after_its_end(log, sets.integer(4), Hash::of(sets.blob(1)));
    }
    if (held != (standing == Standing::held)) {
      bad(FaultKind::standing_otherwise);
    }
  }
}

/// Where each feed ends, how far the hub confirmed it, and when.
void Walk::confirmations(Database& db) {
  auto feeds = db.prepare(
      "SELECT feed, tip_seq, tip_hash, receipted_seq, receipted_at FROM feed WHERE tip_seq > 0");
  while (feeds.step()) {
    const auto feed = sync::FeedId::of(feeds.blob(0));
    const auto up_to = confirmed.find(feed);
    const auto seq = static_cast<std::uint64_t>(feeds.integer(3));
    if (seq != (up_to == confirmed.end() ? 0 : up_to->second)) {
      feed_fault(db, feeds.blob(0), FaultKind::receipt_not_held);
    } else if (!was_confirmed_at(feed, seq, feeds.integer(4))) {
      feed_fault(db, feeds.blob(0), FaultKind::receipt_time_otherwise);
    }
    const auto tip = tips.find(feed);
    if (tip == tips.end() || tip->second.seq != static_cast<std::uint64_t>(feeds.integer(1)) ||
        tip->second.hash != Hash::of(feeds.blob(2))) {
      feed_fault(db, feeds.blob(0), FaultKind::end_otherwise);
    }
  }
}

/// Does a receipt up to that number say so? Where none is held, or a snapshot stands for it, which
/// may have been another one by then, anything may be right.
bool Walk::was_confirmed_at(const sync::FeedId& feed, std::uint64_t seq, sync::Micros at) const {
  const auto receipts = told.find(feed);
  if (receipts == told.end()) return true;
  if (const auto cut = covered.find(feed); cut != covered.end() && cut->second.seq >= seq) {
    return true;
  }
  bool any = false;
  for (const auto& receipt : receipts->second) {
    if (receipt.to != seq) continue;
    if (receipt.time == at) return true;
    any = true;
  }
  return !any;
}

}  // namespace linli::store::verifying

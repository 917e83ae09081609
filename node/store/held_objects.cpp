#include "node/store/held_objects.h"

#include <algorithm>

#include "node/store/reading_detail.h"
#include "node/store/shelf_detail.h"
#include "sync/change_set.h"
#include "sync/policy.h"

namespace linli::store {
namespace {

struct Place {
  std::int64_t arrival = 0, feed = 0, seq = 0;
};

/// Held back by a ruling here, or by an upstream's word.
std::vector<Place> held_places(Database& db, const std::set<crypto::Hash>& named) {
  std::set<std::int64_t> arrivals;
  for (const auto& above : reading::held_above(db)) arrivals.insert(above.arrival);
  std::vector<Place> places;
  auto s = db.prepare(
      "SELECT arrival, feed, seq, hash, standing FROM log WHERE kind = 1 AND feed > 0 AND "
      "(standing = 1 OR arrival IN (SELECT arrival FROM refusal WHERE code = 'held')) "
      "ORDER BY arrival");
  while (s.step()) {
    const bool held = s.integer(4) == 1 || arrivals.contains(s.integer(0));
    if (!held || (!named.empty() && !named.contains(crypto::Hash::of(s.blob(3))))) continue;
    places.push_back({s.integer(0), s.integer(1), s.integer(2)});
  }
  return places;
}

void add_evidence(Database& db, const crypto::Certificate& reader,
                  const std::set<crypto::Hash>& named, HeldObjects& into) {
  auto s = db.prepare("SELECT hash, bytes FROM quarantine ORDER BY id");
  while (s.step()) {
    if (!named.empty() && !named.contains(crypto::Hash::of(s.blob(0)))) continue;
    auto parcel = sync::Parcel::decode(s.blob(1));
    if (!parcel) continue;
    const auto set = sync::decode_change_set_header(parcel->body);
    if (!set || !sync::may_read(reader, set->feed.scope, set->feed.audience)) continue;
    parcel->openings.clear();
    into.objects.push_back({sync::ObjectKind::parcel, parcel->encode()});
    ++into.evidence;
  }
}

}  // namespace

HeldObjects held_objects(Database& db, const crypto::Certificate& reader,
                         const std::set<crypto::Hash>& named) {
  HeldObjects found;
  const auto marks = shelf::readable(db, reader);
  const bool personal = (reader.rights & crypto::kRightReadPersonal) != 0;
  const auto may_have = [&](const Statement& row) {
    return std::any_of(marks.begin(), marks.end(), [&](const auto& mark) {
      return mark.scope == row.integer(4) && mark.audience == row.integer(5);
    });
  };
  for (const auto& place : held_places(db, named)) {
    auto s = db.prepare(std::string(shelf::kColumns) +
                        "WHERE l.feed = ?1 AND l.seq = ?2 AND l.kind IN (1, 3) ORDER BY l.kind, "
                        "l.arrival");
    s.bind(1, place.feed).bind(2, place.seq);
    while (s.step()) {
      if (!may_have(s)) break;
      const bool ruling = s.integer(1) == static_cast<int>(sync::ObjectKind::ruling);
      if (!ruling && s.integer(0) != place.arrival) continue;
      found.objects.push_back(shelf::object_of(db, s, personal));
      ++(ruling ? found.rulings : found.sets);
    }
  }
  add_evidence(db, reader, named, found);
  return found;
}

}  // namespace linli::store

#include "node/store/holdings.h"

#include <map>

#include "sync/policy.h"

namespace linli::store {
namespace {

using Place = std::pair<std::string, sync::Audience>;

std::uint64_t unsigned_of(std::int64_t v) { return static_cast<std::uint64_t>(v); }

struct Here {
  Place place;
  std::uint64_t tip = 0, receipted = 0, condensed = 0;
  sync::Micros receipted_at = 0;
  crypto::Hash tip_hash{}, condensed_hash{};
  std::int64_t id = 0;
};

std::map<sync::FeedId, Here> feeds_here(Database& db) {
  std::map<sync::FeedId, Here> feeds;
  auto rows = db.prepare(
      "SELECT f.feed, p.path, f.audience, f.tip_seq, f.receipted_seq, f.receipted_at, "
      "f.condensed_seq, f.tip_hash, f.condensed_hash, f.id FROM feed f JOIN scope p ON p.id = "
      "f.scope");
  while (rows.step()) {
    Here here;
    here.place = {std::string(rows.text(1)), static_cast<sync::Audience>(rows.integer(2))};
    here.tip = unsigned_of(rows.integer(3));
    here.receipted = unsigned_of(rows.integer(4));
    here.receipted_at = rows.integer(5);
    here.condensed = unsigned_of(rows.integer(6));
    if (here.tip > 0) here.tip_hash = crypto::Hash::of(rows.blob(7));
    if (here.condensed > 0) here.condensed_hash = crypto::Hash::of(rows.blob(8));
    here.id = rows.integer(9);
    feeds.emplace(sync::FeedId::of(rows.blob(0)), std::move(here));
  }
  return feeds;
}

/// The change set under a number, as far as it is known here: what a snapshot stands for isn't.
std::optional<crypto::Hash> set_at(Database& db, const Here& here, std::uint64_t seq) {
  if (seq == here.tip) return here.tip_hash;
  if (seq == here.condensed) return here.condensed_hash;
  auto row = db.prepare("SELECT hash FROM log WHERE feed = ?1 AND seq = ?2 AND kind = ?3");
  row.bind(1, here.id).bind(2, static_cast<std::int64_t>(seq));
  row.bind(3, static_cast<int>(sync::ObjectKind::parcel));
  if (!row.step()) return std::nullopt;
  return crypto::Hash::of(row.blob(0));
}

std::optional<Lack> lack_of(Database& db, const sync::HeldShelf& shelf, const sync::HeldFeed& held,
                            const Here* here) {
  const auto known = here ? std::max(here->tip, here->condensed) : 0;
  if (known < held.seq) {
    return Lack{Lack::Kind::missing, shelf.scope, shelf.audience, held.feed, known + 1, held.seq};
  }
  const auto set = set_at(db, *here, held.seq);
  if (!set || *set == held.set) return std::nullopt;
  return Lack{Lack::Kind::other, shelf.scope, shelf.audience, held.feed, held.seq, held.seq};
}

}  // namespace

std::string_view name_of(Lack::Kind kind) {
  switch (kind) {
    case Lack::Kind::missing:
      return "missing";
    case Lack::Kind::other:
      return "other";
    case Lack::Kind::contradicted:
      return "contradicted";
  }
  return "";
}

std::vector<sync::HeldShelf> holdings_for(Database& db, const crypto::Certificate& reader) {
  std::map<Place, std::vector<sync::HeldFeed>> by_place;
  for (const auto& [feed, here] : feeds_here(db)) {
    const auto& [scope, audience] = here.place;
    const auto known = std::max(here.tip, here.condensed);
    if (known == 0 || !sync::may_read(reader, scope, audience)) continue;
    by_place[here.place].push_back(
        {feed, known, here.tip == known ? here.tip_hash : here.condensed_hash});
  }
  std::vector<sync::HeldShelf> shelves;
  for (auto& [place, feeds] : by_place) {
    shelves.push_back({place.first, place.second, std::move(feeds)});
  }
  return shelves;
}

Comparison compare(Database& db, const sync::Holdings& holdings, const crypto::Certificate& keeper,
                   const crypto::Certificate& reader) {
  Comparison result;
  const auto feeds = feeds_here(db);
  std::map<sync::FeedId, std::uint64_t> listed;
  for (const auto& shelf : holdings.shelves) {
    for (const auto& held : shelf.feeds) {
      listed[held.feed] = held.seq;
      ++result.feeds;
      result.sets += held.seq;
      const auto here = feeds.find(held.feed);
      auto lack = lack_of(db, shelf, held, here == feeds.end() ? nullptr : &here->second);
      if (lack) result.lacks.push_back(std::move(*lack));
    }
  }
  for (const auto& [feed, here] : feeds) {
    const auto& [scope, audience] = here.place;
    const auto seq = listed.contains(feed) ? listed[feed] : 0;
    const bool expected = here.receipted_at <= holdings.checkpoint.time &&
                          sync::may_read(reader, scope, audience) &&
                          sync::may_read(keeper, scope, audience);
    if (here.receipted <= seq || !expected) continue;
    result.lacks.push_back({Lack::Kind::contradicted, scope, audience, feed, seq, here.receipted});
  }
  return result;
}

}  // namespace linli::store

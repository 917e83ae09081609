// What stands at a place of the log, as it is used: sets, parts of snapshots, values kept apart.
// The last ones are remembered.
#include "node/store/log.h"

namespace linli::store {
namespace {

constexpr std::size_t kRecentMax = 32, kRecentPartsMax = 8;

}  // namespace

std::shared_ptr<const LoadedSet> Log::load(std::int64_t arrival) {
  for (auto it = recent_.begin(); it != recent_.end(); ++it) {
    if ((*it)->arrival != arrival) continue;
    recent_.splice(recent_.begin(), recent_, it);
    return recent_.front();
  }
  auto& s = db_.cached(
      "SELECT l.body, l.signature, l.scope, l.trusted, l.received, f.feed, l.standing FROM log l "
      "JOIN feed f ON f.id = l.feed WHERE l.arrival = ?1 AND l.kind = 1");
  s.bind(1, arrival);
  if (!s.step()) throw DatabaseError({Errc::corrupt, "the log has no set where one is named", {}});
  auto loaded = std::make_shared<LoadedSet>();
  loaded->arrival = arrival;
  loaded->body = unpack_body(s.blob(0));
  loaded->signature = crypto::Signature::of(s.blob(1));
  loaded->scope = s.integer(2);
  loaded->trusted = s.integer(3) != 0;
  loaded->received = s.integer(4);
  loaded->feed = sync::FeedId::of(s.blob(5));
  loaded->standing = static_cast<Standing>(s.integer(6));
  s.reset();
  auto set = loaded->standing == Standing::unread ? sync::decode_change_set_header(loaded->body)
                                                  : sync::decode_change_set(loaded->body);
  if (!set) throw DatabaseError({Errc::corrupt, "log: " + set.error().detail, {}});
  loaded->set = std::move(*set);
  recent_.push_front(loaded);
  if (recent_.size() > kRecentMax) recent_.pop_back();
  return loaded;
}

std::shared_ptr<const sync::SnapshotPart> Log::part(std::int64_t arrival) {
  for (auto it = recent_parts_.begin(); it != recent_parts_.end(); ++it) {
    if (it->first != arrival) continue;
    recent_parts_.splice(recent_parts_.begin(), recent_parts_, it);
    return recent_parts_.front().second;
  }
  auto& s = db_.cached("SELECT body FROM log WHERE arrival = ?1 AND kind = 4");
  s.bind(1, arrival);
  if (!s.step()) throw DatabaseError({Errc::corrupt, "the log has no part where one is named", {}});
  auto part = sync::SnapshotPart::decode(unpack_body(s.blob(0)));
  s.reset();
  if (!part) throw DatabaseError({Errc::corrupt, "log: " + part.error().detail, {}});
  recent_parts_.emplace_front(arrival,
                              std::make_shared<const sync::SnapshotPart>(std::move(*part)));
  if (recent_parts_.size() > kRecentPartsMax) recent_parts_.pop_back();
  return recent_parts_.front().second;
}

std::optional<std::int64_t> Log::arrival_of(const sync::FeedId& feed, std::uint64_t seq) {
  const auto* known = find_feed(feed);
  if (!known) return std::nullopt;
  auto& s = db_.cached("SELECT arrival FROM log WHERE feed = ?1 AND seq = ?2 AND kind = 1");
  s.bind(1, known->id).bind(2, static_cast<std::int64_t>(seq));
  if (!s.step()) return std::nullopt;
  const auto arrival = s.integer(0);
  s.reset();
  return arrival;
}

std::optional<std::string> Log::opened(std::int64_t arrival, const crypto::Hash& commitment) {
  for (const auto* which : {"ordinal < 1048576", "ordinal >= 1048576"}) {
    auto& s = db_.cached("SELECT value FROM opening WHERE arrival = ?1 AND commitment = ?2 AND " +
                         std::string(which));
    s.bind(1, arrival).bind_blob(2, commitment.view());
    if (!s.step()) continue;
    std::string value(s.blob(0));
    s.reset();
    return value;
  }
  return std::nullopt;
}

}  // namespace linli::store

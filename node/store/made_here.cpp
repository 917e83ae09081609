#include "node/store/made_here.h"

#include "node/store/reading_detail.h"

namespace linli::store {

std::optional<sync::Seen> first_confirmed_since(Log& log, const crypto::AuthorId& self,
                                                std::uint64_t incarnation, std::int64_t arrival) {
  auto s = log.database().prepare(
      "SELECT f.feed, l.seq FROM author a JOIN feed f ON f.author = a.id JOIN log l ON l.feed = "
      "f.id AND l.kind = 1 WHERE a.author = ?1 AND f.incarnation >= ?2 AND l.arrival > ?3 AND "
      "l.peer = 0 AND l.seq <= f.receipted_seq ORDER BY l.arrival LIMIT 1");
  s.bind_blob(1, self.view()).bind(2, static_cast<std::int64_t>(incarnation)).bind(3, arrival);
  if (!s.step()) return std::nullopt;
  const auto covered = reading::receipt_of(log, sync::FeedId::of(s.blob(0)),
                                           static_cast<std::uint64_t>(s.integer(1)));
  return covered ? std::optional(covered->head) : std::nullopt;
}

}  // namespace linli::store

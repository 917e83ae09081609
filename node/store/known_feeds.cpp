#include "node/store/known_feeds.h"

#include "sync/policy.h"

namespace linli::store {

void leave_what_may_be_known(Database& db, const crypto::Certificate& reader,
                             std::vector<sync::Frontier>& frontiers) {
  auto& find = db.cached(
      "SELECT a.author, p.path, f.audience FROM feed f JOIN author a ON a.id = f.author "
      "JOIN scope p ON p.id = f.scope WHERE f.feed = ?1");
  std::erase_if(frontiers, [&](const sync::Frontier& frontier) {
    find.bind_blob(1, frontier.feed.view());
    const bool known = find.step();
    const bool may = known && (crypto::AuthorId::of(find.blob(0)) == reader.subject ||
                               sync::may_read(reader, find.text(1),
                                              static_cast<sync::Audience>(find.integer(2))));
    find.reset();
    return !may;
  });
}

}  // namespace linli::store

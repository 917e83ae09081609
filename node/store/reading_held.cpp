// What isn't counted, and why: sets that the hub holds back, and evidence of what was refused.
#include "node/store/reading_detail.h"
#include "sync/ruling.h"

namespace linli::store {

namespace reading {

std::string held_reason(Database& db, std::int64_t feed, std::int64_t seq) {
  auto s =
      db.prepare("SELECT body FROM log WHERE feed = ?1 AND seq = ?2 AND kind = 3 ORDER BY arrival");
  s.bind(1, feed).bind(2, seq);
  while (s.step()) {
    const auto ruling = sync::Ruling::decode(unpack_body(s.blob(0)));
    if (ruling && ruling->verdict == sync::Ruling::Verdict::held) return ruling->reason;
  }
  return {};
}

}  // namespace reading

using namespace reading;

namespace {

/// Names of the city's nodes by author.
std::map<std::string, std::string> node_names(Store& store) {
  std::map<std::string, std::string> names;
  const auto nodes = list_nodes(store);
  for (const auto& node : nodes["items"]) names[node.value("author", "")] = node.value("name", "");
  return names;
}

}  // namespace

Json list_held(Store& store, std::size_t limit) {
  const auto names = node_names(store);
  auto lease = store.read();
  auto& db = *lease;
  const Transaction snapshot(db, true);
  const auto named = [&](std::string_view author) {
    const auto hex = crypto::to_hex(author);
    const auto found = names.find(hex);
    return std::pair{hex, found == names.end() ? std::string() : found->second};
  };
  Json held = Json::array();
  auto sets = db.prepare(
      "SELECT l.hash, a.author, s.path, l.seq, l.received, l.changes, l.feed, l.standing FROM log "
      "l "
      "JOIN author a ON a.id = l.author JOIN scope s ON s.id = l.scope "
      "WHERE l.standing > 0 AND l.kind = 1 ORDER BY l.arrival DESC LIMIT ?1");
  sets.bind(1, static_cast<std::int64_t>(limit));
  while (sets.step()) {
    const auto [author, name] = named(sets.blob(1));
    const auto standing = static_cast<Standing>(sets.integer(7));
    std::string reason = standing == Standing::unread    ? "unknown_critical"
                         : standing == Standing::refused ? "forbidden"
                                                         : std::string();
    if (standing == Standing::held) reason = held_reason(db, sets.integer(6), sets.integer(3));
    held.push_back({{"set", crypto::to_hex(sets.blob(0))},
                    {"author", author},
                    {"node", name},
                    {"scope", std::string(sets.text(2))},
                    {"seq", sets.integer(3)},
                    {"since", time_text(sets.integer(4))},
                    {"changes", sets.integer(5)},
                    {"reason", std::move(reason)},
                    {"approvable", standing == Standing::held}});
  }
  Json evidence = Json::array();
  auto kept = db.prepare(
      "SELECT hash, author, seq, reason, detail, received, length(bytes) FROM quarantine "
      "ORDER BY id DESC LIMIT ?1");
  kept.bind(1, static_cast<std::int64_t>(limit));
  while (kept.step()) {
    const auto [author, name] = named(kept.blob(1));
    evidence.push_back({{"set", crypto::to_hex(kept.blob(0))},
                        {"author", author},
                        {"node", name},
                        {"seq", kept.integer(2)},
                        {"reason", std::string(kept.text(3))},
                        {"detail", std::string(kept.text(4))},
                        {"since", time_text(kept.integer(5))},
                        {"bytes", kept.integer(6)}});
  }
  return {{"held", std::move(held)}, {"evidence", std::move(evidence)}};
}

}  // namespace linli::store

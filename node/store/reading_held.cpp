// What isn't counted, and why: sets that the hub holds back, and evidence of what was refused.
#include "node/store/appeals.h"
#include "node/store/left_sets.h"
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

std::optional<Approved> approval_of(Database& db, std::int64_t feed, std::int64_t seq) {
  auto s =
      db.prepare("SELECT body FROM log WHERE feed = ?1 AND seq = ?2 AND kind = 3 ORDER BY arrival");
  s.bind(1, feed).bind(2, seq);
  while (s.step()) {
    const auto ruling = sync::Ruling::decode(unpack_body(s.blob(0)));
    if (ruling && ruling->verdict == sync::Ruling::Verdict::approved) {
      return Approved{ruling->time, ruling->reason, ruling->actor, ruling->certificate};
    }
  }
  return std::nullopt;
}

std::string code_in(std::string_view detail) {
  const auto name = detail.substr(0, detail.find(':'));
  for (const auto& row : errc_table()) {
    if (row.name == name) return std::string(name);
  }
  return std::string(detail);
}

std::vector<HeldAbove> held_above(Database& db) {
  std::vector<HeldAbove> found;
  auto s = db.prepare(
      "SELECT l.arrival, l.hash, a.author, s.path, r.detail, p.author, l.seq, l.changes, r.at, "
      "l.feed FROM refusal r JOIN log l ON l.arrival = r.arrival JOIN feed f ON f.id = l.feed "
      "JOIN author a ON a.id = l.author JOIN scope s ON s.id = l.scope "
      "LEFT JOIN author p ON p.id = r.peer "
      "WHERE r.code = 'held' AND l.standing = 0 AND l.seq > f.receipted_seq "
      "ORDER BY l.arrival DESC, r.at DESC");
  while (s.step()) {
    const auto arrival = s.integer(0);
    if (!found.empty() && found.back().arrival == arrival) continue;
    if (approval_of(db, s.integer(9), s.integer(6))) continue;
    found.push_back({arrival, std::string(s.blob(1)), std::string(s.blob(2)),
                     std::string(s.text(3)), std::string(s.text(4)),
                     s.is_null(5) ? std::string() : std::string(s.blob(5)), s.integer(6),
                     s.integer(7), s.integer(8)});
  }
  return found;
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
  Log log(db);
  std::multimap<std::string, Json> appeals;
  for (const auto& row : load_appeals(log)) {
    appeals.emplace(crypto::to_hex(row.set.view()),
                    Json{{"by", row.name},
                         {"author", crypto::to_hex(row.speaker.view())},
                         {"at", time_text(row.made)},
                         {"reason", row.reason}});
  }
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
                    {"approvable", standing == Standing::held},
                    {"appeals", Json::array()}});
    const auto said = appeals.equal_range(held.back()["set"].get<std::string>());
    for (auto at = said.first; at != said.second; ++at)
      held.back()["appeals"].push_back(at->second);
  }
  // What is ours, or came through us, and counts here: an upstream holds it back all the same.
  auto elsewhere = held_above(db);
  for (auto& left : left_held(db)) elsewhere.push_back(std::move(left));
  for (const auto& above : elsewhere) {
    if (held.size() >= limit) break;
    const auto [author, name] = named(above.author);
    held.push_back({{"set", crypto::to_hex(above.set)},
                    {"author", author},
                    {"node", name},
                    {"scope", above.scope},
                    {"seq", above.seq},
                    {"since", time_text(above.at)},
                    {"changes", above.changes},
                    {"reason", code_in(above.reason)},
                    {"detail", above.reason},
                    {"above", above.by.empty() ? std::string() : named(above.by).second},
                    {"approvable", false}});
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

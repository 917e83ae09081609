#include "node/store/forks.h"

#include "node/store/own_sets.h"
#include "node/store/reading_detail.h"

namespace linli::store {
namespace {

constexpr std::int64_t kForksMax = 64, kForkBytesMax = 16 << 20;  ///< Of one author.

/// Row by row: arrival, body, received.
constexpr const char* kAll =
    "SELECT arrival, body, received FROM log WHERE feed = 0 AND kind = 5 ORDER BY arrival DESC";

Json set_json(const sync::ProvenFork::Set& set) {
  return {{"set", crypto::to_hex(set.hash.view())}, {"stated", reading::time_text(set.stated)}};
}

}  // namespace

bool knows_fork(Database& db, const sync::FeedId& feed) {
  auto s = db.prepare("SELECT 1 FROM log WHERE feed = 0 AND kind = 5 AND hash = ?1");
  s.bind_blob(1, feed.view());
  return s.step();
}

bool has_room_for_fork(Log& log, const crypto::AuthorId& author, std::size_t bytes) {
  auto s = log.database().prepare(
      "SELECT count(*), coalesce(sum(length(body)), 0) FROM log WHERE feed = 0 AND kind = 5 AND "
      "author = ?1");
  s.bind(1, log.author(author));
  s.step();
  return s.integer(0) < kForksMax &&
         s.integer(1) + static_cast<std::int64_t>(bytes) <= kForkBytesMax;
}

void keep_fork(Log& log, const sync::ProvenFork& fork, std::string_view proof, std::int64_t peer,
               sync::Micros received) {
  const auto stored = pack_body(proof);
  (void)log.append({.kind = sync::ObjectKind::fork,
                    .scope = log.scope(fork.feed.scope),
                    .audience = fork.feed.audience,
                    .seq = fork.seq,
                    .hash = crypto::Hash::of(fork.id.view()),
                    .author = log.author(fork.feed.author),
                    .peer = peer,
                    .received = received,
                    .last_stamp = fork.first.stated,
                    .stored = stored});
}

std::optional<Forked> forked_behind(Database& db, std::uint64_t arrival) {
  auto s = db.prepare(
      "SELECT min(p.arrival), min(b.arrival) FROM log p LEFT JOIN feed f ON f.feed = p.hash LEFT "
      "JOIN log b ON b.feed = f.id AND b.kind = 1 AND b.seq >= p.seq WHERE p.feed = 0 AND p.kind = "
      "5 AND p.arrival > ?1");
  s.bind(1, static_cast<std::int64_t>(arrival));
  s.step();
  if (s.is_null(0)) return std::nullopt;
  const auto proof = static_cast<std::uint64_t>(s.integer(0));
  const auto branch = s.is_null(1) ? proof : static_cast<std::uint64_t>(s.integer(1));
  return Forked{proof, std::min(proof, branch)};
}

std::int64_t known_forks(Store& store) {
  try {
    auto lease = store.read();
    auto s = lease->prepare("SELECT count(*) FROM log WHERE feed = 0 AND kind = 5");
    s.step();
    return s.integer(0);
  } catch (const DatabaseError&) {
    return 0;
  }
}

std::int64_t forks_of(Database& db, const crypto::AuthorId& author) {
  auto s = db.prepare(
      "SELECT count(*) FROM log l JOIN author a ON a.id = l.author WHERE l.feed = 0 AND l.kind = 5 "
      "AND a.author = ?1");
  s.bind_blob(1, author.view());
  s.step();
  return s.integer(0);
}

Result<std::optional<std::string>> fork_proof(Store& store, std::int64_t number) {
  try {
    auto lease = store.read();
    auto s = lease->prepare("SELECT body FROM log WHERE arrival = ?1 AND feed = 0 AND kind = 5");
    s.bind(1, number);
    if (!s.step()) return std::optional<std::string>{};
    return std::optional(unpack_body(s.blob(0)));
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Json list_forks(Store& store) {
  std::map<std::string, std::string> names;
  const auto nodes = list_nodes(store);
  for (const auto& node : nodes["items"]) names[node.value("author", "")] = node.value("name", "");
  const auto own = own_author(store);
  auto lease = store.read();
  Json items = Json::array();
  auto rows = lease->prepare(kAll);
  while (rows.step()) {
    const auto bytes = unpack_body(rows.blob(1));
    const auto proof = sync::ForkProof::decode(bytes);
    const auto fork = proof ? sync::check_fork(*proof) : fail(proof.error());
    if (!fork) continue;  // `linli verify` names it.
    const auto author = crypto::to_hex(fork->feed.author.view());
    items.push_back({{"number", rows.integer(0)},
                     {"author", author},
                     {"node", names[author]},
                     {"own", own && *own == fork->feed.author},
                     {"scope", fork->feed.scope},
                     {"feed", crypto::to_hex(fork->id.view())},
                     {"seq", fork->seq},
                     {"sets", Json::array({set_json(fork->first), set_json(fork->second)})},
                     {"since", reading::time_text(rows.integer(2))},
                     {"bytes", bytes.size()}});
  }
  return {{"items", std::move(items)}};
}

}  // namespace linli::store

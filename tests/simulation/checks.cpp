#include "tests/simulation/checks.h"

#include "node/intake.h"
#include "node/store/reading.h"
#include "node/store/verify.h"
#include "tests/simulation/partings.h"

namespace linli::simulation {
namespace {

using model::Json;
using store::Access;

/// What a node holds, for comparing.
struct Holding {
  struct Set {
    std::string scope;
    sync::Audience audience;
    sync::FeedId feed;
    std::uint64_t seq;
    crypto::AuthorId author;
  };
  std::map<Hash, Set> sets;
  std::map<sync::FeedId, std::uint64_t> condensed;  ///< Up to here a snapshot stands for the feed.
  std::map<std::string, std::string> records;  ///< "type id scope" → fields but the personal ones.
  std::map<std::string, std::string> conflicts;  ///< Likewise → who wins and who loses.
};

Holding holding_of(Node& node) {
  Holding holding;
  {
    auto lease = node.replica->store().read();
    auto& s = lease->cached(
        "SELECT l.hash, s.path, l.audience, f.feed, l.seq, a.author FROM log l JOIN scope s ON "
        "s.id = l.scope "
        "JOIN feed f ON f.id = l.feed JOIN author a ON a.id = l.author WHERE l.kind = 1");
    while (s.step()) {
      holding.sets[Hash::of(s.blob(0))] = {
          std::string(s.text(1)), static_cast<sync::Audience>(s.integer(2)),
          sync::FeedId::of(s.blob(3)), static_cast<std::uint64_t>(s.integer(4)),
          crypto::AuthorId::of(s.blob(5))};
    }
    auto& c = lease->cached("SELECT feed, condensed_seq FROM feed WHERE condensed_seq > 0");
    while (c.step()) {
      holding.condensed[sync::FeedId::of(c.blob(0))] = static_cast<std::uint64_t>(c.integer(1));
    }
  }
  for (const auto& type : model::schema().types) {
    const auto done =
        store::export_records(node.replica->store(), type.name, [&](const Json& line) {
          Json kept = line;
          for (const auto& field : type.fields) {
            if (field.protection == model::Protection::personal)
              kept.erase(std::string(field.name));
          }
          const auto name = std::string(type.name) + " " + line["id"].get<std::string>() + " " +
                            line["scope"].get<std::string>();
          holding.records[name] = kept.dump();
        });
    if (!done) broken("I3", node.number, "can't export: " + describe(done.error()));
  }
  const auto conflicts = store::list_conflicts(node.replica->store(), 1'000'000);
  for (const auto& item : conflicts["items"]) {
    const auto name = item["type"].get<std::string>() + " " + item["id"].get<std::string>() + " " +
                      item["scope"].get<std::string>();
    auto& text = holding.conflicts[name];
    text += item["cell"].dump() + (item["void_move"].get<bool>() ? " void" : "") + " won by " +
            item["winner"]["version"].get<std::string>();
    for (const auto& loser : item["losers"]) text += " lost " + loser["version"].get<std::string>();
    text += "; ";
  }
  return holding;
}

/// May a node read what stands in a scope for an audience? Written down here once more, on purpose.
bool reads(const Place& reader, const std::string& scope, sync::Audience audience) {
  const bool above = crypto::scope_covers(reader.scope, scope);
  switch (audience) {
    case sync::Audience::ancestors:
      return above;
    case sync::Audience::below:
      return above || crypto::scope_covers(scope, reader.scope);
    case sync::Audience::street:
      return above && (reader.role == crypto::Role::street || reader.role == crypto::Role::office ||
                       reader.role == crypto::Role::device);
    case sync::Audience::everyone:
      return true;
  }
  return false;
}

bool reads_personal(const Place& place) {
  return place.role == crypto::Role::street || place.role == crypto::Role::office ||
         place.role == crypto::Role::device;
}

std::int64_t number(Node& node, const std::string& sql) {
  auto lease = node.replica->store().read();
  auto s = lease->prepare(sql);
  return s.step() ? s.integer(0) : 0;
}

std::string first_text(Node& node, const std::string& sql) {
  auto lease = node.replica->store().read();
  auto s = lease->prepare(sql);
  return s.step() ? std::string(s.text(0)) : std::string();
}

std::set<std::pair<std::string, sync::Audience>> parts_of(Node& node) {
  std::set<std::pair<std::string, sync::Audience>> parts;
  auto lease = node.replica->store().read();
  auto s = lease->prepare(
      "SELECT DISTINCT s.path, l.audience FROM log l JOIN scope s ON s.id = l.scope WHERE kind = "
      "4");
  while (s.step()) {
    parts.emplace(std::string(s.text(0)), static_cast<sync::Audience>(s.integer(1)));
  }
  return parts;
}

/// Its own come back to it from others after its disk was put back.
std::vector<Hash> personal_of_others(Node& node) {
  std::vector<Hash> commitments;
  auto lease = node.replica->store().read();
  auto s = lease->prepare(
      "SELECT o.commitment FROM opening o JOIN log l ON l.arrival = o.arrival "
      "JOIN author a ON a.id = l.author WHERE o.personal = 1 AND l.peer <> 0 AND a.author <> ?1");
  s.bind_blob(1, node.author.view());
  while (s.step()) commitments.push_back(Hash::of(s.blob(0)));
  return commitments;
}

/// I5, I6: nobody holds what it may not, and no feed has two heads anywhere.
void check_rights(World& world, const std::vector<Holding>& holdings) {
  std::map<std::pair<sync::FeedId, std::uint64_t>, Hash> places;
  for (auto& node : world.nodes()) {
    if (world.has_ended(*node)) continue;  // Nobody tells it any more where it works.
    const auto& holding = holdings[static_cast<std::size_t>(node->number)];
    for (const auto& [hash, set] : holding.sets) {
      if (!reads(node->place, set.scope, set.audience)) {
        broken("I6", node->number, "holds a change set of " + set.scope);
      }
      const auto [there, first] = places.emplace(std::pair{set.feed, set.seq}, hash);
      if (!first && there->second != hash) {
        broken("I5", node->number,
               "a feed has two change sets numbered " + std::to_string(set.seq));
      }
    }
    for (const auto& [scope, audience] : parts_of(*node)) {
      if (!reads(node->place, scope, audience)) {
        broken("I6", node->number, "holds a snapshot of " + scope);
      }
    }
    if (reads_personal(node->place)) continue;
    for (const auto& commitment : personal_of_others(*node)) {
      if (!node->own_personal.contains(commitment))
        broken("I6", node->number, "holds personal values");
    }
  }
}

SetsByPlace by_place(const Holding& holding) {
  SetsByPlace places;
  for (const auto& [hash, set] : holding.sets) places.emplace(std::pair{set.feed, set.seq}, hash);
  return places;
}

/// What everybody who may read it must hold. A machine whose key has ended hears of nothing any
/// more, so that a branch of a feed that gave way everywhere else stays there: nobody needs that
/// one, since its author has written again what it said, which I1 looks after.
std::map<Hash, Holding::Set> all_sets(World& world, const std::vector<Holding>& holdings) {
  std::map<Hash, Holding::Set> everything;
  const auto hub = by_place(holdings.front());
  for (auto& node : world.nodes()) {
    const auto& holding = holdings[static_cast<std::size_t>(node->number)];
    std::map<sync::FeedId, std::uint64_t> parted;
    if (world.has_ended(*node)) parted = partings(by_place(holding), hub);
    for (const auto& [hash, set] : holding.sets) {
      const auto parting = parted.find(set.feed);
      if (parting == parted.end() || set.seq < parting->second) everything.emplace(hash, set);
    }
  }
  return everything;
}

/// I1, I3: everybody holds all it may read, and shows the same of it.
void check_convergence(World& world, const std::vector<Holding>& holdings) {
  const auto everything = all_sets(world, holdings);
  for (auto& node : world.nodes()) {
    if (world.has_ended(*node)) continue;  // Nobody gives it anything any more.
    const auto& mine = holdings[static_cast<std::size_t>(node->number)];
    for (const auto& [hash, set] : everything) {
      if (!reads(node->place, set.scope, set.audience) || mine.sets.contains(hash)) continue;
      const auto condensed = mine.condensed.find(set.feed);
      if (condensed != mine.condensed.end() && condensed->second >= set.seq) continue;
      broken("I3", node->number,
             "lacks number " + std::to_string(set.seq) + " of a feed of " + set.scope);
    }
    if (node->place.upstream < 0) continue;
    const auto& above = holdings[static_cast<std::size_t>(node->place.upstream)];
    for (const auto& [name, fields] : mine.records) {
      const auto there = above.records.find(name);
      if (there == above.records.end())
        broken("I3", node->number, "shows what its upstream doesn't: " + name);
      if (there->second != fields) {
        broken("I3", node->number,
               name + " is " + fields + " here and " + there->second + " at its upstream");
      }
    }
    for (const auto& [name, fields] : above.records) {
      const auto scope = name.substr(name.rfind(' ') + 1);
      if (crypto::scope_covers(node->place.scope, scope) && !mine.records.contains(name)) {
        broken("I3", node->number, "doesn't show " + name);
      }
    }
    for (const auto* side : {&mine.conflicts, &above.conflicts}) {
      for (const auto& [name, text] : *side) {
        const auto scope = name.substr(name.rfind(' ') + 1);
        if (!crypto::scope_covers(node->place.scope, scope)) continue;
        const auto a = mine.conflicts.find(name), b = above.conflicts.find(name);
        const auto here = a == mine.conflicts.end() ? "none" : a->second;
        const auto there = b == above.conflicts.end() ? "none" : b->second;
        if (here != there)
          broken("I4", node->number, name + ": conflicts here " + here + " above " + there);
      }
    }
  }
  const auto& hub = holdings.front();
  std::optional<std::set<Hash>> said;
  for (const auto& [hash, set] : world.acknowledged) {
    if (hub.sets.contains(hash) || world.excused.contains(hash)) continue;
    if (!said) said = on_disk(world.hub(), true).says;
    if (std::includes(said->begin(), said->end(), set.says.begin(), set.says.end())) continue;
    broken("I1", set.writer, "an acknowledged change set never reached the hub");
  }
}

/// How many objects wait for something that somebody holds. A stick may have brought what came
/// behind a set that was on one disk only, before that disk was put back: it waits for good.
std::int64_t waiting_for_what_is_there(World& world, Node& node,
                                       const std::vector<Holding>& holdings) {
  std::set<std::string> held;
  for (const auto& holding : holdings) {
    for (const auto& [hash, set] : holding.sets) held.insert(node::place(set.feed, set.seq));
  }
  auto lease = node.replica->store().read();
  auto s = lease->prepare("SELECT need, reason FROM waiting");
  std::int64_t n = 0;
  while (s.step()) {
    const bool gone =
        world.counts.rollbacks > 0 && s.text(1) == "gap" && !held.contains(std::string(s.blob(0)));
    n += gone ? 0 : 1;
  }
  return n;
}

/// Nothing is left over: no set waits, none was refused, all own ones are known to be safe.
void check_leftovers(World& world, const std::vector<Holding>& holdings) {
  for (auto& node : world.nodes()) {
    if (world.has_ended(*node)) continue;
    if (const auto n = waiting_for_what_is_there(world, *node, holdings); n > 0) {
      broken("waiting", node->number,
             std::to_string(n) + " objects still wait: " +
                 first_text(
                     *node,
                     "SELECT reason || ', ' || length(bytes) || ' bytes, for ' || hex(need) FROM "
                     "waiting"));
    }
    // Of two branches of a feed one stays as evidence wherever it had come.
    const std::string fair =
        world.rolled_back_with_mark > 0 ? " WHERE reason NOT IN ('fork', 'written_again')" : "";
    if (const auto n = number(*node, "SELECT count(*) FROM quarantine" + fair); n > 0) {
      broken("refused", node->number,
             std::to_string(n) + " change sets were refused: " +
                 first_text(*node, "SELECT reason || ' ' || detail FROM quarantine" + fair));
    }
    const auto unconfirmed = first_text(
        *node,
        "SELECT 'of ' || hex(substr(a.author, 1, 4)) || ' in ' || s.path || ', confirmed ' || "
        "receipted_seq || ' of ' || tip_seq FROM feed f JOIN author a ON a.id = f.author "
        "JOIN scope s ON s.id = f.scope WHERE receipted_seq < tip_seq");
    if (!unconfirmed.empty()) {
      broken("receipts", node->number, "a feed isn't confirmed to its end: " + unconfirmed);
    }
  }
}

/// Does a snapshot stand for change sets that aren't here?
bool lacks_sets(Node& node) {
  return number(node,
                "SELECT EXISTS (SELECT 1 FROM feed f WHERE condensed_seq > (SELECT count(*) FROM "
                "log l WHERE l.feed = f.id AND kind = 1 AND seq <= condensed_seq))") > 0;
}

/// I2, I7, I8: the tables are what the log says.
void check_projections(Node& node) {
  const auto differences = node.replica->store().compare_projections({});
  if (!differences) broken("I8", node.number, describe(differences.error()));
  if (!differences->empty()) broken("I8", node.number, differences->front());
}

}  // namespace

std::set<Hash> statements_of(const sync::ChangeSet& set) {
  std::set<Hash> said;
  for (const auto& change : set.changes) {
    std::string text = std::to_string(change.type) + " " + sync::to_text(change.id) + " " +
                       std::to_string(static_cast<int>(change.kind));
    for (const auto& field : change.fields) {
      text += " " + std::to_string(field.field) + ":" + std::string(field.value);
    }
    said.insert(crypto::hash({set.feed.author.view(), set.feed.scope, text}));
  }
  return said;
}

namespace {

OnDisk read_disk(store::Database& db, bool with_statements) {
  OnDisk found;
  // What a stick brought from behind a gap is of use only if the gap is filled.
  auto hashes = db.prepare(
      "SELECT hash FROM log WHERE kind = 1 UNION SELECT hash FROM waiting WHERE reason <> 'gap' "
      "UNION SELECT hash FROM quarantine");
  while (hashes.step()) found.hashes.insert(Hash::of(hashes.blob(0)));
  if (!with_statements) return found;
  const auto read = [&](std::string_view body) {
    const auto set = sync::decode_change_set(body);
    ensure(set.has_value(), "a set of the log can be read");
    found.says.merge(statements_of(*set));
  };
  auto bodies = db.prepare("SELECT body FROM log WHERE kind = 1");
  while (bodies.step()) read(store::unpack_body(bodies.blob(0)));
  auto aside = db.prepare("SELECT bytes FROM aside");
  while (aside.step()) read(sync::Parcel::decode(aside.blob(0))->body);
  return found;
}

}  // namespace

std::map<sync::FeedId, FeedEnd> feeds_of(const Image& disk, const Node& owner) {
  const auto beside = owner.dir.string() + "-copy";
  Disk copy(beside);
  copy.put_image(disk);
  auto db = store::Database::open(beside + "/linli.db", Access::write);
  ensure(db.has_value(), "a copy's database");
  std::map<sync::FeedId, FeedEnd> feeds;
  auto s = (*db)->prepare("SELECT feed, tip_seq, condensed_seq FROM feed");
  while (s.step()) {
    feeds[sync::FeedId::of(s.blob(0))] = {static_cast<std::uint64_t>(s.integer(1)),
                                          static_cast<std::uint64_t>(s.integer(2))};
  }
  return feeds;
}

OnDisk on_disk(Node& node, bool with_statements) {
  const Disk::Looking looking(node.disk);
  if (node.disk.stopped()) return {};
  if (node.replica) return read_disk(*node.replica->store().read(), with_statements);
  // What is switched off stays as it is: opening it would write, and meet what ails its disk.
  const auto beside = node.dir.string() + "-copy";
  Disk copy(beside);
  copy.put_image(node.disk.image());
  auto db = store::Database::open(beside + "/linli.db", Access::write);
  ensure(db.has_value(), "a closed node's database");
  return read_disk(**db, with_statements);
}

void check_all(World& world) {
  std::vector<Holding> holdings;
  for (auto& node : world.nodes()) holdings.push_back(holding_of(*node));
  check_rights(world, holdings);
  check_leftovers(world, holdings);
  check_convergence(world, holdings);
  check_conflicts(world.hub());
  // All of them would cost more than the week: two, others each time.
  const auto n = world.nodes().size();
  const auto first = static_cast<std::size_t>(world.trace().data[0]);
  std::set<std::size_t> chosen{first % n, (first + 1 + world.trace().data[1] % (n - 1)) % n};
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = (first + i) % n;
    if (!lacks_sets(*world.nodes()[at])) continue;
    if (world.counts.condensed++ == 0) chosen.insert(at);
  }
  check_erased(world, chosen);
  for (const auto i : chosen) {
    check_projections(*world.nodes()[i]);
    if (lacks_sets(*world.nodes()[i])) check_verify(world, *world.nodes()[i]);
  }
}

void check_verify(World& world, Node& node) {
  if (node.disk.ill()) return;  // It writes, too: a copy of the projections to compare with.
  auto report = store::verify(node.replica->store());
  if (node.disk.stopped()) return void(world.survived(node));
  if (!report) broken("verify", node.number, describe(report.error()));
  if (!report->holds()) broken("verify", node.number, report->faults.front().what);
  world.say("verified " + std::to_string(report->change_sets) + " sets");
}

namespace {

/// Turns a bit of a stored body. Its bytes may stand in room that is free again, too, and then the
/// body reads as before: the next place is tried. False: none was it, or it is split over pages.
bool turn_a_bit(Disk& disk, const std::string& file, std::int64_t arrival,
                const std::string& stored, Chance& chance) {
  const auto whole = disk.image();
  const auto& bytes = whole.at("linli.db");
  for (auto at = bytes.find(stored); at != std::string::npos; at = bytes.find(stored, at + 1)) {
    auto image = whole;
    image["linli.db"][at + chance.below(stored.size())] ^= static_cast<char>(1 << chance.below(8));
    disk.put_image(image);
    const auto db = store::Database::open(file, Access::read);
    if (!db) return false;
    auto s = (*db)->prepare("SELECT body FROM log WHERE arrival = ?1");
    s.bind(1, arrival);
    if (s.step() && s.blob(0) != stored) return true;
  }
  return false;
}

}  // namespace

namespace {

/// A compressed body has bits that mean nothing (RFC 8878, 3.1.1.1.1.3): nobody can name them.
bool says_the_same(store::Store& store, std::int64_t arrival, const std::string& before) {
  auto lease = store.read();
  auto s = lease->prepare("SELECT body FROM log WHERE arrival = ?1");
  s.bind(1, arrival);
  if (!s.step()) return false;
  try {
    return store::unpack_body(s.blob(0)) == store::unpack_body(before);
  } catch (const store::DatabaseError&) {
    return false;
  }
}

}  // namespace

void check_rot(World& world, Node& node, Chance& chance) {
  const Disk::Looking looking(node.disk);
  // A copy of the disk in a folder of its own: the node goes on with the good one.
  const auto beside = node.dir.string() + "-rot";
  std::string stored;
  std::int64_t arrival = 0;
  {
    auto lease = node.replica->store().read();
    auto s = lease->prepare(
        "SELECT arrival, body FROM log WHERE kind = 1 ORDER BY arrival LIMIT 1 OFFSET ?1");
    s.bind(1, static_cast<std::int64_t>(
                  chance.below(static_cast<std::size_t>(node.replica->arrival()))));
    if (!s.step()) return;
    arrival = s.integer(0);
    stored = std::string(s.blob(1));
  }
  Disk copy(beside);
  copy.put_image(node.disk.image());
  {
    // Opened and closed: now everything stands in the one file.
    auto db = store::Database::open(beside + "/linli.db", Access::write);
    if (!db) broken("rot", node.number, describe(db.error()));
  }
  if (!turn_a_bit(copy, beside + "/linli.db", arrival, stored, chance)) return;
  auto opened = store::Store::open(beside + "/linli.db", Access::read);
  if (!opened || says_the_same(**opened, arrival, stored)) return;
  const auto report = store::verify(**opened);
  const auto named = "log " + std::to_string(arrival) + ":";
  if (report) {
    for (const auto& fault : report->faults) {
      if (fault.what.starts_with(named)) {
        world.say("rot found: " + fault.what);
        return;
      }
    }
  }
  broken("rot", node.number,
         "a bit turned in change set " + std::to_string(arrival) + " and verify says " +
             (report ? (report->faults.empty() ? "all is well" : report->faults.front().what)
                     : describe(report.error())));
}

}  // namespace linli::simulation

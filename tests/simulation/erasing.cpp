// Values that somebody has destroyed (I10), and looking for what is left of them.
#include <cstring>
#include <unordered_map>

#include "tests/simulation/checks.h"
#include "tests/simulation/world.h"

namespace linli::simulation {
namespace {

using node::Outcome;

/// The fields of a type that can be erased, and whose values people write here.
std::vector<std::string> erasable(std::string_view type, Chance& chance) {
  if (type == "inspection") {
    return chance.percent(50) ? std::vector<std::string>{"note"}
                              : std::vector<std::string>{"note", "site_signer"};
  }
  if (type == "staff") return {chance.percent(50) ? "phone" : "name"};
  if (type == "finding") return {"description"};
  return {};
}

std::vector<Hash> erased_at(Node& node) {
  std::vector<Hash> all;
  auto lease = node.replica->store().read();
  auto& s = lease->cached("SELECT commitment FROM erased");
  while (s.step()) all.push_back(Hash::of(s.blob(0)));
  return all;
}

}  // namespace

void World::note_salts(Node& node) {
  auto lease = node.replica->store().read();
  auto& s = lease->cached("SELECT commitment, salt FROM opening");
  while (s.step()) salts.try_emplace(Hash::of(s.blob(0)), crypto::Salt::of(s.blob(1)));
}

void World::erase(Node& node, Chance& chance) {
  const auto trust = node.replica->trust();
  const auto& own = *trust->book.find(node.replica->identity().certificate);
  std::vector<const Written*> here;
  for (const auto& w : written) {
    if (own.covers(w.scope) && !erasable(w.type, chance).empty()) here.push_back(&w);
  }
  if (here.empty()) return;
  const auto& target = *chance.one_of(here);
  node::Wish wish;
  wish.kind = node::Wish::Kind::erase;
  wish.type = model::schema().type(target.type);
  wish.id = target.id;
  wish.scope = target.scope;
  wish.erase = erasable(target.type, chance);
  {
    const Disk::Looking looking(node.disk);
    note_salts(node);
  }
  const auto before = node.replica->arrival();
  const auto outcomes = node.replica->put({wish}, {.origin = "erase: request"});
  const auto after = node.replica->arrival();
  std::string told = "node " + std::to_string(node.number) + " erases in " + target.type + "/" +
                     sync::to_text(target.id).substr(24) + ": ";
  const bool done = outcomes && outcomes->front().done == Outcome::Done::changed;
  if (!done && after != before) {
    broken("I1", node.number, "kept something of an erasure that it says it couldn't keep");
  }
  if (!outcomes) {
    told += describe(outcomes.error());
  } else if (!done) {
    told +=
        outcomes->front().faults.empty() ? "nothing there" : outcomes->front().faults.front().en;
  } else if (!node.disk.stopped()) {
    ++counts.erased;
    const Disk::Looking looking(node.disk);
    remember_sets(node, before);
    told += "done";
  }
  say(told);
  if (!survived(node) || !done) return;
  // As a command does before it answers; a disk that is full, or stops here, leaves it for later.
  const auto cleared = node.replica->finish_erasing();
  say(cleared ? (*cleared ? "cleared" : "not cleared yet") : describe(cleared.error()));
  survived(node);
}

namespace {

/// Any of the salts in the bytes. They are chance: their first eight bytes tell them apart.
const Hash* found_in(
    const std::string& bytes,
    const std::unordered_map<std::uint64_t, std::pair<Hash, crypto::Salt>>& salts) {
  std::uint64_t head = 0;
  for (std::size_t at = 0; at + crypto::Salt::size() <= bytes.size(); ++at) {
    std::memcpy(&head, bytes.data() + at, sizeof head);
    const auto known = salts.find(head);
    if (known == salts.end()) continue;
    const auto& [commitment, salt] = known->second;
    if (std::string_view(bytes).substr(at, salt.size()) == salt.view()) return &commitment;
  }
  return nullptr;
}

}  // namespace

void check_erased(World& world, const std::set<std::size_t>& chosen) {
  const auto erased = erased_at(world.hub());
  if (erased.empty()) return;
  std::unordered_map<std::uint64_t, std::pair<Hash, crypto::Salt>> salts;
  for (const auto& commitment : erased) {
    const auto salt = world.salts.find(commitment);
    if (salt == world.salts.end()) continue;
    std::uint64_t head = 0;
    std::memcpy(&head, salt->second.view().data(), sizeof head);
    salts.emplace(head, *salt);
  }
  const std::set<Hash> gone(erased.begin(), erased.end());
  for (auto& node : world.nodes()) {
    if (world.has_ended(*node)) continue;  // Nobody tells it any more.
    const auto cleared = node->replica->finish_erasing();
    if (!cleared || !*cleared) broken("I10", node->number, "can't clear its disk");
    auto lease = node->replica->store().read();
    auto& s = lease->cached("SELECT commitment FROM opening");
    while (s.step()) {
      if (gone.contains(Hash::of(s.blob(0)))) {
        broken("I10", node->number, "holds a value that was erased");
      }
    }
    if (!chosen.contains(static_cast<std::size_t>(node->number))) continue;
    for (const auto& [file, bytes] : node->disk.image()) {
      if (const auto* commitment = found_in(bytes, salts)) {
        broken("I10", node->number,
               "its disk still has what opens " + crypto::to_hex(commitment->view()) + ": " + file);
      }
    }
  }
}

}  // namespace linli::simulation

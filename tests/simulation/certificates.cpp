// The hub's hand on certificates: other scopes for a node, and back; and what it holds back.
#include "node/scopes.h"
#include "node/store/held.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/world.h"

namespace linli::simulation {
namespace {

/// Scopes of the city that the upstream works in: those beside the node's, or strictly below it.
std::vector<std::string> scopes_near(const Node& node, std::size_t nodes, bool below) {
  const std::string own = node.place.scope;
  const auto& upstream = kCityMap[node.place.upstream];
  std::set<std::string> near;
  for (std::size_t i = 0; i < nodes; ++i) {
    const std::string scope = kCityMap[i].scope;
    const bool inside = crypto::scope_covers(own, scope);
    const bool beside = !inside && !crypto::scope_covers(scope, own);
    if (!crypto::scope_covers(upstream.scope, scope) || scope == own) continue;
    if (below ? inside : beside) near.insert(scope);
  }
  return {near.begin(), near.end()};
}

bool as_at_first(const crypto::Certificate& certificate, const Place& place) {
  return certificate.paths == std::vector<std::string>{place.scope} && certificate.excluded.empty();
}

/// Back to the one path that the node began with.
node::ScopeChange way_back(const crypto::Certificate& certificate, const Place& place) {
  node::ScopeChange change{{place.scope}, {}};
  for (const auto& path : certificate.paths) {
    if (!crypto::scope_covers(place.scope, path)) change.remove.push_back(path);
  }
  return change;
}

std::vector<Hash> held_at(Node& hub) {
  const Disk::Looking looking(hub.disk);
  std::vector<Hash> held;
  auto lease = hub.replica->store().read();
  auto s = lease->prepare("SELECT hash FROM log WHERE kind = 1 AND standing = 1 ORDER BY arrival");
  while (s.step()) held.push_back(Hash::of(s.blob(0)));
  return held;
}

}  // namespace

/// At the hub. How: 0 back, 1 wider, 2 elsewhere, 3 narrower. True: there is a new certificate.
bool World::change_certificate(Node& node, std::int64_t how, Chance& chance) {
  if (!hub().replica && hub().off_until <= time_) open(hub());
  if (!hub().up() || node.place.upstream < 0 || node.author.is_zero()) return false;
  const auto trust = hub().replica->trust();
  const auto newest = trust->book.newest_of(node.author);
  if (!newest) return false;  // Not heard of yet, or forgotten.
  const auto& current = *trust->book.find(*newest);
  node::ScopeChange change;
  if (!as_at_first(current, node.place)) {
    change = way_back(current, node.place);
  } else if (how != 0) {
    const auto near = scopes_near(node, nodes_.size(), how == 3);
    if (near.empty()) return false;
    const auto& path = near[chance.below(near.size())];
    if (how == 3) {
      change.remove = {path};
    } else {
      change.add = {path};
      if (how == 2) change.remove = {node.place.scope};
    }
  } else {
    return false;
  }
  const auto done = node::change_scopes(*hub().replica, node.author, change);
  std::string told = "node " + std::to_string(node.number) + " works in";
  if (done) {
    ++counts.certificates;
    node.moved = true;
    for (const auto& path : *done) told += " " + path;
  } else {
    told += " what it worked in: " + describe(done.error());
  }
  say(told);
  survived(hub());
  return done.has_value();
}

void World::revoke(Node& node, bool by_upstream) {
  if (node.place.upstream < 0 || node.author.is_zero()) return;
  auto& by = by_upstream ? *nodes_[static_cast<std::size_t>(node.place.upstream)] : hub();
  if (!by.up() || by.in_exchange) return;
  const auto done = by.replica->revoke(node.author, "丢失");
  if (done) ++counts.revoked;
  say("node " + std::to_string(node.number) + (done ? "'s key is ended by " : " goes on, by ") +
      std::to_string(by.number) + (done ? "" : ": " + describe(done.error())));
  survived(by);
}

bool World::has_ended(Node& node) {
  if (node.author.is_zero()) return false;
  const auto trust = hub().replica->trust();
  const auto newest = trust->book.newest_of(node.author);
  return newest && trust->book.revoked(*trust->book.find(*newest)) != nullptr;
}

/// Of what the hub holds back: one, or all. True: there was some.
bool World::approve(bool all, Chance& chance) {
  auto held = held_at(hub());
  if (held.empty()) return false;
  if (!all) held = {held[chance.below(held.size())]};
  for (const auto& set : held) {
    if (!hub().up()) return true;
    const auto done = hub().replica->approve(set, "核实过");
    if (done) ++counts.approved;
    say("approves " + crypto::to_hex(set.view().substr(0, 4)) +
        (done ? "" : ": " + describe(done.error())));
    if (!survived(hub())) return true;
  }
  return true;
}

/// When all is healed: everybody gets back what it worked in, and what is held back is approved.
bool World::tidy_up(Chance& chance) {
  bool some = approve(true, chance);
  for (auto& node : nodes_) {
    if (!has_ended(*node)) some = change_certificate(*node, 0, chance) || some;
  }
  return some;
}

}  // namespace linli::simulation

// I4, worked out once more from the signed bytes alone: which edits nobody has seen and replaced,
// which of them wins, and that all the others are listed, unless all say the same. Plain on
// purpose: no lives, no moves.
#include <algorithm>

#include "node/store/reading.h"
#include "tests/simulation/checks.h"

namespace linli::simulation {
namespace {

struct Edit {
  sync::OrderKey key;
  std::vector<sync::VersionId> base;
  std::map<std::uint32_t, std::string> values;  ///< As signed; without fields that were emptied.
};
/// Of one record: its cells' edits. Records that were ever removed are left to the other checks.
struct History {
  std::map<std::uint32_t, std::vector<Edit>> cells;
  bool plain = true;
};
using Histories = std::map<std::string, History>;

std::string text_of(const sync::VersionId& version) {
  return crypto::to_hex(version.feed.view().substr(0, 8)) + "." + std::to_string(version.seq) +
         "." + std::to_string(version.index);
}

void add(Histories& histories, const store::LoadedSet& loaded, std::uint32_t index) {
  const auto& set = loaded.set;
  const auto& change = set.changes[index];
  const auto* type = model::schema().type(change.type);
  if (!type || sync::founds_trust(type->number)) return;
  const auto name = std::string(type->name) + " " + sync::to_text(change.id) + " " + set.feed.scope;
  auto& history = histories[name];
  const bool edit = change.kind == sync::ChangeKind::put || change.kind == sync::ChangeKind::clear;
  if (!edit || change.life > 0) history.plain = false;
  if (!history.plain) return;
  const auto* state = type->state.empty() ? nullptr : type->field(type->state);
  const sync::OrderKey key{loaded.trusted,
                           std::max(change.stamp, set.seen ? set.seen->time : 0),
                           {loaded.feed, set.seq, index}};
  std::map<std::uint32_t, std::map<std::uint32_t, std::string>> cells;
  for (const auto& field : change.fields) {
    auto& values = cells[type->cell_of(field.field)];
    const bool emptied = change.kind == sync::ChangeKind::clear || field.value == "\xF6";
    if (!emptied) values.emplace(field.field, field.value);
  }
  if (state) cells.erase(type->cell_of(state->number));
  for (auto& [cell, values] : cells)
    history.cells[cell].push_back({key, change.base.of(cell), std::move(values)});
}

Histories histories_of(Node& node) {
  Histories histories;
  auto lease = node.replica->store().read();
  store::Log log(*lease);
  auto s = lease->prepare("SELECT arrival FROM log WHERE kind = 1 ORDER BY arrival");
  while (s.step()) {
    const auto loaded = log.load(s.integer(0));
    for (std::uint32_t i = 0; i < loaded->set.changes.size(); ++i) add(histories, *loaded, i);
  }
  return histories;
}

/// "won by … lost …", as the node lists it; by record and cell.
std::map<std::string, std::string> listed_by(Node& node) {
  std::map<std::string, std::string> listed;
  const auto conflicts = store::list_conflicts(node.replica->store(), 1'000'000);
  for (const auto& item : conflicts["items"]) {
    auto& text = listed[item["type"].get<std::string>() + " " + item["id"].get<std::string>() +
                        " " + item["scope"].get<std::string>() + " " + item["cell"].dump()];
    text = item["winner"]["version"].get<std::string>();
    for (const auto& loser : item["losers"]) text += " " + loser["version"].get<std::string>();
  }
  return listed;
}

}  // namespace

void check_conflicts(Node& node) {
  const auto listed = listed_by(node);
  for (const auto& [record, history] : histories_of(node)) {
    if (!history.plain) continue;
    for (const auto& [cell, edits] : history.cells) {
      std::set<sync::VersionId> seen;
      for (const auto& edit : edits) seen.insert(edit.base.begin(), edit.base.end());
      std::vector<sync::OrderKey> open;
      std::set<std::map<std::uint32_t, std::string>> said;
      for (const auto& edit : edits) {
        if (seen.contains(edit.key.version)) continue;
        open.push_back(edit.key);
        said.insert(edit.values);
      }
      std::sort(open.begin(), open.end(), std::greater<>());
      std::string want;
      if (said.size() > 1) {
        for (const auto& key : open) want += (want.empty() ? "" : " ") + text_of(key.version);
      }
      const auto name = record + " " + std::to_string(cell);
      const auto found = listed.find(name);
      const auto have = found == listed.end() ? std::string() : found->second;
      if (want != have) {
        broken("I4", node.number,
               name + ": the signed bytes say [" + want + "], listed is [" + have + "]");
      }
    }
  }
}

}  // namespace linli::simulation

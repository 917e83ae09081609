// What a set or a part would show, worked out beside the writer, from their bytes alone.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/json.h"
#include "node/store/projector_detail.h"

namespace linli::store {

using namespace projecting;
using sync::FieldValue;

namespace projecting {

std::optional<crypto::Hash> commitment_in(std::string_view value) {
  cbor::Reader r(value);
  if (r.peek() != cbor::Kind::tag || r.tag() != cbor::kTagCommitment) return std::nullopt;
  const auto bytes = r.bytes(32);
  if (!r.ok()) return std::nullopt;
  return crypto::Hash::of(bytes);
}

Preview preview_of(const model::RecordType& type, std::string_view scope, const sync::RecordId& id,
                   std::vector<FieldValue> values) {
  Preview made{std::move(values), {}, {}, {}};
  const model::RecordView view{&type, scope, id, false, made.values};
  made.faults = model::check(view);
  if (made.faults.empty() && type.contribute && type.peers.empty()) {
    type.contribute(view, {}, made.contributions);
  }
  made.text = search_text(view);
  return made;
}

}  // namespace projecting

namespace {

/// The values that came with a set, by commitment.
struct Openings {
  const std::vector<sync::Opening>& openings;
  std::vector<sync::Committed> committed;
  std::size_t next = 0;  ///< Where the search goes on: they come in the order they are asked for.

  /// The value to show for `value`: opened if it is a commitment whose opening is here.
  [[nodiscard]] std::string_view shown(std::string_view value) {
    const auto commitment = commitment_in(value);
    if (!commitment) return value;
    for (std::size_t i = 0; i < openings.size(); ++i) {
      const auto at = (next + i) % openings.size();
      const auto& opening = openings[at];
      if (opening.ordinal < committed.size() &&
          committed[opening.ordinal].commitment == *commitment) {
        next = at + 1;
        return opening.value;
      }
    }
    return value;
  }
};

}  // namespace

std::vector<std::optional<Preview>> preview(const LoadedSet& loaded,
                                            const std::vector<sync::Opening>& openings) {
  const auto& set = loaded.set;
  Openings open{openings, {}};
  if (!openings.empty()) open.committed = sync::commitments(set);
  std::vector<std::optional<Preview>> previews(set.changes.size());
  for (std::size_t i = 0; i < set.changes.size(); ++i) {
    const auto& change = set.changes[i];
    const auto* type = model::schema().type(change.type);
    if (!type || change.kind != sync::ChangeKind::put || !change.base.empty()) continue;
    std::vector<FieldValue> values;
    values.reserve(change.fields.size());
    for (const auto& field : change.fields) {
      values.push_back({field.field, open.shown(field.value)});
    }
    previews[i] = preview_of(*type, set.feed.scope, change.id, std::move(values));
  }
  return previews;
}

namespace {

/// The value to show: opened, if it is a commitment that one of `values` opens.
const std::string* opening_of(std::string_view value, const std::vector<sync::PartValue>& values) {
  const auto hash = commitment_in(value);
  if (!hash) return nullptr;
  const auto found = std::lower_bound(
      values.begin(), values.end(), *hash,
      [](const auto& v, const crypto::Hash& wanted) { return v.commitment < wanted; });
  return found != values.end() && found->commitment == *hash ? &found->value : nullptr;
}

}  // namespace

std::vector<std::optional<RecordPreview>> preview(const sync::SnapshotPart& part,
                                                  const std::vector<sync::PartValue>& values) {
  static const auto policy = model::policy_of(model::schema(), 1, {});
  static const auto rules = merge_rules(model::schema(), policy);
  std::vector<std::optional<RecordPreview>> previews(part.records.size());
  for (std::size_t i = 0; i < part.records.size(); ++i) {
    const auto& record = part.records[i];
    const auto* type = model::schema().type(record.type);
    if (!type) continue;
    const auto state = sync::RecordState::decode(record.state);
    if (!state || state->blank()) continue;
    // Built in its place: the values point into it.
    auto& made = previews[i].emplace();
    made.merged = state->merged(rules.at(record.type));
    if (made.merged.removed || !made.merged.conflicts.empty()) {
      previews[i].reset();
      continue;
    }
    const auto& fields = made.merged.fields;
    made.opened.reserve(fields.size());
    std::vector<FieldValue> shown;
    for (const auto& [number, value] : fields) {
      const auto* opened = opening_of(value, values);
      if (opened) made.opened.push_back(*opened);
      shown.push_back({number, opened ? std::string_view(made.opened.back()) : value});
    }
    made.preview = preview_of(*type, part.scope, record.id, std::move(shown));
  }
  return previews;
}

}  // namespace linli::store

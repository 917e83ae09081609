#include "node/freezing.h"

#include <algorithm>
#include <map>

#include "node/model/values.h"
#include "node/store/table.h"
#include "sync/policy.h"

namespace linli::node {
namespace {

using model::RecordType;

constexpr std::string_view kNull = "\xF6";

/// What is known of a record while a set is read: the row as it stood, and the state that earlier
/// changes of the set have brought it to.
struct Standing {
  std::optional<store::Row> row;
  std::optional<std::int64_t> state;
  std::map<std::uint32_t, std::string> written = {};  ///< By earlier changes of the set.

  [[nodiscard]] const std::string* value(std::uint32_t field) const {
    if (const auto found = written.find(field); found != written.end()) return &found->second;
    return row ? row->record.get(field) : nullptr;
  }
};

class Reading {
 public:
  Reading(store::Store& store, const sync::ChangeSet& set,
          const std::vector<sync::Committed>& committed, const std::vector<sync::Opening>& openings)
      : store_(store), set_(set) {
    for (const auto& opening : openings) {
      values_[committed[opening.ordinal].commitment] = &opening.value;
    }
  }

  std::optional<Error> judge(const sync::Change& change) {
    const auto* table = store_.projector().table(change.type);
    if (!table || table->type().frozen.empty()) return std::nullopt;
    const auto& type = table->type();
    auto& record = standing(change, *table);
    if (record.state && freezes(type, *record.state)) {
      if (auto altered = altered_by(change, type, record)) return altered;
    }
    follow(change, type, record);
    return std::nullopt;
  }

 private:
  Standing& standing(const sync::Change& change, const store::Table& table) {
    const auto [at, fresh] = known_.try_emplace({change.type, change.id});
    auto& record = at->second;
    if (!fresh) return record;
    auto row = table.find(store_.database(), store_.log().scope(set_.feed.scope), change.id);
    if (!row || row->record.removed || (row->flags & store::kRowHidden) != 0) return record;
    const auto* state = table.type().field(table.type().state);
    row->record.type = &table.type();
    record.state = model::ViewOf(row->record)->state(state->number);
    record.row = std::move(row);
    return record;
  }

  std::optional<Error> altered_by(const sync::Change& change, const RecordType& type,
                                  const Standing& record) const {
    const auto refusal = [&](std::string_view field) {
      return Error{
          Errc::frozen,
          std::string(type.name) + " " + sync::to_text(change.id) + ": its state has closed it",
          std::string(field)};
    };
    if (change.kind == sync::ChangeKind::remove) return refusal("");
    if (change.kind == sync::ChangeKind::erase) return std::nullopt;
    const auto state_cell = type.cell_of(type.field(type.state)->number);
    const bool moves = moved_to(change, type, record) != record.state;
    for (const auto& written : change.fields) {
      if (says_the_same(written, record) || stays(written, type, record)) continue;
      const bool comes_along = type.cell_of(written.field) == state_cell && moves;
      // What lasts is closed once it is there: who publishes what was approved says when.
      if (comes_along && (!type.lasts(written.field) || !record.value(written.field))) continue;
      const auto* field = type.field(written.field);
      return refusal(field ? field->name : "");
    }
    return std::nullopt;
  }

  /// The state that this change brings the record to. A move that begins elsewhere than where the
  /// record stands brings it nowhere: it was made before its author heard of that, or is made up.
  static std::optional<std::int64_t> moved_to(const sync::Change& change, const RecordType& type,
                                              const Standing& record) {
    const auto number = type.field(type.state)->number;
    auto state = record.state;
    for (const auto& written : change.fields) {
      if (written.field != number) continue;
      const auto move = sync::decode_move(written.value);
      if (move && move->from == state.value_or(-1)) state = move->to;
    }
    return state;
  }
  /// Who writes the state's group says the state again where it doesn't move.
  static bool stays(const sync::FieldValue& written, const RecordType& type,
                    const Standing& record) {
    if (written.field != type.field(type.state)->number) return false;
    const auto move = sync::decode_move(written.value);
    return move && move->from == move->to && move->to == record.state;
  }

  /// Who settles a conflict writes again what stands.
  bool says_the_same(const sync::FieldValue& written, const Standing& record) const {
    if (!record.row && record.written.empty()) return false;
    const auto* there = record.value(written.field);
    const auto value = opened(written.value);
    return there ? *there == value : value == kNull;
  }

  std::string_view opened(std::string_view value) const {
    if (!model::is_commitment(value)) return value;
    // One that nobody has any more may stand there as its commitment.
    sync::each_commitment(value, [&](std::string_view hash) {
      const auto found = values_.find(crypto::Hash::of(hash));
      if (found != values_.end()) value = *found->second;
    });
    return value;
  }

  void follow(const sync::Change& change, const RecordType& type, Standing& record) const {
    if (change.kind == sync::ChangeKind::remove) record = {};
    if (change.kind != sync::ChangeKind::put) return;
    record.state = moved_to(change, type, record);
    for (const auto& field : change.fields) {
      record.written[field.field] = std::string(opened(field.value));
    }
  }

  store::Store& store_;
  const sync::ChangeSet& set_;
  std::map<crypto::Hash, const std::string*> values_;
  std::map<std::pair<std::uint32_t, sync::RecordId>, Standing> known_;
};

}  // namespace

bool freezes(const RecordType& type, std::int64_t state) {
  const auto* field = type.frozen.empty() ? nullptr : type.field(type.state);
  if (!field) return false;
  const auto value = std::find_if(field->values.begin(), field->values.end(),
                                  [&](const auto& known) { return known.number == state; });
  return value != field->values.end() &&
         std::find(type.frozen.begin(), type.frozen.end(), value->code) != type.frozen.end();
}

std::optional<Error> alters_closed(store::Store& store, const sync::ChangeSet& set,
                                   const std::vector<sync::Committed>& committed,
                                   const std::vector<sync::Opening>& openings) {
  Reading reading(store, set, committed, openings);
  for (const auto& change : set.changes) {
    if (auto altered = reading.judge(change)) return altered;
  }
  return std::nullopt;
}

}  // namespace linli::node

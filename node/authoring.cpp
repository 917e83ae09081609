// From wishes to signed change sets: what a person typed becomes a change that every node accepts.
#include "node/authoring.h"

#include <algorithm>
#include <functional>

#include "node/freezing.h"
#include "node/model/values.h"
#include "node/numbering.h"

namespace linli::node {

namespace {

constexpr std::size_t kChangesAim = 500;  ///< A set that is full is signed and begun anew.
/// A set is the smallest piece of a transfer: what a line that breaks loses, so it is small.
constexpr std::size_t kBytesAim = 64u << 10;
constexpr std::size_t kWishesPerJob = 500;

}  // namespace

/// The record as the projections have it; sets that still hold changes of it are closed first.
Result<std::optional<store::Row>> Replica::Authoring::stored(const RecordType& type,
                                                             const std::string& scope,
                                                             const sync::RecordId& id) {
  if (pending.contains({type.number, {scope, id}})) {
    if (auto closed = close_all(); !closed) return fail(closed.error());
  }
  const auto* table = replica.store_->projector().table(type.number);
  auto row = table->find(replica.store_->database(), log().scope(scope), id);
  // One whose changes are all held back isn't there for who writes now.
  if (row && (row->flags & store::kRowHidden)) row.reset();
  if (row) row->record.scope = scope;
  return row;
}

void Replica::Authoring::check_references(const Record& record, const Record& given,
                                          std::vector<Fault>& faults) {
  const auto check = [&](const Field& field, const model::Ref& ref) {
    if (follow(ref)) return;
    faults.push_back(
        fault(Errc::dangling_reference, std::string(field.name), "引用的记录本机没有",
              "names a record that isn't here (" + to_text(ref.id) + " in " + ref.scope + ")"));
  };
  for (const auto& [number, value] : given.fields) {
    const auto* field = record.type->field(number);
    if (!field || value == kNull) continue;
    if (field->type == model::FieldType::ref) {
      if (auto ref = model::decode_ref(value, record.scope)) check(*field, *ref);
    } else if (field->type == model::FieldType::refs) {
      const model::ViewOf view(record);
      for (const auto& ref : view->refs(number)) check(*field, ref);
    }
  }
}

Result<void> Replica::Authoring::grant(const Wish& wish, std::size_t at) {
  auto& outcome = outcomes[at];
  const auto* table = replica.store_->projector().table(wish.type->number);
  if (sync::founds_trust(wish.type->number)) {
    outcome.faults.push_back(
        fault(Errc::forbidden, "", "不能直接写入系统记录",
              "certificates, revocations and policies have commands of their own"));
    return {};
  }
  if (wish.kind == Wish::Kind::remove) return remove(wish, at, *table);
  if (wish.kind == Wish::Kind::settle) return settle(wish, at);
  if (wish.kind == Wish::Kind::erase) return erase(wish, at, *table);
  auto fields = wish.fields;
  const NumberDesk desk{*replica.store_, replica.identity(), *this, moment.today, pending};
  if (fields.is_object()) {
    if (!wish.scope.empty()) fields["scope"] = wish.scope;
    if (wish.id) fields["id"] = to_text(*wish.id);
    if (auto refused = find_place(wish, fields)) {
      outcome.faults.push_back(*std::move(refused));
      return {};
    }
    settle_places(wish, fields);
    give_provisional(desk, *wish.type, wish, fields);
    if (auto refused = give_key(desk, *wish.type, wish, fields)) {
      outcome.faults.push_back(*std::move(refused));
      return {};
    }
  }
  auto draft = model::read_draft(*wish.type, fields, replica.frame());
  if (!draft) {
    outcome.faults = std::move(draft.error());
    return {};
  }
  outcome.scope = draft->scope;
  const bool named = draft->id && !draft->by_key && !wish.create_only;
  if (!draft->id) draft->id = sync::new_record_id(moment.now);
  outcome.id = *draft->id;
  auto row = stored(*wish.type, draft->scope, *draft->id);
  if (!row) return fail(row.error());
  if (wish.id && !*row && !wish.create_only) {
    outcome.faults.push_back(fault(Errc::not_found, "id", "没有这条记录", "no such record"));
    return {};
  }
  if (wish.if_version && (*row ? (*row)->latest : 0) != *wish.if_version) {
    outcome.faults.push_back(fault(Errc::stale, "", "记录已被改动，请先查看新内容",
                                   "the record has changed meanwhile: read it again"));
    return {};
  }
  if (auto refused = give_official(desk, *draft, *row)) {
    outcome.faults.push_back(*std::move(refused));
    return {};
  }
  if (*row && !named && !options.update && !(*row)->record.removed) {
    // Loading the same line again is no mistake; another record under a taken key is one.
    for (const auto& [number, value] : draft->fields.fields) {
      const auto* there = (*row)->record.get(number);
      if (value == kNull ? !there : (there && *there == value)) continue;
      const auto* field = wish.type->field(number);
      outcome.faults.push_back(
          fault(Errc::duplicate_key, field ? std::string(field->name) : "",
                "同一编号的记录已存在且内容不同；如需修改请用更新",
                "a record with this key is there with another value (use --update to change it)"));
      return {};
    }
  }
  check_due(*draft, *row, outcome.faults);
  if (!outcome.faults.empty()) return {};
  if (auto changed = change(*draft, at, std::move(*row)); !changed) return changed;
  if (auto carried = carry_extension(*draft, at); !carried) return carried;
  if (auto carried = carry_shortness(*draft, at); !carried) return carried;
  return mark_proxies(*draft, at);
}

namespace {

/// A merged record may break a rule already: who settles one of its conflicts needn't mend that.
void leave_out_old_faults(const Record& before, std::vector<Fault>& faults) {
  const model::ViewOf view(before);
  const auto old = model::check(*view);
  std::erase_if(faults, [&](const Fault& fault) {
    return std::any_of(old.begin(), old.end(), [&](const Fault& other) {
      return other.field == fault.field && other.code == fault.code && other.en == fault.en;
    });
  });
}

/// What is published, reviewed, closed isn't altered any more.
Fault closed_fault(const Field& state, std::int64_t current, std::string_view field) {
  const auto value = std::find_if(state.values.begin(), state.values.end(),
                                  [&](const auto& known) { return known.number == current; });
  ensure(value != state.values.end(), "a state that freezes is one of the type's");
  return fault(Errc::frozen, std::string(field),
               (value->label.zh.starts_with("已") ? "" : "已") + std::string(value->label.zh) +
                   "，内容不能再改，也不能删除；请另立新版取代",
               "it is " + std::string(value->code) +
                   ": it can't be altered or deleted any more, only superseded");
}

/// A value that this node may not see can't be written again, not even to keep it; one that was
/// erased goes on being erased.
void check_here(const Record& record, const std::vector<std::uint32_t>& cells,
                const std::function<bool(std::uint32_t, std::string_view)>& was_erased,
                std::vector<Fault>& faults) {
  for (const auto& [number, value] : record.fields) {
    if (!model::is_commitment(value) || was_erased(number, value)) continue;
    if (!std::binary_search(cells.begin(), cells.end(), record.type->cell_of(number))) continue;
    const auto* field = record.type->field(number);
    faults.push_back(fault(Errc::forbidden, field ? std::string(field->name) : "",
                           "本机无权查看这个值，不能重新写入；请在有权查看的节点修改",
                           "its value is withheld from this node: change the record at a node "
                           "that may see it"));
  }
}

}  // namespace

Result<void> Replica::Authoring::change(const Draft& draft, std::size_t at,
                                        std::optional<store::Row> row, const Settling* settling) {
  const auto& type = *draft.type;
  auto& faults = outcomes[at].faults;
  const bool revives = row && row->record.removed;
  const bool fresh = !row || revives;
  Record record{&type, draft.scope, *draft.id, false, {}};
  if (!fresh) record.fields = row->record.fields;
  const Record before = record;

  check_rights(draft, faults);
  for (const auto& [number, value] : draft.fields.fields) {
    const auto* field = type.field(number);
    if (!fresh && field && type.in_key(field->name)) {
      const auto* there = before.get(number);
      if (!there || *there != value) {
        faults.push_back(fault(Errc::bad_value, std::string(field->name),
                               "编号不能更改；请另建记录",
                               "a key can't change: make a new record"));
      }
    }
    if (value == kNull) {
      record.unset(number);
    } else {
      record.set(number, value);
    }
  }
  std::optional<std::int64_t> current;
  const auto* state = type.state.empty() ? nullptr : type.field(type.state);
  if (!fresh && state) current = model::ViewOf(before)->state(state->number);
  const bool settles_state = settling && state && settling->cell == type.cell_of(state->number);
  if (settles_state) current = settling->from;
  const auto chain = chain_for(type, draft.state, current, faults);
  if (chain && !chain->empty()) {
    record.set(state->number, sync::encode_move(chain->back()));
  } else if (settles_state && current) {
    record.set(state->number, sync::encode_move({*current, *current}));
  }
  if (!faults.empty()) return {};

  if (!settling) name_issuer(record, before);
  if (type.derive && !(settling && settling->keep)) {
    if (auto derived = type.derive(record, *this, moment); !derived) {
      const auto& e = derived.error();
      faults.push_back(fault(e.code, e.field, e.detail, e.detail));
      return {};
    }
  }
  {
    const model::ViewOf view(record);
    faults = model::check(*view);
    if (type.authoring_faults && !settling) check_with_others(type, *view, faults);
  }
  if (!settling && chain && !chain->empty()) {
    check_unfinished(record, faults);
    check_shown(record, current, faults);
  }
  if (!settling) {
    check_extension(record, before, faults);
    check_seats(record, before, faults);
  }
  if (settling) leave_out_old_faults(before, faults);
  if (!settling || settling->typed) check_references(record, draft.fields, faults);

  // What differs from before; a group goes as a whole, because it merges as a whole.
  std::vector<std::uint32_t> cells;
  const auto differs = [&](std::uint32_t number) {
    const auto* now = record.get(number);
    const auto* then = before.get(number);
    return (now == nullptr) != (then == nullptr) || (now && *now != *then);
  };
  for (const auto* side : {&std::as_const(record.fields), &before.fields}) {
    for (const auto& [number, value] : *side) {
      if (differs(number) && !(state && number == state->number && chain->empty())) {
        cells.push_back(type.cell_of(number));
      }
    }
  }
  if (settling) cells.push_back(settling->cell);
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  check_here(
      record, cells,
      [&](std::uint32_t field, std::string_view value) { return was_erased(record, field, value); },
      faults);
  // Where the record stands, whatever a settlement starts from.
  const auto stands = !fresh && state ? model::ViewOf(before)->state(state->number) : std::nullopt;
  if (stands && freezes(type, *stands) && !(settling && settling->keep)) {
    const auto may_come_along = [&](std::uint32_t number) {
      return type.cell_of(number) == type.cell_of(state->number) && !chain->empty() &&
             (!type.lasts(number) || !before.get(number));
    };
    for (const auto& field : type.fields) {
      if (!differs(field.number) || may_come_along(field.number)) continue;
      faults.push_back(closed_fault(*state, *stands, field.name));
    }
  }
  if (!faults.empty()) return {};
  if (cells.empty() && !fresh) {
    outcomes[at].done = Outcome::Done::unchanged;
    return {};
  }

  auto& set = set_for(draft.scope, type.audience);
  OwnedChange first{type.number, *draft.id, sync::ChangeKind::put, 0, {}, {}};
  if (row) {
    const auto merge = replica.store_->projector().state_of(*row);
    first.base = revives ? merge.base_for_all() : merge.base_for(cells);
    if (settling && !revives) {
      // Just what the person saw of the cell, so that the same request is known again.
      first.base = settling->leaves;
      for (const auto cell : cells) {
        auto leaves = merge.base_for({cell}).all;
        if (cell == settling->cell || leaves.empty()) continue;
        first.base.cells.emplace_back(cell, std::move(leaves));
      }
    }
    first.life = merge.life() + (revives ? 1 : 0);
    outcomes[at].settled = settled_by(*row, merge, revives ? nullptr : &cells);
  }
  const auto state_cell = state ? type.cell_of(state->number) : 0;
  std::vector<std::uint32_t> cleared;
  for (const auto cell : cells) {
    for (const auto* side : {&std::as_const(record.fields), &before.fields}) {
      for (const auto& [number, value] : *side) {
        if (type.cell_of(number) != cell) continue;
        const auto* now = record.get(number);
        if (side == &before.fields && now) continue;  // Taken from `record` already.
        auto out = now ? *now : kNull;
        if (state && number == state->number) {
          // Several moves at once are several changes; this one makes the first.
          out = sync::encode_move(chain && !chain->empty() ? chain->front()
                                                           : sync::StateMove{*current, *current});
        }
        first.fields.emplace_back(number, std::move(out));
      }
    }
  }
  std::sort(first.fields.begin(), first.fields.end());
  if (std::all_of(first.fields.begin(), first.fields.end(),
                  [](const auto& field) { return field.second == kNull; })) {
    first.kind = sync::ChangeKind::clear;  // The one spelling of "nothing but empties fields".
  }
  const auto life = first.life;
  std::vector<std::pair<std::uint32_t, std::string>> group;
  for (const auto& [number, value] : record.fields) {
    if (state && number != state->number && type.cell_of(number) == state_cell) {
      group.emplace_back(number, value);
    }
  }
  emit(set, std::move(first), type, at);
  for (std::size_t i = 1; chain && i < chain->size(); ++i) {
    OwnedChange next{type.number, *draft.id, sync::ChangeKind::put, life, group, {}};
    next.fields.emplace_back(state->number, sync::encode_move((*chain)[i]));
    std::sort(next.fields.begin(), next.fields.end());
    next.base.all = {{set.feed, set.seq, static_cast<std::uint32_t>(set.changes.size() - 1)}};
    emit(set, std::move(next), type, at);
  }
  outcomes[at].done = row ? Outcome::Done::changed : Outcome::Done::created;
  pending.insert_or_assign({type.number, {draft.scope, *draft.id}}, std::move(record));
  if (set.changes.size() >= kChangesAim || set.bytes >= kBytesAim) return close(set);
  return {};
}

Result<void> Replica::Authoring::remove(const Wish& wish, std::size_t at,
                                        const store::Table& table) {
  auto& outcome = outcomes[at];
  outcome.scope = wish.scope.empty() ? replica.identity().scope : wish.scope;
  if (!wish.id) {
    outcome.faults.push_back(fault(Errc::missing_field, "id", "缺少记录编号", "which record?"));
    return {};
  }
  outcome.id = *wish.id;
  auto row = stored(*wish.type, outcome.scope, *wish.id);
  if (!row) return fail(row.error());
  if (!*row || (*row)->record.removed) {
    outcome.faults.push_back(fault(Errc::not_found, "id", "没有这条记录", "no such record"));
    return {};
  }
  if (wish.if_version && (*row)->latest != *wish.if_version) {
    outcome.faults.push_back(fault(Errc::stale, "", "记录已被改动，请先查看新内容",
                                   "the record has changed meanwhile: read it again"));
    return {};
  }
  return end_life(**row, table.type(), at);
}

/// Deletes, naming all that is there: edits that met an earlier delete, too.
Result<void> Replica::Authoring::end_life(const store::Row& row, const RecordType& type,
                                          std::size_t at) {
  auto& outcome = outcomes[at];
  if (node_may(type.removers) && !may(type.removers)) {
    outcome.faults.push_back(fault(Errc::forbidden, "", "您的账号角色不能删除这类记录",
                                   "your account's role may not delete " + std::string(type.name)));
    return {};
  }
  if (!node_may(type.removers) || !own.covers(outcome.scope)) {
    outcome.faults.push_back(fault(Errc::forbidden, "", "本节点不能删除这类记录",
                                   "this node may not delete " + std::string(type.name)));
    return {};
  }
  if (!type.frozen.empty() && !row.record.removed) {
    const auto* state = type.field(type.state);
    const auto current = model::ViewOf(row.record)->state(state->number);
    if (current && freezes(type, *current)) {
      outcome.faults.push_back(closed_fault(*state, *current, ""));
      return {};
    }
  }
  const auto merge = replica.store_->projector().state_of(row);
  auto& set = set_for(outcome.scope, type.audience);
  outcome.settled = settled_by(row, merge, nullptr);
  emit(set,
       {type.number, outcome.id, sync::ChangeKind::remove, merge.life(), {}, merge.base_for_all()},
       type, at);
  outcome.done = Outcome::Done::removed;
  // Later wishes must see it gone: nothing stays pending behind a removal.
  return close(set);
}

Result<std::vector<Outcome>> Replica::put(const std::vector<Wish>& wishes,
                                          const PutOptions& options) {
  if (cloned()) {
    return fail(Errc::cloned, "another machine writes with this node's key: see `linli doctor`");
  }
  std::vector<Outcome> outcomes(wishes.size());
  const bool together = options.all_or_nothing || options.dry_run;
  const auto step = together ? std::max<std::size_t>(wishes.size(), 1) : kWishesPerJob;
  const auto run = [&, this](std::size_t from, std::size_t to) -> Result<void> {
    Authoring authoring(*this, options, outcomes);
    for (auto i = from; i < to; ++i) {
      outcomes[i] = {};
      if (auto granted = authoring.grant(wishes[i], i); !granted) return granted;
    }
    if (auto closed = authoring.close_all(); !closed) return closed;
    const bool refused = std::any_of(outcomes.begin(), outcomes.end(),
                                     [](const auto& o) { return !o.faults.empty(); });
    // Undone by the writer; the outcomes still tell what would have happened.
    if (options.dry_run || (options.all_or_nothing && refused)) return fail(Errc::bad_usage);
    return {};
  };
  std::vector<std::future<Result<void>>> done;
  for (std::size_t from = 0; from < wishes.size(); from += step) {
    const auto to = std::min(wishes.size(), from + step);
    done.push_back(submit([&run, from, to] { return run(from, to); }));
  }
  std::optional<Error> failed;
  for (auto& each : done) {
    auto result = each.get();
    if (!result && !(together && result.error().code == Errc::bad_usage)) failed = result.error();
  }
  if (failed) return fail(*failed);
  if (options.all_or_nothing && std::any_of(outcomes.begin(), outcomes.end(),
                                            [](const auto& o) { return !o.faults.empty(); })) {
    for (auto& outcome : outcomes) outcome.done = Outcome::Done::refused;
  }
  return outcomes;
}

}  // namespace linli::node

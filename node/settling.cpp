// Settling conflicts: what a person decided becomes a change like any other (I2, I4).
#include "node/settling.h"

#include <algorithm>

#include "node/authoring.h"
#include "node/store/condensed.h"
#include "node/store/conflicts.h"
#include "node/store/record_past.h"

namespace linli::node {

namespace {

constexpr auto kLifeCell = store::RecordPast::kLifeCell;

std::string code_of(const Field& state, std::int64_t number) {
  for (const auto& value : state.values) {
    if (value.number == number) return std::string(value.code);
  }
  return {};
}

/// The state that a leaf moves to; nothing: it holds no move.
std::optional<std::int64_t> state_in(const sync::Leaf& leaf, const Field& state) {
  for (const auto& [number, value] : leaf.fields) {
    if (number != state.number) continue;
    if (const auto move = sync::decode_move(value)) return move->to;
  }
  return std::nullopt;
}

}  // namespace

/// Is what stands the very settlement that is asked for? Asked twice, it is made once.
bool Replica::Authoring::settled_before(const Wish& wish, const sync::Merged& merged) const {
  for (const auto& [cell, version] : merged.versions) {
    // Two conflicts of the same two edits look alike but for this.
    if (cell != wish.settlement->cell && wish.settlement->cell != kLifeCell) continue;
    const auto arrival = log().arrival_of(version.feed, version.seq);
    if (!arrival) continue;
    const auto loaded = log().load(*arrival);
    if (loaded->set.feed.author != replica.identity().author) continue;
    if (options.origin.empty() || loaded->set.origin != options.origin) continue;
    // A chain of moves stands by its last step; its first one named what was seen.
    for (const auto& change : loaded->set.changes) {
      if (change.type != wish.type->number || change.id != *wish.id) continue;
      if (store::seen_tag(change.base.all) == wish.settlement->seen) return true;
    }
  }
  return false;
}

/// Does the record show what was typed in?
bool Replica::Authoring::has_value(const Wish& wish, const store::Row& row) const {
  if (wish.settlement->how != Settlement::How::value) return true;
  std::vector<Fault> faults;
  const auto draft = settled_draft(wish, row, {}, faults);
  if (!draft) return false;
  return std::all_of(draft->fields.fields.begin(), draft->fields.fields.end(), [&](const auto& f) {
    const auto* there = row.record.get(f.first);
    return f.second == kNull || (there && *there == f.second);
  });
}

/// What is to be written: the chosen version's fields, or those that were typed in, and nothing of
/// what stood in the cell besides. Of a deleted record: all its fields.
std::optional<Draft> Replica::Authoring::settled_draft(const Wish& wish, const store::Row& row,
                                                       const sync::Leaf& chosen,
                                                       std::vector<Fault>& faults) const {
  const auto& type = *wish.type;
  const auto& how = *wish.settlement;
  const auto* state = type.state.empty() ? nullptr : type.field(type.state);
  Draft draft{&type, wish.scope, *wish.id, false, {&type, wish.scope, *wish.id, false, {}}, {}};
  const auto put = [&](std::uint32_t number, const std::string& value) {
    if (!state || number != state->number) return draft.fields.set(number, value);
    if (const auto move = sync::decode_move(value)) draft.state = code_of(*state, move->to);
  };
  for (const auto& [number, value] : row.record.fields) {
    if (how.cell == kLifeCell) put(number, value);
    if (how.cell == type.cell_of(number) && !(state && number == state->number)) {
      draft.fields.set(number, kNull);
    }
  }
  auto fields = chosen.fields;
  auto arrival = log().arrival_of(chosen.key.version.feed, chosen.key.version.seq);
  if (const auto in = store::condensed(log().database(), row.rec); in && !arrival) {
    arrival = in->arrival;  // A snapshot stands for its set, and has its values.
  }
  if (arrival) {
    for (auto& [number, value] : fields) {
      if (auto plain = store::opened(log(), *arrival, value)) value = std::move(*plain);
    }
  }
  for (const auto& [number, value] : fields) put(number, value);
  if (how.how != Settlement::How::value) return draft;

  auto typed = wish.fields;
  if (!typed.is_object()) {
    std::vector<const Field*> those;
    for (const auto& field : type.fields) {
      if (type.cell_of(field.number) == how.cell) those.push_back(&field);
    }
    if (those.size() != 1) {
      faults.push_back(fault(Errc::bad_value, "value", "这处冲突涉及多个字段，请写成对象",
                             "the conflict is about several fields: give an object of them"));
      return std::nullopt;
    }
    typed = Json{{std::string(those.front()->name), wish.fields}};
  }
  typed["scope"] = wish.scope;
  typed["id"] = to_text(*wish.id);
  auto read = model::read_draft(type, typed, replica.frame());
  if (!read) {
    faults = std::move(read.error());
    return std::nullopt;
  }
  if (read->state) draft.state = read->state;
  const auto elsewhere = [&](std::uint32_t number) {
    if (how.cell == kLifeCell || type.cell_of(number) == how.cell) return false;
    faults.push_back(fault(Errc::bad_value, std::string(type.field(number)->name), "不属于这处冲突",
                           "it isn't what this conflict is about"));
    return true;
  };
  if (read->state && state && elsewhere(state->number)) return std::nullopt;
  for (const auto& [number, value] : read->fields.fields) {
    if (elsewhere(number)) return std::nullopt;
    draft.fields.set(number, value);
  }
  return draft;
}

Result<void> Replica::Authoring::settle(const Wish& wish, std::size_t at) {
  auto& outcome = outcomes[at];
  auto& faults = outcome.faults;
  ensure(wish.settlement && wish.id && wish.type, "settle: which conflict, and how");
  const auto& how = *wish.settlement;
  const auto& type = *wish.type;
  outcome.scope = wish.scope;
  outcome.id = *wish.id;
  auto row = stored(type, wish.scope, *wish.id);
  if (!row) return fail(row.error());
  if (!*row) {
    faults.push_back(fault(Errc::not_found, "id", "没有这条记录", "no such record"));
    return {};
  }
  const auto state = replica.store_->projector().state_of(**row);
  const auto merged = state.merged(replica.store_->projector().rules(type.number));
  if (settled_before(wish, merged) && has_value(wish, **row)) {
    outcome.done = Outcome::Done::unchanged;
    return {};
  }
  const auto conflict = std::find_if(
      merged.conflicts.begin(), merged.conflicts.end(),
      [&](const auto& c) { return c.cell == how.cell && c.void_move == how.void_move; });
  if (conflict == merged.conflicts.end()) {
    faults.push_back(fault(Errc::not_found, "conflict", "没有这处冲突，可能已经处理",
                           "no such conflict: it is settled, or has never been"));
    return {};
  }
  Settling settling{how.cell,
                    how.cell == kLifeCell ? state.base_for_all() : state.base_for({how.cell}),
                    how.how == Settlement::How::keep,
                    how.how == Settlement::How::value,
                    {}};
  if (store::seen_tag(settling.leaves.all) != how.seen) {
    faults.push_back(fault(Errc::stale, "conflict", "这处冲突又有了新的改动，请重新查看",
                           "another version came meanwhile: look at the conflict again"));
    return {};
  }
  const auto* chosen = &conflict->winner;
  if (how.how == Settlement::How::take) {
    chosen = nullptr;
    for (const auto& loser : conflict->losers) {
      if (store::version_name(loser.key.version) == how.version) chosen = &loser;
    }
    const bool winner = store::version_name(conflict->winner.key.version) == how.version;
    if (winner) chosen = &conflict->winner, settling.keep = true;
    if (!chosen) {
      faults.push_back(fault(Errc::not_found, "take", "这处冲突里没有这个版本",
                             "no version of this conflict is called " + how.version));
      return {};
    }
  }
  if (how.cell == kLifeCell && settling.keep) return end_life(**row, type, at);

  const auto* field = type.state.empty() ? nullptr : type.field(type.state);
  if (field && how.cell == type.cell_of(field->number)) {
    // A valid version may be stood on as it is; a void one is a wish to move from where it stands.
    const auto& stand = conflict->void_move ? conflict->winner : *chosen;
    if (!conflict->void_winner) settling.from = state_in(stand, *field);
  }
  const auto draft = settled_draft(wish, **row, *chosen, faults);
  if (!draft) return {};
  if (auto done = change(*draft, at, std::move(*row), &settling); !done) return done;
  return close_all();
}

// Asking for it

namespace {

Result<Settlement> read_settlement(const store::ConflictName& name, const Json& body,
                                   const std::string& seen) {
  Settlement how{name.cell, name.void_move, seen};
  if (seen.empty()) {
    return fail(
        Errc::bad_usage,
        "请写明看到的是哪个状态 say which state of the conflict was seen: its `seen` (If-Match)",
        "seen");
  }
  if (!body.is_object()) {
    return fail(Errc::bad_value,
                R"(请写明怎样处理 send {"keep": true}, {"take": VERSION} or {"value": …})");
  }
  int ways = 0;
  for (const auto& [member, value] : body.items()) {
    if (member == "seen") continue;
    ++ways;
    if (member == "keep") {
      if (value != Json(true))
        return fail(Errc::bad_value, "keep 只能是 true it is true or left out", "keep");
    } else if (member == "take") {
      if (!value.is_string())
        return fail(Errc::bad_value, "take 须写一个版本 it names a version", "take");
      how.how = Settlement::How::take;
      how.version = value.get<std::string>();
    } else if (member == "value") {
      how.how = Settlement::How::value;
    } else {
      return fail(Errc::unknown_field, "没有这一项 no such member: " + member, member);
    }
  }
  if (ways != 1)
    return fail(Errc::bad_usage, "keep、take、value 只选一个 one of keep, take and value");
  return how;
}

/// Signed along, so that the history tells what it was and the same request is known again.
std::string origin_of(const Settlement& how) {
  switch (how.how) {
    case Settlement::How::keep:
      return "conflict: keep";
    case Settlement::How::take:
      // A peer's bytes don't stand here: an unknown version is refused before anything is signed.
      return "conflict: take " + how.version.substr(0, 100);
    case Settlement::How::value:
      return "conflict: value";  // Not even a hash of it: it may be personal (I10).
  }
  return {};
}

/// What the change writes, for a person to see before or after.
Json told(const Json& conflict, const Settlement& how, const Json& body) {
  const auto* version = &conflict["winner"];
  for (const auto& loser : conflict["losers"]) {
    if (how.how == Settlement::How::take && loser["version"] == how.version) version = &loser;
  }
  Json writes;
  const bool stays = version == &conflict["winner"] && how.how != Settlement::How::value;
  const bool life = how.cell == kLifeCell;
  writes["kind"] = !life ? "put" : stays ? "delete" : "revive";
  writes["fields"] = (*version)["fields"];
  if (how.how == Settlement::How::value) {
    if (body["value"].is_object()) {
      writes["fields"].update(body["value"]);
    } else if (conflict["fields"].size() == 1) {
      writes["fields"][conflict["fields"][0].get<std::string>()] = body["value"];
    }
  }
  writes["settles"] = Json::array({conflict["winner"]["version"]});
  for (const auto& loser : conflict["losers"]) writes["settles"].push_back(loser["version"]);
  return writes;
}

}  // namespace

Result<SettleAnswer> settle(Replica& replica, std::string_view address, const Json& body,
                            const std::string& seen, bool dry_run, const By& by) {
  const auto name = store::conflict_name(replica.store(), address);
  if (!name) return fail(name.error());
  const auto how = read_settlement(*name, body, seen);
  if (!how) return fail(how.error());
  SettleAnswer answer;
  auto before = store::get_conflict(replica.store(), address);
  Wish wish;
  wish.kind = Wish::Kind::settle;
  wish.type = model::schema().type(name->type);
  wish.id = name->id;
  wish.scope = name->scope;
  wish.settlement = *how;
  if (how->how == Settlement::How::value) wish.fields = body["value"];
  const auto outcomes =
      replica.put({wish}, {.dry_run = dry_run, .origin = origin_of(*how), .by = by});
  if (!outcomes) return fail(outcomes.error());
  const auto& outcome = outcomes->front();
  answer.faults = outcome.faults;
  if (!answer.faults.empty()) {
    if (answer.faults.front().code == Errc::stale) {
      if (auto now = store::get_conflict(replica.store(), address)) answer.conflict = *now;
    }
    return answer;
  }
  auto& json = answer.settled;
  json["conflict"] = std::string(address);
  json["done"] = outcome.done == Outcome::Done::unchanged ? "settled_before"
                 : dry_run                                ? "would_settle"
                                                          : "settled";
  json["type"] = wish.type->name;
  json["id"] = sync::to_text(outcome.id);
  json["scope"] = outcome.scope;
  if (before) json["writes"] = told(*before, *how, body);
  return answer;
}

}  // namespace linli::node

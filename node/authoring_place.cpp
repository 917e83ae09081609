// Which record is meant that is named without its scope: one that is there is never made twice.
#include <algorithm>

#include "node/authoring.h"
#include "node/model/organisation.h"
#include "node/store/found_in.h"

namespace linli::node {
namespace {

std::string listed(const std::vector<std::string>& scopes, const char* between) {
  std::string text;
  for (const auto& scope : scopes) text += (text.empty() ? "" : between) + scope;
  return text;
}

bool contains(const std::vector<std::string>& scopes, const std::string& scope) {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

/// The natural key's fields, as far as they can be read.
Record plain_key(const RecordType& type, const Json& fields, const model::Frame& frame) {
  Record keyed{&type, frame.own_scope, {}, false, {}};
  for (const auto name : type.key) {
    const auto* field = type.field(name);
    const auto given = fields.find(std::string(name));
    if (given == fields.end() || given->is_null()) continue;
    auto value = model::value_from_json(*field, *given, frame.own_scope, frame);
    if (value) keyed.set(field->number, *std::move(value));
  }
  return keyed;
}

}  // namespace

/// Sets the scope of the one that it must be.
std::optional<Fault> Replica::Authoring::choose_place(const std::vector<std::string>& found,
                                                      Json& fields) const {
  std::vector<std::string> mine;
  std::copy_if(found.begin(), found.end(), std::back_inserter(mine),
               [&](const auto& scope) { return own.covers(scope); });
  if (mine.empty()) mine = found;  // Whether this node may write there is said of every draft.
  if (mine.size() == 1) {
    fields["scope"] = mine.front();
    return std::nullopt;
  }
  return fault(Errc::bad_value, "scope",
               "这条记录在多个范围里都有：" + listed(mine, "、") +
                   "；请在数据里写明 scope（records get、delete 用 --scope）",
               "it stands in several scopes: " + listed(mine, ", ") +
                   ": give its `scope` (--scope for records get and delete)");
}

/// An id is one record's wherever it stands, and so is a key that is unique in the city: named
/// without a scope it is that one, if changes were asked for.
std::optional<Fault> Replica::Authoring::find_place(const Wish& wish, Json& fields) const {
  const auto& type = *wish.type;
  if (wish.create_only || wish.id) return std::nullopt;  // The id of who asks; or a place given.
  const auto* table = replica.store_->projector().table(type.number);
  auto& db = replica.store_->database();
  const auto scope = fields.value("scope", Json());
  const bool scoped = fields.contains("scope");
  if (!fields.contains("id")) {
    if (scoped || !options.update || !model::one_in_the_city(type)) return std::nullopt;
    const auto found = store::found_in_by_key(db, *table, plain_key(type, fields, replica.frame()));
    return found.empty() ? std::nullopt : choose_place(found, fields);
  }
  const auto& text = fields["id"];
  const auto id = sync::record_id(text.is_string() ? text.get<std::string>() : std::string());
  if (!id) return std::nullopt;  // Reading it says what is wrong.
  const auto found = store::found_in(db, *table, *id);
  if (found.empty()) return std::nullopt;
  if (!scoped && options.update) return choose_place(found, fields);
  const auto frame = replica.frame();
  const auto here = scope.is_string()                ? scope.get<std::string>()
                    : type.home == model::Home::city ? frame.city_scope
                                                     : frame.own_scope;
  if (contains(found, here)) return std::nullopt;
  return fault(Errc::duplicate_key, "id",
               "这个编号的记录已在范围 " + listed(found, "、") +
                   "；修改它请用更新并写明该范围的 scope，新记录请不填 id",
               "a record of this id stands in scope " + listed(found, ", ") +
                   ": to change it give that `scope`, or update without one; a new record has no "
                   "id yet");
}

/// Conflicts of the record that a change of these cells settles, as it names all that is open.
std::uint32_t Replica::Authoring::settled_by(const store::Row& row, const sync::RecordState& state,
                                             const std::vector<std::uint32_t>* cells) const {
  if (!(row.flags & store::kRowStateful)) return 0;
  const auto merged = state.merged(replica.store_->projector().rules(row.record.type->number));
  return static_cast<std::uint32_t>(
      std::count_if(merged.conflicts.begin(), merged.conflicts.end(), [&](const auto& conflict) {
        return !cells || std::binary_search(cells->begin(), cells->end(), conflict.cell);
      }));
}

}  // namespace linli::node

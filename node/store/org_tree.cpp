#include "node/store/org_tree.h"

#include <algorithm>
#include <map>

#include "node/model/org_link.h"

namespace linli::store {
namespace {

/// A column's value read as a field of a record in `scope`.
model::RecordView view_of(const sync::FieldValue& value, std::string_view scope) {
  model::RecordView view;
  view.scope = scope;
  view.fields = std::span(&value, 1);
  return view;
}

std::optional<sync::RecordId> id_in(std::string_view ref, std::string_view scope) {
  if (ref.empty()) return {};
  const auto decoded = model::decode_ref(ref, scope);
  return decoded ? std::optional(decoded->id) : std::nullopt;
}

std::vector<std::string> texts_in(std::string_view blob) {
  std::vector<std::string> texts;
  if (blob.empty()) return texts;
  const sync::FieldValue value{1, blob};
  for (const auto text : view_of(value, {}).texts(1)) texts.emplace_back(text);
  return texts;
}

std::optional<std::int64_t> integer_at(const Statement& row, int at) {
  return row.is_null(at) ? std::nullopt : std::optional(row.integer(at));
}

std::vector<model::OrgUnit> units_in(Database& db) {
  auto s = db.prepare(
      "SELECT u._id, p.path, u.code, coalesce(u.short_name, u.name), u.level, u.parent,"
      " u.valid_from, u.valid_to, u.former_codes, u.former_names"
      " FROM r_org_unit u JOIN scope p ON p.id = u._scope WHERE (u._flags & 1) = 0");
  std::vector<model::OrgUnit> units;
  while (s.step()) {
    model::OrgUnit unit;
    unit.id = sync::RecordId::of(s.blob(0));
    const std::string scope(s.text(1));
    unit.code = s.text(2);
    unit.name = s.text(3);
    unit.level = s.integer(4);
    unit.parent = id_in(s.blob(5), scope);
    unit.valid_from = integer_at(s, 6);
    unit.valid_to = integer_at(s, 7);
    unit.former_codes = texts_in(s.blob(8));
    unit.former_names = texts_in(s.blob(9));
    units.push_back(std::move(unit));
  }
  return units;
}

std::vector<model::OrgCompound> compounds_in(Database& db) {
  auto s = db.prepare(
      "SELECT c._id, p.path, c.compound_code, c.name, c.community"
      " FROM r_compound c JOIN scope p ON p.id = c._scope WHERE (c._flags & 1) = 0");
  std::vector<model::OrgCompound> compounds;
  while (s.step()) {
    model::OrgCompound compound;
    compound.id = sync::RecordId::of(s.blob(0));
    compound.scope = s.text(1);
    compound.code = s.text(2);
    compound.name = s.text(3);
    compound.community = id_in(s.blob(4), compound.scope);
    compounds.push_back(std::move(compound));
  }
  return compounds;
}

std::vector<model::OrgLink> links_in(Database& db) {
  auto s = db.prepare(
      "SELECT l.unit, p.path, l.parent, l.valid_from, l.valid_to, l.kind, l.basis_doc"
      " FROM r_org_link l JOIN scope p ON p.id = l._scope WHERE (l._flags & 1) = 0");
  std::vector<model::OrgLink> links;
  while (s.step()) {
    const std::string scope(s.text(1));
    const auto child = id_in(s.blob(0), scope), parent = id_in(s.blob(2), scope);
    const auto from = integer_at(s, 3);
    if (!child || !parent || !from) continue;  // merged into something that is no link
    links.push_back(
        {*child, *parent, *from, integer_at(s, 4), s.integer(5), std::string(s.text(6))});
  }
  return links;
}

}  // namespace

AskedPlace::AskedPlace(const model::OrgTree& tree, std::string scope)
    : tree_(tree),
      unit_(tree.unit(std::string_view(scope).substr(scope.rfind('/') + 1))),
      scope_(std::move(scope)) {}

bool AskedPlace::holds(std::string_view unit, std::string_view path, std::int64_t day) const {
  if (unit_ && !unit.empty()) {
    if (const auto place = tree_.place_of_compound(unit, day)) return holds(place->above, {});
  }
  return holds(tree_.place_of_scope(path, day).above, path);
}

bool AskedPlace::holds(const std::vector<const model::OrgUnit*>& above,
                       std::string_view path) const {
  if (unit_ && !above.empty()) return std::find(above.begin(), above.end(), unit_) != above.end();
  return path == scope_ || path.starts_with(scope_ + "/");
}

model::OrgTree load_org_tree(Database& db) {
  return {units_in(db), compounds_in(db), links_in(db)};
}

}  // namespace linli::store

#include "node/store/org_moves.h"

#include <algorithm>
#include <set>

#include "node/model/org_link.h"
#include "node/store/org_tree.h"

namespace linli::store {
namespace {

using model::Json;
using model::OrgCompound;
using model::OrgLink;
using model::OrgTree;
using model::OrgUnit;

std::string_view level_code(std::int64_t level) {
  const auto* field = model::schema().type(model::kTypeOrgUnit)->field("level");
  for (const auto& value : field->values) {
    if (value.number == level) return value.code;
  }
  return {};
}

Json names_of(const std::vector<const OrgUnit*>& units) {
  Json names = Json::array();
  for (const auto* unit : units) names.push_back({{"code", unit->code}, {"name", unit->name}});
  return names;
}

// ---- The tree ----------------------------------------------------------------------------------

Json unit_json(const OrgTree& tree, const OrgUnit& unit, const OrgUnit* under, std::size_t depth,
               std::int64_t day) {
  Json json{{"code", unit.code},
            {"name", unit.name},
            {"level", level_code(unit.level)},
            {"path", tree.path(unit).value_or(unit.code)},
            {"depth", depth}};
  json["under"] = under ? Json(under->code) : Json(nullptr);
  json["valid_from"] = unit.valid_from ? Json(model::day_text(*unit.valid_from)) : Json(nullptr);
  json["valid_to"] = unit.valid_to ? Json(model::day_text(*unit.valid_to)) : Json(nullptr);
  json["former_codes"] = unit.former_codes;
  json["former_names"] = unit.former_names;
  const auto* link = tree.link_on(unit.id, day);
  if (link) json["basis"] = link->basis;
  json["compounds"] = Json::array();
  for (const auto* compound : tree.compounds_under(unit, day)) {
    json["compounds"].push_back({{"code", compound->code},
                                 {"name", compound->name},
                                 {"id", crypto::to_hex(compound->id.view())}});
  }
  return json;
}

void add_units(const OrgTree& tree, const OrgUnit& unit, const OrgUnit* under, std::size_t depth,
               std::int64_t day, std::set<const OrgUnit*>& shown, Json& units) {
  if (!shown.insert(&unit).second) return;
  units.push_back(unit_json(tree, unit, under, depth, day));
  for (const auto* below : tree.units_under(unit, day)) {
    add_units(tree, *below, &unit, depth + 1, day, shown, units);
  }
}

// ---- A move, before it is written --------------------------------------------------------------

struct Mover {
  const OrgUnit* unit = nullptr;
  const OrgCompound* compound = nullptr;
  [[nodiscard]] const sync::RecordId& id() const { return unit ? unit->id : compound->id; }
  [[nodiscard]] const std::string& code() const { return unit ? unit->code : compound->code; }
  [[nodiscard]] const std::string& name() const { return unit ? unit->name : compound->name; }
};

Error no_such(const std::string& code, std::string field) {
  return {Errc::not_found,
          "本机没有编码为 " + code +
              " 的机构或小区 no unit or compound of that code here: "
              "`linli org tree` shows them",
          std::move(field)};
}

Error against_rule(std::string text, std::string field) {
  return {Errc::bad_rule, std::move(text), std::move(field)};
}

/// What it hangs under, without itself.
std::vector<const OrgUnit*> parents_of(const OrgTree& tree, const Mover& mover, std::int64_t day) {
  auto chain = tree.above(mover.id(), day);
  if (mover.unit && !chain.empty()) chain.erase(chain.begin());
  return chain;
}

std::optional<Error> refusal(const OrgTree& tree, const Mover& mover, const OrgUnit& to,
                             const OrgMove& move) {
  const auto target = tree.above(to.id, move.from);
  if (mover.unit && std::find(target.begin(), target.end(), mover.unit) != target.end()) {
    return against_rule(to.name + " 隶属于 " + mover.name() +
                            "，不能反过来 it hangs under the unit that shall be moved",
                        "to");
  }
  const auto level = mover.unit ? mover.unit->level : std::int64_t{model::kLevelCommunity + 1};
  if (move.merge && (!mover.unit || to.level != level)) {
    return against_rule("只能并入同级机构 a unit is merged into one of its own level", "to");
  }
  if (!move.merge && to.level >= level) {
    return against_rule("上级机构的层级须高于本机构 must be of a level above", "to");
  }
  if (!mover.unit && to.level != model::kLevelCommunity) {
    return against_rule("小区须隶属于社区 a compound hangs under a community", "to");
  }
  const auto parents = parents_of(tree, mover, move.from);
  if (!parents.empty() && parents.front() == &to) {
    return against_rule("当日已隶属于 " + to.name + " it hangs there on that day already", "to");
  }
  return {};
}

Json record_of(const Mover& mover, const OrgUnit& to, const OrgMove& move) {
  Json unit{{"type", mover.unit ? "org_unit" : "compound"}, {"id", sync::to_text(mover.id())}};
  if (mover.compound) unit["scope"] = mover.compound->scope;
  Json record{{"unit", std::move(unit)},
              {"valid_from", model::day_text(move.from)},
              {"parent", {{"id", sync::to_text(to.id)}}},
              {"kind", move.merge ? "merge" : "move"}};
  if (!move.basis.empty()) record["basis_doc"] = move.basis;
  return record;
}

/// Units that lose or gain something: below the first that both sides have in common.
std::vector<const OrgUnit*> touched(const std::vector<const OrgUnit*>& before,
                                    const std::vector<const OrgUnit*>& after) {
  std::vector<const OrgUnit*> units;
  const auto only_in = [&](const auto& these, const auto& those) {
    for (const auto* unit : these) {
      if (std::find(those.begin(), those.end(), unit) == those.end()) units.push_back(unit);
    }
  };
  only_in(before, after);
  only_in(after, before);
  return units;
}

constexpr std::string_view kShown[] = {"compounds_in_service", "unmanaged", "inspections",
                                       "findings", "overdue_findings"};

Result<Json> figures_of(Database& db, const OrgTree& before, const OrgTree& after,
                        const std::vector<const OrgUnit*>& units, std::int64_t from,
                        std::int64_t today) {
  Json figures = Json::array();
  for (const auto name : kShown) {
    const auto* statistic = model::schema().statistic(name);
    ensure(statistic != nullptr, "a figure to show is declared");
    for (const auto* unit : units) {
      const auto path = before.path(*unit);
      if (!path) continue;
      const StatQuery query{statistic, {}, from, std::max(from, today) + 1, today, *path};
      const auto was = read_statistic(db, query, before), is = read_statistic(db, query, after);
      if (!was) return fail(was.error());
      if (!is) return fail(is.error());
      if (was->total.numerator == is->total.numerator) continue;
      figures.push_back({{"statistic", name},
                         {"zh", statistic->label.zh},
                         {"en", statistic->label.en},
                         {"unit", {{"code", unit->code}, {"name", unit->name}}},
                         {"before", was->total.numerator},
                         {"after", is->total.numerator}});
    }
  }
  return figures;
}

Json notes_of(const OrgTree& tree, const Mover& mover, std::int64_t from) {
  Json notes = Json::array();
  const auto later =
      std::find_if(tree.changes().begin(), tree.changes().end(), [&](std::int64_t day) {
        const auto* link = tree.link_on(mover.id(), day);
        return day > from && link && link->from == day;
      });
  if (later != tree.changes().end()) {
    const auto day = model::day_text(*later);
    notes.push_back({{"zh", "已有 " + day + " 起生效的隶属关系，本次变更只到该日为止"},
                     {"en", "another link begins on " + day + ": this one holds until then"}});
  }
  if (mover.compound) {
    const auto& scope = mover.compound->scope;
    notes.push_back(
        {{"zh", "小区的记录仍在范围 " + scope +
                    "：新社区的节点看不到，也不能引用，请勿重新录入。由新社区继续填写的，用 linli "
                    "nodes scopes 节点 --add " +
                    scope + "（会看到该范围的全部记录），再用 --remove 收回原社区的"},
         {"en", "its records stay in " + scope +
                    ": nodes of the new community neither see nor may refer to them, and must not "
                    "enter it anew; who is to go on with them gets the path by `linli nodes scopes "
                    "NODE --add " +
                    scope + "` (with all that stands in it)"}});
    return notes;
  }
  notes.push_back({{"zh", "记录所在范围不变；需要新上级读写的节点，用 linli nodes scopes 增加路径"},
                   {"en",
                    "scopes stay as they are: nodes of the new side get the path by "
                    "`linli nodes scopes`"}});
  return notes;
}

Result<Json> previewed(Database& db, const OrgMove& move, std::int64_t today) {
  const auto tree = load_org_tree(db);
  const Mover mover{tree.unit(move.unit), tree.compound(move.unit)};
  if (!mover.unit && !mover.compound) return fail(no_such(move.unit, "unit"));
  const auto* to = tree.unit(move.to);
  if (!to) return fail(no_such(move.to, "to"));
  if (const auto error = refusal(tree, mover, *to, move)) return fail(*error);

  auto links = tree.links();
  const auto kind = move.merge ? model::kLinkMerge : model::kLinkMove;
  links.push_back({mover.id(), to->id, move.from, {}, kind, move.basis});
  const OrgTree moved(tree.units(), tree.compounds(), std::move(links));
  // Units are the same in both trees: by id, in one order.
  const auto before = parents_of(tree, mover, move.from);
  std::vector<const OrgUnit*> after;
  for (const auto* unit : parents_of(moved, mover, move.from)) after.push_back(tree.unit(unit->id));

  Json json;
  json["unit"] = {{"type", mover.unit ? "org_unit" : "compound"},
                  {"code", mover.code()},
                  {"name", mover.name()}};
  json["kind"] = move.merge ? "merge" : "move";
  json["from"] = model::day_text(move.from);
  json["record"] = record_of(mover, *to, move);
  json["before"] = names_of(before);
  json["after"] = names_of(after);
  const auto goes_along = [&](const OrgCompound& compound) {
    const auto chain = tree.above(compound.id, move.from);
    return std::find(chain.begin(), chain.end(), mover.unit) != chain.end();
  };
  json["compounds"] =
      mover.unit ? std::count_if(tree.compounds().begin(), tree.compounds().end(), goes_along) : 1;
  auto figures = figures_of(db, tree, moved, touched(before, after), move.from, today);
  if (!figures) return fail(figures.error());
  json["figures"] = *std::move(figures);
  json["notes"] = notes_of(tree, mover, move.from);
  return json;
}

}  // namespace

Result<Json> org_tree(Store& store, std::int64_t day) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    const auto tree = load_org_tree(*lease);
    Json units = Json::array();
    std::set<const OrgUnit*> shown;
    for (const auto& unit : tree.units()) {
      const bool root = tree.above(unit.id, day).size() == 1;
      if (root) add_units(tree, unit, nullptr, 0, day, shown, units);
    }
    return Json{{"at", model::day_text(day)}, {"units", std::move(units)}};
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Json> preview_move(Store& store, const OrgMove& move, std::int64_t today) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    return previewed(*lease, move, today);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store

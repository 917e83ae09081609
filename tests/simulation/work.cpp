// What people do: the founding of the city, and a week's writing.
#include "node/settling.h"
#include "node/store/conflicts.h"
#include "node/store/reading.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/world.h"

namespace linli::simulation {
namespace {

using model::Json;
using node::Outcome;
using node::Wish;

constexpr const char* kUnits[] = {
    R"({"code":"410700","level":"city","name":"新乡市","code_authority":"gbt2260","valid_from":"2023-01-01"})",
    R"({"code":"410702","level":"district","name":"红旗区","code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})",
    R"({"code":"410703","level":"district","name":"卫滨区","code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})",
    R"({"code":"410702003","level":"street","name":"东街街道","code_authority":"stats","parent":"410702","valid_from":"2023-01-01"})",
    R"({"code":"410702004","level":"street","name":"西街街道","code_authority":"stats","parent":"410702","valid_from":"2023-01-01"})",
    R"({"code":"410703001","level":"street","name":"胜利路街道","code_authority":"stats","parent":"410703","valid_from":"2023-01-01"})",
    R"({"code":"410702003901","level":"community","name":"甲社区","code_authority":"stats","parent":"410702003","valid_from":"2023-01-01"})",
    R"({"code":"410702003902","level":"community","name":"乙社区","code_authority":"stats","parent":"410702003","valid_from":"2023-01-01"})",
    R"({"code":"410702004901","level":"community","name":"丙社区","code_authority":"stats","parent":"410702004","valid_from":"2023-01-01"})",
    R"({"code":"410702004902","level":"community","name":"丁社区","code_authority":"stats","parent":"410702004","valid_from":"2023-01-01"})",
    R"({"code":"410703001901","level":"community","name":"戊社区","code_authority":"stats","parent":"410703001","valid_from":"2023-01-01"})",
    R"({"code":"410703001902","level":"community","name":"己社区","code_authority":"stats","parent":"410703001","valid_from":"2023-01-01"})"};
constexpr const char* kCompany =
    R"({"uscc":"91350100M000100Y43","name":"样例物业","legal_person":"法人某甲","phone":"0373-1",
        "complaint_phone":"0373-2","status":"active"})";
constexpr const char* kTemplate = R"({"code":"t","version":1,"name":"检查表","status":"published",
    "items":[{"item_code":"F01","domain":"fire","text":"制度","weight":3,"veto":false,"default_severity":"major"},
             {"item_code":"C01","domain":"cleaning","text":"整洁","weight":1,"veto":false,"default_severity":"minor"}]})";

Wish wish(std::string_view type, Json fields) {
  Wish w;
  w.type = model::schema().type(type);
  ensure(w.type != nullptr, "the workload knows the schema");
  w.fields = std::move(fields);
  return w;
}

/// The last segment of a community's path: its code.
std::string code_of(const std::string& scope) { return scope.substr(scope.rfind('/') + 1); }

std::string some_number(Chance& chance, std::size_t of) { return std::to_string(chance.below(of)); }

Json compound(Chance& chance, const std::string& community) {
  auto json = Json::parse(R"({"address":"示例路1号","kind":"commodity",
    "is_old":false,"management_mode":"company","building_count":4,"household_count":300,
    "delivered_household_count":290,"occupied_household_count":250,"floor_area_dm2":3000000,
    "exclusive_area_dm2":2800000,"delivered_area_dm2":2700000,"property_office_area_dm2":12000,
    "committee_office_area_dm2":2000,"highrise_building_count":4,
    "parking_count":200,"charging_point_count":20,"basement":true,"flood_risk":"low",
    "first_delivery_on":"2019-06-01","status":"in_service","status_on":"2019-07-01"})");
  json["compound_code"] = community + "01" + some_number(chance, 4);
  json["community"] = community;
  json["name"] = "小区" + some_number(chance, 100);
  json["lift_count"] = chance.below(30);
  return json;
}

Json inspection(Chance& chance, const std::string& community) {
  auto json = Json::parse(R"({"kind":"routine","template":["t",1],
    "ended_at":"2026-03-01T10:00","status":"submitted"})");
  json["compound"] = community + "01" + some_number(chance, 4);
  json["inspectors"] = {"J00" + some_number(chance, 4), "J009"};
  json["started_at"] = "2026-02-0" + std::to_string(1 + chance.below(9)) + "T09:00";
  json["results"] = {{"F01", "ok"}, {"C01", chance.percent(50) ? "ok" : "fail"}};
  json["note"] = "备注" + some_number(chance, 1000);
  if (chance.percent(50)) json["site_signer"] = "签字人" + some_number(chance, 100);
  return json;
}

Json finding(const Written& of) {
  auto json =
      Json::parse(R"({"item_code":"C01","severity":"minor","description":"杂物","place":"楼道",
    "responsible":"company","status":"open"})");
  json["inspection"] = sync::to_text(of.id);
  return json;
}

Json staff(Chance& chance) {
  auto json =
      Json::parse(R"({"company":"91350100M000100Y43","role":"security","from_on":"2022-01-01"})");
  json["staff_no"] = "A00" + some_number(chance, 6);
  json["name"] = "员工" + some_number(chance, 100);
  json["phone"] = "139" + some_number(chance, 10000);
  return json;
}

/// Something new at a community's node.
std::optional<Wish> something_new(Chance& chance, const std::string& scope,
                                  const std::vector<Written>& written) {
  const auto community = code_of(scope);
  switch (chance.below(5)) {
    case 0:
      return wish("compound", compound(chance, community));
    case 1:
    case 2:
      return wish("inspection", inspection(chance, community));
    case 3:
      return wish("staff", staff(chance));
    default: {
      std::vector<const Written*> inspections;
      for (const auto& w : written) {
        if (w.type == "inspection" && w.scope == scope) inspections.push_back(&w);
      }
      if (inspections.empty()) return std::nullopt;
      return wish("finding", finding(*chance.one_of(inspections)));
    }
  }
}

/// What somebody changes in a record of a type.
Json edit_of(Chance& chance, const std::string& type) {
  if (type == "compound") {
    if (chance.percent(20)) return {{"status", "unmanaged"}, {"status_on", "2026-01-01"}};
    if (chance.percent(50)) return {{"name", "名" + some_number(chance, 1000)}};
    return {{"lift_count", chance.below(30)},
            {"management_mode", chance.percent(50) ? "self" : "company"}};
  }
  if (type == "inspection") {
    const char* states[] = {"returned", "reviewed", "closed", "submitted"};
    const auto* state = states[chance.below(4)];
    if (chance.percent(50)) return {{"note", "注" + some_number(chance, 1000)}};
    if (std::string_view(state) == "returned") return {{"status", state}, {"return_reason", "补"}};
    return {{"status", state}};
  }
  if (type == "finding") {
    if (chance.percent(50)) return {{"place", "处" + some_number(chance, 1000)}};
    return {{"status", "fixed"}, {"fixed_on", "2026-02-20"}};
  }
  if (type == "staff") return {{"phone", "137" + some_number(chance, 10000)}};
  return {{"name", "改" + some_number(chance, 1000)}};
}

/// A change of a record that somebody wrote where this node may write.
std::optional<Wish> something_old(Chance& chance, const crypto::Certificate& own,
                                  const std::vector<Written>& written) {
  std::vector<const Written*> here;
  for (const auto& w : written) {
    if (own.covers(w.scope)) here.push_back(&w);
  }
  if (here.empty()) return std::nullopt;
  // Mostly what is new: that is where people meet.
  const auto recent = std::min<std::size_t>(here.size(), chance.percent(70) ? 8 : here.size());
  const auto& target = *here[here.size() - 1 - chance.below(recent)];
  auto w = wish(target.type, edit_of(chance, target.type));
  w.id = target.id;
  w.scope = target.scope;
  if (chance.percent(12)) w.kind = Wish::Kind::remove;
  return w;
}

}  // namespace

void found_city(World& world) {
  const auto must = [](bool done, const char* what) { ensure(done, what); };
  auto& hub = world.hub();
  must(node::found_city(hub.dir, {"新乡市住房和城乡建设局", hub.place.scope, 0}, hub.clock)
           .has_value(),
       "found");
  hub.enrolled = true;
  world.open(hub);
  std::vector<Wish> wishes;
  for (const auto* unit : kUnits) wishes.push_back(wish("org_unit", Json::parse(unit)));
  wishes.push_back(wish("company", Json::parse(kCompany)));
  wishes.push_back(wish("template", Json::parse(kTemplate)));
  const auto outcomes = hub.replica->put(wishes);
  must(outcomes.has_value(), "the first records");
  for (const auto& outcome : *outcomes) {
    if (!outcome.faults.empty()) ensure(false, "a first record: " + outcome.faults[0].en);
  }
  Chance chance(1);
  for (auto& node : world.nodes()) {
    if (node->place.upstream < 0 || node->place.late) continue;
    world.enrol_now(*node);
    must(world.exchange(*node, chance).has_value(), "the first exchange");
  }
  for (int round = 0; round < 6; ++round) {
    for (auto& node : world.nodes()) {
      if (node->place.upstream >= 0 && node->enrolled)
        (void)world.exchange(*node, chance).has_value();
    }
  }
}

void World::write(Node& node, Chance& chance) {
  const bool community =
      node.place.role == crypto::Role::office || node.place.role == crypto::Role::device;
  // As the node knows it: a new certificate may be under way.
  const auto trust = node.replica->trust();
  const auto& own = *trust->book.find(node.replica->identity().certificate);
  const auto& paths = own.paths;
  std::vector<Wish> wishes;
  for (auto n = chance.percent(20) ? 1 + chance.below(4) : 1; n > 0; --n) {
    std::optional<Wish> made;
    if (community && chance.percent(45)) {
      const auto& scope = paths.size() == 1 ? paths[0] : paths[chance.below(paths.size())];
      made = something_new(chance, scope, written);
      if (made && paths.size() > 1) made->scope = scope;
    }
    if (!made) made = something_old(chance, own, written);
    if (!made && node.place.role == crypto::Role::hub) {
      made = wish("company",
                  {{"uscc", "91350100M000100Y43"}, {"name", "物业" + some_number(chance, 100)}});
    }
    if (made) wishes.push_back(std::move(*made));
  }
  if (wishes.empty()) return;
  const auto before = node.replica->arrival();
  const node::PutOptions options{.dry_run = chance.percent(3),
                                 .all_or_nothing = chance.percent(10),
                                 .update = chance.percent(50)};
  const auto outcomes = node.replica->put(wishes, options);
  const auto after = node.replica->arrival();
  const Disk::Looking looking(node.disk);
  std::string told = "node " + std::to_string(node.number) + " wrote";
  if (!outcomes) {
    if (after != before)
      broken("I1", node.number, "kept something of what it says it couldn't keep");
    told += " nothing: " + describe(outcomes.error());
  } else {
    if (options.dry_run && after != before) broken("I1", node.number, "a dry run left something");
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      const auto& outcome = (*outcomes)[i];
      const auto type = std::string(wishes[i].type->name);
      if (!outcome.faults.empty()) {
        ++counts.refused_writes;
        told += " -" + type + "(" + std::string(info(outcome.faults[0].code).name) + " " +
                outcome.faults[0].field + ")";
        continue;
      }
      ++counts.writes;
      told += " " + type + "/" + sync::to_text(outcome.id).substr(24);
      if (!options.dry_run && outcome.done == Outcome::Done::created)
        written.push_back({type, outcome.scope, outcome.id});
    }
    if (!node.disk.stopped()) {
      remember_sets(node, before);
      if (!options.dry_run) check_written(node, wishes, *outcomes, after > before);
    }
  }
  say(told);
  survived(node);
}

/// Who was told that it is done finds it done.
void World::check_written(Node& node, const std::vector<node::Wish>& wishes,
                          const std::vector<node::Outcome>& outcomes, bool grew) {
  for (std::size_t i = wishes.size(); i-- > 0;) {
    const auto& outcome = outcomes[i];
    if (outcome.done == Outcome::Done::refused || outcome.done == Outcome::Done::unchanged)
      continue;
    if (!grew) broken("I1", node.number, "says it is done, and the log is what it was");
    if (i + 1 < wishes.size()) continue;  // A later wish may have changed it again.
    const auto type = wishes[i].type->name;
    const auto record = store::get_record(node.replica->store(), type, outcome.scope, outcome.id);
    const bool gone = !record || record->value("removed", false);
    if (gone != (outcome.done == Outcome::Done::removed)) {
      broken("I2", node.number,
             "a " + std::string(type) +
                 (gone ? " that was written isn't there" : " that was removed is still there"));
    }
  }
}

/// One of the conflicts that the node lists, as somebody there sees it now.
void World::settle_conflict(Node& node, Chance& chance) {
  const auto listed = [&] {
    const Disk::Looking looking(node.disk);
    return store::find_conflicts(node.replica->store(), {.now = node.replica->now()});
  }();
  if (!listed) broken("I4", node.number, "can't list conflicts: " + describe(listed.error()));
  const auto& items = (*listed)["items"];
  if (items.empty()) return;
  const auto& item = items[chance.percent(50) ? 0 : chance.below(items.size())];
  const auto& losers = item["losers"];
  const Json body = chance.percent(40) || losers.empty()
                        ? Json{{"keep", true}}
                        : Json{{"take", losers[chance.below(losers.size())]["version"]}};
  const auto address = item["conflict"].get<std::string>();
  const auto seen = item["seen"].get<std::string>();
  const auto before = node.replica->arrival();
  const auto answer = node::settle(*node.replica, address, body, seen);
  const auto after = node.replica->arrival();
  const Disk::Looking looking(node.disk);
  std::string told = "node " + std::to_string(node.number) + " settles " + address + ": ";
  if (!answer) {
    told += describe(answer.error());
  } else if (!answer->faults.empty()) {
    told += "no, " + std::string(info(answer->faults[0].code).name) + " " + answer->faults[0].en;
  } else {
    told += body.dump();
  }
  const bool done = answer && answer->faults.empty();
  if (!done && after != before) {
    broken("I1", node.number, "kept something of a settlement that it says it couldn't keep");
  }
  if (done && !node.disk.stopped()) {
    ++counts.settled;
    remember_sets(node, before);
    if (store::get_conflict(node.replica->store(), address)) {
      broken("I4", node.number, "a conflict that was settled is still listed: " + address);
    }
  }
  say(told);
  survived(node);
}

/// What was just acknowledged to the writer must never be lost from now on.
void World::remember_sets(Node& node, std::int64_t after) {
  auto& s = node.replica->store().database().cached(
      "SELECT arrival, hash FROM log WHERE arrival > ?1 AND kind = 1 AND peer = 0");
  s.bind(1, after);
  std::vector<std::pair<std::int64_t, Hash>> sets;
  while (s.step()) sets.emplace_back(s.integer(0), Hash::of(s.blob(1)));
  for (const auto& [arrival, hash] : sets) {
    acknowledged[hash] = {node.number,
                          statements_of(node.replica->store().log().load(arrival)->set)};
  }
}

}  // namespace linli::simulation

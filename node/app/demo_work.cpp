// What a community writes: compounds, staff, and months of inspections, sign-ins and disclosures.
#include <algorithm>

#include "node/app/demo_city.h"

namespace linli::app {
namespace {

constexpr std::size_t kCompounds = 8, kInspectionsPerMonth = 15;
constexpr int kFailPercent = 7;  // About 2.5 of the items that apply.
constexpr std::int64_t kMinuteMs = 60'000;

/// UUIDv7 of that time; the rest from the dice, so that the same seed gives the same records.
std::string record_id(std::int64_t ms, Dice& dice) {
  sync::RecordId id;
  for (std::size_t i = 0; i < 6; ++i) {
    id.data[i] = static_cast<unsigned char>((ms >> (40 - 8 * i)) & 0xFF);
  }
  for (std::size_t i = 6; i < 16; ++i) id.data[i] = static_cast<unsigned char>(dice.next() & 0xFF);
  id.data[6] = static_cast<unsigned char>((id.data[6] & 0x0F) | 0x70);
  id.data[8] = static_cast<unsigned char>((id.data[8] & 0x3F) | 0x80);
  return sync::to_text(id);
}

std::string pad3(std::size_t number) {
  const auto digits = std::to_string(number);
  return std::string(3 - std::min<std::size_t>(digits.size(), 3), '0') + digits;
}

Json compound(const City& city, std::size_t index, std::size_t number, Dice& dice) {
  static const std::vector<std::string> kNames{"翠竹苑",   "和平里",   "卫河家园", "牧野花园",
                                               "平原新村", "金穗小区", "向阳院",   "百泉居"};
  const auto& community = city.communities[index];
  const auto traits = traits_of(city, index, number);
  const auto buildings = dice.between(3, 14);
  const auto households = buildings * dice.between(24, 96);
  const auto delivered = households - dice.between(0, households / 10);
  const auto area = households * dice.between(9'000, 11'500);  // dm²
  const auto built = model::day_from_civil(
      static_cast<int>(traits.old ? 1996 : 2012) + static_cast<int>(dice.between(0, 9)), 6, 1);
  return {{"compound_code", compound_code(community, number)},
          {"name", "示例" + kNames[(number - 1) % kNames.size()]},
          {"community", community.code},
          {"address", community.name + std::to_string(number) + "号院"},
          {"kind", traits.old ? "reform" : "commodity"},
          {"is_old", traits.old},
          {"management_mode", traits.mode},
          {"building_count", buildings},
          {"household_count", households},
          {"delivered_household_count", delivered},
          {"occupied_household_count", delivered - dice.between(0, delivered / 5)},
          {"floor_area_dm2", area},
          {"exclusive_area_dm2", area - area / 10},
          {"delivered_area_dm2", (area - area / 10) / 10 * 9},
          {"property_office_area_dm2", 8'000 + area / 250 + dice.between(-3'000, 3'000)},
          {"lift_count", traits.highrise ? buildings * 2 : 0},
          {"highrise_building_count", traits.highrise ? buildings : 0},
          {"parking_count", households / 2},
          {"charging_point_count", dice.between(0, 40)},
          {"basement", traits.basement},
          {"flood_risk", traits.basement ? "medium" : "low"},
          {"first_delivery_on", model::day_text(built)},
          {"status", traits.mode == "none" ? "unmanaged" : "in_service"},
          {"status_on", model::day_text(built)}};
}

std::string staff_no(const Community& community, std::size_t compound, std::int64_t person) {
  return compound_code(community, compound) + "-" + std::to_string(person);
}

std::string staff_of(const City& city, std::size_t index, Dice& dice) {
  static const std::vector<std::string> kRoles{"project_manager", "security", "engineer",
                                               "cleaner"};
  std::string out;
  const auto& community = city.communities[index];
  for (std::size_t number = 1; number <= kCompounds; ++number) {
    const auto traits = traits_of(city, index, number);
    if (traits.company.empty()) continue;
    for (std::size_t person = 1; person <= kRoles.size(); ++person) {
      const auto at = static_cast<std::int64_t>(person);
      add(out, {{"company", traits.company},
                {"staff_no", staff_no(community, number, at)},
                {"name", "样例人员" + std::to_string(dice.between(1000, 9999))},
                {"role", kRoles[person - 1]},
                {"compound", compound_code(community, number)},
                {"from_on", "2022-0" + std::to_string(dice.between(1, 9)) + "-01"}});
    }
  }
  return out;
}

/// Fixed, re-inspected and closed, if there was time for it.
void settle(Json& finding, std::int64_t found, std::int64_t today, Dice& dice) {
  constexpr std::int64_t kOldEnough = 20;
  if (today - found < kOldEnough || !dice.chance(85)) return;
  const auto fixed = found + dice.between(1, 18),
             closed = std::min(fixed + dice.between(0, 2), today);
  if (fixed > today) return;
  finding["status"] = "closed";
  finding["fixed_on"] = model::day_text(fixed);
  finding["first_reinspection"] = dice.chance(87) ? "fixed" : "not_fixed";
  finding["reinspected_on"] = model::day_text(fixed);
  finding["closed_on"] = model::day_text(closed);
}

void add_inspections(const City& city, std::size_t index, std::int64_t first_day, std::int64_t days,
                     std::int64_t today, Dice& dice, std::string& inspections,
                     std::string& findings) {
  for (std::size_t i = 0; i < kInspectionsPerMonth; ++i) {
    const auto day = first_day + dice.between(0, days - 1);
    const auto number = 1 + (i + static_cast<std::size_t>(dice.between(0, 1))) % kCompounds;
    auto visit =
        make_visit(city, index, number, dice, ms_of(day, dice.between(8, 16), dice.between(0, 59)));
    add(inspections, visit.inspection);
    for (auto& finding : visit.findings) {
      settle(finding, day, today, dice);
      add(findings, finding);
    }
  }
}

}  // namespace

Traits traits_of(const City& city, std::size_t community, std::size_t number) {
  const auto& companies = city.records("company");
  const auto& uscc = companies[(community + number) % companies.size()];
  const bool self = number % 8 == 6, nobody = number % 8 == 7 && community % 2 == 1;
  Traits traits{number % 3 != 2, number % 2 == 0, number % 3 == 2, uscc.value("uscc", ""),
                self     ? "self"
                : nobody ? "none"
                         : "company"};
  if (self || nobody) traits.company.clear();
  return traits;
}

std::string day_time(std::int64_t ms) {
  return model::instant_text(ms + model::kLocalOffsetMs).substr(0, 16);  // Local, to the minute.
}
std::int64_t ms_of(std::int64_t day, std::int64_t hour, std::int64_t minute) {
  constexpr std::int64_t kDayMs = 24 * 60 * kMinuteMs;
  return day * kDayMs + (hour * 60 + minute) * kMinuteMs - model::kLocalOffsetMs;
}

void add(std::string& ndjson, const Json& record) { ndjson += record.dump() + "\n"; }

std::string compound_code(const Community& community, std::size_t number) {
  return community.code + pad3(number);
}

std::size_t compounds_of(std::size_t) { return kCompounds; }

Visit make_visit(const City& city, std::size_t index, std::size_t number, Dice& dice,
                 std::int64_t started_ms) {
  static const std::vector<std::string> kPlaces{"1号楼大厅", "地下车库入口", "2号楼3单元",
                                                "电梯机房",  "消防通道",     "配电房",
                                                "东门岗",    "中心花园"};
  const auto& community = city.communities[index];
  const auto traits = traits_of(city, index, number);
  const auto& checklist = city.records("template").front();
  const auto kind_draw = dice.between(1, 100);
  const std::string kind = kind_draw <= 70 ? "patrol" : kind_draw <= 90 ? "routine" : "complaint";
  Visit visit;
  auto& inspection = visit.inspection;
  const auto id = record_id(started_ms, dice);
  inspection = {{"id", id},
                {"kind", kind},
                {"compound", compound_code(community, number)},
                {"template", {checklist["code"], checklist["version"]}},
                {"inspectors", {community.code + "-J1"}},
                {"started_at", day_time(started_ms)},
                {"ended_at", day_time(started_ms + dice.between(25, 80) * kMinuteMs)},
                {"status", "submitted"}};
  if (kind == "routine") inspection["inspectors"].push_back(community.code + "-J2");
  if (!traits.company.empty()) inspection["company"] = traits.company;
  auto& results = inspection["results"] = Json::object();
  for (const auto& item : checklist["items"]) {
    const auto applies = item.value("applies_if", "always");
    const bool na = (applies == "highrise" && !traits.highrise) ||
                    (applies == "lifts" && !traits.highrise) ||
                    (applies == "basement" && !traits.basement);
    const bool failed = !na && dice.chance(kFailPercent);
    const auto code = item.value("item_code", "");
    results[code] = na ? "na" : failed ? "fail" : "ok";
    if (!failed) continue;
    Json finding{{"inspection", id},
                 {"item_code", code},
                 {"severity", item.value("default_severity", "general")},
                 {"description", "不符合：" + item.value("text", "")},
                 {"place", dice.one_of(kPlaces)},
                 {"responsible", traits.company.empty() ? "committee" : "company"},
                 {"status", "open"}};
    if (item.value("photo_required", false)) finding["photos"] = {city.photo};
    visit.findings.push_back(std::move(finding));
  }
  return visit;
}

Json make_sign_in(const City& city, std::size_t index, std::size_t number, const Json& session,
                  std::int64_t at_ms) {
  const auto traits = traits_of(city, index, number);
  if (traits.company.empty()) return nullptr;
  return {{"session", {session["course"], session["year"], session["no"]}},
          {"person", {traits.company, staff_no(city.communities[index], number, 1)}},
          {"in_at", day_time(at_ms)},
          {"method", "qr"}};
}

Work make_work(const City& city, std::size_t index, std::uint64_t seed, std::size_t months,
               std::int64_t today) {
  Dice dice(seed * 1'000'003 + index);
  std::string compounds, inspections, findings, sign_ins;
  for (std::size_t number = 1; number <= kCompounds; ++number) {
    add(compounds, compound(city, index, number, dice));
  }
  const auto staff = staff_of(city, index, dice);
  const auto now = model::civil_from_day(today);
  const int last = now.year * 12 + now.month - 2;
  for (int month = last - static_cast<int>(months) + 1; month <= last; ++month) {
    const int year = month / 12, number = month % 12 + 1;
    const auto first = model::day_from_civil(year, number, 1);
    const auto next = model::day_from_civil((month + 1) / 12, (month + 1) % 12 + 1, 1);
    add_inspections(city, index, first, next - first, today, dice, inspections, findings);
  }
  const auto& sessions = city.records("session");
  for (auto at = sessions.size() - months; at < sessions.size(); ++at) {
    const auto starts = model::parse_instant(sessions[at].value("starts_at", ""));
    for (std::size_t number = 1; number <= kCompounds; ++number) {
      if (!starts || !dice.chance(80)) continue;
      const auto sign_in = make_sign_in(city, index, number, sessions[at],
                                        *starts + dice.between(-30, 20) * kMinuteMs);
      if (!sign_in.is_null()) add(sign_ins, sign_in);
    }
  }
  return {{"compound", std::move(compounds)},
          {"staff", staff},
          {"inspection", std::move(inspections)},
          {"finding", std::move(findings)},
          {"attendance", std::move(sign_ins)},
          {"disclosure", make_disclosures(city, index, months, today, dice)}};
}

}  // namespace linli::app

#include "crypto/cbor.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
struct Case {
  const char* changes;
  const char* fault;  ///< Field; empty: none.
};
void try_case(std::string_view type, std::string_view base, const Case& c, const Lookup& shelf) {
  INFO(type << " " << c.changes);
  const auto faults = faults_of(made(type, with(base, c.changes), shelf), shelf);
  INFO(told(faults));
  if (*c.fault) CHECK(faulty(faults, c.fault));
  if (!*c.fault) CHECK(faults.empty());
}
}  // namespace

TEST_CASE("organisation: rules of a unit", "[model]") {
  Shelf shelf;
  const auto city = made("org_unit", R"({"code":"410700","level":"city","name":"新乡市",
    "code_authority":"gbt2260","valid_from":"2023-01-01"})");
  shelf.put(city);
  constexpr std::string_view kUnit = R"({"code":"410702","level":"district","name":"红旗区",
    "code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})";
  for (const auto& c :
       std::vector<Case>{{"{}", ""},
                         {R"({"code":"410701"})", "code"},     // 市辖区 is no unit
                         {R"({"code":"410701001"})", "code"},  // nor is anything below it
                         {R"({"code":"4107020"})", "code"},
                         {R"({"code":"41070a"})", "code"},
                         {R"({"code":"zone-1","code_authority":"local"})", ""},
                         {R"({"parent":null})", "parent"},
                         {R"({"parent":"410799"})", "parent"},  // not here
                         {R"({"level":"city"})", "parent"},     // the unit above is no higher
                         {R"({"valid_to":"2022-12-31"})", "valid_to"},
                         {R"({"valid_to":"2023-01-01"})", ""}}) {
    try_case("org_unit", kUnit, c, shelf);
  }
}

TEST_CASE("organisation: rules of a compound", "[model]") {
  for (const auto& c :
       std::vector<Case>{{R"({"delivered_household_count":300})", ""},
                         {R"({"delivered_household_count":301})", "delivered_household_count"},
                         {R"({"occupied_household_count":291})", "occupied_household_count"},
                         {R"({"delivered_area_dm2":2800000})", ""},
                         {R"({"delivered_area_dm2":2800001})", "delivered_area_dm2"},
                         {R"({"committee_office_area_dm2":12001})", "committee_office_area_dm2"},
                         {R"({"highrise_building_count":5})", "highrise_building_count"},
                         {R"({"exclusive_area_dm2":null})", "exclusive_area_dm2"},
                         {R"({"exclusive_area_dm2":null,"status":"planned"})", ""}}) {
    try_case("compound", kCompound, c, Shelf());
  }
}

TEST_CASE("organisation: rules of buildings, companies, staff and contracts", "[model]") {
  constexpr std::string_view kBuilding =
      R"({"compound":"1","building_no":"3","height_dm":271,"is_highrise":true})";
  try_case("building", kBuilding, {"{}", ""}, Shelf());
  try_case("building", kBuilding, {R"({"height_dm":270})", "is_highrise"}, Shelf());
  try_case("company", kCompany, {R"({"uscc":"91350100M000100Y44"})", "uscc"}, Shelf());
  try_case("company", kCompany, {R"({"uscc":"91350100m000100y43"})", "uscc"}, Shelf());
  try_case("staff", kStaff, {R"({"to_on":"2021-12-31"})", "to_on"}, Shelf());
  for (const auto& c :
       std::vector<Case>{{R"({"end_on":"2023-01-01"})", "end_on"},
                         {R"({"end_on":"2023-01-02"})", ""},
                         {R"({"filed_on":null})", "filed_on"},
                         {R"({"filed_on":null,"status":"signed"})", ""},
                         {R"({"filed_on":"2022-12-09"})", "filed_on"},
                         {R"({"status":"ended"})", "ended_on"},
                         {R"({"status":"ended","ended_on":"2024-01-01"})", ""},
                         {R"({"kind":"emergency","end_on":"2024-01-01"})", ""},  // one year
                         {R"({"kind":"emergency","end_on":"2024-01-02"})", "end_on"},
                         {R"({"fees":[]})", "fees"}}) {
    if (std::string_view(c.changes).find("[]") != std::string_view::npos) {
      CHECK_FALSE(authored("service_contract", with(kContract, c.changes)).has_value());
      continue;
    }
    try_case("service_contract", kContract, c, Shelf());
  }
}

TEST_CASE("organisation: what a compound adds to the figures", "[model]") {
  const auto compound = [](const char* changes) {
    return contributions(made("compound", with(kCompound, changes)));
  };
  const auto all = compound("{}");
  const auto& stock = only(all, "in_service");
  CHECK(stock.day == parse_day("2019-07-01"));
  CHECK(stock.dim1 == "company");
  CHECK(stock.dim2 == "commodity");
  CHECK(stock.key == stock.unit);
  CHECK(stock.unit.size() == 16);
  CHECK(only(all, "in_service_area").n == 3'000'000);
  CHECK(total(all, "office_required") == 1);
  CHECK(total(all, "office_compliant") == 1);  // 30,000 m² call for 120 m²
  CHECK_FALSE(fed(all, "unmanaged"));
  CHECK_FALSE(fed(compound(R"({"property_office_area_dm2":11999})"), "office_compliant"));
  CHECK_FALSE(fed(compound(R"({"first_delivery_on":"2017-12-31"})"), "office_required"));
  CHECK(fed(compound(R"({"first_delivery_on":"2018-01-01"})"), "office_required"));
  CHECK(fed(compound(R"({"management_mode":"none"})"), "unmanaged"));
  const auto unmanaged = compound(R"({"status":"unmanaged"})");
  CHECK(fed(unmanaged, "unmanaged"));
  CHECK_FALSE(fed(unmanaged, "in_service"));
  CHECK(compound(R"({"status":"planned"})").empty());
}

TEST_CASE("equipment: who maintains it is known and its inspection falls due while it is in use",
          "[model]") {
  const auto equipment = [](const char* changes) {
    return made("equipment", with(kEquipment, changes), stocked());
  };
  CHECK(faults_of(equipment("{}"), stocked()).empty());
  CHECK(faulty(faults_of(equipment(R"({"maintainer":null})"), stocked()), "maintainer"));
  CHECK(faulty(faults_of(equipment(R"({"last_service_on":"2023-11-15"})"), stocked()),
               "last_service_on"));  // tomorrow
  const auto figures = contributions(equipment("{}"));
  CHECK(only(figures, "equipment_due").day == parse_day("2024-03-31"));
  CHECK(only(figures, "equipment_due").dim1 == "lift");
  CHECK(contributions(equipment(R"({"status":"stopped"})")).empty());
}

TEST_CASE("organisation: what contracts add to the figures", "[model]") {
  const auto contract = [](const char* changes) {
    return contributions(made("service_contract", with(kContract, changes)));
  };
  const auto day = [](const char* text) { return parse_day(text).value(); };
  CHECK(fed(contract("{}"), "contracts_filed_in_time"));  // on the 15th day, a Sunday
  CHECK(fed(contract(R"({"filed_on":"2022-12-26"})"), "contracts_filed_in_time"));
  CHECK_FALSE(fed(contract(R"({"filed_on":"2022-12-27"})"), "contracts_filed_in_time"));
  const auto active = contract("{}");
  CHECK(only(active, "contracts_signed").day == day("2022-12-10"));
  CHECK(only(active, "contract_expiry").day == day("2025-12-31"));
  CHECK(only(active, "contract_companies").key.size() == 16);
  CHECK(only(active, "contract_compounds").dim1.size() == 36);
  CHECK(total(active, "contract_compounds") == 1);
  // Expired but served on (CC 948): still there, and no longer due to expire.
  const auto open = contract(R"({"status":"open_ended"})");
  CHECK(total(open, "contract_compounds") == 1);
  CHECK_FALSE(fed(open, "contract_expiry"));
  const auto ended = contract(R"({"status":"ended","ended_on":"2024-06-30"})");
  CHECK(total(ended, "contract_companies") == 0);
  CHECK(ended.back().day == day("2024-06-30"));
  CHECK(contract(R"({"status":"drafted"})").empty());
  CHECK_FALSE(fed(contract(R"({"status":"signed"})"), "contract_compounds"));
}

TEST_CASE("organisation: a company's share is of the area under contracts", "[model]") {
  const auto contract = [](const char* changes, const Shelf& shelf) {
    return contributions(made("service_contract", with(kContract, changes), shelf));
  };
  const auto active = contract("{}", stocked());
  CHECK(only(active, "contract_area").n == 3'000'000);  // its compound's floor area
  CHECK(only(active, "contract_area").dim1 == only(active, "contract_compounds").dim1);
  CHECK(total(contract(R"({"status":"ended","ended_on":"2024-06-30"})", stocked()),
              "contract_area") == 0);
  CHECK_FALSE(fed(contract("{}", Shelf()), "contract_area"));  // the compound isn't here
  auto odd = made("service_contract", kContract, stocked());
  odd.set(17, cbor::encode_int(INT64_MAX));
  CHECK_FALSE(fed(contributions(odd), "contract_area"));
}

TEST_CASE("organisation: takeovers are filed in thirty days, and handed over whole", "[model]") {
  const auto file = Json::array({std::string(64, 'a')});
  const auto contract = [](const Json& changes) {
    return made("service_contract", with(kContract, changes.dump()), stocked());
  };
  const auto taken = contract({{"takeover_on", "2023-01-05"}});
  CHECK(faults_of(taken, stocked()).empty());
  CHECK(fields_to_json(*ViewOf(taken))["takeover_due_on"] == "2023-02-06");  // from a Saturday
  CHECK(only(contributions(taken), "takeovers_due").day == parse_day("2023-02-06"));
  CHECK_FALSE(fed(contributions(taken), "takeovers_filed_in_time"));
  const auto filed = [&](const char* on) {
    return contract(
        {{"takeover_on", "2023-01-05"}, {"takeover_files", file}, {"takeover_filed_on", on}});
  };
  CHECK(faults_of(filed("2023-02-06"), stocked()).empty());
  CHECK(fed(contributions(filed("2023-02-06")), "takeovers_filed_in_time"));
  CHECK_FALSE(fed(contributions(filed("2023-02-07")), "takeovers_filed_in_time"));
  CHECK(faulty(faults_of(filed("2023-01-04"), stocked()), "takeover_filed_on"));
  const auto bare = faults_of(contract({{"takeover_filed_on", "2023-02-06"}}), stocked());
  CHECK(faulty(bare, "takeover_on"));
  CHECK(faulty(bare, "takeover_files"));

  auto shelf = stocked();
  const auto closed = [&](Json changes) {
    changes.update({{"status", "closed"}, {"ended_on", "2023-06-30"}});
    return faults_of(made("service_contract", with(kContract, changes.dump()), shelf), shelf);
  };
  CHECK(closed(Json::object()).empty());  // entered as it was closed on paper
  for (const auto* before : {"dismissed", "ended", "handover"}) {
    shelf.put(contract({{"status", before}, {"ended_on", "2023-06-30"}}));
    CHECK(faulty(closed(Json::object()), "handed_over"));
    CHECK(faulty(closed(Json::object()), "handed_over_on"));
  }
  Json whole{
      {"handed_over_on", "2023-07-10"},
      {"handed_over", {"rooms_equipment", "takeover_files", "maintenance_records", "settlement"}}};
  CHECK(closed(whole).empty());
  whole["handed_over"].erase(std::size_t{0});
  CHECK(faulty(closed(whole), "handed_over"));
  // Renewed, or closed on paper before: nothing to hand over.
  shelf.put(contract({{"status", "renewed"}, {"ended_on", "2023-06-30"}}));
  CHECK(closed(Json::object()).empty());
  CHECK(check(*ViewOf(contract({{"status", "closed"}, {"ended_on", "2023-06-30"}}))).empty());
}

TEST_CASE("organisation: two contracts served at once are rivals", "[model]") {
  const auto contract = [](const char* changes) {
    return made("service_contract", with(kContract, changes));
  };
  const auto rivals = [](const Record& one, const Record& other) {
    const ViewOf a(one), b(other);
    const std::vector<RecordView> peers{*b};
    const auto says = one.type->rivals(*a, peers);
    const std::vector<RecordView> the_other_way{*a};
    CHECK(other.type->rivals(*b, the_other_way) == says);
    return says;
  };
  const auto first = contract("{}");  // 2023 to 2025
  const auto other = [&](const char* changes) {
    return contract(with(R"({"company":"91410700MA00000017"})", changes).c_str());
  };
  CHECK(rivals(first, other(R"({"start_on":"2025-12-31","end_on":"2026-12-31"})")));
  CHECK_FALSE(rivals(first, other(R"({"start_on":"2026-01-01","end_on":"2026-12-31"})")));
  CHECK_FALSE(rivals(first, other(R"({"status":"signed"})")));
  CHECK_FALSE(rivals(first, other(R"({"status":"ended","ended_on":"2024-06-30"})")));
  // Served on after its end, until somebody ends it (CC 948).
  const auto open = contract(R"({"status":"open_ended"})");
  CHECK(rivals(open, other(R"({"start_on":"2026-01-01","end_on":"2026-12-31"})")));
  CHECK_FALSE(rivals(first, first));
  auto removed = other("{}");
  removed.removed = true;
  CHECK_FALSE(rivals(first, removed));
}

TEST_CASE("organisation: who ends a contract gave notice as long before as was agreed", "[model]") {
  const auto ended = [](Json changes) {
    changes["status"] = changes.value("status", "dismissed");
    return faults_of(made("service_contract", with(kContract, changes.dump()), stocked()),
                     stocked());
  };
  const auto given = [&](const char* on, const Json& days, const char* end) {
    return ended({{"notice_given_on", on}, {"notice_days", days}, {"ended_on", end}});
  };
  // The sixtieth day after 1 March is 30 April (CC 946).
  CHECK(given("2023-03-01", nullptr, "2023-04-30").empty());
  CHECK(faulty(given("2023-03-01", nullptr, "2023-04-29"), "ended_on"));
  CHECK(given("2023-03-01", 90, "2023-05-30").empty());
  CHECK(faulty(given("2023-03-01", 90, "2023-05-29"), "ended_on"));
  CHECK(faulty(given("2023-11-15", 60, "2024-01-31"), "notice_given_on"));  // tomorrow
  // On any day that both sides agree on, without one.
  CHECK(ended({{"ended_on", "2023-03-02"}}).empty());
}

TEST_CASE("organisation: what project managers and city figures add", "[model]") {
  const auto manager = contributions(made("staff", with(kStaff, R"({"to_on":"2023-06-30"})")));
  for (const auto* measure : {"active_staff", "active_project_managers"}) {
    CHECK(total(manager, measure) == 0);
    CHECK(std::any_of(manager.begin(), manager.end(), [&](const Contribution& c) {
      // There on the last day.
      return c.measure == measure && c.n == -1 && c.day == parse_day("2023-07-01");
    }));
  }
  CHECK(manager[0].key == made("staff", kStaff).id.view());
  const auto cleaner = contributions(made("staff", with(kStaff, R"({"role":"cleaner"})")));
  CHECK(only(cleaner, "active_staff").dim1 == "cleaner");
  CHECK_FALSE(fed(cleaner, "active_project_managers"));
  const auto figure = contributions(made("city_figure", R"({"name":"n","year":2022,"title":"t",
    "value":101,"unit":"个","source":"s","as_of":"2022-12-31"})"));
  CHECK(only(figure, "city_figure").dim1 == "n");
  CHECK(only(figure, "city_figure").dim2 == "2022");
}

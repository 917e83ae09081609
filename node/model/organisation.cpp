// Organisation (domain 2.1): units, compounds, buildings, companies, staff, contracts.
// Parts and owners' shares are the register's: register.cpp; lifts and the like: equipment.cpp.
#include "node/model/organisation.h"

#include "node/model/declare.h"

namespace linli::model {

namespace {

constexpr Choice kLevels[] = {{1, "province", {"省", "Province"}},
                              {2, "city", {"市", "City"}},
                              {3, "district", {"县(市、区)", "County or district"}},
                              {4, "street", {"街道(乡镇)", "Street or township"}},
                              {5, "community", {"社区", "Community"}}};
constexpr Choice kCodeAuthorities[] = {{1, "gbt2260", {"国标 GB/T 2260", "GB/T 2260"}},
                                       {2, "stats", {"统计用代码", "Statistical division list"}},
                                       {3, "local", {"本地编码", "Given locally"}}};
constexpr Choice kCompoundKinds[] = {{1, "commodity", {"商品房", "Commodity housing"}},
                                     {2, "reform", {"房改房", "Reform housing"}},
                                     {3, "resettlement", {"安置房", "Resettlement housing"}},
                                     {4, "public_rental", {"公租房", "Public rental housing"}},
                                     {5, "employer", {"单位小区", "Employer's compound"}},
                                     {6, "mixed", {"混合", "Mixed"}}};
constexpr Choice kFloodRisks[] = {{0, "none", {"无", "None"}},
                                  {1, "low", {"低", "Low"}},
                                  {2, "medium", {"中", "Medium"}},
                                  {3, "high", {"高", "High"}}};
constexpr Choice kCompanyStates[] = {{1, "active", {"正常", "Active"}},
                                     {2, "suspended", {"暂停", "Suspended"}},
                                     {3, "exited", {"已退出", "Exited"}}};
constexpr Choice kFeeModes[] = {{1, "lump_sum", {"包干制", "Lump sum"}},
                                {2, "commission", {"酬金制", "Commission"}}};
constexpr Choice kFeeUses[] = {
    {1, "dwelling", {"住宅", "Dwelling"}}, {2, "shop", {"商铺", "Shop"}},
    {3, "office", {"办公", "Office"}},     {4, "parking", {"车位", "Parking"}},
    {5, "storage", {"储藏", "Storage"}},   {6, "other", {"其他", "Other"}}};

RecordType org_unit() {
  return {
      .number = 10,
      .name = "org_unit",
      .label = {"组织机构", "Organisation unit"},
      .home = Home::city,
      .key = {"code"},
      .audience = sync::Audience::below,
      .fields =
          {text(1, "code", {"区划代码", "Division code"}, 32).required().plain(kReasonCode).found(),
           choice(2, "level", {"层级", "Level"}, kLevels).required(),
           text(3, "name", {"名称", "Name"}).required().plain(kReasonOrganisation).found(),
           text(4, "short_name", {"简称", "Short name"}).plain(kReasonOrganisation).found(),
           texts(5, "former_codes", {"曾用代码", "Former codes"}).plain(kReasonCode).found(),
           texts(6, "former_names", {"曾用名", "Former names"}).plain(kReasonOrganisation).found(),
           choice(7, "code_authority", {"代码来源", "Who gave the code"}, kCodeAuthorities)
               .required(),
           ref(8, "parent", {"上级机构", "Unit above"}, {"org_unit"}).conditional(),
           date(9, "valid_from", {"生效日期", "Valid from"}).required(),
           date(10, "valid_to", {"失效日期", "Valid to"}),
           text(11, "contact_phone", {"办公电话", "Office phone"}, 40)
               .plain("an office's published number")},
      .title = "name",
      .writers = kHub,
      .removers = kHub,
      .indexes = {{"level", "code"}},
      .faults = org_unit_faults,
      .authoring_faults = org_unit_authoring_faults};
}

constexpr std::uint32_t kGroupState = 60001;

RecordType compound() {
  return {
      .number = 11,
      .name = "compound",
      .label = {"小区", "Compound"},
      .key = {"compound_code"},
      .fields =
          {text(1, "compound_code", {"小区编码", "Compound code"}, 32)
               .required()
               .plain(kReasonCode)
               .found(),
           text(2, "name", {"名称", "Name"}).required().plain(kReasonPlace).found(),
           texts(3, "aliases", {"别名", "Other names"}).plain(kReasonPlace).found(),
           ref(4, "community", {"所属社区", "Community"}, {"org_unit"}).required(),
           text(5, "address", {"地址", "Address"}).required().plain(kReasonPlace).found(),
           Declare(6, "location", FieldType::geo, {"位置", "Location"})
               .hint({"WGS-84 坐标，不要用火星坐标", "WGS-84, not the map services' GCJ-02"}),
           choice(7, "kind", {"类型", "Kind"}, kCompoundKinds).required(),
           boolean(8, "is_old", {"老旧小区", "Old compound"}).required(),
           choice(9, "management_mode", {"管理方式", "Management mode"}, kManagementModes)
               .required(),
           integer(10, "building_count", {"楼栋数", "Buildings"}).required(),
           integer(11, "household_count", {"户数", "Households"}).required(),
           integer(12, "delivered_household_count", {"已交付户数", "Delivered households"})
               .required(),
           integer(13, "occupied_household_count", {"入住户数", "Occupied households"}).required(),
           integer(14, "floor_area_dm2", {"总建筑面积", "Floor area"}, Unit::dm2).required(),
           integer(15, "exclusive_area_dm2", {"专有部分面积合计", "Exclusive area"}, Unit::dm2)
               .conditional(),
           integer(16, "delivered_area_dm2", {"已交付面积", "Delivered area"}, Unit::dm2)
               .required(),
           integer(17, "property_office_area_dm2", {"物业管理用房", "Property office"}, Unit::dm2)
               .required(),
           integer(18, "committee_office_area_dm2", {"业委会用房", "Committee office"}, Unit::dm2),
           integer(19, "lift_count", {"电梯数", "Lifts"}).required(),
           integer(20, "highrise_building_count", {"高层楼栋数", "High-rise buildings"}).required(),
           integer(21, "parking_count", {"车位数", "Parking spaces"}).required(),
           integer(22, "charging_point_count", {"充电桩数", "Charging points"}).required(),
           boolean(23, "basement", {"有地下室", "Has a basement"}).required(),
           choice(24, "flood_risk", {"内涝风险", "Flood risk"}, kFloodRisks).required(),
           date(25, "first_delivery_on", {"首次交付日期", "First delivery"}),
           text(26, "party_branch", {"小区党组织", "Party branch"}).plain(kReasonOrganisation),
           state(27, "status", {"状态", "State"}, kCompoundStates).grouped(kGroupState),
           date(28, "status_on", {"状态起始日期", "In this state since"}).grouped(kGroupState)},
      .title = "name",
      .writers = kOffices,
      .removers = kAuthority,
      .state = "status",
      .moves = {{"", "planned", kOffices},
                {"", "delivered", kOffices},
                {"", "in_service", kOffices},
                {"", "unmanaged", kOffices},
                {"planned", "delivered", kOffices},
                {"delivered", "in_service", kOffices},
                {"in_service", "unmanaged", kAuthority, 1},
                // By the street through emergency service, at most for a year (ZZ 62).
                {"unmanaged", "in_service", kSuperiors},
                {"in_service", "retired", kAuthority, 2},
                {"unmanaged", "retired", kAuthority, 2}},
      .frozen = {"retired"},
      .indexes = {{"name"}, {"community"}, {"compound_code"}},
      .faults = compound_faults,
      .contribute = contribute_compound,
      // One code, two records, as when two communities claim a compound: somebody says whose it is.
      .peers = {"compound_code"},
      .measures = {"in_service", "in_service_area", "households", "unmanaged", "office_required",
                   "office_compliant", "assembly_conditions"},
      .rivals = key_rivals};
}

RecordType building() {
  return {
      .number = 12,
      .name = "building",
      .label = {"楼栋", "Building"},
      .key = {"compound", "building_no"},
      .fields =
          {ref(1, "compound", {"小区", "Compound"}, {"compound"}).required(),
           text(2, "building_no", {"楼号", "Number"}, 32).required().plain(kReasonPlace).found(),
           integer(3, "floors_above", {"地上层数", "Floors above ground"}).range(0, 200),
           integer(4, "floors_below", {"地下层数", "Floors below ground"}).range(0, 20),
           integer(5, "height_dm", {"建筑高度", "Height"}, Unit::dm).range(0, 10'000),
           boolean(6, "is_highrise", {"高层住宅", "High-rise"})
               .hint({"住宅高度大于 27 米", "A dwelling above 27 m"}),
           integer(7, "stair_unit_count", {"单元数", "Stair units"}).range(0, 100),
           boolean(8, "has_fire_control_room", {"有消防控制室", "Has a fire control room"})},
      .title = "building_no",
      .writers = kOffices,
      .removers = kOffices,
      .indexes = {{"compound", "building_no"}},
      .faults = building_faults};
}

RecordType company() {
  return {
      .number = 13,
      .name = "company",
      .label = {"物业服务企业", "Property company"},
      .home = Home::city,
      .key = {"uscc"},
      .audience = sync::Audience::below,
      .fields =
          {text(1, "uscc", {"统一社会信用代码", "Unified social credit code"}, 18)
               .required()
               .plain(kReasonCode)
               .found(),
           text(2, "name", {"名称", "Name"}).required().plain(kReasonOrganisation).found(),
           text(3, "registered_at", {"注册地", "Registered at"}).plain(kReasonOrganisation),
           text(4, "legal_person", {"法定代表人", "Legal representative"}).required().personal(),
           // HN 39(1) has the company publish both numbers.
           text(5, "phone", {"电话", "Phone"}, 40).required().plain(kReasonOrganisation),
           text(6, "complaint_phone", {"投诉电话", "Complaint phone"}, 40)
               .required()
               .plain(kReasonOrganisation),
           integer(7, "staff_count", {"从业人数", "Staff"}).range(0, 100'000),
           boolean(8, "party_org", {"有党组织", "Has a party organisation"}),
           state(9, "status", {"状态", "State"}, kCompanyStates).grouped(kGroupState),
           date(10, "status_on", {"状态起始日期", "In this state since"}).grouped(kGroupState)},
      .title = "name",
      .writers = kAuthority,
      .removers = kHub,
      .state = "status",
      .moves = {{"", "active", kAuthority},
                {"active", "suspended", kAuthority, 1},
                {"suspended", "active", kAuthority},
                {"active", "exited", kAuthority, 2},
                {"suspended", "exited", kAuthority, 2},
                {"exited", "active", kAuthority}},
      .indexes = {{"name"}, {"uscc"}},
      .faults = company_faults,
      .peers = {"uscc"},
      .rivals = key_rivals};
}

RecordType staff() {
  return {.number = 14,
          .name = "staff",
          .label = {"从业人员", "Staff"},
          .key = {"company", "staff_no"},
          .fields = {ref(1, "company", {"企业", "Company"}, {"company"}).required(),
                     // The record stands under a number, so that figures need no name (I10).
                     text(2, "staff_no", {"工号", "Staff number"}, 40)
                         .required()
                         .plain("a number that only the company can turn into a person"),
                     text(3, "name", {"姓名", "Name"}).required().personal(),
                     choice(4, "role", {"岗位", "Role"}, kPosts).required(),
                     ref(5, "compound", {"所在小区", "Compound"}, {"compound"}),
                     text(6, "phone", {"电话", "Phone"}, 40).personal(),
                     date(7, "from_on", {"到岗日期", "From"}).required(),
                     date(8, "to_on", {"离岗日期", "To"})},
          .title = "staff_no",
          .writers = kOffices | kCompanyRole,
          .removers = kOffices,
          .indexes = {{"company", "staff_no"}},
          .faults = staff_faults,
          .contribute = contribute_staff,
          .measures = {"active_project_managers", "active_staff"}};
}

/// HN 52: what a company hands over when it goes.
constexpr Choice kHandoverItems[] = {
    {1, "rooms_equipment", {"物业用房和设施设备", "Rooms and equipment"}},
    {2, "takeover_files", {"承接查验资料", "Takeover papers"}},
    {3, "maintenance_records", {"维修养护记录", "Maintenance records"}},
    {4, "settlement", {"预收、代收费用结算", "Settlement of sums prepaid and collected"}}};
static_assert(std::size(kHandoverItems) == kHandoverItemCount);

RecordType service_contract() {
  const auto fee = std::vector<Field>{
      choice(1, "use", {"用途", "Use"}, kFeeUses).required(),
      integer(2, "price_e4", {"单价(每㎡·月)", "Price per m² and month"}, Unit::yuan_e4)
          .range(0, 10'000'000)
          .required()};
  const RoleMask enterers = kOffices | kCompanyRole;
  return {
      .number = 15,
      .name = "service_contract",
      .label = {"物业服务合同", "Service contract"},
      .key = {"compound", "company", "start_on"},
      .fields =
          {ref(1, "compound", {"小区", "Compound"}, {"compound"}).required(),
           ref(2, "company", {"企业", "Company"}, {"company"}).required(),
           date(3, "start_on", {"起始日期", "Starts on"}).required(),
           choice(4, "kind", {"合同类型", "Kind"}, kContractKinds).required(),
           date(5, "sign_on", {"签订日期", "Signed on"}).required(),
           date(6, "end_on", {"到期日期", "Ends on"}).required(),
           choice(7, "fee_mode", {"计费方式", "Fee mode"}, kFeeModes).required(),
           rows(8, "fees", {"收费标准", "Fees"}, fee).required().plain("prices, published by duty"),
           text(9, "service_grade", {"服务等级", "Service grade"}, 40).plain(kReasonCode),
           boolean(10, "bid", {"经招投标", "By tender"}),
           // Required from the filing on once attachments can be stored; until then paper.
           blobs(11, "files", {"合同附件", "Files"}).erasable(),
           integer(12, "notice_days", {"解约通知天数", "Notice days"}, Unit::days)
               .range(0, 366)
               .hint({"民法典 948 条为 60 日；河南条例 51 条为三个月",
                      "CC 948: 60; HN 51: 3 months"}),
           state(13, "status", {"状态", "State"}, kContractStates).grouped(kGroupState),
           date(14, "filed_on", {"备案日期", "Filed on"}).conditional().grouped(kGroupState),
           date(15, "ended_on", {"终止日期", "Ended on"}).conditional().grouped(kGroupState),
           date(16, "filing_due_on", {"备案期限", "To be filed by"}).derived(),
           // Written down with the contract: the figures of one record need no other.
           integer(17, "floor_area_dm2", {"服务面积(总建筑面积)", "Floor area served"}, Unit::dm2)
               .derived(),
           date(18, "takeover_on", {"承接查验完成日期", "Takeover inspected on"}),
           blobs(19, "takeover_files", {"承接查验资料", "Takeover papers"})
               .erasable()
               .conditional(),
           date(20, "takeover_filed_on", {"承接查验备案日期", "Takeover filed on"}),
           date(21, "takeover_due_on", {"承接查验备案期限", "Takeover to be filed by"})
               .derived()
               .hint({"查验完成后30日内(HN 46)", "Within 30 days of it (HN 46)"}),
           choices(22, "handed_over", {"已移交内容", "What was handed over"}, kHandoverItems)
               .conditional()
               .hint({"交接办结前四项须齐全(HN 52)", "All four before it is closed (HN 52)"}),
           date(23, "handed_over_on", {"移交完成日期", "Handed over on"}).conditional(),
           blobs(24, "handover_files", {"移交清单和资料", "Handover papers"}).erasable(),
           date(25, "notice_given_on", {"解约或不续约通知日期", "Notice given on"})
               .hint(
                   {"书面通知之日；至终止日的天数按“解约通知天数”，未约定的为60日(民法典946、948)",
                    "In writing; from then to the end there are notice_days, or 60 where "
                    "nothing else is agreed (CC 946, 948)"})},
      .writers = enterers,
      .removers = kOffices,
      .state = "status",
      // Filing is the authority's word (HN 49). Renewal and dismissal are the owners' and come from
      // committee or PMC; until these have nodes of their own an office records them.
      .moves = {{"", "drafted", enterers},
                {"", "signed", enterers},
                {"", "active", kAuthority},  // filed on paper before this system came
                {"drafted", "signed", enterers},
                {"signed", "filed", kAuthority},
                {"filed", "active", kOffices},
                {"active", "open_ended", kOffices},
                {"active", "renewed", kOffices, 1},
                {"active", "dismissed", kOffices, 2},
                {"active", "ended", kOffices, 1},
                {"open_ended", "renewed", kOffices, 1},
                {"open_ended", "dismissed", kOffices, 2},
                {"open_ended", "ended", kOffices, 1},
                {"dismissed", "handover", kSuperiors},
                {"ended", "handover", kSuperiors},
                {"renewed", "closed", kOffices},
                {"handover", "closed", kSuperiors}},
      .frozen = {"closed"},
      .indexes = {{"compound", "start_on"}, {"company"}},
      .derive = derive_contract,
      .faults = contract_faults,
      .authoring_faults = contract_authoring_faults,
      .contribute = contribute_contract,
      .peers = {"compound"},
      .measures = {"contracts_signed", "contracts_filed_in_time", "contract_expiry",
                   "contract_compounds", "contract_companies", "contract_area", "takeovers_due",
                   "takeovers_filed_in_time"},
      .rivals = contract_rivals};
}

RecordType city_figure() {
  return {
      .number = 16,
      .name = "city_figure",
      .label = {"城市数据", "City figure"},
      .home = Home::city,
      .key = {"name", "year"},
      .audience = sync::Audience::everyone,
      .fields = {text(1, "name", {"指标代码", "Name"}, 60).required().plain(kReasonCode).found(),
                 integer(2, "year", {"年份", "Year"}, Unit::none).range(1949, 2200).required(),
                 text(3, "title", {"指标名称", "Title"}).required().plain(kReasonPublished).found(),
                 integer(4, "value", {"数值", "Value"}, Unit::none).range({}, {}).required(),
                 text(5, "unit", {"单位", "Unit"}, 20).required().plain(kReasonPublished),
                 text(6, "source", {"来源", "Source"}).required().plain(kReasonPublished),
                 date(7, "as_of", {"截至日期", "As of"}).required()},
      .title = "title",
      .writers = kHub,
      .removers = kHub,
      .contribute = contribute_city_figure,
      .measures = {"city_figure"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "organisation";
    statistics.push_back(s);
  };
  add({.name = "managed_coverage",
       .label = {"专业物业覆盖率", "Coverage by companies"},
       .figure = Figure::percent,
       .numerator = {.measure = "in_service", .over = Over::until_end, .dim1 = "company"},
       .denominator = Term{.measure = "in_service", .over = Over::until_end},
       .definition = {"由物业服务企业管理的在管小区÷全部在管小区，截至期末",
                      "Compounds in service under a company ÷ all in service, at the end"}});
  add({.name = "managed_area_coverage",
       .label = {"专业物业覆盖率(按面积)", "Coverage by companies, by area"},
       .figure = Figure::percent,
       .numerator = {.measure = "in_service_area", .over = Over::until_end, .dim1 = "company"},
       .denominator = Term{.measure = "in_service_area", .over = Over::until_end},
       .definition = {"同上，按总建筑面积加权", "The same, weighted by floor area"}});
  add({.name = "compounds_in_service",
       .label = {"在管小区数", "Compounds in service"},
       .numerator = {.measure = "in_service", .over = Over::until_end},
       .dim1 = "management_mode",
       .dim2 = "kind",
       .definition = {"期末处于在管状态的小区数", "Compounds in service at the end"}});
  add({.name = "unmanaged",
       .label = {"失管小区数", "Unmanaged compounds"},
       .numerator = {.measure = "unmanaged", .over = Over::until_end},
       .definition = {"已交付且无物业管理的小区数，截至期末",
                      "Delivered compounds that nobody manages, at the end"}});
  add({.name = "office_compliance",
       .label = {"物业用房达标率", "Property offices up to rule"},
       .figure = Figure::percent,
       .numerator = {.measure = "office_compliant", .over = Over::until_end},
       .denominator = Term{.measure = "office_required", .over = Over::until_end},
       .definition = {"物业管理用房不小于条例11条标准的小区÷2018年起交付的在管小区",
                      "Compounds with the office of HN 11 ÷ in service, delivered since 2018"}});
  add({.name = "contract_filing_rate",
       .label = {"合同按时备案率", "Contracts filed in time"},
       .figure = Figure::percent,
       .numerator = {.measure = "contracts_filed_in_time"},
       .denominator = Term{.measure = "contracts_signed"},
       .definition = {"签订后15日内备案的合同÷期内签订的合同",
                      "Contracts filed within 15 days of signing ÷ signed in the window"}});
  add({.name = "expiring_contracts",
       .label = {"90日内到期合同", "Contracts that end within 90 days"},
       .numerator = {.measure = "contract_expiry", .over = Over::next_days, .days = 90},
       .dim1 = "company",
       .definition = {"今日起90日内到期的履行中合同", "Active contracts ending in 90 days"}});
  add({.name = "company_projects",
       .label = {"企业在管项目数", "Projects by company"},
       .numerator = {.measure = "contract_compounds",
                     .over = Over::until_end,
                     .count = Count::distinct},
       .dim1 = "company",
       .definition = {"期末有履行中合同的小区数，按企业",
                      "Compounds with an active contract at the end, by company"}});
  add({.name = "company_area_share",
       .label = {"企业在管面积占比(集中度)", "Concentration: area by company"},
       .figure = Figure::percent,
       .numerator = {.measure = "contract_area", .over = Over::until_end},
       .denominator = Term{.measure = "contract_area", .over = Over::until_end, .whole = true},
       .dim1 = "company",
       .definition = {"企业履行中合同的总建筑面积÷全部履行中合同的总建筑面积，截至期末",
                      "Floor area under a company's active contracts ÷ under all of them, at the "
                      "end"}});
  add({.name = "takeover_filing_rate",
       .label = {"承接查验按时备案率", "Takeovers filed in time"},
       .figure = Figure::percent,
       .numerator = {.measure = "takeovers_filed_in_time"},
       .denominator = Term{.measure = "takeovers_due"},
       .definition = {"备案期限在期内且按时备案的承接查验÷备案期限在期内的(HN 46)",
                      "Takeovers filed within 30 days ÷ to be filed in the window (HN 46)"}});
  add({.name = "city_figures",
       .label = {"城市数据", "City figures"},
       .numerator = {.measure = "city_figure"},
       .dim1 = "name",
       .dim2 = "year",
       .definition = {"市局公布、注明来源的数据，按截至日期归属",
                      "Figures that the bureau published with their source, by as-of date"}});
}

}  // namespace

void add_organisation(Schema& schema) {
  for (auto make :
       {org_unit, compound, building, company, staff, service_contract, city_figure, equipment}) {
    schema.types.push_back(make());
  }
  add_statistics(schema.statistics);
  add_equipment_statistics(schema.statistics);
}

}  // namespace linli::model

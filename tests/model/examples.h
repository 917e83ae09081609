// tests/model/examples.h: one complete record of each type, without a fault.
#pragma once

#include "tests/model/fixture.h"

namespace linli::model::test {

inline constexpr std::string_view kCompoundId = "0190a0a0-0000-7000-8000-0000000000a1";
inline constexpr std::string_view kCompound =
    R"({"compound_code":"410702003901001","name":"示例小区",
  "aliases":["老示例"],"community":"410702003901","address":"示例路1号",
  "location":{"lat_e7":353000000,"lon_e7":1139000000,"accuracy_dm":50},"kind":"commodity",
  "is_old":false,"management_mode":"company","building_count":4,"household_count":300,
  "delivered_household_count":290,"occupied_household_count":250,"floor_area_dm2":3000000,
  "exclusive_area_dm2":2800000,"delivered_area_dm2":2700000,"property_office_area_dm2":12000,
  "committee_office_area_dm2":2000,"lift_count":8,"highrise_building_count":4,"parking_count":200,
  "charging_point_count":20,"basement":true,"flood_risk":"low","first_delivery_on":"2019-06-01",
  "party_branch":"示例小区党支部","status":"in_service","status_on":"2019-07-01"})";
inline constexpr std::string_view kCompany = R"({"uscc":"91350100M000100Y43","name":"样例物业",
  "registered_at":"新乡市","legal_person":"甲","phone":"0373-1","complaint_phone":"0373-2",
  "staff_count":10,"party_org":true,"status":"active"})";
inline constexpr std::string_view kStaff = R"({"company":"91350100M000100Y43","staff_no":"A001",
  "name":"乙","role":"project_manager","compound":"410702003901001","phone":"139",
  "from_on":"2022-01-01"})";
inline constexpr std::string_view kContract = R"({"compound":"410702003901001",
  "company":"91350100M000100Y43","start_on":"2023-01-01","kind":"ordinary","sign_on":"2022-12-10",
  "end_on":"2025-12-31","fee_mode":"lump_sum","fees":[{"use":"dwelling","price_e4":8950}],
  "service_grade":"二级","bid":true,"notice_days":60,"status":"active","filed_on":"2022-12-25"})";
inline constexpr std::string_view kEquipment = R"({"device_no":"梯11豫G00001-23",
  "compound":"410702003901001","kind":"lift","place":"3号楼1单元","maintainer":"示例电梯维保",
  "maintainer_licence":"TS-0001","maintainer_phone":"0373-3","last_service_on":"2023-11-01",
  "next_inspection_due_on":"2024-03-31","status":"in_use"})";
inline constexpr std::string_view kCourse = R"({"code":"pm","name":"项目经理培训",
  "kind":"project_manager","audience":["staff","project_manager"],"minutes":120,
  "assessed":true,"certificate":true,"valid_months":24,"organiser":"市住建局"})";
inline constexpr std::string_view kSession = R"({"course":"pm","year":2023,"no":1,
  "code":"2023-PM-09","topic":"项目经理培训","starts_at":"2023-05-27T09:00",
  "ends_at":"2023-05-27T11:00","place":"礼堂","lecturers":["丙"],"capacity":200,
  "status":"attendance_confirmed"})";
inline constexpr std::string_view kAttendance = R"({"session":["pm",2023,1],
  "person":["91350100M000100Y43","A001"],"in_at":"2023-05-27T08:55","out_at":"2023-05-27T11:05",
  "method":"qr","device":"签到机1"})";
inline constexpr std::string_view kAssessed = R"({"session":["pm",2023,1],
  "person":["91350100M000100Y43","A001"],"attempt":1,"score":80,"passed":true})";
inline constexpr std::string_view kKind =
    R"({"code":"common_income","name":"公共收益","content":"收支",
  "basis":"HN 39","periods":["quarter"],"due_months_after":1,"due_day":31,"ledger":true,
  "obliged":"company","lines":[{"code":"lift_ads","name":"电梯广告","direction":"income",
  "required":true}]})";
inline constexpr std::string_view kDisclosure = R"({"compound":"410702003901001",
  "kind":"common_income","period":"2023-Q2","revision":1,"company":"91350100M000100Y43",
  "prepared_by":"丁","opening_fen":100000,"closing_fen":170000,"lines":[
  {"code":"lift_ads","direction":"income","name":"电梯广告","quantity":4,"unit":"部",
   "unit_price_e4":2500000,"amount_fen":100000},
  {"code":"cost","direction":"cost","name":"支出","amount_fen":10000},
  {"code":"to_fund","direction":"cost","name":"转入维修资金","amount_fen":20000}],
  "status":"published","published_at":"2023-07-20T10:00","channels":["web","lift_lobby"]})";
inline constexpr std::string_view kTemplate = R"({"code":"t","version":1,"name":"检查表",
  "status":"published","items":[
  {"item_code":"F01","domain":"fire","text":"制度","weight":3,"veto":false,
   "default_severity":"major"},
  {"item_code":"F06","domain":"fire","text":"通道","basis":"XF 33","weight":5,"veto":true,
   "default_severity":"critical","photo_required":true,"applies_if":"always"},
  {"item_code":"C01","domain":"cleaning","text":"整洁","weight":1,"veto":false,
   "default_severity":"minor"}]})";
inline constexpr std::string_view kCampaign = R"({"code":"flood-2023","name":"防汛专项",
  "kind":"flood","template":["t",1],"from_on":"2023-05-15","to_on":"2023-09-30","quota":10,
  "draw_seed":"7","target_scopes":["410700/410702"]})";
inline constexpr std::string_view kDrawOfOne = R"({"code":"SSJ-1","title":"示例抽取","seed":"7",
  "seed_source":"示例开奖","compounds":["410702003901001"],"inspectors":["J001","J002"],
  "compound_count":1,"inspectors_each":2,"template":["t",1],"campaign":"flood-2023",
  "planned_on":"2023-06-01","status":"cancelled","status_reason":"示例"})";
inline constexpr std::string_view kInspectionId = "0190a0a0-0000-7000-8000-0000000000b1";
inline constexpr std::string_view kInspection = R"({"id":"0190a0a0-0000-7000-8000-0000000000b1",
  "kind":"routine","compound":"410702003901001","company":"91350100M000100Y43","template":["t",1],
  "inspectors":["J001","J002"],"started_at":"2023-06-01T23:30","ended_at":"2023-06-02T00:30",
  "location":{"lat_e7":353000000,"lon_e7":1139000000},
  "results":{"F01":"ok","C01":"fail","F06":"na"},"site_signer":"戊","refused_sign":false,
  "note":"备注","draw":"SSJ-1","status":"submitted"})";
inline constexpr std::string_view kFinding = R"({"id":"0190a0a0-0000-7000-8000-0000000000c1",
  "inspection":"0190a0a0-0000-7000-8000-0000000000b1","item_code":"C01","severity":"minor",
  "description":"楼道有杂物","place":"3号楼","responsible":"company","status":"open"})";
inline constexpr std::string_view kNotice = R"({"provisional_no":"J-0001",
  "findings":["0190a0a0-0000-7000-8000-0000000000c1"],"addressee":"91350100M000100Y43",
  "issued_on":"2023-06-03","due_on":"2023-06-18","legal_basis":"条例","status":"issued"})";

inline constexpr std::string_view kMeetingId = "0190a0a0-0000-7000-8000-0000000000d1";
inline constexpr std::string_view kMeeting = R"({"id":"0190a0a0-0000-7000-8000-0000000000d1",
  "kind":"compound_joint","compound":"410702003901001","planned_at":"2023-09-08T19:00",
  "held_at":"2023-09-08T19:10","place":"党群服务中心","convener":"party_branch","chair":"己",
  "topic":"三季度联席会议","agenda":["停车","电梯"],"minutes":"议定电梯检修","status":"held"})";
inline constexpr std::string_view kMatterId = "0190a0a0-0000-7000-8000-0000000000e1";
inline constexpr std::string_view kMeetingMatter = R"({"id":"0190a0a0-0000-7000-8000-0000000000e1",
  "meeting":"0190a0a0-0000-7000-8000-0000000000d1","category":"equipment","title":"电梯异响",
  "detail":"3号楼电梯异响","raised_by":"owner_rep","responsible":"样例物业","status":"raised"})";
inline constexpr std::string_view kDispute = R"({"source":"petition","case_no":"X-2023-001",
  "compound":"410702003901001","category":"charges",
  "parties":[{"role":"applicant","kind":"owner","name":"庚","phone":"138"}],
  "text":"对公摊电费有异议","headcount":6,"received_at":"2023-09-29T10:00","handler":"示例社区",
  "status":"received"})";

inline constexpr std::string_view kStandard = R"({"compound":"410702003901001","version":1,
  "contract":["410702003901001","91350100M000100Y43","2023-01-01"],"items":[
  {"domain":"cleaning","subject":"楼道","metric":"清扫","comparator":"ge","target":3,"unit":"次",
   "frequency":"weekly","times":3,"contract_target":2,"evidence":"record"}],
  "drafted_on":"2023-04-01","committee_opinion":"同意","street_opinion":"同意",
  "status":"drafted"})";
inline constexpr std::string_view kFeedback = R"({"compound":"410702003901001",
  "about_kind":"service","rating":2,"text":"楼道灯不亮","author":"寅","contact":"137",
  "received_at":"2023-09-22T20:00","status":"received"})";
inline constexpr std::string_view kFigureSet = R"({"code":"monthly","name":"月报",
  "statistics":["inspections","rectified_on_time"],"periods":["month"],"basis_doc":"市住建局通知"})";
inline constexpr std::string_view kPeriodFigures = R"({"set":"monthly","period":"2023-05",
  "as_of":"2023-06-01","figures":[{"statistic":"inspections","numerator":12},
  {"statistic":"rectified_on_time","numerator":7,"denominator":9}],
  "digest":"6cca17a7237b69774ea939c69e802375298101add609317a305afb96a9000b09","node":"0a",
  "arrival":120,"chain":"0b","records":28,"included":"gA","communities":3,"reported":2,
  "status":"submitted"})";
// ---- Assemblies: a register of three flats and a parking space of two heads --------------------
inline constexpr std::string_view kVoteRules = R"({"code":"default","version":1,"name":"示例规则",
  "silent_rule":"not_counted","blank_takes_part":true,"parking_counted":false,
  "proposal_basis":"heads","tie_rule":"run_off","committee_share":"half","seats_min":5,
  "seats_max":11,"seats_odd":true,"term_years_max":5,"group_min":7,"group_max":11,
  "group_odd":true,"group_form_days":30,"first_assembly_days":60,"announce_days":15,
  "shown_days":7,"vetting_days":10,"candidate_notice_days":7,"filing_days":30,"decision_days":3,
  "renewal_days":90,"pmc_min":7,"pmc_max":11,"pmc_odd":true,"pmc_publish_days":10,
  "basis":"HN 2017、民法典278条","status":"published"})";
inline constexpr std::string_view kPart = R"({"compound":"410702003901001","part_no":"3-1-502",
  "building":"3","stair_unit":"1","room":"502","area_dm2":9000,"use":"dwelling","delivered":true,
  "title_no":"豫(2020)示例第1号"})";
inline constexpr std::string_view kSnapshot = R"({"compound":"410702003901001",
  "taken_on":"2023-09-01","version":1,"rules":["default",1],"parking_counted":false,"parts":[
  {"no":"3-1-501","head":"H1","area_dm2":9000,"building":"3","stair_unit":"1"},
  {"no":"3-1-502","head":"H2","area_dm2":9000,"building":"3","stair_unit":"1"},
  {"no":"3-1-601","head":"H2","area_dm2":12000,"building":"3","stair_unit":"1"},
  {"no":"P-1","head":"H1","area_dm2":1250,"parking":true}],"status":"published"})";
inline constexpr std::string_view kAssembly = R"({"compound":"410702003901001","kind":"first",
  "seq_no":1,"form":"written","convener":"prep_group","notice_on":"2023-09-15",
  "vote_from":"2023-10-01T09:00","vote_to":"2023-10-20T18:00",
  "register_snapshot":["410702003901001","2023-09-01",1],"rules":["default",1],
  "silent_rule":"not_counted","proposed_heads":2,"proposed_area_dm2":30000,
  "boxes":["office","device-2"],"procedure":"v1","status":"announced","status_on":"2023-09-15"})";
inline constexpr std::string_view kMatter = R"({"assembly":["410702003901001","first",1],"no":1,
  "title":"选聘物业服务企业","decision_kind":"hire_company","base":"area_all",
  "text":"选聘样例物业"})";
inline constexpr std::string_view kElection = R"({"assembly":["410702003901001","first",1],"no":2,
  "title":"选举业主委员会","decision_kind":"elect_committee","base":"stair_unit","building":"3",
  "stair_unit":"1","seats":5,"candidates":["H1","H2"],"text":"应选5人"})";
inline constexpr std::string_view kCandidate = R"({"assembly":["410702003901001","first",1],
  "head":"H2","source":"self","name":"己","room":"3-1-502","political_status":"群众",
  "statement":"愿为大家服务","conflict_declaration":true,"fees_paid":true,
  "company_employee":false,"submitted_on":"2023-09-01","status":"nominated",
  "status_on":"2023-09-01","publicised_on":"2023-09-20"})";
inline constexpr std::string_view kVetting = R"({"candidate":{"key":
  [["410702003901001","first",1],"H2"]},"by":"示例街道办事处","criteria":[
  {"code":"obeys_law","pass":true},{"code":"pays_fees","pass":false}],"result":"ineligible",
  "reason_code":"fees","decided_on":"2023-09-10","status":"decided"})";
inline constexpr std::string_view kBallot = R"({"assembly":["410702003901001","first",1],
  "head":"H2","serial":"0001","parts":["3-1-502","3-1-601"],"area_dm2":21000,
  "delivery":"in_person","delivered_on":"2023-10-02","delivery_evidence":
  "00000000000000000000000000000000000000000000000000000000000000aa","collector":"device-2",
  "returned_at":"2023-10-03T10:00","proxy":"庚","proxy_doc":
  "00000000000000000000000000000000000000000000000000000000000000bb","signed":true,"signature":
  "00000000000000000000000000000000000000000000000000000000000000cc","choices":{"1":"agree",
  "2/H2":"agree"},"status":"invalid","invalid_reason":"spoiled","review_note":"字迹不清"})";
inline constexpr std::string_view kTally = R"({"assembly":["410702003901001","first",1],
  "matter":[["410702003901001","first",1],1],"round":1,"total_area_dm2":30000,"total_heads":2,
  "part_area_dm2":30000,"part_heads":2,"agree_area_dm2":30000,"agree_heads":2,
  "disagree_area_dm2":0,"disagree_heads":0,"abstain_area_dm2":0,"abstain_heads":0,
  "invalid_area_dm2":0,"invalid_heads":0,"contested_area_dm2":0,"contested_heads":0,
  "boxes_missing":0,"results":[{"head":"H1","agree_area_dm2":9000,"agree_heads":1,
  "result":"not_elected"}],"outcome":"passed","ballots_digest":"00","counters":["辛","壬"],
  "supervisor":"示例社区","disputed_rule":false,"status":"published",
  "published_on":"2023-10-25"})";
inline constexpr std::string_view kGroup = R"({"compound":"410702003901001",
  "applied_on":"2023-07-01","rules":["default",1],"applicant":"owners","owner_applicants":10,
  "formed_on":"2023-07-20","members":[{"name":"甲","side":"street"},
  {"name":"乙","side":"community"},{"name":"丙","side":"developer"},{"name":"丁","side":"owner"},
  {"name":"戊","side":"owner"},{"name":"己","side":"owner"},{"name":"庚","side":"owner"}],
  "leader":"甲","register_published_on":"2023-08-01","contents_announced_on":"2023-08-20",
  "status":"applied","held_on":"2023-09-10"})";
inline constexpr std::string_view kCommittee = R"({"compound":"410702003901001","term_no":1,
  "rules":["default",1],"assembly":["410702003901001","first",1],"elected_on":"2023-10-20",
  "term_start":"2023-10-20","term_end":"2028-10-20","seats":5,"filed_on":"2023-11-01",
  "filing_no":"备-001","status":"active","status_on":"2023-11-01"})";
inline constexpr std::string_view kDecision = R"({"committee":["410702003901001",1],"no":1,
  "decided_on":"2023-11-05","members":5,"present":4,"agree":3,"text":"公布公共收益",
  "published_on":"2023-11-07","told_community_on":"2023-11-07"})";
inline constexpr std::string_view kPmc = R"({"compound":"410702003901001","formed_on":"2022-03-01",
  "rules":["default",1],"trigger":"conditions_not_met","members":[{"name":"甲","side":"street"},
  {"name":"乙","side":"community"},{"name":"丙","side":"community"},{"name":"丁","side":"owner"},
  {"name":"戊","side":"owner"},{"name":"己","side":"owner"},{"name":"庚","side":"owner"}],
  "chair_side":"community","published_on":"2022-03-05","ended_on":"2023-11-10",
  "end_reason":"committee_elected","successor":["410702003901001",1],"status":"formed"})";

// ---- Campaigns, credit, parent links, numbers --------------------------------------------------
inline constexpr std::string_view kPlan = R"({"campaign":"flood-2023","planned_on":"2023-05-10",
  "compounds":["410702003901001"],"organiser":"示例街道办事处","note":"先查地下车库"})";
inline constexpr std::string_view kCreditRule = R"({"code":"major_overdue",
  "in_force_from":"2023-01-01","name":"较大问题逾期未整改","kind":"bad","points":30,
  "basis":"信用评价办法（示例）",
                                  "valid_months" : 12, "repairable" : true, "status" : "published"
})";
inline constexpr std::string_view kCreditScale = R"({"in_force_from":"2023-01-01",
  "name":"信用等级（示例）","period":"calendar_year","base_points":1000,"basic_max":100,
  "good_max":200,"bands":[{"code":"AAA","name":"优秀","from_points":1000,"list":"red"},
  {"code":"AA","from_points":900,"list":"none"},{"code":"C","from_points":600,"list":"black"}],
  "basis":"商丘2022（参考）","status":"published"
})";
inline constexpr std::string_view kCreditEvent = R"({"id":"0190a0a0-0000-7000-8000-0000000000f1",
  "company":"91350100M000100Y43","compound":"410702003901001","rule":["major_overdue","2023-01-01"],
  "occurred_on":"2023-06-19","source":{"type":"notice","key":"J-0001"},"decided_by":"district",
  "note":"期限届满未整改","notified_on":"2023-06-20","appealed_on":"2023-06-21",
  "source_check":true,"decided_on":"2023-06-30","status":"confirmed"})";
inline constexpr std::string_view kUnit = R"({"code":"410702003901","level":"community",
  "name":"示例社区","code_authority":"local","parent":"410702003","valid_from":"2023-01-01"})";
inline constexpr std::string_view kStreetUnit = R"({"code":"410702003","level":"street",
  "name":"渠东街道","code_authority":"stats","parent":"410702","valid_from":"2023-01-01"})";
inline constexpr std::string_view kStreetUnit2 = R"({"code":"410702007","level":"street",
  "name":"文化街街道","code_authority":"stats","parent":"410702","valid_from":"2023-01-01"})";

/// A node that holds what the others refer to.
inline Shelf stocked() {
  Shelf shelf;
  for (const auto& [type, json] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"compound", kCompound},
                                                                  {"company", kCompany},
                                                                  {"staff", kStaff},
                                                                  {"course", kCourse},
                                                                  {"session", kSession},
                                                                  {"attendance", kAttendance},
                                                                  {"assessment", kAssessed},
                                                                  {"disclosure_kind", kKind},
                                                                  {"template", kTemplate},
                                                                  {"campaign", kCampaign},
                                                                  {"inspection_draw", kDrawOfOne},
                                                                  {"inspection", kInspection},
                                                                  {"finding", kFinding},
                                                                  {"notice", kNotice},
                                                                  {"credit_rule", kCreditRule},
                                                                  {"org_unit", kUnit},
                                                                  {"org_unit", kStreetUnit},
                                                                  {"org_unit", kStreetUnit2},
                                                                  {"joint_meeting", kMeeting},
                                                                  {"matter", kMeetingMatter},
                                                                  {"dispute", kDispute},
                                                                  {"vote_rules", kVoteRules},
                                                                  {"exclusive_part", kPart},
                                                                  {"register_snapshot", kSnapshot},
                                                                  {"assembly", kAssembly},
                                                                  {"figure_set", kFigureSet},
                                                                  {"ballot_matter", kMatter},
                                                                  {"candidate", kCandidate},
                                                                  {"committee", kCommittee}}) {
    shelf.put(made(type, json, shelf));
  }
  return shelf;
}

inline std::vector<std::pair<std::string_view, std::string_view>> examples() {
  return {
      {"certificate", R"({"bytes":"AAEC"})"},
      {"policy", R"({"bytes":"-_8"})"},
      {"revocation", R"({"bytes":"-_8"})"},
      {"retention_rule", R"({"record_type":"finding","field":"photos","state":"closed",
             "after":"closed_on","period":3,"unit":"years","suspended":false,
             "basis":"PIPL 19"})"},
      {"org_unit", R"({"code":"410700","level":"city","name":"新乡市","short_name":"新乡",
             "former_codes":["x"],"former_names":["y"],"code_authority":"gbt2260",
             "valid_from":"2023-01-01","valid_to":"2033-01-01","contact_phone":"0373-0"})"},
      {"compound", kCompound},
      {"building", R"({"compound":"410702003901001","building_no":"3","floors_above":28,
             "floors_below":2,"height_dm":850,"is_highrise":true,"stair_unit_count":2,
             "has_fire_control_room":true})"},
      {"company", kCompany},
      {"equipment", kEquipment},
      {"staff", kStaff},
      {"service_contract", kContract},
      {"city_figure", R"({"name":"sites","year":2022,"title":"示范点","value":101,"unit":"个",
             "source":"答复","as_of":"2022-12-31"})"},
      {"course", kCourse},
      {"session", kSession},
      {"enrolment", R"({"session":["pm",2023,1],"person":["91350100M000100Y43","A001"],
             "enrolled_on":"2023-05-20"})"},
      {"attendance", kAttendance},
      {"assessment", kAssessed},
      {"training_certificate", R"({"cert_no":"Z1","course":"pm","person":
             {"key":["91350100M000100Y43","A001"],"scope":"410700/410702/410702003/410702003901"},
             "issued_on":"2023-06-01","valid_until":"2025-06-01","status":"valid","attendance":
             {"key":[["pm",2023,1],["91350100M000100Y43","A001"]],
              "scope":"410700/410702/410702003/410702003901"},"assessment":
             {"key":[["pm",2023,1],["91350100M000100Y43","A001"],1],
              "scope":"410700/410702/410702003/410702003901"}})"},
      {"disclosure_kind", kKind},
      {"disclosure", kDisclosure},
      {"template", kTemplate},
      {"campaign", kCampaign},
      {"inspection_draw", kDrawOfOne},
      {"inspection", kInspection},
      {"finding", kFinding},
      {"notice", kNotice},
      {"referral", R"({"finding":"0190a0a0-0000-7000-8000-0000000000c1","to":"消防救援大队",
             "on":"2023-07-05","letter_no":"示例〔2023〕1号","outcome":"已立案",
             "outcome_on":"2023-07-20"})"},
      {"rectification", R"({"finding":"0190a0a0-0000-7000-8000-0000000000c1",
             "company":"91350100M000100Y43","text":"已清理","done_on":"2023-06-10"})"},
      {"rule_setting", R"({"code":"matter_days","value":10,"basis":"市住建局通知","note":"试行"})"},
      {"calendar_year", R"({"year":2023,"holidays":[
             {"name":"中秋国庆","from_on":"2023-09-29","to_on":"2023-10-06"}],
             "worked":[{"on":"2023-10-07"},{"on":"2023-10-08"}],"basis_doc":"国办发明电"})"},
      {"red_site", R"({"compound":"410702003901001","batch":2022,"grade":"city",
             "designated_on":"2022-12-01","basis_doc":"新组通〔2021〕18号",
             "party_branch":"示例小区党支部","branch_secretary":"辛","party_member_count":30,
             "cross_posts":2,"status":"rectifying","status_on":"2023-06-01",
             "status_reason":"未按期召开会议"})"},
      {"site_review", R"({"red_site":["410702003901001",2022],"year":2023,
             "score":88,"result":"keep","reviewed_on":"2023-11-01","opinion":"良好"})"},
      {"joint_meeting", kMeeting},
      {"meeting_party", R"({"meeting":"0190a0a0-0000-7000-8000-0000000000d1",
             "party_kind":"company","org":"样例物业","representative":"壬",
             "signed_in_at":"2023-09-08T19:02"})"},
      {"matter", kMeetingMatter},
      {"followup", R"({"matter":"0190a0a0-0000-7000-8000-0000000000e1",
             "at":"2023-09-12T09:00","by":"样例物业","text":"已联系维保单位","outcome":"progress","status":"recorded"})"},
      {"joint_activity", R"({"kind":"party_class","compound":"410702003901001",
             "on":"2023-07-01","topic":"主题党课","parties":["party_branch","company"],
             "participants":40,"note":"共建"})"},
      {"dispute", kDispute},
      {"dispute_action", R"({"dispute":["petition","X-2023-001"],"at":"2023-10-09T09:00",
             "by":"示例社区","kind":"call","text":"已联系申请人","status":"recorded"})"},
      {"mediation", R"({"dispute":["petition","X-2023-001"],"mediator":"癸",
             "began_on":"2023-10-10","sessions":2,"outcome":"failed","ended_on":"2023-10-20"})"},
      {"return_visit", R"({"dispute":["petition","X-2023-001"],"at":"2023-11-01T10:00",
             "by":"示例社区","satisfied":true,"text":"满意"})"},
      {"service_standard", kStandard},
      {"feedback", kFeedback},
      {"vote_rules", kVoteRules},
      {"exclusive_part", kPart},
      {"owner_share", R"({"part":["410702003901001","3-1-502"],"owner_no":"O1","head":"H2",
             "kind":"person","name":"己","phone":"139","id_digest":"ab","id_last4":"123X",
             "share_num":1,"share_den":2,"speaks":true,"from_on":"2020-01-01",
             "to_on":"2030-01-01"})"},
      {"prep_group", kGroup},
      {"register_snapshot", kSnapshot},
      {"assembly", kAssembly},
      {"ballot_matter", kElection},
      {"candidate", kCandidate},
      {"vetting", kVetting},
      {"ballot", kBallot},
      {"ballot_box", R"({"assembly":["410702003901001","first",1],"box":"device-2",
             "papers":1,"status":"complete","closed_at":"2023-10-20T18:00"})"},
      {"tally", kTally},
      {"committee", kCommittee},
      {"committee_member", R"({"committee":["410702003901001",1],"head":"H2","name":"己",
             "post":"chair","from_on":"2023-10-20","to_on":"2024-01-01","end_reason":"resigned",
             "by_election":false,"phone":"139"})"},
      {"committee_decision", kDecision},
      {"pmc", kPmc},
      {"number_rule", R"({"record_type":"notice","issuer":"410700",
             "form":"新住建物改〔{year}〕{n}号","start":12,"digits":2,"basis":"公文处理办法"})"},
      {"org_link", R"({"unit":{"type":"org_unit","key":"410702003901"},"valid_from":"2024-01-01",
             "parent":"410702007","valid_to":"2030-01-01","kind":"move",
             "basis_doc":"新政文〔2023〕8号","note":"街道调整"})"},
      {"campaign_plan", kPlan},
      {"credit_rule", kCreditRule},
      {"credit_scale", kCreditScale},
      {"credit_event", kCreditEvent},
      {"figure_set", kFigureSet},
      {"period_figures", kPeriodFigures}};
}

}  // namespace linli::model::test

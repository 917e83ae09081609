// node/model/organisation.h: rules and measures of domain 2.1, and choices that others read.
// For this folder's .cpp. Field numbers are those of the declarations in organisation.cpp.
#pragma once

#include "node/model/schema.h"

namespace linli::model {

inline constexpr Choice kManagementModes[] = {{1, "company", {"专业物业", "Company"}},
                                              {2, "self", {"业主自管", "Owners themselves"}},
                                              {3, "community", {"社区代管", "Community"}},
                                              {4, "emergency", {"应急物业", "Emergency service"}},
                                              {5, "none", {"无物业/失管", "Nobody"}}};
inline constexpr Choice kCompoundStates[] = {{1, "planned", {"规划中", "Planned"}},
                                             {2, "delivered", {"已交付", "Delivered"}},
                                             {3, "in_service", {"在管", "In service"}},
                                             {4, "unmanaged", {"失管", "Unmanaged"}},
                                             {5, "retired", {"已注销", "Retired"}}};
inline constexpr Choice kPosts[] = {{1, "project_manager", {"项目经理", "Project manager"}},
                                    {2, "supervisor", {"主管", "Supervisor"}},
                                    {3, "security", {"秩序维护", "Security"}},
                                    {4, "engineer", {"工程维修", "Engineer"}},
                                    {5, "cleaner", {"保洁", "Cleaner"}},
                                    {6, "greener", {"绿化", "Greener"}},
                                    {7, "fire_control", {"消防值守", "Fire control"}},
                                    {8, "customer_service", {"客服", "Customer service"}}};
inline constexpr std::int64_t kPostProjectManager = 1;
inline constexpr Choice kContractKinds[] = {{1, "initial", {"前期", "Initial"}},
                                            {2, "ordinary", {"普通", "Ordinary"}},
                                            {3, "emergency", {"应急", "Emergency"}}};
inline constexpr Choice kContractStates[] = {
    {1, "drafted", {"拟订", "Drafted"}},         {2, "signed", {"已签订", "Signed"}},
    {3, "filed", {"已备案", "Filed"}},           {4, "active", {"履行中", "Active"}},
    {5, "open_ended", {"不定期", "Open-ended"}}, {6, "renewed", {"已续签", "Renewed"}},
    {7, "dismissed", {"已解聘", "Dismissed"}},   {8, "ended", {"已终止", "Ended"}},
    {9, "handover", {"交接中", "Handover"}},     {10, "closed", {"已办结", "Closed"}}};

inline constexpr std::size_t kHandoverItemCount = 4;

void org_unit_faults(const RecordView& record, std::vector<Fault>& faults);
void org_unit_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                               std::vector<Fault>& faults);
void compound_faults(const RecordView& record, std::vector<Fault>& faults);
void building_faults(const RecordView& record, std::vector<Fault>& faults);
void company_faults(const RecordView& record, std::vector<Fault>& faults);
void staff_faults(const RecordView& record, std::vector<Fault>& faults);
void contract_faults(const RecordView& record, std::vector<Fault>& faults);
void contract_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                               std::vector<Fault>& faults);
[[nodiscard]] Result<void> derive_contract(Record& record, const Lookup& lookup,
                                           const Moment& moment);

void contribute_compound(const RecordView& record, std::span<const RecordView> peers,
                         std::vector<Contribution>& out);
void contribute_staff(const RecordView& record, std::span<const RecordView> peers,
                      std::vector<Contribution>& out);
/// Is its natural key a number that the city gives once, whoever enters it? Then two records of it,
/// in two scopes, are rivals.
[[nodiscard]] bool one_in_the_city(const RecordType& type);
[[nodiscard]] bool key_rivals(const RecordView& record, std::span<const RecordView> peers);
/// Two contracts that are both served on one day: no error, but somebody has to say which holds.
[[nodiscard]] bool contract_rivals(const RecordView& record, std::span<const RecordView> peers);
void contribute_contract(const RecordView& record, std::span<const RecordView> peers,
                         std::vector<Contribution>& out);
void contribute_city_figure(const RecordView& record, std::span<const RecordView> peers,
                            std::vector<Contribution>& out);

[[nodiscard]] RecordType equipment();  ///< equipment.cpp
void add_equipment_statistics(std::vector<Statistic>& statistics);

}  // namespace linli::model

// node/model/campaign.h: who checks what in a campaign (domain 2.6). The campaign itself and its
// inspections and findings are in inspection.cpp. For this folder's .cpp.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

inline constexpr std::uint32_t kTypeCampaignPlan = 140;

namespace campaign_plan_field {
inline constexpr std::uint32_t kCampaign = 1, kPlannedOn = 2, kCompounds = 3;
}

/// One compound within one campaign: what progress counts. So a compound that two campaigns visit
/// counts for each of them, and a visit for one of them is none for the other.
[[nodiscard]] std::string campaign_visit_key(std::string_view campaign, std::string_view compound);

/// The family, for schema.cpp.
void add_campaign(Schema& schema);

}  // namespace linli::model

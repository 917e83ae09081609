// node/model/inspection_draw.h: a draw of random inspections as a record (domain 2.6, 双随机). The
// rule itself: draw.h.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

inline constexpr std::uint32_t kTypeInspectionDraw = 141;

namespace draw_field {
inline constexpr std::uint32_t kCode = 1, kTitle = 2, kSeed = 3, kSeedSource = 4, kCompounds = 5,
                               kInspectorPool = 6, kCount = 7, kEach = 8, kTemplate = 9,
                               kCampaign = 10, kPlannedOn = 11, kDrawn = 12, kStatus = 13,
                               kReason = 14;
inline constexpr std::uint32_t kDrawnCompound = 1, kDrawnInspectors = 2;  ///< Columns of kDrawn.
}  // namespace draw_field

/// Every compound of the city, and some to grow.
inline constexpr std::int64_t kDrawPoolMax = 5000;

/// Was this compound drawn? By its code.
[[nodiscard]] bool was_drawn(const RecordView& draw, std::string_view compound_code);

/// The family, for schema.cpp.
void add_inspection_draw(Schema& schema);

}  // namespace linli::model

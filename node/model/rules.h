// node/model/rules.h: the formulas of law and practice that records are checked and counted by.
// Pure and exact: integers only, nothing read but the arguments. [D] marks a default of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "node/model/record.h"

namespace linli::model {

/// How long something took, in the steps that figures are split by: "0", "1", "2", "3-7", "8-15",
/// "16-30", "31-60", "61+". Total: whole days from one local day to another, 0 if it is before.
[[nodiscard]] std::string_view day_bucket(std::int64_t from, std::int64_t to);

// ---- Time --------------------------------------------------------------------------------------

/// CC 202: the day that corresponds to `day` so many months later (or, below 0, before), or that
/// month's last. Nothing: beyond reason.
[[nodiscard]] std::optional<std::int64_t> months_later(std::int64_t day, std::int64_t months);

// ---- Organisation ------------------------------------------------------------------------------

/// The check character that the first 17 characters of a unified social credit code call for
/// (GB 32100: weights 3^i mod 31); nothing if they aren't 17 of its 31 characters.
[[nodiscard]] std::optional<char> uscc_check_character(std::string_view first17);
[[nodiscard]] bool valid_uscc(std::string_view code);

/// HN 11, read cumulatively: the property office that a floor area calls for, in dm², rounded up to
/// a whole dm². 80 m² up to 20,000 m², plus 4‰ of the slice to 200,000, 3‰ to 300,000, 2‰ beyond.
[[nodiscard]] std::int64_t property_office_min_dm2(std::int64_t floor_area_dm2);

/// HN 49: a contract is filed within 15 days of signing, the last day included.
inline constexpr std::int64_t kFilingDaysMax = 15;
/// HN 46: a company files the takeover inspection within so many days of it.
inline constexpr std::int64_t kTakeoverDaysMax = 30;

// ---- Training ----------------------------------------------------------------------------------

/// Minutes that a signed-in person was there, within the session; all of it without a sign-out.
[[nodiscard]] std::int64_t minutes_present(std::int64_t from_ms, std::int64_t to_ms,
                                           std::int64_t in_ms, std::optional<std::int64_t> out_ms);
/// [D] Of records that say nothing else (setting attendance_percent).
inline constexpr std::int64_t kPresencePercent = 80;
/// Present `percent` of the minutes, or one sign-in before the end when no sign-out was taken.
[[nodiscard]] bool attendance_valid(std::int64_t from_ms, std::int64_t to_ms, std::int64_t in_ms,
                                    std::optional<std::int64_t> out_ms,
                                    std::int64_t percent = kPresencePercent);

// ---- Disclosure --------------------------------------------------------------------------------

enum class PeriodKind : std::uint8_t {
  standing = 1,
  month = 2,
  quarter = 3,
  half_year = 4,
  year = 5,
  event = 6,
};
struct Period {
  PeriodKind kind = PeriodKind::event;
  std::int64_t from = 0, to = 0;  ///< Local days, both included; 0 for standing and event.
};
/// "2023-05", "2023-Q2", "2023-H1", "2023", "v3"; any other text of [A-Za-z0-9-] names an event.
[[nodiscard]] std::optional<Period> parse_period(std::string_view text);
/// Day `due_day` (at most the month's last) of the month `months_after` months after the one in
/// which `period_to` lies. If nobody works on it, the next day counts (CC 203): settings.h.
[[nodiscard]] std::int64_t due_after_period(std::int64_t period_to, std::int64_t months_after,
                                            std::int64_t due_day);
/// |quantity · unit price − amount| ≤ 1 fen, where the price is in 1e-4 yuan. False beyond int64.
[[nodiscard]] bool amount_fits(std::int64_t quantity, std::int64_t price_e4,
                               std::int64_t amount_fen);

// ---- Inspection --------------------------------------------------------------------------------

enum class Mark : std::uint8_t { ok = 1, fail = 2, na = 3 };
struct ScoredItem {
  std::int64_t weight = 1;
  bool veto = false;
  Mark mark = Mark::na;
};
/// round_half_up(100 · Σ weight(ok) ÷ Σ weight(ok or fail)), at most `veto_max` with a failed veto
/// item (the setting veto_score_max). Nothing if no item applies (or weights are beyond reason).
[[nodiscard]] std::optional<std::int64_t> inspection_score(std::span<const ScoredItem> items,
                                                           std::int64_t veto_max = 59);

}  // namespace linli::model

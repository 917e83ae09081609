// The bureau's own numbers and its calendar: records of the city (domain: rules marked [D], CC
// 203).
#include "node/model/settings.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/json.h"

namespace linli::model {

namespace {

constexpr std::uint32_t kSettingType = 5, kCalendarType = 6;

// ---- Numbers -----------------------------------------------------------------------------------

constexpr Setting kSettings[] = {
    {"finding_days_critical",
     {"重大问题整改天数", "Days to rectify, critical"},
     Unit::days,
     1,
     0,
     30,
     "责令限期改正, 24 h [D]"},
    {"finding_days_major",
     {"较大问题整改天数", "Days to rectify, major"},
     Unit::days,
     7,
     1,
     90,
     "责令限期改正 [D]"},
    {"finding_days_general",
     {"一般问题整改天数", "Days to rectify, general"},
     Unit::days,
     15,
     1,
     180,
     "责令限期改正 [D]"},
    {"finding_days_minor",
     {"轻微问题整改天数", "Days to rectify, minor"},
     Unit::days,
     30,
     1,
     365,
     "责令限期改正 [D]"},
    {"finding_escalation_days",
     {"问题逾期后逐级上报天数", "Overdue days after which a finding goes one level up"},
     Unit::days,
     7,
     1,
     90,
     "逾期升级 [D]"},
    {"finding_escalation_days_critical",
     {"重大问题逾期后逐级上报天数", "… of a critical one"},
     Unit::days,
     1,
     1,
     30,
     "逾期升级 [D]"},
    {"inspectors_min",
     {"例行、双随机、专项检查最少人数", "Inspectors that routine, random and campaign visits need"},
     Unit::count,
     2,
     1,
     9,
     "[D]"},
    {"veto_score_max",
     {"一票否决项不合格时的最高得分", "Highest score with a failed veto item"},
     Unit::points,
     59,
     0,
     100,
     "[D]"},
    {"meeting_notice_days",
     {"联席会议提前通知天数", "Days of notice before a joint meeting"},
     Unit::days,
     3,
     0,
     30,
     "[D]"},
    {"minutes_days",
     {"会议纪要公布天数", "Days until the minutes are on the board"},
     Unit::days,
     3,
     0,
     30,
     "HN 28 的类推 by analogy [D]"},
    {"matter_days", {"议题办理天数", "Days to follow a matter up"}, Unit::days, 15, 1, 180, "[D]"},
    {"reopen_days",
     {"办结后可重开天数", "Days in which a closed case may be reopened"},
     Unit::days,
     30,
     0,
     365,
     "[D]"},
    {"committee_handover_days",
     {"业委会移交天数", "Days in which a committee hands over"},
     Unit::days,
     10,
     1,
     90,
     "HN 33"},
    {"committee_first_meeting_days",
     {"业委会首次会议天数", "Days in which a new committee meets"},
     Unit::days,
     7,
     1,
     90,
     "HN 28"},
    {"member_handover_days",
     {"离任委员移交天数", "Days in which a member who leaves hands over"},
     Unit::days,
     3,
     1,
     90,
     "HN 33"},
    {"committee_short_percent",
     {"在任委员低于席位比例即为缺额", "Share of the seats below which a committee is short"},
     Unit::percent,
     50,
     1,
     100,
     "GR 46"},
    {"dispute_accept_working_days",
     {"纠纷受理工作日", "Working days to accept a case"},
     Unit::days,
     1,
     0,
     30,
     "[D]"},
    {"dispute_days", {"纠纷办理天数", "Days to handle a case"}, Unit::days, 7, 1, 90, "[D]"},
    {"dispute_extension_days",
     {"纠纷延期天数上限", "Longest extension of a case"},
     Unit::days,
     7,
     0,
     90,
     "[D]"},
    {"petition_accept_days",
     {"信访登记受理天数", "Days to register and route a petition"},
     Unit::days,
     15,
     1,
     60,
     "信访工作条例 22"},
    {"petition_days",
     {"信访办理天数", "Days to handle a petition"},
     Unit::days,
     60,
     1,
     90,
     "信访工作条例 34"},
    {"petition_extension_days",
     {"信访延期天数上限", "Longest extension of a petition"},
     Unit::days,
     30,
     0,
     90,
     "信访工作条例 34"},
    {"group_case_headcount",
     {"群体性事件人数", "People that make a group case"},
     Unit::count,
     5,
     2,
     1000,
     "[D]"},
    {"feedback_reply_working_days",
     {"业主意见答复工作日", "Working days to answer owners"},
     Unit::days,
     5,
     1,
     60,
     "HN 39, CC 285; [D]"},
    {"public_board",
     {"业主公示栏(0关闭 1市中心和社区 2各级)",
      "Owners' notice board (0 none, 1 hub and offices, 2 all)"},
     Unit::none,
     1,
     0,
     2,
     "HN 39, CC 943: 公示的内容本应人人可见 what is disclosed is for everybody; [D]"},
    {"compound_paths",
     {"新小区单列范围", "New compounds get a path of their own"},
     Unit::none,
     0,
     0,
     1,
     "小区划转时其记录单独随之划转 when a compound moves its records go along, and no others; [D]"},
    {"checkin_opens_minutes",
     {"签到提前开放分钟", "Minutes before the start that sign-in opens"},
     Unit::minutes,
     60,
     0,
     1440,
     "[D]"},
    {"checkin_closes_minutes",
     {"签到截止分钟(开始后)", "Minutes after the start that sign-in closes"},
     Unit::minutes,
     30,
     0,
     1440,
     "[D]"},
    {"attendance_percent",
     {"培训有效须到场比例", "Presence that makes an attendance valid"},
     Unit::percent,
     80,
     1,
     100,
     "[D]"},
    {"proxy_people_max",
     {"同一设备短时签到人数上限", "Sign-ins of one device in a short time"},
     Unit::count,
     10,
     1,
     1000,
     "超过即标为代签嫌疑 more are flagged; [D]"},
    {"proxy_minutes",
     {"代签嫌疑的时长", "How short a time that is"},
     Unit::minutes,
     2,
     1,
     60,
     "[D]"},
    {"credit_appeal_days",
     {"信用申诉办理工作日", "Working days for a credit appeal"},
     Unit::days,
     3,
     1,
     30,
     "河南省社会信用条例; [D]"},
    {"credit_appeal_source_days",
     {"信用申诉办理工作日(需核查来源)", "… when its source is checked"},
     Unit::days,
     7,
     1,
     60,
     "河南省社会信用条例; [D]"},
};

namespace setting_field {
constexpr std::uint32_t kCode = 1, kValue = 2;
}

const Setting* known(std::string_view code) {
  const auto at = std::find_if(std::begin(kSettings), std::end(kSettings),
                               [code](const Setting& s) { return s.code == code; });
  return at == std::end(kSettings) ? nullptr : at;
}

/// Looked at where it is written only: a node of another version may know other numbers.
void setting_faults(const RecordView& record, const Lookup&, const Moment&,
                    std::vector<Fault>& faults) {
  using namespace setting_field;
  const auto* setting = known(record.text(kCode));
  if (!setting) {
    std::string all;
    for (const auto& s : kSettings) all += (all.empty() ? "" : ", ") + std::string(s.code);
    return add_fault(faults, "code", Errc::bad_value, "没有这个参数；可用：" + all,
                     "no such setting; there are: " + all);
  }
  const auto value = record.integer(kValue);
  if (!value || (*value >= setting->min && *value <= setting->max)) return;
  const auto range = std::to_string(setting->min) + "–" + std::to_string(setting->max);
  add_fault(faults, "value", Errc::bad_value, "须在" + range + "之间", "must be in " + range);
}

RecordType rule_setting() {
  using namespace setting_field;
  return {.number = kSettingType,
          .name = "rule_setting",
          .label = {"业务参数", "Rule setting"},
          .home = Home::city,
          .key = {"code"},
          .audience = sync::Audience::below,
          .fields = {text(kCode, "code", {"参数", "Setting"}, 60).required().plain(kReasonCode),
                     integer(kValue, "value", {"数值", "Value"}, Unit::none).required(),
                     text(3, "basis", {"依据", "Basis"}).plain(kReasonPublished),
                     text(4, "note", {"说明", "Note"}, 1000).plain(kReasonPublished)},
          .title = "code",
          .writers = kHub,
          .removers = kHub,
          .authoring_faults = setting_faults};
}

// ---- The calendar ------------------------------------------------------------------------------

namespace calendar_field {
constexpr std::uint32_t kYear = 1, kHolidays = 2, kWorked = 3;
constexpr std::uint32_t kFromOn = 2, kToOn = 3;  // of a holiday
constexpr std::uint32_t kOn = 1;                 // of a worked day
}  // namespace calendar_field

bool weekend(std::int64_t day) {
  const auto of_week = ((day % 7) + 7 + 4) % 7;  // 1970-01-01 was a Thursday; 0 is Sunday
  return of_week == 0 || of_week == 6;
}

void calendar_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace calendar_field;
  const auto year = record.integer(kYear);
  const auto in_year = [&](std::optional<std::int64_t> day, const std::string& where) {
    if (!day || !year || civil_from_day(*day).year == *year) return;
    add_fault(faults, where, Errc::bad_rule, "不在该年内：" + day_text(*day),
              "isn't in that year: " + day_text(*day));
  };
  const auto holidays = record.rows(kHolidays);
  for (std::size_t i = 0; i < holidays.size(); ++i) {
    const auto row = row_view(holidays[i]);
    const auto where = "holidays." + std::to_string(i);
    const auto from = row.integer(kFromOn), to = row.integer(kToOn);
    in_year(from, where + ".from_on");
    in_year(to, where + ".to_on");
    if (from && to && *to < *from) {
      add_fault(faults, where + ".to_on", Errc::bad_rule, "不得早于开始日", "is before from_on");
    }
  }
  const auto worked = record.rows(kWorked);
  for (std::size_t i = 0; i < worked.size(); ++i) {
    const auto on = row_view(worked[i]).integer(kOn);
    const auto where = "worked." + std::to_string(i) + ".on";
    in_year(on, where);
    if (!on || weekend(*on)) continue;
    add_fault(faults, where, Errc::bad_rule, "不是周六或周日：" + day_text(*on),
              "isn't a Saturday or Sunday: " + day_text(*on));
  }
}

/// One record a year, as the State Council announces it: a holiday over New Year is two rows, one
/// in each year.
RecordType calendar_year() {
  using namespace calendar_field;
  return {
      .number = kCalendarType,
      .name = "calendar_year",
      .label = {"工作日历", "Working calendar"},
      .home = Home::city,
      .key = {"year"},
      .audience = sync::Audience::below,
      .fields = {integer(kYear, "year", {"年份", "Year"}, Unit::none).range(2000, 2200).required(),
                 rows(kHolidays, "holidays", {"节假日", "Holidays"},
                      {text(1, "name", {"名称", "Name"}, 40).required(),
                       date(kFromOn, "from_on", {"开始", "From"}).required(),
                       date(kToOn, "to_on", {"结束", "To"}).required()})
                     .plain(kReasonPublished),
                 rows(kWorked, "worked", {"调休上班日", "Weekend days that are worked"},
                      {date(kOn, "on", {"日期", "Day"}).required()})
                     .plain(kReasonPublished),
                 text(4, "basis_doc", {"文件", "Document"}).plain(kReasonPublished)},
      .title = "basis_doc",
      .writers = kHub,
      .removers = kHub,
      .faults = calendar_faults};
}

std::optional<Record> of_city(const Lookup& lookup, std::string_view city, std::uint32_t type,
                              const std::string& key) {
  const auto* declared = schema().type(type);
  return lookup.find(type, city, derived_id(*declared, lookup.city(), city, {key}));
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }

std::int64_t setting(const Lookup& lookup, std::string_view scope, std::string_view code) {
  const auto* declared = known(code);
  ensure(declared != nullptr, "setting: a declared code");
  const auto city = scope.substr(0, scope.find('/'));
  const auto record = of_city(lookup, city, kSettingType, cbor::encode_text(code));
  if (!record || record->removed) return declared->value;
  // Written elsewhere, perhaps by another version: what it can't be here doesn't count.
  const auto value = ViewOf(*record)->integer(setting_field::kValue);
  if (!value || *value < declared->min || *value > declared->max) return declared->value;
  return *value;
}

WorkingDays::WorkingDays(const Lookup& lookup, std::string_view scope)
    : lookup_(lookup), city_(scope.substr(0, scope.find('/'))) {}

const WorkingDays::Year& WorkingDays::year_of(std::int64_t day) {
  using namespace calendar_field;
  const int number = civil_from_day(day).year;
  const auto [at, fresh] = years_.try_emplace(number);
  if (!fresh) return at->second;
  const auto record = of_city(lookup_, city_, kCalendarType, cbor::encode_int(number));
  if (!record || record->removed) return at->second;
  const ViewOf view(*record);
  for (const auto& columns : view->rows(kHolidays)) {
    const auto row = row_view(columns);
    const auto from = row.integer(kFromOn), to = row.integer(kToOn);
    if (from && to) at->second.off.emplace_back(*from, *to);
  }
  for (const auto& columns : view->rows(kWorked)) {
    if (const auto on = row_view(columns).integer(kOn)) at->second.worked.insert(*on);
  }
  return at->second;
}

bool WorkingDays::worked(std::int64_t day) {
  const auto& year = year_of(day);
  if (year.worked.contains(day)) return true;
  if (weekend(day)) return false;
  return std::none_of(year.off.begin(), year.off.end(), [day](const auto& holiday) {
    return holiday.first <= day && day <= holiday.second;
  });
}

std::int64_t WorkingDays::at_or_after(std::int64_t day) {
  constexpr std::int64_t kDayMax = 10'000'000;
  if (day < -kDayMax || day > kDayMax) return day;  // No calendar's: check() says so.
  // A calendar that calls a whole year a holiday is a mistake: no day moves further than that.
  for (std::int64_t moved = 0; moved < 366; ++moved) {
    if (worked(day + moved)) return day + moved;
  }
  return day;
}

std::int64_t WorkingDays::after(std::int64_t day, std::int64_t count) {
  constexpr std::int64_t kCountMax = 3650;
  for (count = std::min(count, kCountMax); count > 0 && day < INT64_MAX; --count) {
    day = at_or_after(day + 1);
  }
  return day;
}

void add_settings(Schema& schema) {
  schema.types.push_back(rule_setting());
  schema.types.push_back(calendar_year());
}

}  // namespace linli::model

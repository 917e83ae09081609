// Rules, derived values and measures of domain 2.4.
#include <algorithm>
#include <map>
#include <tuple>

#include "crypto/cbor.h"
#include "node/model/disclosure.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

namespace {

/// Dates of the record's period. A standing or event disclosure has only those that were given.
std::optional<Period> period_of(const RecordView& record) {
  return parse_period(record.text(disclosure_field::kPeriod));
}
bool periodic(PeriodKind kind) { return kind != PeriodKind::standing && kind != PeriodKind::event; }

// ---- What is derived at authoring --------------------------------------------------------------

std::optional<std::int64_t> due_by(const RecordView& kind, const RecordView& record,
                                   const Period& period) {
  using namespace disclosure_kind_field;
  if (periodic(period.kind)) {
    const auto months = kind.integer(kDueMonthsAfter), day = kind.integer(kDueDay);
    if (!months || !day) return {};
    return due_after_period(period.to, *months, *day);
  }
  const auto changed = record.integer(disclosure_field::kPeriodTo);
  const auto days = kind.integer(kDueDaysAfter);
  if (!changed || !days) return {};
  return sum_of(*changed, *days);
}

}  // namespace

namespace {

/// HN 39: an objection is answered, [D] within the working days that any question of an owner is.
void derive_objection(Record& record, const Lookup& lookup, const Moment& moment) {
  using namespace disclosure_field;
  if (ViewOf(record)->state(kStatus) != kDisclosureObjected) return;
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  if (before && ViewOf(*before)->state(kStatus) == kDisclosureObjected) return;  // No new one.
  const auto given = ViewOf(record)->integer(kObjectedOn);
  // Objected to anew after an answer: the day of the time before says nothing of this one.
  const bool of_before = before && ViewOf(*before)->integer(kObjectedOn) == given;
  const auto on = given && !of_before ? *given : moment.today;
  const auto days = setting(lookup, record.scope, "feedback_reply_working_days");
  record.set(kObjectedOn, cbor::encode_int(on));
  record.set(kAnswerDueOn, cbor::encode_int(WorkingDays(lookup, record.scope).after(on, days)));
}

}  // namespace

Result<void> derive_disclosure(Record& record, const Lookup& lookup, const Moment& moment) {
  using namespace disclosure_field;
  derive_objection(record, lookup, moment);
  const auto kind_ref = ViewOf(record)->ref(kKind);
  const auto period = period_of(*ViewOf(record));
  if (!kind_ref || !period) return {};  // check() says what is missing
  if (periodic(period->kind)) {
    if (!record.get(kPeriodFrom)) record.set(kPeriodFrom, cbor::encode_int(period->from));
    if (!record.get(kPeriodTo)) record.set(kPeriodTo, cbor::encode_int(period->to));
  }
  const auto kind = lookup.follow(*kind_ref);
  if (!kind && record.get(kKindCode)) return {};  // derived before, elsewhere
  if (!kind) return fail(Errc::dangling_reference, "this kind isn't here yet", "kind");
  const ViewOf kind_view(*kind);
  // Figures group by the kind's code; with it in the record they need no second one.
  record.set(kKindCode, cbor::encode_text(kind_view->text(disclosure_kind_field::kCode)));
  if (record.get(kDueOn)) return {};
  if (const auto due = due_by(*kind_view, *ViewOf(record), *period)) {
    const auto worked = WorkingDays(lookup, record.scope).at_or_after(*due);
    record.set(kDueOn, cbor::encode_int(worked));
  }
  return {};
}

// ---- Rules -------------------------------------------------------------------------------------

void disclosure_kind_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_kind_field;
  const auto lines = record.rows(kLines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto whole = row_view(lines[i]).text(kLinePartOf);
    if (whole.empty()) continue;
    const bool found = std::any_of(lines.begin(), lines.end(), [&](const auto& columns) {
      const auto line = row_view(columns);
      return line.text(kLineCode) == whole && line.text(kLinePartOf).empty();
    });
    if (found) continue;
    add_fault(faults, "lines." + std::to_string(i) + ".part_of", Errc::bad_value,
              "没有代码为 " + std::string(whole) + " 的合计项",
              "no line of this code stands for a sum: " + std::string(whole));
  }
}

namespace {

struct Totals {
  std::int64_t income = 0, cost = 0;
};

/// Σ by direction; nothing beyond int64. Reports each line whose product doesn't fit on the way.
std::optional<Totals> add_up(const RecordView& record, std::vector<Fault>* faults) {
  using namespace disclosure_line_field;
  Totals totals;
  std::size_t index = 0;
  for (const auto& columns : record.rows(disclosure_field::kLines)) {
    const auto line = row_view(columns);
    const auto direction = line.integer(kDirection);
    const auto amount = line.integer(kAmount);
    const auto quantity = line.integer(kQuantity), price = line.integer(kPrice);
    const auto at = "lines." + std::to_string(index++) + ".amount_fen";
    if (faults && !amount && (direction == kLineIncome || direction == kLineCost)) {
      add_fault(*faults, at, Errc::missing_field, "收入和支出项须填金额",
                "is required for income and cost");
    }
    if (faults && amount && quantity && price && !amount_fits(*quantity, *price, *amount)) {
      add_fault(*faults, at, Errc::bad_rule, "数量×单价与金额相差超过1分",
                "differs from quantity × unit_price_e4 by more than 1 fen");
    }
    auto& total = direction == kLineIncome ? totals.income : totals.cost;
    if (direction != kLineIncome && direction != kLineCost) continue;
    const auto sum = sum_of(total, amount.value_or(0));
    if (!sum) return {};
    total = *sum;
  }
  return totals;
}

void balance_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  const auto totals = add_up(record, &faults);
  const auto opening = record.integer(kOpening), closing = record.integer(kClosing);
  if (opening.has_value() != closing.has_value()) {
    add_fault(faults, opening ? "closing_fen" : "opening_fen", Errc::missing_field,
              "期初与期末须同时填写", "opening and closing go together");
  }
  if (!opening || !closing) return;
  const auto with_income = totals ? sum_of(*opening, totals->income) : std::nullopt;
  const auto expected =
      with_income && totals->cost != INT64_MIN ? sum_of(*with_income, -totals->cost) : std::nullopt;
  if (expected == closing) return;
  const auto said = expected ? std::to_string(*expected) : std::string("?");
  add_fault(faults, "closing_fen", Errc::bad_rule, "期初+收入-支出应等于期末，应为 " + said + " 分",
            "opening + income − cost is " + said + " fen");
}

void period_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  if (!record.has(kPeriod)) return;
  const auto period = period_of(record);
  if (!period) {
    add_fault(faults, "period", Errc::bad_value, "期次应形如 2023-05、2023-Q2、2023-H1、2023、v3",
              "has the form 2023-05, 2023-Q2, 2023-H1, 2023, v3, or an event's name");
    return;
  }
  if (!periodic(period->kind)) return;
  const auto from = record.integer(kPeriodFrom), to = record.integer(kPeriodTo);
  if ((from && *from != period->from) || (to && *to != period->to)) {
    add_fault(faults, "period_to", Errc::bad_rule, "起止日期与期次不符",
              "period_from and period_to must be those of the period");
  }
}

void publication_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  const auto status = record.state(kStatus).value_or(kDisclosureExpected);
  if (status == kDisclosureReturned) {
    need(record, kReturnReason, "return_reason", faults, "退回须说明原因", "is required");
  }
  if (status == kDisclosureObjected) {
    need(record, kObjection, "objection", faults, "须填异议内容", "is required");
  }
  if (status == kDisclosureAnswered) {  // HN 39: objections must be answered
    need(record, kAnswer, "answer", faults, "须填答复内容", "is required");
  }
  if (status < kDisclosurePublished) return;
  need(record, kPublishedAt, "published_at", faults, "已公示须填公示时间",
       "is required once published");
  need(record, kChannelList, "channels", faults, "已公示须填至少一个渠道",
       "at least one is required once published");
  const auto* channels = record.type->field(kChannelList);
  const auto value = record.raw(kChannelList);
  cbor::Reader r(value.value_or(std::string_view{}));
  bool board = false;
  if (channels && value && r.peek() == cbor::Kind::array) {
    for (auto left = r.array(); left > 0 && r.ok(); --left) board |= r.sint() == kChannelBoard;
  }
  if (board && r.ok()) {
    need(record, kBoardPhoto, "board_photo", faults, "公示栏公示须附照片",
         "the notice board needs a photo");
  }
}

}  // namespace

void disclosure_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  period_faults(record, faults);
  balance_faults(record, faults);
  const auto status = record.state(kStatus).value_or(kDisclosureExpected);
  if (status >= kDisclosureDrafted) {
    need(record, kPreparedBy, "prepared_by", faults, "须填编制人", "is required from the draft on");
  }
  if (status >= kDisclosureSubmitted) {
    need(record, kLines, "lines", faults, "提交须填公示项目", "are required from submission on");
  }
  publication_faults(record, faults);
}

namespace {

/// The previous period's closing is this one's opening, or a note says why not.
void opening_faults(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  const auto previous_ref = record.ref(kPrevious);
  const auto previous = previous_ref ? lookup.follow(*previous_ref) : std::nullopt;
  if (!previous || record.has(kNote)) return;
  if (ViewOf(*previous)->integer(kClosing) == record.integer(kOpening)) return;
  add_fault(faults, "note", Errc::missing_field, "期初与上期期末不符，须说明原因",
            "opening differs from the previous closing: a note must say why");
}

void line_faults(const RecordView& record, const RecordView& kind, std::vector<Fault>& faults) {
  using namespace disclosure_kind_field;
  const auto lines = record.rows(disclosure_field::kLines);
  for (const auto& columns : kind.rows(disclosure_kind_field::kLines)) {
    const auto wanted = row_view(columns);
    if (!wanted.flag(kLineRequired)) continue;
    const auto code = wanted.text(kLineCode);
    const bool given = std::any_of(lines.begin(), lines.end(), [code](const auto& line) {
      return row_view(line).text(disclosure_line_field::kCode) == code;
    });
    if (given) continue;
    add_fault(faults, "lines", Errc::missing_field, "缺少公示项目：" + std::string(code),
              "line " + std::string(code) + " is required for this kind");
  }
}

/// The amounts of some lines of a disclosure.
struct Split {
  std::optional<std::int64_t> sum = 0;    ///< Nothing: beyond int64.
  std::optional<std::size_t> first = {};  ///< The first of them, if there is one.
};
Split split_of(const RecordView& record, const std::vector<std::string_view>& codes,
               std::vector<Fault>& faults) {
  using namespace disclosure_line_field;
  Split split;
  std::size_t index = 0;
  for (const auto& columns : record.rows(disclosure_field::kLines)) {
    const auto line = row_view(columns);
    const auto here = index++;
    if (std::find(codes.begin(), codes.end(), line.text(kCode)) == codes.end()) continue;
    if (!split.first) split.first = here;
    const auto amount = line.integer(kAmount);
    if (!amount) {
      add_fault(faults, "lines." + std::to_string(here) + ".amount_fen", Errc::missing_field,
                "分摊项和合计项须填金额", "is required for a sum and its shares");
    }
    split.sum = split.sum ? sum_of(*split.sum, amount.value_or(0)) : split.sum;
  }
  return split;
}

/// What is shared out adds up again, to the fen: the lines that the kind calls part of another one
/// come to that one's amount. `complete`: a draft may still lack one of the two.
void share_faults(const RecordView& record, const RecordView& kind, bool complete,
                  std::vector<Fault>& faults) {
  using namespace disclosure_kind_field;
  std::map<std::string_view, std::vector<std::string_view>> parts;
  const auto wanted = kind.rows(disclosure_kind_field::kLines);
  for (const auto& columns : wanted) {
    const auto line = row_view(columns);
    if (const auto whole = line.text(kLinePartOf); !whole.empty()) {
      parts[whole].push_back(line.text(kLineCode));
    }
  }
  for (const auto& [whole, codes] : parts) {
    std::vector<Fault> amounts;
    const auto shares = split_of(record, codes, amounts);
    const auto total = split_of(record, {whole}, amounts);
    if (!shares.first && !total.first) continue;
    if (!complete && (!shares.first || !total.first || !amounts.empty())) continue;
    faults.insert(faults.end(), amounts.begin(), amounts.end());
    if (!amounts.empty() || (shares.sum && shares.sum == total.sum)) continue;
    const auto said = [](const std::optional<std::int64_t>& fen) {
      return fen ? std::to_string(*fen) : std::string("?");
    };
    const auto at = total.first ? "lines." + std::to_string(*total.first) + ".amount_fen"
                                : std::string("lines");
    add_fault(faults, at, Errc::bad_rule,
              "各分摊项合计 " + said(shares.sum) + " 分，应等于 " + std::string(whole) + " 的 " +
                  said(total.sum) + " 分；差额请计入最后一户或最大一户",
              "the shares come to " + said(shares.sum) + " fen, " + std::string(whole) + " is " +
                  said(total.sum) + ": give the rest to one of them");
  }
}

/// Is it on the board already? Then it is closed, and isn't measured by a form that has changed.
bool was_published(const RecordView& record, const Lookup& lookup) {
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  return before && !before->removed &&
         ViewOf(*before)->state(disclosure_field::kStatus).value_or(0) >= kDisclosurePublished;
}

}  // namespace

void disclosure_authoring_faults(const RecordView& record, const Lookup& lookup,
                                 const Moment& moment, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  future_fault(record, kObjectedOn, moment.today, faults);
  const auto status = record.state(kStatus).value_or(kDisclosureExpected);
  const auto published = record.integer(kPublishedAt);
  if (published && *published > moment.now / 1000 + kClockSlackMs) {
    add_fault(faults, "published_at", Errc::bad_rule, "公示时间不得在将来",
              "can't be in the future");
  }
  const auto period = period_of(record);
  if (period && periodic(period->kind) && status >= kDisclosureSubmitted &&
      period->to >= moment.today) {
    add_fault(faults, "period", Errc::bad_rule, "该期尚未结束", "isn't over yet");
  }
  opening_faults(record, lookup, faults);
  const auto kind_ref = record.ref(kKind);
  const auto kind = kind_ref ? lookup.follow(*kind_ref) : std::nullopt;
  if (!kind) return;
  const ViewOf view(*kind);
  if (period) {
    cbor::Reader r(view->raw(disclosure_kind_field::kPeriods).value_or(std::string_view{}));
    bool fits = false;
    for (auto left = r.array(); left > 0 && r.ok(); --left) {
      fits |= r.sint() == static_cast<std::int64_t>(period->kind);
    }
    if (!fits) {
      add_fault(faults, "period", Errc::bad_rule, "期次与该类公示的周期不符",
                "isn't a period of this kind of disclosure");
    }
  }
  if (was_published(record, lookup)) return;
  share_faults(record, *view, status >= kDisclosureSubmitted, faults);
  if (status < kDisclosureSubmitted) return;
  if (view->flag(disclosure_kind_field::kLedger)) {
    need(record, kOpening, "opening_fen", faults, "收支账目须填期初", "a ledger needs it");
    need(record, kClosing, "closing_fen", faults, "收支账目须填期末", "a ledger needs it");
  }
  line_faults(record, *view, faults);
}

// ---- Measures ----------------------------------------------------------------------------------

namespace {

/// Σ of the lines of this code; of this direction only, where one is given.
std::int64_t amount_of(const RecordView& record, std::string_view code,
                       std::optional<std::int64_t> direction = {}) {
  std::int64_t total = 0;
  for (const auto& columns : record.rows(disclosure_field::kLines)) {
    const auto line = row_view(columns);
    if (line.text(disclosure_line_field::kCode) != code) continue;
    if (direction && line.integer(disclosure_line_field::kDirection) != direction) continue;
    total = sum_of(total, line.integer(disclosure_line_field::kAmount).value_or(0)).value_or(total);
  }
  return total;
}

std::string_view lag_bucket(std::int64_t days) {
  if (days <= 0) return "on_time";
  if (days <= 7) return "1-7";
  if (days <= 30) return "8-30";
  return "31+";
}

/// What is expected once per compound, kind and period: its first revision stands for all.
void contribute_duty(const RecordView& record, const Contribution& base,
                     std::vector<Contribution>& out) {
  using namespace disclosure_field;
  const auto due = record.integer(kDueOn);
  if (!due || record.integer(kRevision) != 1) return;
  const auto add = [&](std::string_view measure, std::int64_t day) {
    out.push_back(base);
    out.back().measure = measure;
    out.back().day = day;
  };
  add("disclosures_due", *due);
  const auto at = record.integer(kPublishedAt);
  if (!at || record.state(kStatus).value_or(kDisclosureExpected) < kDisclosurePublished) {
    add("disclosures_open", *due);
    return;
  }
  const auto day = local_day_of_ms(*at);
  add("disclosures_published", *due);
  if (day <= *due) add("disclosures_on_time", *due);
  out.push_back(base);
  out.back().measure = "disclosure_lag";
  out.back().day = day;
  out.back().dim2 = out.back().dim1;
  out.back().dim1 = lag_bucket(day > *due ? day - *due : 0);
}

/// Does its money count, whatever became of the other revisions?
bool tells_money(const RecordView& record) {
  const auto status = record.state(disclosure_field::kStatus).value_or(kDisclosureExpected);
  return !record.removed && status >= kDisclosurePublished && status != kDisclosureSuperseded;
}

/// Has a later revision of the same disclosure been published? The earlier one need not be marked
/// superseded yet: that is a second step, and another office may take it.
bool revised(const RecordView& record, std::span<const RecordView> peers) {
  using namespace disclosure_field;
  const auto kind = record.ref(kKind);
  const auto revision = record.integer(kRevision).value_or(0);
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    const auto other = peer.ref(kKind);
    const bool same_kind = kind && other ? kind->id == other->id && kind->scope == other->scope
                                         : peer.text(kKindCode) == record.text(kKindCode);
    if (!same_kind || !tells_money(peer)) return false;
    // The same revision from two offices is two records: one of them counts, everywhere the same.
    return std::tuple(peer.integer(kRevision).value_or(0), peer.scope, peer.id) >
           std::tuple(revision, record.scope, record.id);
  });
}

/// Money of published disclosures, of the latest revision alone.
void contribute_money(const RecordView& record, std::span<const RecordView> peers,
                      const Contribution& base, std::vector<Contribution>& out) {
  using namespace disclosure_field;
  const auto until = record.integer(kPeriodTo);
  if (!until || !tells_money(record) || revised(record, peers)) return;
  const auto add = [&](std::string_view measure, std::int64_t fen) {
    out.push_back({.measure = measure, .day = *until, .unit = base.unit, .dim1 = base.dim2});
    out.back().n = fen;
  };
  if (base.dim1 == "fee_collection") {
    add("fees_due", amount_of(record, "amount_due"));
    add("fees_received", amount_of(record, "amount_received"));
  }
  if (base.dim1 != "common_income") return;
  const auto totals = add_up(record, nullptr);
  if (!totals) return;
  // Handing money to the fund empties the account but is no cost of earning it (HN 63).
  // A line that only tells of it (information) is in no sum, so that nothing is taken out again.
  const auto handed_over = amount_of(record, "to_fund", kLineCost);
  const auto told = amount_of(record, "to_fund", kLineInfo);
  add("common_income_net", totals->income - (totals->cost - handed_over));
  add("common_income_to_fund", handed_over + told);
}

}  // namespace

void contribute_disclosure(const RecordView& record, std::span<const RecordView> peers,
                           std::vector<Contribution>& out) {
  using namespace disclosure_field;
  if (record.removed) return;
  const Contribution base{.measure = {},
                          .unit = record.ref_id(kCompound),
                          .dim1 = std::string(record.text(kKindCode)),
                          .dim2 = dim_of_id(record.ref_id(kCompanyRef))};
  const auto answer_due = record.integer(kAnswerDueOn);
  if (answer_due && record.state(kStatus) == kDisclosureObjected) {
    out.push_back(base);
    out.back().measure = "objections_open";
    out.back().day = *answer_due;
  }
  contribute_duty(record, base, out);
  contribute_money(record, peers, base, out);
}

}  // namespace linli::model

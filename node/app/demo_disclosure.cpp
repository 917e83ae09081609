// What a community's companies disclose: one record for each compound, kind and period.
#include "node/app/demo_city.h"

namespace linli::app {
namespace {

/// The period of `kind` that ends with a month, if one does: "2023-05", "2023-Q2", …
std::string period_ending(const std::string& kind, int year, int month) {
  const auto y = std::to_string(year);
  if (kind == "month") return y + "-" + (month < 10 ? "0" : "") + std::to_string(month);
  if (kind == "quarter" && month % 3 == 0) return y + "-Q" + std::to_string(month / 3);
  if (kind == "half_year" && month % 6 == 0) return y + "-H" + std::to_string(month / 6);
  if (kind == "year" && month == 12) return y;
  return {};
}

/// A sum and what it is split into: by area, and the remainder to the last, so that it adds up.
void add_shares(const Json& share, std::int64_t total, Dice& dice, Json& lines) {
  constexpr int kBuildings = 3;
  auto left = total;
  for (int building = 1; building <= kBuildings; ++building) {
    const auto part = building == kBuildings ? left : total * dice.between(20, 40) / 100;
    left -= part;
    lines.push_back({{"code", share["code"]},
                     {"direction", share["direction"]},
                     {"name", std::to_string(building) + "号楼（示例）"},
                     {"amount_fen", part}});
  }
}

Json lines_of(const Json& kind, Dice& dice, std::int64_t& balance) {
  constexpr std::int64_t kYuan = 100;
  Json lines = Json::array();
  const auto total = dice.between(300'000, 900'000);  // Fen, to be split.
  const auto due = dice.between(200'000, 900'000) * kYuan;
  for (const auto& wanted : kind.value("lines", Json::array())) {
    const auto code = wanted.value("code", ""), direction = wanted.value("direction", "info");
    if (wanted.contains("part_of")) {
      add_shares(wanted, total, dice, lines);
      continue;
    }
    Json line{{"code", code}, {"direction", direction}, {"name", wanted.value("name", "")}};
    if (direction == "income") {
      line["amount_fen"] = dice.between(500, 20'000) * kYuan;
      balance += line["amount_fen"].get<std::int64_t>();
    } else if (direction == "cost") {
      line["amount_fen"] = dice.between(100, 6'000) * kYuan;
      balance -= line["amount_fen"].get<std::int64_t>();
    } else if (code == "total") {
      line["amount_fen"] = total;
    } else if (code.starts_with("amount")) {
      line["amount_fen"] = code == "amount_due" ? due : due / 100 * dice.between(78, 99);
    } else if (code.starts_with("households")) {
      line["quantity"] = dice.between(100, 900);
      line["unit"] = "户";
    }
    lines.push_back(std::move(line));
  }
  if (lines.empty()) {
    lines.push_back(
        {{"code", "done"}, {"direction", "info"}, {"name", "按期完成，详见附表（示例）"}});
  }
  return lines;
}

class Disclosures {
 public:
  Disclosures(const City& city, std::size_t index, std::int64_t today, Dice& dice)
      : city_(city), index_(index), today_(today), dice_(dice) {}

  /// Everything whose period ends with this month.
  void add_month(int year, int month, std::string& out) {
    const auto last = model::day_from_civil(year + month / 12, month % 12 + 1, 1) - 1;
    for (std::size_t number = 1; number <= compounds_of(index_); ++number) {
      const auto company = traits_of(city_, index_, number).company;
      if (company.empty()) continue;
      for (const auto& kind : city_.records("disclosure_kind")) {
        if (kind.value("obliged", "") != "company") continue;
        // However short the demo's past: packaging/demo/office.ndjson has these.
        if (kind.value("code", "") == "fee_collection" && number == compounds_of(index_)) continue;
        const auto period = period_ending(
            kind.value("periods", Json::array()).at(0).get<std::string>(), year, month);
        if (!period.empty()) add(out, disclosure(number, company, kind, period, last));
      }
    }
  }

 private:
  Json disclosure(std::size_t number, const std::string& company, const Json& kind,
                  const std::string& period, std::int64_t last) {
    const auto code = kind.value("code", "");
    Json record{{"compound", compound_code(city_.communities[index_], number)},
                {"kind", code},
                {"period", period},
                {"revision", 1},
                {"company", company}};
    const auto luck = dice_.between(1, 100);
    const auto published = last + (luck <= 80 ? dice_.between(1, 8) : dice_.between(45, 60));
    if (luck > 90 || published >= today_) {
      record["status"] = "expected";
      return record;
    }
    auto& balance = balances_[std::to_string(number) + code];
    const auto opening = balance;
    record["prepared_by"] = "样例项目部";
    record["lines"] = lines_of(kind, dice_, balance);
    if (kind.value("ledger", false)) {
      record["opening_fen"] = opening;
      record["closing_fen"] = balance;
    }
    record["status"] = "published";
    record["published_at"] = day_time(ms_of(published, 10, 0));
    record["channels"] = {"web", "wechat"};
    return record;
  }

  const City& city_;
  std::size_t index_;
  std::int64_t today_;
  Dice& dice_;
  std::map<std::string, std::int64_t> balances_;  ///< By compound and kind, in fen.
};

}  // namespace

std::string make_disclosures(const City& city, std::size_t community, std::size_t months,
                             std::int64_t today, Dice& dice) {
  std::string out;
  Disclosures disclosed(city, community, today, dice);
  const auto now = model::civil_from_day(today);
  const int last = now.year * 12 + now.month - 2;
  for (int month = last - static_cast<int>(months) + 1; month <= last; ++month) {
    disclosed.add_month(month / 12, month % 12 + 1, out);
  }
  return out;
}

}  // namespace linli::app

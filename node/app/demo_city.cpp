// Who is in the city: the sample's units, and as many made-up communities as asked for.
#include "node/app/demo_city.h"

#include <algorithm>
#include <set>

#include "node/app/demo_samples.h"
#include "node/app/process.h"
#include "sample_files.h"

namespace linli::app {
namespace {

/// In the order in which they can be loaded: what a record names comes before it.
constexpr const char* kReference[] = {
    "org_unit",    "company",      "course",     "session",         "template",
    "city_figure", "figure_set",   "vote_rules", "disclosure_kind", "campaign",
    "credit_rule", "credit_scale", "number_rule"};

std::vector<Json> sample(const std::string& type) {
  std::vector<Json> records;
  for (const auto& file : embedded::sample_files()) {
    if (file.name != type + ".ndjson") continue;
    for (std::size_t at = 0; at < file.bytes.size();) {
      const auto end = std::min(file.bytes.find('\n', at), file.bytes.size());
      if (end > at) records.push_back(Json::parse(file.bytes.substr(at, end - at)));
      at = end + 1;
    }
  }
  expect(!records.empty(), "this executable carries no sample of " + type);
  return records;
}

/// One lecture a month, so that there is something to sign in at.
std::vector<Json> lectures(std::size_t months, std::int64_t today) {
  constexpr int kFirstNumber = 10;  // The bureau's own sessions of a year have the numbers before.
  std::vector<Json> sessions;
  const auto now = model::civil_from_day(today);
  const int last = now.year * 12 + now.month - 2;  // The last full month, from year 0.
  for (int month = last - static_cast<int>(months) + 1; month <= last; ++month) {
    const int year = month / 12, number = month % 12 + 1;
    const bool flood_season = number >= 5 && number <= 9;
    const auto day = model::day_text(model::day_from_civil(year, number, 20));
    sessions.push_back(
        {{"course", flood_season ? "flood" : "project_manager"},
         {"year", year},
         {"no", kFirstNumber + number},
         {"topic", flood_season ? "防汛业务月度培训（示例）" : "项目经理月度培训（示例）"},
         {"starts_at", day + "T09:00"},
         {"ends_at", day + "T11:30"},
         {"place", "市住建局会议室（示例）"},
         {"status", "held"}});
  }
  return sessions;
}

class Units {
 public:
  explicit Units(std::vector<Json>& units) : units_(units) {
    for (const auto& unit : units) parents_[code_of(unit)] = unit.value("parent", "");
  }
  static std::string code_of(const Json& unit) { return unit.value("code", ""); }

  /// Path from the city down to the unit.
  std::string scope(const std::string& code) const {
    const auto parent = parents_.find(code);
    if (parent == parents_.end() || parent->second.empty()) return code;
    return scope(parent->second) + "/" + code;
  }
  std::string district(const std::string& community) const {
    const auto path = scope(community);
    const auto first = path.find('/');
    return path.substr(first + 1, path.find('/', first + 1) - first - 1);
  }
  std::vector<std::string> at_level(std::string_view level) const {
    std::vector<std::string> codes;
    for (const auto& unit : units_) {
      if (unit.value("level", "") == level) codes.push_back(code_of(unit));
    }
    return codes;
  }
  std::string name(const std::string& code) const {
    for (const auto& unit : units_) {
      if (code_of(unit) == code) return unit.value("name", "");
    }
    return code;
  }
  void add_community(const std::string& street, std::size_t number) {
    // 9nn: numbers that the statistical list doesn't give out, as in the sample.
    const auto digits = std::to_string(900 + number);
    units_.push_back({{"code", street + digits},
                      {"level", "community"},
                      {"name", "示例社区" + street.substr(6) + digits},
                      {"code_authority", "local"},
                      {"parent", street},
                      {"valid_from", "2023-01-01"}});
    parents_[street + digits] = street;
  }

 private:
  std::vector<Json>& units_;
  std::map<std::string, std::string> parents_;
};

}  // namespace

std::uint64_t Dice::next() {  // SplitMix64
  state_ += 0x9E3779B97F4A7C15u;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

std::int64_t Dice::between(std::int64_t from, std::int64_t to) {
  return from + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(to - from + 1));
}

const std::vector<Json>& City::records(const std::string& type) const {
  for (const auto& [known, records] : reference) {
    if (known == type) return records;
  }
  throw Unmet{"this executable carries no sample of " + type};
}

City make_city(std::size_t communities, std::size_t months, std::int64_t today) {
  City city;
  city.photo = crypto::to_hex(crypto::hash({demo_photo()}).view());
  for (const char* type : kReference) city.reference.emplace_back(type, sample(type));
  auto& units = city.reference.front().second;
  Units tree(units);
  const auto top = tree.at_level("city");
  expect(top.size() == 1, "the sample's org_unit must hold one city");
  city.scope = top.front();
  city.name = "新乡市住房和城乡建设局";

  auto codes = tree.at_level("community");
  const auto streets = tree.at_level("street");
  expect(!streets.empty(), "the sample's org_unit holds no street");
  for (std::size_t i = 0; codes.size() < communities; ++i) {
    const auto number = 2 + i / streets.size();  // 901 is the sample's.
    tree.add_community(streets[i % streets.size()], number);
    codes.push_back(streets[i % streets.size()] + std::to_string(900 + number));
  }
  codes.resize(std::max(communities, std::size_t{1}));
  // Different districts first: those are the ones that the story is about.
  std::set<std::string> seen;
  std::stable_partition(codes.begin(), codes.end(), [&](const std::string& code) {
    return seen.insert(tree.district(code)).second;
  });
  for (const auto& code : codes) {
    city.communities.push_back(
        {code, tree.name(code), tree.scope(code), tree.name(tree.district(code))});
  }
  for (auto& [type, records] : city.reference) {
    if (type != "session") continue;
    for (auto& lecture : lectures(months, today)) records.push_back(std::move(lecture));
  }
  return city;
}

}  // namespace linli::app

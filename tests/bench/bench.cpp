#include "bench.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "crypto/result.h"

namespace linli::bench {
namespace {

/// Three digits that count: 48200, 1.23, 0.0456.
std::string shown(double value) {
  if (value == 0) return "0";
  const int whole = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  const double step = std::pow(10.0, whole - 3);
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", std::clamp(3 - whole, 0, 6),
                std::round(value / step) * step);
  return text;
}

}  // namespace

void Report::add(Row row) {
  if (!row.ratio && row.raw && *row.raw != 0) row.ratio = row.value / *row.raw;
  std::printf("%-46s %9s %-9s", row.name.c_str(), shown(row.value).c_str(), row.unit.c_str());
  if (row.raw)
    std::printf(" raw %9s  ratio %6s", shown(*row.raw).c_str(), shown(*row.ratio).c_str());
  std::printf("\n");
  if (row.raw && !row.raw_means.empty()) std::printf("%48sraw: %s\n", "", row.raw_means.c_str());
  if (!row.note.empty()) std::printf("%48s%s\n", "", row.note.c_str());
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Report::write_json(const std::filesystem::path& file) const {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : rows_) {
    nlohmann::ordered_json json{{"name", row.name}, {"value", row.value}, {"unit", row.unit}};
    if (row.raw) json["raw"] = *row.raw;
    if (!row.raw_means.empty()) json["raw_means"] = row.raw_means;
    if (row.ratio) json["ratio"] = *row.ratio;
    if (!row.note.empty()) json["note"] = row.note;
    rows.push_back(std::move(json));
  }
  const nlohmann::ordered_json whole{{"cores", std::thread::hardware_concurrency()},
                                     {"rows", std::move(rows)}};
  std::ofstream out(file);
  out << whole.dump(2) << '\n';
  ensure(out.good(), "the JSON file can be written");
}

double quantile(std::vector<double> values, double q) {
  ensure(!values.empty(), "something was measured");
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::min(values.size() - 1, at == 0 ? 0 : at - 1)];
}

Folder::Folder(const Settings& settings, const std::string& name) : path_(settings.scratch / name) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace linli::bench

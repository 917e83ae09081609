// The first sync of an office: everything of its community comes from the hub at once.
#include "office.h"
#include "plain.h"

namespace linli::bench {
namespace {

constexpr std::size_t kChanges = 500;

/// What the same records take as JSON lines, compressed in pieces as large as a batch.
double ndjson_bytes_each(const std::vector<Plain>& records) {
  std::size_t packed = 0;
  std::string lines;
  for (const auto& record : records) {
    std::vector<sync::FieldValue> values;
    for (const auto& [number, value] : record.fields) values.push_back({number, value});
    auto json = model::fields_to_json({record.type, record.scope, record.id, false, values});
    json["id"] = sync::to_text(record.id);
    lines += json.dump() + '\n';
    if (lines.size() < sync::kBatchBytesAim) continue;
    packed += sync::compress(lines).size();
    lines.clear();
  }
  packed += sync::compress(lines).size();
  return static_cast<double>(packed) / static_cast<double>(records.size());
}

}  // namespace

void first_sync(const Settings& settings, Report& report) {
  const auto n = settings.size(100'000, 1'000);
  const auto records = static_cast<double>(n);
  std::vector<double> rates, raw_rates, ratios, up, down, turns, hub_mb, office_mb;
  double json_bytes = 0;
  for (int round = 0; round < std::min(settings.rounds, 3); ++round) {
    const Folder folder(settings, "first_sync");
    Below below(folder.path(), n, kChanges);
    const Stopwatch watch;
    const auto ran = below.join();
    const auto seconds = watch.seconds();
    const auto passed = below.wire().count();
    ensure(passed.down > 20 * n, "the records came");
    rates.push_back(records / seconds);
    up.push_back(static_cast<double>(passed.up) / records);
    down.push_back(static_cast<double>(passed.down) / records);
    turns.push_back(static_cast<double>(passed.turns));
    hub_mb.push_back(below.hub().child().peak_mb());
    office_mb.push_back(ran.peak_mb);

    Records again(Mix::inspections, 1, n);
    std::vector<Plain> same;
    while (same.size() < n) {
      for (auto& record : again.next(kChanges)) same.push_back(std::move(record));
    }
    const Folder beside(settings, "plain");
    const auto plain = insert_plainly(beside.path(), same, 4000, false);
    raw_rates.push_back(records / plain.seconds);
    ratios.push_back(plain.seconds / seconds);
    json_bytes = ndjson_bytes_each(same);
  }
  report.add({.name = "first_sync/rate",
              .value = median(rates),
              .unit = "records/s",
              .raw = median(raw_rates),
              .raw_means = "prepared INSERTs without search, 4000 a commit, no network",
              .ratio = median(ratios),
              .note = std::to_string(n) +
                      " inspections, 500 a set; `linli join` from start to end; " +
                      std::to_string(static_cast<int>(median(turns))) + " round trips"});
  report.add({.name = "first_sync/bytes down",
              .value = median(down),
              .unit = "B/record",
              .raw = json_bytes,
              .raw_means = "the same records as JSON lines, zstd -3, unsigned"});
  report.add({.name = "first_sync/bytes up", .value = median(up), .unit = "B/record"});
  report.add({.name = "first_sync/peak memory of the hub", .value = median(hub_mb), .unit = "MB"});
  report.add(
      {.name = "first_sync/peak memory of the office", .value = median(office_mb), .unit = "MB"});
}

}  // namespace linli::bench

#include "node/tables/importing.h"

#include <functional>
#include <unordered_map>

#include "crypto/hash.h"

namespace linli::tables {
namespace {

std::uint64_t short_hash(std::string_view text) {
  const auto hash = crypto::hash({text});
  std::uint64_t n = 0;
  for (const char c : hash.view().substr(0, 8)) {
    n = n << 8 | static_cast<unsigned char>(c);
  }
  return n;
}

/// The record as it is handed over; named after its row and content if it has no name of its own.
Json named(const TableRecord& record, bool name_rows) {
  auto json = record.json;
  if (!name_rows || json.contains("id")) return json;
  const auto content = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto hash =
      crypto::hash({"linli/imported-row/1\n", std::to_string(record.row()), "\n", content});
  json["id"] = sync::to_text(sync::RecordId::of(hash.view().substr(0, sync::RecordId::size())));
  json["create_only"] = true;
  return json;
}

class Import {
 public:
  Import(RecordSource& records, const Land& land, const ImportOptions& options,
         ImportListener& listener)
      : records_(records), land_(land), options_(options), listener_(listener) {}

  ImportReport run();

 private:
  enum class Pass { dry, check, write };
  /// The next records, up to these bounds. True: there may be more.
  bool collect(std::size_t most, std::size_t most_bytes);
  /// Hands over what was collected. False: it broke off.
  bool hand_over(Pass pass, bool together = false);
  void run_pass(Pass pass);
  void run_together();
  void note_twice(const TableRecord& record, const Landed& landed, std::vector<Problem>& problems);

  RecordSource& records_;
  const Land& land_;
  const ImportOptions& options_;
  ImportListener& listener_;
  ImportReport report_;
  std::vector<TableRecord> piece_;
  bool ended_ = false;
  struct Seen {
    std::size_t row;
    std::uint64_t content;
  };
  std::unordered_map<std::uint64_t, Seen> seen_;  ///< By scope and id: only where it is needed.
};

bool Import::collect(std::size_t most, std::size_t most_bytes) {
  std::size_t bytes = 0;
  while (!ended_ && piece_.size() < most && bytes < most_bytes) {
    auto record = records_.next();
    if (!record) {
      report_.broke_off = record.error();
      return false;
    }
    if (!*record) {
      ended_ = true;
      break;
    }
    for (const auto& row : (*record)->rows) {
      for (const auto& cell : row.cells) bytes += cell.text.size() + 1;
    }
    piece_.push_back(std::move(**record));
  }
  listener_.progress(records_.done(), records_.total());
  return !ended_;
}

/// In a trial the pieces don't know of each other: the same record in two of them is found here.
void Import::note_twice(const TableRecord& record, const Landed& landed,
                        std::vector<Problem>& problems) {
  if (landed.id.empty() || options_.update) return;
  const Seen here{record.row(), short_hash(record.json.dump())};
  const auto [before, fresh] = seen_.try_emplace(short_hash(landed.scope + "/" + landed.id), here);
  if (fresh || before->second.row == here.row || before->second.content == here.content) return;
  const auto row = std::to_string(before->second.row);
  problems.push_back({record.row(),
                      record.rows.front().line,
                      kNoColumn,
                      {},
                      {},
                      {},
                      Errc::duplicate_key,
                      "与第 " + row + " 行是同一条记录，内容却不同",
                      "is the same record as row " + row + ", with other content"});
}

bool Import::hand_over(Pass pass, bool together) {
  std::vector<Json> good;
  for (const auto& record : piece_) {
    if (record.problems.empty()) good.push_back(named(record, options_.name_rows));
  }
  // One that can't even be read dooms the others: they are only tried, to name all problems.
  const bool doomed = together && good.size() < piece_.size();
  const bool trial = pass != Pass::write || doomed;
  std::vector<Landed> outcomes;
  if (!good.empty()) {
    auto landed = land_(good, {trial, together && !doomed});
    if (!landed) {
      report_.broke_off = landed.error();
      return false;
    }
    outcomes = std::move(*landed);
  }
  std::size_t next = 0;
  for (const auto& record : piece_) {
    ++report_.records;
    report_.withheld += record.withheld;
    auto problems = record.problems;
    const Landed* landed = record.problems.empty() ? &outcomes.at(next++) : nullptr;
    if (landed) {
      for (const auto& fault : landed->faults) problems.push_back(records_.place(record, fault));
      if (trial && problems.empty()) note_twice(record, *landed, problems);
    }
    if (!problems.empty()) {
      ++report_.refused;
      listener_.refused(record, problems);
    } else if (landed->done != "refused") {  // Else one of the others was bad: no fault of its own.
      ++report_.done[landed->done];
      if (!doomed && pass != Pass::check) listener_.landed(record, *landed);
    }
  }
  piece_.clear();
  return true;
}

void Import::run_pass(Pass pass) {
  const bool trial = pass != Pass::write;
  for (;;) {
    const bool more = trial ? collect(options_.together_records, options_.together_bytes)
                            : collect(options_.piece_records, options_.together_bytes);
    if (report_.broke_off) {
      const auto why = std::exchange(report_.broke_off, std::nullopt);
      (void)hand_over(pass);  // What stands before the break is as good as ever.
      if (!report_.broke_off) report_.broke_off = why;
      return;
    }
    if (!hand_over(pass) || !more) return;
  }
}

void Import::run_together() {
  if (!collect(options_.together_records, options_.together_bytes)) {
    if (report_.broke_off) {
      const auto why = std::exchange(report_.broke_off, std::nullopt);
      (void)hand_over(Pass::check);
      report_.broke_off = why;
      report_.nothing_went_in = true;
      return;
    }
    (void)hand_over(Pass::write, true);
    report_.nothing_went_in = report_.refused > 0 || report_.broke_off.has_value();
    return;
  }
  // Too much for one: looked at as a whole first.
  if (hand_over(Pass::check)) run_pass(Pass::check);
  if (report_.refused > 0 || report_.broke_off) {
    report_.nothing_went_in = true;
    return;
  }
  report_ = {};
  seen_.clear();
  ended_ = false;
  if (auto back = records_.rewind(); !back) {
    report_.broke_off = back.error();
    return;
  }
  run_pass(Pass::write);
}

ImportReport Import::run() {
  if (options_.dry_run) {
    run_pass(Pass::dry);
    report_.nothing_went_in = true;
  } else if (options_.skip_bad) {
    run_pass(Pass::write);
  } else {
    run_together();
  }
  if (report_.nothing_went_in && !options_.dry_run) report_.done.clear();
  return std::move(report_);
}

}  // namespace

std::size_t ImportReport::accepted() const {
  std::size_t n = 0;
  for (const auto& [name, count] : done) n += count;
  return n;
}

Json report_json(const ImportReport& report, const ImportOptions& options) {
  Json json = Json::object();
  json["records"] = report.records;
  json["accepted"] = report.accepted();
  json["refused"] = report.refused;
  json["done"] = report.done;
  if (report.withheld > 0) json["withheld"] = report.withheld;
  json["dry_run"] = options.dry_run;
  json["nothing_went_in"] = report.nothing_went_in;
  if (report.broke_off) json["broke_off"] = describe(*report.broke_off);
  return json;
}

ImportReport import_table(RecordSource& records, const Land& land, const ImportOptions& options,
                          ImportListener& listener) {
  return Import(records, land, options, listener).run();
}

}  // namespace linli::tables

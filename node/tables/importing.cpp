#include "node/tables/importing.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "crypto/hash.h"

namespace linli::tables {
namespace {

constexpr std::uint64_t kLookedAt = 50;  ///< Records, to see whether a run before is still true.

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
  Import(RecordSource& records, const Land& land, const ImportOptions& options, ImportNotes& notes,
         ImportListener& listener)
      : records_(records), land_(land), options_(options), notes_(notes), listener_(listener) {}

  ImportReport run();

 private:
  enum class Pass { dry, check, write };
  /// The next records, up to these bounds. True: there may be more.
  bool collect(std::size_t most, std::size_t most_bytes);
  [[nodiscard]] Result<bool> passed_over();
  /// Hands over what was collected. False: it broke off.
  bool hand_over(Pass pass, bool together = false);
  Result<std::vector<Landed>> landed_of(Pass pass, bool together, bool& trial);
  void run_pass(Pass pass);
  void run_together();
  void run_in_pieces();
  void run_what_is_good();
  bool from_record(std::uint64_t passed_over, bool name_refused = true);
  bool still_there(std::uint64_t written);
  bool write_from(std::uint64_t written);
  bool save(Pass pass);
  Result<void> note_twice(const TableRecord& record, const Landed& landed,
                          std::vector<Problem>& problems);
  template <class T>
  bool worked(const Result<T>& result) {
    if (!result) report_.broke_off = result.error();
    return result.has_value();
  }

  RecordSource& records_;
  const Land& land_;
  const ImportOptions& options_;
  ImportNotes& notes_;
  ImportListener& listener_;
  ImportReport report_;
  /// With its number in the table, from 1.
  std::vector<std::pair<std::uint64_t, TableRecord>> piece_;
  std::uint64_t number_ = 0;      ///< Of the record that was read last.
  std::uint64_t dealt_with_ = 0;  ///< Up to this one by a run before.
  bool name_refused_ = true;      ///< Those of them that were refused are dealt with again.
  ImportNotes::Progress progress_, saved_;
  bool ended_ = false;
};

/// Was it dealt with by a run before?
Result<bool> Import::passed_over() {
  if (number_ > dealt_with_) return false;
  if (!name_refused_) return true;
  const auto refused = notes_.was_refused(number_);
  if (!refused) return fail(refused.error());
  return !*refused;
}

bool Import::collect(std::size_t most, std::size_t most_bytes) {
  std::size_t bytes = 0;
  while (!ended_ && piece_.size() < most && bytes < most_bytes) {
    auto record = records_.next();
    if (!worked(record)) return false;
    if (!*record) {
      ended_ = true;
      break;
    }
    ++number_;
    const auto over = passed_over();
    if (!worked(over)) return false;
    if (*over) {
      ++report_.records;
      ++report_.earlier;
      continue;
    }
    for (const auto& row : (*record)->rows) {
      for (const auto& cell : row.cells) bytes += cell.text.size() + 1;
    }
    piece_.emplace_back(number_, std::move(**record));
  }
  listener_.progress(records_.done(), records_.total());
  return !ended_;
}

/// In a trial the pieces don't know of each other: the same record in two of them is found here.
Result<void> Import::note_twice(const TableRecord& record, const Landed& landed,
                                std::vector<Problem>& problems) {
  // One that is named after its row is in no other.
  const bool named_by_row = options_.name_rows && !record.json.contains("id");
  if (landed.id.empty() || options_.update || named_by_row) return {};
  const ImportNotes::Row here{record.row(), short_hash(record.json.dump())};
  const auto before = notes_.note(short_hash(landed.scope + "/" + landed.id), here);
  if (!before) return fail(before.error());
  if (!*before || (*before)->number == here.number || (*before)->content == here.content) return {};
  const auto row = std::to_string((*before)->number);
  problems.push_back({record.row(),
                      record.rows.front().line,
                      kNoColumn,
                      {},
                      {},
                      {},
                      Errc::duplicate_key,
                      "与第 " + row + " 行是同一条记录，内容却不同",
                      "is the same record as row " + row + ", with other content"});
  return {};
}

/// Of those that can be read. `trial`: nothing was kept.
Result<std::vector<Landed>> Import::landed_of(Pass pass, bool together, bool& trial) {
  std::vector<Json> good;
  for (const auto& [number, record] : piece_) {
    if (record.problems.empty()) good.push_back(named(record, options_.name_rows));
  }
  // One that can't even be read dooms the others: they are only tried, to name all problems.
  const bool doomed = together && good.size() < piece_.size();
  trial = pass != Pass::write || doomed;
  if (good.empty()) return std::vector<Landed>();
  return land_(good, {trial, together && !doomed});
}

bool Import::hand_over(Pass pass, bool together) {
  bool trial = false;
  const auto outcomes = landed_of(pass, together, trial);
  if (!worked(outcomes)) return false;
  const bool doomed = trial && pass == Pass::write;
  std::size_t next = 0;
  for (const auto& [number, record] : piece_) {
    ++report_.records;
    report_.withheld += record.withheld;
    auto problems = record.problems;
    const Landed* landed = record.problems.empty() ? &outcomes->at(next++) : nullptr;
    if (landed) {
      for (const auto& fault : landed->faults) problems.push_back(records_.place(record, fault));
      if (trial && problems.empty() && !worked(note_twice(record, *landed, problems))) return false;
    }
    if (!problems.empty()) {
      ++report_.refused;
      notes_.note_refused(number);
      listener_.refused(record, problems);
    } else if (landed->done != "refused") {  // Else one of the others was bad: no fault of its own.
      ++report_.done[landed->done];
      report_.settled += landed->settled;
      if (!doomed && pass != Pass::check) listener_.landed(record, *landed);
    }
  }
  piece_.clear();
  return true;
}

/// Now and then: what isn't saved is only done again.
bool Import::save(Pass pass) {
  auto& count = pass == Pass::write ? progress_.written : progress_.checked;
  const auto before = pass == Pass::write ? saved_.written : saved_.checked;
  count = std::max(count, number_);
  if (count < before + options_.save_records) return true;
  if (!worked(notes_.save(progress_))) return false;
  saved_ = progress_;
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
    if (!hand_over(pass) || !save(pass) || !more) return;
  }
}

/// The table is read from its beginning, and what a run before dealt with is passed over.
bool Import::from_record(std::uint64_t passed_over, bool name_refused) {
  if (!worked(records_.rewind())) return false;
  report_ = {};
  piece_.clear();
  number_ = 0;
  dealt_with_ = passed_over;
  name_refused_ = name_refused;
  ended_ = false;
  return true;
}

/// Is the last of what a run before wrote really there? If that one is, all before it are: the log
/// only grows. It isn't where the folder's database was put back from a copy.
bool Import::still_there(std::uint64_t written) {
  const auto looked_at = std::min(written, kLookedAt);
  if (!from_record(written - looked_at, false)) return false;
  (void)collect(static_cast<std::size_t>(looked_at), std::numeric_limits<std::size_t>::max());
  if (report_.broke_off) return false;
  bool trial = false;
  const auto outcomes = landed_of(Pass::dry, false, trial);
  piece_.clear();
  if (!worked(outcomes)) return false;
  return std::none_of(outcomes->begin(), outcomes->end(),
                      [](const Landed& one) { return one.done == "created"; });
}

/// False: it broke off.
bool Import::write_from(std::uint64_t written) {
  if (written > 0 && !still_there(written)) {
    if (report_.broke_off || !worked(notes_.begin_anew())) return false;
    progress_.written = saved_.written = written = 0;
  }
  if (!from_record(written)) return false;
  if (written > 0) listener_.resumed(progress_);
  run_pass(Pass::write);
  return !report_.broke_off;
}

/// Too much for one: looked at as a whole first.
void Import::run_in_pieces() {
  const auto before = notes_.begin();
  if (!worked(before)) return;
  progress_ = saved_ = *before;
  if (!progress_.all_checked) {
    if (!from_record(progress_.checked)) return;
    if (progress_.checked > 0) listener_.resumed(progress_);
    run_pass(Pass::check);
    if (report_.broke_off) return;
    if (report_.refused > 0) {
      (void)worked(notes_.end());
      return;
    }
    progress_.all_checked = true;
    if (!worked(notes_.save(progress_))) return;
    saved_ = progress_;
  }
  if (write_from(progress_.written)) (void)worked(notes_.end());
}

void Import::run_together() {
  if (collect(options_.together_records, options_.together_bytes)) {
    run_in_pieces();
    if (progress_.all_checked) return;
    report_.nothing_went_in = report_.refused > 0 || report_.broke_off.has_value();
    return;
  }
  if (report_.broke_off) {
    const auto why = std::exchange(report_.broke_off, std::nullopt);
    (void)hand_over(Pass::check);
    report_.broke_off = why;
    report_.nothing_went_in = true;
    return;
  }
  (void)hand_over(Pass::write, true);
  report_.nothing_went_in = report_.refused > 0 || report_.broke_off.has_value();
}

void Import::run_what_is_good() {
  const auto before = notes_.begin();
  if (!worked(before)) return;
  progress_ = saved_ = *before;
  if (write_from(progress_.written)) (void)worked(notes_.end());
}

ImportReport Import::run() {
  if (options_.dry_run) {
    run_pass(Pass::dry);
    report_.nothing_went_in = true;
  } else if (options_.skip_bad) {
    run_what_is_good();
  } else {
    run_together();
  }
  if (report_.nothing_went_in && !options_.dry_run) {
    report_.done.clear();
    report_.settled = 0;
  }
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
  if (report.earlier > 0) json["earlier"] = report.earlier;
  if (report.withheld > 0) json["withheld"] = report.withheld;
  if (report.settled > 0) json["settled"] = report.settled;
  json["dry_run"] = options.dry_run;
  json["nothing_went_in"] = report.nothing_went_in;
  if (report.broke_off) json["broke_off"] = describe(*report.broke_off);
  return json;
}

ImportReport import_table(RecordSource& records, const Land& land, const ImportOptions& options,
                          ImportNotes& notes, ImportListener& listener) {
  return Import(records, land, options, notes, listener).run();
}

}  // namespace linli::tables

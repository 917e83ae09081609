#include "node/store/differences.h"

#include <algorithm>
#include <map>
#include <set>

#include "node/store/projecting.h"

namespace linli::store {
namespace {

/// How many records of one table are looked at for values that were lost.
constexpr std::size_t kLostLookedAt = 1000;

std::string order_by_all(Database& db, const std::string& select, int first) {
  std::string order = " ORDER BY " + std::to_string(first);
  const auto width = db.prepare(select).columns();
  for (int column = first + 1; column <= width; ++column) order += ", " + std::to_string(column);
  return order;
}

std::string line_of(const Statement& rows) {
  std::string line;
  for (int i = 0; i < rows.columns(); ++i) {
    line += rows.is_null(i) ? "-" : std::string(rows.blob(i));
    line += '\x1f';
  }
  return line;
}

/// A digest of a table's rows in key order, and how many there are.
using Digest = std::pair<crypto::Hash, std::int64_t>;
Digest digest(Database& db, const std::string& table) {
  const auto select = "SELECT * FROM \"" + table + "\"";
  // By every column: a key may be any number of them.
  auto rows = db.prepare(select + order_by_all(db, select, 1));
  crypto::Hash sum{};
  std::int64_t n = 0;
  while (rows.step()) {
    sum = crypto::hash({sum.view(), line_of(rows)});
    ++n;
  }
  return {sum, n};
}

/// Likewise of a full-text index: which term stands where in which record.
Digest digest_index(Database& db, const std::string& index) {
  db.execute("PRAGMA query_only = 0");  // For the temporary table that shows it; files stay as is.
  db.execute("DROP TABLE IF EXISTS temp.vocabulary");
  db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', '" + index +
             "', 'instance')");
  crypto::Hash sum{};
  std::int64_t n = 0;
  {
    auto rows = db.prepare("SELECT term, doc, offset FROM temp.vocabulary");
    std::string block;
    while (rows.step()) {
      block += rows.text(0);
      block += '\x1f' + std::to_string(rows.integer(1)) + '\x1f' + std::to_string(rows.integer(2)) +
               '\x1e';
      if (++n % 1024 == 0) {
        sum = crypto::hash({sum.view(), block});
        block.clear();
      }
    }
    sum = crypto::hash({sum.view(), block});
  }
  db.execute("DROP TABLE temp.vocabulary");
  return {sum, n};
}

/// By which column the rows of a table name their record; empty: by none.
std::string record_column(const std::string& table) {
  if (table.starts_with("r_")) return "_rec";
  const bool none =
      table == "measure" || table.starts_with("aggregate") || table.starts_with("search_pinyin");
  return none ? std::string() : "rec";
}

/// The rows of a table, record by record.
class ByRecord {
 public:
  ByRecord(Database& db, const std::string& table, const std::string& column)
      : rows_(open(db, table, column)) {
    more_ = rows_.step();
  }
  [[nodiscard]] bool more() const { return more_; }
  [[nodiscard]] std::int64_t rec() const { return rows_.integer(0); }
  /// All rows of the record at hand, as one text; goes on to the next one.
  std::string take() {
    const auto at = rec();
    std::string lines;
    while (more_ && rec() == at) {
      lines += line_of(rows_) + '\x1e';
      more_ = rows_.step();
    }
    return lines;
  }

 private:
  static Statement open(Database& db, const std::string& table, const std::string& column) {
    const auto select = "SELECT " + column + ", * FROM \"" + table + "\"";
    return db.prepare(select + order_by_all(db, select, 1));
  }
  Statement rows_;
  bool more_ = false;
};

/// Those whose rows differ.
std::vector<std::int64_t> differing(Database& have, Database& want, const std::string& table) {
  std::vector<std::int64_t> recs;
  const auto column = record_column(table);
  if (column.empty()) return recs;
  ByRecord left(have, table, column), right(want, table, column);
  while (left.more() || right.more()) {
    const bool only_left = !right.more() || (left.more() && left.rec() < right.rec());
    const bool only_right = !only_left && (!left.more() || right.rec() < left.rec());
    const auto rec = only_right ? right.rec() : left.rec();
    const auto has = only_right ? std::string() : left.take();
    const auto wants = only_left ? std::string() : right.take();
    if (has != wants) recs.push_back(rec);
  }
  return recs;
}

std::vector<std::string> projected_tables(const Projector& projector) {
  std::vector<std::string> names{"record_change", "record_state",  "condensed",
                                 "conflict",      "rival",         "invalid",
                                 "measure",       "aggregate",     "aggregate_month",
                                 "blob_ref",      "search_pinyin", "search_pinyin_erasable"};
  for (const auto& [number, table] : projector.tables()) names.push_back(table.name());
  return names;
}

/// Compares one store with what its log adds up to.
struct Comparison {
  Database& have;
  Database& want;
  Log& log;
  const Projector& projector;
  std::vector<VerifyFault> faults{}, lost{};
  std::set<std::int64_t> looked_at{};

  void name(VerifyFault& fault, std::int64_t rec) const {
    if (fault.records.size() == kRecordsNamed) {
      ++fault.records_left_out;
      return;
    }
    const auto* table = projector.table(type_of_rec(rec));
    if (!table) return;
    auto row = table->at(have, rec);
    if (!row) row = table->at(want, rec);
    if (!row) return;
    fault.records.push_back(std::string(table->type().name) + " " + sync::to_text(row->record.id));
  }

  template <class DigestOf>
  void compare(const std::string& table, const DigestOf& digest_of) {
    VerifyFault fault{.place = FaultPlace::table, .name = table, .remedy = Remedy::rebuild};
    try {
      const auto wanted = digest_of(want, table);
      const auto held = digest_of(have, table);
      if (wanted == held) return;
      fault.kind = FaultKind::table_differs;
      fault.parts = {std::to_string(held.second), std::to_string(wanted.second)};
    } catch (const DatabaseError& e) {
      fault.kind = FaultKind::table_unreadable;
      fault.reason = e.error();
    }
    name_records(table, fault);
    faults.push_back(found(std::move(fault)));
  }

  void name_records(const std::string& table, VerifyFault& fault) {
    if (table.starts_with("search")) return;
    try {
      const auto recs = differing(have, want, table);
      for (const auto rec : recs) name(fault, rec);
      if (!table.starts_with("r_")) return;
      for (std::size_t i = 0; i < std::min(recs.size(), kLostLookedAt); ++i) look_for_lost(recs[i]);
    } catch (const DatabaseError&) {
      // Half of it can't be read: the table is named.
    }
  }

  /// Does the record show a value that the log has no opening of?
  void look_for_lost(std::int64_t rec) {
    const auto* table = projector.table(type_of_rec(rec));
    if (!table) return;
    const auto shown = table->at(have, rec), by_log = table->at(want, rec);
    if (!shown || !by_log) return;
    for (const auto& one : by_log->record.fields) {
      const auto field = one.first;
      const auto& value = one.second;
      const auto* there = shown->record.get(field);
      if (!there || !sync::may_hold_commitment(value)) continue;
      sync::each_commitment(value, [&](std::string_view hash) {
        if (there->find(hash) == std::string::npos) add_lost(*table, *shown, field, hash);
      });
    }
  }

  void add_lost(const Table& table, const Row& row, std::uint32_t field, std::string_view hash) {
    const auto* declared = table.type().field(field);
    VerifyFault fault{.kind = FaultKind::value_without_opening, .remedy = Remedy::save_first};
    fault.arrival = arrival_of(row, crypto::Hash::of(hash));
    fault.place = fault.arrival > 0 ? FaultPlace::log : FaultPlace::table;
    fault.name = fault.arrival > 0 ? std::to_string(fault.arrival) : table.name();
    fault.parts = {table.name() + "." +
                   (declared ? std::string(declared->name) : std::to_string(field))};
    if (fault.arrival == 0) name(fault, row.rec);
    lost.push_back(found(std::move(fault)));
  }

  bool is_parcel(std::int64_t arrival) {
    auto there = have.prepare("SELECT 1 FROM log WHERE arrival = ?1 AND kind = 1");
    return there.bind(1, arrival).step();
  }

  /// The change set that lists the commitment; 0: a part of a snapshot does.
  std::int64_t arrival_of(const Row& row, const crypto::Hash& commitment) {
    std::vector<std::int64_t> arrivals{row.arrival};
    auto more = want.prepare("SELECT arrival FROM record_change WHERE rec = ?1 ORDER BY arrival");
    more.bind(1, row.rec);
    while (more.step()) arrivals.push_back(more.integer(0));
    for (const auto arrival : arrivals) {
      if (!is_parcel(arrival)) continue;
      const auto listed = sync::commitments(log.load(arrival)->set);
      const bool here = std::any_of(listed.begin(), listed.end(), [&](const auto& committed) {
        return committed.commitment == commitment;
      });
      if (here) return arrival;
    }
    return 0;
  }

  std::vector<VerifyFault> all() {
    if (lost.empty()) return std::move(faults);
    for (auto& fault : faults) fault.remedy = Remedy::save_first;
    lost.insert(lost.end(), faults.begin(), faults.end());
    return std::move(lost);
  }
};

/// The file that a connection reads.
std::filesystem::path file_of(Database& db) {
  auto list = db.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'");
  list.step();
  return std::string(list.text(0));
}

}  // namespace

Result<std::vector<VerifyFault>> differences(Store& store, const Progress& progress) {
  std::filesystem::path beside;
  try {
    auto source = store.read();
    beside = file_of(*source);
    beside += ".verify";
    remove_files(beside);
    auto made = Database::open(beside, Access::write);
    if (!made) return fail(made.error());
    auto& fresh = **made;
    fresh.execute("PRAGMA synchronous = OFF");
    Log log(*source);
    Projector projector(fresh, log, model::schema());
    Transaction snapshot(*source, true);  // One state of the log, whatever is written meanwhile.
    projector.create();
    project_log(fresh, log, projector, 0, progress, {});
    Comparison comparison{*source, fresh, log, projector};
    for (const auto& table : projected_tables(projector)) comparison.compare(table, digest);
    for (const auto* index : {"search", "search_erasable"}) comparison.compare(index, digest_index);
    source->execute("PRAGMA query_only = 1");
    made->reset();
    remove_files(beside);
    return comparison.all();
  } catch (const DatabaseError& e) {
    if (!beside.empty()) remove_files(beside);
    return fail(e.error());
  }
}

}  // namespace linli::store

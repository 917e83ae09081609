#include "node/store/faults.h"

#include <array>

#include "node/model/schema.h"
#include "node/store/fault_records.h"
#include "node/store/people.h"
#include "node/store/table.h"

namespace linli::store {
namespace {

void add_record(VerifyFault& fault, const model::RecordType& type, std::string_view id) {
  if (fault.records.size() == kRecordsNamed) {
    ++fault.records_left_out;
  } else {
    fault.records.push_back(std::string(type.name) + " " + sync::to_text(sync::RecordId::of(id)));
  }
}

/// The records of one type that an entry changed: first and later changes.
void add_records(Database& db, const model::RecordType& type, VerifyFault& fault) {
  const auto table = Table(type).name();
  auto rows = db.prepare("SELECT _id FROM " + table +
                         " WHERE _arrival = ?1 UNION SELECT r._id FROM record_change c JOIN " +
                         table + " r ON r._rec = c.rec WHERE c.arrival = ?1 AND c.rec % ?2 = ?3");
  rows.bind(1, fault.arrival).bind(2, kTypesMax).bind(3, type.number);
  while (rows.step()) add_record(fault, type, rows.blob(0));
}

constexpr std::array kKindNames{"unreadable",
                                "other_bytes",
                                "author_unproven",
                                "not_allowed",
                                "other_feed",
                                "chain_broken",
                                "snapshot_foreign",
                                "snapshot_otherwise",
                                "value_fits_nothing",
                                "value_otherwise",
                                "value_erased_held",
                                "value_lost",
                                "value_without_opening",
                                "erased_forgotten",
                                "receipt_foreign",
                                "receipt_of_missing_sets",
                                "receipt_otherwise",
                                "tree_unsigned",
                                "ruling_foreign",
                                "fork_unproven",
                                "fork_misfiled",
                                "condensed_otherwise",
                                "clock_otherwise",
                                "standing_otherwise",
                                "receipt_not_held",
                                "receipt_time_otherwise",
                                "end_otherwise",
                                "waiting_otherwise",
                                "head_unproven",
                                "head_misfiled",
                                "head_gone",
                                "history_otherwise",
                                "tree_otherwise",
                                "enrolment_unproven",
                                "own_unproven",
                                "table_differs",
                                "table_unreadable",
                                "file_gone",
                                "file_size_otherwise",
                                "file_otherwise",
                                "file_unreadable",
                                "part_short",
                                "copy_incomplete"};
static_assert(kKindNames.size() == static_cast<std::size_t>(kLastFaultKind) + 1);

/// Whose change sets an entry speaks of that is none itself: a receipt, a ruling, a proof.
void name_feed_author(Database& db, const People& people, VerifyFault& fault) {
  auto row = db.prepare(
      "SELECT a.author FROM log l JOIN feed f ON f.id = l.feed JOIN author a ON a.id = f.author "
      "WHERE l.arrival = ?1");
  row.bind(1, fault.arrival);
  if (!row.step()) return;
  const auto author = crypto::AuthorId::of(row.blob(0));
  fault.author_id = crypto::to_hex(author.view());
  fault.author = people.name_of(author);
}

}  // namespace

std::string_view name_of(FaultKind kind) { return kKindNames.at(static_cast<std::size_t>(kind)); }

std::string_view name_of(FaultPlace place) {
  switch (place) {
    case FaultPlace::log:
      return "log";
    case FaultPlace::feed:
      return "feed";
    case FaultPlace::table:
      return "table";
    case FaultPlace::waiting:
      return "waiting";
    case FaultPlace::checkpoint:
      return "checkpoint";
    case FaultPlace::history:
      return "history";
    case FaultPlace::attachment:
      return "attachment";
    case FaultPlace::node:
      return "node";
  }
  return "";
}

VerifyFault found(VerifyFault fault) {
  // A table is known by its name.
  std::string line(fault.place == FaultPlace::table ? fault.name : name_of(fault.place));
  if (fault.place != FaultPlace::table && !fault.name.empty()) line += " " + fault.name;
  line += ": " + std::string(name_of(fault.kind));
  for (const auto& part : fault.parts) line += " " + part;
  if (fault.reason) line += ": " + describe(*fault.reason);
  fault.what = std::move(line);
  return fault;
}

std::string_view name_of(Remedy remedy) {
  switch (remedy) {
    case Remedy::rebuild:
      return "rebuild";
    case Remedy::begin_anew:
      return "begin_anew";
    case Remedy::save_first:
      return "save_first";
    case Remedy::restore:
      return "restore";
    case Remedy::fetch:
      return "fetch";
  }
  return "";
}

void name_records_of(Database& db, const crypto::Hash& attachment, VerifyFault& fault) {
  for (const auto& type : model::schema().types) {
    auto rows = db.prepare("SELECT DISTINCT r._id FROM blob_ref b JOIN " + Table(type).name() +
                           " r ON r._rec = b.rec WHERE b.hash = ?1 AND b.rec % ?2 = ?3");
    rows.bind_blob(1, attachment.view()).bind(2, kTypesMax).bind(3, type.number);
    while (rows.step()) add_record(fault, type, rows.blob(0));
  }
}

void explain(Log& log, const People& people, bool at_hub, VerifyFault& fault) {
  // A hub has nobody to ask: its backup is what there is.
  const bool anew = fault.remedy == Remedy::begin_anew || fault.remedy == Remedy::save_first;
  if (at_hub && anew) fault.remedy = Remedy::restore;
  if (fault.arrival == 0) {
    if (const auto author = crypto::from_hex(fault.author_id); author && !author->empty()) {
      fault.author = people.name_of(crypto::AuthorId::of(*author));
    }
    return;
  }
  auto& db = log.database();
  auto row = db.prepare(
      "SELECT l.hash, l.seq, a.author, f.receipted_seq FROM log l JOIN author a ON a.id = l.author "
      "JOIN feed f ON f.id = l.feed WHERE l.arrival = ?1 AND l.kind = ?2");
  row.bind(1, fault.arrival).bind(2, static_cast<int>(sync::ObjectKind::parcel));
  if (!row.step()) return name_feed_author(db, people, fault);
  fault.change_set = crypto::to_hex(row.blob(0));
  fault.number = static_cast<std::uint64_t>(row.integer(1));
  const auto author = crypto::AuthorId::of(row.blob(2));
  fault.author_id = crypto::to_hex(author.view());
  fault.author = people.name_of(author);
  const bool unconfirmed = row.integer(3) < row.integer(1);
  if (unconfirmed && fault.remedy == Remedy::begin_anew) fault.remedy = Remedy::save_first;
  for (const auto& type : model::schema().types) add_records(db, type, fault);
}

}  // namespace linli::store

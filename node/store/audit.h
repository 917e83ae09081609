// node/store/audit.h: who looked at personal data and who administered, in rows that are chained by
// hashes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "node/store/accounts.h"

namespace linli::store {

struct AuditEntry {
  sync::Micros at = 0;
  std::optional<sync::Nonce> actor = {};  ///< Nothing: no account.
  std::string who;                        ///< Its name then, or the system's user.
  std::string act;                        ///< read, export, search, account, login, scopes, …
  std::string type = {};                  ///< Of the records.
  std::vector<sync::RecordId> records = {};
  std::string fields = {};  ///< Names, with commas.
  std::string what = {};    ///< For people; never a personal value.
  std::string origin = {};  ///< Address, or "console".
  std::string why = {};
};
struct AuditRow {
  std::int64_t number = 0;
  AuditEntry entry;
  crypto::Hash hash{};
};
struct AuditQuery {
  std::optional<sync::Micros> since = {};
  std::string account = {};  ///< Its name then, or its pseudonym in hex.
  std::optional<sync::RecordId> record = {};
  std::int64_t before = 0;  ///< Rows below this number; 0: from the newest.
  std::size_t limit = 50;
};
struct AuditVerdict {
  std::int64_t rows = 0;
  crypto::Hash head{};  ///< Of the last row: who notes it down can tell later if the end was cut.
  std::string fault = {};  ///< Empty: whole. Else names the first row that doesn't fit, and how.
  bool noted_found = false;
};

/// Appends, as one transaction of its own: other processes may append, too. Throws DatabaseError.
void append_audit(Database& db, std::span<const AuditEntry> entries);
/// Newest first. Reads through the index by number only: a rare question may take a while.
[[nodiscard]] std::vector<AuditRow> list_audit(Database& db, const AuditQuery& query);
/// Follows the whole chain. `noted`: a head that somebody noted down earlier.
[[nodiscard]] AuditVerdict verify_audit(Database& db, const std::optional<crypto::Hash>& noted);

}  // namespace linli::store

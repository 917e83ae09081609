// node/app/noted.h: what commands note in the audit log: the system's user stands for the account.
#pragma once

#include <filesystem>
#include <string>

#include "node/app/console.h"
#include "node/audit.h"

namespace linli::app {

struct Noted {
  std::string act, what = {}, why = {};
};

/// An act of administration, durable when it returns. Errors: io, disk_full, newer_version.
[[nodiscard]] Result<void> note_act(const std::filesystem::path& data, const Noted& noted);

/// The same with records and fields; time, who and whence are filled in.
[[nodiscard]] Result<void> note_entry(const std::filesystem::path& data, node::AuditEntry entry);

/// What conflicts show of personal values, each for itself: noted before they are shown.
[[nodiscard]] Result<void> note_conflicts(const std::filesystem::path& data, const Json& conflicts);

/// What the answer to a settlement shows; likewise.
[[nodiscard]] Result<void> note_settled(const std::filesystem::path& data, const Json& settled);

/// What commands showed of personal values, noted a thousand records at a time and at the end.
class Looking {
 public:
  Looking(std::filesystem::path data, const model::RecordType& type, std::string act)
      : data_(std::move(data)), type_(type), act_(std::move(act)) {}
  /// `record`: as records are listed or exported. Errors as note_act: then it isn't shown.
  Result<void> at(const sync::RecordId& id, const Json& fields);
  Result<void> done();

 private:
  std::filesystem::path data_;
  const model::RecordType& type_;
  std::string act_;
  node::Seen seen_;
};

}  // namespace linli::app

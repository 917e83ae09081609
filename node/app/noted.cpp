#include "node/app/noted.h"

#include <pwd.h>
#include <unistd.h>

namespace linli::app {
namespace {

constexpr std::size_t kRecordsOfRow = 1000;

Result<void> append(const std::filesystem::path& data, node::AuditEntry entry) {
  try {
    auto audit = node::Audit::open(node::DataDir(data));
    if (!audit) return fail(audit.error());
    entry.at = sync::SystemClock().now();
    entry.who = node::system_user_text(node::system_user());
    entry.origin = "console";
    (*audit)->append(std::move(entry));
    return {};
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace

Result<void> note_act(const std::filesystem::path& data, const Noted& noted) {
  return append(data, {.who = {}, .act = noted.act, .what = noted.what, .why = noted.why});
}

Result<void> note_entry(const std::filesystem::path& data, node::AuditEntry entry) {
  return append(data, std::move(entry));
}

Result<void> note_conflicts(const std::filesystem::path& data, const Json& conflicts) {
  for (const auto& conflict : conflicts) {
    node::Seen seen;
    seen.look_at_conflict(conflict);
    if (!seen.anything()) continue;
    node::AuditEntry entry{.who = {}, .act = "conflict", .type = conflict.value("type", "")};
    seen.move_into(entry);
    if (auto noted = append(data, std::move(entry)); !noted) return noted;
  }
  return {};
}

Result<void> note_settled(const std::filesystem::path& data, const Json& settled) {
  node::Seen seen;
  seen.look_at_writes(settled);
  if (!seen.anything()) return {};
  node::AuditEntry entry{.who = {}, .act = "conflict", .type = settled.value("type", "")};
  seen.move_into(entry);
  return append(data, std::move(entry));
}

Result<void> Looking::at(const sync::RecordId& id, const Json& fields) {
  seen_.look(type_, id, fields);
  return seen_.count() >= kRecordsOfRow ? done() : Result<void>();
}

Result<void> Looking::done() {
  if (!seen_.anything()) return {};
  node::AuditEntry entry{.who = {}, .act = act_, .type = std::string(type_.name)};
  seen_.move_into(entry);
  return append(data_, std::move(entry));
}

}  // namespace linli::app

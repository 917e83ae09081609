#include "node/audit.h"

#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "node/told_acts.h"

namespace linli::node {
namespace {

constexpr std::size_t kSoonAt = 256;    ///< So many are written without waiting for the time.
constexpr std::size_t kWaitMax = 4096;  ///< More: who reads has to wait for the disk.

bool shows(const model::Json& value) {
  return !value.is_null() &&
         !(value.is_object() && (value.contains("withheld") || value.contains("erased")));
}

}  // namespace

std::string system_user() {
  const auto* entry = ::getpwuid(::getuid());
  return entry ? std::string(entry->pw_name) : std::to_string(::getuid());
}

std::string system_user_text(const std::string& user) { return "系统用户 system user " + user; }

void Seen::look(const model::RecordType& type, const sync::RecordId& id,
                const model::Json& fields) {
  bool any = false;
  for (const auto& field : type.fields) {
    if (field.protection != model::Protection::personal) continue;
    const auto value = fields.find(std::string(field.name));
    if (value == fields.end() || !shows(*value)) continue;
    fields_.emplace(field.name);
    any = true;
  }
  if (any && (records_.empty() || records_.back() != id)) records_.push_back(id);
}

void Seen::look_at_writes(const model::Json& settled) {
  const auto* type = model::schema().type(std::string_view(settled.value("type", "")));
  const auto id = sync::record_id(settled.value("id", ""));
  if (type && id && settled.contains("writes")) look(*type, *id, settled["writes"]["fields"]);
}

void Seen::look_at_conflict(const model::Json& conflict) {
  const auto* type = model::schema().type(std::string_view(conflict.value("type", "")));
  const auto id = sync::record_id(conflict.value("id", ""));
  if (!type || !id) return;
  const auto look_at = [&](const model::Json& version) {
    if (version.is_object() && version.contains("fields")) look(*type, *id, version["fields"]);
  };
  if (conflict.contains("winner")) look_at(conflict["winner"]);
  for (const auto* list : {"losers", "edits"}) {
    for (const auto& version : conflict.value(list, model::Json::array())) look_at(version);
  }
}

void Seen::move_into(AuditEntry& entry) {
  entry.records = std::move(records_);
  for (const auto& name : fields_) entry.fields += (entry.fields.empty() ? "" : ",") + name;
  records_.clear();
  fields_.clear();
}

Result<std::unique_ptr<Audit>> Audit::open(const DataDir& dir) {
  auto db = store::open_accounts(dir.root() / "accounts.db");
  if (!db) return fail(db.error());
  return std::unique_ptr<Audit>(new Audit(std::move(*db)));
}

Audit::Audit(std::unique_ptr<store::Database> db)
    : db_(std::move(db)), writer_([this] { run(); }) {}

Audit::~Audit() {
  {
    const std::scoped_lock lock(guard_);
    stopping_ = true;
  }
  ready_.notify_all();
  writer_.join();
}

void Audit::note(AuditEntry entry) {
  std::size_t waiting = 0;
  {
    const std::scoped_lock lock(guard_);
    waiting_.push_back(std::move(entry));
    waiting = waiting_.size();
  }
  if (waiting == 1 || waiting >= kSoonAt) ready_.notify_one();
  if (waiting > kWaitMax) flush();
}

void Audit::append(AuditEntry entry) {
  {
    const std::scoped_lock lock(guard_);
    waiting_.push_back(std::move(entry));
  }
  flush();
}

void Audit::flush() {
  const std::scoped_lock one_writer(db_guard_);
  std::vector<AuditEntry> entries;
  {
    const std::scoped_lock lock(guard_);
    entries.swap(waiting_);
  }
  if (entries.empty()) return;
  try {
    store::append_audit(*db_, entries);
  } catch (...) {
    // They aren't lost: tried again with the next.
    const std::scoped_lock lock(guard_);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(entries.begin()),
                    std::make_move_iterator(entries.end()));
    throw;
  }
}

void Audit::run() {
  std::unique_lock lock(guard_);
  while (!stopping_ || !waiting_.empty()) {
    ready_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    ready_.wait_for(lock, kLag, [this] { return stopping_ || waiting_.size() >= kSoonAt; });
    const bool last = stopping_;
    lock.unlock();
    bool written = true;
    try {
      flush();
    } catch (const std::exception& e) {
      written = false;
      spdlog::error("the audit log can't be written: {}", e.what());
    }
    lock.lock();
    if (!written && last) return;
    if (!written) ready_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
  }
}

std::vector<store::AuditRow> Audit::list(const store::AuditQuery& query) {
  flush();
  const std::scoped_lock lock(db_guard_);
  return store::list_audit(*db_, query);
}

store::AuditVerdict Audit::verify(const std::optional<crypto::Hash>& noted) {
  flush();
  const std::scoped_lock lock(db_guard_);
  return store::verify_audit(*db_, noted);
}

model::Json audit_row_json(const store::AuditRow& row) {
  const auto& e = row.entry;
  const auto label = told_act(e.act);
  auto records = model::Json::array();
  for (const auto& id : e.records) records.push_back(sync::to_text(id));
  return {{"number", row.number},
          {"at", model::instant_text(e.at / 1000)},
          {"actor", e.actor ? model::Json(crypto::to_hex(e.actor->view())) : model::Json(nullptr)},
          {"who", e.who},
          {"act", e.act},
          {"label", {{"zh", label.zh}, {"en", label.en}}},
          {"type", e.type},
          {"records", std::move(records)},
          {"fields", e.fields},
          {"what", e.what},
          {"from", e.origin},
          {"why", e.why},
          {"hash", crypto::to_hex(row.hash.view())}};
}

}  // namespace linli::node

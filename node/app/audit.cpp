// audit list, audit verify: who looked at personal data, and who administered.
#include "node/audit.h"

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/model/record.h"
#include "node/told_acts.h"

namespace linli::app {
namespace {

Result<std::unique_ptr<node::Audit>> open_audit(const std::filesystem::path& data) {
  const node::DataDir dir(data);
  if (auto there = dir.check(); !there) return fail(there.error());
  return node::Audit::open(dir);
}

/// "2026-05-01" (a local day), an instant, or "7d" before now.
Result<sync::Micros> since_of(const std::string& text) {
  if (const auto ago = period(text)) {
    return sync::SystemClock().now() - std::chrono::microseconds(*ago).count();
  }
  const auto ms = model::parse_instant(text.size() == 10 ? text + "T00:00:00+08:00" : text);
  if (ms) return *ms * 1000;
  return fail(Errc::bad_usage, "时间写法如 --since: 2026-05-01, 2026-05-01T08:00:00Z or 7d");
}

std::string about(const store::AuditRow& row) {
  const auto& e = row.entry;
  std::string text = e.type;
  if (e.records.size() == 1) text += " " + sync::to_text(e.records.front());
  if (e.records.size() > 1) text += " " + std::to_string(e.records.size()) + " 条";
  if (!e.fields.empty()) text += " [" + e.fields + "]";
  if (!e.what.empty()) text += (text.empty() ? "" : " ") + e.what;
  if (!e.why.empty()) text += "（" + e.why + "）";
  return text;
}

/// "登录 login": the name that people read, and the one that programs do.
std::string act_text(const std::string& act) {
  const auto label = node::told_act(act);
  if (label.zh == act) return act;
  return label.zh + " " + act;
}

}  // namespace

int list_audit(const AuditOptions& options) {
  store::AuditQuery query;
  query.limit = options.limit;
  query.account = options.account;
  query.before = options.before;
  if (!options.since.empty()) {
    const auto since = since_of(options.since);
    if (!since) return refuse(since.error());
    query.since = *since;
  }
  if (!options.record.empty()) {
    const auto id = sync::record_id(options.record);
    if (!id) return refuse(Errc::bad_value, "记录编号是 UUID a record id is a UUID", "record");
    query.record = *id;
  }
  auto audit = open_audit(options.data);
  if (!audit) return refuse(audit.error());
  const auto rows = (*audit)->list(query);
  if (options.json) {
    auto items = Json::array();
    for (const auto& row : rows) items.push_back(node::audit_row_json(row));
    print_json({{"items", std::move(items)}});
    return 0;
  }
  if (rows.empty()) {
    print("没有这样的记录。 Nothing like that was noted.");
    return 0;
  }
  Table table({"序号", "时间", "谁", "做了什么", "对象", "从何处"});
  for (const auto& row : rows) {
    const auto& e = row.entry;
    table.add({std::to_string(row.number), local_time(model::instant_text(e.at / 1000)),
               harmless(e.who), act_text(e.act), harmless(about(row)), harmless(e.origin)});
  }
  table.print(60);
  if (rows.size() == options.limit && rows.back().number > 1) {
    print("还有更早的 earlier ones: --before " + std::to_string(rows.back().number));
  }
  return 0;
}

int verify_audit(const AuditOptions& options) {
  std::optional<crypto::Hash> noted;
  if (!options.head.empty()) {
    const auto bytes = crypto::from_hex(options.head);
    if (!bytes || bytes->size() != crypto::Hash::size()) {
      return refuse(Errc::bad_usage,
                    "须为先前核验时显示的 64 位数字 --head is the 64 digits that an earlier "
                    "verify printed");
    }
    noted = crypto::Hash::of(*bytes);
  }
  auto audit = open_audit(options.data);
  if (!audit) return refuse(audit.error());
  const auto verdict = (*audit)->verify(noted);
  if (options.json) {
    print_json({{"rows", verdict.rows},
                {"head", crypto::to_hex(verdict.head.view())},
                {"whole", verdict.fault.empty()},
                {"fault", verdict.fault}});
  }
  if (!verdict.fault.empty()) return refuse(Errc::corrupt, "审计日志 audit log: " + verdict.fault);
  if (!options.json) {
    print("完整 whole: " + std::to_string(verdict.rows) + " 条 rows，校验值 head " +
          crypto::to_hex(verdict.head.view()));
    print(
        "记下校验值，日后用 --head 可查末尾是否被截去。 Note the head: --head shows later whether "
        "the end was cut off.");
  }
  return 0;
}

}  // namespace linli::app

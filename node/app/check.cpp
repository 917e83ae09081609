// verify and rebuild: is what this node holds what was signed, and does it add up?
#include <algorithm>

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/faults.h"
#include "node/blobs.h"
#include "node/data_dir.h"
#include "node/store/verify.h"

namespace linli::app {
namespace {

/// The table's advice is to run this very command.
Error unreadable(Error why) {
  if (why.code != Errc::corrupt) return why;
  why.detail =
      "数据库读不出，无法逐项核验：停止节点，留存此文件夹，用最近的备份恢复（linli restore）；"
      "没有备份的，除市局中心外可重新加入，中心已确认的内容会回来 the database can't be read, so "
      "nothing can be checked one by one: stop the node, keep this folder, and restore its newest "
      "backup (`linli restore`); without one, any node but the hub joins anew, and what the hub "
      "has confirmed comes back: " +
      why.detail;
  return why;
}

}  // namespace

int verify(const VerifyOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(unreadable(store.error()));
  auto report = [&] {
    ProgressLine progress("核验 verifying");
    return store::verify(
        **store, [&](std::int64_t done, std::int64_t total) { progress.show(done, total); });
  }();
  if (!report) return refuse(unreadable(report.error()));
  const auto blobs = [&] {
    ProgressLine progress("核验附件 verifying attachments");
    return node::verify_blobs(**store, options.data, [&](std::int64_t done, std::int64_t total) {
      progress.show(done, total);
    });
  }();
  if (!blobs) return refuse(unreadable(blobs.error()));
  report->faults.insert(report->faults.end(), blobs->faults.begin(), blobs->faults.end());
  if (options.json) {
    print_json({{"holds", report->holds()},
                {"change_sets", report->change_sets},
                {"changes", report->changes},
                {"receipts", report->receipts},
                {"rulings", report->rulings},
                {"snapshot_parts", report->parts},
                {"certificates", report->certificates},
                {"openings", report->openings},
                {"attachments", blobs->blobs},
                {"faults", to_json(report->faults)}});
  } else {
    print_faults(report->faults);
    print((report->holds() ? "核验通过 verified：" : "已核验 checked：") +
          std::to_string(report->change_sets) + " 个变更集、" + std::to_string(report->changes) +
          " 项改动、" + std::to_string(report->receipts) + " 份回执、" +
          (report->parts > 0 ? std::to_string(report->parts) + " 份快照分片、" : std::string()) +
          std::to_string(report->certificates) + " 份证书、" + std::to_string(blobs->blobs) +
          " 个附件");
  }
  if (report->holds()) return 0;
  const auto count = std::to_string(report->faults.size());
  // A photo that is missing or damaged is fetched again; that isn't a store to be put back.
  const auto& faults = report->faults;
  if (std::all_of(faults.begin(), faults.end(),
                  [](const auto& fault) { return fault.remedy == store::Remedy::fetch; })) {
    return end_badly("记录与签名完好，" + count +
                     " 个附件缺失或损坏，请按各项提示处理。 The records are sound; " + count +
                     " attachments are missing or damaged: what to do stands behind each.");
  }
  if (std::all_of(faults.begin(), faults.end(),
                  [](const auto& fault) { return fault.remedy == store::Remedy::rebuild; })) {
    return end_badly("签名日志完好，由其推算的内容有 " + count +
                     " 处不符，请运行 linli rebuild。 The signed log is whole; " + count +
                     " faults in what follows from it: stop the node and run linli rebuild.");
  }
  return refuse(Errc::corrupt, "发现 " + count + " 处问题，处理办法见各条 " + count +
                                   " faults; what to do stands behind each");
}

int rebuild(const RebuildOptions& options) {
  const node::DataDir dir(options.data);
  if (auto there = dir.check(); !there) return refuse(there.error());
  const auto lock = node::Lock::take(dir);
  if (!lock) {
    auto error = lock.error();
    if (error.code == Errc::data_dir_in_use) error.detail += ": stop it before a rebuild";
    return refuse(error);
  }
  std::int64_t sets = 0;
  try {
    ProgressLine progress("重建 rebuilding");
    const auto show = [&](std::int64_t done, std::int64_t total) {
      sets = total;
      progress.show(done, total);
    };
    auto store = store::Store::open(dir.database(), store::Access::write, show);
    if (!store) return refuse(store.error());
    (*store)->rebuild(show);
  } catch (const store::DatabaseError& e) {
    return refuse(e.error());
  }
  if (options.json) {
    print_json({{"change_sets", sets}});
  } else {
    print("已由 " + std::to_string(sets) + " 个变更集重建记录、检索与统计。 Rebuilt.");
  }
  return 0;
}

}  // namespace linli::app

// backup, restore, doctor: a copy in a safe place, putting it back, and knowing that it would work.
#include "node/backup.h"

#include <filesystem>

#include "crypto/key_file.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/faults.h"
#include "node/app/noted.h"
#include "node/history.h"
#include "node/passphrase.h"
#include "node/store/forks.h"
#include "node/store/held.h"
#include "node/store/own_sets.h"
#include "node/store/reading.h"
#include "node/tls_shown.h"

namespace linli::app {
namespace {

namespace fs = std::filesystem;

struct Finding {
  std::string what;  ///< For people, zh first.
  bool good = true;
  bool grave = false;  ///< Somebody has to act: the command ends with 1. Otherwise it is advice.
  bool noted = false;  ///< Not as it should be, and a person has said why.
};

std::string mebibytes(std::uintmax_t bytes) { return std::to_string((bytes >> 20) + 1) + " MiB"; }

Finding examine_key(const node::DataDir& dir) {
  std::error_code ec;
  const auto status = fs::status(dir.node_key(), ec);
  if (!fs::exists(status)) {
    return {
        "密钥文件 node.key 不在，节点无法工作：从备份取回；市局中心可用 linli keys rotate "
        "--root 根密钥 --stolen 换新，其他节点请上级吊销后重新接入 node.key is missing: "
        "restore a backup; at the hub the root key replaces it, any other node joins anew",
        false, true};
  }
  const auto others = fs::perms::group_all | fs::perms::others_all;
  if ((status.permissions() & others) != fs::perms::none) {
    return {"密钥他人可读，请 chmod 600 node.key: others can read the key", false, true};
  }
  if (const auto sealed = crypto::KeyFile::is_sealed(dir.node_key()); !sealed) {
    return {"密钥文件 node.key 读不出 can't read the key file: " + describe(sealed.error()), false,
            true};
  }
  return {"密钥仅本用户可读 the key is private"};
}

/// Contradictions of the hub's history that somebody here has looked into.
std::optional<Finding> acknowledged(const Json& history) {
  const auto count = history.value("acknowledged", 0);
  if (count == 0) return std::nullopt;
  const auto& last = history["last_acknowledged"];
  return Finding{"市级历史有 " + std::to_string(count) +
                     " 处不一致已经核实（证据见 linli history）acknowledged contradictions of the "
                     "hub's history: " +
                     harmless(last.value("note", "")) + "（" + harmless(last.value("by", "")) +
                     "，" + local_time(last.value("at", "")) + "）",
                 true, false, true};
}

/// What can be said without stopping the node.
std::vector<Finding> examine(const DoctorOptions& options, store::Store& store) {
  std::vector<Finding> findings;
  const auto add = [&](bool good, std::string what) {
    findings.push_back({std::move(what), good});
  };
  const auto demand = [&](bool good, std::string what) {
    findings.push_back({std::move(what), good, !good});
  };
  std::error_code ec;
  const auto room = fs::space(options.data, ec);
  constexpr std::uintmax_t kLittle = 512u << 20;
  if (!ec) {
    add(room.available > kLittle, "磁盘余量 disk room: " + mebibytes(room.available));
  }
  const node::DataDir dir(options.data);
  findings.push_back(examine_key(dir));
  if (fs::exists(dir.root_key(), ec)) {
    add(false, "root.key 仍在本机：请移到离线介质保存 keep the city's root key off line");
  }
  if (const auto given = node::trouble_of_given(dir, sync::SystemClock().now())) {
    add(false, given->text);
  }
  auto lease = store.read();
  store::Log log(*lease);
  if (log.meta_int("cloned", 0) != 0) {
    demand(false,
           "另有一台机器在用本节点的密钥：请停用其中一台；若只剩本机，运行 linli doctor --only-one "
           "another machine writes with this key");
  } else {
    add(true, "密钥只在本机使用 no other machine uses this key");
  }
  if (const auto own = store::own_author(*lease)) {
    const auto forks = store::forks_of(*lease, *own);
    demand(forks == 0,
           forks == 0 ? "本节点没有同号双签 no proof of two change sets under one number"
                      : "有证据表明本节点密钥以同一编号签过两份数据：请确认只有一台机器在用此密钥；"
                        "密钥可能失窃的，请上级吊销后重新登记（linli forks list） "
                        "this node's key signed two change sets under one number: keep one "
                        "machine, or have the key revoked");
  }
  const auto history = node::history_state(*lease);
  const auto trouble = node::history_trouble(history);
  // That a proof came late is told, and is nothing to mend: lines are bad.
  demand(history.value("faults", 0) == 0,
         trouble.empty() ? "市级历史没有矛盾 the hub's history holds, as far as seen" : trouble);
  if (const auto said = acknowledged(history)) findings.push_back(*said);
  const auto held = store::held_back(*lease);
  add(held == 0, "暂缓采信 held back: " + std::to_string(held));
  return findings;
}

int only_one(const DoctorOptions& options) {
  const sync::SystemClock clock;
  auto replica = node::Replica::open(options.data, clock);
  if (!replica) {
    auto error = replica.error();
    if (error.code == Errc::data_dir_in_use) error.detail += ": stop it first";
    return refuse(error);
  }
  if (!(*replica)->cloned()) {
    return refuse(Errc::bad_usage, "no other machine was seen with this node's key");
  }
  if (auto done = (*replica)->go_on_alone(); !done) return refuse(done.error());
  print("本机继续工作，另一台请勿再启动。 This machine goes on; don't start the other one again.");
  return 0;
}

int drill(const DoctorOptions& options) {
  const sync::SystemClock clock;
  auto scratch = options.data;
  scratch += ".drill";
  auto done = [&] {
    ProgressLine progress("演练恢复 rehearsing a restore");
    progress.show(0, 0);
    return node::restore_drill(options.data, scratch, clock);
  }();
  if (!done) return refuse(done.error());
  if (options.json) {
    print_json({{"change_sets", done->backup.change_sets},
                {"bytes", done->backup.bytes},
                {"backup_ms", done->backup_ms},
                {"restore_ms", done->restore_ms},
                {"verify_ms", done->verify_ms},
                {"faults", done->faults}});
  } else {
    print("备份 backup: " + mebibytes(done->backup.bytes) + "，" + std::to_string(done->backup_ms) +
          " ms；恢复 restore: " + std::to_string(done->restore_ms) +
          " ms；核验 verify: " + std::to_string(done->verify_ms) + " ms，" +
          std::to_string(done->backup.change_sets) + " 个变更集");
    for (const auto& fault : done->faults) print(harmless(fault));
  }
  if (done->faults.empty()) return 0;
  return refuse(Errc::corrupt, "the rehearsed copy has faults: this node can't be backed up well");
}

}  // namespace

int backup(const BackupOptions& options) {
  const sync::SystemClock clock;
  const auto done = node::back_up(options.data, options.file, clock.now());
  if (!done) return refuse(done.error());
  if (auto noted = note_act(options.data, {.act = "backup", .what = options.file.string()});
      !noted) {
    return refuse(noted.error());
  }
  if (options.json) {
    print_json({{"file", options.file.string()},
                {"change_sets", done->change_sets},
                {"bytes", done->bytes}});
  } else {
    print("已备份 " + std::to_string(done->change_sets) + " 个变更集，" + mebibytes(done->bytes) +
          "。文件含本节点密钥，请妥善保管。 It holds this node's key: keep it safe.");
  }
  return 0;
}

namespace {

/// What was wrong with a backup that was taken all the same, and what becomes of it.
void tell_damage(const node::Damage& damage) {
  if (damage.found.empty()) return;
  if (damage.mended) {
    note(
        "备份已损坏：" + std::to_string(damage.found.size()) +
        " 处，均可由签名日志重建，已重建并核验通过。 The backup is damaged: what was wrong follows "
        "from the signed log, which is whole, and was made anew from it.");
    return;
  }
  print_faults(damage.found);
  note("备份已损坏：以上 " + std::to_string(damage.found.size()) +
       " 处照原样恢复，请按各项提示处理；其余可用。 The backup is damaged: what stands above was "
       "put back as it is, do what stands behind it; the rest can be used.");
}

}  // namespace

int restore(const RestoreOptions& options) {
  const sync::SystemClock clock;
  std::optional<crypto::SigningKey> root;
  if (!options.root.empty()) {
    auto loaded = node::load_key(options.root);
    if (!loaded) return refuse(loaded.error());
    root = std::move(*loaded);
  }
  node::Damage damage;
  const auto done = [&] {
    ProgressLine progress("核验备份 verifying the backup");
    return node::restore(
        options.file, options.data, clock,
        {.before = options.before,
         .root = root ? &*root : nullptr,
         .damage = options.damaged ? &damage : nullptr,
         .progress = [&](std::int64_t at, std::int64_t all) { progress.show(at, all); }});
  }();
  if (!done) {
    auto error = done.error();
    if (error.code == Errc::unauthorised && !root) {
      error.detail +=
          "; 口令遗失的市局中心请加 --root 根密钥 a hub whose passphrase is forgotten "
          "goes on with --root and the root key's file";
    }
    if (error.code == Errc::corrupt && !options.damaged) {
      error.detail +=
          "; 未恢复任何内容：请用另一份备份，别无备份时加 --damaged 取其可用部分 nothing was put "
          "back: take another backup, or, if there is none, --damaged for what this one has";
    }
    return refuse(error);
  }
  const auto& me = (*done)->identity();
  if (auto noted = note_act(options.data, {.act = "restore", .what = options.file.string()});
      !noted) {
    return refuse(noted.error());
  }
  if (options.json) {
    print_json({{"name", me.name},
                {"scope", me.scope},
                {"faults", to_json(damage.found)},
                {"mended", damage.mended}});
  } else {
    tell_damage(damage);
    print("已恢复 " + harmless(me.name) +
          "。旧机器请勿再启动；运行 linli sync 取回备份之后的数据。 "
          "Restored: don't start the old machine again; `linli sync` fetches what came later.");
  }
  return 0;
}

int doctor(const DoctorOptions& options) {
  if (options.only_one) return only_one(options);
  if (options.restore_drill) return drill(options);
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto findings = examine(options, **store);
  bool good = true, grave = false;
  Json items = Json::array();
  for (const auto& finding : findings) {
    good = good && finding.good;
    grave = grave || finding.grave;
    items.push_back({{"good", finding.good}, {"what", finding.what}});
    if (finding.noted) items.back()["acknowledged"] = true;
    if (!options.json) print((finding.noted ? "△ " : finding.good ? "✓ " : "✗ ") + finding.what);
  }
  if (options.json) print_json({{"good", good}, {"findings", items}});
  if (!grave) return 0;
  return refuse(Errc::corrupt, "有必须处理的问题，见上 something has to be dealt with: see above");
}

}  // namespace linli::app

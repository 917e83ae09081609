// doctor: what can be said of a node's health, and whether a restore would work.
#include <cstdlib>
#include <filesystem>

#include "crypto/key_file.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/faults.h"
#include "node/app/writer.h"
#include "node/audit.h"
#include "node/backup.h"
#include "node/blob_transfer.h"
#include "node/blobs.h"
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

/// Files that the index has and the disk hasn't.
std::optional<Finding> examine_attachments(store::Database& db, const fs::path& data) {
  const auto lost = node::lost_blobs(db, data);
  if (lost == 0) return std::nullopt;
  return Finding{std::to_string(lost) +
                     " 个附件的文件不在：节点运行时会重新取回 attachments whose files are gone: "
                     "the running node has them sent again",
                 false};
}

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

/// What the node that runs found when it last compared clocks; nothing: none runs, or it didn't.
std::optional<Json> compared_by_node(const fs::path& data) {
  const node::DataDir dir(data);
  const auto url = dir.serving();
  if (!url) return std::nullopt;
  node::HttpClient running(*url);
  running.set_bearer(dir.serving_token(), node::system_user());
  const auto answer = ask(running, "GET", "/api/v1/node");
  const auto told = answer ? Json::parse(*answer, nullptr, false) : Json();
  if (!told.is_object() || !told.contains("upstream")) return std::nullopt;
  const auto found =
      told["upstream"].is_object() ? told["upstream"].value("clock", Json()) : Json();
  return found.is_object() ? std::optional(found) : std::nullopt;
}

/// Two clocks are compared: this machine's with the newest time that the hub signed, which has
/// passed for sure; and, by the running node, with the upstream's as it last answered.
Finding examine_clock(const DoctorOptions& options, store::Database& db) {
  const auto now = sync::SystemClock().now();
  store::Log log(db);
  const auto own = store::own_author(db);
  // The receipts' times: at the hub its own, which its clock once showed.
  const auto signed_at = own ? log.time_by_others(*own, false) : sync::Micros{0};
  const auto shown = [](sync::Micros at) { return local_time(model::instant_text(at / 1000)); };
  if (signed_at > now + sync::kStampAheadMax) {
    return {"本机时钟慢了：现为 " + shown(now) + "，而市级中心已在 " + shown(signed_at) +
                " 签过回执；请校正时钟 this machine's clock is behind: the hub has signed a later "
                "time already; set the clock right",
            false, true};
  }
  const auto compared = compared_by_node(options.data);
  if (compared && compared->value("wrong", false)) {
    const auto ahead = compared->value("ahead_ms", std::int64_t{0}) / 1000;
    return {"本机时钟比上级" + std::string(ahead > 0 ? "快 " : "慢 ") +
                shown_period(std::chrono::seconds(std::abs(ahead))) +
                "，请校正 this machine's clock is " + (ahead > 0 ? "ahead of" : "behind") +
                " the upstream's: set it right",
            false, true};
  }
  if (compared) return {"时钟与上级一致 the clock agrees with the upstream's"};
  const auto known = signed_at == 0 ? std::string("尚无 none yet") : shown(signed_at);
  return {"时钟 clock: " + shown(now) + "，所知市级中心最近签署 the hub's newest word: " + known +
          "（运行中或同步时与上级比对 a running node compares it with the upstream's）"};
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
  findings.push_back(examine_clock(options, *lease));
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
  if (auto full = node::full_text(*lease); !full.empty()) add(false, std::move(full));
  if (auto lost = examine_attachments(*lease, options.data)) findings.push_back(std::move(*lost));
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
    return refuse(
        Errc::bad_usage,
        "没有发现别的机器使用本节点的密钥 no other machine was seen with this node's key");
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
                {"faults", to_json(done->faults)}});
  } else {
    print("备份 backup: " + mebibytes(done->backup.bytes) + "，" + std::to_string(done->backup_ms) +
          " ms；恢复 restore: " + std::to_string(done->restore_ms) +
          " ms；核验 verify: " + std::to_string(done->verify_ms) + " ms，" +
          std::to_string(done->backup.change_sets) + " 个变更集");
    print_faults(done->faults);
    if (const auto left_out = without_attachments(options.data); !left_out.empty()) print(left_out);
  }
  if (done->faults.empty()) return 0;
  return refuse(
      Errc::corrupt,
      "演练的副本有问题，本节点还不能妥善备份 the rehearsed copy has faults: this node can't "
      "be backed up well");
}

}  // namespace

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
  return end_badly(
      "体检发现必须处理的问题，请按上面标 ✗ 的各行处理。 Something was found that has to be dealt "
      "with: see the lines marked ✗ above.");
}

}  // namespace linli::app

// backup, restore: a copy in a safe place, and putting it back.
#include "node/backup.h"

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/faults.h"
#include "node/app/noted.h"
#include "node/passphrase.h"
#include "node/store/blobs.h"

namespace linli::app {

namespace {

std::string mebibytes(std::uintmax_t bytes) { return std::to_string((bytes >> 20) + 1) + " MiB"; }

/// After a restore: which are here, and where the others come from.
Json attachments_of(node::Replica& replica) {
  const auto lease = replica.store().read();
  const auto counts = store::blob_counts(*lease);
  return {{"here", counts.held}, {"missing", counts.missing}};
}

void tell_attachments(const Json& counts) {
  const auto here = counts.value("here", std::int64_t{0});
  const auto missing = counts.value("missing", std::int64_t{0});
  if (here + missing == 0) return;
  print("附件：本机已有 " + std::to_string(here) + " 个，缺 " + std::to_string(missing) +
        " 个；备份不含附件，所缺的由持有它们的节点在下次同步时送回或取回。 Attachments: " +
        std::to_string(here) + " here, " + std::to_string(missing) +
        " missing; a backup holds none, the nodes that have them bring them with the next "
        "exchanges.");
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
    if (const auto left_out = without_attachments(options.data); !left_out.empty()) print(left_out);
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
                {"attachments", attachments_of(**done)},
                {"faults", to_json(damage.found)},
                {"mended", damage.mended}});
  } else {
    tell_damage(damage);
    print("已恢复 " + harmless(me.name) +
          "。旧机器请勿再启动；运行 linli sync 取回备份之后的数据。 "
          "Restored: don't start the old machine again; `linli sync` fetches what came later.");
    tell_attachments(attachments_of(**done));
  }
  return 0;
}

}  // namespace linli::app

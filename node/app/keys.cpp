// keys show, passphrase set/change/remove, export-root: the secrets in a node's folder.
#include <optional>

#include "crypto/key_file.h"
#include "crypto/words.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/noted.h"
#include "node/data_dir.h"
#include "node/passphrase.h"
#include "node/tls_key.h"
#include "node/tls_shown.h"

namespace linli::app {
namespace {

namespace fs = std::filesystem;
using crypto::KeyFile;
using crypto::Passphrase;

fs::path file_of(const KeysOptions& options) {
  const node::DataDir dir(options.data);
  return options.root ? dir.root_key() : dir.node_key();
}

/// A new one: from a file, or typed twice.
Result<Passphrase> new_passphrase(const std::string& file) {
  auto chosen = [&]() -> Result<Passphrase> {
    if (!file.empty()) return node::passphrase_in(file);
    auto first = node::ask_passphrase("新口令 new passphrase: ");
    auto again = first ? node::ask_passphrase("再输入一次 once more: ") : std::nullopt;
    if (!first || !again) {
      return fail(
          Errc::bad_usage,
          "没有终端，请用 --new 文件 给出新口令 there is no terminal: name a file with --new FILE");
    }
    if (first->view() != again->view()) {
      return fail(Errc::bad_value, "两次输入不同 the two differ: nothing was changed");
    }
    return std::move(*first);
  }();
  if (!chosen) return chosen;
  if (auto fits = chosen->check(); !fits) return fail(fits.error());
  return chosen;
}

int done(const KeysOptions& options, const fs::path& file, bool sealed) {
  if (options.json) {
    print_json({{"file", file.string()}, {"sealed", sealed}});
  } else if (sealed) {
    print("已由口令保护 sealed: " + file.string());
    print("口令遗失则密钥无法恢复，请另行妥善保管。 Without the passphrase the key is lost.");
  } else {
    print("已去掉口令 no passphrase any more: " + file.string());
  }
  return 0;
}

/// What lies under the same passphrase as the node's key. `before`: the one they were under.
Result<void> reseal_others(const KeysOptions& options, const Passphrase* before,
                           const Passphrase* passphrase) {
  const node::DataDir dir(options.data);
  if (options.root) return {};
  for (const auto& file :
       {node::tls_key_file(dir), dir.next_key(), dir.old_key(), node::TlsFiles(dir).given_wrap()}) {
    std::error_code ec;
    if (!fs::exists(file, ec)) continue;
    const auto held = before ? KeyFile::read(file, before) : node::open_key_file(file);
    if (!held) return fail(held.error());
    if (auto put = held->replace(file, passphrase); !put) return put;
  }
  return passphrase ? node::wrap_given_key(dir, *passphrase) : Result<void>{};
}

/// Into the audit log; a folder that isn't a node yet has none.
Result<void> note_at_node(const Common& options, const std::string& act, const std::string& what) {
  if (!node::DataDir(options.data).check()) return {};
  return note_act(options.data, {.act = act, .what = what});
}

int reseal(const KeysOptions& options, bool was_sealed, bool to_seal) {
  const auto file = file_of(options);
  const auto sealed = KeyFile::is_sealed(file);
  if (!sealed) return refuse(sealed.error());
  if (*sealed != was_sealed) {
    return refuse(
        Errc::bad_usage,
        *sealed ? "已有口令，请用 change 更换 " + file.string() + " has a passphrase: `change` it"
                : "尚无口令，请用 set 设置 " + file.string() + " has no passphrase: `set` one");
  }
  std::optional<Passphrase> before, passphrase;
  if (*sealed) {
    auto given = node::passphrase_of(file);
    if (!given) return refuse(given.error());
    before = std::move(*given);
  }
  const auto held = KeyFile::read(file, before ? &*before : nullptr);
  if (!held) return refuse(held.error());
  if (to_seal) {
    auto chosen = new_passphrase(options.new_file);
    if (!chosen) return refuse(chosen.error());
    passphrase = std::move(*chosen);
  }
  const auto* seal = passphrase ? &*passphrase : nullptr;
  // The node's own last: if something fails before, the same command can be given again.
  if (auto put = reseal_others(options, before ? &*before : nullptr, seal); !put)
    return refuse(put.error());
  if (auto put = held->replace(file, seal); !put) return refuse(put.error());
  const auto* what = !to_seal ? "removed" : was_sealed ? "changed" : "set";
  if (auto noted = note_at_node(options, "passphrase", file.filename().string() + ": " + what);
      !noted) {
    return refuse(noted.error());
  }
  return done(options, file, to_seal);
}

}  // namespace

int set_passphrase(const KeysOptions& options) { return reseal(options, false, true); }
int change_passphrase(const KeysOptions& options) { return reseal(options, true, true); }
int remove_passphrase(const KeysOptions& options) { return reseal(options, true, false); }

int show_keys(const KeysOptions& options) {
  const auto file = file_of(options);
  const auto sealed = KeyFile::is_sealed(file);
  if (!sealed) return refuse(sealed.error());
  const auto key = node::load_key(file);
  if (!key) return refuse(key.error());
  const auto words = crypto::Words::of_key(key->public_key());
  if (options.json) {
    print_json({{"file", file.string()},
                {"sealed", *sealed},
                {"public_key", crypto::to_hex(key->public_key().view())},
                {"words", {{"zh", words.zh()}, {"en", words.en()}}}});
    return 0;
  }
  print(file.string() + (*sealed ? "（有口令 sealed）" : "（无口令 not sealed）"));
  print("    " + words.zh());
  print("    " + words.en());
  return 0;
}

int export_root(const ExportRootOptions& options) {
  const auto file = node::DataDir(options.data).root_key();
  std::error_code ec;
  if (!fs::exists(file, ec)) {
    return refuse(Errc::not_found,
                  "根密钥不在此目录，已移走，或本机不是中心 the root key isn't in " +
                      options.data.string() + ": it was moved away already, or this isn't the hub");
  }
  const auto held = node::open_key_file(file);
  if (!held) return refuse(held.error());
  const auto passphrase = new_passphrase(options.new_file);
  if (!passphrase) return refuse(passphrase.error());
  if (auto made = held->create(options.out, &*passphrase); !made) {
    return refuse(made.error());
  }
  if (auto noted = note_at_node(options, "export-root",
                                options.out.string() + (options.keep ? ", kept here too" : ""));
      !noted) {
    return refuse(noted.error());
  }
  if (!options.keep) {
    if (auto gone = KeyFile::remove(file); !gone) return refuse(gone.error());
  }
  if (options.json) {
    print_json({{"file", options.out.string()}, {"kept", options.keep}});
    return 0;
  }
  print("市根密钥已由口令保护并写入 " + options.out.string() + "，请离线保存两份。");
  print(options.keep
            ? "本机仍留有一份，请尽快移走。 It is still here as well."
            : "本机不再留有根密钥，中心照常工作。 It is gone from here; the hub works on.");
  return 0;
}

}  // namespace linli::app

// keys rotate, nodes renew: another key, or a later end, for a node that stays who it is.
#include "crypto/key_file.h"
#include "crypto/words.h"
#include "node/app/commands.h"
#include "node/app/letters.h"
#include "node/app/noted.h"
#include "node/app/typed_passphrase.h"
#include "node/app/writer.h"
#include "node/hub_key.h"
#include "node/lost_key.h"
#include "node/passphrase.h"
#include "node/renewal.h"
#include "node/store/reading.h"
#include "node/upstream.h"

namespace linli::app {
namespace {

void say_not_to_start() {
  print("申请已写出，交根密钥保管人签发（linli keys issue）。拿到答复前不要启动本节点。");
  print("The request is written, for the root key's keeper (`linli keys issue`). Don't start this");
  print("node until the answer is here: what it would sign meanwhile counts nowhere.");
}

int said(const RotateOptions& options, node::Replica& replica, bool done) {
  const auto end = node::certificate_json(replica);
  const auto words = crypto::Words::of_key(replica.key().public_key());
  if (options.json) {
    print_json({{"rotated", done},
                {"public_key", crypto::to_hex(replica.key().public_key().view())},
                {"certificate", end}});
    return 0;
  }
  if (!done && options.stolen) {
    say_not_to_start();
    return 0;
  }
  if (!done) {
    print("新密钥已备好，证书到达后自动启用；在此之前照常使用旧密钥工作。");
    print("The new key is ready, and in use once its certificate comes; work goes on until then.");
    return 0;
  }
  print("已启用新密钥 the new key is in use: " + words.zh());
  print("以前的备份含旧密钥，已不能用来恢复，请立即重新备份 linli backup。");
  print("Earlier backups hold the key before: make a new one now.");
  print("旧密钥文件 node.key.old 只用于打开途中的数据包，之后可 linli keys rotate --forget-old。");
  return 0;
}

int forget_old(const RotateOptions& options) {
  const node::DataDir dir(options.data);
  std::error_code ec;
  Json gone = Json::array();
  for (const auto& file : {dir.old_key(), node::lost_key(dir)}) {
    if (!std::filesystem::exists(file, ec)) continue;
    if (auto removed = crypto::KeyFile::remove(file); !removed) return refuse(removed.error());
    gone.push_back(file.string());
  }
  if (gone.empty()) {
    return refuse(Errc::not_found,
                  "没有先前的密钥 there is no key before in " + options.data.string());
  }
  if (options.json) {
    print_json({{"forgotten", gone.front()}});
  } else {
    for (const auto& file : gone) print("已销毁旧密钥文件 wiped: " + file.get<std::string>());
  }
  return 0;
}

constexpr std::size_t kAnswerBytesMax = 1u << 20;  ///< A certificate, and the end of a key.

Result<void> rotate_hub(const RotateOptions& options, node::Replica& replica) {
  if (!options.certificate.empty()) {
    const auto certificate = read_file(options.certificate, kAnswerBytesMax);
    if (!certificate) return fail(certificate.error());
    return node::take_hub_key(replica, *certificate);
  }
  if (!options.request.empty()) {
    const auto request = node::ask_for_hub_key(replica, options.stolen);
    if (!request) return fail(request.error());
    return write_letter(options.request, *request);
  }
  if (options.root.empty()) {
    return fail(
        Errc::bad_usage,
        "只有根密钥能为中心签发：--root 文件；或 --request 写出申请，由根密钥保管人签发 only "
        "a root key signs for the hub: name its file with --root, or write a request for "
        "its keeper with --request");
  }
  const auto root = node::load_key(options.root);
  if (!root) return fail(root.error());
  return node::replace_hub_key(replica, *root, options.stolen);
}

Result<void> rotate_by_file(const RotateOptions& options, node::Replica& replica) {
  const auto request = node::ask_for_renewal(replica, true);
  if (!request) return fail(request.error());
  return write_letter(options.request, *request);
}

Result<void> rotate_on_line(node::Replica& replica) {
  const auto url = node::upstream(replica);
  if (!url) {
    return fail(Errc::not_found,
                "本节点没有可询问的上级 this node has no upstream to ask: write a request with "
                "--request FILE");
  }
  node::HttpClient client(*url);
  return node::renew_over(replica, client, true);
}

/// By its name or the beginning of its id.
Result<crypto::AuthorId> node_named(store::Store& store, const std::string& name) {
  std::optional<std::string> found;
  const auto nodes = store::list_nodes(store);
  for (const auto& node : nodes["items"]) {
    const auto author = node.value("author", "");
    const bool called = node.value("name", "") == name && node["replaced_by"].is_null();
    if (!called && !(name.size() >= 6 && author.starts_with(name))) continue;
    if (found)
      return fail(Errc::bad_usage,
                  "不止一个节点叫这个名称，请用编号 several nodes are called so: give the id");
    found = author;
  }
  if (!found) return fail(Errc::not_found, "没有叫这个名称的节点 no node is called " + name);
  return crypto::AuthorId::of(*crypto::from_hex(*found));
}

}  // namespace

namespace {

/// The key in use is lost, or its passphrase is: the root key ends it all the same. True: another
/// one is in use now.
Result<bool> rotate_lost(const RotateOptions& options, const sync::WallClock& clock) {
  const node::DataDir dir(options.data);
  if (!options.request.empty()) {
    const auto request = node::ask_for_lost_key(dir, clock);
    if (!request) return fail(request.error());
    if (auto kept = write_letter(options.request, *request); !kept) return fail(kept.error());
    return false;
  }
  if (!options.certificate.empty()) {
    const auto answer = read_file(options.certificate, kAnswerBytesMax);
    if (!answer) return fail(answer.error());
    if (auto done = node::take_for_lost_key(dir, *answer, clock); !done) return fail(done.error());
    return true;
  }
  const auto root = node::load_key(options.root);
  if (!root) return fail(root.error());
  if (auto done = node::replace_lost_key(dir, *root, clock); !done) return fail(done.error());
  return true;
}

/// Is it the key that keeps the folder shut?
bool key_is_lost(const RotateOptions& options) {
  const bool asks = options.stolen && !(options.root.empty() && options.request.empty());
  if (!asks && options.certificate.empty()) return false;
  const node::DataDir dir(options.data);
  return dir.check().has_value() && !dir.serving() && !node::load_key(dir.node_key());
}

/// Without the key in use. The new one can't be shown where none is in use yet.
int rotate_lost_key(const RotateOptions& options, const sync::WallClock& clock) {
  const auto rotated = rotate_lost(options, clock);
  if (!rotated) return refuse(rotated.error());
  if (!*rotated) {
    if (options.json) {
      print_json({{"rotated", false}, {"file", options.request}});
    } else {
      say_not_to_start();
    }
    return 0;
  }
  const auto replica = node::Replica::open(options.data, clock);
  if (!replica) return refuse(replica.error());
  const Noted act{.act = "rotate",
                  .what = crypto::to_hex((*replica)->key().public_key().view()),
                  .why = "lost"};
  if (auto noted = note_act(options.data, act); !noted) return refuse(noted.error());
  return said(options, **replica, true);
}

}  // namespace

int rotate_key(const RotateOptions& options) {
  if (options.forget_old) return forget_old(options);
  if (options.stolen && options.root.empty() && options.request.empty()) {
    return refuse(
        Errc::bad_usage,
        "--stolen 用于市局中心：根密钥在本机用 --root 文件，根密钥在别处用 --request 写出申请；其他"
        "节点密钥失窃请上级 linli revoke 后重新接入 --stolen is for the hub, with --root FILE, or "
        "with --request FILE where the root key is elsewhere; any other node whose key is stolen "
        "is "
        "revoked by who enrolled it, and joins anew");
  }
  if ((!options.request.empty()) + (!options.certificate.empty()) + (!options.root.empty()) > 1) {
    return refuse(Errc::bad_usage,
                  "只能用其中一个选项 --request, --certificate and --root: one of them");
  }
  // The key in use is opened and the new one sealed under it. A root key may have another one.
  std::optional<TypedPassphrase> typed;
  if (options.root.empty()) typed.emplace(node::DataDir(options.data).node_key());
  const sync::SystemClock clock;
  if (key_is_lost(options)) return rotate_lost_key(options, clock);
  auto replica = node::Replica::open(options.data, clock);
  if (!replica) {
    auto error = replica.error();
    if (error.code == Errc::data_dir_in_use) error.detail += ": stop the node first";
    return refuse(error);
  }
  const bool hub = (*replica)->identity().role == crypto::Role::hub;
  if (options.stolen && !hub) {
    return refuse(Errc::forbidden,
                  "本节点不是市局中心：请上级 linli revoke 后重新接入 this isn't the hub: have the "
                  "key revoked by who enrolled it, and join anew");
  }
  const auto before = (*replica)->key().public_key();
  const auto done = hub                        ? rotate_hub(options, **replica)
                    : !options.request.empty() ? rotate_by_file(options, **replica)
                                               : rotate_on_line(**replica);
  if (!done) {
    auto error = done.error();
    if ((*replica)->has_next_key() && !hub) {
      error.detail +=
          "；新密钥已保留，下次同步会再申请 the new key is kept, and asked for again with the next "
          "sync";
    }
    return refuse(error);
  }
  const bool rotated = (*replica)->key().public_key() != before;
  const Noted act{.act = "rotate",
                  .what = crypto::to_hex((*replica)->key().public_key().view()),
                  .why = options.stolen ? "stolen" : ""};
  if (auto noted = note_act(options.data, act); !noted) return refuse(noted.error());
  return said(options, **replica, rotated);
}

int renew_node(const RenewOptions& options) {
  if (options.node.empty() == options.request.empty()) {
    return refuse(Errc::bad_usage,
                  "请指定节点，或用 --request 指定文件 name a node, or a file with --request");
  }
  const sync::SystemClock clock;
  auto reader = open_to_read(options.data);
  if (!reader) return refuse(reader.error());
  std::optional<crypto::AuthorId> author;
  std::string request;
  if (options.request.empty()) {
    const auto named = node_named(**reader, options.node);
    if (!named) return refuse(named.error());
    author = *named;
  } else {
    auto letter = read_letter(options.request);
    if (!letter) return refuse(letter.error());
    request = std::move(*letter);
  }
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  if (door->replica) {
    if (author) {
      const auto done = node::renew_node(*door->replica, *author);
      if (!done) return refuse(done.error());
    } else if (const auto done = node::answer_renewal(*door->replica, request); !done) {
      return refuse(done.error());
    }
    const auto what = author ? crypto::to_hex(author->view()) : options.request;
    if (auto noted = note_act(options.data, {.act = "renew", .what = what}); !noted) {
      return refuse(noted.error());
    }
  } else {
    const auto path = author ? "/api/v1/nodes/" + crypto::to_hex(author->view()) + "/renew"
                             : std::string("/api/v1/enrol/renew");
    const auto answer = author
                            ? ask(*door->node, "POST", path, "{}", "application/json")
                            : ask(*door->node, "POST", path, request, "application/vnd.linli+cbor");
    if (!answer) return refuse(answer.error());
  }
  if (options.json) {
    print_json({{"renewed", author ? Json(crypto::to_hex(author->view())) : Json(nullptr)}});
  } else {
    print("已续签，随下次同步送达该节点。 Renewed: it gets there with its next sync or bundle.");
  }
  return 0;
}

}  // namespace linli::app

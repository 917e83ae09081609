// At the newcomer: an invite becomes a node, also when the first answer to it is lost on the way.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fstream>

#include "node/enrolment.h"
#include "node/http_client.h"
#include "node/model/record.h"
#include "node/moving_in.h"
#include "node/passphrase.h"
#include "node/store/store.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;

/// In it stands which invite the folder's key has asked with: the secret's hash.
fs::path asked_file(const DataDir& dir) { return dir.root() / "joining-invite"; }

std::string mark_of(const Invite& invite) {
  return crypto::to_hex(crypto::hash({invite.secret.view()}).view());
}

/// The invite that this folder asked with before it became a node; empty: none.
std::string asked_with(const DataDir& dir) {
  std::ifstream in(asked_file(dir));
  std::string mark;
  in >> mark;
  return mark;
}

Result<void> keep_mark(const DataDir& dir, const Invite& invite) {
  const auto file = asked_file(dir);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto mark = mark_of(invite) + "\n";
  const bool written = fd >= 0 &&
                       ::write(fd, mark.data(), mark.size()) == static_cast<ssize_t>(mark.size()) &&
                       ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return written ? Result<void>()
                 : fail(Errc::io, "写不进，请检查空间、路径与权限 can't write " + file.string());
}

void forget_mark(const DataDir& dir) {
  std::error_code ec;
  fs::remove(asked_file(dir), ec);
}

struct Newcomer {
  crypto::SigningKey key;
  Hash tls_key{};
};

/// The key that this invite was shown with before, or a new one.
Result<Newcomer> newcomer(const DataDir& dir, const Invite& invite, bool again) {
  if (again) {
    auto key = load_key(dir.node_key());
    if (!key) return fail(key.error());
    const auto tls = tls_key_of(dir);
    if (!tls) return fail(tls.error());
    return Newcomer{std::move(*key), tls->hash()};
  }
  if (auto made = dir.create(); !made) return fail(made.error());
  if (auto kept = keep_mark(dir, invite); !kept) return fail(kept.error());
  auto key = crypto::SigningKey::generate();
  if (auto saved = key.save(dir.node_key()); !saved) return fail(saved.error());
  const auto tls = make_tls_key(dir);
  if (!tls) return fail(tls.error());
  return Newcomer{std::move(key), tls->hash()};
}

/// What a refusal is called; empty: it isn't one of ours.
std::string code_of(const HttpAnswer& answer) {
  const auto problem = Json::parse(answer.body, nullptr, false);
  return problem.is_object() ? problem.value("code", "") : "";
}

bool says_expired(const HttpAnswer& answer) {
  return answer.status == 410 || code_of(answer) == info(Errc::expired).name;
}

/// The inviter's own word that this key doesn't have the place, and so never will.
bool is_refusal(const HttpAnswer& answer) {
  return (answer.status == 401 || says_expired(answer)) && !code_of(answer).empty();
}

Error error_of(const HttpAnswer& answer) {
  const auto problem = Json::parse(answer.body, nullptr, false);
  const auto detail = problem.is_object() ? problem.value("detail", "") : "";
  return {says_expired(answer) ? Errc::expired : Errc::unauthorised,
          detail.empty() ? "it answered " + std::to_string(answer.status) : detail,
          {}};
}

/// Is it a certificate for us, by the node that the invite names? That node may have another one by
/// now, or another key: what the pinned root vouches for, and its earlier keys, speaks for it.
Result<MemberProof> check(const EnrolAnswer& enrolled, const Invite& invite,
                          const EnrolRequest& request, const std::string& hub) {
  auto book = crypto::CertificateBook::found(enrolled.root);
  if (!book || book->city() != invite.city) {
    return fail(Errc::stranger, "应答的不是这份邀请所属的城市 what answered at " + hub +
                                    " isn't the city of this invite");
  }
  Hash own{};
  for (const auto& bytes : enrolled.chain) {
    const auto added = book->add(bytes);
    if (!added) return fail(Errc::stranger, describe(added.error()));
    own = *added;
  }
  const auto* certificate = book->find(own);
  const auto* named = book->find(invite.inviter);
  const auto* issuer = book->find(certificate->issuer);
  if (!named || !issuer || issuer->subject != named->subject ||
      certificate->signing_key != request.signing_key) {
    return fail(
        Errc::stranger,
        "证书不是邀请中所写的节点签发的 the certificate isn't from the node that the invite names");
  }
  if (certificate->tls_key != request.tls_key) {
    return fail(Errc::stranger,
                "证书写的是别的 TLS 密钥，不是本节点的 the certificate names another TLS key than "
                "this node's");
  }
  return MemberProof{enrolled.root, enrolled.chain};
}

/// What came of asking. Without `lost`, an error is the last word: the place isn't this key's.
struct Asked {
  Result<MemberProof> proof;
  bool lost = false;
};

Asked ask_for_place(const Newcomer& me, const Invite& invite, const std::string& hub,
                    const Post& ask) {
  EnrolRequest request{invite.secret, me.key.public_key(), me.key.sealing_key(), me.tls_key};
  auto answer = ask(request.encode(me.key));
  if (answer && answer->status == 400) {
    // Of a version that knows no TLS keys; it looked at nothing yet.
    request.tls_key = {};
    answer = ask(request.encode(me.key));
  }
  if (!answer) return {fail(answer.error()), answer.error().code != Errc::wrong_key};
  if (answer->status != 200) return {fail(error_of(*answer)), !is_refusal(*answer)};
  const auto enrolled = EnrolAnswer::decode(answer->body);
  if (!enrolled) return {fail(enrolled.error()), true};
  auto proof = check(*enrolled, invite, request, hub);
  const bool lost = !proof.has_value();
  return {std::move(proof), lost};
}

}  // namespace

Result<void> join(const fs::path& path, const Invite& invite, const std::string& url,
                  const sync::WallClock& clock) {
  const auto hub = url.empty() ? invite.url : url;
  if (hub.empty()) {
    return fail(Errc::bad_usage,
                "邀请里没有地址，请用 --hub 写明 the invite names no address: give one with --hub "
                "http://…");
  }
  HttpClient client(hub);
  if (client.is_https()) {
    // The invite's secret goes over this line: nobody else may answer it.
    if (invite.tls_key.is_zero()) {
      return fail(
          Errc::bad_usage,
          "邀请里没有对方的 TLS 密钥，请让上级重新发一份邀请 the invite doesn't name the other "
          "side's TLS key: ask for a new one, or use http://");
    }
    client.pin(invite.tls_key);
  }
  const Post ask = [&client](const std::string& body) {
    return client.send("POST", "/api/v1/enrol", body, "application/vnd.linli+cbor");
  };
  return join(path, invite, hub, ask, clock);
}

Result<void> join(const fs::path& path, const Invite& invite, const std::string& hub,
                  const Post& ask, const sync::WallClock& clock) {
  const DataDir dir(path);
  const auto before = asked_with(dir);
  if (!before.empty() && has_moved_in(dir)) {
    if (before == mark_of(invite)) return forget_mark(dir), Result<void>();
    return fail(Errc::bad_usage, "此目录已有节点，请另选空目录 " + path.string() +
                                     " holds a node already: choose an empty folder");
  }
  std::error_code ec;
  const bool again = before == mark_of(invite) && fs::exists(dir.node_key(), ec);
  // Whether it has ended, the inviter says, by its own clock: ours may be a year ahead.
  if (!again && invite.expires < clock.now()) {
    spdlog::warn(
        "by this machine's clock ({}) the invite ended at {}: the other side decides; "
        "if it is a new one, set this clock right",
        model::instant_text(clock.now() / 1000), model::instant_text(invite.expires / 1000));
  }
  if (!before.empty()) {
    if (!again) discard(dir);                        // Another invite is for another key.
    if (again) store::remove_files(dir.database());  // What a power cut left half made.
  }
  const auto me = newcomer(dir, invite, again);
  if (!me) {
    if (!again && asked_with(dir) == mark_of(invite)) discard(dir);
    return fail(me.error());
  }
  auto asked = ask_for_place(*me, invite, hub, ask);
  if (!asked.proof) {
    auto error = asked.proof.error();
    // A key that asked before may have the place, whatever the line says now.
    if (!asked.lost && !(again && error.code == Errc::wrong_key)) {
      discard(dir);
    } else {
      error.detail += "；密钥已留在 " + path.string() +
                      "，稍后用同一邀请再运行一次 the key is kept: run it again with this invite";
    }
    return fail(error);
  }
  if (auto moved = move_in(dir, *asked.proof, hub, clock.now()); !moved) {
    store::remove_files(dir.database());
    return moved;
  }
  forget_mark(dir);
  return {};
}

}  // namespace linli::node

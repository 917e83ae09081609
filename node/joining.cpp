#include "node/joining.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "crypto/cbor.h"
#include "node/model/json.h"
#include "node/names.h"
#include "node/passphrase.h"
#include "node/store/store.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWireType = "application/vnd.linli+cbor";

fs::path joining_file(const DataDir& dir) { return dir.root() / "joining"; }

/// Whole or not at all, also after a power cut.
Result<void> keep(const DataDir& dir, const Joining& joining) {
  cbor::Writer w;
  w.array(2);
  w.bytes(joining.request);
  w.text(joining.url);
  const auto file = joining_file(dir);
  auto part = file;
  part += ".new";
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto& bytes = w.view();
  const bool written =
      fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      ::fsync(fd) == 0;
  const int why = errno;
  if (fd >= 0) ::close(fd);
  std::error_code ec;
  if (written) fs::rename(part, file, ec);
  if (written && !ec) return {};
  fs::remove(part, ec);
  return fail(why == ENOSPC ? Errc::disk_full : Errc::io,
              "can't write " + file.string() + ": " + std::strerror(why));
}

std::string make_request(const crypto::SigningKey& key, const crypto::TlsKey& tls,
                         const std::string& name, const std::optional<Issuer>& to,
                         sync::Micros now) {
  const JoinRequest request{key.public_key(), key.sealing_key(), name, now, now + kRequestValid, to,
                            tls.hash()};
  return request.encode(key);
}

/// Would the same answer do for what is asked now?
bool still_asks(const Joining& before, const std::string& name, const std::optional<Issuer>& to,
                sync::Micros now) {
  const auto request = JoinRequest::decode(before.request);
  if (!name.empty() && request && request->name != name) return false;
  return request && request->expires > now && request->made <= now && request->to == to;
}

}  // namespace

std::optional<Joining> joining(const fs::path& path) {
  std::ifstream in(joining_file(DataDir(path)), std::ios::binary);
  if (!in) return std::nullopt;
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  cbor::Reader r(bytes);
  if (r.array() != 2) return std::nullopt;
  const auto request = r.bytes();
  const auto url = r.text();
  if (!r.finish()) return std::nullopt;
  return Joining{std::string(request), std::string(url)};
}

Result<Joining> ask_to_join(const fs::path& path, const std::string& name, const std::string& url,
                            const std::optional<Issuer>& to, const sync::WallClock& clock) {
  if (!name.empty()) {
    if (auto good = check_name(name); !good) return fail(good.error());
  }
  const DataDir dir(path);
  const auto now = clock.now();
  if (auto before = joining(path)) {
    if (has_moved_in(dir))
      return fail(Errc::bad_usage, "此目录已有节点，请另选空目录 " + path.string() +
                                       " holds a node already: choose an empty folder");
    if (still_asks(*before, name, to, now)) {
      if (url.empty() || url == before->url) return std::move(*before);
      before->url = url;
      if (auto kept = keep(dir, *before); !kept) return fail(kept.error());
      return std::move(*before);
    }
    const auto key = load_key(dir.node_key());
    if (!key) return fail(key.error());
    const auto tls = tls_key_of(dir);
    if (!tls) return fail(tls.error());
    const auto old = JoinRequest::decode(before->request);
    const auto called = name.empty() && old ? old->name : name;
    const Joining again{make_request(*key, *tls, called, to, now), url};
    if (auto kept = keep(dir, again); !kept) return fail(kept.error());
    return again;
  }
  if (auto made = dir.create(); !made) return fail(made.error());
  const auto key = crypto::SigningKey::generate();
  const auto run = [&]() -> Result<Joining> {
    if (auto kept = key.save(dir.node_key()); !kept) return fail(kept.error());
    const auto tls = make_tls_key(dir);
    if (!tls) return fail(tls.error());
    Joining asked{make_request(key, *tls, name, to, now), url};
    if (auto kept = keep(dir, asked); !kept) return fail(kept.error());
    return asked;
  };
  auto asked = run();
  if (!asked) discard(dir);
  return asked;
}

Result<Admitted> check_answer(const fs::path& path, std::string_view admission,
                              const sync::WallClock& clock) {
  const auto asked = joining(path);
  if (!asked) {
    return fail(Errc::not_found, "此目录尚未申请接入，请先运行 linli join --request " +
                                     path.string() +
                                     " hasn't asked to join: `linli join --request`");
  }
  auto admitted = read_admission(admission, asked->request, clock.now());
  if (!admitted) return admitted;
  const auto key = load_key(DataDir(path).node_key());
  if (!key) return fail(key.error());
  if (key->public_key() != admitted->certificate.signing_key) {
    return fail(Errc::wrong_recipient,
                "此目录中的密钥不是申请时的那一个 the key in this folder isn't the one that asked");
  }
  return admitted;
}

Result<void> accept_answer(const fs::path& path, const Admitted& admitted, const std::string& url,
                           const sync::WallClock& clock) {
  const DataDir dir(path);
  if (!has_moved_in(dir)) {
    std::error_code none;
    if (fs::exists(dir.root() / "mark", none)) {
      return fail(Errc::bad_usage, "此目录已有节点，请另选空目录 " + path.string() +
                                       " holds a node already: choose an empty folder");
    }
    store::remove_files(dir.database());  // What a power cut left half made: it never was opened.
    if (auto moved = move_in(dir, admitted.proof, url, clock.now()); !moved) {
      store::remove_files(dir.database());
      return moved;
    }
  }
  std::error_code ec;
  fs::remove(joining_file(dir), ec);
  return {};
}

bool is_joined_by(const fs::path& path, std::string_view admission) {
  const DataDir dir(path);
  const auto body = crypto::SignedBody::decode(admission);
  if (!body || !dir.check()) return false;
  auto store = store::Store::open(dir.database(), store::Access::read);
  if (!store) return false;
  auto lease = (*store)->read();
  const auto own = store::Log(*lease).meta("certificate");
  const auto named = certificate_in(body->body);
  return own && named && *own == named->view();
}

Result<std::optional<std::string>> ask_once(HttpClient& hub, const std::string& request) {
  auto answer = hub.send("POST", "/api/v1/enrol/ask", request, kWireType);
  if (!answer) return fail(answer.error());
  if (answer->status == 202) return std::optional<std::string>{};
  if (answer->status == 200) return std::optional(std::move(answer->body));
  const auto problem = model::Json::parse(answer->body, nullptr, false);
  const auto code = problem.is_object() ? problem.value("code", "") : "";
  const auto detail = problem.is_object() ? problem.value("detail", "") : "";
  for (const auto& row : errc_table()) {
    if (row.name == code) return fail(row.code, detail);
  }
  return fail(Errc::unauthorised, "对方答复 it answered " + std::to_string(answer->status));
}

}  // namespace linli::node

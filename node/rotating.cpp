// A node's signing key, and the one that takes its place: which is in use, where they lie, and the
// word that ends the one before (sync/revocation.h).
//
// The key in use is that of the certificate in use, whatever the files are called: the database
// says which that is, and the files are named after it once it is durable. So a crash at any moment
// leaves both keys in the folder, and one of them is the right one.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "crypto/cbor.h"
#include "node/intake.h"
#include "node/lost_key.h"
#include "node/passphrase.h"
#include "node/store/store.h"

namespace linli::node {

namespace fs = std::filesystem;

namespace {

bool is_there(const fs::path& file) {
  std::error_code ec;
  return fs::exists(file, ec);
}

Result<void> make_names_stay(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) return fail(Errc::io, "文件夹写不到磁盘 can't sync the folder " + folder.string());
  return {};
}

constexpr const char* kRotated = "密钥按计划更换 planned change of key";

}  // namespace

const crypto::SigningKey* Replica::held_key(const crypto::PublicKey& key) const {
  for (const auto& held : keys_)
    if (held->public_key() == key) return held.get();
  return nullptr;
}

Result<void> Replica::load_keys() {
  const bool lost = WithoutKey::here();
  if (lost) {
    keys_.push_back(std::make_unique<const crypto::SigningKey>(crypto::SigningKey::generate()));
  }
  // Between two renames of a key's change there may be no node.key.
  const bool only_next = !is_there(dir_.node_key()) && is_there(dir_.next_key());
  for (const auto& file : {dir_.node_key(), dir_.next_key()}) {
    const bool expected = file == dir_.node_key() && !lost ? !only_next : is_there(file);
    if (!expected) continue;
    auto key = load_key(file);
    if (!key) return fail(key.error());
    keys_.push_back(std::make_unique<const crypto::SigningKey>(std::move(*key)));
    if (file == dir_.next_key()) next_key_ = keys_.back().get();
  }
  return {};
}

bool Replica::has_next_key() const { return next_key_.load() != nullptr; }

Result<const crypto::SigningKey*> Replica::next_key() {
  auto made = write([this]() -> Result<void> {
    if (next_key_.load()) return {};
    const auto file = dir_.next_key();
    // Sealed like the one in use.
    // Where it is lost (lost_key.h) there is none to be like.
    const auto sealed = is_there(dir_.node_key()) ? crypto::KeyFile::is_sealed(dir_.node_key())
                                                  : Result<bool>(false);
    if (!sealed) return fail(sealed.error());
    auto key = crypto::SigningKey::generate();
    if (*sealed) {
      if (auto kept = save_sealed_like(key, dir_.node_key(), file); !kept) return kept;
    } else if (auto kept = key.save(file); !kept) {
      return kept;
    }
    keys_.push_back(std::make_unique<const crypto::SigningKey>(std::move(key)));
    next_key_ = keys_.back().get();
    return {};
  });
  if (!made) return fail(made.error());
  return next_key_.load();
}

Result<const crypto::SigningKey*> Replica::key_of(const crypto::PublicKey& wanted) {
  const crypto::SigningKey* found = nullptr;
  auto looked = write([&, this]() -> Result<void> {
    found = held_key(wanted);
    if (found || !is_there(dir_.old_key())) return {};
    auto old = load_key(dir_.old_key());
    if (!old) return fail(old.error());
    keys_.push_back(std::make_unique<const crypto::SigningKey>(std::move(*old)));
    found = held_key(wanted);
    return {};
  });
  if (!looked) return fail(looked.error());
  if (!found)
    return fail(Errc::not_found, "那把密钥已不在此目录 that key isn't in this folder any more");
  return found;
}

/// After the commit that took the next key into use: the files are called what they are.
Result<void> Replica::settle_key_files() {
  const auto* next = next_key_.load();
  if (!next || identity().key != next) return {};
  std::error_code ec;
  if (is_there(dir_.node_key())) fs::rename(dir_.node_key(), dir_.old_key(), ec);
  if (!ec) fs::rename(dir_.next_key(), dir_.node_key(), ec);
  if (ec)
    return fail(Errc::io,
                "密钥文件改不了名，请检查权限 can't rename the key files: " + ec.message());
  next_key_ = nullptr;
  return make_names_stay(dir_.root());
}

/// What a key of ours signed, to the last set that is here.
sync::Revocation Replica::end_of_own_key(const crypto::PublicKey& key, const std::string& reason) {
  auto& log = store_->log();
  sync::Revocation end{.city = identity().city,
                       .certificate = identity().certificate,
                       .key = key,
                       .cuts = {},
                       .reason = reason,
                       .time = clock_.now()};
  auto feeds = log.feeds_of(identity().author);
  std::erase_if(feeds, [](const auto* feed) { return feed->tip.seq == 0; });
  // Of more feeds than fit those are listed whose end the hub hasn't taken: the rest stands by
  // that.
  const auto open = [](const auto* feed) { return feed->tip.seq > feed->receipted; };
  std::stable_partition(feeds.begin(), feeds.end(), open);
  if (feeds.size() > sync::kCutsMax) feeds.resize(sync::kCutsMax);
  for (const auto* feed : feeds) end.cuts.push_back({feed->feed, feed->tip.seq, feed->tip.hash});
  std::sort(end.cuts.begin(), end.cuts.end(),
            [](const auto& a, const auto& b) { return a.feed < b.feed; });
  if (receipting_) end.last_head = {epoch_.load(), tree_.size(), tree_.root(), clock_.now()};
  return end;
}

/// The first thing that a new key of ours signs is the end of the one before.
void Replica::retire_keys_before() {
  retiring_ = false;
  const auto* own = trust_->book.find(identity().certificate);
  if (!own || own->keys_before.empty()) return;
  const auto& before = own->keys_before.back().key;
  if (trust_->revocations.of(before)) return;
  const auto end = end_of_own_key(before, kRotated);
  crypto::SignedBody body{end.encode(), {}};
  body.signature = key().sign(crypto::kDomainRevocation, body.body);
  const Founding founding{sync::kTypeRevocation, body.encode()};
  if (auto done = author_founding(founding, scopes_for(founding)); !done) {
    spdlog::warn("the key before isn't ended: {}", describe(done.error()));
  }
}

Result<sync::Revocation> Replica::end_for_root() {
  sync::Revocation end;
  auto done = write([&, this]() -> Result<void> {
    // Of the certificate: the key itself may be lost.
    const auto key = trust_->book.find(identity().certificate)->signing_key;
    end = end_of_own_key(key, "中心密钥由根密钥更换 replaced by the root key");
    end.certificate = identity().city;
    return {};
  });
  if (!done) return fail(done.error());
  return end;
}

Result<void> Replica::take_over(const std::string& signed_certificate, const EndByRoot& by_root) {
  const auto end = end_for_root();
  if (!end) return fail(end.error());
  return write([&, this]() -> Result<void> {
    std::optional<crypto::SignedBody> ended;
    if (by_root) {
      auto body = by_root(*end);
      if (!body) return fail(body.error());
      ended = std::move(*body);
    }
    auto changed = std::make_shared<Trust>(*trust_);
    const auto added = changed->book.add(signed_certificate);
    if (!added) return fail(added.error());
    store_->log().add_anchor(*added, signed_certificate);
    {
      const std::lock_guard lock(trust_guard_);
      trust_ = std::move(changed);
    }
    take_up_newest_certificate();
    if (identity().certificate != *added) {
      return fail(Errc::stale, "本节点已有更新的证书 a newer certificate of this node is in force");
    }
    if (by_root) begin_anew("key_replaced");
    // First of all, in the first set that is signed with the key: so whoever gets that learns it.
    const Founding introduction{sync::kTypeCertificate, signed_certificate};
    if (auto done = author_founding(introduction, scopes_for(introduction)); !done) return done;
    if (!ended) return {};  // retire_keys_before() ends the one before.
    const auto said = sync::Revocation::decode(ended->body);
    if (!said) return fail(said.error());
    if (auto fair = sync::judge_revocation(*said, ended->body, ended->signature, trust_->book);
        !fair) {
      return fair;
    }
    const Founding founding{sync::kTypeRevocation, ended->encode()};
    return author_founding(founding, scopes_for(founding));
  });
}

/// A change set that brings the certificate which it is written under, where a root key signed
/// that: nothing and nobody else needs to be known to judge it. So a hub's new key gets to
/// everybody.
void Replica::introduce_itself(const sync::ChangeSet& set) {
  for (const auto& change : set.changes) {
    if (change.type != sync::kTypeCertificate || change.kind != sync::ChangeKind::put) continue;
    for (const auto& field : change.fields) {
      cbor::Reader r(field.value);
      const auto bytes = r.bytes();
      if (field.field != 1 || !r.finish()) continue;
      const auto body = crypto::SignedBody::decode(bytes);
      const auto certificate =
          body ? crypto::Certificate::decode(body->body) : fail(Errc::malformed);
      if (!certificate || certificate->issuer != identity().city) continue;
      if (crypto::certificate_hash(body->body) != set.certificate) continue;
      auto changed = std::make_shared<Trust>(*trust_);
      if (!changed->book.add(bytes)) continue;
      store_->log().add_anchor(set.certificate, bytes);
      awake_.emplace_back(set.certificate.view());
      const std::lock_guard lock(trust_guard_);
      trust_ = std::move(changed);
      return;
    }
  }
}

}  // namespace linli::node

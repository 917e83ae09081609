#include "node/lost_key.h"

#include "node/hub_key.h"
#include "node/passphrase.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;

thread_local int without = 0;

fs::path aside(fs::path file) {
  file += ".lost";
  return file;
}

}  // namespace

WithoutKey::WithoutKey() { ++without; }
WithoutKey::~WithoutKey() { --without; }
bool WithoutKey::here() { return without > 0; }

fs::path lost_key(const DataDir& dir) { return aside(dir.node_key()); }

Result<void> set_lost_keys_aside(const DataDir& dir) {
  for (const auto& file : {dir.node_key(), dir.next_key()}) {
    std::error_code ec;
    if (!fs::exists(file, ec)) continue;
    const auto key = load_key(file);
    if (key) continue;
    if (key.error().code == Errc::forbidden) return fail(key.error());
    fs::rename(file, aside(file), ec);
    if (ec) return fail(Errc::io, "can't rename " + file.string() + ": " + ec.message());
  }
  return {};
}

void put_lost_keys_back(const DataDir& dir) {
  for (const auto& file : {dir.node_key(), dir.next_key()}) {
    std::error_code ec;
    if (!fs::exists(file, ec)) fs::rename(aside(file), file, ec);
  }
}

Result<void> replace_lost_key(const DataDir& dir, const crypto::SigningKey& root,
                              const sync::WallClock& clock) {
  if (auto moved = set_lost_keys_aside(dir); !moved) return moved;
  const auto replace = [&]() -> Result<void> {
    const WithoutKey nobody_signs;
    auto replica = Replica::open(dir.root(), clock);
    if (!replica) return fail(replica.error());
    if ((*replica)->identity().role != crypto::Role::hub) {
      return fail(Errc::forbidden,
                  "本节点不是市局中心：请上级吊销后重新接入 this isn't the hub: have the key "
                  "revoked by who enrolled it, and join anew");
    }
    return replace_hub_key(**replica, root, true);
  };
  auto replaced = replace();
  if (!replaced) put_lost_keys_back(dir);
  return replaced;
}

}  // namespace linli::node

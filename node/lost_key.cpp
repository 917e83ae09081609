#include "node/lost_key.h"

#include <functional>

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
    if (ec)
      return fail(Errc::io,
                  "改不了名，请检查权限 can't rename " + file.string() + ": " + ec.message());
  }
  return {};
}

void put_lost_keys_back(const DataDir& dir) {
  for (const auto& file : {dir.node_key(), dir.next_key()}) {
    std::error_code ec;
    if (!fs::exists(file, ec)) fs::rename(aside(file), file, ec);
  }
}

namespace {

/// Does so with the hub as it is without its key. If it fails the keys are called what they were.
Result<void> without_key(const DataDir& dir, const sync::WallClock& clock,
                         const std::function<Result<void>(Replica&)>& work) {
  if (auto moved = set_lost_keys_aside(dir); !moved) return moved;
  const auto done = [&]() -> Result<void> {
    const WithoutKey nobody_signs;
    auto replica = Replica::open(dir.root(), clock);
    if (!replica) return fail(replica.error());
    if ((*replica)->identity().role != crypto::Role::hub) {
      return fail(Errc::forbidden,
                  "本节点不是市局中心：请上级吊销后重新接入 this isn't the hub: have the key "
                  "revoked by who enrolled it, and join anew");
    }
    return work(**replica);
  }();
  if (!done) put_lost_keys_back(dir);
  return done;
}

}  // namespace

Result<void> replace_lost_key(const DataDir& dir, const crypto::SigningKey& root,
                              const sync::WallClock& clock) {
  return without_key(dir, clock, [&](Replica& hub) { return replace_hub_key(hub, root, true); });
}

Result<std::string> ask_for_lost_key(const DataDir& dir, const sync::WallClock& clock) {
  std::string request;
  const auto asked = without_key(dir, clock, [&](Replica& hub) -> Result<void> {
    auto made = ask_for_hub_key(hub, true);
    if (!made) return fail(made.error());
    request = std::move(*made);
    return {};
  });
  if (!asked) return fail(asked.error());
  // It is in use until the answer is here, lost as it is.
  put_lost_keys_back(dir);
  return request;
}

Result<void> take_for_lost_key(const DataDir& dir, const std::string& answer,
                               const sync::WallClock& clock) {
  return without_key(dir, clock, [&](Replica& hub) { return take_hub_key(hub, answer); });
}

}  // namespace linli::node

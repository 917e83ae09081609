#include "node/lost_key.h"

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

}  // namespace linli::node

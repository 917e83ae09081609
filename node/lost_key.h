// node/lost_key.h: a hub whose node.key is gone, or under a passphrase that nobody knows any more.
//
// Its database and the city's root key are all that it takes to go on: the root key gives another
// key its place (hub_key.h, replace_hub_key with `stolen`). Until that has happened a key made up
// for the moment stands in, and nothing may be signed.
#pragma once

#include <filesystem>

#include "crypto/keys.h"
#include "crypto/result.h"
#include "node/data_dir.h"
#include "sync/clock.h"

namespace linli::node {

/// While one lives, Replica::open on this thread does without the key in use and writes nothing.
/// What it opens is good for replace_hub_key(…, stolen) only: close it then, and open it again.
class WithoutKey {
 public:
  WithoutKey();
  ~WithoutKey();
  WithoutKey(const WithoutKey&) = delete;
  WithoutKey& operator=(const WithoutKey&) = delete;
  [[nodiscard]] static bool here();
};

/// Puts what can't be opened of node.key and node.key.next aside as `….lost`. Errors: io; forbidden
/// (others may read the file: that can be mended, and the key isn't lost).
[[nodiscard]] Result<void> set_lost_keys_aside(const DataDir& dir);
/// Gives them their names back, where nothing else has them meanwhile.
void put_lost_keys_back(const DataDir& dir);
/// The whole of it: puts the lost keys aside, and has the root key give another one their place. On
/// any error the keys are called what they were. Errors: as set_lost_keys_aside and
/// replace_hub_key; forbidden (this node isn't a hub: who enrolled it revokes its key).
[[nodiscard]] Result<void> replace_lost_key(const DataDir& dir, const crypto::SigningKey& root,
                                            const sync::WallClock& clock);
/// With the root key elsewhere, by two files (hub_key.h): the request, and its answer. Errors: the
/// same, and as ask_for_hub_key and take_hub_key.
[[nodiscard]] Result<std::string> ask_for_lost_key(const DataDir& dir,
                                                   const sync::WallClock& clock);
[[nodiscard]] Result<void> take_for_lost_key(const DataDir& dir, const std::string& answer,
                                             const sync::WallClock& clock);
/// Where the key in use was put aside.
[[nodiscard]] std::filesystem::path lost_key(const DataDir& dir);

}  // namespace linli::node

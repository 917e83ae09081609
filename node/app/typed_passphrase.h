// node/app/typed_passphrase.h: a passphrase that somebody types once for a process that goes on
// working.
#pragma once

#include <filesystem>
#include <string_view>

namespace linli::app {

/// Where a node's key is under a passphrase that no file and no credential gives, it is asked for
/// at the terminal once, and at hand from then on, for all that lies under it: the node's key, that
/// of its lines, and a given certificate's, also one that comes while the node serves. It lies in
/// locked memory that has no name in any folder; LINLI_PASSPHRASE_FILE names it to this process.
///
/// To be made before threads begin, since it changes the environment.
class TypedPassphrase {
 public:
  /// Asks nothing where nothing is to be asked, or nobody is at a terminal: who needs the
  /// passphrase then asks, or says that it is missing, as without this.
  explicit TypedPassphrase(const std::filesystem::path& key_file);
  ~TypedPassphrase();  ///< Overwrites it; it is at hand no longer.
  TypedPassphrase(const TypedPassphrase&) = delete;
  TypedPassphrase& operator=(const TypedPassphrase&) = delete;

 private:
  [[nodiscard]] bool hold(std::string_view passphrase);
  void let_go();

  int memory_ = -1;       ///< A file without a name.
  void* page_ = nullptr;  ///< What stands in it; null: nothing was typed.
};

}  // namespace linli::app

// node/given_key.h: the private key of a certificate that somebody gave (`linli tls use`).
//
// Where node.key is under a passphrase, tls/given.key is wrapped: under 32 bytes that lie beside it
// in tls/given.wrap, a key file under that same passphrase. So another passphrase re-seals that
// file only, and a serving node that has opened it once takes the next certificate without asking.
#pragma once

#include <memory>

#include "crypto/key_file.h"
#include "crypto/wrapped_key.h"
#include "node/data_dir.h"

namespace linli::node {

/// Reads it, opened. Not thread-safe.
class GivenKey {
 public:
  explicit GivenKey(DataDir dir) : dir_(std::move(dir)) {}

  /// PEM; the caller wipes it. Errors: io; altered (wrapped under something else); of given.wrap
  /// those of open_key_file, unauthorised too where nobody may be asked.
  [[nodiscard]] Result<std::string> pem();
  /// From now on nobody at the terminal is asked: a serving node works by itself.
  void ask_nobody() { may_ask_ = false; }

 private:
  Result<void> open();

  DataDir dir_;
  bool may_ask_ = true;
  std::shared_ptr<const crypto::WrappingKey> wrapping_;  ///< Null: not opened yet.
  std::filesystem::file_time_type tried_{};              ///< given.wrap as it couldn't be opened.
};

/// Is what lies there wrapped? Not where nothing does.
[[nodiscard]] bool is_given_key_wrapped(const DataDir& dir);
/// Takes a PEM key, wrapped if node.key is under a passphrase, which is asked for then. What stood
/// there is overwritten. Errors: io, disk_full; as proven_passphrase_of.
[[nodiscard]] Result<void> keep_given_key(const DataDir& dir, std::string_view pem);
/// Wraps what lies there as it came; nothing happens to what is wrapped or isn't there. Errors: io,
/// disk_full; as KeyFile::create.
[[nodiscard]] Result<void> wrap_given_key(const DataDir& dir, const crypto::Passphrase& passphrase);
/// Overwrites and removes it, with what it is wrapped under. Errors: io.
[[nodiscard]] Result<void> forget_given_key(const DataDir& dir);

}  // namespace linli::node

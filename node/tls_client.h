// node/tls_client.h: the HTTP library's client over an encrypted line whose key is pinned.
#pragma once

#include <httplib.h>

#include <atomic>
#include <memory>
#include <optional>

#include "crypto/tls_line.h"

namespace linli::node {

class TlsClient final : public httplib::ClientImpl {
 public:
  TlsClient(const std::string& host, int port, std::shared_ptr<crypto::TlsClientSide> side);
  ~TlsClient() override;

  /// The only key to talk with, for lines that begin from now on; nothing: any.
  void pin(const std::optional<crypto::Hash>& key) { pin_ = key; }
  /// Of the line that was made last; zero: none was.
  [[nodiscard]] crypto::Hash peer_key() const { return peer_key_; }
  [[nodiscard]] bool wrong_key() const { return wrong_key_; }
  [[nodiscard]] bool no_tls() const { return no_tls_; }  ///< What answered speaks something else.
  [[nodiscard]] bool resumed() const { return resumed_; }
  /// A handshake under way ends. From any thread.
  void give_up() { given_up_ = true; }

 private:
  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override;
  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream&)> callback) override;
  void shutdown_ssl(Socket& socket, bool gracefully) override;

  const std::shared_ptr<crypto::TlsClientSide> side_;
  const std::string place_;
  std::optional<crypto::Hash> pin_;
  std::unique_ptr<crypto::TlsLine> line_;  ///< Of the socket that is open.
  crypto::Hash peer_key_{};
  bool wrong_key_ = false, no_tls_ = false, resumed_ = false;
  std::atomic<bool> given_up_{false};
};

}  // namespace linli::node

// node/tls_stream.h: an encrypted line as the HTTP library reads and writes one.
#pragma once

#include <httplib.h>

#include "crypto/tls_line.h"

namespace linli::node {

class TlsStream final : public httplib::Stream {
 public:
  /// `line` outlives it, after its handshake. `reading`, `writing`: how long to wait for the other
  /// side each time.
  TlsStream(crypto::TlsLine& line, std::chrono::milliseconds reading,
            std::chrono::milliseconds writing)
      : line_(line), reading_(reading), writing_(writing) {}

  [[nodiscard]] bool is_readable() const override;
  /// Also false: the other side has gone.
  [[nodiscard]] bool is_writable() const override;
  [[nodiscard]] ssize_t read(char* into, size_t most) override;
  [[nodiscard]] ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  [[nodiscard]] socket_t socket() const override { return line_.socket(); }

 private:
  crypto::TlsLine& line_;
  const std::chrono::milliseconds reading_, writing_;
};

}  // namespace linli::node

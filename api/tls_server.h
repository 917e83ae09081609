// api/tls_server.h: the HTTP library's server behind TLS.
#pragma once

#include <httplib.h>

#include <memory>

#include "api/handshakes.h"
#include "api/places.h"
#include "api/workers.h"

namespace linli::api {

class TlsServer final : public httplib::Server {
 public:
  /// `side` and `guests` outlive it. At most `workers` requests at once.
  TlsServer(const crypto::TlsServerSide& side, std::size_t workers, const Guests& guests);
  ~TlsServer() override;

 private:
  bool process_and_close_socket(socket_t socket) override;
  void serve(TlsCaller& caller);
  [[nodiscard]] bool asks_again(const TlsCaller& caller) const;

  const crypto::TlsServerSide& side_;
  const Guests& guests_;
  Places places_;
  Workers workers_;
  Handshakes handshakes_;  ///< Goes first: it hands over to the workers.
};

}  // namespace linli::api

// api/plain_server.h: the HTTP library's server, with places that are shared fairly.
#pragma once

#include <httplib.h>

#include "api/places.h"
#include "api/workers.h"

namespace linli::api {

class PlainServer final : public httplib::Server {
 public:
  /// At most `workers` connections at once. `guests` outlives it.
  PlainServer(std::size_t workers, const Guests& guests);

 private:
  bool process_and_close_socket(socket_t socket) override;
  void serve(socket_t socket, Places::Place& place);

  const Guests& guests_;
  Places places_;
  Workers workers_;
};

}  // namespace linli::api

// node/pinning.h: whose TLS key is good on a line to another node: the one in its certificate.
#pragma once

#include "node/http_client.h"
#include "node/replica.h"

namespace linli::node {

/// Over https only the TLS key in that node's newest certificate is good from now on; over http
/// nothing changes. Errors: unknown_certificate; unauthorised (the certificate names no TLS key).
[[nodiscard]] Result<void> pin_to(const Replica& replica, HttpClient& client,
                                  const Hash& certificate);
/// The same for whoever answered at this address last. Without one nothing is pinned, and an https
/// line refuses until somebody was met there.
void pin_to_known(Replica& replica, HttpClient& client);
/// After a meeting over https: the key that answered must be the one in that certificate, which
/// is good from now on. Errors: as pin_to; wrong_key (it isn't).
[[nodiscard]] Result<void> pin_met(HttpClient& client, const Hash& tls_key);

}  // namespace linli::node

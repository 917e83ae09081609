#include "node/pinning.h"

#include "node/upstream.h"

namespace linli::node {
namespace {

tl::unexpected<Error> has_none(const HttpClient& client) {
  return fail(
      Errc::unauthorised,
      "对方的证书里没有 TLS 密钥，请改用 http:// 或等其证书续签 the certificate of the node at " +
          client.url() + " names no TLS key: use http://, or have it renewed");
}

}  // namespace

Result<void> pin_to(const Replica& replica, HttpClient& client, const Hash& certificate) {
  if (!client.is_https()) return {};
  const auto trust = replica.trust();
  const auto* known = trust->book.find(trust->book.newest_after(certificate));
  if (!known) return fail(Errc::unknown_certificate, "the peer's certificate isn't here");
  const auto& key = known->tls_key;
  if (key.is_zero()) return has_none(client);
  client.pin(key);
  return {};
}

void pin_to_known(Replica& replica, HttpClient& client) {
  if (!client.is_https() || client.is_pinned()) return;
  if (const auto peer = peer_at(replica, client.url())) {
    // Without a key the line refuses by itself, and says why.
    (void)pin_to(replica, client, *peer).has_value();
  }
}

Result<void> pin_met(HttpClient& client, const Hash& tls_key) {
  if (!client.is_https()) return {};
  if (tls_key.is_zero()) return has_none(client);
  if (client.line_key() != tls_key) {
    client.close();
    return fail(Errc::wrong_key,
                "对方的密钥与其证书不符，未发送任何数据。请核对地址；若前面有代理，请改为直通；"
                "否则可能有人居中拦截，请联系上级 " +
                    client.url() +
                    " shows another TLS key than its certificate has; nothing was sent: check the "
                    "address, let a proxy pass TLS through, or somebody stands in between");
  }
  client.pin(tls_key);
  return {};
}

}  // namespace linli::node

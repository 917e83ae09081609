#include "crypto/tls_line.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <climits>
#include <list>
#include <map>
#include <mutex>

#include "crypto/tls_openssl.h"

namespace linli::crypto {
namespace {

using Steady = std::chrono::steady_clock;
using SslPtr = std::unique_ptr<SSL, Freeing<SSL_free>>;
using SslContext = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL_SESSION, Freeing<SSL_SESSION_free>>;

/// As ALPN has names: with their length before.
constexpr std::array<unsigned char, 8> kNodes{7, 'l', 'i', 'n', 'l', 'i', '/', '1'};
constexpr std::array<unsigned char, 9> kHttp{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::size_t kSessionsMax = 16;
constexpr auto kSlice = std::chrono::milliseconds(100);  ///< Between two looks at `stop`.

std::string_view view(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Does a list of names, each with its length before, have this one?
bool offers(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto size =
        std::min<std::size_t>(static_cast<unsigned char>(list.front()) + 1u, list.size());
    if (list.substr(0, size) == wanted) return true;
    list.remove_prefix(size);
  }
  return false;
}

bool offers_nodes(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &bytes,
                                &size) != 1 ||
      size < 2) {
    return false;
  }
  return offers(view(bytes + 2, size - 2), view(kNodes.data(), kNodes.size()));
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
  const auto list = view(in, in_size);
  const auto choose = [&](const auto& name) {
    if (!offers(list, view(name.data(), name.size()))) return false;
    *out = name.data() + 1;
    *out_size = static_cast<unsigned char>(name.size() - 1);
    return true;
  };
  return choose(kNodes) || choose(kHttp) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

SslContext new_context(const SSL_METHOD* method, int lowest) {
  SslContext made(SSL_CTX_new(method));
  ensure(made != nullptr, "tls: a context");
  auto* context = made.get();
  const bool good = SSL_CTX_set_min_proto_version(context, lowest) == 1 &&
                    SSL_CTX_set_cipher_list(context, kCiphers) == 1;
  ensure(good, "tls: this OpenSSL has no TLS 1.2");
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  return made;
}

bool show(SSL* ssl, const TlsIdentity::Impl& identity) {
  STACK_OF(X509)* above = sk_X509_new_null();
  for (const auto& certificate : identity.above) sk_X509_push(above, certificate.get());
  const int shown =
      SSL_use_cert_and_key(ssl, identity.certificate.get(), identity.key.get(), above, 1);
  sk_X509_free(above);
  return shown == 1;
}

}  // namespace

bool wait_for(int socket, bool write, std::chrono::milliseconds most) {
  const auto until = Steady::now() + most;
  pollfd waited{socket, static_cast<short>(write ? POLLOUT : POLLIN), 0};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now()).count();
    const int got = ::poll(&waited, 1, static_cast<int>(std::clamp<long>(left, 0, INT_MAX)));
    if (got > 0) return (waited.revents & POLLNVAL) == 0;
    if (got == 0 || errno != EINTR) return false;
  }
}

// ---- The two sides ------------------------------------------------------------------------------

struct TlsServerSide::Impl {
  TlsIdentity for_nodes;
  SslContext context = new_context(TLS_server_method(), TLS1_2_VERSION);
  std::mutex guard;
  std::optional<TlsIdentity> for_browsers;  ///< Guarded.
  std::function<void()> look;               ///< Set before the first line.

  explicit Impl(TlsIdentity nodes) : for_nodes(std::move(nodes)) {}

  TlsIdentity chosen(bool node) {
    if (node) return for_nodes;
    if (look) look();
    const std::lock_guard lock(guard);
    return for_browsers ? *for_browsers : for_nodes;
  }
};

namespace {

int choose_identity(SSL* ssl, int* alert, void* side) {
  const auto identity = static_cast<TlsServerSide::Impl*>(side)->chosen(offers_nodes(ssl));
  if (show(ssl, identity.impl())) return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_INTERNAL_ERROR;
  return SSL_CLIENT_HELLO_ERROR;
}

}  // namespace

TlsServerSide::TlsServerSide(const TlsIdentity& for_nodes)
    : impl_(std::make_unique<Impl>(for_nodes)) {
  auto* context = impl_->context.get();
  SSL_CTX_set_client_hello_cb(context, choose_identity, impl_.get());
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  // Sessions are with the callers, sealed: nothing is kept here for each.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, kNodes.data(), kNodes.size());
  SSL_CTX_set_num_tickets(context, 1);
}

TlsServerSide::~TlsServerSide() = default;

void TlsServerSide::show_browsers(std::optional<TlsIdentity> identity) {
  const std::lock_guard lock(impl_->guard);
  impl_->for_browsers = std::move(identity);
}

void TlsServerSide::on_line(std::function<void()> look) { impl_->look = std::move(look); }

struct TlsClientSide::Impl {
  SslContext context = new_context(TLS_client_method(), TLS1_3_VERSION);
  std::mutex guard;
  std::list<std::pair<std::string, Session>> sessions;  ///< The newest first. Guarded.

  void keep(const std::string& place, Session session) {
    const std::lock_guard lock(guard);
    sessions.remove_if([&](const auto& held) { return held.first == place; });
    sessions.emplace_front(place, std::move(session));
    if (sessions.size() > kSessionsMax) sessions.pop_back();
  }
  /// Taken out: used twice, a session would let a listener see that it is the same caller.
  Session take(const std::string& place) {
    const std::lock_guard lock(guard);
    const auto found = std::find_if(sessions.begin(), sessions.end(),
                                    [&](const auto& held) { return held.first == place; });
    if (found == sessions.end()) return nullptr;
    auto session = std::move(found->second);
    sessions.erase(found);
    return session;
  }
};

// ---- A line -------------------------------------------------------------------------------------

struct TlsLine::Impl {
  SslPtr ssl;
  int socket = -1;
  std::optional<Hash> pin = {};
  TlsClientSide::Impl* caller = nullptr;  ///< Of a calling line.
  std::string place = {};
  bool good = false, wrong = false, no_tls = false;
  std::string why = {};

  /// The peer's key, looked at before anything is sent or believed.
  Step judge() {
    if (pin && peer_key() != *pin) {
      wrong = true;
      why = "another key";
      return Step::failed;
    }
    good = true;
    return Step::done;
  }
  [[nodiscard]] Hash peer_key() const {
    auto* certificate = SSL_get0_peer_certificate(ssl.get());
    return certificate ? tls_key_hash(certificate) : Hash{};
  }
};

namespace {

/// A server gave a session for next time.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* line = static_cast<TlsLine::Impl*>(SSL_get_app_data(ssl));
  if (!line || !line->caller || !line->good || !line->pin) return 0;
  line->caller->keep(line->place, Session(session));
  return 1;
}

void make_non_blocking(int socket) {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags >= 0) ::fcntl(socket, F_SETFL, flags | O_NONBLOCK);
}

SslPtr new_line(SSL_CTX* context, int socket) {
  make_non_blocking(socket);
  SslPtr ssl(SSL_new(context));
  ensure(ssl && SSL_set_fd(ssl.get(), socket) == 1, "tls: a line");
  return ssl;
}

}  // namespace

TlsClientSide::TlsClientSide() : impl_(std::make_unique<Impl>()) {
  auto* context = impl_->context.get();
  // Whose key it is says the pin, not the names that somebody vouches for.
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_alpn_protos(context, kNodes.data(), kNodes.size());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
}

TlsClientSide::~TlsClientSide() = default;

TlsLine::TlsLine(const TlsServerSide& side, int socket) : impl_(std::make_unique<Impl>()) {
  impl_->socket = socket;
  impl_->ssl = new_line(side.impl().context.get(), socket);
  SSL_set_accept_state(impl_->ssl.get());
}

TlsLine::TlsLine(const TlsClientSide& side, int socket, const std::optional<Hash>& pin,
                 const std::string& place)
    : impl_(std::make_unique<Impl>()) {
  impl_->socket = socket;
  impl_->pin = pin;
  impl_->caller = &side.impl();
  impl_->place = place + (pin ? to_hex(pin->view()) : "");
  impl_->ssl = new_line(side.impl().context.get(), socket);
  auto* ssl = impl_->ssl.get();
  SSL_set_app_data(ssl, impl_.get());
  SSL_set_connect_state(ssl);
  if (!pin) return;
  if (const auto session = side.impl().take(impl_->place)) SSL_set_session(ssl, session.get());
}

TlsLine::~TlsLine() {
  // Ends are known by HTTP's own lengths, and a farewell would only make a closed line look as if
  // something had come. Without this, OpenSSL takes the session for broken off.
  SSL_set_shutdown(impl_->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

TlsLine::Step TlsLine::shake_hands() {
  auto* ssl = impl_->ssl.get();
  if (impl_->good) return Step::done;
  ERR_clear_error();
  const int got = SSL_do_handshake(ssl);
  if (got == 1) return impl_->judge();
  switch (SSL_get_error(ssl, got)) {
    case SSL_ERROR_WANT_READ:
      return Step::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Step::wants_write;
    default:
      break;
  }
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  const bool http = reason == SSL_R_HTTP_REQUEST;
  impl_->no_tls = impl_->caller && reason == SSL_R_WRONG_VERSION_NUMBER;
  const bool cut = ERR_peek_last_error() == 0;
  impl_->why = cut ? "cut off" : last_tls_error();
  ERR_clear_error();
  return http ? Step::plain_http : Step::failed;
}

bool TlsLine::shake_hands(Wait most, const std::function<bool()>& stop) {
  const auto until = Steady::now() + most;
  for (;;) {
    const auto step = shake_hands();
    if (step == Step::done) return true;
    if (step == Step::failed || step == Step::plain_http) return false;
    const bool write = step == Step::wants_write;
    do {
      if (Steady::now() >= until || (stop && stop())) {
        impl_->why = "no answer in time";
        return false;
      }
    } while (!wait_for(impl_->socket, write, kSlice));
  }
}

bool TlsLine::wrong_key() const { return impl_->wrong; }
Hash TlsLine::peer_key() const { return impl_->peer_key(); }
bool TlsLine::resumed() const { return SSL_session_reused(impl_->ssl.get()) == 1; }
bool TlsLine::no_tls() const { return impl_->no_tls; }
std::string TlsLine::why() const { return impl_->why; }
int TlsLine::socket() const { return impl_->socket; }
const void* TlsLine::handle() const { return impl_->ssl.get(); }

bool TlsLine::is_nodes() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(impl_->ssl.get(), &name, &size);
  return view(name, size) == view(kNodes.data() + 1, kNodes.size() - 1);
}

std::ptrdiff_t TlsLine::read(char* into, std::size_t most, Wait patience) {
  if (!impl_->good) return -1;
  auto* ssl = impl_->ssl.get();
  for (;;) {
    ERR_clear_error();
    std::size_t got = 0;
    const int done = SSL_read_ex(ssl, into, most, &got);
    if (done == 1) return static_cast<std::ptrdiff_t>(got);
    const int why = SSL_get_error(ssl, done);
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) break;
    if (!wait_for(impl_->socket, why == SSL_ERROR_WANT_WRITE, patience)) break;
  }
  ERR_clear_error();
  return -1;
}

bool TlsLine::write(const char* bytes, std::size_t size, Wait patience) {
  if (!impl_->good) return false;
  auto* ssl = impl_->ssl.get();
  while (size > 0) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int done = SSL_write_ex(ssl, bytes, size, &sent);
    if (done == 1) {
      bytes += sent;
      size -= sent;
      continue;
    }
    const int why = SSL_get_error(ssl, done);
    const bool waits = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    if (!waits || !wait_for(impl_->socket, why == SSL_ERROR_WANT_WRITE, patience)) {
      ERR_clear_error();
      return false;
    }
  }
  return true;
}

bool TlsLine::pending() const { return SSL_has_pending(impl_->ssl.get()) == 1; }

}  // namespace linli::crypto

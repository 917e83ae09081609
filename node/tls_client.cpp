#include "node/tls_client.h"

#include "node/tls_stream.h"

namespace linli::node {
namespace {

/// The whole handshake: who sends a byte now and then can't hold us longer.
constexpr auto kHandshake = std::chrono::seconds(20);

std::chrono::milliseconds patience(time_t seconds, time_t micros) {
  return std::chrono::milliseconds(seconds * 1000 + micros / 1000);
}

}  // namespace

TlsClient::TlsClient(const std::string& host, int port, std::shared_ptr<crypto::TlsClientSide> side)
    : ClientImpl(host, port),
      side_(std::move(side)),
      place_(host + ":" + std::to_string(port) + " ") {}

TlsClient::~TlsClient() {
  // While line_ is still there: what the base closes is a socket only.
  stop();
}

bool TlsClient::create_and_connect_socket(Socket& socket, httplib::Error& error) {
  wrong_key_ = no_tls_ = resumed_ = given_up_ = false;
  peer_key_ = {};
  if (!ClientImpl::create_and_connect_socket(socket, error)) return false;
  line_ = std::make_unique<crypto::TlsLine>(*side_, socket.sock, pin_, place_);
  const bool good = line_->shake_hands(kHandshake, [this] { return given_up_.load(); });
  peer_key_ = line_->peer_key();
  wrong_key_ = line_->wrong_key();
  no_tls_ = line_->no_tls();
  resumed_ = good && line_->resumed();
  if (good) return true;
  error = wrong_key_ ? httplib::Error::SSLServerVerification : httplib::Error::SSLConnection;
  line_.reset();
  shutdown_socket(socket);
  close_socket(socket);
  return false;
}

bool TlsClient::process_socket(const Socket&, std::function<bool(httplib::Stream&)> callback) {
  if (!line_) return false;
  TlsStream stream(*line_, patience(read_timeout_sec_, read_timeout_usec_),
                   patience(write_timeout_sec_, write_timeout_usec_));
  return callback(stream);
}

void TlsClient::shutdown_ssl(Socket&, bool) { line_.reset(); }

}  // namespace linli::node

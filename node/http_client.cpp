#include "node/http_client.h"

#include <httplib.h>

#include <algorithm>

namespace linli::node {
namespace {

constexpr int kSendBuffer = 128 << 10;
constexpr std::size_t kPiece = 16 << 10;
constexpr std::size_t kErrorBytesMax = 64 << 10;

HttpAnswer answer_of(const httplib::Response& response) {
  HttpAnswer answer;
  answer.status = response.status;
  answer.body = response.body;
  answer.bytes_in = response.body.size() + 40;
  for (const auto& [name, value] : response.headers) {
    answer.bytes_in += name.size() + value.size() + 4;
    auto lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers[lower] = value;
  }
  return answer;
}

}  // namespace

struct HttpClient::Impl {
  std::string url;
  std::unique_ptr<httplib::Client> client;
};

HttpClient::HttpClient(std::string url) : impl_(std::make_unique<Impl>()) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  impl_->url = std::move(url);
  if (impl_->url.starts_with("http://") || impl_->url.starts_with("https://")) {
    impl_->client = std::make_unique<httplib::Client>(impl_->url);
    impl_->client->set_tcp_nodelay(true);
    impl_->client->set_keep_alive(true);
    impl_->client->set_connection_timeout(std::chrono::seconds(5));
    impl_->client->set_read_timeout(std::chrono::seconds(60));
    impl_->client->set_write_timeout(std::chrono::seconds(60));
    // What the kernel holds ready on a slow line goes down with a line that is cut, so it is
    // little.
    impl_->client->set_socket_options([](socket_t socket) {
      const int bytes = kSendBuffer;
      ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    });
    impl_->client->set_default_headers({{"User-Agent", "linli"}});
  }
}

HttpClient::~HttpClient() = default;

void HttpClient::set_timeout(std::chrono::milliseconds read) {
  if (impl_->client) impl_->client->set_read_timeout(read);
}

void HttpClient::close() {
  if (impl_->client) impl_->client->stop();
}

Result<HttpAnswer> HttpClient::send(const std::string& method, const std::string& path,
                                    const std::string& body, const std::string& content_type,
                                    const std::map<std::string, std::string>& headers) {
  if (!impl_->client || !impl_->client->is_valid()) {
    return fail(Errc::bad_usage, "not an http:// address: " + impl_->url);
  }
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (!content_type.empty()) request.set_header("Content-Type", content_type);
  for (const auto& [name, value] : headers) request.set_header(name, value);
  const auto result = impl_->client->send(request);
  if (!result) {
    return fail(Errc::unreachable,
                impl_->url + " doesn't answer (" + httplib::to_string(result.error()) + ")");
  }
  auto answer = answer_of(*result);
  // The request line, Host, Accept, Connection, Content-Length and User-Agent, as the library adds.
  answer.bytes_out =
      body.size() + method.size() + path.size() + impl_->url.size() + 120 + content_type.size();
  return answer;
}

Result<HttpAnswer> HttpClient::upload(const std::string& path,
                                      const std::map<std::string, std::string>& headers,
                                      std::size_t length, const Source& source) {
  if (!impl_->client || !impl_->client->is_valid()) {
    return fail(Errc::bad_usage, "not an http:// address: " + impl_->url);
  }
  const auto result = impl_->client->Put(
      path, httplib::Headers(headers.begin(), headers.end()), length,
      [&](std::size_t offset, std::size_t most, httplib::DataSink& sink) {
        const auto piece = source(offset, std::min(most, kPiece));
        return piece && sink.write(piece->data(), piece->size());
      },
      "application/octet-stream");
  if (!result) {
    return fail(Errc::unreachable,
                impl_->url + " took no more (" + httplib::to_string(result.error()) + ")");
  }
  return answer_of(*result);
}

Result<HttpAnswer> HttpClient::download(const std::string& path,
                                        const std::map<std::string, std::string>& headers,
                                        const Sink& sink) {
  if (!impl_->client || !impl_->client->is_valid()) {
    return fail(Errc::bad_usage, "not an http:// address: " + impl_->url);
  }
  bool good = false;
  std::string error;
  const auto result = impl_->client->Get(
      path, httplib::Headers(headers.begin(), headers.end()),
      [&](const httplib::Response& response) {
        good = response.status == 200 || response.status == 206;
        return true;
      },
      [&](const char* bytes, std::size_t n) {
        if (good) return sink({bytes, n});
        error.append(bytes, std::min(n, kErrorBytesMax - std::min(error.size(), kErrorBytesMax)));
        return true;
      });
  if (!result) {
    return fail(Errc::unreachable,
                impl_->url + " gave no more (" + httplib::to_string(result.error()) + ")");
  }
  auto answer = answer_of(*result);
  if (!good) answer.body = std::move(error);
  return answer;
}

}  // namespace linli::node

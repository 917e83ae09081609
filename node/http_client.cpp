#include "node/http_client.h"

#include <httplib.h>

#include <algorithm>

namespace linli::node {

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
  HttpAnswer answer;
  answer.status = result->status;
  answer.body = result->body;
  answer.bytes_in = result->body.size() + 40;
  for (const auto& [name, value] : result->headers) {
    answer.bytes_in += name.size() + value.size() + 4;
    auto lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers[lower] = value;
  }
  // The request line, Host, Accept, Connection, Content-Length and User-Agent, as the library adds.
  answer.bytes_out =
      body.size() + method.size() + path.size() + impl_->url.size() + 120 + content_type.size();
  return answer;
}

}  // namespace linli::node

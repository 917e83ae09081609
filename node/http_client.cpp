#include "node/http_client.h"

#include <httplib.h>

#include <algorithm>
#include <optional>

namespace linli::node {

struct HttpClient::Impl {
  std::string url;
  std::unique_ptr<httplib::Client> client;
};

namespace {

/// Answers with their size.
std::size_t take_headers(const httplib::Response& response, HttpAnswer& answer) {
  std::size_t size = 0;
  for (const auto& [name, value] : response.headers) {
    size += name.size() + value.size() + 4;
    auto lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers[lower] = value;
  }
  return size;
}

constexpr std::size_t kProblemBytesMax = 64u << 10;

}  // namespace

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
  answer.bytes_in += take_headers(*result, answer);
  // The request line, Host, Accept, Connection, Content-Length and User-Agent, as the library adds.
  answer.bytes_out =
      body.size() + method.size() + path.size() + impl_->url.size() + 120 + content_type.size();
  return answer;
}

Result<HttpAnswer> HttpClient::upload(const std::string& path, const std::string& content_type,
                                      const std::function<Result<void>(const Sink&)>& source) {
  if (!impl_->client || !impl_->client->is_valid()) {
    return fail(Errc::bad_usage, "not an http:// address: " + impl_->url);
  }
  std::optional<Error> failed;
  const auto provide = [&](std::size_t, httplib::DataSink& out) {
    const auto done = source([&](std::string_view bytes) -> Result<void> {
      if (out.write(bytes.data(), bytes.size())) return {};
      return fail(Errc::unreachable, impl_->url + " stopped listening");
    });
    if (!done) {
      failed = done.error();
      return false;
    }
    out.done();
    return true;
  };
  const auto result = impl_->client->Post(path, httplib::Headers{}, provide, content_type);
  if (failed) return fail(*failed);
  if (!result) {
    return fail(Errc::unreachable,
                impl_->url + " doesn't answer (" + httplib::to_string(result.error()) + ")");
  }
  HttpAnswer answer;
  answer.status = result->status;
  answer.body = result->body;
  take_headers(*result, answer);
  return answer;
}

Result<HttpAnswer> HttpClient::download(const std::string& path, const Sink& sink) {
  if (!impl_->client || !impl_->client->is_valid()) {
    return fail(Errc::bad_usage, "not an http:// address: " + impl_->url);
  }
  std::optional<Error> failed;
  HttpAnswer answer;
  const auto begins = [&](const httplib::Response& response) {
    answer.status = response.status;
    return true;
  };
  const auto receive = [&](const char* bytes, std::size_t size) {
    if (answer.status != 200) {
      if (answer.body.size() < kProblemBytesMax) answer.body.append(bytes, size);
      return true;
    }
    const auto taken = sink({bytes, size});
    if (!taken) failed = taken.error();
    return taken.has_value();
  };
  const auto result = impl_->client->Get(path, httplib::Headers{}, begins, receive);
  if (failed) return fail(*failed);
  if (!result) {
    return fail(Errc::unreachable, impl_->url + " broke off (" +
                                       httplib::to_string(result.error()) + "): its log says why");
  }
  take_headers(*result, answer);
  return answer;
}

}  // namespace linli::node

#include "node/http_client.h"

#include <httplib.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>

#include "node/socket_bytes.h"
#include "node/tls_client.h"

namespace linli::node {
namespace {

/// A modem's queue may hold seconds of what a broken connection left in it.
constexpr auto kConnecting = std::chrono::seconds(10);
constexpr auto kReadTimeout = std::chrono::seconds(60);
constexpr std::size_t kLimit = 256u << 20, kRefusalMax = 64u << 10;
/// An answer slower than this, once it had time to begin, comes from nobody who means well.
constexpr auto kPatience = std::chrono::minutes(2);
constexpr std::int64_t kBytesPerSecondMin = 64;
constexpr int kSendBuffer = 128 << 10;
/// A line that breaks often says nothing: packets only vanish. So whoever sends gives up when
/// nothing is confirmed for so long, and whoever waits asks the other's machine whether it is there
/// (two small packets, at most every 10 s). Longer than a slow modem keeps packets in its queue.
constexpr auto kUnheard = std::chrono::seconds(25);
constexpr int kAskAfter = 10, kAskEvery = 5, kAsks = 3;  // Seconds, and how often.

void notice_dead_lines(int socket) {
  const int yes = 1;
  const unsigned unheard = std::chrono::milliseconds(kUnheard).count();
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &kAskAfter, sizeof kAskAfter);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &kAskEvery, sizeof kAskEvery);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &kAsks, sizeof kAsks);
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard, sizeof unheard);
}
constexpr std::size_t kPiece = 16 << 10;

void keep_headers(const httplib::Response& response, HttpAnswer& answer) {
  answer.status = response.status;
  for (const auto& [name, value] : response.headers) {
    answer.bytes_in += name.size() + value.size() + 4;
    auto lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers[lower] = value;
  }
}

/// Collects a body of bounded size at a bounded slowness.
class Collector {
 public:
  Collector(std::string& into, std::size_t limit) : into_(into), limit_(limit) {}
  bool take(const char* data, std::size_t size) {
    large_ = size > limit_ - std::min(limit_, into_.size());
    const auto passed =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_);
    const auto got = static_cast<std::int64_t>(into_.size() + size);
    const bool trickles = passed > kPatience && got < passed.count() * kBytesPerSecondMin;
    if (large_ || trickles) return false;
    into_.append(data, size);
    return true;
  }
  [[nodiscard]] bool large() const { return large_; }

 private:
  std::string& into_;
  std::size_t limit_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  bool large_ = false;
};

/// What stands in "https://host:port".
struct Target {
  bool tls = false;
  std::string host;
  int port = 0;
};

std::optional<Target> target_of(std::string_view url) {
  Target target;
  target.tls = url.starts_with("https://");
  if (!target.tls && !url.starts_with("http://")) return std::nullopt;
  url.remove_prefix(target.tls ? 8 : 7);
  auto end = url.rfind(':');
  if (url.starts_with('[')) {
    const auto bracket = url.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    target.host = url.substr(1, bracket - 1);
    end = bracket + 1 < url.size() ? bracket + 1 : std::string_view::npos;
  } else {
    target.host = url.substr(0, end);
  }
  target.port = target.tls ? 443 : 80;
  if (end != std::string_view::npos) {
    const auto port = url.substr(end + 1);
    const auto [rest, bad] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (url[end] != ':' || bad != std::errc{} || rest != port.data() + port.size()) return {};
  }
  const bool named = !target.host.empty() && target.host.find('/') == std::string::npos;
  if (!named || target.port < 1 || target.port > 65535) return std::nullopt;
  return target;
}

}  // namespace

struct HttpClient::Impl {
  std::string url;
  std::unique_ptr<httplib::ClientImpl> client;
  TlsClient* tls = nullptr;  ///< The same, if it is https.
  std::optional<crypto::Hash> pin;
  bool meets = false;
  std::size_t limit = kLimit;

  std::atomic<int> socket{-1};      ///< The one that was opened last.
  mutable std::mutex sent_guard;    ///< Guards what follows.
  std::optional<SocketBytes> base;  ///< The socket's counts before the request under way.
  std::uint64_t sending = 0;        ///< Bytes of its body.

  /// A request is under way as long as this stands.
  class Sending {
   public:
    Sending(Impl& impl, std::size_t bytes) : impl_(impl) {
      const bool open = impl_.client->is_socket_open() != 0;
      const std::lock_guard lock(impl_.sent_guard);
      impl_.base = open ? socket_bytes(impl_.socket) : SocketBytes{};
      impl_.sending = bytes;
    }
    ~Sending() {
      const std::lock_guard lock(impl_.sent_guard);
      impl_.base.reset();
    }
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;

   private:
    Impl& impl_;
  };

  [[nodiscard]] Result<void> ready() const {
    if (!client || !client->is_valid()) {
      return fail(Errc::bad_usage,
                  "地址须以 http:// 或 https:// 开头 not an http:// or https:// address: " + url);
    }
    if (!tls || pin || meets) return {};
    return fail(Errc::unauthorised,
                "不知道该地址应由谁的密钥应答 whose key answers at " + url + " isn't known");
  }
  /// `doing`: what the other side did, e.g. "doesn't answer".
  [[nodiscard]] tl::unexpected<Error> failed(httplib::Error why, const std::string& doing) const {
    if (tls && tls->wrong_key()) {
      return fail(Errc::wrong_key,
                  "对方的密钥与其证书不符，未发送任何数据。请核对地址；若前面有代理，请改为直通；"
                  "否则可能有人居中拦截，请联系上级 " +
                      url +
                      " shows another TLS key than its certificate has; nothing was sent: "
                      "check the address, let a proxy pass TLS through, or somebody "
                      "stands in between");
    }
    if (tls && tls->no_tls()) {
      return fail(Errc::unreachable,
                  "该地址不是 https：请核对地址和端口；若对方只提供明文，改写为 http:// " + url +
                      " answers without TLS: check address and port; if plain http is what is "
                      "served there, write http://");
    }
    return fail(Errc::unreachable, url + " " + doing + " (" + httplib::to_string(why) + ")");
  }
  [[nodiscard]] tl::unexpected<Error> failed(httplib::Error why, const Collector& body) const {
    if (body.large()) {
      return fail(Errc::too_large,
                  url + " answers with more than " + std::to_string(limit) + " bytes");
    }
    return failed(why, "doesn't answer");
  }
};

std::chrono::seconds HttpAnswer::retry_after() const {
  const auto said = headers.find("retry-after");
  if (said == headers.end()) return {};
  std::int64_t seconds = 0;
  const auto& text = said->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range) seconds = 3600;
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return {};
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 3600));
}

HttpClient::HttpClient(std::string url, std::shared_ptr<crypto::TlsClientSide> side)
    : impl_(std::make_unique<Impl>()) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  impl_->url = std::move(url);
  if (const auto target = target_of(impl_->url)) {
    if (target->tls) {
      if (!side) side = std::make_shared<crypto::TlsClientSide>();
      auto made = std::make_unique<TlsClient>(target->host, target->port, std::move(side));
      impl_->tls = made.get();
      impl_->client = std::move(made);
    } else {
      impl_->client = std::make_unique<httplib::ClientImpl>(target->host, target->port);
    }
    impl_->client->set_tcp_nodelay(true);
    impl_->client->set_keep_alive(true);
    impl_->client->set_connection_timeout(kConnecting);
    impl_->client->set_read_timeout(kReadTimeout);
    impl_->client->set_write_timeout(std::chrono::seconds(60));
    // What the kernel holds ready on a slow line goes down with a line that is cut, so it is
    // little.
    impl_->client->set_socket_options([impl = impl_.get()](socket_t socket) {
      {
        // A line opened anew counts from nothing.
        const std::lock_guard lock(impl->sent_guard);
        impl->socket = socket;
        if (impl->base) impl->base = SocketBytes{};
      }
      const int bytes = kSendBuffer;
      ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
      notice_dead_lines(socket);
    });
    impl_->client->set_default_headers({{"User-Agent", "linli"}});
  }
}

HttpClient::~HttpClient() = default;

const std::string& HttpClient::url() const { return impl_->url; }

void HttpClient::set_bearer(const std::string& token, const std::string& system_user) {
  if (!impl_->client) return;
  httplib::Headers headers{{"User-Agent", "linli"}, {"Authorization", "Bearer " + token}};
  if (!system_user.empty()) headers.emplace("X-Linli-System-User", system_user);
  impl_->client->set_default_headers(std::move(headers));
}

void HttpClient::set_timeout(std::chrono::milliseconds read) {
  if (impl_->client) impl_->client->set_read_timeout(read);
}

std::optional<HttpClient::UnderWay> HttpClient::under_way() const {
  const std::lock_guard lock(impl_->sent_guard);
  if (!impl_->base) return std::nullopt;
  const auto now = socket_bytes(impl_->socket);
  const auto since = [](std::uint64_t at, std::uint64_t from) { return at > from ? at - from : 0; };
  return UnderWay{impl_->sending,
                  std::min(impl_->sending, since(now.confirmed, impl_->base->confirmed)),
                  since(now.received, impl_->base->received)};
}

void HttpClient::set_limit(std::size_t bytes) { impl_->limit = bytes; }

void HttpClient::close() {
  if (impl_->tls) impl_->tls->give_up();
  if (impl_->client) impl_->client->stop();
}

void HttpClient::pin(const crypto::Hash& key) {
  impl_->pin = key;
  if (!impl_->tls) return;
  impl_->tls->pin(key);
  if (impl_->tls->peer_key() != key) close();
}

void HttpClient::meet() {
  impl_->meets = true;
  impl_->pin.reset();
  if (impl_->tls) impl_->tls->pin(std::nullopt);
}

bool HttpClient::is_https() const { return impl_->tls != nullptr; }
bool HttpClient::is_pinned() const { return impl_->pin.has_value(); }
crypto::Hash HttpClient::line_key() const {
  return impl_->tls ? impl_->tls->peer_key() : crypto::Hash{};
}
bool HttpClient::resumed() const { return impl_->tls && impl_->tls->resumed(); }

Result<HttpAnswer> HttpClient::send(const std::string& method, const std::string& path,
                                    const std::string& body, const std::string& content_type,
                                    const std::map<std::string, std::string>& headers) {
  if (auto ready = impl_->ready(); !ready) return fail(ready.error());
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (!content_type.empty()) request.set_header("Content-Type", content_type);
  for (const auto& [name, value] : headers) request.set_header(name, value);
  HttpAnswer answer;
  Collector collector(answer.body, impl_->limit);
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    return collector.take(data, size);
  };
  const Impl::Sending sending(*impl_, body.size());
  const auto result = impl_->client->send(request);
  if (!result) return impl_->failed(result.error(), collector);
  keep_headers(*result, answer);
  answer.bytes_in += answer.body.size() + 40;
  // The request line, Host, Accept, Connection, Content-Length and User-Agent, as the library adds.
  answer.bytes_out =
      body.size() + method.size() + path.size() + impl_->url.size() + 120 + content_type.size();
  return answer;
}

Result<HttpAnswer> HttpClient::stream(const std::string& path,
                                      const std::map<std::string, std::string>& headers,
                                      const Take& take) {
  if (auto ready = impl_->ready(); !ready) return fail(ready.error());
  HttpAnswer answer;
  Collector refusal(answer.body, kRefusalMax);
  bool enough = false;
  const auto result = impl_->client->Get(
      path, httplib::Headers(headers.begin(), headers.end()),
      [&](const httplib::Response& response) {
        keep_headers(response, answer);
        return true;
      },
      [&](const char* data, std::size_t size) {
        if (answer.status != 200) return refusal.take(data, size);
        enough = !take({data, size});
        return !enough;
      });
  if (result || enough) return answer;
  return impl_->failed(result.error(), refusal);
}

Result<HttpAnswer> HttpClient::upload(const std::string& path, const std::string& content_type,
                                      const std::function<Result<void>(const Sink&)>& source) {
  if (auto ready = impl_->ready(); !ready) return fail(ready.error());
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
  if (!result) return impl_->failed(result.error(), "doesn't answer");
  HttpAnswer answer;
  answer.body = result->body;
  keep_headers(*result, answer);
  return answer;
}

Result<HttpAnswer> HttpClient::download(const std::string& path, const Sink& sink) {
  if (auto ready = impl_->ready(); !ready) return fail(ready.error());
  std::optional<Error> failed;
  HttpAnswer answer;
  const auto begins = [&](const httplib::Response& response) {
    answer.status = response.status;
    return true;
  };
  const auto receive = [&](const char* bytes, std::size_t size) {
    if (answer.status != 200) {
      if (answer.body.size() < kRefusalMax) answer.body.append(bytes, size);
      return true;
    }
    const auto taken = sink({bytes, size});
    if (!taken) failed = taken.error();
    return taken.has_value();
  };
  const auto result = impl_->client->Get(path, httplib::Headers{}, begins, receive);
  if (failed) return fail(*failed);
  if (!result) {
    auto why = impl_->failed(result.error(), "broke off");
    if (why.value().code == Errc::unreachable) why.value().detail += ": its log says why";
    return why;
  }
  keep_headers(*result, answer);
  return answer;
}

Result<HttpAnswer> HttpClient::put_range(const std::string& path,
                                         const std::map<std::string, std::string>& headers,
                                         std::size_t length, const Source& source) {
  if (auto ready = impl_->ready(); !ready) return fail(ready.error());
  const auto result = impl_->client->Put(
      path, httplib::Headers(headers.begin(), headers.end()), length,
      [&](std::size_t offset, std::size_t most, httplib::DataSink& sink) {
        const auto piece = source(offset, std::min(most, kPiece));
        return piece && sink.write(piece->data(), piece->size());
      },
      "application/octet-stream");
  if (!result) return impl_->failed(result.error(), "took no more");
  HttpAnswer answer;
  answer.body = result->body;
  keep_headers(*result, answer);
  return answer;
}

Result<HttpAnswer> HttpClient::get_range(const std::string& path,
                                         const std::map<std::string, std::string>& headers,
                                         const Take& take) {
  if (auto ready = impl_->ready(); !ready) return fail(ready.error());
  HttpAnswer answer;
  Collector refusal(answer.body, kRefusalMax);
  const auto result = impl_->client->Get(
      path, httplib::Headers(headers.begin(), headers.end()),
      [&](const httplib::Response& response) {
        keep_headers(response, answer);
        return true;
      },
      [&](const char* bytes, std::size_t n) {
        if (answer.status == 200 || answer.status == 206) return take({bytes, n});
        return refusal.take(bytes, n);
      });
  if (!result) return impl_->failed(result.error(), "gave no more");
  return answer;
}

}  // namespace linli::node

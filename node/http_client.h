// node/http_client.h: one HTTP request to another node, with errors as people can use them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/hash.h"

namespace linli::crypto {
class TlsClientSide;
}

namespace linli::node {

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::size_t bytes_out = 0, bytes_in = 0;     ///< With headers, about.

  /// What `Retry-After` asks for, if it says so in seconds; at most an hour. 0: it doesn't.
  [[nodiscard]] std::chrono::seconds retry_after() const;
};

/// "http://host:port" or "https://host:port"; keeps one connection alive. Not thread-safe, but for
/// `close`. Over https it talks with one key, that of the other node's certificate: no authority
/// vouches for it and no host name is compared, so it works without internet. Until the key is
/// known (`pin`), nothing is asked there, except what `meet` allows.
class HttpClient {
 public:
  /// `side`: remembers TLS sessions across clients; without it, each begins anew.
  explicit HttpClient(std::string url, std::shared_ptr<crypto::TlsClientSide> side = nullptr);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// From now on only this key is good; a line that was met with another ends.
  void pin(const crypto::Hash& key);
  /// Until `pin`, whoever answers is talked with: to ask who it is, and nothing that is secret.
  void meet();
  [[nodiscard]] bool is_https() const;
  [[nodiscard]] bool is_pinned() const;
  /// The key that answered last, over https; zero: none did.
  [[nodiscard]] crypto::Hash line_key() const;
  /// The last TLS handshake went on from an earlier one.
  [[nodiscard]] bool resumed() const;

  /// Errors: unreachable (says what was tried; also an answer that only trickles in), bad_usage
  /// (not an http URL), too_large (the answer), wrong_key (https: another key than the pinned one
  /// answers; nothing was sent), unauthorised (https: no key is pinned).
  [[nodiscard]] Result<HttpAnswer> send(const std::string& method, const std::string& path,
                                        const std::string& body = {},
                                        const std::string& content_type = {},
                                        const std::map<std::string, std::string>& headers = {});
  /// Reads an answer that doesn't end, piece by piece, until `take` says false or the line ends:
  /// with status 200 and no body. Any other answer is given whole. Errors: as `send`.
  using Take = std::function<bool(std::string_view piece)>;
  [[nodiscard]] Result<HttpAnswer> stream(const std::string& path,
                                          const std::map<std::string, std::string>& headers,
                                          const Take& take);
  [[nodiscard]] const std::string& url() const;
  /// How long to wait for the next byte.
  /// Takes the next bytes of a body; an error ends the transfer.
  using Sink = std::function<Result<void>(std::string_view)>;
  /// Posts a body of any length that `source` hands out piece by piece; never more than a piece is
  /// in memory. Errors: unreachable, bad_usage, the source's.
  [[nodiscard]] Result<HttpAnswer> upload(const std::string& path, const std::string& content_type,
                                          const std::function<Result<void>(const Sink&)>& source);
  /// Gets a body of any length into `sink`; that of another status than 200 is in the answer, cut
  /// at 64 KiB. Errors: unreachable (also if it ends too early), bad_usage, the sink's.
  [[nodiscard]] Result<HttpAnswer> download(const std::string& path, const Sink& sink);
  /// PUTs `length` bytes that `source` hands out piece by piece, from an offset of its own counting
  /// on. `source` answers with nothing to give up. Errors: as send; unreachable also when the line
  /// was cut, or the other side had heard enough.
  using Source = std::function<std::optional<std::string>(std::size_t offset, std::size_t most)>;
  [[nodiscard]] Result<HttpAnswer> put_range(const std::string& path,
                                             const std::map<std::string, std::string>& headers,
                                             std::size_t length, const Source& source);
  /// GETs, handing out a good answer's body piece by piece as it comes; what isn't 200 or 206 is
  /// collected instead, up to 64 KiB. `take` answers false to give up. Errors: as send.
  [[nodiscard]] Result<HttpAnswer> get_range(const std::string& path,
                                             const std::map<std::string, std::string>& headers,
                                             const Take& take);
  void set_timeout(std::chrono::milliseconds read);
  /// The request that `send` has under way, by what the machine at the other end of the line has
  /// confirmed; nothing: none. On a slow line the bytes written only fill the kernel's buffer.
  /// From any thread.
  struct UnderWay {
    std::uint64_t bytes = 0;  ///< Of its body.
    std::uint64_t gone = 0;   ///< Of those; headers count along.
    std::uint64_t came = 0;   ///< Of the answer so far, with headers.
  };
  [[nodiscard]] std::optional<UnderWay> under_way() const;
  /// Sends `Authorization: Bearer …` along from now on; and which user of the system runs the
  /// command, if one is named (api/door.h).
  void set_bearer(const std::string& token, const std::string& system_user = {});
  /// The longest answer that is read; 256 MiB at first.
  void set_limit(std::size_t bytes);
  /// Lets go of the connection; the next request makes a new one. A hub has a place for each
  /// connection that is kept open: a node that only polls must not hold one. From any thread: ends
  /// the request under way.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::node

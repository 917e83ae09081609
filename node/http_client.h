// node/http_client.h: one HTTP request to another node, with errors as people can use them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "crypto/result.h"

namespace linli::node {

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::size_t bytes_out = 0, bytes_in = 0;     ///< With headers, about.
};

/// "http://host:port" with optional path prefix; keeps one connection alive. Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(std::string url);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Errors: unreachable (says what was tried), bad_usage (not an http URL).
  [[nodiscard]] Result<HttpAnswer> send(const std::string& method, const std::string& path,
                                        const std::string& body = {},
                                        const std::string& content_type = {},
                                        const std::map<std::string, std::string>& headers = {});
  /// PUTs `length` bytes that `source` hands out piece by piece, from an offset of its own counting
  /// on. `source` answers with nothing to give up. Errors: as send; unreachable also when the line
  /// was cut, or the other side had heard enough.
  using Source = std::function<std::optional<std::string>(std::size_t offset, std::size_t most)>;
  [[nodiscard]] Result<HttpAnswer> upload(const std::string& path,
                                          const std::map<std::string, std::string>& headers,
                                          std::size_t length, const Source& source);
  /// GETs, handing out a good answer's body piece by piece as it comes; what isn't 200 or 206 is
  /// collected instead, up to 64 KiB. `sink` answers false to give up. Errors: as send.
  using Sink = std::function<bool(std::string_view piece)>;
  [[nodiscard]] Result<HttpAnswer> download(const std::string& path,
                                            const std::map<std::string, std::string>& headers,
                                            const Sink& sink);
  void set_timeout(std::chrono::milliseconds read);
  /// Lets go of the connection; the next request makes a new one. A hub has a place for each
  /// connection that is kept open: a node that only polls must not hold one.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::node

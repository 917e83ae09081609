// crypto/tls_line.h: one encrypted line over a connected socket: handshake, reading, writing.
//
// TLS 1.2 at least, 1.3 between nodes. A caller that says it is a node (ALPN "linli/1") is shown
// the node's own key, which it knows by its hash from the node's certificate; a browser is shown a
// certificate with names. Nothing is ever sent before the other side's key was looked at.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "crypto/tls.h"

namespace linli::crypto {

/// What the answering side shows. Thread-safe.
class TlsServerSide {
 public:
  explicit TlsServerSide(const TlsIdentity& for_nodes);
  ~TlsServerSide();
  TlsServerSide(const TlsServerSide&) = delete;
  TlsServerSide& operator=(const TlsServerSide&) = delete;

  /// From the next line on; without one, browsers are shown what nodes are.
  void show_browsers(std::optional<TlsIdentity> identity);
  /// Asked at the beginning of each line, before an identity is chosen.
  void on_line(std::function<void()> look);

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// The calling side: remembers sessions, so that the next line to the same key costs less.
/// Thread-safe.
class TlsClientSide {
 public:
  TlsClientSide();
  ~TlsClientSide();
  TlsClientSide(const TlsClientSide&) = delete;
  TlsClientSide& operator=(const TlsClientSide&) = delete;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// One line. The socket stays its owner's, who closes it after the line has gone; it is made
/// non-blocking. One thread at a time. The process ignores SIGPIPE: a write to who has gone fails.
class TlsLine {
 public:
  using Wait = std::chrono::milliseconds;
  enum class Step {
    done,
    wants_read,   ///< Again when something has come.
    wants_write,  ///< Again when something can be sent.
    failed,
    plain_http,  ///< Failed: the caller speaks HTTP without TLS.
  };

  /// `side` outlives it.
  TlsLine(const TlsServerSide& side, int socket);
  /// `pin`: the only key that is good; nothing: any, for the caller to judge by peer_key(). `place`
  /// names where it leads, for sessions.
  TlsLine(const TlsClientSide& side, int socket, const std::optional<Hash>& pin,
          const std::string& place);
  ~TlsLine();
  TlsLine(const TlsLine&) = delete;
  TlsLine& operator=(const TlsLine&) = delete;

  /// One step of the handshake, without waiting.
  [[nodiscard]] Step shake_hands();
  /// The whole of it. False: it failed, took longer than `most`, or `stop` said so.
  [[nodiscard]] bool shake_hands(Wait most, const std::function<bool()>& stop = {});

  [[nodiscard]] bool wrong_key() const;  ///< It failed because of the pin.
  [[nodiscard]] Hash peer_key() const;   ///< The key that the server showed; zero: none.
  [[nodiscard]] bool is_nodes() const;   ///< Both sides are nodes, by their word.
  [[nodiscard]] bool resumed() const;
  [[nodiscard]] bool no_tls() const;      ///< It failed: what answers speaks something else.
  [[nodiscard]] std::string why() const;  ///< Why it failed, for people.

  /// More than 0: so many bytes; 0: the other side has ended; -1: the line is broken, or nothing
  /// came for so long.
  [[nodiscard]] std::ptrdiff_t read(char* into, std::size_t most, Wait patience);
  /// All of it, or false.
  [[nodiscard]] bool write(const char* bytes, std::size_t size, Wait patience);
  /// Something was read already that read() will give.
  [[nodiscard]] bool pending() const;
  [[nodiscard]] int socket() const;
  /// OpenSSL's own handle.
  [[nodiscard]] const void* handle() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Waits until a socket can be read (or written). False: not in time, or the line is gone.
[[nodiscard]] bool wait_for(int socket, bool write, std::chrono::milliseconds most);

}  // namespace linli::crypto

// api/server.h: the node's HTTP face: sync for nodes, /api/v1 for programs, pages for people.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/agent.h"
#include "node/replica.h"

namespace linli::api {

struct Listen {
  std::string host = "127.0.0.1";
  int port = 8080;  ///< 0: any free one.
  enum class Line {
    by_place,  ///< http at this machine's own addresses, https elsewhere.
    http,      ///< Asked for: others on the line can read along.
    https,
  } line = Line::by_place;
  /// "127.0.0.1:8080", ":8080", "8080", "[::1]:8080", also with "http://" or "https://" before.
  /// Errors: bad_usage.
  [[nodiscard]] static Result<Listen> parse(std::string_view text);
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_https() const;
};

class Server {
 public:
  /// `agent` may be null (the hub has no upstream). Opens accounts.db; throws store::DatabaseError
  /// if that can't be.
  Server(node::Replica& replica, node::Agent* agent);
  ~Server();

  /// Binds one more address. Errors: port_in_use (also if another server took the port a moment
  /// ago), bad_usage (a host that isn't this machine's), forbidden (not loopback: others are
  /// answered only with `open` set; see door.h); for https those of node::tls_server_side.
  [[nodiscard]] Result<void> bind(const Listen& listen, bool open = false);
  [[nodiscard]] int port() const;                       ///< Of the address that was bound last.
  [[nodiscard]] std::vector<std::string> urls() const;  ///< Of all, in their order.
  /// What commands that may read the data folder show (DataDir::set_serving).
  [[nodiscard]] const std::string& console_token() const;
  /// The code for the first account, from another machine; empty: there are accounts.
  [[nodiscard]] std::string set_up_code() const;
  /// Serves until `stop`; call from one thread.
  void run();
  void stop();  ///< From any thread, or a signal's watcher.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::api

// tests/e2e/city.h: a small city of real processes, each with a folder and a port of its own.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "node/app/process.h"
#include "node/data_dir.h"
#include "node/http_client.h"

namespace linli::e2e {

using Json = nlohmann::ordered_json;
using app::Ran;

/// A folder under the system's temporary one; removed at the end unless a test failed in it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `linli ARGUMENTS…` to its end.
[[nodiscard]] Ran linli(const Scratch& scratch, const std::vector<std::string>& arguments,
                        const std::string& in = {});
/// The same, which must succeed.
std::string must(const Scratch& scratch, const std::vector<std::string>& arguments,
                 const std::string& in = {});

/// One node: its folder, and its `linli serve` while it runs.
class Node {
 public:
  Node(const Scratch& scratch, const std::string& name);
  [[nodiscard]] std::string data() const { return data_.string(); }
  [[nodiscard]] const std::string& url() const { return url_; }
  /// Starts serving and waits until it answers. The port of the first start is kept, so that
  /// others find it again after a restart.
  void start();
  /// From the next start on: on which address, and how often to ask the upstream without a reason.
  void serve_at(const std::string& host, int poll_ms) {
    host_ = host;
    poll_ms_ = poll_ms;
  }
  void kill();  ///< SIGKILL.
  void stop();  ///< SIGTERM; must end with exit code 0.
  [[nodiscard]] bool running() const { return process_ != nullptr; }

  /// JSON of a GET; the status must be 200.
  [[nodiscard]] Json get(const std::string& path);
  /// Lines into /batch: their answers. Nothing: no answer came (the node is gone).
  [[nodiscard]] std::optional<std::vector<Json>> batch(const std::string& type,
                                                       const std::vector<Json>& lines,
                                                       const std::string& options = {});
  [[nodiscard]] Result<node::HttpAnswer> send(
      const std::string& method, const std::string& path, const std::string& body = {},
      const std::string& content_type = "application/json",
      const std::map<std::string, std::string>& headers = {});
  [[nodiscard]] std::string log() const;

 private:
  const Scratch& scratch_;
  std::filesystem::path data_;
  std::string host_ = "127.0.0.1";
  int poll_ms_ = 50, port_ = 0;
  std::string url_;
  std::unique_ptr<app::Child> process_;
  std::unique_ptr<node::HttpClient> client_;
};

inline const std::string kCommunityA = "410700/410702/410702003/410702003901";
inline const std::string kCommunityB = "410700/410703/410703001/410703001901";

/// A hub with the sample reference data, and offices that joined it.
struct City {
  Scratch scratch;
  Node hub{scratch, "hub"};
  std::vector<std::unique_ptr<Node>> offices;

  /// One office for each scope; all run.
  explicit City(const std::vector<std::string>& scopes);
  [[nodiscard]] Node& office(std::size_t i) { return *offices.at(i); }

  /// Waits until no node has anything left to send and all hold the same records where they may.
  void settle();
  /// `linli verify` on every node.
  void verify();
  /// Every record of a type as a node exports it, those of one scope only, sorted lines.
  [[nodiscard]] std::string exported(Node& node, const std::string& type,
                                     const std::string& scope = {});
};

// Made-up records without a fault.
[[nodiscard]] Json compound(int n);
[[nodiscard]] Json inspection(const std::string& compound_code, int day);

}  // namespace linli::e2e

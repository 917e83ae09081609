// node/app/demo_node.h: one node of the demo's city: its folder, and its process while it runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/app/process.h"
#include "node/http_client.h"

namespace linli::app {

class DemoNode {
 public:
  /// `key` names its folder and log in `home`; `title` is for people.
  DemoNode(const std::filesystem::path& home, std::string key, std::string title, std::string scope)
      : home_(home), key_(std::move(key)), title_(std::move(title)), scope_(std::move(scope)) {}

  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::string& scope() const { return scope_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::string data() const { return (home_ / key_).string(); }
  [[nodiscard]] bool running() const { return child_ != nullptr; }

  /// `linli serve`, on the port of the time before, if there was one. Returns once it listens.
  void serve();
  void kill_hard();          ///< SIGKILL: as when the power fails.
  [[nodiscard]] int stop();  ///< As when it is shut down: its exit code.

  /// `linli ARGUMENTS… --data FOLDER`: its stdout. Throws Unmet unless it succeeds.
  [[nodiscard]] std::string linli(std::vector<std::string> arguments, const std::string& in = {});
  /// The same with --json: its answer.
  [[nodiscard]] Json linli_json(std::vector<std::string> arguments);
  /// Its HTTP API. Throws Unmet unless it answers 2xx.
  [[nodiscard]] Json get(const std::string& path);
  /// POST /api/v1/batch: how many went in. Throws Unmet if one was refused.
  std::size_t post(const std::string& type, const std::vector<Json>& records);
  /// Change sets that wait for the hub's receipt; nothing: it doesn't answer.
  [[nodiscard]] std::optional<std::int64_t> waiting();

 private:
  [[nodiscard]] std::string send(const std::string& method, const std::string& path,
                                 const std::string& body, const std::string& type);

  std::filesystem::path home_;
  std::string key_, title_, scope_, url_;
  std::unique_ptr<Child> child_;
  std::unique_ptr<node::HttpClient> client_;
};

}  // namespace linli::app

#include "node/app/demo_node.h"

#include "node/data_dir.h"

namespace linli::app {

void DemoNode::serve() {
  constexpr auto kStarting = std::chrono::seconds(60);
  // An outage of the demo lasts seconds, not days: it polls and waits accordingly.
  constexpr const char* kPollMs = "250";
  const auto listen = url_.empty() ? std::string("127.0.0.1:0") : url_.substr(url_.find("//") + 2);
  const auto log = home_ / (key_ + ".log");
  child_ = std::make_unique<Child>(
      std::vector<std::string>{"serve", "--data", data(), "--listen", listen, "--poll-ms", kPollMs,
                               "--log-level", "warn"},
      std::filesystem::path(), log, log);
  const node::DataDir dir(data());
  eventually(title_ + " doesn't begin to listen; see " + log.string(), kStarting, [&] {
    expect(!child_->ended(), title_ + " ended at once; see " + log.string());
    return dir.serving().has_value();
  });
  url_ = *dir.serving();
  client_ = std::make_unique<node::HttpClient>(url_);
  client_->set_bearer(dir.serving_token());
}

void DemoNode::kill_hard() {
  if (child_) child_->kill_hard();
  child_.reset();
  client_.reset();
}

int DemoNode::stop() {
  if (!child_) return 0;
  client_.reset();
  const auto code = child_->stop();
  child_.reset();
  return code;
}

std::string DemoNode::linli(std::vector<std::string> arguments, const std::string& in) {
  arguments.insert(arguments.end(), {"--data", data()});
  return must_run(arguments, home_ / "scratch", in);
}

Json DemoNode::linli_json(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const auto out = linli(arguments);
  auto json = Json::parse(out, nullptr, false);
  expect(!json.is_discarded(), "`linli " + arguments.front() + " --json` printed no JSON");
  return json;
}

std::string DemoNode::send(const std::string& method, const std::string& path,
                           const std::string& body, const std::string& type) {
  expect(client_ != nullptr, title_ + " isn't running");
  auto answer = client_->send(method, path, body, type);
  expect(answer.has_value(), title_ + ": " + (answer ? "" : describe(answer.error())));
  expect(answer->status >= 200 && answer->status <= 299,
         title_ + " answered " + std::to_string(answer->status) + " to " + method + " " + path +
             ": " + answer->body.substr(0, 300));
  return std::move(answer->body);
}

Json DemoNode::get(const std::string& path) {
  auto json = Json::parse(send("GET", "/api/v1" + path, {}, {}), nullptr, false);
  expect(json.is_object(), title_ + " answered no JSON to " + path);
  return json;
}

std::size_t DemoNode::post(const std::string& type, const std::vector<Json>& records) {
  if (records.empty()) return 0;
  std::string body;
  for (const auto& record : records) body += record.dump() + "\n";
  const auto answer = send("POST", "/api/v1/batch?type=" + type, body, "application/x-ndjson");
  std::size_t done = 0;
  for (std::size_t at = 0; at < answer.size();) {
    const auto end = std::min(answer.find('\n', at), answer.size());
    const auto line = Json::parse(answer.substr(at, end - at), nullptr, false);
    at = end + 1;
    if (!line.is_object()) continue;
    expect(!line.contains("faults"), title_ + " refused a " + type + ": " + line.dump());
    ++done;
  }
  expect(done == records.size(), title_ + " answered for too few records");
  return done;
}

std::optional<std::int64_t> DemoNode::waiting() {
  if (!client_) return std::nullopt;
  const auto answer = client_->send("GET", "/api/v1/node");
  if (!answer || answer->status != 200) return std::nullopt;
  const auto json = Json::parse(answer->body, nullptr, false);
  if (!json.is_object() || !json.contains("waiting")) return std::nullopt;
  return json["waiting"].value("sets", std::int64_t{-1});
}

}  // namespace linli::app

#include "tests/e2e/city.h"

#include <unistd.h>

#include <algorithm>
#include <random>

namespace linli::e2e {

using namespace std::chrono_literals;

Scratch::Scratch() {
  app::use_program(LINLI_PROGRAM);
  std::string name = (std::filesystem::temp_directory_path() / "linli-e2e-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ec;
  std::filesystem::remove_all(path_, ec);
}

Ran linli(const Scratch& scratch, const std::vector<std::string>& arguments,
          const std::string& in) {
  return app::run_linli(arguments, scratch.path(), in);
}

std::string must(const Scratch& scratch, const std::vector<std::string>& arguments,
                 const std::string& in) {
  const auto ran = linli(scratch, arguments, in);
  std::string line;
  for (const auto& argument : arguments) line += argument + ' ';
  INFO("linli " << line << "\n" << ran.err << ran.out.substr(0, 600));
  REQUIRE(ran.code == 0);
  return ran.out;
}

Node::Node(const Scratch& scratch, const std::string& name)
    : scratch_(scratch), data_(scratch / name) {}

void Node::start() {
  REQUIRE(!process_);
  const node::DataDir dir(data_);
  dir.clear_serving();
  std::vector<std::string> arguments{"serve",
                                     "--data",
                                     data(),
                                     "--listen",
                                     host_ + ":" + std::to_string(port_),
                                     "--poll-ms",
                                     std::to_string(poll_ms_)};
  if (host_ != "127.0.0.1") arguments.insert(arguments.end(), {"--open", "--plain-http"});
  process_ = std::make_unique<app::Child>(arguments, std::filesystem::path(),
                                          scratch_ / (data_.filename().string() + ".out"),
                                          scratch_ / (data_.filename().string() + ".err"));
  app::eventually("serve answers", 20s, [&] {
    if (process_->ended()) FAIL("serve ended by itself: " << log());
    const auto url = dir.serving();
    if (!url) return false;
    url_ = *url;
    client_ = std::make_unique<node::HttpClient>(url_);
    const auto answer = client_->send("GET", "/healthz");
    return answer && answer->status == 200;
  });
  port_ = std::stoi(url_.substr(url_.rfind(':') + 1));
}

void Node::kill() {
  process_->kill_hard();
  process_.reset();
}

void Node::stop() {
  const auto code = process_->stop();
  process_.reset();
  INFO(log());
  REQUIRE(code == 0);
}

std::string Node::log() const {
  return app::read_file(scratch_ / (data_.filename().string() + ".err"));
}

Result<node::HttpAnswer> Node::send(const std::string& method, const std::string& path,
                                    const std::string& body, const std::string& content_type,
                                    const std::map<std::string, std::string>& headers) {
  return client_->send(method, path, body, body.empty() ? "" : content_type, headers);
}

Json Node::get(const std::string& path) {
  const auto answer = send("GET", path);
  INFO(path << (answer ? answer->body : describe(answer.error())));
  REQUIRE(answer);
  REQUIRE(answer->status == 200);
  return Json::parse(answer->body);
}

std::optional<std::vector<Json>> Node::batch(const std::string& type,
                                             const std::vector<Json>& lines,
                                             const std::string& options) {
  std::string body;
  for (const auto& line : lines) body += line.dump() + '\n';
  const auto answer =
      send("POST", "/api/v1/batch?type=" + type + options, body, "application/x-ndjson");
  if (!answer || answer->status != 200) return std::nullopt;
  std::vector<Json> out;
  for (std::size_t at = 0; at < answer->body.size();) {
    const auto end = answer->body.find('\n', at);
    out.push_back(Json::parse(answer->body.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

City::City(const std::vector<std::string>& scopes) {
  must(scratch, {"init", "--data", hub.data(), "--role", "hub", "--name", "示例住建局", "--scope",
                 "410700"});
  for (const auto* type :
       {"org_unit", "company", "course", "session", "disclosure_kind", "template"}) {
    must(scratch, {"records", "put", "--data", hub.data(), type,
                   std::string(LINLI_SAMPLES) + "/" + type + ".ndjson"});
  }
  hub.start();
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    offices.push_back(std::make_unique<Node>(scratch, "office" + std::to_string(i)));
    auto line = must(scratch, {"invite", "--data", hub.data(), "--role", "office", "--scope",
                               scopes[i], "--name", "示例社区" + std::to_string(i)});
    line.erase(line.find_last_not_of(" \n") + 1);
    must(scratch, {"join", "--data", offices.back()->data(), line, "--hub", hub.url()});
    offices.back()->start();
  }
  settle();
}

void City::settle() {
  app::eventually("the city converges", 60s, [&] {
    for (auto& office : offices) {
      if (!office->running()) continue;
      const auto state = office->get("/api/v1/node");
      if (state["waiting"]["sets"] != 0 || state["waiting"]["held_back"] != 0) return false;
      if (state["upstream"]["state"] != "ok") return false;
    }
    // Nothing left to send anywhere; now everybody must have fetched: compare what is shared.
    const auto want = exported(hub, "org_unit") + exported(hub, "template");
    for (auto& office : offices) {
      if (!office->running()) continue;
      if (exported(*office, "org_unit") + exported(*office, "template") != want) return false;
      const auto scope = office->get("/api/v1/node")["scope"].get<std::string>();
      for (const auto* type : {"compound", "inspection", "disclosure"}) {
        if (exported(*office, type, scope) != exported(hub, type, scope)) return false;
      }
    }
    return true;
  });
}

void City::verify() {
  for (auto* node : {&hub}) must(scratch, {"verify", "--data", node->data()});
  for (auto& office : offices) must(scratch, {"verify", "--data", office->data()});
}

std::string City::exported(Node& node, const std::string& type, const std::string& scope) {
  const auto all = must(scratch, {"export", type, "--data", node.data(), "--format", "ndjson"});
  if (scope.empty()) return all;
  std::string lines;
  for (std::size_t at = 0; at < all.size();) {
    const auto end = all.find('\n', at);
    const auto line = all.substr(at, end - at + 1);
    if (line.find("\"scope\":\"" + scope + "\"") != std::string::npos) lines += line;
    at = end + 1;
  }
  return lines;
}

Json compound(int n) {
  const auto code = "410702003901" + std::to_string(100 + n);
  return {{"compound_code", code},
          {"name", "示例小区" + std::to_string(n)},
          {"community", {{"key", "410702003901"}, {"scope", "410700"}}},
          {"address", "示例路" + std::to_string(n) + "号"},
          {"kind", "commodity"},
          {"is_old", false},
          {"management_mode", "company"},
          {"building_count", 4},
          {"household_count", 300},
          {"delivered_household_count", 290},
          {"occupied_household_count", 250},
          {"floor_area_dm2", 3000000},
          {"exclusive_area_dm2", 2800000},
          {"delivered_area_dm2", 2700000},
          {"property_office_area_dm2", 12000},
          {"lift_count", 8},
          {"highrise_building_count", 4},
          {"parking_count", 200},
          {"charging_point_count", 20},
          {"basement", true},
          {"flood_risk", "low"},
          {"first_delivery_on", "2019-06-01"},
          {"status", "in_service"},
          {"status_on", "2019-07-01"}};
}

Json inspection(const std::string& compound_code, int day) {
  const auto date =
      "2023-05-" + std::string(day % 28 + 1 < 10 ? "0" : "") + std::to_string(day % 28 + 1);
  return {{"kind", "patrol"},
          {"compound", compound_code},
          {"template", {"standard", 1}},
          {"inspectors", {"J001"}},
          {"started_at", date + "T09:00"},
          {"ended_at", date + "T10:00"},
          {"results", {{"F01", "ok"}, {"F06", "fail"}, {"C01", "na"}}},
          {"note", "电梯间有杂物"},
          {"status", "submitted"}};
}

}  // namespace linli::e2e

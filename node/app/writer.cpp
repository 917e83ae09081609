#include "node/app/writer.h"

#include <algorithm>
#include <thread>

#include "node/audit.h"
#include "node/lines.h"
#include "node/outcomes.h"

namespace linli::app {
namespace {

LineOutcome outcome_of(const node::Outcome& outcome) {
  LineOutcome line{{}, outcome.scope, std::string(node::done_name(outcome.done)), {}, 0};
  if (!outcome.id.is_zero()) line.id = sync::to_text(outcome.id);
  for (const auto& fault : outcome.faults) line.faults.push_back(fault_json(fault));
  line.settled = outcome.settled;
  if (!line.faults.empty()) line.done = "refused";
  return line;
}

class LocalWriter final : public Writer {
 public:
  explicit LocalWriter(node::Replica& replica) : replica_(replica) {}

  Result<std::vector<LineOutcome>> put(const model::RecordType& type,
                                       const std::vector<Line>& lines,
                                       const node::PutOptions& options) override {
    std::vector<node::Wish> wishes(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      wishes[i] = node::wish_of_line(type, lines[i].json);
    }
    auto outcomes = replica_.put(wishes, options);
    if (!outcomes) return fail(outcomes.error());
    std::vector<LineOutcome> answer;
    for (const auto& outcome : *outcomes) answer.push_back(outcome_of(outcome));
    return answer;
  }

  Result<void> remove(const model::RecordType& type, const std::string& scope,
                      const std::string& id) override {
    const auto record = sync::record_id(id);
    if (!record) return fail(record.error());
    node::Wish wish;
    wish.kind = node::Wish::Kind::remove;
    wish.type = &type;
    wish.id = *record;
    wish.scope = scope;
    auto outcomes = replica_.put({wish});
    if (!outcomes) return fail(outcomes.error());
    const auto& faults = outcomes->front().faults;
    if (faults.empty()) return {};
    return fail(faults.front().code, faults.front().en, faults.front().field);
  }

 private:
  node::Replica& replica_;
};

/// Reads the node's answer: one JSON line for each line that was sent.
Result<std::vector<LineOutcome>> read_outcomes(const std::string& body, std::size_t count) {
  std::vector<LineOutcome> outcomes(count);
  std::size_t answered = 0;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = std::min(body.find('\n', at), body.size());
    const auto json = Json::parse(body.begin() + static_cast<std::ptrdiff_t>(at),
                                  body.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    const bool blank = end == at;
    at = end + 1;
    if (blank) continue;
    const auto number = json.is_object() ? json.value("line", std::size_t{0}) : 0;
    if (number < 1 || number > count) {
      return fail(Errc::internal, "读不懂运行中节点的答复 the running node's answer can't be read");
    }
    auto& outcome = outcomes[number - 1];
    outcome.id = json.value("id", "");
    outcome.scope = json.value("scope", "");
    outcome.done = json.value("done", "refused");
    outcome.settled = json.value("settled", std::size_t{0});
    for (const auto& fault : json.value("faults", Json::array())) outcome.faults.push_back(fault);
    ++answered;
  }
  if (answered != count)
    return fail(Errc::internal,
                "运行中的节点漏答了几行 the running node answered for too few lines");
  return outcomes;
}

class RemoteWriter final : public Writer {
 public:
  explicit RemoteWriter(node::HttpClient& node) : node_(node) {}

  Result<std::vector<LineOutcome>> put(const model::RecordType& type,
                                       const std::vector<Line>& lines,
                                       const node::PutOptions& options) override {
    std::string path = "/api/v1/batch?type=" + std::string(type.name);
    if (options.dry_run) path += "&dry_run=1";
    if (options.all_or_nothing) path += "&all_or_nothing=1";
    if (options.update) path += "&update=1";
    std::string body;
    for (const auto& line : lines) body += line.text + "\n";
    auto answer = ask(node_, "POST", path, body, "application/x-ndjson");
    if (!answer) return fail(answer.error());
    return read_outcomes(*answer, lines.size());
  }

  Result<void> remove(const model::RecordType& type, const std::string& scope,
                      const std::string& id) override {
    auto path = "/api/v1/records/" + std::string(type.name) + "/" + id;
    if (!scope.empty()) path += "?scope=" + percent_encoded(scope);
    if (auto answer = ask(node_, "DELETE", path); !answer) return fail(answer.error());
    return {};
  }

 private:
  node::HttpClient& node_;
};

/// For an answer without a document, as a HEAD's or a proxy's: the plainest reason of its status.
Errc by_status(int status) {
  for (const auto code : {Errc::bad_input, Errc::not_found, Errc::forbidden, Errc::stale}) {
    if (info(code).http_status == status) return code;
  }
  for (const auto& row : errc_table()) {
    if (row.http_status == status) return row.code;
  }
  return Errc::internal;
}

}  // namespace

Result<Door> open_door(const std::filesystem::path& data, const sync::WallClock& clock) {
  constexpr auto kStartingUp = std::chrono::seconds(3);
  const auto until = std::chrono::steady_clock::now() + kStartingUp;
  for (;;) {
    auto replica = node::Replica::open(data, clock);
    if (replica) return Door{std::move(*replica), nullptr, {}};
    if (replica.error().code != Errc::data_dir_in_use) return fail(replica.error());
    if (const auto url = node::DataDir(data).serving()) {
      Door door{nullptr, std::make_unique<node::HttpClient>(*url), *url};
      door.node->set_bearer(node::DataDir(data).serving_token(), node::system_user());
      return door;
    }
    // Whoever holds the lock may be a node that hasn't said yet where it listens, or a command that
    // is about to end.
    if (std::chrono::steady_clock::now() > until) return fail(replica.error());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::unique_ptr<Writer> writer_through(Door& door) {
  if (door.replica) return std::make_unique<LocalWriter>(*door.replica);
  return std::make_unique<RemoteWriter>(*door.node);
}

Result<std::string> ask(node::HttpClient& node, const std::string& method, const std::string& path,
                        const std::string& body, const std::string& content_type) {
  auto answer = node.send(method, path, body, content_type);
  if (!answer) return fail(answer.error());
  if (answer->status < 200 || answer->status > 299) return fail(problem_of(*answer));
  return std::move(answer->body);
}

Result<Json> ask_json(node::HttpClient& node, const std::string& path, const Json& body,
                      const std::string& method) {
  const auto answer = ask(node, method, path, method == "GET" ? std::string() : body.dump(),
                          method == "GET" ? std::string() : "application/json");
  if (!answer) return fail(answer.error());
  auto json = Json::parse(*answer, nullptr, false);
  if (!json.is_object())
    return fail(Errc::internal, "读不懂运行中节点的答复 the running node's answer can't be read");
  return json;
}

Error problem_of(const node::HttpAnswer& answer) {
  const auto problem = Json::parse(answer.body, nullptr, false);
  const bool readable = problem.is_object();
  auto detail = readable ? problem.value("detail", problem.value("title", "")) : std::string();
  if (detail.empty()) detail = "the running node answered " + std::to_string(answer.status);
  // The name on the wire where the document has one; else what the status says.
  for (const char* member : {"code", "type"}) {
    const auto name = readable ? problem.value(member, "") : std::string();
    const auto base = name.substr(name.find_last_of("/:#") + 1);
    for (const auto& row : errc_table()) {
      if (row.name == base) return {row.code, detail, problem.value("field", "")};
    }
  }
  return {by_status(answer.status), detail, {}};
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                       (byte >= 'A' && byte <= 'Z') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace linli::app

#include "tests/hostile/liar.h"

namespace linli::hostile {
namespace {

constexpr const char* kWireType = "application/vnd.linli+cbor";

}  // namespace

Liar::Liar(std::string hub_url, const crypto::SigningKey& key, std::string chain)
    : hub_url_(std::move(hub_url)), chain_(std::move(chain)), key_(key) {
  const auto any = [this](const httplib::Request& q, httplib::Response& s) {
    const auto now = lie();
    if (now.instead && now.instead(q, s)) {
      ++told_;
      return;
    }
    q.path == "/api/v1/sync" ? exchange(q, s) : hand_on(q, s);
  };
  server_.Get("/.*", any);
  server_.Post("/.*", any);
  server_.set_keep_alive_max_count(100'000);
  server_.set_tcp_nodelay(true);
  server_.new_task_queue = [] { return new httplib::ThreadPool(16); };
  port_ = server_.bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

Liar::~Liar() {
  server_.stop();
  thread_.join();
}

Liar::Lie Liar::lie() const {
  const std::lock_guard lock(guard_);
  return lie_;
}

void Liar::tell(Lie lie) {
  const std::lock_guard lock(guard_);
  lie_ = std::move(lie);
}

void Liar::exchange(const httplib::Request& request, httplib::Response& response) {
  node::HttpClient hub(hub_url_);
  const auto answer = hub.send("POST", "/api/v1/sync", request.body, kWireType);
  if (!answer) {
    response.status = 503;
    return;
  }
  response.status = answer->status;
  auto wire = answer->body;
  const auto now = lie();
  const auto open = sync::unpack(wire);
  const auto asked = sync::unpack(request.body);
  if (answer->status == 200 && open && asked) {
    auto said = sync::Response::decode(open->body);
    const auto question = sync::Request::decode(asked->body);
    if (said && question) {
      if (now.response) {
        now.response(*question, *said);
        ++told_;
      }
      wire = sync::pack(said->encode(), key_, crypto::kDomainResponse);
    }
    if (now.wire) {
      wire = now.wire(std::move(wire));
      ++told_;
    }
  }
  response.set_content(wire, kWireType);
}

void Liar::hand_on(const httplib::Request& request, httplib::Response& response) {
  if (request.path == "/api/v1/sync/hello" && !chain_.empty()) {
    return response.set_content(chain_, kWireType);
  }
  if (request.path == "/api/v1/sync/live") {  // It tells nobody that there is news.
    response.status = 404;
    return;
  }
  node::HttpClient hub(hub_url_);
  const auto answer = hub.send(request.method, request.target, request.body,
                               request.get_header_value("Content-Type"));
  if (!answer) {
    response.status = 503;
    return;
  }
  auto body = answer->body;
  const auto now = lie();
  if (now.text && request.method == "GET") {
    const auto made = now.text(request.path, body);
    told_ += made != body;
    body = made;
  }
  response.status = answer->status;
  const auto type = answer->headers.find("content-type");
  response.set_content(body, type == answer->headers.end() ? "text/plain" : type->second.c_str());
}

}  // namespace linli::hostile

#include "api/server.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "api/app_pages.h"
#include "api/bodies.h"
#include "api/codings.h"
#include "api/context.h"
#include "api/cors.h"
#include "api/credit.h"
#include "api/organisation.h"
#include "api/plain_server.h"
#include "api/problem.h"
#include "api/public.h"
#include "api/qr_route.h"
#include "api/tls_server.h"
#include "api/worklist.h"
#include "node/tls_shown.h"

namespace linli::api {
namespace {

/// Threads, made when they are needed: live views and streams of nodes hold one each.
constexpr std::size_t kWorkers = 64 + kListenersMax;
constexpr int kBacklog = 1024;  ///< Callers that may wait to be let in: a whole city comes at once.

/// Where a stranger's request goes that brings a body. Refused before its body was read, the body
/// would be taken for the next request on that line: one that a page elsewhere has written, and
/// without the Origin that gives the page away.
const std::string kRefused = "/refused";
/// Where one goes whose body doesn't say its length, unless it is for a route that reads it piece
/// by piece.
const std::string kUnsized = "/unsized";
/// Where one goes whose body is gzip- or zstd-coded, at a route that takes bytes as they are.
const std::string kCodedInVain = "/coded";
const std::string kAnything = "(/.*)";  ///< The path it came for.

/// Back to the path that the request came for: the reason is the one for that.
const httplib::Request& as_it_came(const httplib::Request& request) {
  const_cast<httplib::Request&>(request).path = request.matches[1].str();
  return request;
}

bool reads_by_pieces(const std::string& path) {
  return path.starts_with("/api/v1/bundles/") || path.starts_with("/api/v1/blobs");
}
/// Attachments are fetched on where a line broke; nothing else is asked for in parts.
bool has_parts(const std::string& path) {
  return path.starts_with("/api/v1/blobs/") || path == "/api/v1/sync/blobs";
}
bool brings_body(const httplib::Request& request) {
  return request.method == "POST" || request.method == "PUT" || request.method == "PATCH" ||
         request.method == "DELETE";
}

}  // namespace

Result<Listen> Listen::parse(std::string_view text) {
  constexpr std::string_view kHttp = "http://", kHttps = "https://";
  Listen listen;
  if (text.starts_with(kHttps)) {
    listen.line = Line::https;
    text.remove_prefix(kHttps.size());
  } else if (text.starts_with(kHttp)) {
    listen.line = Line::http;
    text.remove_prefix(kHttp.size());
  }
  const auto colon = text.rfind(':');
  auto port = text;
  if (colon != std::string_view::npos) {
    port = text.substr(colon + 1);
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!host.empty()) listen.host = std::string(host);
  }
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string_view::npos) {
    return fail(Errc::bad_usage,
                "地址写作 主机:端口 an address is host:port, e.g. 127.0.0.1:8080, not " +
                    std::string(text));
  }
  listen.port = std::stoi(std::string(port));
  if (listen.port > 65535) return fail(Errc::bad_usage, "端口至多 65535 a port is at most 65535");
  return listen;
}

bool Listen::is_loopback() const { return names_loopback(host) || host == "::1"; }

bool Listen::is_https() const {
  return line == Line::https || (line == Line::by_place && !is_loopback());
}

/// One address that is listened on.
struct Face {
  std::unique_ptr<httplib::Server> http;
  Listen listen;
  socket_t socket = INVALID_SOCKET;  ///< The one that was bound last.
  [[nodiscard]] std::string url() const {
    const bool v6 = listen.host.find(':') != std::string::npos;
    return (listen.is_https() ? "https://" : "http://") +
           (v6 ? "[" + listen.host + "]" : listen.host) + ":" + std::to_string(listen.port);
  }
};

struct Server::Impl {
  std::unique_ptr<node::Accounts> accounts;
  std::unique_ptr<node::Audit> audit;
  Context context;
  BoardLimits board;
  std::unique_ptr<crypto::TlsServerSide> tls;  ///< From the first https address on.
  std::vector<std::unique_ptr<Face>> faces;
  Impl(node::Replica& replica, node::Agent* agent)
      : accounts(opened(node::Accounts::open(replica.dir()))),
        audit(opened(node::Audit::open(replica.dir()))),
        context(replica, agent, *accounts, *audit) {}

  template <class T>
  static std::unique_ptr<T> opened(Result<std::unique_ptr<T>> made) {
    if (!made) throw store::DatabaseError(made.error());
    return std::move(*made);
  }
};

namespace {

/// Too often by this account or address. A body that nobody read makes it the last request on its
/// connection (careful_stream.h).
bool is_too_often(Context& context, const httplib::Request& request, httplib::Response& response) {
  if (Door::is_for_nodes(request)) return false;
  const auto caller = context.door.caller(request);
  if (caller.account) welcome(context, request);
  if (caller.here && !caller.account) return false;
  const auto who = caller.account ? "account " + crypto::to_hex(caller.account->actor.view())
                                  : "address " + network_of(caller.address);
  const auto wait = context.pace.wait(who, Pace::Clock::now());
  if (wait.count() == 0) return false;
  refuse_for_now(request, response, "请求过于频繁，请稍后再试 too many requests: wait a moment",
                 wait);
  return true;
}

void equip(httplib::Server& http, Context& context, BoardLimits& board) {
  http.set_tcp_nodelay(true);
  http.set_keep_alive_max_count(1'000'000);
  http.set_keep_alive_timeout(5);  // An idle connection holds a worker.
  http.set_read_timeout(30);
  http.set_write_timeout(30);
  http.set_payload_max_length(sync::kBatchBytesMax + 4096);
  http.set_pre_routing_handler([&context](const httplib::Request& q, httplib::Response& s) {
    take_codings(const_cast<httplib::Request&>(q));
    if (answers_pages_from_elsewhere(q, s)) return httplib::Server::HandlerResponse::Handled;
    const auto why = context.door.refusal(q);
    // The library's own Request, which isn't const: routed on, it is read to its end.
    auto& path = const_cast<httplib::Request&>(q).path;
    // The library would cut whatever is answered, and still call it whole; and answer each range,
    // however often one file is asked for: many times its size.
    if (q.ranges.size() > 1 || !has_parts(path)) const_cast<httplib::Request&>(q).ranges.clear();
    if (brings_body(q) && is_unsized(q) && (why || !reads_by_pieces(path))) {
      path = kUnsized + path;
      return httplib::Server::HandlerResponse::Unhandled;
    }
    if (!why && brings_body(q) && is_coded(q) && (Door::is_for_nodes(q) || reads_by_pieces(path))) {
      path = kCodedInVain + path;
      return httplib::Server::HandlerResponse::Unhandled;
    }
    if (!why && is_too_often(context, q, s)) return httplib::Server::HandlerResponse::Handled;
    if (!why) return httplib::Server::HandlerResponse::Unhandled;
    if (brings_body(q)) {
      path = kRefused + path;
      return httplib::Server::HandlerResponse::Unhandled;
    }
    if (why->code == Errc::unauthorised && Door::is_page(q)) {
      s.set_redirect("/login");
    } else {
      refuse(q, s, *why);
    }
    return httplib::Server::HandlerResponse::Handled;
  });
  const auto refused = [&context](const httplib::Request& q, httplib::Response& s) {
    const auto why = context.door.refusal(as_it_came(q));
    refuse(q, s, why ? *why : Error{Errc::not_found, "没有这个地址 no such route", {}});
  };
  const auto unsized = [&context](const httplib::Request& q, httplib::Response& s,
                                  const httplib::ContentReader& body) {
    const auto why = context.door.refusal(as_it_came(q));
    const Error told{Errc::bad_usage, "a request says how long it is (Content-Length)", {}};
    refuse_body(q, s, body, why ? *why : told, sync::kBatchBytesMax);
  };
  const auto coded = [](const httplib::Request& q, httplib::Response& s,
                        const httplib::ContentReader& body) {
    const Error told{Errc::bad_usage, "this route takes no Content-Encoding", {}};
    refuse_body(as_it_came(q), s, body, told, sync::kBatchBytesMax);
  };
  const auto for_bodies = [&http](const std::string& way, const auto& handler) {
    http.Post(way + kAnything, handler);
    http.Put(way + kAnything, handler);
    http.Patch(way + kAnything, handler);
    http.Delete(way + kAnything, handler);
  };
  for_bodies(kUnsized, unsized);
  for_bodies(kCodedInVain, coded);
  for_bodies(kRefused, refused);
  http.set_error_handler([](const httplib::Request& q, httplib::Response& s) {
    if (!s.body.empty() || s.content_provider_) return;      // It was said already.
    if (s.status == 416 && s.has_header("Content-Range")) {  // That says what there is.
      return const_cast<httplib::Request&>(q).ranges.clear();
    }
    if (s.status == 413) return refuse(q, s, {Errc::too_large, "at most 8 MiB at once", {}});
    if (s.status == 404)
      return refuse(q, s, {Errc::not_found, "没有这个地址 no such route: " + q.path, {}});
    if (s.status >= 500) return refuse(q, s, {Errc::internal, {}, {}});
    if (s.status >= 400) refuse(q, s, {Errc::bad_usage, "not a request this node understands", {}});
  });
  http.set_exception_handler(
      [](const httplib::Request& q, httplib::Response& s, std::exception_ptr thrown) {
        try {
          std::rethrow_exception(thrown);
        } catch (const store::DatabaseError& e) {
          refuse(q, s, e.error());
        } catch (const std::exception& e) {
          // The path without its query: what people search for stays out of the log.
          spdlog::error("{} {}: {}", q.method, q.path, e.what());
          refuse(q, s, {Errc::internal, {}, {}});
        }
      });
  http.set_post_routing_handler(
      [](const httplib::Request& q, httplib::Response& s) { code_answer(q, s); });
  http.set_logger([&context](const httplib::Request&, const httplib::Response& s) {
    context.metrics.request(s.status);
  });
  add_sync_routes(http, context);
  add_live_routes(http, context);
  add_agent_routes(http, context);
  add_retention_routes(http, context);
  add_record_routes(http, context);
  add_conflict_routes(http, context);
  add_reading_routes(http, context);
  add_figure_routes(http, context);
  add_vote_routes(http, context);
  add_credit_routes(http, context);
  add_certificate_routes(http, context);
  add_draw_routes(http, context);
  add_organisation_routes(http, context);
  add_trust_routes(http, context);
  add_admission_routes(http, context);
  add_bundle_routes(http, context);
  add_blob_routes(http, context);
  add_history_routes(http, context);
  add_completeness_routes(http, context);
  add_session_routes(http, context);
  add_account_routes(http, context);
  add_personal_routes(http, context);
  add_tls_routes(http, context);
  add_worklist_routes(http, context);
  add_public_routes(http, context, board);
  add_qr_routes(http);
  add_page_routes(http, context);
  add_app_routes(http);
}

}  // namespace

Server::Server(node::Replica& replica, node::Agent* agent)
    : impl_(std::make_unique<Impl>(replica, agent)) {}

Server::~Server() { stop(); }

Result<void> Server::bind(const Listen& listen, bool open) {
  if (!open && !listen.is_loopback()) {
    return fail(Errc::forbidden, "其他电脑能到达这个地址，须加 --open " + listen.host +
                                     " is reachable from other machines: add --open to let nodes "
                                     "sync and enrol there, and people log in over https");
  }
  auto& impl = *impl_;
  auto face = std::make_unique<Face>();
  face->listen = listen;
  if (listen.is_https()) {
    if (!impl.tls) {
      auto made = node::tls_server_side(impl.context.replica);
      if (!made) return fail(made.error());
      impl.tls = std::move(*made);
    }
    face->http = std::make_unique<TlsServer>(*impl.tls, kWorkers, impl.context.guests);
  } else {
    face->http = std::make_unique<PlainServer>(kWorkers, impl.context.guests);
  }
  auto& http = *face->http;
  equip(http, impl.context, impl.board);
  // Not SO_REUSEPORT: two servers on one port would share its callers in silence.
  http.set_socket_options([&face = *face](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    face.socket = socket;
  });
  if (listen.port == 0) {
    face->listen.port = http.bind_to_any_port(listen.host);
    if (face->listen.port <= 0) {
      return fail(Errc::port_in_use, "no port can be had at " + listen.host);
    }
  } else if (!http.bind_to_port(listen.host, listen.port)) {
    return fail(Errc::port_in_use, listen.host + ":" + std::to_string(listen.port) +
                                       " can't be listened on: something else does, or this "
                                       "machine hasn't that address; try another --listen");
  }
  impl.context.addresses.push_back(face->url());
  impl.faces.push_back(std::move(face));
  return {};
}

int Server::port() const { return impl_->faces.empty() ? 0 : impl_->faces.back()->listen.port; }

std::vector<std::string> Server::urls() const {
  std::vector<std::string> urls;
  for (const auto& face : impl_->faces) urls.push_back(face->url());
  return urls;
}

const std::string& Server::console_token() const { return impl_->context.door.console_token(); }

std::string Server::set_up_code() const {
  return impl_->accounts->any() ? std::string() : impl_->context.door.set_up_code();
}

void Server::run() {
  std::vector<std::jthread> others;
  const auto serve = [](Face& face) {
    // The library lets five callers wait; asked again, the system takes another number.
    ::listen(face.socket, kBacklog);
    face.http->listen_after_bind();
  };
  auto& faces = impl_->faces;
  for (std::size_t i = 1; i < faces.size(); ++i) others.emplace_back([&, i] { serve(*faces[i]); });
  if (!faces.empty()) serve(*faces.front());
}

void Server::stop() {
  impl_->context.stopping = true;
  impl_->context.replica.stop_waiting();
  for (const auto& face : impl_->faces) face->http->stop();
}

}  // namespace linli::api
